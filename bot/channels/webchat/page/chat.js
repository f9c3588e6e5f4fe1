/** Responsible for bringing the page's parts together: session, stream, transcript, composer. */

import { Composer } from "./composer.js";
import { byId, pause } from "./dom.js";
import { Lightbox } from "./lightbox.js";
import { ensureSession, isSessionLost, onOtherTabsSession, remembersSession } from "./session.js";
import { Stream } from "./stream.js";
import { postRead, Refused } from "./transport.js";
import { Unsent } from "./unsent.js";
import { Transcript } from "./view.js";
import { WORDING } from "./wording.js";

/** @typedef {import("./transport.js").Message} Message @typedef {import("./transport.js").Draft} Draft */

const BANNER_AFTER_MS = 1_000;
const ECHO_WITHIN_MS = 4_000;
const SESSION_RETRY_MS = 3_000;
const READ_AFTER_MS = 300;

class Chat {
  constructor() {
    this.transcript = new Transcript();
    this.lightbox = new Lightbox();
    this.composer = new Composer((text, files) => this.say(text, files));
    this.unsent = new Unsent({
      onChange: (draft) => this.onDraft(draft),
      onProgress: (draft, fraction) => this.transcript.showUpload(draft, fraction),
      inSession: (call) => this.inSession(call),
    });
    this.stream = new Stream({
      after: () => this.transcript.lastSeq,
      onMessages: (messages) => this.onMessages(messages),
      onCaughtUp: () => this.onCaughtUp(),
      onTyping: (on) => this.transcript.setTyping(on),
      onRead: (seq) => this.transcript.readUpTo(seq),
      onConnection: (connected) => this.onConnection(connected),
      onSessionLost: () => this.renewSession(),
    });
    this.renewal = null;
    this.missed = 0;
    this.toldRead = 0;
    this.listen();
    this.begin();
  }

  /** A first visit asks for no transcript before it has a conversation. */
  begin() {
    if (remembersSession()) this.stream.start();
    else this.renewSession();
  }

  listen() {
    byId("messages").addEventListener("click", (event) => this.onClick(event.target));
    addEventListener("online", () => this.stream.wake());
    addEventListener("offline", () => this.onConnection(false));
    addEventListener("pageshow", (event) => event.persisted && this.stream.wake());
    document.addEventListener("visibilitychange", () => this.onVisibility());
    addEventListener("beforeunload", (event) => this.unsent.holdsFiles && event.preventDefault());
    window.visualViewport?.addEventListener("resize", fitKeyboard);
    onOtherTabsSession(() => this.restart());
  }

  /** @param {string} text @param {File[]} files */
  say(text, files) {
    if (text) this.unsent.add({ text });
    files.forEach((file) => this.unsent.add({ file }));
  }

  /** @param {Element} target */
  onClick(target) {
    const pill = target.closest(".pill");
    const photo = target.closest(".photo");
    const act = target.closest("[data-act]");
    if (pill) this.press(pill);
    if (photo) this.lightbox.open(photo.querySelector("img").src);
    if (act) this[act.dataset.act](act.closest(".row").dataset.clientId);
  }

  /** @param {HTMLButtonElement} pill */
  press(pill) {
    this.unsent.add({ text: pill.textContent, button: pill.dataset.token });
    this.transcript.log.focus({ preventScroll: true });
  }

  /** @param {string} clientId */
  resend(clientId) {
    this.unsent.resend(clientId);
  }

  /** Words that were refused go back to where they can be changed. @param {string} clientId */
  edit(clientId) {
    this.composer.fill(this.unsent.get(clientId)?.text ?? "");
    this.discard(clientId);
  }

  /** @param {string} clientId */
  discard(clientId) {
    this.unsent.forget(clientId);
    this.transcript.discard(clientId);
  }

  /** A message accepted by the server comes back as a row at once; if not, events do not get through. @param {Draft} draft */
  onDraft(draft) {
    this.transcript.showDraft(draft);
    if (draft.state !== "sent") return;
    setTimeout(() => this.unsent.get(draft.client_id) && this.stream.distrustEvents(), ECHO_WITHIN_MS);
  }

  /** @param {Message[]} messages */
  onMessages(messages) {
    messages.forEach((message) => this.unsent.forget(message.client_id));
    const fromOthers = this.transcript.add(messages).filter((message) => message.from !== "customer");
    this.tellRead();
    if (!document.hidden || fromOthers.length === 0) return;
    this.missed += fromOthers.length;
    document.title = `(${this.missed}) ${WORDING.shop}`;
  }

  onCaughtUp() {
    this.transcript.showMissingDrafts(this.unsent.all());
    this.transcript.setLoading(false);
  }

  /** While the page is looked at, agents see how far it has been read; what cannot be told now is told with the next. */
  tellRead() {
    const seq = this.transcript.lastSeq;
    if (document.hidden || seq <= this.toldRead) return;
    clearTimeout(this.readTimer);
    this.readTimer = setTimeout(() => postRead(seq).then(() => (this.toldRead = seq), () => {}), READ_AFTER_MS);
  }

  onVisibility() {
    if (document.hidden) return;
    this.tellRead();
    this.missed = 0;
    document.title = WORDING.shop;
    this.stream.wake();
  }

  /** A short break is not worth a banner. @param {boolean} connected */
  onConnection(connected) {
    const banner = byId("banner");
    clearTimeout(this.bannerTimer);
    if (connected) banner.hidden = true;
    else this.bannerTimer = setTimeout(() => ((banner.textContent = WORDING.reconnecting), (banner.hidden = false)), BANNER_AFTER_MS);
  }

  /** Run a call, with a new session when the one at hand is not valid any more. @param {() => Promise<unknown>} call */
  async inSession(call) {
    try {
      return await call();
    } catch (error) {
      if (!isSessionLost(error)) throw error;
      await this.renewSession();
      return call();
    }
  }

  /** @returns {Promise<void>} the same one for all who ask while it is being opened */
  renewSession() {
    this.renewal ??= this.openSession().finally(() => (this.renewal = null));
    return this.renewal;
  }

  async openSession() {
    while (!(await this.sessionOpened())) await pause(SESSION_RETRY_MS);
    const expired = this.transcript.lastSeq > 0;
    this.restart();
    if (expired) this.transcript.note(WORDING.sessionRenewed);
  }

  /** @returns {Promise<boolean>} */
  async sessionOpened() {
    try {
      await ensureSession();
      return true;
    } catch (error) {
      if (error instanceof Refused) this.composer.notice(error.message);
      else this.onConnection(false);
      return false;
    }
  }

  /** Begin with an empty transcript and the session of the cookie. */
  restart() {
    this.transcript.clear();
    this.toldRead = 0;
    this.transcript.setLoading(true);
    this.stream.start();
  }
}

/** Where the keyboard covers the page (iOS), the page takes the height that is left. */
function fitKeyboard() {
  const { height, scale } = window.visualViewport;
  const covered = scale === 1 && window.innerHeight - height > 1;
  document.documentElement.style.setProperty("--visible-height", covered ? `${height}px` : "");
  if (covered) scrollTo(0, 0);
}

new Chat();
