/** Responsible for having one valid session for all tabs of this browser; the proof itself is an HttpOnly cookie. */

import { fetchSession, openSession, Refused } from "./transport.js";

const KEY = "anxin.conversation";
const SESSION_LOST = 401;

/** @param {unknown} error @returns {boolean} */
export function isSessionLost(error) {
  return error instanceof Refused && error.status === SESSION_LOST;
}

/**
 * Make sure there is a session, opening one if need be. Tabs that notice at once open one between them.
 * @returns {Promise<void>}
 * @throws {Refused|import("./transport.js").NoAnswer}
 */
export function ensureSession() {
  return alone(async () => {
    const { conversation_id: proved } = await fetchSession();
    localStorage.setItem(KEY, proved ?? (await openSession()).conversation_id);
  });
}

/** Whether this browser remembers a session. One that does not may still hold the cookie: some forget sooner what a page noted. */
export function remembersSession() {
  return localStorage.getItem(KEY) !== null;
}

/** Told when another tab has opened a new conversation. @param {() => void} listener */
export function onOtherTabsSession(listener) {
  addEventListener("storage", (event) => event.key === KEY && listener());
}

/** One tab at a time, where the browser knows locks (not on plain HTTP). @param {() => Promise<void>} work */
function alone(work) {
  return navigator.locks ? navigator.locks.request(KEY, work) : work();
}
