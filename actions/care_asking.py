"""The questions of the form about filed cases whose words depend on the case."""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.care_gate import WANTED
from actions.care_reading import Wanted
from actions.care_telling import tell_lacking
from actions.replies import button
from actions.service import call
from backend.domain.care import Deed
from backend.domain.case import State
from backend.domain.money import yuan
from backend.domain.waybill import possible_carriers
from backend.services import care, care_return
from backend.services.care import Matter

Events = list[dict[str, Any]]


class _AskCare(Action, ABC):
    """Asks one question of the form, about what is wanted."""

    slot = ""

    def name(self) -> str:
        return f"action_ask_care_form_{self.slot}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        wanted = Wanted.from_slot(tracker.get_slot(WANTED))
        assert wanted is not None  # the form asks for what is wanted
        await self.ask(dispatcher, tracker.sender_id, wanted)
        return []

    @abstractmethod
    async def ask(self, dispatcher: CollectingDispatcher, conversation_id: str, wanted: Wanted) -> None:
        """Say the question."""


class AskCareCase(_AskCare):
    """Offers the cases that can be meant, by number and goods."""

    slot = "care_case"

    async def ask(self, dispatcher: CollectingDispatcher, conversation_id: str, wanted: Wanted) -> None:
        found = {matter.case_no: matter for matter in await call(care.matters, conversation_id)}
        offered = [found[number] for number in wanted.choices if number in found]
        choices = [button(f"{each.case_no} {each.goods}", _pressed(wanted, each)) for each in offered]
        dispatcher.utter_message(response="utter_ask_care_case", buttons=choices)


def _pressed(wanted: Wanted, matter: Matter) -> str:
    return f'/care{{"do": "{wanted.deed.value}", "case_no": "{matter.case_no}"}}'


class AskCareCarrier(_AskCare):
    """Offers the carriers whose numbers look like that."""

    slot = "care_carrier"

    async def ask(self, dispatcher: CollectingDispatcher, conversation_id: str, wanted: Wanted) -> None:
        names = [carrier.name for carrier in possible_carriers(wanted.waybill or "")]
        payload = '/care{{"do": "ship", "case_no": "{case_no}", "carrier": "{name}"}}'
        choices = [button(name, payload.format(case_no=wanted.case_no, name=name)) for name in names]
        dispatcher.utter_message(response="utter_ask_care_carrier", number=wanted.waybill, buttons=choices)


class AskCareWords(_AskCare):
    """Asks for words and photos: for what, the case says."""

    slot = "care_words"

    async def ask(self, dispatcher: CollectingDispatcher, conversation_id: str, wanted: Wanted) -> None:
        matter = await call(care.matter_of, conversation_id, wanted.case_no)
        match wanted.deed:
            case Deed.SUPPLY:
                await tell_lacking(dispatcher, matter)
            case Deed.ADD:
                dispatcher.utter_message(response="utter_ask_care_add", case_no=matter.case_no)
            case Deed.PICKUP:
                heavy = await call(care_return.pickup_offered, matter)
                dispatcher.utter_message(response="utter_ask_care_pickup", case_no=matter.case_no, kilograms=heavy)
            case Deed.RATE:
                dispatcher.utter_message(response="utter_ask_care_comment")
            case Deed.PROBLEM:
                dispatcher.utter_message(response="utter_ask_care_problem", case_no=matter.case_no)
            case _:
                dispatcher.utter_message(response=await _dispute_question(matter), case_no=matter.case_no)


async def _dispute_question(matter: Matter) -> str:
    """How to ask for the reasons of an objection, of the appeal, or of a complaint when that was used."""
    if matter.case.state is not State.REJECTED:
        return "utter_ask_care_objection"
    return "utter_ask_care_appeal" if await call(care.can_be_appealed, matter) else "utter_care_appealed_before"


class AskCareConfirm(_AskCare):
    """Has it confirmed once: what is withdrawn, sent back at whose cost, or said in the one appeal."""

    slot = "care_confirm"

    async def ask(self, dispatcher: CollectingDispatcher, conversation_id: str, wanted: Wanted) -> None:
        matter = await call(care.matter_of, conversation_id, wanted.case_no)
        told = {"case_no": matter.case_no, "told": matter.version, "goods": matter.goods}
        match wanted.deed:
            case Deed.SEND_BACK:
                freight = await call(care.send_back_freight, matter)
                dispatcher.utter_message(response="utter_ask_care_send_back", freight=freight, **told)
            case Deed.WITHDRAW:
                _ask_withdrawal(dispatcher, matter, told)
            case Deed.CORRECT:
                wrong = care_return.told_number(matter)
                dispatcher.utter_message(response="utter_ask_care_correct", wrong=wrong, number=wanted.waybill, **told)
            case Deed.PROBLEM:
                dispatcher.utter_message(response="utter_ask_care_problem_of", **told)
            case Deed.ACCEPT | Deed.HAGGLE:
                _ask_yes(dispatcher, matter, told)
            case _:
                photos = len(wanted.evidence)
                words = wanted.words or "—"
                dispatcher.utter_message(response="utter_ask_care_appeal_ready", words=words, photos=photos, **told)


def _ask_yes(dispatcher: CollectingDispatcher, matter: Matter, told: dict[str, Any]) -> None:
    """Whether they agree to what an exchange costs or gives back, else to the offered amount."""
    gap, offer = matter.gap_fen, matter.offer_fen
    if gap:
        response = "utter_ask_care_accept_pay" if gap > 0 else "utter_ask_care_accept_back"
        dispatcher.utter_message(response=response, amount=yuan(abs(gap)), **told)
    else:
        amount = yuan(offer) if offer is not None else "—"
        dispatcher.utter_message(response="utter_ask_care_accept", amount=amount, **told)


def _ask_withdrawal(dispatcher: CollectingDispatcher, matter: Matter, told: dict[str, Any]) -> None:
    on_its_way = matter.case.state is State.RETURN_IN_TRANSIT
    response = "utter_ask_care_withdraw_sent" if on_its_way else "utter_ask_care_withdraw"
    dispatcher.utter_message(response=response, **told)
