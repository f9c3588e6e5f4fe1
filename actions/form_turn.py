"""Why Rasa calls a form's validation: to begin, to take an answer, or to ask again after a digression."""

from enum import Enum

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


def user_intents(tracker: Tracker) -> list[str]:
    """The intents of the customer's messages, newest first."""
    users = [event for event in reversed(tracker.events) if event["event"] == "user"]
    return [((event.get("parse_data") or {}).get("intent") or {}).get("name") or "" for event in users]
