"""The customer's part of sending goods back: the waybill's number, told or put right, fetching, the address."""

from dataclasses import replace

from actions.care_answers import CARRIER, CONFIRM, WAYBILL, WORDS
from actions.care_errand import Errand, Next, stands
from actions.replies import moment
from actions.service import call, message_number, overdue
from backend.domain.waybill import Waybill, WaybillRefused
from backend.errors import Conflict
from backend.services import care, care_return, progress
from backend.services.care import Matter


async def ship(errand: Errand, matter: Matter) -> Next:
    """The goods are on their way; a number that was only guessed at is asked about."""
    waybill = await _read(errand)
    if isinstance(waybill, Next):
        return waybill
    if errand.wanted.guessed and errand.wanted.carrier is None:
        return Next(CARRIER, errand.wanted)
    try:
        done = await call(care_return.send_off, errand.conversation_id, matter.case_no, waybill)
    except Conflict as conflict:
        return _used_elsewhere(errand, waybill, conflict)
    elsewhere = care.is_elsewhere(matter, errand.conversation_id)
    return await stands(errand, matter) if done.repeated or elsewhere else Next()


async def correct(errand: Errand, matter: Matter) -> Next:
    """Another number for a parcel that is on its way; one that nobody called wrong is asked about first."""
    wanted, known = errand.wanted, care_return.told_number(matter)
    if known is None:
        return await stands(errand, matter)
    if wanted.waybill == known or (wanted.waybill is None and wanted.guessed):
        errand.say("utter_waybill_known", case_no=matter.case_no, number=known, state=matter.case.state.label)
        return Next()
    waybill = await _read(errand)
    if isinstance(waybill, Next):
        return waybill
    if wanted.guessed and not wanted.confirmed:
        return Next(CONFIRM, wanted)
    try:
        await call(care_return.correct_number, errand.conversation_id, matter.case_no, waybill)
    except Conflict as conflict:
        return _used_elsewhere(errand, waybill, conflict)
    carrier = waybill.carrier.name
    errand.say("utter_waybill_corrected", case_no=matter.case_no, wrong=known, carrier=carrier, number=waybill.number)
    return Next()


async def _read(errand: Errand) -> Waybill | Next:
    """The waybill that was told, or what has to be asked first: the number of an order of theirs is none."""
    wanted = errand.wanted
    if wanted.waybill is None:
        return Next(WAYBILL, wanted)
    if (await call(progress.look_up, errand.conversation_id, wanted.waybill)).proven:
        return _ask_number_again(errand, "utter_waybill_is_order", number=wanted.waybill)
    try:
        waybill = care_return.read_number(wanted.waybill, wanted.carrier)
    except WaybillRefused as refused:
        return _ask_number_again(errand, f"utter_waybill_{refused.reason}", number=refused.number)
    return Next(CARRIER, wanted) if isinstance(waybill, care_return.CarrierUnclear) else waybill


def _used_elsewhere(errand: Errand, waybill: Waybill, conflict: Conflict) -> Next:
    if conflict.subject != "waybill":
        raise conflict
    return _ask_number_again(errand, "utter_waybill_used", number=waybill.number)


def _ask_number_again(errand: Errand, why: str, **values: object) -> Next:
    errand.say(why, carrier=errand.wanted.carrier or "", **values)
    return Next(WAYBILL, replace(errand.wanted, waybill=None, carrier=None), said=True)


async def pickup(errand: Errand, matter: Matter) -> Next:
    heavy = await call(care_return.pickup_offered, matter)
    if heavy is None:
        errand.say("utter_care_no_pickup")
        return Next()
    if not errand.wanted.words:
        return Next(WORDS, errand.wanted)
    await call(care_return.ask_pickup, errand.conversation_id, matter.case_no, errand.wanted.words)
    errand.say("utter_care_pickup_noted", case_no=matter.case_no)
    return Next()


async def ship_by(errand: Errand, matter: Matter) -> Next:
    """By when the goods have to go back; more time than that is for people to give."""
    due = matter.case.due_at
    errand.say(
        "utter_care_ship_by_late" if overdue(due) else "utter_care_ship_by", case_no=matter.case_no, due=moment(due)
    )
    return Next()


async def pack(errand: Errand, matter: Matter) -> Next:
    if care.is_elsewhere(matter, errand.conversation_id):
        return await stands(errand, matter)
    number = message_number(errand.tracker)
    await call(care_return.tell_pack, errand.conversation_id, matter.case_no, number)
    return Next()
