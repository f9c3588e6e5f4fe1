// What the page of conversations does beyond HTML: waiting times that run, scrolling, keys, photos, canned replies.

(() => {
  const $ = (id) => document.getElementById(id);
  const composer = $("composer");
  const reply = $("reply");
  const lines = $("lines");
  const talk = composer?.dataset.talk;
  const csrf = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF"];

  function post(path, values, options = {}) {
    const body = new FormData();
    for (const [name, value] of Object.entries(values)) body.append(name, value);
    return fetch(path, { method: "POST", headers: { "X-CSRF": csrf, "HX-Request": "true" }, body, ...options });
  }

  // Waiting times: the server says when each changes its colour.
  const COLOURS = [["good"], ["warn"], ["bad"], ["bad", "over"]];
  function waited(seconds) {
    if (seconds < 60) return `${seconds} 秒`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} 分 ${seconds % 60} 秒`;
    return `${Math.floor(seconds / 3600)} 小时 ${Math.floor((seconds % 3600) / 60)} 分`;
  }
  setInterval(() => {
    for (const time of document.querySelectorAll(".wait[data-since]")) {
      const seconds = Math.max(0, Math.floor((Date.now() - Number(time.dataset.since)) / 1000));
      const passed = time.dataset.marks.split(" ").filter((mark) => mark && Number(mark) <= Date.now()).length;
      for (const part of [time, time.closest(".talk")]) {
        part?.classList.remove("good", "warn", "bad", "over");
        part?.classList.add(...COLOURS[passed]);
      }
      time.textContent = waited(seconds);
    }
  }, 1000);

  // What waits for oneself stands in the title, for when another tab is looked at.
  const title = document.title;
  function countUnread() {
    const all = [...document.querySelectorAll("#lists .unread")].reduce((sum, each) => sum + parseInt(each.textContent, 10), 0);
    document.title = all ? `(${all}) ${title}` : title;
  }
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.target.id === "lists") countUnread(); });
  countUnread();

  // The transcript stays at its end while one is there, and where it was while one reads above.
  let fromEnd = 0;
  const toEnd = () => { if (lines) lines.scrollTop = lines.scrollHeight; };
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === lines) fromEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== lines) return;
    lines.scrollTop = lines.scrollHeight - lines.clientHeight - (fromEnd < 80 ? 0 : fromEnd);
  });
  toEnd();
  window.addEventListener("load", toEnd);
  if (lines) new ResizeObserver(() => { if (fromEnd < 80) toEnd(); }).observe(lines);

  // When the conversation changes hands the page is drawn anew; what was written is kept first.
  const stood = $("stand")?.dataset.stand;
  document.addEventListener("htmx:oobAfterSwap", async () => {
    if (stood !== undefined && $("stand")?.dataset.stand !== stood) {
      await keepDraft();
      location.reload();
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.target === lines) tellRead(); });

  // How far one has read, while the page is looked at.
  let told = 0;
  function tellRead() {
    const read = Number($("stand")?.dataset.read || 0);
    if (!talk || document.hidden || read <= told) return;
    told = read;
    post(`/talks/${talk}/read`, { seq: read }).then(() => htmx.trigger("#lists", "refresh"), () => { told = 0; });
  }
  document.addEventListener("visibilitychange", tellRead);
  tellRead();

  // A draft for each conversation, kept a moment after the last key.
  let drafted = reply?.value ?? "";
  let later;
  function keepDraft(options) {
    clearTimeout(later);
    if (!reply || reply.value === drafted) return Promise.resolve();
    drafted = reply.value;
    return post(`/talks/${talk}/draft`, { text: drafted }, options).catch(() => { drafted = null; });
  }
  window.addEventListener("pagehide", () => keepDraft({ keepalive: true }));

  // Typing is told every few seconds while it goes on.
  let typed = 0;
  function tellTyping() {
    if (Date.now() - typed < 3000 || !reply.value) return;
    typed = Date.now();
    post(`/talks/${talk}/typing`, {}).catch(() => {});
  }

  // One name for each message, so that sending it twice is sending it once; a changed one after a failure is another.
  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(10)), (each) => each.toString(16).padStart(2, "0")).join("");
  let failed = false;
  function renew() {
    composer.elements.client_id.value = newId();
    failed = false;
  }
  // What is written or chosen while a message is on its way stays for the next one.
  let sent = "";
  let sentPhoto;
  composer?.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === composer) [sent, sentPhoto] = [reply.value, photo.files[0]];
  });
  composer?.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== composer) return;
    if (!event.detail.successful) { failed = true; return; }
    renew();
    clearTimeout(later);
    drafted = "";
    reply.value = reply.value.startsWith(sent) ? reply.value.slice(sent.length).trimStart() : reply.value;
    if (reply.value) later = setTimeout(keepDraft, 800);
    if (photo.files[0] === sentPhoto) dropPhoto();
    count();
    fromEnd = 0;
    toEnd();
    reply.focus();
  });
  function count() {
    const left = 2000 - reply.value.length;
    $("left").textContent = left < 200 ? `还能写 ${left} 字` : "";
  }
  reply?.addEventListener("input", () => {
    if (failed) renew();
    count();
    tellTyping();
    clearTimeout(later);
    later = setTimeout(keepDraft, 800);
    askCanned();
  });

  // Photos: chosen or pasted.
  const photo = $("photo");
  function showPhoto() {
    $("photo-name").textContent = photo.files[0]?.name ?? "";
    $("photo-off").hidden = !photo.files.length;
    if (failed) renew();
  }
  function dropPhoto() {
    photo.value = "";
    showPhoto();
  }
  photo?.addEventListener("change", showPhoto);
  $("photo-off")?.addEventListener("click", dropPhoto);
  reply?.addEventListener("paste", (event) => {
    if (![...event.clipboardData.files].some((file) => file.type.startsWith("image/"))) return;
    photo.files = event.clipboardData.files;
    showPhoto();
    event.preventDefault();
  });

  // Canned replies: "/" in an empty field, words to search, arrows and Enter to choose.
  const canned = $("canned");
  let asked = 0;
  async function askCanned() {
    if (!reply.value.startsWith("/") || reply.value.includes("\n")) return hideCanned();
    const number = ++asked;
    const answer = await fetch(`/talks/${talk}/canned?q=${encodeURIComponent(reply.value.slice(1))}`, { headers: { "HX-Request": "true" } });
    if (number !== asked || !answer.ok || answer.status === 204) return;
    canned.innerHTML = await answer.text();
    canned.hidden = false;
    choose(0);
  }
  function hideCanned() {
    asked++;
    canned.hidden = true;
    reply.removeAttribute("aria-activedescendant");
  }
  const options = () => [...canned.querySelectorAll("[role=option]")];
  const chosen = () => options().findIndex((each) => each.getAttribute("aria-selected") === "true");
  function choose(number) {
    const all = options();
    if (!all.length) return;
    const one = all[(number + all.length) % all.length];
    for (const each of all) each.setAttribute("aria-selected", String(each === one));
    reply.setAttribute("aria-activedescendant", one.id);
    one.scrollIntoView({ block: "nearest" });
  }
  function fill(option) {
    if (option?.dataset.text) fillIn(option.dataset.text);
  }
  function fillIn(text) {
    reply.value = text;
    if (failed) renew();
    hideCanned();
    reply.focus();
    count();
    later = setTimeout(keepDraft, 800);
  }
  canned?.addEventListener("mousedown", (event) => {
    event.preventDefault();
    fill(event.target.closest("[role=option]"));
  });

  reply?.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;  // Enter of an input method chooses characters
    if (!canned.hidden) {
      const keys = { ArrowDown: () => choose(chosen() + 1), ArrowUp: () => choose(chosen() - 1), Enter: () => fill(options()[chosen()]), Tab: () => fill(options()[chosen()]), Escape: hideCanned };
      if (keys[event.key]) {
        event.preventDefault();
        return keys[event.key]();
      }
    }
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      if (reply.value.trim() || photo.files.length) composer.requestSubmit();
    }
  });

  // Dialogs and photos
  document.addEventListener("click", (event) => {
    const saying = event.target.closest("[data-fill]");
    if (saying && reply) fillIn(reply.value.trim() ? `${reply.value.trimEnd()}\n${saying.dataset.fill}` : saying.dataset.fill);
    const opens = event.target.closest("[data-opens]");
    if (opens) openDialog($(opens.dataset.opens));
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
    const zoom = event.target.closest("[data-zoom]");
    if (zoom && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      picture("left", zoom.getAttribute("href"), zoom.dataset.caption);
      $("zoom-other").hidden = true;
      $("zoom").showModal();
    }
    const beside = event.target.closest("[data-beside]");
    if (beside) {
      $("zoom-other").hidden = false;
      picture("right", beside.dataset.beside, beside.dataset.caption);
    }
  });
  // How far the conversation is seen counts from when a dialog opens: what comes behind it is not.
  function openDialog(dialog) {
    const seen = dialog?.querySelector("[name=seen]");
    if (seen) seen.value = $("stand").dataset.read;
    dialog?.showModal();
  }
  function picture(side, address, caption) {
    const image = $(`zoom-${side}`);
    image.src = address;
    image.alt = caption;
    $(`zoom-${side}-text`).textContent = caption;
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.target.matches("[data-clears]")) event.target.reset();
    if (!event.detail.successful) event.target.closest("dialog")?.close();
  });

  // Keys
  const keys = {
    KeyJ: () => next(1),
    KeyK: () => next(-1),
    KeyR: () => reply?.focus(),
    KeyN: () => $("note")?.focus(),
    KeyS: () => $("find")?.focus(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey && !event.ctrlKey && !event.metaKey) {
      const key = keys[event.code] ?? button(event.code);
      if (!key || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      key();
    } else if ((event.key === "?" || event.key === "？") && !event.target.closest("input, textarea, select")) {
      $("help")?.showModal();
    }
  });
  function button(code) {
    const found = document.querySelector(`#head [data-key="${code.slice(3)}"]`);
    return found && (() => found.click());
  }
  function next(step) {
    const all = [...document.querySelectorAll("#lists a.talk")];
    const here = all.findIndex((each) => each.hasAttribute("aria-current"));
    const to = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : (here + step + all.length) % all.length];
    if (to) location.assign(to.href);
  }
})();
