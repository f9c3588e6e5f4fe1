"""The form about filed cases: finds the case that is meant, asks for what is lacking, and has it done.

It begins with any message about a case, and ends as soon as that is done; what is wanted waits in one slot meanwhile.
"""

from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.care_answers import CARRIER, CASE, LEAVE, WORDS, answered, digresses_from_rating
from actions.care_doing import pursue
from actions.care_errand import Errand, Next
from actions.care_gate import FORM, WANTED, about_a_case, concerns, offer_waits, why, why_pay
from actions.care_reading import CARE_INTENTS, Wanted, phrased, sent, wanted_of
from actions.care_telling import offer_draft
from actions.complaint_gate import awaited, photo_for
from actions.explaining import explain
from actions.form_turn import Turn, more_follows, set_now, turn_of, turns_in_a_row
from actions.freight import receipt_for
from actions.mood import handed_over_now, heed
from actions.open_case import chosen_by_goods
from actions.phrases import says
from actions.reading import Said, said
from actions.service import ask, call
from actions.several import named_together
from backend.domain.care import Deed, meant
from backend.domain.case import State
from backend.services import care, care_supply, drafts, filing

FOLLOWS = "care_follows"
"""The slot that names the form that goes on from here."""
QUIET = "quiet"
Events = list[dict[str, Any]]

FOR_THE_FORM = CARE_INTENTS | {
    "nlu_fallback", "unsure", "affirm", "deny", "inform", "out_of_scope", "provide_evidence"
}  # fmt: skip
"""What a rule would answer for any other intent, the form explains itself."""
_ANYTHING = frozenset({"out_of_scope", "nlu_fallback"})
_SILENT_AFTER = frozenset({"request_human", "goodbye", "thank", "greet"})


class ValidateCareForm(Action):
    """Takes what the message says towards what is wanted, or refuses the message so that a rule can answer it."""

    def name(self) -> str:
        return "validate_care_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        turn, heard = turn_of(tracker, FORM), said(tracker)
        kept = set_now(tracker, WANTED) or turn is not Turn.BEGIN
        before = Wanted.from_slot(tracker.get_slot(WANTED)) if kept else None
        if turn is Turn.AFTER_DIGRESSION:
            return _asked_again(tracker, heard, before)
        if turn is Turn.BEGIN:
            if named_together(heard) > 1:
                dispatcher.utter_message(response="utter_one_at_a_time", count=named_together(heard))
            return await _pursue(dispatcher, tracker, _begun(heard, before))
        return await _answer(dispatcher, tracker, heard, before)


def _begun(heard: Said, before: Wanted | None) -> Wanted | None:
    """What waited until the customer had proven who they are, or was found to be meant; else what the message wants."""
    if before is not None:
        return before
    return wanted_of(heard) or (Wanted(Deed.ACCEPT) if heard.intent in ("affirm", "deny") else None)


async def _answer(dispatcher: CollectingDispatcher, tracker: Tracker, heard: Said, before: Wanted | None) -> Events:
    slot = before.asked if before else None
    if before is None or slot is None:
        return await _pursue(dispatcher, tracker, wanted_of(heard))
    if heard.minted and heard.intent == "query_case_status":
        return _ended(Next(follows="lookup_form"))
    if await _overtaken(tracker, before):
        return await _pursue(dispatcher, tracker, wanted_of(heard) or Wanted(Deed.STANDING, case_no=before.case_no))
    if heard.intent == "continue_filing" and await ask(drafts.current_draft, tracker) is None:
        return _asks(before, slot)
    found = await call(care.matters, tracker.sender_id)
    doubts = why_pay(heard, found) or why(heard, found)
    if doubts is not None:
        await pursue(Errand(dispatcher, tracker, doubts))
        return _asks(before, QUIET)
    answer = answered(heard, before, slot) or (await chosen_by_goods(tracker, heard, before) if slot == CASE else None)
    if answer is LEAVE and await _drops_case(tracker, heard, before):
        answer = Wanted(Deed.WITHDRAW)
    if answer is LEAVE:
        dispatcher.utter_message(response="utter_care_left")
        return _ended()
    asks = heard.intent.startswith("ask_")
    if isinstance(answer, Wanted) and not (asks and not await concerns(tracker, answer)):
        heeded = [] if slot == CARRIER else await heed(dispatcher, tracker)
        return await _pursue(dispatcher, tracker, answer, heeded=heeded)
    if _optional(before) and heard.intent == "inform" and digresses_from_rating(heard):
        return _ended(Next(follows="lookup_form"))
    calmly_later = heard.intent == "complain" and heard.mood is None and says("later", heard.text)
    if (heard.intent not in FOR_THE_FORM and not calmly_later) or (_optional(before) and heard.intent in _ANYTHING):
        return []
    heeded = await heed(dispatcher, tracker)
    if heeded or says("later", heard.text):
        if not heeded:
            dispatcher.utter_message(response="utter_no_hurry")
        return [*heeded, *_asks(before, QUIET)]
    await explain(dispatcher, tracker, slot)
    return _asks(before, slot)


async def _drops_case(tracker: Tracker, heard: Said, before: Wanted) -> bool:
    """Whether who leaves the question says that the case itself is to be withdrawn, as 算了不退了 does, and can be."""
    return (
        before.deed is not Deed.WITHDRAW
        and phrased(heard) is Deed.WITHDRAW
        and await concerns(tracker, Wanted(Deed.WITHDRAW))
    )


async def _overtaken(tracker: Tracker, wanted: Wanted) -> bool:
    """Whether the case has moved on meanwhile, so that what was asked for cannot be done any more."""
    if wanted.case_no is None:
        return False
    found = await ask(care.matters, tracker)
    states = [matter.case.state for matter in found if matter.case_no == wanted.case_no]
    return bool(states) and meant(wanted.deed, states[0]) is None


def _optional(wanted: Wanted) -> bool:
    """Whether the question is one that is not asked again: why so few points were given."""
    return wanted.deed is Deed.RATE and wanted.asked == WORDS


def _asks(wanted: Wanted, slot: str | None) -> Events:
    return [SlotSet(WANTED, wanted.to_slot()), SlotSet("requested_slot", slot)]


def _asked_again(tracker: Tracker, heard: Said, before: Wanted | None) -> Events:
    """The question once more after an answer to something else; not to somebody who leaves or waits for a person."""
    if before is None or _optional(before):
        return _ended()
    quiet = heard.intent in _SILENT_AFTER or more_follows(tracker) or handed_over_now(tracker)
    return _asks(before, QUIET if quiet else before.asked)


async def _pursue(
    dispatcher: CollectingDispatcher, tracker: Tracker, wanted: Wanted | None, heeded: Events | None = None
) -> Events:
    if wanted is None or handed_over_now(tracker):
        return [*(heeded or []), *_ended()]
    outcome = await pursue(Errand(dispatcher, tracker, wanted))
    return [*(heeded or []), *_events(outcome, quiet=outcome.said or more_follows(tracker))]


def _events(outcome: Next, *, quiet: bool) -> Events:
    if outcome.slot is None or outcome.wanted is None:
        return _ended(outcome)
    return _asks(replace(outcome.wanted, asked=outcome.slot), QUIET if quiet else outcome.slot)


def _ended(outcome: Next | None = None) -> Events:
    kept = outcome.wanted.to_slot() if outcome and outcome.wanted else None
    follows = outcome.follows if outcome else None
    number = [SlotSet("current_number", outcome.case_no)] if outcome and outcome.case_no else []
    return [SlotSet(WANTED, kept), SlotSet(FOLLOWS, follows), SlotSet("requested_slot", None), *number]


class ActionAfterCare(Action):
    """Goes on with what follows: the draft that a case became again, or the proof of who is asking."""

    def name(self) -> str:
        return "action_after_care"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        follows = tracker.get_slot(FOLLOWS)
        if follows is not None:
            return [SlotSet(FOLLOWS, None), FollowupAction(follows)]
        if not handed_over_now(tracker):
            await offer_draft(dispatcher, tracker)
        return []


class ActionCareMeanwhile(Action):
    """In the middle of an application: what is said about a filed case interrupts it, where there is one."""

    def name(self) -> str:
        return "action_care_meanwhile"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        heeded = await heed(dispatcher, tracker)
        wanted = wanted_of(said(tracker))
        if wanted is not None and not heeded and await concerns(tracker, wanted):
            return [ActiveLoop(None), SlotSet("requested_slot", None), FollowupAction(FORM)]
        if not heeded:
            rated = wanted is not None and wanted.deed is Deed.RATE
            dispatcher.utter_message(response="utter_rate_service" if rated else "utter_by_person")
        return heeded


class ActionTakePhoto(Action):
    """A photo out of the blue goes to the case that asked for one, or the open complaint, else to an application.

    Where the shop pays for a parcel on its way, it may be the receipt: that is asked. What was filed and not reviewed
    yet is what else it may belong to.
    """

    def name(self) -> str:
        return "action_take_photo"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if await concerns(tracker, Wanted(Deed.SUPPLY)):
            return [FollowupAction(FORM)]
        filing_now = await ask(drafts.current_draft, tracker)
        complaint = None if filing_now else await awaited(tracker)
        if complaint is not None:
            return photo_for(complaint, sent(said(tracker)))
        receipt = [] if filing_now else await receipt_for(tracker)
        if not (filing_now or receipt) and await _adds_to_review(dispatcher, tracker):
            return []
        return receipt or [FollowupAction("filing_form")]


async def _adds_to_review(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """Whether there is one case that waits for its review, which the photo then joins."""
    waiting = [matter for matter in await ask(care.matters, tracker) if matter.case.state is State.SUBMITTED]
    if len(waiting) != 1:
        return False
    case_no = waiting[0].case_no
    await call(care_supply.add, tracker.sender_id, case_no, sent(said(tracker)))
    dispatcher.utter_message(response="utter_care_photo_added", case_no=case_no)
    return True


class ActionDeny(Action):
    """A no that nothing asked for: perhaps to an offer that waits for an answer."""

    def name(self) -> str:
        return "action_deny"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        if await offer_waits(tracker):
            return [FollowupAction(FORM)]
        if said(tracker).first("reason") and turns_in_a_row(tracker, "utter_no_case_for_order"):
            return [FollowupAction("filing_form")]
        concerned = await about_a_case(tracker)
        if not concerned:
            dispatcher.utter_message(response="utter_anything_else")
        return concerned


class ActionWithdraw(Action):
    """Outside the forms: drops the unfinished draft, or else withdraws a filed case."""

    def name(self) -> str:
        return "action_withdraw"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        named = said(tracker).first("case_no") is not None
        if not named and await call(filing.discard_draft, tracker.sender_id):
            dispatcher.utter_message(response="utter_draft_discarded")
            return []
        return [FollowupAction(FORM)]
