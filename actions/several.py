"""Several at once: the numbers that one message names, and the cases that are asked about together."""

from collections.abc import Iterable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.form_turn import answered_before, times_said, user_messages
from actions.phrases import says
from actions.reading import Said
from actions.replies import button
from actions.service import ask
from backend.domain.case import State
from backend.domain.filing import ALL_GOODS, choose_lines, named_titles
from backend.domain.order import Order, search_number
from backend.services import progress
from backend.services.progress import CaseProgress, Looked

MOST = 3
"""So many cases are told in one answer."""
_NUMBERS = ("case_no", "order_no")
WHICH_OF_ORDERS = "utter_which_of_orders"
SHOWN_ORDERS = "utter_ask_which_order"
"""Asks which of the buyer's own orders is meant, below their cards."""


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


def orders_to_choose(tracker: Tracker) -> tuple[str, ...]:
    """The orders that a message has named together, as long as it is open which of them is meant."""
    if not times_said(tracker, WHICH_OF_ORDERS):
        return ()
    named = next(filter(None, map(_orders_in, user_messages(tracker))), ())
    return named if len(named) > 1 else ()


def _orders_in(message: dict[str, Any]) -> tuple[str, ...]:
    found = (str(each["value"]) for each in message.get("entities") or [] if each["entity"] == "order_no")
    return tuple(dict.fromkeys(found))


def ask_which_of_orders(dispatcher: CollectingDispatcher, numbers: tuple[str, ...]) -> None:
    """Ask which of the orders that were named together is to be filed first."""
    choices = [button(number, f'/inform{{"order_no": "{number}"}}') for number in numbers]
    dispatcher.utter_message(response=WHICH_OF_ORDERS, count=len(numbers), buttons=choices)


async def _to_choose_from(tracker: Tracker) -> tuple[str, ...]:
    """The orders that were named together, else those of the buyer's that were just shown."""
    named = orders_to_choose(tracker)
    if named or not answered_before(tracker, SHOWN_ORDERS):
        return named
    return tuple(each.order_no for each in await ask(progress.orders_to_file, tracker))


async def order_of_goods(tracker: Tracker, heard: Said) -> str | None:
    """Which of the orders to choose from is called by its goods, as in 杯子先; only their buyer can call one so."""
    numbers = {search_number(number) for number in await _to_choose_from(tracker)}
    if heard.minted or heard.text.isdecimal() or not numbers:
        return None
    theirs = [each for each in await ask(progress.orders_to_file, tracker) if search_number(each.order_no) in numbers]
    called = [each.order_no for each in theirs if choose_lines((heard.text,), each, _pieces(each))]
    called = called or _named_by_goods(heard.text, theirs)
    return called[0] if len(called) == 1 else None


async def order_of_story(tracker: Tracker, heard: Said) -> str | None:
    """Which of the orders to file from a story is about, by the goods in it: 灯不亮了 names the one with the lamp."""
    if heard.minted:
        return None
    named = _named_by_goods(heard.text, await ask(progress.orders_to_file, tracker))
    return named[0] if len(named) == 1 else None


def _named_by_goods(words: str, orders: Iterable[Order]) -> list[str]:
    """The orders whose goods are named by what none of the others has."""
    lines = [(order.order_no, line.title) for order in orders for line in order.lines]
    places = named_titles(words, [title for _, title in lines])
    return list(dict.fromkeys(lines[place][0] for place in places))


def means_all_shown(tracker: Tracker, heard: Said) -> bool:
    """Whether all the orders are meant where which one was asked: 都要退."""
    return not heard.minted and heard.first("choice") == ALL_GOODS and answered_before(tracker, SHOWN_ORDERS)


def _pieces(order: Order) -> dict[int, int]:
    return {line.line_no: line.quantity for line in order.lines}


async def pointed_at(tracker: Tracker, heard: Said) -> str | None:
    """Which of the orders that were named or shown is pointed at, as in 先办第一个; None unless that was asked."""
    choice = heard.first("choice")
    if heard.minted or choice is None or not answered_before(tracker, WHICH_OF_ORDERS, SHOWN_ORDERS):
        return None
    numbers = await _to_choose_from(tracker)
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
