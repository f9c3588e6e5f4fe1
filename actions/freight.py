"""The freight of the way back, told in the chat: the receipt's photo and its amount, asked for piece by piece."""

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.care_answers import RECEIPT
from actions.care_errand import Errand, Next
from actions.care_gate import FORM, WANTED
from actions.care_reading import Wanted, sent
from actions.reading import said
from actions.service import ask, call
from backend.domain.care import Deed
from backend.domain.case import State
from backend.domain.extra import Extra
from backend.domain.money import price
from backend.domain.rule_types import FreightPayer
from backend.errors import Conflict, GuardRefused
from backend.services import care
from backend.services import freight as freight_of
from backend.services.care import Matter
from backend.services.freight import FreightStanding

Events = list[dict[str, Any]]

_EXPECTED = (State.RETURN_IN_TRANSIT, State.RECEIVED)
"""States in which a photo out of the blue may well be the receipt."""
_REFUSALS: Mapping[str, str] = {
    "waybill_first": "utter_freight_waybill_first",
    "sent_collect": "utter_freight_collect",
    "not_the_shops_freight": "utter_freight_not_ours",
}
"""What is said to a guard's code; any other is for people."""


async def freight(errand: Errand, matter: Matter) -> Next:
    """Have the freight asked for as soon as photo and amount are there; else ask for what is lacking."""
    wanted = errand.wanted
    standing = await call(freight_of.freight_standing, matter.case_no)
    if standing.asked is not None and not standing.open:
        _say_standing(errand, matter, standing.asked)
        return Next()
    if standing.refused:
        _say_refused(errand, matter, standing)
        return Next()
    if not wanted.evidence or not wanted.amount_fen:
        return Next(RECEIPT, wanted)
    return await _ask(errand, matter, wanted.evidence[-1], wanted.amount_fen)


async def _ask(errand: Errand, matter: Matter, receipt: str, amount_fen: int) -> Next:
    actor = care.customer(errand.conversation_id)
    try:
        asked = await call(freight_of.ask_freight, matter.case_no, actor, amount_fen=amount_fen, receipt=receipt)
    except GuardRefused:
        errand.say("utter_freight_by_person", case_no=matter.case_no)
        return Next()
    except Conflict:
        standing = await call(freight_of.freight_standing, matter.case_no)
        if standing.asked is not None:
            _say_standing(errand, matter, standing.asked)
        return Next()
    _say_standing(errand, matter, asked)
    return Next()


def _say_standing(errand: Errand, matter: Matter, asked: Extra) -> None:
    """How what was asked for stands: told anew whenever somebody asks again."""
    told = {"case_no": matter.case_no, "receipt": price(asked.asked_fen or 0), "amount": price(asked.amount_fen)}
    errand.say(f"utter_freight_{asked.state.value.lower()}", **told)


def _say_refused(errand: Errand, matter: Matter, standing: FreightStanding) -> None:
    response = _REFUSALS.get(standing.refused, "utter_freight_by_person")
    errand.say(response, case_no=matter.case_no, payer=matter.progress.book.label(standing.payer))


async def collect(errand: Errand, matter: Matter) -> Next:
    """Whether the parcel may be sent freight collect."""
    standing = await call(freight_of.freight_standing, matter.case_no)
    payer = matter.progress.book.label(standing.payer)
    errand.say(_collect(standing), case_no=matter.case_no, payer=payer, cap=price(standing.cap_fen))
    return Next()


def _collect(standing: FreightStanding) -> str:
    if standing.payer in (FreightPayer.CUSTOMER, FreightPayer.NONE):
        return "utter_care_collect_own"
    if standing.refused == "sent_collect":
        return "utter_care_collect_taken"
    return "utter_care_collect_ruling" if standing.payer is FreightPayer.RULING else "utter_care_collect_advance"


class AskCareReceipt(Action):
    """Asks for the receipt's photo, for its amount, or for both."""

    def name(self) -> str:
        return f"action_ask_care_form_{RECEIPT}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        wanted = Wanted.from_slot(tracker.get_slot(WANTED))
        assert wanted is not None and wanted.case_no is not None  # the form asks about a case
        standing = await call(freight_of.freight_standing, wanted.case_no)
        told = {"case_no": wanted.case_no, "cap": price(standing.cap_fen), "amount": price(wanted.amount_fen or 0)}
        dispatcher.utter_message(response=_question(wanted), **told)
        return []


def _question(wanted: Wanted) -> str:
    if not wanted.evidence:
        return "utter_ask_freight_photo" if wanted.amount_fen else "utter_ask_freight_both"
    return "utter_ask_freight_guess" if wanted.guessed else "utter_ask_freight_amount"


async def receipt_for(tracker: Tracker) -> Events:
    """The form, for a photo out of the blue that may be the receipt of a parcel whose freight the shop pays."""
    for matter in await ask(care.matters, tracker):
        if matter.case.state in _EXPECTED and await _waits_for_receipt(matter):
            evidence = sent(said(tracker))
            wanted = Wanted(Deed.FREIGHT, case_no=matter.case_no, evidence=evidence, guessed=True)
            return [SlotSet(WANTED, wanted.to_slot()), FollowupAction(FORM)]
    return []


async def _waits_for_receipt(matter: Matter) -> bool:
    standing = await call(freight_of.freight_standing, matter.case_no)
    return standing.open and standing.cap_fen > 0


def photos_meant_otherwise(tracker: Tracker) -> tuple[str, ...]:
    """Photos that were taken for a receipt until the customer began to tell of something else."""
    wanted = Wanted.from_slot(tracker.get_slot(WANTED))
    guessed = wanted is not None and wanted.deed is Deed.FREIGHT and wanted.guessed
    return wanted.evidence if wanted is not None and guessed else ()
