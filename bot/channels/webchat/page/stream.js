/** Responsible for keeping the page up to date: server-sent events, long polling where those do not get through. */

import { eventsUrl, fetchMessages, Refused } from "./transport.js";
import { pause } from "./dom.js";

const EVENT_FAILURES_BEFORE_POLLING = 3;
const POLL_WAIT_SECONDS = 25;
const EVENTS_RETRY_MS = 60_000;
const OPEN_WITHIN_MS = 10_000;
const LONGEST_PAUSE_MS = 15_000;
const SESSION_LOST = 401;

/**
 * @typedef {Object} Listener
 * @property {() => number} after the last row that the page has
 * @property {(messages: import("./transport.js").Message[]) => void} onMessages in order; a row may come twice
 * @property {() => void} onCaughtUp everything up to now has been handed over
 * @property {(on: boolean) => void} onTyping
 * @property {(seq: number) => void} onRead the other side has read up to this row
 * @property {(connected: boolean) => void} onConnection
 * @property {() => void} onSessionLost the session is not valid any more; the stream has stopped
 */

/**
 * One loop: catch up by a plain request, then listen until the events break, then again.
 * Catching up first means that nothing depends on events working, and that a lost session (401),
 * which EventSource does not tell from a lost network, is noticed.
 */
export class Stream {
  /** @param {Listener} listener */
  constructor(listener) {
    this.listener = listener;
    this.eventFailures = 0;
    this.eventsTriedAt = 0;
    this.outages = 0;
    this.stopping = new AbortController();
    this.waking = new AbortController();
  }

  /** Start anew, leaving any earlier loop. */
  start() {
    this.stop();
    this.stopping = new AbortController();
    this.run(this.stopping.signal);
  }

  stop() {
    this.stopping.abort();
    this.wake();
  }

  /** Leave whatever is being waited for and catch up at once. */
  wake() {
    this.waking.abort();
    this.waking = new AbortController();
  }

  /** Events are open but bring nothing, as behind a proxy that holds them back: poll for a while. */
  distrustEvents() {
    this.eventFailures = EVENT_FAILURES_BEFORE_POLLING;
    this.eventsTriedAt = Date.now();
    this.wake();
  }

  /** @returns {boolean} */
  get polling() {
    return this.eventFailures >= EVENT_FAILURES_BEFORE_POLLING;
  }

  /** @param {AbortSignal} stopped */
  async run(stopped) {
    while (!stopped.aborted) {
      const waking = this.waking.signal;
      await this.catchUp(waking, stopped);
      if (this.outages === 0 && this.eventsAreDue()) await this.listen(waking, stopped);
      if (!stopped.aborted) await pause(pauseAfter(this.outages), waking);
    }
  }

  /** @returns {boolean} */
  eventsAreDue() {
    return !this.polling || Date.now() - this.eventsTriedAt > EVENTS_RETRY_MS;
  }

  /** Fetch what is new; when polling, let the server hold the call. @param {AbortSignal} waking @param {AbortSignal} stopped */
  async catchUp(waking, stopped) {
    const waitSeconds = this.polling && this.outages === 0 ? POLL_WAIT_SECONDS : 0;
    try {
      const messages = await fetchMessages(this.listener.after(), waitSeconds, waking);
      if (stopped.aborted) return;
      this.outages = 0;
      this.listener.onConnection(true);
      if (messages.length > 0) this.listener.onMessages(messages);
      this.listener.onCaughtUp();
    } catch (error) {
      if (!waking.aborted) this.onFailure(error);
    }
  }

  /** @param {unknown} error */
  onFailure(error) {
    if (error instanceof Refused && error.status === SESSION_LOST) {
      this.stop();
      this.listener.onSessionLost();
    } else {
      this.outages += 1;
      this.listener.onConnection(false);
    }
  }

  /** Listen until the connection breaks or somebody wakes the loop. @param {AbortSignal} waking @param {AbortSignal} stopped */
  listen(waking, stopped) {
    if (waking.aborted || stopped.aborted) return Promise.resolve();
    this.eventsTriedAt = Date.now();
    return new Promise((resolve) => {
      const source = new EventSource(eventsUrl(this.listener.after()));
      let opened = false;
      const leave = () => {
        clearTimeout(patience);
        source.close();
        this.listener.onTyping(false);
        resolve();
      };
      const fail = () => {
        this.eventFailures = opened ? 0 : this.eventFailures + 1;
        leave();
      };
      const patience = setTimeout(() => opened || fail(), OPEN_WITHIN_MS);
      source.onopen = () => (opened = true);
      source.onerror = fail;
      waking.addEventListener("abort", leave, { once: true });
      this.hear(source);
    });
  }

  /** @param {EventSource} source */
  hear(source) {
    const { onMessages, onTyping, onRead } = this.listener;
    source.addEventListener("message", (event) => onMessages([JSON.parse(event.data)]));
    source.addEventListener("typing", (event) => onTyping(Boolean(JSON.parse(event.data).on)));
    source.addEventListener("read", (event) => onRead(JSON.parse(event.data).seq));
  }
}

/** @param {number} outages one after another @returns {number} milliseconds: 0.5 s, then 1, 2, 4, … up to 15 s */
function pauseAfter(outages) {
  return Math.min(500 * 2 ** outages, LONGEST_PAUSE_MS);
}
