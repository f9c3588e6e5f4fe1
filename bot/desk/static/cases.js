// Choosing many cases of a list, and looking at photos in full.

const chosen = () => document.querySelectorAll('#batch input[name="case"]:checked').length;

function showChosen() {
  const bar = document.querySelector("[data-batchbar]");
  if (!bar) return;
  bar.hidden = chosen() === 0;
  bar.querySelector("[data-chosen]").textContent = chosen();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) {
    document.querySelectorAll('#batch input[name="case"]').forEach((box) => { box.checked = event.target.checked; });
  }
  if (event.target.closest("#batch")) showChosen();
});

// The counts are fetched again when a case has changed; the list too, unless somebody is choosing from it.
document.addEventListener("htmx:afterSettle", (event) => {
  const list = document.getElementById("list");
  if (event.target.id === "queues" && list && chosen() === 0) htmx.trigger(list, "refresh");
  if (event.target.id === "results") {
    htmx.trigger(list, "refresh");
    event.target.querySelector("[data-results]")?.focus();
  }
  showChosen();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-zoom]");
  const dialog = document.getElementById("zoom");
  if (!link || !dialog || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const picture = dialog.querySelector("img");
  picture.src = link.href;
  picture.alt = link.dataset.zoom;
  dialog.showModal();
});
