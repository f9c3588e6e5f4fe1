"""The filing form: every message goes into the draft, and the draft says what to ask next."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.form_turn import Turn, turn_of
from actions.lookup import utter_progress
from actions.reading import Said, read_answers, said, wants_all
from actions.replies import moment
from actions.service import call
from backend.domain.filing import ALL_GOODS, Answers, Question
from backend.errors import Conflict, LookupsLocked, OrderNotFound
from backend.services import drafts, filing, identity, progress
from backend.services.drafts import DraftView

FORM = "filing_form"
QUIET = "quiet"
"""The slot that nobody asks for."""
Events = list[dict[str, Any]]


class ValidateFilingForm(Action):
    """Takes what the message says into the draft, or refuses the message so that a rule can answer it."""

    def name(self) -> str:
        return "validate_filing_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        turn, heard = turn_of(tracker, FORM), said(tracker)
        if turn is Turn.AFTER_DIGRESSION or heard.intent == "continue_filing":
            return await _ask_again(tracker, heard)
        asked = await _asked(tracker)
        answers = _answers(heard, asked)
        decision = _decision(heard, asked) if answers == Answers() else None
        if decision is not None:
            return decision
        if turn is Turn.ANSWER and answers == Answers():
            return []
        return await _fill(dispatcher, tracker, answers)


async def _asked(tracker: Tracker) -> Question | None:
    slot = tracker.get_slot("requested_slot")
    if slot == QUIET:
        view = await call(drafts.view_draft, tracker.sender_id)
        return view.question if view else None
    return Question(slot) if slot in Question._value2member_map_ else None


def _answers(heard: Said, asked: Question | None) -> Answers:
    forget = heard.first("forget")
    if forget:
        return Answers(forget=Question(forget))
    answers = read_answers(heard, asked)
    if asked is Question.QUANTITY and wants_all(heard):
        return Answers(goods=(ALL_GOODS,))
    return answers


async def _ask_again(tracker: Tracker, heard: Said) -> Events:
    """The question as it stands, or none for now to somebody who leaves or waits for a person."""
    view = await call(drafts.view_draft, tracker.sender_id)
    if view is None:
        return [SlotSet("draft_version", None), SlotSet("requested_slot", None)]
    asked = QUIET if heard.intent in ("request_human", "goodbye") else view.question.value
    return [SlotSet("draft_version", view.draft.version), SlotSet("requested_slot", asked)]


def _decision(heard: Said, asked: Question | None) -> Events | None:
    """A yes to the summary ends the form, with the version on the button that was pressed; a no asks what to change."""
    told = asked in (Question.CONFIRMATION, Question.CHANGE)
    if told and heard.intent == "affirm":
        return [SlotSet("confirmation", heard.first("draft") or "told"), SlotSet("requested_slot", None)]
    if heard.intent == "change_request" or (asked is Question.CONFIRMATION and heard.intent == "deny"):
        return [SlotSet("confirmation", None), SlotSet("requested_slot", Question.CHANGE.value)]
    return None


async def _fill(dispatcher: CollectingDispatcher, tracker: Tracker, answers: Answers) -> Events:
    view = await call(drafts.fill_draft, tracker.sender_id, answers)
    if answers.evidence:
        dispatcher.utter_message(response="utter_photo_received" if view.adopted else "utter_photo_repeated")
    if view.question is Question.PHONE_TAIL and answers.phone_tail:
        view = await _prove(dispatcher, tracker, view, answers.phone_tail)
    if view.open_case is not None:
        return await _already_open(dispatcher, tracker, view)
    return [SlotSet("draft_version", view.draft.version), SlotSet("requested_slot", view.question.value)]


async def _prove(dispatcher: CollectingDispatcher, tracker: Tracker, view: DraftView, phone_tail: str) -> DraftView:
    try:
        await call(identity.prove, tracker.sender_id, view.draft.order_no, phone_tail)
    except OrderNotFound:
        dispatcher.utter_message(response="utter_identity_wrong")
    except LookupsLocked as locked:
        dispatcher.utter_message(response="utter_lookups_locked", until=moment(locked.until))
    else:
        return await call(drafts.fill_draft, tracker.sender_id, Answers())
    return await call(drafts.fill_draft, tracker.sender_id, Answers(forget=Question.ORDER_NO))


async def _already_open(dispatcher: CollectingDispatcher, tracker: Tracker, view: DraftView) -> Events:
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
        if confirmed is None:
            return []
        version = int(confirmed.rpartition(":")[2]) if ":" in confirmed else None
        try:
            case = await call(filing.submit_draft, tracker.sender_id, version)
        except Conflict as conflict:
            return _confirm_anew(dispatcher, conflict)
        dispatcher.utter_message(response="utter_submitted", case_no=case.case_no)
        return [SlotSet("confirmation", None), SlotSet("current_number", case.case_no)]


def _confirm_anew(dispatcher: CollectingDispatcher, conflict: Conflict) -> Events:
    taken = conflict.subject == "pieces"
    dispatcher.utter_message(response="utter_taken_meanwhile" if taken else "utter_summary_changed")
    return [SlotSet("confirmation", None), FollowupAction(FORM)]


class ActionResumeDraft(Action):
    """Goes on with an unfinished draft, if there is one."""

    def name(self) -> str:
        return "action_resume_draft"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if await call(drafts.view_draft, tracker.sender_id):
            return [FollowupAction(FORM)]
        dispatcher.utter_message(response="utter_no_draft")
        return []


class ActionDiscardDraft(Action):
    """Withdraws the unfinished draft."""

    def name(self) -> str:
        return "action_discard_draft"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        discarded = await call(filing.discard_draft, tracker.sender_id)
        dispatcher.utter_message(response="utter_draft_discarded" if discarded else "utter_no_draft")
        return []
