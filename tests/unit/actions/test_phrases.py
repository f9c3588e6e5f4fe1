"""What a customer can write must never hold up everybody else's messages."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest
import yaml

import actions.phrases
from actions.phrases import caught, says

TABLE: dict[str, str] = yaml.safe_load(Path(actions.phrases.__file__).with_name("phrases.yml").read_text("utf-8"))
LONGEST_MESSAGE = 5000
ENDS = ("", "龘", "?")


class HeldUp(Exception):
    pass


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Raises HeldUp in what takes longer: a guard against hanging, hundreds of times what it should take."""

    def give_up(*_: object) -> None:
        raise HeldUp

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def endless(pattern: str) -> Iterator[str]:
    """Messages of the words a pattern looks for, over and over, none of which it finds at once."""
    words = sorted(set(re.findall(r"[\u4e00-\u9fff]{1,3}", pattern)))[:12]
    marks = ["。!", ", ", "1", "#,", "a"]
    for first, second, end in product([*words, *marks], [*words[:3], *marks], ENDS):
        yield ((first + second) * LONGEST_MESSAGE)[: LONGEST_MESSAGE - len(end)] + end


@pytest.mark.parametrize("kind", sorted(TABLE))
def test_no_message_holds_up_the_reading(kind: str) -> None:
    for text in endless(TABLE[kind]):
        with no_longer_than(2):
            assert says(kind, text) in (True, False)


@pytest.mark.parametrize(
    ("kind", "begins", "goes_on", "ends"),
    [
        ("only_number", "嗯#", "#,", "7"),
        ("only_score", "7", " ", "龘"),
        ("how_to_object", "怎么说", " -", "7"),
        ("why_pay", "", "为啥1", "7"),
    ],
)
def test_what_once_took_long_does_not(kind: str, begins: str, goes_on: str, ends: str) -> None:
    with no_longer_than(2):
        assert not says(kind, begins + goes_on * LONGEST_MESSAGE * 2 + ends)


def test_what_stands_at_the_beginning_of_a_long_message_is_read() -> None:
    assert says("apart", "杯子退款,盘子换新。" + "说来话长" * 1000)
    assert caught("only_goods", "只退盘子吧" + "说来话长" * 1000) == "盘子"
