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
    named = _first(user_messages(tracker)[1:2], "reason")
    return Reason(named) if named else None


def named_before(tracker: Tracker) -> tuple[Reason | None, str | None]:
    """The reason and the remedy of a question about one's own goods just before, or told with a number without a case.

    That number may have followed on such a question.
    """
    numbered = answered_before(tracker, "utter_no_case_for_order")
    told = user_messages(tracker)[1 : 3 if numbered else 2]
    messages = [each for place, each in enumerate(told) if _asks(each) or (numbered and place == 0)]
    named = _first(messages, "reason")
    return Reason(named) if named else None, _first(messages, "resolution")


def _asks(message: dict[str, Any]) -> bool:
    """Whether a message asked what may be done about goods of theirs."""
    return (message.get("intent") or {}).get("name") in _OF_THEIR_GOODS


_OF_THEIR_GOODS = ("ask_warranty", "ask_return_conditions", "ask_return_process")


def _first(messages: list[dict[str, Any]], entity: str) -> str | None:
    return next((named for each in messages if (named := _named(each, entity))), None)


def _named(message: dict[str, Any], entity: str) -> str | None:
    return next((each["value"] for each in message.get("entities") or [] if each["entity"] == entity), None)
