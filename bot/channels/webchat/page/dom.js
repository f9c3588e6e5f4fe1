/** Responsible for building elements safely: strings become text nodes, never markup. */

/**
 * Build one element.
 * @param {string} tag
 * @param {Object<string, unknown>} [attributes] `class`, `data-*`, `aria-*`, …; null, undefined and false are left out
 * @param {...(Node|string|null|undefined|false)} children null, undefined and false are left out
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Ends before whatever cannot stand in an address, Chinese words and marks among it. */
const ADDRESS = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/g;

/**
 * Text in which web addresses can be followed, in a window of their own that learns nothing of this one.
 * @param {string} text
 * @returns {(Node|string)[]}
 */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    const link = el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address);
    parts.push(text.slice(end, index), link);
    end = index + address.length;
  }
  return [...parts, text.slice(end)];
}

/**
 * The element with this id; the page is broken without it.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html lacks #${id}`);
  return element;
}

/** @returns {string} 32 hexadecimal digits; `crypto.randomUUID` is missing where the page is served by plain HTTP. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Wait, unless woken before.
 * @param {number} milliseconds
 * @param {AbortSignal} [wake]
 * @returns {Promise<void>}
 */
export function pause(milliseconds, wake) {
  return new Promise((resolve) => {
    if (wake?.aborted) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    wake?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
