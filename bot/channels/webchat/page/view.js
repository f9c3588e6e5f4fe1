/** Responsible for the transcript as a whole: order of rows, times between them, used quick replies, scrolling. */

import { stampText } from "./clock.js";
import { byId, el } from "./dom.js";
import { confirm, draftRow, messageRow, showProgress, showState } from "./rows.js";
import { WORDING } from "./wording.js";

/** @typedef {import("./transport.js").Message} Message @typedef {import("./transport.js").Draft} Draft */

const STAMP_AFTER_MS = 5 * 60_000;
const NEAR_END_PX = 60;
const TYPING_FOR_MS = 20_000;

export class Transcript {
  constructor() {
    this.log = byId("transcript");
    this.list = byId("messages");
    this.newer = byId("newer");
    this.typingRow = byId("typing");
    this.typingStatus = byId("typing-status");
    /** @type {Map<string, HTMLElement>} rows of messages that are not stored yet, by client_id */
    this.draftRows = new Map();
    /** @type {Set<number>} of the rows shown */
    this.seqs = new Set();
    this.lastSeq = 0;
    this.atEnd = true;
    this.scrolledTo = 0;
    this.unseen = 0;
    this.watchScrolling();
  }

  /** Show rows of the server's. @param {Message[]} messages @returns {Message[]} those that were not there yet */
  add(messages) {
    const fresh = messages.filter((message) => this.addRow(message));
    if (fresh.length > 0) this.settle(fresh.some((message) => message.from === "customer"));
    this.countUnseen(fresh.filter((message) => message.from !== "customer").length);
    return fresh;
  }

  /** @param {Message} message @returns {boolean} false when it was there already */
  addRow(message) {
    if (this.seqs.has(message.seq)) return false;
    const draft = this.draftRows.get(message.client_id);
    if (draft) confirm(draft, message);
    this.place(draft ?? messageRow(message));
    this.draftRows.delete(message.client_id);
    this.seqs.add(message.seq);
    this.lastSeq = Math.max(this.lastSeq, message.seq);
    return true;
  }

  /** Show a draft or its new state. @param {Draft} draft */
  showDraft(draft) {
    const known = this.draftRows.get(draft.client_id);
    const row = known ?? draftRow(draft);
    const resent = known?.dataset.state === "failed" && draft.state === "sending";
    if (known) showState(row, draft);
    if (!known || resent) this.list.append(row);
    this.draftRows.set(draft.client_id, row);
    this.settle(!known || resent);
  }

  /** Drafts of an earlier load, or of before the transcript was emptied. @param {Draft[]} drafts */
  showMissingDrafts(drafts) {
    drafts.filter((draft) => !this.draftRows.has(draft.client_id)).forEach((draft) => this.showDraft(draft));
  }

  /** @param {Draft} draft @param {number} fraction */
  showUpload(draft, fraction) {
    const row = this.draftRows.get(draft.client_id);
    if (row) showProgress(row, fraction);
  }

  /** @param {string} clientId */
  discard(clientId) {
    this.draftRows.get(clientId)?.remove();
    this.draftRows.delete(clientId);
    this.settle(false);
  }

  /** A sentence of the page's own, not part of the transcript. @param {string} text */
  note(text) {
    this.list.append(el("li", { class: "row row--system", "data-from": "page" }, el("p", { class: "bubble" }, text)));
    this.settle(false);
  }

  clear() {
    this.list.replaceChildren();
    this.draftRows.clear();
    this.seqs.clear();
    this.lastSeq = 0;
  }

  /** While the history is loading, screen readers do not read it out. @param {boolean} loading */
  setLoading(loading) {
    this.log.setAttribute("aria-busy", String(loading));
    if (!loading) this.scrollToEnd();
  }

  /** @param {boolean} on */
  setTyping(on) {
    clearTimeout(this.typingTimer);
    if (on) this.typingTimer = setTimeout(() => this.setTyping(false), TYPING_FOR_MS);
    this.typingRow.hidden = !on;
    this.typingStatus.textContent = on ? WORDING.typing : "";
  }

  /** Mark the newest of the customer's rows that the other side has read. @param {number} seq */
  readUpTo(seq) {
    const read = this.rows().filter((row) => row.dataset.from === "customer" && Number(row.dataset.seq) <= seq);
    this.list.querySelector("[data-read]")?.removeAttribute("data-read");
    read.pop()?.setAttribute("data-read", WORDING.read);
  }

  /** @returns {HTMLElement[]} */
  rows() {
    return [...this.list.children];
  }

  /**
   * Stored rows stand by seq, messages still being sent below them; a failed one stays where it failed.
   * A row that stands right is not moved: screen readers would read it again.
   * @param {HTMLElement} row
   */
  place(row) {
    const seq = Number(row.dataset.seq);
    let after = null;
    let before = this.list.lastElementChild;
    while (before && (before === row || !(Number(before.dataset.seq) < seq))) {
      if (before !== row && (Number(before.dataset.seq) > seq || isUnderWay(before))) after = before;
      before = before.previousElementSibling;
    }
    const standsRight = row.parentNode && (!after || isBefore(row, after)) && (!before || isBefore(before, row));
    if (!standsRight) this.list.insertBefore(row, after);
  }

  /** After any change of rows. @param {boolean} own whether the customer did it, who then wants to see it */
  settle(own) {
    this.stamp();
    this.lockUsedPills();
    if (own || this.atEnd) this.scrollToEnd();
  }

  /** A time stands above every row that comes more than five minutes after the one before. */
  stamp() {
    let before = -Infinity;
    for (const row of this.rows().filter((each) => each.dataset.at)) {
      const at = new Date(row.dataset.at);
      const wanted = at - before > STAMP_AFTER_MS;
      const stamp = row.querySelector(".stamp");
      if (!wanted) stamp?.remove();
      else if (!stamp) row.prepend(el("time", { class: "stamp", datetime: row.dataset.at }, stampText(at)));
      before = at;
    }
  }

  /** Quick replies are an offer for the moment: what the customer says next closes it. */
  lockUsedPills() {
    let answer = null;
    for (const row of this.rows().reverse()) {
      for (const pill of row.querySelectorAll(".pill")) {
        pill.disabled = answer !== null;
        pill.setAttribute("aria-pressed", String(answer !== null && answer === pill.textContent));
      }
      if (row.dataset.from === "customer" && row.dataset.state !== "failed") answer = textOf(row);
    }
  }

  /** Say how much came while the customer was reading further up. @param {number} count */
  countUnseen(count) {
    if (this.atEnd || count === 0) return;
    this.unseen += count;
    this.newer.textContent = WORDING.newer(this.unseen);
    this.newer.hidden = false;
  }

  scrollToEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.scrolledTo = this.log.scrollTop;
    this.reachEnd();
  }

  reachEnd() {
    this.atEnd = true;
    this.unseen = 0;
    this.newer.hidden = true;
  }

  /** Only going up leaves the end: a photo that loads makes the end move away without anybody scrolling. */
  onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.reachEnd();
    else if (scrollTop < this.scrolledTo) this.atEnd = false;
    this.scrolledTo = scrollTop;
  }

  /** Stay at the end while photos load or the keyboard comes up, unless the customer has scrolled away. */
  watchScrolling() {
    this.log.addEventListener("scroll", () => this.onScroll());
    this.newer.addEventListener("click", () => this.scrollToEnd());
    const follow = new ResizeObserver(() => this.atEnd && this.scrollToEnd());
    [this.log, this.list, this.typingRow].forEach((element) => follow.observe(element));
  }
}

/** @param {Node} first @param {Node} second */
function isBefore(first, second) {
  return Boolean(first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING);
}

/** @param {HTMLElement} row @returns {boolean} on its way, so it will be stored after all that is stored now */
function isUnderWay(row) {
  return row.dataset.state === "sending" || row.dataset.state === "sent";
}

/** @param {HTMLElement} row */
function textOf(row) {
  return row.querySelector(".bubble")?.textContent ?? "";
}
