"""The filing form's questions whose choices depend on the draft, and what the rules say to it."""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.confirming import in_short, only_adds_photos, summary_stands, version_of
from actions.explaining import tell_of_gift
from actions.form_turn import last_text, said_now, turns_in_a_row
from actions.reading import said
from actions.replies import (
    button,
    goods_lines,
    reason_buttons,
    reasons,
    summary_values,
    verdict_values,
    wish_buttons,
)
from actions.service import ask, call
from actions.several import ask_which_of_orders, orders_to_choose
from backend.domain.evidence import EvidenceKind
from backend.domain.filing import Question, free_lines
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.rule_facts import duration
from backend.domain.verdict import Outcome, Result, Verdict
from backend.services import drafts, filing, progress
from backend.services.cards import order_card
from backend.services.drafts import DraftView

Events = list[dict[str, Any]]

_OFTEN = (
    Reason.QUALITY, Reason.DAMAGED, Reason.WRONG_ITEM, Reason.MISSING, Reason.NOT_AS_DESCRIBED, Reason.SIZE,
    Reason.NO_REASON, Reason.ORDERED_BY_MISTAKE, Reason.LOGISTICS, Reason.OTHER,
)  # fmt: skip
"""The reasons shown as buttons; the rarer ones are understood when typed."""


class _Ask(Action, ABC):
    """Asks one question of the filing form."""

    slot = ""

    def name(self) -> str:
        return f"action_ask_filing_form_{self.slot}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        view = await ask(drafts.view_draft, tracker)
        assert view is not None  # the form has just begun a draft, or taken an answer into it
        await self.ask(dispatcher, view)
        return []

    @abstractmethod
    async def ask(self, dispatcher: CollectingDispatcher, view: DraftView) -> None:
        """Say the question."""


class AskWish(_Ask):
    slot = "wish"

    async def ask(self, dispatcher: CollectingDispatcher, view: DraftView) -> None:
        known, book = view.draft.reason_claimed, view.book
        wishes = (
            book.reason(known).wishes if known else (Wish.REFUND, Wish.RETURN, Wish.EXCHANGE, Wish.REPAIR, Wish.RESEND)
        )
        dispatcher.utter_message(response="utter_ask_wish", buttons=wish_buttons(wishes, book))


class AskOrderNo(_Ask):
    """Offers the orders that were named together, or those of a buyer who has proven who they are."""

    slot = "order_no"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        numbers = orders_to_choose(tracker)
        if numbers:
            ask_which_of_orders(dispatcher, numbers)
            return []
        return [] if tell_of_gift(dispatcher, tracker) else await super().run(dispatcher, tracker, domain)

    async def ask(self, dispatcher: CollectingDispatcher, view: DraftView) -> None:
        known = await call(progress.orders_to_file, view.draft.conversation_id)
        if not known:
            await _ask_for_another(dispatcher, view.draft.conversation_id)
            return
        for order in known:
            dispatcher.utter_message(json_message={"card": order_card(order)})
        choices = [button(order.order_no, f'/inform{{"order_no": "{order.order_no}"}}') for order in known]
        dispatcher.utter_message(response="utter_ask_which_order", buttons=choices)


async def _ask_for_another(dispatcher: CollectingDispatcher, conversation_id: str) -> None:
    """Asks for a number; of a buyer whose goods all are in a case, it may be that case that is meant."""
    cases = await call(progress.theirs, conversation_id)
    if not cases:
        dispatcher.utter_message(response="utter_ask_order_no")
        return
    case = cases[0].case
    dispatcher.utter_message(response="utter_ask_another_order", order_no=case.order_no, case_no=case.case_no)


class AskGoods(_Ask):
    slot = "goods"

    async def ask(self, dispatcher: CollectingDispatcher, view: DraftView) -> None:
        assert view.order is not None  # goods are asked for once the order is proven
        lines = enumerate(free_lines(view.order, view.free), start=1)
        choices = [button(line.title, f'/inform{{"choice": "{number}"}}') for number, line in lines]
        choices.append(button(view.book.wording.labels.terms["all_goods"], '/inform{"choice": "all"}'))
        listed = goods_lines(view.order, view.free)
        dispatcher.utter_message(response="utter_ask_goods", list=listed, buttons=choices)


class AskQuantity(_Ask):
    slot = "quantity"

    async def ask(self, dispatcher: CollectingDispatcher, view: DraftView) -> None:
        assert view.order is not None
        line = next(line for line in view.draft.lines if line.quantity is None)
        free = view.free[line.line_no]
        counts = range(1, free + 1) if free <= 5 else (1, free)
        choices = [button(view.book.unit("pieces", n=n), f'/inform{{"quantity": "{n}"}}') for n in counts]
        title = view.order.line(line.line_no).title
        dispatcher.utter_message(response="utter_ask_quantity", title=title, free=free, buttons=choices)


class AskReason(_Ask):
    slot = "reason"

    async def ask(self, dispatcher: CollectingDispatcher, view: DraftView) -> None:
        dispatcher.utter_message(response="utter_ask_reason", buttons=reason_buttons(_OFTEN, view.book))


class AskPhotos(_Ask):
    """Names the photo that is to come next, and how many are still missing."""

    slot = "photos"

    async def ask(self, dispatcher: CollectingDispatcher, view: DraftView) -> None:
        assert view.draft.reason_claimed is not None  # it asks for the photos
        video = view.book.reason(view.draft.reason_claimed).evidence.video_instead
        response = _PHOTOS[len(view.missing) > 1, bool(video)]
        kind = view.book.label(EvidenceKind(view.missing[0]))
        dispatcher.utter_message(response=response, kind=kind, count=len(view.missing))


_PHOTOS = {
    (False, False): "utter_ask_photos",
    (False, True): "utter_ask_photos_or_video",
    (True, False): "utter_ask_several_photos",
    (True, True): "utter_ask_several_photos_or_video",
}
"""By whether several are missing, and whether a video will do."""


class AskAlternative(Action):
    """Says why the wish is refused, unless that was just said, and what else is possible: that first."""

    def name(self) -> str:
        return "action_ask_filing_form_alternative"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        view = await ask(drafts.view_draft, tracker)
        assert view is not None and view.verdict is not None  # it is what was refused
        why = reasons(view.verdict.checks, Result.FAIL)
        if not _told_before(tracker, why) or said_now(tracker, "utter_summary_changed"):
            dispatcher.utter_message(response="utter_refused", reasons=why)
        written = domain["responses"]["utter_refused_no_alternative"][0]["buttons"]
        ways_out = [button(each["title"], each["payload"].format()) for each in written]  # {{ }} as Rasa would fill it
        if view.verdict.alternatives:
            choices = wish_buttons((Wish(code) for code in view.verdict.alternatives), view.book)
            dispatcher.utter_message(response="utter_refused_alternatives", buttons=[*choices, *ways_out])
        else:
            dispatcher.utter_message(response="utter_refused_no_alternative")
        return []


async def tell_why_refused(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """Say once more why the wish of the draft is refused; whether it is."""
    view = await ask(drafts.view_draft, tracker)
    if view is None or view.verdict is None or view.verdict.outcome is not Outcome.REFUSED:
        return False
    dispatcher.utter_message(response="utter_refused", reasons=reasons(view.verdict.checks, Result.FAIL))
    return True


async def tell_amount(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """Say how the amount of a summary is made up; whether the draft has come so far."""
    view = await ask(drafts.view_draft, tracker)
    if view is None or view.verdict is None or view.question is not Question.CONFIRMATION:
        return False
    explain_amount(dispatcher, view.verdict, view.book)
    return True


def _told_before(tracker: Tracker, why: str) -> bool:
    """Whether the answer before this one was about the same refusal."""
    told = last_text(tracker, "utter_refused") if turns_in_a_row(tracker, "utter_refused") else None
    return told is not None and told.endswith(why)


class AskConfirmation(Action):
    """Tells the verdict and the summary; from here on this version of the draft can be confirmed.

    To who has read it and changes nothing, in short words; to who sends one more photo, without the verdict again.
    """

    def name(self) -> str:
        return "action_ask_filing_form_confirmation"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        heard, view = said(tracker), await ask(drafts.view_draft, tracker)
        short = in_short(heard) if summary_stands(tracker, view) else None
        if view is not None and short is not None:
            dispatcher.utter_message(response=short, draft=version_of(view.draft))
            return []
        told = await call(filing.tell_draft, tracker.sender_id)
        assert told.verdict is not None and told.order is not None
        if not only_adds_photos(tracker, heard):
            _utter_verdict(dispatcher, told.verdict, told.book)
        values = verdict_values(told.verdict, told.book)
        if not pays(told.verdict):
            values["amount"] = ""
        summary = summary_values(told.draft, told.order, told.evidence, told.book)
        dispatcher.utter_message(response="utter_summary", **summary, **values)
        return []


def _utter_verdict(dispatcher: CollectingDispatcher, verdict: Verdict, book: RuleBook) -> None:
    review = duration(book, book.rules.sla.review)
    dispatcher.utter_message(response=_verdict_response(verdict), review=review, **verdict_values(verdict, book))
    if verdict.outcome is Outcome.NEEDS_REVIEW:
        dispatcher.utter_message(response="utter_verdict_needs_review", reasons=reasons(verdict.checks, Result.WARN))


def _verdict_response(verdict: Verdict) -> str:
    return _PAYING.get(verdict.remedy, "utter_verdict_other")


_PAYING = {
    Remedy.REFUND_ONLY.value: "utter_verdict_refund",
    Remedy.RETURN_REFUND.value: "utter_verdict_return",
}


def pays(verdict: Verdict) -> bool:
    """Whether money comes of it, or would."""
    return verdict.refundable_fen > 0 or verdict.remedy in _PAYING


def explain_amount(dispatcher: CollectingDispatcher, verdict: Verdict, book: RuleBook) -> None:
    """How the amount of a summary is made up; where none comes of it, that nothing is charged unasked."""
    response = "utter_why_amount" if pays(verdict) else "utter_why_no_charge"
    dispatcher.utter_message(response=response, **verdict_values(verdict, book))
