"""Where in a conversation an action is called: what a form is called for, and what was said before."""

from collections.abc import Iterator
from enum import Enum
from itertools import takewhile
from typing import Any

from rasa_sdk import Tracker


class Turn(Enum):
    """What a form is being called for."""

    BEGIN = "begin"
    ANSWER = "answer"
    AFTER_DIGRESSION = "after_digression"


def turn_of(tracker: Tracker, form: str) -> Turn:
    """What this call of the form's validation is for, read from the events since the customer's message.

    Rasa 3.6.21 calls the same validation three times over: when the form starts, for every message, and after a rule
    answered a message that the form had refused.
    """
    turn = Turn.ANSWER
    for event in reversed(tracker.events):
        if event["event"] == "user":
            break
        if event["event"] == "active_loop" and event.get("name") == form:
            return Turn.BEGIN
        if event["event"] == "action_execution_rejected" and event.get("name") == form:
            turn = Turn.AFTER_DIGRESSION
    return turn


def more_follows(tracker: Tracker) -> bool:
    """Whether this is only the first part of a message, whose rest is read next."""
    return bool((tracker.latest_message.get("metadata") or {}).get("more"))


def said_now(tracker: Tracker, *prefixes: str) -> bool:
    """Whether a response whose name begins so was said since the customer's message."""
    return any(name.startswith(prefixes) for name in next(_responses(tracker)))


def last_said(tracker: Tracker, *prefixes: str) -> str | None:
    """The newest response of this visit whose name begins so."""
    return next((name for names in _responses(tracker) for name in names if name.startswith(prefixes)), None)


def last_text(tracker: Tracker, name: str) -> str | None:
    """What the newest response of that name has said in this visit."""
    for event in reversed(tracker.events):
        if event["event"] == "bot" and (event.get("metadata") or {}).get("utter_action") == name:
            return str(event.get("text") or "")
    return None


def acted_now(tracker: Tracker, action: str) -> bool:
    """Whether this action was run since the customer's message."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            break
        if event["event"] == "action" and event.get("name") == action:
            return True
    return False


def set_now(tracker: Tracker, slot: str) -> bool:
    """Whether this slot was given a value since the customer's message."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            break
        if event["event"] == "slot" and event.get("name") == slot:
            return event.get("value") is not None
    return False


def turns_in_a_row(tracker: Tracker, *prefixes: str) -> int:
    """How many of the customer's messages before this one, in a row, were answered by a response that begins so."""
    turns = _responses(tracker)
    next(turns)
    return sum(1 for _ in takewhile(lambda names: any(name.startswith(prefixes) for name in names), turns))


def answered_before(tracker: Tracker, *names: str) -> bool:
    """Whether the customer's message before this one was answered by one of these responses."""
    turns = _responses(tracker)
    next(turns)
    return any(name in names for name in next(turns, ()))


def times_said(tracker: Tracker, prefix: str) -> int:
    """How often such a response was said in this visit."""
    return sum(name.startswith(prefix) for names in _responses(tracker) for name in names)


def _responses(tracker: Tracker) -> Iterator[list[str]]:
    """The names of the responses after each of the customer's messages, newest message first."""
    names: list[str] = []
    for event in reversed(tracker.events):
        if event["event"] == "bot":
            names.append((event.get("metadata") or {}).get("utter_action") or "")
        elif event["event"] == "user":
            yield names
            names = []
    yield names


def user_messages(tracker: Tracker) -> list[dict[str, Any]]:
    """The customer's messages of this visit as they were understood, newest first."""
    return [event.get("parse_data") or {} for event in reversed(tracker.events) if event["event"] == "user"]
