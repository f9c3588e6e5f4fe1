"""Progress by order or case number: the look-up form and its answer."""

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import condition
from actions.apology import apologise
from actions.care_gate import FORM as CARE_FORM
from actions.care_gate import WANTED, of_a_case
from actions.care_reading import CARE_INTENTS
from actions.complaint_gate import FORM as COMPLAINT_FORM
from actions.complaint_gate import WANTED as COMPLAINT_WANTED
from actions.complaint_gate import of_a_complaint
from actions.complaint_telling import asks_how_complaints_stand, tell_standing
from actions.explaining import explain, puzzled, refuse_identity
from actions.form_turn import (
    Turn,
    acted_now,
    answered_before,
    more_follows,
    said_now,
    set_now,
    turn_of,
    turns_in_a_row,
    user_messages,
)
from actions.mood import handed_over_now, heed, offer_standing, tell_ticket
from actions.phrases import says
from actions.progress_telling import utter_all
from actions.promises import DELIVERY, to_be_filed
from actions.reading import Said, order_number, phone_tail, said, tells_a_problem
from actions.replies import moment
from actions.service import ask, call
from actions.several import MOST, asked_together, mention_others, numbers_beside
from backend.domain.case import State
from backend.domain.filing import Question
from backend.errors import LookupsLocked, OrderNotFound
from backend.services import identity, progress
from backend.services.guard_words import listed
from backend.services.progress import CaseProgress, Looked

FORM = "lookup_form"
MORE = "lookup_more"
"""The slot with the numbers that were told beside the one that is looked up."""
Events = list[dict[str, Any]]


class ValidateLookupForm(Action):
    """Takes a number and, where it is not proven yet, the proof. Ends as soon as something can be told."""

    def name(self) -> str:
        return "validate_lookup_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        turn = turn_of(tracker, FORM)
        heard = said(tracker)
        forgets: Events = []
        told = _number(heard, _asked(tracker, turn))
        beside = [SlotSet(MORE, numbers_beside(heard, told))] if told or turn is Turn.BEGIN else []
        number = told or (tracker.get_slot("lookup_number") if turn is not Turn.BEGIN else None)
        if turn is Turn.ANSWER and heard.intent in CARE_INTENTS:
            return []
        if turn is Turn.AFTER_DIGRESSION:
            quiet = heard.intent == "request_human" or more_follows(tracker) or handed_over_now(tracker)
            return [SlotSet("requested_slot", "quiet")] if quiet else _ask(number)
        if turn is Turn.BEGIN and not acted_now(tracker, "action_after_care"):
            ended = await _not_looked_up(tracker, heard)
            if ended is not None:
                return ended
            forgets = [SlotSet(WANTED, None)]
        if turn is Turn.ANSWER and not told and not heard.minted and says("sent_wrong", heard.text):
            return _ask(None)
        tail = phone_tail(heard, asked=number is not None)
        if turn is Turn.ANSWER and not told and not tail:
            return await _explained(dispatcher, tracker, number, heard)
        if number is None:
            return [*forgets, *beside, *await _latest(tracker, heard)]
        return [*forgets, *beside, *await _look(dispatcher, tracker, number, tail)]


async def _not_looked_up(tracker: Tracker, heard: Said) -> Events | None:
    """The end of a look-up that is none: a problem is told, or something is wanted of a filed case."""
    end = [SlotSet("lookup_number", None), SlotSet("requested_slot", None)]
    if await asks_how_complaints_stand(tracker, heard):
        return end
    complaint = await of_a_complaint(tracker, heard)
    if complaint is not None:
        return [*end, SlotSet(COMPLAINT_WANTED, complaint.to_slot())]
    wanted = await of_a_case(tracker, heard)
    if wanted is not None:
        return [*end, SlotSet(WANTED, wanted.to_slot())]
    if await to_be_filed(tracker, heard) or _asks_delivery(tracker, heard) or await _unanswered(tracker, heard):
        return end
    to_file = _to_file(heard) or _goes_on_to_file(tracker, heard)
    return end if to_file or _only_an_amount(heard) else None


def _to_file(heard: Said) -> bool:
    """Whether a problem is told, or a remedy wanted of orders that are named, in what is no question about progress."""
    wants = heard.intent == "inform" and heard.first("resolution") is not None and says("wanting", heard.text)
    return tells_a_problem(heard) or (wants and heard.first("order_no") is not None)


def _goes_on_to_file(tracker: Tracker, heard: Said) -> bool:
    """Whether goods are told, and no number, of the order for which an application was just offered."""
    offered = turns_in_a_row(tracker, "utter_no_case_for_order") > 0
    of_goods = bool(heard.values.keys() & _OF_GOODS) or condition.told_unasked(heard.text) is True
    return offered and heard.intent in ("inform", "deny") and not heard.minted and of_goods


_OF_GOODS = frozenset({"quantity", "choice"})


def _asks_delivery(tracker: Tracker, heard: Said) -> bool:
    """Whether an order's number comes in answer to where a parcel is to be looked for."""
    numbered = heard.intent == "inform" and not heard.minted and heard.first("case_no") is None
    return numbered and answered_before(tracker, DELIVERY) and order_number(heard, Question.ORDER_NO) is not None


async def _unanswered(tracker: Tracker, heard: Said) -> bool:
    """Whether somebody complains that nobody answers, who has filed nothing here and names no number."""
    if heard.minted or _number(heard) is not None or not says("unanswered", heard.text):
        return False
    return tracker.get_slot("current_number") is None and not await ask(progress.of_conversation, tracker)


FOR_THE_FORM = frozenset({"nlu_fallback", "unsure", "affirm", "inform", "query_case_status", "continue_filing"})
"""What a rule would answer for any other intent, the form explains itself."""


async def _explained(dispatcher: CollectingDispatcher, tracker: Tracker, number: str | None, heard: Said) -> Events:
    if not heard.minted and says("later", heard.text):
        dispatcher.utter_message(response="utter_no_hurry")
        return [SlotSet("lookup_number", number), SlotSet("requested_slot", "quiet")]
    if heard.intent not in FOR_THE_FORM and not puzzled(heard) and not says("unknowing", heard.text):
        return []
    heeded = await heed(dispatcher, tracker)
    await explain(dispatcher, tracker, "lookup_tail" if number else "lookup_number")
    return [*heeded, *_ask(number)]


def _only_an_amount(heard: Said) -> bool:
    """Whether an amount is told that nobody asked for: that is no question about progress."""
    return heard.intent == "inform" and heard.values.keys() == {"amount"}


def _asked(tracker: Tracker, turn: Turn) -> Question | None:
    """What was asked for, as the questions of an application are called; whoever begins may begin with the number."""
    slot = "lookup_number" if turn is Turn.BEGIN else tracker.get_slot("requested_slot")
    if slot == "quiet":
        slot = "lookup_tail" if tracker.get_slot("lookup_number") else "lookup_number"
    return {"lookup_number": Question.ORDER_NO, "lookup_tail": Question.PHONE_TAIL}.get(slot)


def _number(heard: Said, asked: Question | None = None) -> str | None:
    return heard.first("case_no") or order_number(heard, asked)


def _ask(number: str | None) -> Events:
    return [
        SlotSet("lookup_number", number),
        SlotSet("requested_slot", "lookup_tail" if number else "lookup_number"),
    ]


async def _latest(tracker: Tracker, heard: Said) -> Events:
    """Without a number the one talked about last is meant, if there is a case; or the case filed here last.

    Where several are asked about, they all are.
    """
    together = [found.case.case_no for found in await asked_together(tracker, heard)]
    if together:
        more = SlotSet(MORE, together[1:])
        return [more, SlotSet("lookup_number", together[0]), SlotSet("requested_slot", None)]
    current = tracker.get_slot("current_number")
    cases = await ask(progress.of_conversation, tracker)
    if current is not None and (not cases or (await ask(progress.look_up, tracker, current)).cases):
        return [SlotSet("lookup_number", current), SlotSet("requested_slot", None)]
    if not cases:
        return _ask(None)
    return [SlotSet("lookup_number", cases[0].case.case_no), SlotSet("requested_slot", None)]


async def _look(dispatcher: CollectingDispatcher, tracker: Tracker, number: str, tail: str | None) -> Events:
    looked = await ask(progress.look_up, tracker, number)
    if looked.proven:
        return [SlotSet("lookup_number", number), SlotSet("requested_slot", None)]
    if tail is None:
        return _ask(number)
    try:
        await call(identity.prove, tracker.sender_id, looked.order_no or number, tail)
    except OrderNotFound:
        await refuse_identity(dispatcher, tracker)
    except LookupsLocked as locked:
        dispatcher.utter_message(response="utter_lookups_locked", until=moment(locked.until))
        return [SlotSet("lookup_number", None), SlotSet(WANTED, None), SlotSet("requested_slot", None)]
    else:
        return [SlotSet("lookup_number", number), SlotSet("requested_slot", None)]
    return _ask(number)


class ActionTellProgress(Action):
    """Tells the cases behind the number that was looked up, or that there is none yet."""

    def name(self) -> str:
        return "action_tell_progress"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        number, waits = tracker.get_slot("lookup_number"), tracker.get_slot(WANTED)
        if number is None and await to_be_filed(tracker, said(tracker)):
            return [FollowupAction("filing_form")]
        if number is None and _to_file(said(tracker)):
            apologise(dispatcher, said(tracker))
            return [FollowupAction("filing_form")]
        if number is None and _asks_delivery(tracker, said(tracker)):
            return [FollowupAction("action_tell_delivery")]
        if number is None and await _unanswered(tracker, said(tracker)):
            if not await tell_ticket(dispatcher, tracker):
                dispatcher.utter_message(response="utter_unanswered")
            return []
        if number is None and _goes_on_to_file(tracker, said(tracker)):
            return [FollowupAction("filing_form")]
        if number is None and _only_an_amount(said(tracker)):
            return [FollowupAction("action_clarify")]
        if number is None and set_now(tracker, COMPLAINT_WANTED):
            return [FollowupAction(COMPLAINT_FORM)]
        if number is None and await asks_how_complaints_stand(tracker, said(tracker)):
            await tell_standing(dispatcher, tracker)
            return []
        if number is None:
            return [FollowupAction(CARE_FORM)] if waits is not None else []
        looked = await ask(progress.look_up, tracker, number)
        if waits is not None and looked.cases:
            return [SlotSet("lookup_number", None), SlotSet(WANTED, waits), FollowupAction(CARE_FORM)]
        more = tracker.get_slot(MORE) or ()
        found = [looked, *[await ask(progress.look_up, tracker, each) for each in more]]
        _tell(dispatcher, tracker, found)
        if any(each.cases for each in found):
            if _number(said(tracker)) is None:
                await mention_others(dispatcher, tracker, found)
            await offer_standing(dispatcher, tracker)
        unproven = [each for each, its in zip(more, found[1:], strict=True) if not its.proven]
        if unproven:
            dispatcher.utter_message(response="utter_lookup_not_proven", numbers=listed(unproven))
        over = [SlotSet("lookup_number", None), SlotSet(MORE, None), SlotSet(WANTED, None)]
        return [*over, SlotSet("current_number", looked.order_no)]


def _tell(dispatcher: CollectingDispatcher, tracker: Tracker, found: Sequence[Looked]) -> None:
    """The cases of one number, or the newest of each of several; of what has none, that it has none."""
    of_each = MOST if len(found) == 1 else 1
    cases = {each.case.id: each for looked in found for each in looked.cases[:of_each]}
    utter_all(dispatcher, list(cases.values())[:MOST])
    if len(cases) > MOST:
        dispatcher.utter_message(response="utter_more_cases")
    for looked in found:
        if looked.proven and not looked.cases:
            _say_no_case(dispatcher, tracker, looked.order_no)


class ActionTellDelivery(Action):
    """Where to see how a purchase is coming; for an order that has a case, how that stands."""

    def name(self) -> str:
        return "action_tell_delivery"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if says("address", said(tracker).text):
            dispatcher.utter_message(response="utter_change_address")
            return []
        number = order_number(said(tracker), Question.ORDER_NO)
        numbers = (number, *numbers_beside(said(tracker), number)) if number is not None else ()
        looked = {each: await ask(progress.look_up, tracker, each) for each in numbers}
        told = [each for each in looked.values() if each.cases]
        together = await _asked_without_number(tracker, said(tracker)) if number is None else ()
        utter_all(dispatcher, (*together[:MOST], *(each.cases[0] for each in told)))
        if number is None and not together:
            dispatcher.utter_message(response="utter_ask_logistics")
        for each in looked:
            if not looked[each].cases:
                dispatcher.utter_message(response="utter_ask_logistics_of", order_no=each)
        return [SlotSet("current_number", told[0].order_no)] if told else []


async def _asked_without_number(tracker: Tracker, heard: Said) -> tuple[CaseProgress, ...]:
    """The cases that a question after a parcel is about: several, or the newest open one where no parcel is named."""
    together = await asked_together(tracker, heard)
    if together or heard.minted or says("of_parcel", heard.text) or not says("whereabouts", heard.text):
        return together
    cases = await ask(progress.of_conversation, tracker)
    return tuple(found for found in cases if found.case.state is not State.CLOSED)[:1]


def _say_no_case(dispatcher: CollectingDispatcher, tracker: Tracker, order_no: str | None) -> None:
    """There is no case for that order; without one the case is being rewritten, which is offered once."""
    if order_no:
        dispatcher.utter_message(response=_no_case_response(tracker, order_no), order_no=order_no)
    elif not said_now(tracker, "utter_offer_draft"):
        dispatcher.utter_message(response="utter_offer_draft")


def _no_case_response(tracker: Tracker, order_no: str) -> str:
    """How to say it to who has sent the goods back already, or waits for the money of an order they cancelled."""
    if (tracker.get_slot(WANTED) or {}).get("waybill") not in (None, order_no):
        return "utter_no_case_for_order_sent"
    cancelled = any(says("cancelled_unpaid", message.get("text") or "") for message in user_messages(tracker))
    return "utter_no_case_for_order_cancelled" if cancelled else "utter_no_case_for_order"


class ActionTellProgressMeanwhile(Action):
    """Answers a question about progress in the middle of an application, with what this conversation has filed."""

    def name(self) -> str:
        return "action_tell_progress_meanwhile"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if says("hurry", said(tracker).text):
            dispatcher.utter_message(response="utter_hurrying")
            return []
        number, together = _number(said(tracker)), await asked_together(tracker, said(tracker))
        if number is not None:
            numbers = (number, *numbers_beside(said(tracker), number))
            looked = [await ask(progress.look_up, tracker, each) for each in numbers]
            cases = tuple(found for each in looked for found in each.cases[:1])
        else:
            cases = together[:MOST] or (await ask(progress.of_conversation, tracker))[:1]
        utter_all(dispatcher, cases)
        if not cases:
            dispatcher.utter_message(response="utter_finish_first")
        return []
