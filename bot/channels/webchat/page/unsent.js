/**
 * Responsible for the customer's messages on their way out: order, retries, and keeping words over a reload.
 * Kept per tab (sessionStorage), so that two tabs do not show each other's failed messages; files cannot be kept.
 */

import { NoAnswer, postPhoto, postWords, Refused } from "./transport.js";
import { pause, randomId } from "./dom.js";

/** @typedef {import("./transport.js").Draft} Draft */

const KEY = "anxin.unsent";
const PAUSES_BEFORE_TRIES_MS = [0, 1_000, 3_000];

export class Unsent {
  /**
   * @param {Object} hooks
   * @param {(draft: Draft) => void} hooks.onChange the draft is new or has another state
   * @param {(draft: Draft, fraction: number) => void} hooks.onProgress
   * @param {(call: () => Promise<unknown>) => Promise<unknown>} hooks.inSession runs a call, with a new session if need be
   */
  constructor(hooks) {
    this.hooks = hooks;
    /** @type {Map<string, Draft>} by client_id, oldest first */
    this.drafts = new Map(readKept().map((draft) => [draft.client_id, draft]));
    this.words = Promise.resolve();
    this.photos = Promise.resolve();
  }

  /** @param {{text?: string, button?: string, file?: File}} said */
  add({ text = "", button = null, file = null }) {
    const at = new Date().toISOString();
    this.send({ client_id: randomId(), text, button, file, at, state: "sending", error: null, resendable: true });
  }

  /** Try again. @param {string} clientId */
  resend(clientId) {
    const draft = this.drafts.get(clientId);
    if (draft) this.send({ ...draft, state: "sending", error: null });
  }

  /** The transcript has it now, or the customer gave it up. @param {string|null} clientId @returns {boolean} */
  forget(clientId) {
    const known = this.drafts.delete(clientId);
    if (known) this.keep();
    return known;
  }

  /** @param {string} clientId @returns {Draft|undefined} */
  get(clientId) {
    return this.drafts.get(clientId);
  }

  /** @returns {Draft[]} oldest first */
  all() {
    return [...this.drafts.values()];
  }

  /** @returns {boolean} whether leaving the page now would lose a photo */
  get holdsFiles() {
    return this.all().some((draft) => draft.file && draft.resendable && draft.state !== "sent");
  }

  /** Words go out in the order said, and so do photos; a photo waits for words said before it, words wait for no upload. */
  send(draft) {
    this.update(draft);
    const lane = draft.file ? "photos" : "words";
    const turn = draft.file ? Promise.allSettled([this.photos, this.words]) : Promise.allSettled([this.words]);
    this[lane] = turn.then(() => this.deliver(draft));
  }

  /** @param {Draft} draft */
  async deliver(draft) {
    try {
      await this.tryOften(draft);
      this.update({ ...draft, state: "sent" });
    } catch (error) {
      const resendable = !(error instanceof Refused) || error.passing;
      this.update({ ...draft, state: "failed", error: error.message, resendable });
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
    }
  }

  /** @param {Draft} draft */
  async tryOften(draft) {
    const post = draft.file ? () => postPhoto(draft, (part) => this.hooks.onProgress(draft, part)) : () => postWords(draft);
    for (const [index, milliseconds] of PAUSES_BEFORE_TRIES_MS.entries()) {
      await pause(milliseconds);
      try {
        return await this.hooks.inSession(post);
      } catch (error) {
        const last = index === PAUSES_BEFORE_TRIES_MS.length - 1;
        if (last || !(error instanceof NoAnswer)) throw error;
      }
    }
  }

  /** @param {Draft} draft */
  update(draft) {
    const settled = draft.state !== "sending" && !this.drafts.has(draft.client_id);
    if (settled) return;
    this.drafts.set(draft.client_id, draft);
    this.keep();
    this.hooks.onChange(draft);
  }

  keep() {
    const words = this.all().filter((draft) => !draft.file);
    sessionStorage.setItem(KEY, JSON.stringify(words));
  }
}

/** @returns {Draft[]} what an earlier load of this tab did not get confirmed, to be resent by hand */
function readKept() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) || "[]");
  return kept.map((draft) => ({ ...draft, state: "failed", error: null, resendable: true }));
}
