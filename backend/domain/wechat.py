"""What WeChat lets an Official Account do: how long a call waits for its answer, how often we may write first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

ANSWERED_WITHIN = timedelta(seconds=4.5)
"""WeChat cuts a call after five seconds and repeats it, three times in all (its page on passive replies)."""

REPEATED_FOR = timedelta(seconds=30)
"""Longer than WeChat repeats a call: an answer that could not be handed over by then goes into that of another."""

LONGEST_TEXT = 2048
"""Bytes of UTF-8 in one text, be it an answer or a message of ours."""


@dataclass(frozen=True)
class Grant:
    """How many messages of ours WeChat takes after something that a customer did, and for how long."""

    messages: int
    within: timedelta


@dataclass(frozen=True)
class Spent:
    """Messages taken out of what a grant gives until then; `left` is what is left of all grants."""

    messages: int
    left: int
    after_message: bool
    until: datetime


AFTER_MESSAGE = Grant(5, timedelta(hours=48))
AFTER_CLICK = Grant(3, timedelta(minutes=1))
"""After a menu click, a subscription or a scan. Source: WeChat's page on customer-service messages, as of June 2023."""


@dataclass(frozen=True)
class AnswerPart:
    """One row of the outbox on its way into an answer: words, and the titles of its buttons.

    `numbered`: a button may be chosen by its place, too. `row` is the message's id.
    """

    text: str
    options: tuple[str, ...] = ()
    numbered: bool = False
    row: int | None = None


@dataclass(frozen=True)
class OpenCall:
    """A call of WeChat's that waits for its answer until then; with a `reply` it has been answered.

    `parts` are what is to be answered; once the reply was `handed_over`, what it had no room for. `version` counts the
    changes.
    """

    id: int
    key: str
    openid: str
    until: datetime
    version: int
    parts: tuple[AnswerPart, ...] = ()
    reply: str = ""
    handed_over: bool = False
