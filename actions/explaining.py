"""A question once more in other words, with an example; and after some of that the way to a person."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.form_turn import times_said, turns_in_a_row, user_messages
from actions.phrases import says
from actions.reading import Said
from actions.service import rule_book
from backend.services.escalation import offered

_EXPLAIN = "utter_explain_"
_GIFT = f"{_EXPLAIN}gift"
_IDENTIFYING = ("order_no", "phone_tail", "lookup_number", "lookup_tail")
"""Slots that who was given the goods cannot fill by themselves."""
_REFUSED = "utter_identity_wrong"
_TRIGGER = "same_question"


def puzzled(heard: Said) -> bool:
    """Whether nothing is said but that the last answer did not help: a mark, 啥, 咋办."""
    return not heard.minted and says("puzzled", heard.text)


def of_a_gift(text: str) -> bool:
    """Whether the goods were given to the customer, or ordered by somebody else."""
    return not text.startswith("/") and says("gift", text)


def tell_of_gift(dispatcher: CollectingDispatcher, tracker: Tracker, slot: str = "order_no") -> bool:
    """Tell, once a visit, whom to ask for number and telephone, where the goods are a gift; whether that was told."""
    if times_said(tracker, _GIFT) or not _is_gift(tracker):
        return False
    dispatcher.utter_message(response=f"{_GIFT}_tail" if slot.endswith("tail") else _GIFT)
    return True


def _is_gift(tracker: Tracker) -> bool:
    return any(of_a_gift(message.get("text") or "") for message in user_messages(tracker))


async def explain(dispatcher: CollectingDispatcher, tracker: Tracker, slot: str) -> None:
    """Explain what a slot of a form is asked for, or offer a person to whom it was explained often enough."""
    book = await rule_book(tracker)
    if offered(_TRIGGER, turns_in_a_row(tracker, _EXPLAIN) + 1, book):
        dispatcher.utter_message(response=f"{_EXPLAIN}too_often")
        return
    if slot in _IDENTIFYING and tell_of_gift(dispatcher, tracker, slot):
        return
    if slot in _IDENTIFYING and _is_gift(tracker):
        slot = "gift_people"
    dispatcher.utter_message(response=f"{_EXPLAIN}{slot}", hours=book.rules.draft.ttl_hours)


async def refuse_identity(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Say that number and proof do not fit; to whom it was said often enough a person is offered."""
    dispatcher.utter_message(response=_REFUSED)
    if offered(_TRIGGER, times_said(tracker, _REFUSED) + 1, await rule_book(tracker)):
        dispatcher.utter_message(response=f"{_EXPLAIN}too_often")
