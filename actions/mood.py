"""What the customer's mood calls for: an apology that fits, the offer of a person, or people at once."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asking import tell_amount, tell_why_refused
from actions.care_gate import about_a_case, problem_of_a_case
from actions.complaint_gate import a_new_complaint, about_a_complaint
from actions.complaint_reading import complaining
from actions.complaint_telling import tell_standing
from actions.explaining import puzzled
from actions.form_turn import said_now, times_said, user_messages
from actions.open_case import asks_to_refuse, sent_unfiled
from actions.phrases import says
from actions.reading import Said, said, strongest_mood
from actions.replies import moment
from actions.service import ask, call, message_id, overdue, rule_book
from backend.domain.case import Case
from backend.domain.conversation import Mode
from backend.domain.request import Reason
from backend.domain.rule_facts import rule_facts
from backend.services import escalation, handoff, progress
from backend.services.escalation import Trigger, of_mood

Events = list[dict[str, Any]]

_OFFER = "utter_offer_person_"
_ESCALATED = "escalated"
"""The slot with the reason for which people were called unasked: once a visit is enough."""


class ActionHeedMood(Action):
    """Before an answer: words for the mood, and people where they are due."""

    def name(self) -> str:
        return "action_heed_mood"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        heard = said(tracker)
        answered = await _answered(dispatcher, tracker, heard) if heard.intent == "out_of_scope" else None
        if answered is not None:
            return answered
        if not tracker.active_loop.get("name") and await sent_unfiled(tracker, heard):
            dispatcher.utter_message(response="utter_sent_unfiled")
            return [FollowupAction("filing_form")]
        return await heed(dispatcher, tracker) or await about_a_complaint(tracker) or await about_a_case(tracker)


async def before_filing(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """What is to be known before an application: that it can still be made, or what refusing a parcel comes to."""
    heard = said(tracker)
    if await sent_unfiled(tracker, heard):
        dispatcher.utter_message(response="utter_sent_unfiled")
    elif asks_to_refuse(heard):
        dispatcher.utter_message(response="utter_may_refuse")


async def _answered(dispatcher: CollectingDispatcher, tracker: Tracker, heard: Said) -> Events | None:
    """The answer to what was taken for none of ours, and is; None where it was taken right."""
    form = tracker.active_loop.get("name")
    if puzzled(heard) or names_a_fault(heard):
        return [FollowupAction("action_clarify")]
    if not form and says("number_where", heard.text):
        dispatcher.utter_message(response="utter_explain_order_no")
        return [FollowupAction("action_listen")]
    if says("hours_asked", heard.text):
        dispatcher.utter_message(response="utter_agent_hours", **rule_facts(await rule_book(tracker)))
        return [FollowupAction(form or "action_listen")]
    if form == "filing_form" and await _of_the_draft(dispatcher, tracker, heard):
        return [FollowupAction(form)]
    return None


async def _of_the_draft(dispatcher: CollectingDispatcher, tracker: Tracker, heard: Said) -> bool:
    """Say why what is wanted is refused, or how much comes of it; whether that was asked."""
    if says("why_not", heard.text):
        return await tell_why_refused(dispatcher, tracker)
    return says("how_much", heard.text) and await tell_amount(dispatcher, tracker)


class ActionComplain(Action):
    """Answers anger and threats that ask for nothing else."""

    def name(self) -> str:
        return "action_complain"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        mood = said(tracker).mood
        if in_danger(said(tracker)):
            return await heed(dispatcher, tracker)
        if complaining(said(tracker)) and await tell_standing(dispatcher, tracker):
            return await heed(dispatcher, tracker, apologised=True)
        concerned = await about_a_complaint(tracker) or await about_a_case(tracker)
        if concerned:
            return [*await heed(dispatcher, tracker), *concerned]
        complains = await a_new_complaint(tracker)
        if complains:
            dispatcher.utter_message(response="utter_apologise_threat")
            return await heed(dispatcher, tracker, apologised=True) or complains
        if _of_waiting(said(tracker)) and await tell_ticket(dispatcher, tracker):
            return []
        if _of_nothing_new(said(tracker)) and await _tell_case(dispatcher, tracker):
            return await heed(dispatcher, tracker, apologised=True)
        if wants_filing(tracker) or _names_what(tracker):
            ended = await problem_of_a_case(tracker) if said(tracker).first("reason") else []
            return [*await heed(dispatcher, tracker), *(ended or [FollowupAction("filing_form")])]
        meanwhile = "utter_complain_meanwhile" if tracker.active_loop.get("name") else "utter_complain"
        dispatcher.utter_message(response="utter_complain_threat" if mood == "threat" else meanwhile)
        return await heed(dispatcher, tracker, apologised=True)


def _of_waiting(heard: Said) -> bool:
    """Whether a complaint names neither goods nor what is to be done, and threatens with nothing."""
    return _of_nothing_new(heard) and heard.first("resolution") is None


def _of_nothing_new(heard: Said) -> bool:
    """Whether a complaint names neither goods nor an order, and threatens with nothing."""
    goods = heard.first("reason") not in (None, Reason.SERVICE.value)
    return not (goods or heard.mood == "threat" or heard.first("order_no"))


async def tell_ticket(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """By when people answer the ticket that stands; whether there is one. People have it already: none are called."""
    view = await call(handoff.view_handoff, tracker.sender_id)
    if view.mode is not Mode.TICKET or view.promised_at is None:
        return False
    response = "utter_complain_ticket_late" if overdue(view.promised_at) else "utter_complain_ticket"
    dispatcher.utter_message(response=response, due=moment(view.promised_at))
    return True


_FAULTS = frozenset({"quality", "damaged", "wrong_item", "missing", "counterfeit", "not_as_described"})
"""Reasons that are hardly ever named but by who has received such goods."""


def names_a_fault(heard: Said) -> bool:
    """Whether a message that was taken for nothing of ours, or for nothing at all, tells what is wrong with goods."""
    return heard.first("reason") in _FAULTS and not heard.minted and not says("asks_at_end", heard.text)


async def _tell_case(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """By when we go on with the case that was filed here last; whether there is one that waits for us."""
    for found in await ask(progress.of_conversation, tracker):
        if found.case.due_at is not None and found.waiting_for not in ("customer", "nobody"):
            told = {"case_no": found.case.case_no, "state": found.case.state.label, "due": moment(found.case.due_at)}
            late = overdue(found.case.due_at)
            dispatcher.utter_message(response="utter_complain_case_late" if late else "utter_complain_case", **told)
            return True
    return False


def wants_filing(tracker: Tracker) -> bool:
    """Whether anger or a threat names what is to be done, outside the form."""
    heard = said(tracker)
    return (
        heard.mood in ("angry", "threat")
        and not tracker.active_loop.get("name")
        and heard.first("resolution") is not None
    )


def _names_what(tracker: Tracker) -> bool:
    """Whether a complaint outside the form names its order or its reason: it is taken up as what it is about."""
    heard = said(tracker)
    return not tracker.active_loop.get("name") and bool(heard.values.keys() & {"order_no", "reason"})


async def heed(dispatcher: CollectingDispatcher, tracker: Tracker, *, apologised: bool = False) -> Events:
    """Say what the mood calls for, unless that was `apologised` for. Events only where people take over now."""
    heard = said(tracker)
    if despairs(heard):
        return await _hold_on(dispatcher, tracker)
    trigger = of_mood(heard.mood, await rule_book(tracker)) if heard.mood else None
    if trigger is None or heard.minted or handed_over_now(tracker):
        return []
    times = _times(tracker, trigger)
    due = trigger.hand_over_at is not None and times >= trigger.hand_over_at
    offers = trigger.offer_at is not None and times >= trigger.offer_at
    if not apologised and not said_now(tracker, "utter_apologise_"):
        dispatcher.utter_message(response=f"utter_apologise_{trigger.mood}")
    if due and tracker.get_slot(_ESCALATED) != trigger.reason:
        return await _hand_over(tracker, trigger)
    if offers and not apologised and not said_now(tracker, _OFFER):
        dispatcher.utter_message(response=f"{_OFFER}{trigger.reason}")
    return []


def in_danger(heard: Said) -> bool:
    """Whether somebody is hurt, or may hurt themselves."""
    return heard.mood == "injury" or despairs(heard)


def despairs(heard: Said) -> bool:
    """Whether somebody speaks of an end to their life: in anger over goods as well, which we cannot tell."""
    return not heard.minted and says("despair", heard.text)


async def _hold_on(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Words of care with where help is to be had, and people at once, as where somebody is hurt."""
    if handed_over_now(tracker):
        return []
    dispatcher.utter_message(response="utter_despair")
    trigger = of_mood("injury", await rule_book(tracker))
    return await _hand_over(tracker, trigger) if trigger and trigger.hand_over_at is not None else []


def handed_over_now(tracker: Tracker) -> bool:
    """Whether people were called since the customer's message."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            break
        if event["event"] == "slot" and event.get("name") == _ESCALATED and event.get("value"):
            return True
    return False


async def offer_standing(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Offer a person for what stands about this customer, such as much money: the gravest not offered in this visit."""
    for trigger in await ask(escalation.standing, tracker):
        response = f"{_OFFER}{trigger.reason}"
        if trigger.offer_at is not None and not times_said(tracker, response):
            dispatcher.utter_message(response=response)
            return


async def hand_over_filed(dispatcher: CollectingDispatcher, tracker: Tracker, case: Case) -> Events:
    """People at once for a case that was just filed and is not for the bot alone."""
    trigger = await call(escalation.due_at_filing, case)
    if trigger is None:
        return []
    dispatcher.utter_message(response="utter_filed_to_people")
    return await _hand_over(tracker, trigger)


async def _hand_over(tracker: Tracker, trigger: Trigger) -> Events:
    await request_human(tracker, trigger.reason)
    return [SlotSet(_ESCALATED, trigger.reason)]


async def care_for_injury(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """What to do at once, before anything else is said, and people: where somebody is hurt."""
    return await heed(dispatcher, tracker) if in_danger(said(tracker)) else []


async def request_human(tracker: Tracker, reason: str) -> None:
    """Put the conversation into the queue; what the queue says is a notice of its own."""
    heard = said(tracker)
    await call(
        handoff.request_human,
        tracker.sender_id,
        reason=reason,
        by=f"message:{message_id(tracker)}",
        in_turn=bool(message_id(tracker)),
        summary={
            "last_text": "" if heard.minted else heard.words,
            "requested_slot": tracker.get_slot("requested_slot"),
        },
    )


def _times(tracker: Tracker, trigger: Trigger) -> int:
    """How many messages of this visit were in the trigger's mood, this one included."""
    moods = (_mood(message) for message in user_messages(tracker))
    return sum(mood == trigger.mood for mood in moods)


def _mood(message: dict[str, Any]) -> str | None:
    return strongest_mood(each["value"] for each in message.get("entities") or [] if each["entity"] == "mood")
