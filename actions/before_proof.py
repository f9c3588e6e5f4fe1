"""What is told before an order is proven to be the customer's, and waits in slots until it is."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.form_turn import Turn, turn_of
from actions.reading import said
from backend.domain.filing import Answers
from backend.services.drafts import DraftView

FORM = "filing_form"
NAMING, TAIL = "naming", "phone_tail"
"""The slots with what may name the goods, and with a telephone's last digits."""
Events = list[dict[str, Any]]


def naming(tracker: Tracker) -> str:
    """What was said since the form began, as long as it is not known of which order: it may name the goods."""
    heard, before = said(tracker), tracker.get_slot(NAMING) if turn_of(tracker, FORM) is not Turn.BEGIN else None
    return "\n".join(filter(None, (before, "" if heard.minted else heard.text)))


def kept_for_later(view: DraftView, answers: Answers) -> Events:
    """Which goods and how many, said before the order is proven, wait in their slots until it is.

    So does the proof, until there is an order to prove.
    """
    if view.order is not None:
        return [SlotSet("goods", None), SlotSet("quantity", None), SlotSet(NAMING, None), SlotSet(TAIL, None)]
    kept = [SlotSet(NAMING, answers.naming or None)]
    if view.draft.order_no is not None or answers.phone_tail:
        kept.append(SlotSet(TAIL, None if view.draft.order_no else answers.phone_tail))
    if answers.goods or answers.quantity is not None:
        kept += [SlotSet("goods", list(answers.goods)), SlotSet("quantity", answers.quantity)]
    return kept


def kept_tail(tracker: Tracker, answers: Answers) -> str | None:
    """The proof that was told before the order's number came, which is now."""
    told = tracker.get_slot(TAIL) if answers.order_no and turn_of(tracker, FORM) is not Turn.BEGIN else None
    return str(told) if told else None
