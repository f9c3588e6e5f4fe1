// Small things that every page of the desk needs and that HTML alone does not do.

document.addEventListener("click", (event) => {
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.parentElement.remove();
});

// A form that asks whether it is meant: <form data-confirm="…">
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

// What could not even be sent is said as well.
document.addEventListener("htmx:sendError", () => toast("网络不通，没有发送成功。"));

function toast(message) {
  const line = document.createElement("p");
  line.className = "toast";
  const words = document.createElement("span");
  words.textContent = message;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "plain";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", "关闭");
  close.textContent = "×";
  line.append(words, close);
  document.getElementById("toasts")?.append(line);
}
