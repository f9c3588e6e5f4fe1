/** Responsible for what one row of the transcript looks like; its place among the others is view.js's business. */

import { renderCard } from "./cards.js";
import { el, linked } from "./dom.js";
import { WORDING } from "./wording.js";

/** @typedef {import("./transport.js").Message} Message @typedef {import("./transport.js").Draft} Draft */

/** Loaded at once and copied into rows, so that a face is there even when the network has gone. */
const FACES = { customer: face("avatar-customer.svg"), bot: face("avatar-bot.svg"), agent: face("avatar-agent.svg") };
const SPEAKERS = { customer: WORDING.me, bot: WORDING.bot, agent: WORDING.agent };

/** A row that the server has. @param {Message} message @returns {HTMLElement} */
export function messageRow(message) {
  const row = emptyRow(message.from, message.at);
  row.dataset.seq = String(message.seq);
  if (message.client_id) row.dataset.clientId = message.client_id;
  row.append(line(message.from, message.name, contents(message)));
  return row;
}

/** A row on its way out. @param {Draft} draft @returns {HTMLElement} */
export function draftRow(draft) {
  const row = emptyRow("customer", draft.at);
  row.dataset.clientId = draft.client_id;
  row.append(line("customer", null, draft.file ? [uploadTile(draft.file)] : [bubble(draft.text)]));
  showState(row, draft);
  return row;
}

/** Show whether a draft is being sent, was sent or failed. @param {HTMLElement} row @param {Draft} draft */
export function showState(row, draft) {
  row.dataset.state = draft.state;
  row.querySelector(".fate")?.remove();
  if (draft.state === "failed") row.querySelector(".said").append(fate(draft));
  if (draft.state !== "sending") return;
  showProgress(row, 0);
}

/** @param {HTMLElement} row @param {number} fraction from 0 to 1; at 1 the server still looks at the file */
export function showProgress(row, fraction) {
  const bar = row.querySelector("progress");
  if (!bar) return;
  bar.value = fraction;
  row.querySelector(".upload__words").textContent = fraction < 1 ? `${Math.floor(fraction * 100)}%` : WORDING.processing;
}

/** Turn a draft's row into the server's, keeping its own picture. @param {HTMLElement} row @param {Message} message */
export function confirm(row, message) {
  row.dataset.seq = String(message.seq);
  row.dataset.at = message.at;
  delete row.dataset.state;
  const preview = row.querySelector(".upload img");
  const unchanged = !row.querySelector(".upload") && row.querySelector(".bubble")?.textContent === message.text;
  if (unchanged) return row.querySelector(".fate")?.remove();
  const fresh = line("customer", null, contents(message));
  const photo = fresh.querySelector(".photo img");
  if (photo && preview?.naturalWidth) photo.src = preview.src;
  row.querySelector(".line").replaceWith(fresh);
}

/** @param {Message["from"]} from @param {string} at @returns {HTMLElement} */
function emptyRow(from, at) {
  return el("li", { class: `row row--${from}`, "data-from": from, "data-at": at });
}

/** @param {Message["from"]} from @param {string|null} name @param {Node[]} parts */
function line(from, name, parts) {
  const said = el("div", { class: "said" }, ...speaker(from, name), ...parts);
  return el("div", { class: "line" }, FACES[from]?.cloneNode(), said);
}

/** @param {string} file */
function face(file) {
  return el("img", { class: "face", src: `/chat/static/${file}`, alt: "", width: 40, height: 40 });
}

/** An agent's name is seen, everybody's is heard. @param {Message["from"]} from @param {string|null} name @returns {Node[]} */
function speaker(from, name) {
  if (!SPEAKERS[from]) return [];
  if (from === "agent" && name) return [el("span", { class: "name" }, name)];
  return [el("span", { class: "unseen" }, `${name && from !== "customer" ? name : SPEAKERS[from]}：`)];
}

/** @param {Message} message @returns {Node[]} */
function contents(message) {
  return [
    message.text ? words(message) : null,
    message.image_url ? photo(message.image_url) : null,
    renderCard(message.card),
    message.buttons?.length ? pills(message.buttons) : null,
  ].filter(Boolean);
}

/** What the shop tells in several lines (an address, a reckoning) is read from the left, not as a remark in passing. @param {Message} message */
function words({ from, text }) {
  const said = bubble(...(from === "customer" ? [text] : linked(text)));
  if (from === "system" && text.includes("\n")) said.classList.add("bubble--long");
  return said;
}

/** @param {...(Node|string)} text line breaks are kept by the style sheet */
function bubble(...text) {
  return el("div", { class: "bubble" }, ...text);
}

/** @param {import("./transport.js").QuickReply[]} buttons */
function pills(buttons) {
  const pill = ({ title, token }) => el("button", { type: "button", class: "pill", "data-token": token }, title);
  return el("div", { class: "pills", role: "group", "aria-label": WORDING.quickReplies }, ...buttons.map(pill));
}

/** A picture that opens large; a file the browser cannot show as one is tried as a video. @param {string} url */
function photo(url) {
  const picture = el("img", { src: url, alt: WORDING.photo });
  const opener = el("button", { type: "button", class: "photo", "data-url": url }, picture);
  picture.addEventListener("error", () => opener.replaceWith(video(url)), { once: true });
  return opener;
}

/** @param {string} url */
function video(url) {
  const player = el("video", { class: "video", src: url, controls: true, playsinline: true, preload: "metadata", "aria-label": WORDING.video });
  player.addEventListener("error", () => player.replaceWith(bubble(WORDING.noPreview)), { once: true });
  return player;
}

/** @param {File} file */
function uploadTile(file) {
  const bar = el("progress", { max: 1, value: 0, "aria-label": WORDING.uploading });
  const words = el("span", { class: "upload__words", "aria-hidden": "true" });
  return el("div", { class: "upload" }, thumbnail(file), el("div", { class: "upload__veil" }, words, bar));
}

/** A preview, or the file's name where the browser cannot show it. @param {File} file @returns {HTMLElement} */
export function thumbnail(file) {
  const kind = file.type.startsWith("video/") ? " thumb--video" : "";
  const named = el("span", { class: `thumb thumb--file${kind}` }, file.name);
  if (!file.type.startsWith("image/")) return named;
  const picture = el("img", { class: "thumb", src: URL.createObjectURL(file), alt: file.name });
  picture.addEventListener("error", () => picture.replaceWith(named), { once: true });
  return picture;
}

/** @param {Draft} draft */
function fate(draft) {
  return el(
    "p",
    { class: "fate" },
    el("span", { class: "fate__why" }, draft.error || WORDING.notSent),
    draft.resendable && act("resend", WORDING.resend),
    !draft.resendable && !draft.file && !draft.button && act("edit", WORDING.edit),
    act("discard", WORDING.discard),
  );
}

/** What the customer may do with a failed message; chat.js has a method of that name. @param {string} name @param {string} words */
function act(name, words) {
  return el("button", { type: "button", class: "link", "data-act": name }, words);
}
