/** Responsible for showing a photo of the transcript large; Escape, the cross or a click closes it. */

import { byId } from "./dom.js";

export class Lightbox {
  constructor() {
    this.dialog = byId("lightbox");
    this.photo = byId("lightbox-photo");
    this.dialog.addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.photo.removeAttribute("src"));
  }

  /** @param {string} url */
  open(url) {
    this.photo.src = url;
    this.dialog.showModal();
  }
}
