"""What a number is sent for that we asked for ourselves: an answer said that it would be seen to, so it is."""

from typing import Any

from rasa_sdk import Tracker

from actions.form_turn import answered_before, user_messages
from actions.reading import Said, order_number
from actions.service import ask
from backend.domain.filing import Question
from backend.domain.request import Reason
from backend.services import progress

_TO_FILE = ("utter_complain", "utter_complain_threat", "utter_compensation")
"""Ask for an order's number to see to what is wrong with it."""
DELIVERY = "utter_ask_logistics"
"""Asks for the number of an order that has not come."""


async def to_be_filed(tracker: Tracker, heard: Said) -> bool:
    """Whether an order's number comes in answer to a promise to see to it, and it has no case yet."""
    number = order_number(heard, Question.ORDER_NO)
    if heard.minted or heard.intent != "inform" or number is None or "case_no" in heard.values:
        return False
    late = answered_before(tracker, DELIVERY) and reason_before(tracker) is Reason.LOGISTICS
    promised = late or answered_before(tracker, *_TO_FILE)
    return promised and not (await ask(progress.look_up, tracker, number)).cases


def reason_before(tracker: Tracker) -> Reason | None:
    """The reason that was named in the message before this one, where its answer asked for a number."""
    if not answered_before(tracker, DELIVERY, *_TO_FILE):
        return None
    messages = user_messages(tracker)
    named: list[dict[str, Any]] = messages[1].get("entities") or [] if len(messages) > 1 else []
    return next((Reason(each["value"]) for each in named if each["entity"] == "reason"), None)
