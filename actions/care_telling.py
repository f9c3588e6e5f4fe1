"""Tells the customer of a filed case: what was said last once more, how it stands, its photos."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.lookup import say_next, utter_progress
from actions.service import call, message_number
from backend.services import care_telling, drafts, progress
from backend.services.care import Matter


async def present(dispatcher: CollectingDispatcher, tracker: Tracker, matter: Matter) -> None:
    """What the case said last, with its buttons; where that is not to be said here, its progress."""
    conversation_id, number = tracker.sender_id, message_number(tracker)
    if not await call(care_telling.tell_again, conversation_id, matter.case_no, number):
        utter_progress(dispatcher, await call(progress.of_case, conversation_id, matter.case_no))


async def say_standing(dispatcher: CollectingDispatcher, conversation_id: str, case_no: str) -> None:
    """Where the case stands now, and the next step."""
    found = await call(progress.of_case, conversation_id, case_no)
    dispatcher.utter_message(response="utter_care_stands", case_no=case_no, state=found.case.state.label)
    say_next(dispatcher, found)


async def tell_photos(tracker: Tracker, matter: Matter) -> int:
    """Both sides' photos as bubbles; how many."""
    number = message_number(tracker)
    return await call(care_telling.show_photos, tracker.sender_id, matter.case_no, number)


async def offer_draft(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Offer the unfinished application again, where there is one."""
    if await call(drafts.view_draft, tracker.sender_id) is not None:
        dispatcher.utter_message(response="utter_offer_draft")
