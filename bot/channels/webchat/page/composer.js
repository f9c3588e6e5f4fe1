/** Responsible for what the customer writes and the photos chosen for sending. */

import { byId, el } from "./dom.js";
import { thumbnail } from "./rows.js";
import { WORDING } from "./wording.js";

const MB = 1024 * 1024;
const IMAGE_LIMIT = 10 * MB;
const VIDEO_LIMIT = 50 * MB;
const FILES_AT_ONCE = 9;
const NOTICE_FOR_MS = 8_000;
/** Safari ends a composition before the Enter that ended it; only this code tells that key from a plain Enter. */
const KEY_OF_INPUT_METHOD = 229;

export class Composer {
  /** @param {(text: string, files: File[]) => void} onSend */
  constructor(onSend) {
    this.onSend = onSend;
    this.form = byId("composer");
    this.text = byId("text");
    this.pick = byId("pick");
    this.input = byId("photos");
    this.tray = byId("tray");
    this.sendButton = byId("send");
    this.noticeLine = byId("notice");
    /** @type {File[]} */
    this.files = [];
    this.listen();
    this.refresh();
  }

  listen() {
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.text.addEventListener("input", () => this.refresh());
    this.text.addEventListener("keydown", (event) => this.onKey(event));
    this.text.addEventListener("paste", (event) => this.takeFiles(event, event.clipboardData));
    this.pick.addEventListener("click", () => this.input.click());
    this.input.addEventListener("change", () => this.onPicked());
    this.sendButton.addEventListener("mousedown", keepFocus);
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => this.takeFiles(event, event.dataTransfer));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const composing = event.isComposing || event.keyCode === KEY_OF_INPUT_METHOD;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.submit();
  }

  /** Not the text gets the focus: on a telephone that would bring up the keyboard. */
  onPicked() {
    this.choose([...this.input.files]);
    this.input.value = "";
    (this.files.length > 0 ? this.sendButton : this.pick).focus();
  }

  /** Pasted or dropped files. @param {Event} event @param {DataTransfer|null} transfer */
  takeFiles(event, transfer) {
    const files = [...(transfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.choose(files);
  }

  submit() {
    const text = this.text.value.trim();
    if (!text && this.files.length === 0) return;
    const files = this.files;
    this.files = [];
    this.text.value = "";
    this.notice("");
    this.refresh();
    this.showTray();
    this.onSend(text, files);
  }

  /** @param {string} text goes before what is being written */
  fill(text) {
    this.text.value = [text, this.text.value].filter(Boolean).join("\n");
    this.refresh();
    this.text.focus();
  }

  /** @param {File[]} files */
  choose(files) {
    const problems = files.map(problemOf).filter(Boolean);
    const all = [...this.files, ...files.filter((file) => !problemOf(file))];
    if (all.length > FILES_AT_ONCE) problems.push(WORDING.tooMany(FILES_AT_ONCE));
    this.files = all.slice(0, FILES_AT_ONCE);
    this.notice(problems.join("\n"));
    this.refresh();
    this.showTray();
  }

  /** @param {File} file */
  drop(file) {
    this.files = this.files.filter((other) => other !== file);
    this.refresh();
    this.showTray();
    this.pick.focus();
  }

  showTray() {
    this.tray.querySelectorAll("img").forEach((picture) => URL.revokeObjectURL(picture.src));
    this.tray.replaceChildren(...this.files.map((file) => this.trayItem(file)));
    this.tray.hidden = this.files.length === 0;
  }

  /** @param {File} file */
  trayItem(file) {
    const remove = el("button", { type: "button", class: "tray__remove", "aria-label": WORDING.remove(file.name) }, "×");
    remove.addEventListener("click", () => this.drop(file));
    return el("li", { class: "tray__item" }, thumbnail(file), remove);
  }

  /** Height follows the text, and there is something to send or not. */
  refresh() {
    const filled = this.text.value.trim() !== "" || this.files.length > 0;
    this.form.classList.toggle("composer--filled", filled);
    this.sendButton.disabled = !filled;
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
  }

  /** Say what is wrong with what was chosen, for a while. @param {string} words empty to take it away */
  notice(words) {
    clearTimeout(this.noticeTimer);
    this.noticeLine.textContent = words;
    this.noticeLine.hidden = words === "";
    if (words) this.noticeTimer = setTimeout(() => this.notice(""), NOTICE_FOR_MS);
  }
}

/** A tap on “发送” leaves the keyboard of a telephone open. @param {MouseEvent} event */
function keepFocus(event) {
  event.preventDefault();
}

/**
 * Only what would be refused after a long upload is refused here; what a file really is, the server tells.
 * @param {File} file
 * @returns {string|null}
 */
function problemOf(file) {
  if (file.size === 0) return WORDING.emptyFile(file.name);
  if (file.type.startsWith("video/")) return file.size > VIDEO_LIMIT ? WORDING.videoTooLarge(file.name) : null;
  return file.size > IMAGE_LIMIT ? WORDING.imageTooLarge(file.name) : null;
}
