/** Responsible for the calls of the web chat contract; the session is proved by the cookie. */

import { WORDING } from "./wording.js";

/**
 * @typedef {{title: string, token: string}} QuickReply
 *
 * @typedef {Object} OrderCard
 * @property {"order"} kind
 * @property {string} order_no
 * @property {string} status
 * @property {{title: string, quantity: number, amount: string}[]} items amounts are written out, like “¥128.00”
 * @property {string} amount
 *
 * @typedef {Object} CaseCard
 * @property {"case"} kind
 * @property {string} case_no
 * @property {string} state
 * @property {string} title
 * @property {{steps: string[], current: number}|null} progress
 * @property {{label: string, value: string}[]} lines
 *
 * @typedef {Object} Message one row of the transcript
 * @property {number} seq
 * @property {"customer"|"bot"|"agent"|"system"} from
 * @property {string|null} text
 * @property {QuickReply[]} buttons
 * @property {string|null} image_url a path on this host
 * @property {OrderCard|CaseCard|{kind: string}|null} card
 * @property {string} at ISO 8601 with offset
 * @property {string|null} name
 * @property {string|null} client_id on the customer's own rows, as it was sent
 *
 * @typedef {Object} Draft a message of the customer's that is not in the transcript yet
 * @property {string} client_id the same for every try, which makes a resend harmless
 * @property {string} text what the bubble shows
 * @property {string|null} button token of the quick reply that was pressed
 * @property {File|null} file
 * @property {string} at ISO 8601
 * @property {"sending"|"sent"|"failed"} state
 * @property {string|null} error why it failed
 * @property {boolean} resendable false when the server refused it for good
 */

const BASE = "/webhooks/webchat";
const ANSWER_WITHIN_MS = 15_000;
const UPLOAD_WITHIN_MS = 10 * 60_000;
const TOO_MANY_REQUESTS = 429;

/** The server answered, and said no. `message` is meant for the customer. */
export class Refused extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** @returns {boolean} whether the same request may succeed later */
  get passing() {
    return this.status === TOO_MANY_REQUESTS;
  }
}

/** No usable answer came: no network, a gateway's page, or a time-out. What was sent may have arrived. */
export class NoAnswer extends Error {}

/** @param {number} after @returns {string} address of the event stream after that row */
export function eventsUrl(after) {
  return `${BASE}/events?after=${after}`;
}

/** Open a conversation; the browser keeps its cookie. @returns {Promise<{conversation_id: string}>} */
export function openSession() {
  return request("/sessions", { method: "POST" });
}

/** Which conversation the cookie proves. @returns {Promise<{conversation_id: string|null}>} */
export function fetchSession() {
  return request("/sessions", {});
}

/**
 * The transcript after a row.
 * @param {number} after
 * @param {number} [waitSeconds] how long the server may hold the call when there is nothing yet
 * @param {AbortSignal} [signal]
 * @returns {Promise<Message[]>}
 */
export function fetchMessages(after, waitSeconds = 0, signal) {
  return request(`/messages?after=${after}&wait=${waitSeconds}`, { signal }, waitSeconds * 1000);
}

/** Tell how far the customer has read. @param {number} seq @returns {Promise<unknown>} */
export function postRead(seq) {
  return request(`/read?seq=${seq}`, { method: "POST" });
}

/** Say something or press a quick reply. @param {Draft} draft @returns {Promise<{message_id: string}>} */
export function postWords(draft) {
  const said = draft.button ? { button: draft.button } : { text: draft.text };
  return request("/messages", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...said, client_id: draft.client_id }),
  });
}

/**
 * Send a photo or video. XMLHttpRequest, because fetch tells nothing of an upload's progress.
 * @param {Draft} draft
 * @param {(fraction: number) => void} onProgress from 0 to 1
 * @returns {Promise<{message_id: string}>}
 */
export function postPhoto(draft, onProgress) {
  const form = new FormData();
  form.append("client_id", draft.client_id);
  form.append("photo", draft.file, draft.file.name);
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", `${BASE}/messages`);
    call.timeout = UPLOAD_WITHIN_MS;
    call.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    call.onload = () => settle(call.status, parse(call.responseText), resolve, reject);
    call.onerror = call.ontimeout = () => reject(new NoAnswer(WORDING.notSent));
    call.send(form);
  });
}

/**
 * @param {string} path
 * @param {RequestInit} options
 * @param {number} [extraMs] added to the time allowed for the answer
 * @returns {Promise<any>} the answer's JSON
 */
async function request(path, options, extraMs = 0) {
  const { signal, cancel } = deadline(ANSWER_WITHIN_MS + extraMs, options.signal);
  try {
    const response = await fetch(BASE + path, { ...options, signal, credentials: "same-origin", cache: "no-store" });
    const body = parse(await response.text());
    return await new Promise((resolve, reject) => settle(response.status, body, resolve, reject));
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new NoAnswer(WORDING.notSent, { cause: error });
  } finally {
    cancel();
  }
}

/** @param {number} milliseconds @param {AbortSignal} [outer] @returns {{signal: AbortSignal, cancel: () => void}} */
function deadline(milliseconds, outer) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, milliseconds);
  if (outer?.aborted) abort();
  outer?.addEventListener("abort", abort);
  return {
    signal: controller.signal,
    cancel: () => (clearTimeout(timer), outer?.removeEventListener("abort", abort)),
  };
}

/** @param {string} text @returns {any} undefined when it is not JSON */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Answer, refusal or no answer, told from status and body. */
function settle(status, body, resolve, reject) {
  if (status >= 200 && status < 300 && body !== undefined) resolve(body);
  else if (status >= 400 && status < 500) reject(new Refused(status, body?.message || WORDING.unavailable));
  else reject(new NoAnswer(body?.message || WORDING.unavailable));
}
