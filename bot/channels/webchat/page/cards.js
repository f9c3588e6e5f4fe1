/** Responsible for the order and case cards in the transcript. */

import { el } from "./dom.js";
import { WORDING } from "./wording.js";

/** @typedef {import("./transport.js").OrderCard} OrderCard @typedef {import("./transport.js").CaseCard} CaseCard */

const RENDERERS = { order: orderCard, case: caseCard };

/**
 * @param {{kind: string}|null} card
 * @returns {HTMLElement|null} null for no card and for kinds this page does not know
 */
export function renderCard(card) {
  const render = card && Object.hasOwn(RENDERERS, card.kind) ? RENDERERS[card.kind] : null;
  return render ? render(card) : null;
}

/** @param {OrderCard} card */
function orderCard(card) {
  return el(
    "article",
    { class: "card card--order", "data-kind": "order", "data-order-no": card.order_no, "aria-label": `${WORDING.order} ${card.order_no}` },
    cardHead(WORDING.order, card.order_no, card.status),
    el("ul", { class: "card__items" }, ...(card.items ?? []).map(orderItem)),
    el("p", { class: "card__total" }, `${WORDING.total} `, el("strong", {}, card.amount)),
  );
}

/** @param {OrderCard["items"][number]} item */
function orderItem(item) {
  return el(
    "li",
    { class: "card__item" },
    el("span", { class: "card__goods" }, item.title),
    el("span", { class: "card__quantity" }, `×${item.quantity}`),
    el("span", { class: "card__amount" }, item.amount),
  );
}

/** @param {CaseCard} card */
function caseCard(card) {
  return el(
    "article",
    { class: "card card--case", "data-kind": "case", "data-case-no": card.case_no, "aria-label": `${WORDING.case} ${card.case_no}` },
    cardHead(card.title || WORDING.case, card.case_no, card.state),
    card.progress ? progress(card.progress) : null,
    el("dl", { class: "card__lines" }, ...(card.lines ?? []).map(caseLine)),
  );
}

/** @param {string} title @param {string} number @param {string} state */
function cardHead(title, number, state) {
  return el(
    "header",
    { class: "card__head" },
    el("span", { class: "card__title" }, title),
    el("span", { class: "card__state" }, state),
    el("span", { class: "card__no" }, number),
  );
}

/** @param {{steps: string[], current: number}} progress the last step counts as done once it is reached */
function progress({ steps, current }) {
  const arrived = current >= steps.length - 1;
  return el("ol", { class: "steps", "aria-label": WORDING.progress }, ...steps.map((name, index) => {
    const done = index < current || arrived;
    return step(name, done ? "done" : index === current ? "current" : "ahead");
  }));
}

/** @param {string} name @param {"done"|"current"|"ahead"} state */
function step(name, state) {
  const spoken = { done: WORDING.stepDone, current: WORDING.stepCurrent, ahead: null }[state];
  return el(
    "li",
    { class: "steps__step", "data-step": state, "aria-current": state === "current" ? "step" : null },
    el("span", { class: "steps__name" }, name),
    spoken && el("span", { class: "unseen" }, `（${spoken}）`),
  );
}

/** @param {{label: string, value: string}} line */
function caseLine(line) {
  return el("div", { class: "card__line" }, el("dt", {}, line.label), el("dd", {}, line.value));
}
