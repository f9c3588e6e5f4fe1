"""A question once more in other words, with an example; and at the third time the way to a person."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.form_turn import times_said, turns_in_a_row
from actions.service import rule_book

_EXPLAIN = "utter_explain_"
_REFUSED = "utter_identity_wrong"
_PATIENCE = 2
"""After that many explanations in a row a person is offered (hand-off page, section 4: at the third)."""


async def explain(dispatcher: CollectingDispatcher, tracker: Tracker, slot: str) -> None:
    """Explain what a slot of a form is asked for, or offer a person to whom it was explained often enough."""
    if turns_in_a_row(tracker, _EXPLAIN) >= _PATIENCE:
        dispatcher.utter_message(response=f"{_EXPLAIN}too_often")
        return
    book = await rule_book(tracker)
    dispatcher.utter_message(response=f"{_EXPLAIN}{slot}", hours=book.rules.draft.ttl_hours)


def refuse_identity(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Say that number and proof do not fit; from the third time on a person is offered."""
    dispatcher.utter_message(response=_REFUSED)
    if times_said(tracker, _REFUSED) >= _PATIENCE:
        dispatcher.utter_message(response=f"{_EXPLAIN}too_often")
