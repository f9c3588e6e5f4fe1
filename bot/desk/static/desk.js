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

// What somebody sent and could not be sent is said. What the page asks for by itself is asked again by itself:
// one line says so until something gets through.
let lost;
document.addEventListener("htmx:sendError", (event) => {
  if (event.target.matches("form, button, select")) toast("网络不通，没有发送成功。");
  else lost ??= toast("连接断开，正在重连，页面可能不是最新的。");
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  lost?.remove();
  lost = undefined;
});

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
  return line;
}

// A part that was drawn anew by itself between pressing and letting go would swallow the click: it waits for it.
let pressed = null;
const held = new Map();
document.addEventListener("pointerdown", (event) => { pressed = event.target; });
for (const over of ["pointerup", "pointercancel"]) document.addEventListener(over, () => setTimeout(drawHeld));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (!pressed || requestConfig.verb !== "get" || !target.contains(pressed)) return;
  event.detail.shouldSwap = false;
  held.set(target, requestConfig);
});
function drawHeld() {
  pressed = null;
  for (const { path, elt } of held.values()) htmx.ajax("get", path, { source: elt });
  held.clear();
}
