"""Which fields each event of a case asks for at the desk, and what comes of them."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from starlette.datastructures import UploadFile

from backend.domain.case import Case, Role, State
from backend.domain.lifecycle import Event
from backend.domain.money import parse_yuan
from backend.domain.request import Remedy
from backend.domain.request_facts import PAYS_MONEY
from backend.ports import World
from backend.services.acts import Given
from backend.services.evidence import keep_evidence
from bot.desk.pages.case_words import form_words
from bot.desk.visit import BadForm, Visit, whole

C = TypeVar("C", bound=Enum)

FIELDS: Mapping[Event, tuple[str, ...]] = {
    Event.APPROVE: ("keep_goods", "amount", "swap", "note"),
    Event.RECOMMEND: ("keep_goods", "amount", "note"),
    Event.PROPOSE: ("remedy", "amount", "swap", "reason"),
    Event.ASK_INFO: ("items", "note"),
    Event.REJECT: ("rules", "reason", "alternatives"),
    Event.SEND_BACK: ("reason",),
    Event.EXECUTE_RULING: ("note",),
    Event.RECEIVE: ("counted",),
    Event.INSPECT_PASS: ("grades", "disposition", "reason_confirmed", "photos"),
    Event.INSPECT_FAIL: ("grades", "reason", "reason_confirmed", "photos", "offer"),
    Event.REFUSE_RECEIPT: ("reason", "photos", "supervisor"),
    Event.PAY: (),
    Event.RETRY: (),
    Event.REROUTE: ("consent",),
    Event.AMOUNT_MISMATCH: ("reason",),
    Event.SHIP: ("waybill", "carrier", "checked"),
    Event.OUT_OF_STOCK: ("note",),
    Event.REPAIRED: ("waybill", "carrier"),
    Event.UNREPAIRABLE: ("repair_offer", "amount", "reason"),
    Event.DELIVERED: ("waybill", "carrier"),
    Event.TRACKING_ADDED: ("waybill", "carrier"),
    Event.PICKUP_SCANNED: ("waybill", "carrier"),
    Event.WITHDRAW: ("reason",),
    Event.REOPEN: ("reason",),
    Event.TAKE_OVER: (),
    Event.ASSIGN: ("staff",),
    Event.PRIORITY: ("priority",),
    Event.NOTE: ("reason",),
    Event.HOLD: ("reason",),
    Event.RELEASE: ("reason",),
    Event.OPEN_REVIEW: (),
}
"""Names of fields, each a macro of `cases/fields.html`; events stand in the order in which they are shown. Others
are not made at the desk.
"""

DANGEROUS = frozenset({Event.REJECT, Event.REFUSE_RECEIPT, Event.WITHDRAW})
"""What the customer will not like: its button is asked about once more."""

_NONE = "none"
"""Chosen for there being no alternative."""
_YUAN = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,2}))?")


def fields_of(event: Event, case: Case) -> tuple[str, ...]:
    """What is asked for when an event is made happen to a case as it stands."""
    if event is Event.APPROVE and case.state is State.PROPOSED:
        return ("consent",)
    if event is Event.DELIVERED and case.state is not State.SENDING_BACK:
        return ()
    fields = FIELDS[event]
    if event is Event.NOTE and case.state is State.SENDING_BACK:
        fields = (*fields, "waybill", "carrier")
    if event is Event.APPROVE and case.remedy != Remedy.EXCHANGE.value:
        fields = tuple(each for each in fields if each != "swap")
    if event in (Event.APPROVE, Event.RECOMMEND) and not _pays(case):
        fields = tuple(each for each in fields if each != "amount")
    if case.remedy != Remedy.RETURN_REFUND.value:
        fields = tuple(each for each in fields if each != "keep_goods")
    return fields


def _pays(case: Case) -> bool:
    """Whether what was asked for pays money back: an exchange or a repair has no amount to be approved."""
    return case.remedy is not None and Remedy(case.remedy) in PAYS_MONEY


def in_order(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events that the desk can make, what staff mostly come for first."""
    return tuple(event for event in FIELDS if event in events)


def event_of(text: str) -> Event:
    """An event that the desk can make. Raises BadForm."""
    known = {event.value: event for event in FIELDS}
    if text not in known:
        raise BadForm(form_words("event"))
    return known[text]


def given_by(visit: Visit, case: Case) -> Given:
    """What a form brings along; photos are kept first, a file that was sent before is not kept twice.

    Raises BadForm, EvidenceRefused and StorageFull.
    """
    text = visit.text
    return Given(
        amount_fen=fen(text("amount")),
        reason=text("reason"),
        rules=_several(visit, "rules"),
        alternatives=_alternatives(visit),
        items=(*_several(visit, "items"), *filter(None, [text("other_item")])),
        counted=_counted(visit, case),
        grades=grades_of(visit.form, case),
        remedy=code_of(Remedy, text("remedy")) if text("remedy") else None,
        reason_confirmed=text("reason_confirmed") or None,
        disposition=text("disposition") or None,
        waybill=text("waybill") or None,
        carrier=text("carrier") or None,
        photos=keep_photos(visit.world, case.conversation_id, visit.form.getlist("photos"), visit.member.role),
        consent=text("consent"),
        staff=text("staff") or None,
        priority=number_of(text("priority")) if text("priority") else None,
        confirmed=text("checked") == "yes",
        sku=text("sku") or None,
        price_fen=fen(text("price")),
    )


def grades_of(form: Mapping[str, object], case: Case) -> dict[int, str]:
    """The grades that were chosen, by line."""
    chosen = {line.line_no: str(form.get(f"grade_{line.line_no}", "")) for line in case.lines}
    return {line_no: grade for line_no, grade in chosen.items() if grade}


def fen(text: str) -> int | None:
    """An amount as people write it, in fen; None for nothing. Raises BadForm."""
    if not text:
        return None
    found = _YUAN.fullmatch(text.replace(",", "").lstrip("¥￥"))
    if found is None:
        raise BadForm(form_words("amount"))
    return parse_yuan(f"{found[1]}.{(found[2] or '').ljust(2, '0')}")


def keep_photos(world: World, conversation_id: str, files: list[UploadFile | str], by: Role) -> tuple[str, ...]:
    """Ids of uploaded photos, kept with the conversation."""
    chosen = [file for file in files if isinstance(file, UploadFile) and file.filename]
    return tuple(keep_evidence(world, conversation_id, file.file.read(), brought_by=by).evidence.id for file in chosen)


def _several(visit: Visit, name: str) -> tuple[str, ...]:
    return tuple(each for each in visit.form.getlist(name) if isinstance(each, str) and each)


def _alternatives(visit: Visit) -> tuple[str, ...] | None:
    """None where nothing was said: not even that there is none. Raises BadForm for some and none at once."""
    chosen = _several(visit, "alternatives")
    named = tuple(each for each in chosen if each != _NONE)
    if named and _NONE in chosen:
        raise BadForm(form_words("alternatives"))
    return named if chosen else None


def _counted(visit: Visit, case: Case) -> dict[int, int]:
    written = {line.line_no: visit.text(f"counted_{line.line_no}") for line in case.lines}
    return {line_no: number_of(text) for line_no, text in written.items() if text}


def number_of(text: str) -> int:
    """A whole number that was written. Raises BadForm."""
    number = whole(text)
    if number is None:
        raise BadForm(form_words("whole"))
    return number


def code_of(codes: type[C], text: str) -> C:
    """The code that was chosen. Raises BadForm for none of them."""
    try:
        return codes(text)
    except ValueError:
        raise BadForm(form_words("choice")) from None
