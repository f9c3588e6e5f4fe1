"""The filing form: every message goes into the draft, and the draft says what to ask next."""

from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asking import explain_amount
from actions.before_proof import FORM, kept_for_later, kept_tail, naming
from actions.care import ActionDeny
from actions.confirming import adds_nothing, confirms, drops, summary_stands, takes_return, version_of
from actions.explaining import explain, of_a_gift, puzzled, refuse_identity
from actions.filing_answers import (
    QUIET,
    answers_in,
    asked_for,
    confirms_an_old_summary,
    decision_in,
    is_begun,
    order_meant,
    with_known_order,
    with_more_goods,
)
from actions.form_turn import Turn, more_follows, turn_of, user_messages
from actions.freight import photos_meant_otherwise
from actions.mood import hand_over_filed, handed_over_now, heed, offer_standing
from actions.phrases import says
from actions.progress_telling import utter_progress
from actions.reading import FILING_INTENTS, Said, said
from actions.replies import kinds_told, moment
from actions.service import ask, call, note, rule_book
from actions.several import ask_which_of_orders, means_all_shown, meant_instead, order_numbers, orders_to_choose
from actions.talking import ActionAffirm, ActionClarify, with_an_end
from backend.domain.case import Case
from backend.domain.filing import Answers, Question
from backend.domain.request import Wish
from backend.domain.rule_facts import rule_facts
from backend.errors import Conflict, DraftIncomplete, LookupsLocked, NotAllowed, OrderNotFound
from backend.services import drafts, filing, identity, progress
from backend.services.drafts import DraftView

Events = list[dict[str, Any]]

FOR_THE_FORM = FILING_INTENTS | {
    "nlu_fallback", "unsure", "affirm", "deny", "inform", "provide_evidence", "change_request", "continue_filing"
}  # fmt: skip
"""What a rule would answer for any other intent, the form explains itself."""


class ValidateFilingForm(Action):
    """Takes what the message says into the draft, or refuses the message so that a rule can answer it."""

    def name(self) -> str:
        return "validate_filing_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        turn, heard = turn_of(tracker, FORM), said(tracker)
        if turn is Turn.AFTER_DIGRESSION or heard.intent == "continue_filing":
            return await _ask_again(tracker, heard)
        if await confirms_an_old_summary(tracker, heard):
            dispatcher.utter_message(response="utter_summary_changed")
            return _asks_on(await ask(drafts.view_draft, tracker))
        asked = await asked_for(tracker)
        if turn is Turn.ANSWER and drops(tracker, heard, asked) and await is_begun(tracker):
            return _left(dispatcher)
        if asked is Question.ORDER_NO and means_all_shown(tracker, heard):
            dispatcher.utter_message(response="utter_one_order_each")
            return _asks_on(await ask(drafts.view_draft, tracker))
        answers = await order_meant(tracker, heard, asked) or await answers_in(tracker, heard, asked)
        together = await with_more_goods(tracker, heard, answers)
        if together is None:
            dispatcher.utter_message(response="utter_one_remedy_each")
            return await _ask_again(tracker, heard)
        answers = together
        if answers.order_no is not None and len(order_numbers(heard)) > 1:
            draft = await ask(drafts.current_draft, tracker)
            instead = meant_instead(heard, draft.order_no) if draft is not None else None
            if instead is None:
                return await _which_order(dispatcher, tracker, turn, answers)
            answers = replace(answers, order_no=instead)
        if turn is Turn.BEGIN:
            return await _begin(dispatcher, tracker, await with_known_order(tracker, answers))
        if answers != Answers():
            return await _fill(dispatcher, tracker, answers, asked)
        decision = await decision_in(tracker, heard, asked)
        view = await ask(drafts.view_draft, tracker) if decision is None and asked is not None else None
        if view is None or asked is None:
            return decision or []
        return await _nothing_taken(dispatcher, tracker, view, asked)


async def _which_order(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, answers: Answers) -> Events:
    """Takes what else a message says that names several orders, and asks which of them is meant."""
    numbers, take = order_numbers(said(tracker)), _begin if turn is Turn.BEGIN else _fill
    taken = await take(dispatcher, tracker, replace(answers, order_no=None))
    (asked,) = (each["value"] for each in taken if each.get("name") == "requested_slot")
    if asked in (None, QUIET):
        return taken
    ask_which_of_orders(dispatcher, numbers)
    return [*(each for each in taken if each.get("name") != "requested_slot"), SlotSet("requested_slot", QUIET)]


async def _begin(dispatcher: CollectingDispatcher, tracker: Tracker, answers: Answers) -> Events:
    """The first message, with photos that were taken for something else until now."""
    photos = photos_meant_otherwise(tracker)
    if not photos:
        if len(set(said(tracker).values.get("resolution", ()))) > 1 and says("apart", said(tracker).text):
            dispatcher.utter_message(response="utter_one_remedy_each")
        return await _fill(dispatcher, tracker, answers)
    begun = await _fill(dispatcher, tracker, replace(answers, evidence=(*answers.evidence, *photos)))
    return [*begun, SlotSet("care_wanted", None)]


def _say_change(
    dispatcher: CollectingDispatcher, tracker: Tracker, view: DraftView, before: Case, asked: Question | None
) -> bool:
    """Says that another remedy was heard than the draft had before, or why it comes to the same; whether it did."""
    if asked in (None, Question.WISH, Question.ALTERNATIVE) or said(tracker).minted:
        return False
    if takes_return(view, before, asked):
        dispatcher.utter_message(response="utter_refund_takes_return", **rule_facts(view.book))
        return True
    changed = before.wish not in (None, view.draft.wish)
    if changed:
        dispatcher.utter_message(response="utter_wish_changed", remedy=view.book.label(Wish(view.draft.wish)))
    return changed


async def _ask_again(tracker: Tracker, heard: Said) -> Events:
    """The question as it stands, or none for now: to somebody who leaves, waits for a person or has said more."""
    view = await ask(drafts.view_draft, tracker)
    if view is None:
        return _asks_on(view)
    if heard.intent == "continue_filing":  # photos may have come while people were waited for
        view = await _put(tracker, Answers())
    quiet = heard.intent in ("request_human", "goodbye") or more_follows(tracker) or handed_over_now(tracker)
    return _asks(view, QUIET if quiet else view.question.value)


def _asks_on(view: DraftView | None) -> Events:
    """Asks what is to be asked next; nothing where the draft is gone."""
    if view is None:
        return [SlotSet("draft_version", None), SlotSet("requested_slot", None)]
    return _asks(view, view.question.value)


def _asks(view: DraftView, slot: str) -> Events:
    return [SlotSet("draft_version", view.draft.version), SlotSet("requested_slot", slot)]


def _left(dispatcher: CollectingDispatcher) -> Events:
    """The form is over and the draft waits: a yes that follows goes on with it, and confirms nothing."""
    dispatcher.utter_message(response="utter_filing_left")
    return [SlotSet("draft_waits", True), SlotSet("confirmation", None), SlotSet("requested_slot", None)]


async def _put(tracker: Tracker, answers: Answers) -> DraftView:
    """The draft with these answers in it, which is what whoever looks at it next sees."""
    view = await call(drafts.fill_draft, tracker.sender_id, answers)
    seen: DraftView | None = replace(view, open_case=None, adopted=False)
    note(drafts.view_draft, tracker, seen)
    return view


async def _fill(
    dispatcher: CollectingDispatcher, tracker: Tracker, answers: Answers, asked: Question | None = None
) -> Events:
    answers = replace(answers, naming=naming(tracker), phone_tail=answers.phone_tail or kept_tail(tracker, answers))
    before = await ask(drafts.current_draft, tracker)
    view = await _put(tracker, answers)
    changed = before and answers.wish and _say_change(dispatcher, tracker, view, before, asked)
    if answers.evidence:
        dispatcher.utter_message(response="utter_photo_received" if view.adopted else "utter_photo_repeated")
    heeded = await heed(dispatcher, tracker)
    if answers.phone_tail and view.order is None and view.draft.order_no is not None:
        view = await _prove(dispatcher, tracker, view, answers)
        if view.order is not None and view.question is asked:
            dispatcher.utter_message(response="utter_noted")
    elif view.question is asked and view.open_case is None and not (answers.evidence or changed):
        await _same_question(dispatcher, tracker, view, answers)
    if view.open_case is not None:
        return [*heeded, *await _already_open(dispatcher, tracker, view)]
    if view.question is Question.CONFIRMATION and not heeded:
        await offer_standing(dispatcher, tracker)
    return [
        *heeded,
        *kept_for_later(view, answers),
        *_asks(view, QUIET if _waits(tracker, heeded) else view.question.value),
    ]


async def _same_question(dispatcher: CollectingDispatcher, tracker: Tracker, view: DraftView, answers: Answers) -> None:
    """Before a question that stays open: that what was told instead was heard, or what is asked for."""
    if view.draft.version == tracker.get_slot("draft_version") and not answers.phone_tail:
        await explain(dispatcher, tracker, view.question.value)
    elif not (answers.wish or answers.forget or view.question is Question.CONFIRMATION):
        dispatcher.utter_message(response="utter_noted")


def _waits(tracker: Tracker, heeded: Events) -> bool:
    """Whether nothing is to be asked for now: people take over, or the rest of the message follows."""
    return bool(heeded) or more_follows(tracker)


_OF_PHOTOS = ("shown", "seen_asked", "enough_asked")
_IDENTIFYING = (Question.ORDER_NO, Question.PHONE_TAIL)


async def _nothing_taken(
    dispatcher: CollectingDispatcher, tracker: Tracker, view: DraftView, asked: Question
) -> Events:
    """What to say to a message that answers nothing: time to look, what to do without it, or the question explained."""
    heard = said(tracker)
    if not heard.minted and says("later", heard.text):
        dispatcher.utter_message(response="utter_take_your_time")
        return _asks(view, QUIET)
    if asked in _IDENTIFYING and of_a_gift(heard.text):
        await explain(dispatcher, tracker, asked.value)
        return _asks(view, QUIET)
    if asked is Question.CONFIRMATION and view.verdict and not heard.minted and says("why_amount", heard.text):
        explain_amount(dispatcher, view.verdict, view.book)
        return _asks(view, asked.value)
    if asked is Question.CONFIRMATION and not heard.minted and says("lacking", heard.text):
        dispatcher.utter_message(response="utter_photos_not_needed")
        return _asks(view, asked.value)
    if asked is Question.PHOTOS and not heard.minted and (says("lacking", heard.text) or adds_nothing(heard)):
        dispatcher.utter_message(response="utter_no_photos")
        return _asks(view, QUIET)
    if view.evidence and not heard.minted and says("wrong_photo", heard.text):
        dispatcher.utter_message(response="utter_photo_taken_back")
        return _asks(view, asked.value)
    if asked is not Question.PHOTOS and view.evidence and says("seen_asked", heard.text):
        dispatcher.utter_message(response="utter_photos_seen")
        return _asks(view, asked.value)
    if asked is Question.PHOTOS and view.evidence and any(says(kind, heard.text) for kind in _OF_PHOTOS):
        dispatcher.utter_message(
            response="utter_photos_so_far", kinds=kinds_told(view.evidence, await rule_book(tracker))
        )
        return _asks(view, asked.value)
    if asked is Question.PHOTOS and heard.intent == "ask_evidence":
        await explain(dispatcher, tracker, asked.value)
        return _asks(view, asked.value)
    if asked is Question.ORDER_NO and orders_to_choose(tracker) and not heard.digresses:
        return _asks(view, asked.value)
    unsure = not heard.digresses and any(says(kind, heard.text) for kind in ("unknowing", "either", "points_nowhere"))
    unsure = unsure or puzzled(heard) or _says_again(heard, view)
    if heard.intent not in FOR_THE_FORM and not unsure and not heard.text.isdecimal():
        return []
    heeded = await heed(dispatcher, tracker)
    if not heeded:
        await explain(dispatcher, tracker, asked.value)
    return [*heeded, *_asks(view, QUIET if heeded else asked.value)]


def _says_again(heard: Said, view: DraftView) -> bool:
    """Whether what seems to ask where the parcel is says once more that it has not come, which the draft knows."""
    known = view.draft.reason_claimed
    repeats = heard.intent in ("ask_logistics", "query_case_status") and heard.first("reason") == known
    return repeats and known is not None and not says("progress_asked", heard.text)


async def _prove(dispatcher: CollectingDispatcher, tracker: Tracker, view: DraftView, answers: Answers) -> DraftView:
    """The draft after the proof: with its order, with the number as it was to be proven again, or locked without it."""
    try:
        await call(identity.prove, tracker.sender_id, view.draft.order_no, answers.phone_tail)
    except OrderNotFound:
        await refuse_identity(dispatcher, tracker)
    except LookupsLocked as locked:
        dispatcher.utter_message(response="utter_lookups_locked", until=moment(locked.until))
        return await _put(tracker, Answers(forget=Question.ORDER_NO))
    else:
        await offer_standing(dispatcher, tracker)
        goods = answers.goods or tuple(tracker.get_slot("goods") or ())
        quantity = tracker.get_slot("quantity") if answers.quantity is None else answers.quantity
        return await _put(tracker, Answers(goods=goods, naming=answers.naming, quantity=quantity))
    return view


async def _already_open(dispatcher: CollectingDispatcher, tracker: Tracker, view: DraftView) -> Events:
    assert view.open_case is not None
    await call(filing.discard_draft, tracker.sender_id)
    dispatcher.utter_message(response="utter_already_open")
    utter_progress(dispatcher, await call(progress.of_case, tracker.sender_id, view.open_case.case_no))
    return [SlotSet("draft_version", view.draft.version), SlotSet("requested_slot", None)]


class ActionFinishFiling(Action):
    """Files the confirmed draft as a case; says so when the summary was an old one."""

    def name(self) -> str:
        return "action_finish_filing"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        confirmed = tracker.get_slot("confirmation")
        return [] if confirmed is None else await _submit(dispatcher, tracker, confirmed)


async def _submit(dispatcher: CollectingDispatcher, tracker: Tracker, confirmed: str) -> Events:
    """File the draft whose summary was confirmed: `ID:VERSION`, or the one told last."""
    version = int(confirmed.rpartition(":")[2]) if ":" in confirmed else None
    try:
        case = await call(filing.submit_draft, tracker.sender_id, version)
    except (Conflict, DraftIncomplete, NotAllowed) as refused:
        return _not_filed(dispatcher, getattr(refused, "subject", "summary"))
    dispatcher.utter_message(response="utter_submitted", case_no=case.case_no)
    given = await hand_over_filed(dispatcher, tracker, case)
    over = [SlotSet("confirmation", None), SlotSet("draft_waits", None)]
    return [*over, SlotSet("current_number", case.case_no), *given]


_NOT_FILED = {
    "pieces": "utter_taken_meanwhile",
    "draft": "utter_no_draft",
    "summary": "utter_summary_changed",
}


def _not_filed(dispatcher: CollectingDispatcher, subject: str) -> Events:
    """Why nothing was filed, and the application as it stands now, if there still is one."""
    dispatcher.utter_message(response=_NOT_FILED.get(subject, "utter_summary_changed"))
    again = [] if subject == "draft" else [FollowupAction(FORM)]
    return [SlotSet("confirmation", None), *again]


class ActionResumeDraft(Action):
    """Goes on with an unfinished draft, if there is one."""

    def name(self) -> str:
        return "action_resume_draft"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if await ask(drafts.current_draft, tracker):
            return [FollowupAction(FORM)]
        dispatcher.utter_message(response="utter_no_draft")
        return []


class ActionTakeUpDraft(Action):
    """While a draft waits: files it at the word to, or takes what is said for an answer to its question, if it is."""

    def name(self) -> str:
        return "action_take_up_draft"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        heard, view = said(tracker), await ask(drafts.view_draft, tracker)
        if view is not None and summary_stands(tracker, view) and confirms(heard, view):
            return with_an_end(await _submit(dispatcher, tracker, version_of(view.draft)))
        if view is not None and heard.plain_yes and _was_offered(tracker, view):
            return [SlotSet("draft_waits", None), FollowupAction(FORM)]
        if view is not None and await answers_in(tracker, heard, view.question) != Answers():
            return [SlotSet("draft_waits", None), SlotSet("requested_slot", QUIET), FollowupAction(FORM)]
        return await _as_if_none_waited(dispatcher, tracker, domain)


async def _as_if_none_waited(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
    """What the rules of `data/rules` make of such a message where no draft waits.

    Done here, and not as a follow-up: no rule goes on from one, and Rasa 3.6.21 would then clarify what was answered.
    """
    intent = said(tracker).intent
    if intent == "inform":
        return [FollowupAction("lookup_form")]
    if intent == "out_of_scope":
        dispatcher.utter_message(response="utter_out_of_scope")
        return []
    others: dict[str, Action] = {"affirm": ActionAffirm(), "deny": ActionDeny()}
    return list(await others.get(intent, ActionClarify()).run(dispatcher, tracker, domain))


def _was_offered(tracker: Tracker, view: DraftView) -> bool:
    """Whether a yes means going on: after the first message the offer was read, and a summary is always shown again."""
    return len(user_messages(tracker)) > 1 or view.question in (Question.CONFIRMATION, Question.CHANGE)


class ActionDiscardDraft(Action):
    """Withdraws the unfinished draft."""

    def name(self) -> str:
        return "action_discard_draft"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        discarded = await call(filing.discard_draft, tracker.sender_id)
        dispatcher.utter_message(response="utter_draft_discarded" if discarded else "utter_no_draft")
        return [SlotSet("draft_waits", None)]
