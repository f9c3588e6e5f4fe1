"""Several at once: the numbers that one message names, and the cases that are asked about together."""

from collections.abc import Iterable

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.form_turn import answered_before, times_said, user_messages
from actions.phrases import says
from actions.reading import Said
from actions.service import ask
from backend.domain.case import State
from backend.domain.order import search_number
from backend.services import progress
from backend.services.progress import CaseProgress, Looked

MOST = 3
"""So many cases are told in one answer."""
_NUMBERS = ("case_no", "order_no")


def order_numbers(heard: Said) -> tuple[str, ...]:
    """The orders that a message names, in its order."""
    return tuple(dict.fromkeys(heard.values.get("order_no", ())))


def named_together(heard: Said) -> int:
    """How many cases, or orders, a message names."""
    return max(len(set(heard.values.get("case_no", ()))), len(order_numbers(heard)))


def meant_instead(heard: Said, known: str | None) -> str | None:
    """The other of two orders that a message names, where it corrects the one that is `known`."""
    others = [each for each in order_numbers(heard) if search_number(each) != search_number(known or "")]
    corrects = len(order_numbers(heard)) == 2 and len(others) == 1 and says("wrong_number", heard.text)
    return others[0] if corrects else None


def numbers_beside(heard: Said, number: str | None) -> tuple[str, ...]:
    """The orders and cases that a message names beside this one, up to one more than are told in one answer."""
    if number is None:
        return ()
    kinds = ("case_no", "order_no", "tracking_no") if number in heard.values.get("tracking_no", ()) else _NUMBERS
    named = dict.fromkeys(each for kind in kinds for each in heard.values.get(kind, ()))
    return tuple(each for each in named if search_number(each) != search_number(number))[:MOST]


def pointed_at(tracker: Tracker, heard: Said) -> str | None:
    """Which of the orders that the message before named is pointed at, as in 先办第一个; None unless that was asked."""
    choice = heard.first("choice")
    if heard.minted or choice is None or not answered_before(tracker, "utter_which_of_orders"):
        return None
    named = user_messages(tracker)[1].get("entities") or []
    numbers = list(dict.fromkeys(str(each["value"]) for each in named if each["entity"] == "order_no"))
    place = len(numbers) if choice == "last" else int(choice) if choice.isdecimal() else 0
    return numbers[place - 1] if 0 < place <= len(numbers) else None


async def asked_together(tracker: Tracker, heard: Said) -> tuple[CaseProgress, ...]:
    """The buyer's cases where several are asked about without their numbers: open ones first, the newest of them."""
    if heard.minted or not says("several", heard.text):
        return ()
    cases = await ask(progress.theirs, tracker)
    return tuple(sorted(cases, key=lambda found: found.case.state is State.CLOSED))


async def mention_others(dispatcher: CollectingDispatcher, tracker: Tracker, found: Iterable[Looked]) -> None:
    """Beside one that was told, once a visit, that others of theirs are open."""
    told = {each.case.id for looked in found for each in looked.cases}
    theirs = [each.case for each in await ask(progress.theirs, tracker)]
    others = [case for case in theirs if case.state is not State.CLOSED and case.id not in told]
    if others and not times_said(tracker, _OTHERS):
        dispatcher.utter_message(response=_OTHERS, count=len(others))


_OTHERS = "utter_others_open"
