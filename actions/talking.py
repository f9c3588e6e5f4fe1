"""Everything said beside the forms: apology, the rules, a person, not understanding, coming back."""

from itertools import takewhile
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, FollowupAction, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.apology import apologise
from actions.care_gate import about_a_case, decision_puzzles, offer_waits, problem_of_a_case
from actions.care_reading import agrees
from actions.complaint_gate import a_new_complaint, about_a_complaint
from actions.confirming import submits
from actions.explaining import of_a_gift, puzzled, tell_of_gift
from actions.form_turn import answered_before, turns_in_a_row, user_messages
from actions.mood import before_filing, care_for_injury, heed, in_danger, names_a_fault, request_human, wants_filing
from actions.phrases import says
from actions.reading import said
from actions.replies import button
from actions.service import ask, rule_book
from actions.several import asked_together
from backend.domain.rule_facts import rule_facts
from backend.services import drafts, progress
from backend.services.escalation import triggers

Events = list[dict[str, Any]]

_PROPOSALS = 3


class ActionSessionStart(Action):
    """A new visit carries no slots over; an unfinished application is offered again."""

    def name(self) -> str:
        return "action_session_start"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if _just_begun(tracker):
            return [ActionExecuted("action_listen")]
        if await ask(drafts.current_draft, tracker):
            dispatcher.utter_message(response="utter_offer_draft")
            return [SessionStarted(), SlotSet("draft_waits", True), ActionExecuted("action_listen")]
        return [SessionStarted(), ActionExecuted("action_listen")]


_BEGINS = "session_start"
"""Rasa's own intent, by which the router asks for a new visit."""


def _just_begun(tracker: Tracker) -> bool:
    """Whether a visit has begun by itself, after a long silence, before it was asked to (`/session_start`)."""
    for event in reversed(tracker.events):
        if event["event"] == "session_started":
            return True
        if event["event"] == "user" and (event.get("text") or "").lstrip("/") != _BEGINS:
            return False
    return False


class ActionApologise(Action):
    """Says sorry in words that fit the reason and the mood."""

    def name(self) -> str:
        return "action_apologise"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if said(tracker).first("resolution") is None and says("address", said(tracker).text):
            dispatcher.utter_message(response="utter_change_address")
            return with_an_end([])
        concerned = await about_a_complaint(tracker) or await about_a_case(tracker) or await problem_of_a_case(tracker)
        if not concerned or said(tracker).first("reason") or said(tracker).mood:
            apologise(dispatcher, said(tracker))
        if not concerned:
            await before_filing(dispatcher, tracker)
        return concerned


class ActionAnswerRule(Action):
    """Answers a question about the rules with the values of the rule book in force."""

    def name(self) -> str:
        return "action_answer_rule"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        heard = said(tracker)
        if says("bare_apply", heard.text) and turns_in_a_row(tracker, "utter_no_case_for_order"):
            return [FollowupAction("filing_form")]
        instead = (response for kind, response in _BY_WORDS.items() if says(kind, heard.text))
        response = next(instead, f"utter_{heard.intent}")
        dispatcher.utter_message(response=response, **rule_facts(await rule_book(tracker)))
        if of_a_gift(heard.text):
            tell_of_gift(dispatcher, tracker)
        return []


_BY_WORDS = {
    "repair_time": "utter_ask_repair_time",
    "insurance": "utter_ask_insurance",
    "care_collect": "utter_ask_collect",
}
"""Answers to words that belong to no intent of their own."""


class ActionRequestHuman(Action):
    """Puts the conversation into the queue, for what the pressed offer was made for, or because it was asked."""

    def name(self) -> str:
        return "action_request_human"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        hurt = await care_for_injury(dispatcher, tracker)
        if not hurt:
            await request_human(tracker, said(tracker).first("cause") or "asked")
        return hurt


class ActionClarify(Action):
    """Not understood: first proposes what it might be, then offers a person.

    Rasa 3.6.21 falls back on it wherever no rule fits, again and again until it gives up: so it always says what comes
    next. Inside a form that is the form, which asks its question once more or ends.
    """

    def name(self) -> str:
        return "action_clarify"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        form = tracker.active_loop.get("name")
        if form is None:
            return with_an_end(await self._clarified(dispatcher, tracker, domain))
        heeded = await heed(dispatcher, tracker)
        if not heeded:
            dispatcher.utter_message(response="utter_still_unclear")
        return [*heeded, FollowupAction(form)]

    async def _clarified(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if puzzled(said(tracker)):
            offered = await decision_puzzles(tracker)
            if not offered:
                dispatcher.utter_message(response="utter_puzzled")
            return offered
        heeded = await heed(dispatcher, tracker)
        if in_danger(said(tracker)):
            return heeded  # help is called: that it was not understood quite helps nobody
        concerned = [] if heeded else await _concerned(tracker)
        if concerned:
            return concerned
        if wants_filing(tracker) or names_a_fault(said(tracker)):
            if said(tracker).mood in (None, "thanks"):
                apologise(dispatcher, said(tracker))
            ended = await problem_of_a_case(tracker) if said(tracker).first("reason") else []
            return [*heeded, *(ended or [FollowupAction("filing_form")])]
        if not heeded and await asked_together(tracker, said(tracker)):
            return [FollowupAction("lookup_form")]
        titles = domain["responses"]["utter_intent_titles"][0]["custom"]
        proposals = _proposals(tracker, titles)
        if not proposals or await _gives_up(tracker):
            dispatcher.utter_message(response="utter_still_unclear")
        else:
            dispatcher.utter_message(response="utter_ask_which_intent", buttons=proposals)
        return heeded


def with_an_end(events: Events) -> Events:
    """What was decided to come next, or the end of the turn."""
    goes_on = any(event["event"] == "followup" for event in events)
    return events if goes_on else [*events, FollowupAction("action_listen")]


async def _concerned(tracker: Tracker) -> Events:
    return await about_a_complaint(tracker) or await about_a_case(tracker) or await a_new_complaint(tracker)


async def _gives_up(tracker: Tracker) -> bool:
    """Whether so much in a row was not understood that a person is offered (`handoff.fallbacks`)."""
    book = await rule_book(tracker)
    unclear = _unclear_in_a_row(tracker) >= book.rules.handoff.fallbacks
    return unclear and triggers()["fallbacks"].in_force(book)


def _unclear_in_a_row(tracker: Tracker) -> int:
    """How many messages in a row were not understood, this one included."""
    intents = ((message.get("intent") or {}).get("name") for message in user_messages(tracker))
    return sum(1 for _ in takewhile(lambda intent: intent in ("nlu_fallback", "unsure"), intents))


def _proposals(tracker: Tracker, titles: dict[str, str]) -> list[dict[str, str]]:
    ranking = tracker.latest_message.get("intent_ranking") or []
    likely = [each["name"] for each in ranking if each["name"] in titles][:_PROPOSALS]
    return [button(titles[name], f"/{name}") for name in (*likely, "unsure")] if likely else []


class ActionAffirm(Action):
    """A yes that nothing asked for: perhaps to a summary that is a case already."""

    def name(self) -> str:
        return "action_affirm"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if not said(tracker).minted and await offer_waits(tracker):
            return [FollowupAction("care_form")]
        if not said(tracker).minted and turns_in_a_row(tracker, "utter_no_case_for_order"):
            return [FollowupAction("filing_form")]
        theirs = await ask(progress.theirs, tracker)
        if theirs and agrees(said(tracker)):
            return [FollowupAction("care_form")]
        draft, again = said(tracker).first("draft"), _submits_again(tracker)
        cases = await ask(progress.of_conversation, tracker) if draft or again else ()
        filed = [found.case for found in cases if again or str(found.case.id) == (draft or "").partition(":")[0]]
        if filed:
            dispatcher.utter_message(response="utter_already_submitted", case_no=filed[0].case_no)
        else:
            dispatcher.utter_message(response="utter_anything_else")
        return []


def _submits_again(tracker: Tracker) -> bool:
    """Whether the word to submit follows on what has just been filed."""
    return submits(said(tracker)) and answered_before(tracker, "utter_submitted")
