"""Looks for what is strange about a case, when it is filed and whenever something is added to it.

Signals are kept in the transaction that brought them about, and somebody of the shop is told. They refuse nothing, and
nothing of them goes into a notice or into the log that notices are made of.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from backend.domain import risk
from backend.domain.case import SYSTEM, Case, Role
from backend.domain.lifecycle import Event
from backend.domain.request import Remedy
from backend.domain.request_facts import PAYS_MONEY
from backend.domain.risk import Finding, SignalKind
from backend.domain.rule_types import Duplicate
from backend.domain.rules import Rules
from backend.domain.waybill import WaybillRefused, read_waybill
from backend.ports import UnitOfWork, World
from backend.services import notices
from backend.services.acts import Act, Given, Plan
from backend.services.case_rules import rules_of
from backend.services.locking import locked_case
from backend.services.moving import move


def at_filing(work: UnitOfWork, filed: Case, rules: Rules, now: datetime) -> int:
    """Look at a case that is about to be filed, with its verdict; how risky it is (`Case.risk`)."""
    return _keep(work, filed, [*_of_customer(work, filed, rules), *_of_photos(work, filed, rules)], now)


def after(act: Act, plan: Plan) -> dict[str, Any]:
    """Look at what an event has brought along; the case's field `risk` where that has become more."""
    look = _LOOKS.get(act.event)
    if look is None:
        return {}
    level = _keep(act.work, act.case, look(act, plan), act.now)
    return {"risk": level} if level != act.case.risk else {}


def remember_refused_waybill(world: World, case_no: str, given: Given) -> None:
    """Keep that a case was told the waybill of another one, which was refused; the log tells of it once."""
    now = world.clock.now()
    with world.write() as work:
        case = locked_case(work, case_no)
        findings = _of_waybill(work, case, given, rules_of(world, work, case, now))
        level = _keep(work, case, findings, now)
        if level != case.risk:
            told = {"signal": SignalKind.WAYBILL_REUSED.value}
            move(world, work, case, Event.NOTE, actor=SYSTEM, now=now, detail=told, changes={"risk": level})
        work.commit()


def _of_customer(work: UnitOfWork, filed: Case, rules: Rules) -> Iterator[Finding]:
    customer_id = work.orders.customer_of(filed.order_no or "")
    if customer_id is None:
        return
    record = work.risk.customer_record(customer_id, filed)
    worth = filed.verdict.most_fen if filed.verdict else 0
    pays = filed.remedy is not None and Remedy(filed.remedy) in PAYS_MONEY
    yield from risk.of_customer(record, worth, pays, rules.risk.signals)


def _of_photos(work: UnitOfWork, case: Case, rules: Rules) -> list[Finding]:
    if not rules.risk.signals.photo_reuse or rules.evidence.duplicate_hash is Duplicate.IGNORE:
        return []
    photos = [each for each in work.evidence.of_case(case.id) if each.brought_by is Role.CUSTOMER]
    found = list(risk.of_photos(photos, work.risk.seen_before(photos, case), rules.risk.signals))
    work.risk.remember(photos)
    return found


def _of_waybill(work: UnitOfWork, case: Case, given: Given, rules: Rules) -> Iterator[Finding]:
    if not rules.risk.signals.waybill_reuse or not given.waybill:
        return
    try:
        number = read_waybill(given.waybill, given.carrier).number
    except WaybillRefused:
        return
    yield from risk.of_waybill(number, work.risk.with_waybill(number, case))


def _added(act: Act, _plan: Plan) -> Iterable[Finding]:
    return _of_photos(act.work, act.case, act.rules)


def _sent(act: Act, _plan: Plan) -> Iterable[Finding]:
    return _of_waybill(act.work, act.case, act.given, act.rules)


def _inspected(act: Act, plan: Plan) -> Iterator[Finding]:
    claimed, confirmed = act.case.reason_claimed, plan.changes.get("reason_confirmed")
    if claimed and confirmed and act.rules.risk.signals.reason_gap:
        faults = act.book.reason(claimed).fault, act.book.reason(confirmed).fault
        yield from risk.of_reasons(claimed, confirmed, faults)


_LOOKS: Mapping[Event, Callable[[Act, Plan], Iterable[Finding]]] = {
    Event.INFO_ADDED: _added,
    Event.APPEAL: _added,
    Event.TRACKING_ADDED: _sent,
    Event.PICKUP_SCANNED: _sent,
    Event.INSPECT_PASS: _inspected,
    Event.INSPECT_FAIL: _inspected,
}


def _keep(work: UnitOfWork, case: Case, findings: Iterable[Finding], now: datetime) -> int:
    """Keep what is new, and tell a supervisor of it; how risky the case is then."""
    for finding in findings:
        if work.risk.add(case.id, finding, now):
            about = f"{finding.kind.value}:{finding.subject}"
            notices.alert(work, case, "risk", Role.SUPERVISOR, now, about=about[:100], **finding.detail)
    return risk.level(signal.finding.kind for signal in work.risk.of_case(case.id))
