"""Tells the customer of a filed case: what was said last once more, how it stands, its photos."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.progress_telling import say_next, utter_progress
from actions.replies import workdays
from actions.service import ask, call, message_number
from backend.domain.case import State
from backend.domain.money import price
from backend.domain.request import Remedy
from backend.domain.rule_facts import rule_facts
from backend.services import care_supply, care_telling, drafts, progress
from backend.services.care import Matter


async def present(dispatcher: CollectingDispatcher, tracker: Tracker, matter: Matter) -> None:
    """What the case said last, with its buttons; where that is not to be said here, its progress."""
    conversation_id, number = tracker.sender_id, message_number(tracker)
    if not await call(care_telling.tell_again, conversation_id, matter.case_no, number):
        utter_progress(dispatcher, await call(progress.of_case, conversation_id, matter.case_no))


async def say_standing(dispatcher: CollectingDispatcher, conversation_id: str, case_no: str) -> None:
    """Where the case stands now, what is lacking, and the next step; of money that is to come, how much and when."""
    found = await call(progress.of_case, conversation_id, case_no)
    case = found.case
    pays = case.amount_fen and case.state in _BEFORE_PAYMENT
    amount = price(case.amount_fen or 0)
    response = "utter_care_stands_paying" if pays else "utter_care_stands"
    dispatcher.utter_message(response=response, case_no=case_no, state=case.state.label, amount=amount)
    if case.state is State.NEED_INFO:
        await tell_lacking(dispatcher, Matter(found))
    say_next(dispatcher, found)
    if pays and case.verdict:
        dispatcher.utter_message(response="utter_care_eta", eta=workdays(case.verdict))
    if case.remedy == Remedy.REPAIR.value and case.state in _BEFORE_REPAIR:
        dispatcher.utter_message(response="utter_care_repair_time", **rule_facts(found.book))


_BEFORE_PAYMENT = frozenset(State) - {State.DRAFT, State.PROPOSED, State.INSPECTION_ISSUE, State.REJECTED} - {
    State.SENDING_BACK, State.AWAITING_CONFIRM, State.CLOSED
}  # fmt: skip
"""States on the way to a refund whose amount nobody has to agree to any more."""


_BEFORE_REPAIR = frozenset(
    {State.SUBMITTED, State.PENDING_APPROVAL, State.AWAITING_RETURN, State.RETURN_IN_TRANSIT, State.RECEIVED}
)
"""States on the way to a repair whose own time has not begun."""


async def tell_lacking(dispatcher: CollectingDispatcher, matter: Matter) -> None:
    """What was asked for and has not come."""
    left = await call(care_supply.still_lacking, matter)
    labels = [matter.progress.book.label(kind) for kind in left.kinds]
    items = "\n".join(f"· {item}" for item in (*labels, *left.words))
    dispatcher.utter_message(response="utter_ask_care_supply", case_no=matter.case_no, items=items)


async def tell_photos(tracker: Tracker, matter: Matter) -> int:
    """Both sides' photos as bubbles; how many."""
    number = message_number(tracker)
    return await call(care_telling.show_photos, tracker.sender_id, matter.case_no, number)


async def offer_draft(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Offer the unfinished application again, where there is one."""
    if await ask(drafts.current_draft, tracker) is not None:
        dispatcher.utter_message(response="utter_offer_draft")
