"""One action of each kind: that answers, that rejects, that breaks."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection


class ActionToyAnswer(Action):
    def name(self) -> str:
        return "action_toy_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        dispatcher.utter_message(text=f"您好，{tracker.sender_id}")
        return [{"event": "slot", "name": "mood", "value": "calm"}]


class ActionToyReject(Action):
    def name(self) -> str:
        return "action_toy_reject"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        raise ActionExecutionRejection(self.name(), "not mine")


class ActionToyBreak(Action):
    def name(self) -> str:
        return "action_toy_break"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        raise ZeroDivisionError
