"""The form about complaints: filing after one clear yes, adding, going to supervision, accepting, withdrawing."""

from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.care_telling import offer_draft
from actions.complaint_gate import FORM, WANTED, possible
from actions.complaint_reading import ABOUT, COMPLAINT, CONFIRM, LEAVE, SERVICE, WORDS, Grievance, answered, pressed
from actions.complaint_telling import tell_standing
from actions.form_turn import Turn, more_follows, set_now, turn_of
from actions.mood import care_for_injury, handed_over_now
from actions.reading import intent_of, said
from actions.replies import button
from actions.service import ask, call, rule_book
from backend.domain.case import State
from backend.domain.complaint import Deed
from backend.domain.request import Wish
from backend.errors import CaseNotFound, ComplaintNotFound, GuardRefused, IllegalTransition
from backend.services import care, complaints, drafts

Events = list[dict[str, Any]]

_QUESTION, _QUIET = "complaint_answer", "quiet"
"""The slot of the form's one question, and the one that nobody asks for."""
FOR_THE_FORM = frozenset(
    {"nlu_fallback", "unsure", "affirm", "deny", "inform", "out_of_scope", "complain", "cancel_request",
     "continue_filing", "provide_evidence", COMPLAINT}
)  # fmt: skip
"""What a rule would answer for any other intent, the form asks again itself."""
_SILENT_AFTER = frozenset({"request_human", "goodbye", "thank", "greet"})
_WORDED = frozenset({Deed.OPEN, Deed.ESCALATE, Deed.ADD_EVIDENCE})
_CONFIRMED = frozenset({Deed.OPEN, Deed.ESCALATE, Deed.WITHDRAW})


class ValidateComplaintForm(Action):
    """Takes what the message says towards what is wanted, or refuses the message so that a rule can answer it."""

    def name(self) -> str:
        return "validate_complaint_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        turn, heard = turn_of(tracker, FORM), said(tracker)
        kept = set_now(tracker, WANTED) or turn is not Turn.BEGIN
        before = Grievance.from_slot(tracker.get_slot(WANTED)) if kept else None
        if turn is Turn.BEGIN:
            return await _pursue(dispatcher, tracker, before or pressed(heard))
        if before is None:
            return _ended()
        if turn is Turn.AFTER_DIGRESSION:
            quiet = heard.intent in _SILENT_AFTER or more_follows(tracker) or handed_over_now(tracker)
            return _asks(before, quiet=quiet)
        answer = answered(heard, before)
        if answer == LEAVE:
            dispatcher.utter_message(response="utter_complaint_left")
            return _ended()
        hurt = await care_for_injury(dispatcher, tracker)
        if hurt:
            return [*hurt, *_asks(answer if isinstance(answer, Grievance) else before, quiet=True)]
        if isinstance(answer, Grievance):
            return await _pursue(dispatcher, tracker, answer)
        return _asks(before) if heard.intent in FOR_THE_FORM else []


def _asks(wanted: Grievance, *, quiet: bool = False) -> Events:
    return [SlotSet(WANTED, wanted.to_slot()), SlotSet("requested_slot", _QUIET if quiet else _QUESTION)]


def _ended() -> Events:
    return [SlotSet(WANTED, None), SlotSet("requested_slot", None)]


async def _pursue(dispatcher: CollectingDispatcher, tracker: Tracker, wanted: Grievance | None) -> Events:
    """Ask for what is lacking, or have it done."""
    if wanted is None or handed_over_now(tracker):
        return _ended()
    if wanted.complaint_no is not None and not await _still_possible(tracker, wanted):
        await tell_standing(dispatcher, tracker, wanted.complaint_no)
        return _ended()
    wanted = await _with_case(tracker, wanted)
    lacking = _lacking(wanted)
    if lacking is not None:
        return _asks(replace(wanted, asked=lacking, confirmed=False), quiet=more_follows(tracker))
    await _have_done(dispatcher, tracker, wanted)
    return _ended()


async def _still_possible(tracker: Tracker, wanted: Grievance) -> bool:
    """Whether the complaint allows that as it stands: nothing is asked for in vain. Others' are left to the service."""
    found = await ask(complaints.complaints_of, tracker)
    return all(possible(wanted.deed, each) for each in found if each.complaint_no == wanted.complaint_no)


def _lacking(wanted: Grievance) -> str | None:
    """What has to be asked for before it can be done."""
    if wanted.deed is Deed.OPEN and wanted.case_no is None:
        return ABOUT
    if wanted.deed in _WORDED and not (wanted.words or (wanted.evidence and wanted.deed is Deed.ADD_EVIDENCE)):
        return WORDS
    return CONFIRM if wanted.deed in _CONFIRMED and not wanted.confirmed else None


async def _with_case(tracker: Tracker, wanted: Grievance) -> Grievance:
    """With what a new complaint is about, where there is but one thing that it can be."""
    if wanted.deed is not Deed.OPEN or wanted.case_no is not None:
        return wanted
    found = await ask(care.matters, tracker)
    open_ones = [matter.case_no for matter in found if matter.case.state is not State.CLOSED]
    numbers = open_ones or [matter.case_no for matter in found]
    if len(numbers) > 1:
        return replace(wanted, choices=(SERVICE, *numbers[:_MOST_CHOICES]))
    return replace(wanted, case_no=numbers[0] if numbers else SERVICE)


_MOST_CHOICES = 5


async def _have_done(dispatcher: CollectingDispatcher, tracker: Tracker, wanted: Grievance) -> None:
    """Its notice is the answer; where it is not possible as the complaint stands, that is told."""
    try:
        await _do(tracker.sender_id, wanted)
    except (IllegalTransition, GuardRefused):
        await tell_standing(dispatcher, tracker, wanted.complaint_no)
    except (CaseNotFound, ComplaintNotFound):
        dispatcher.utter_message(response="utter_complaint_unknown")
    else:
        await _offer_filing(dispatcher, tracker, wanted)


async def _offer_filing(dispatcher: CollectingDispatcher, tracker: Tracker, wanted: Grievance) -> None:
    """The remedy that was wanted beside the complaint, where nothing was filed or begun."""
    if wanted.wish is None or await ask(drafts.current_draft, tracker) is not None:
        return
    if await ask(care.matters, tracker):
        return
    wish = Wish(wanted.wish)
    label = (await rule_book(tracker)).label(wish)
    choices = [button(label, f"/{intent_of(wish)}")]
    dispatcher.utter_message(response="utter_complaint_wish", wish=label, buttons=choices)


async def _do(conversation_id: str, wanted: Grievance) -> None:
    number, words = wanted.complaint_no or "", wanted.words
    match wanted.deed:
        case Deed.OPEN:
            about = None if wanted.case_no == SERVICE else wanted.case_no
            number = (await call(complaints.file_complaint, conversation_id, words, about)).complaint_no
            words = ""
        case Deed.ESCALATE:
            await call(complaints.escalate, conversation_id, number, words)
            words = ""
        case Deed.CLOSE:
            await call(complaints.accept_ruling, conversation_id, number)
            return
        case Deed.WITHDRAW:
            await call(complaints.withdraw, conversation_id, number)
            return
    if words or wanted.evidence:
        await call(complaints.add_own_evidence, conversation_id, number, words, wanted.evidence)


class AskComplaintAnswer(Action):
    """Asks what a complaint is about, what is complained of, or for the one yes."""

    def name(self) -> str:
        return "action_ask_complaint_form_complaint_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        wanted = Grievance.from_slot(tracker.get_slot(WANTED))
        assert wanted is not None  # the form asks for what is wanted
        if wanted.asked == ABOUT:
            await _ask_about(dispatcher, tracker, wanted)
            return []
        dispatcher.utter_message(response=_question(wanted), **_values(wanted))
        return []


async def _ask_about(dispatcher: CollectingDispatcher, tracker: Tracker, wanted: Grievance) -> None:
    found = {matter.case_no: matter for matter in await ask(care.matters, tracker)}
    numbers = [number for number in wanted.choices if number in found]
    choices = [button(f"{number} {found[number].goods}", _PRESSED % number) for number in numbers]
    dispatcher.utter_message(response="utter_ask_complaint_about", buttons=choices)


_PRESSED = '/complaint{"do": "open", "case_no": "%s"}'


def _question(wanted: Grievance) -> str:
    about = "_service" if wanted.deed is Deed.OPEN and wanted.case_no == SERVICE else ""
    return f"utter_ask_complaint_{wanted.asked}_{wanted.deed.value}{about}"


def _values(wanted: Grievance) -> dict[str, Any]:
    return {
        "case_no": wanted.case_no,
        "complaint_no": wanted.complaint_no,
        "words": wanted.words or "—",
        "photos": len(wanted.evidence),
    }


class ActionAfterComplaint(Action):
    """Offers an unfinished application again."""

    def name(self) -> str:
        return "action_after_complaint"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if not handed_over_now(tracker):
            await offer_draft(dispatcher, tracker)
        return []
