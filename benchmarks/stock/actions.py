"""The stock bot's actions: run by `rasa run actions`, they do with our services what our own bot's actions do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from backend.bootstrap import current_backend
from backend.domain.filing import Answers
from backend.domain.request import Reason, Wish
from backend.errors import BackendError, OrderNotFound
from backend.ports import World
from backend.services import drafts, filing, identity, progress
from backend.services.conversations import adopt_conversation
from backend.services.evidence import keep_evidence

CHANNEL = "stock"
Domain = dict[str, Any]
Found = dict[str, Any]


def _world() -> World:
    return current_backend().world


def _fill(tracker: Tracker, **said: Any) -> drafts.DraftView:
    return drafts.fill_draft(_world(), tracker.sender_id, Answers(**said))


class ValidateRefundForm(FormValidationAction):
    """Takes every answer into the draft, as it comes."""

    def name(self) -> str:
        return "validate_refund_form"

    def validate_order_no(self, value: str, _: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Found:
        adopt_conversation(_world(), tracker.sender_id, CHANNEL)
        _fill(tracker, wish=Wish.REFUND, order_no=value)
        return {"order_no": value}

    def validate_phone_tail(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain
    ) -> Found:
        try:
            identity.prove(_world(), tracker.sender_id, tracker.get_slot("order_no"), value)
        except OrderNotFound:
            dispatcher.utter_message(response="utter_order_unknown")
            return {"phone_tail": None}
        _fill(tracker)
        return {"phone_tail": value}

    def validate_reason(self, value: str, _: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Found:
        _fill(tracker, reason=Reason(value))
        return {"reason": value}

    def validate_photo(self, value: str, _: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Found:
        kept = keep_evidence(_world(), tracker.sender_id, Path(value).read_bytes())
        _fill(tracker, evidence=(kept.evidence.id,))
        return {"photo": kept.evidence.id}


class AskConfirm(Action):
    """Shows the summary with the amount; what was shown can be confirmed."""

    def name(self) -> str:
        return "action_ask_refund_form_confirm"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> list[Any]:
        view = filing.tell_draft(_world(), tracker.sender_id)
        amount = view.verdict.refundable_fen if view.verdict else 0
        dispatcher.utter_message(response="utter_confirm", amount=amount)
        return []


class FileCase(Action):
    """Files the confirmed draft as a case."""

    def name(self) -> str:
        return "action_file_case"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> list[Any]:
        try:
            case = filing.submit_draft(_world(), tracker.sender_id, None)
        except BackendError:
            dispatcher.utter_message(response="utter_not_filed")
            return []
        dispatcher.utter_message(response="utter_filed", case_no=case.case_no)
        return []


class TellStatus(Action):
    """Tells how the newest case of the order stands."""

    def name(self) -> str:
        return "action_tell_status"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> list[Any]:
        number = tracker.get_slot("order_no")
        looked = progress.look_up(_world(), tracker.sender_id, number) if number else None
        if looked is None or not looked.cases:
            dispatcher.utter_message(response="utter_no_case")
            return []
        case = looked.cases[0].case
        dispatcher.utter_message(response="utter_status", case_no=case.case_no, state=case.state.value)
        return []
