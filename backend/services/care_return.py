"""The customer's part of sending goods back: the waybill's number, having large goods fetched, the address again."""

from dataclasses import dataclass, replace

from backend.domain.care import Deed
from backend.domain.case import SYSTEM, Case, Role, State
from backend.domain.lifecycle import Event
from backend.domain.rule_types import ReturnMethod
from backend.domain.waybill import Waybill, possible_carriers, read_waybill
from backend.domain.work import Direction
from backend.errors import Conflict
from backend.ports import World
from backend.services import care, notices
from backend.services.acts import Given
from backend.services.case_rules import book_of, rules_of
from backend.services.locking import locked_case
from backend.services.moving import move

PICKUP = "pickup"
"""Marks an entry of the log, and the alert, of goods to be fetched."""


@dataclass(frozen=True)
class CarrierUnclear:
    """A number that several carriers' labels could bear: their names, those first that are told apart most easily."""

    names: tuple[str, ...]


def read_number(number: str, carrier: str | None) -> Waybill | CarrierUnclear:
    """The waybill that a customer tells, or the carriers that it could be of. Raises WaybillRefused."""
    if carrier is None:
        possible = possible_carriers(number)
        if len(possible) != 1:
            read_waybill(number)
            return CarrierUnclear(tuple(each.name for each in possible))
        carrier = possible[0].code
    return read_waybill(number, carrier)


def send_off(world: World, conversation_id: str, case_no: str, waybill: Waybill) -> care.Done:
    """The goods are on their way under that number (T18). Raises as `care.do`; Conflict `waybill` for a used one."""
    given = Given(waybill=waybill.number, carrier=waybill.carrier.code)
    return care.do(world, conversation_id, case_no, Deed.SHIP, given)


def told_number(matter: care.Matter) -> str | None:
    """The number under which the goods of a case are on their way back, if it was told."""
    parcel = matter.progress.parcel
    return parcel.waybill_no if parcel and parcel.direction is Direction.RETURN else None


def correct_number(world: World, conversation_id: str, case_no: str, waybill: Waybill) -> Case:
    """The goods are on their way under another number than was told; the wrong one stays in the log.

    Raises CaseNotFound, and Conflict: `waybill` for a number that another case has, `state` when the parcel has come
    or no number was told.
    """
    matter = care.matter_of(world, conversation_id, case_no)
    now = world.clock.now()
    with world.write() as work:
        case = locked_case(work, case_no)
        wrong = next((each for each in work.shipments.of_case(case.id) if each.direction is Direction.RETURN), None)
        if case.state is not State.RETURN_IN_TRANSIT or wrong is None:
            raise Conflict(f"no number is to be corrected in {case.state.value}", subject="state")
        if wrong.waybill_no == waybill.number:
            return matter.case
        work.shipments.correct(wrong, replace(wrong, carrier=waybill.carrier.code, waybill_no=waybill.number, at=now))
        told = {"carrier_name": waybill.carrier.name, "waybill_no": waybill.number}
        detail = {**told, "wrong_waybill_no": wrong.waybill_no}
        noted = move(world, work, case, Event.NOTE, actor=SYSTEM, now=now, detail=detail)
        work.commit()
    return noted


def pickup_offered(world: World, matter: care.Matter) -> int | None:
    """From how many kilograms goods are fetched; None where the rules do not offer it."""
    with world.read() as work:
        rules = rules_of(world, work, matter.case, world.clock.now()).return_
    return rules.pickup_over_kg if ReturnMethod.PICKUP_WHEN_LARGE in rules.methods else None


def ask_pickup(world: World, conversation_id: str, case_no: str, words: str) -> Case:
    """Note for the warehouse that the goods are to be fetched, with what the customer says of weight and time.

    Raises CaseNotFound, and Conflict (subject `state`) when no goods are to come back.
    """
    care.matter_of(world, conversation_id, case_no)
    now = world.clock.now()
    with world.write() as work:
        case = locked_case(work, case_no)
        if case.state is not State.AWAITING_RETURN:
            raise Conflict(f"nothing is to be fetched in {case.state.value}", subject="state")
        noted = move(world, work, case, Event.NOTE, actor=SYSTEM, now=now, detail={"reason": words, PICKUP: True})
        notices.alert(work, noted, "task", Role.WAREHOUSE, now, about=PICKUP, reason=words)
        work.commit()
    return noted


def tell_pack(world: World, conversation_id: str, case_no: str, number: int) -> bool:
    """Say once more where to send the goods, once for each `number`; False when nothing is to be sent now.

    Raises CaseNotFound.
    """
    matter = care.matter_of(world, conversation_id, case_no)
    if matter.case.state is not State.AWAITING_RETURN:
        return False
    now = world.clock.now()
    with world.write() as work:
        case, rules = locked_case(work, case_no), rules_of(world, work, matter.case, now)
        book = book_of(world, case, now)
        notices.tell(world, work, case, "approved_return", book=book, rules=rules, now=now, number=number)
        work.commit()
    return True
