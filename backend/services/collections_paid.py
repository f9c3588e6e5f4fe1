"""What becomes of a payment for a collection: by a callback, by our own question, or by finance's voucher.

Whoever learns of a payment hands it to `record_payment`. Twice it changes nothing; another amount than was asked for,
or a second payment, is never taken silently: finance hears of it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from backend.domain.case import SYSTEM, Actor, Case, Role, State
from backend.domain.clocks import due_at
from backend.domain.collection import (
    AMOUNT_DIFFERS,
    PAID_TWICE,
    UNPAID,
    CollectedPayment,
    Collection,
    CollectionState,
    Need,
    asked_again,
    asks_for,
    need_of,
    paid,
)
from backend.domain.lifecycle import Event
from backend.domain.order import PaymentMethod
from backend.domain.payout import MANUAL_GATEWAY
from backend.errors import CollectionNotFound, Conflict, GatewayUnreachable, NotFound, PayoutRefused
from backend.ports import UnitOfWork, World
from backend.services import care, notices
from backend.services.case_rules import rules_of
from backend.services.clock_keeping import restart_own
from backend.services.collections import give_back, send_back, tell, told
from backend.services.locking import locked_by_id
from backend.services.moving import move

WORKER = "worker"
_LONGEST_VOUCHER = 80
_WAITING = {State.REPLACEMENT_PENDING: Role.WAREHOUSE, State.REPAIRING: Role.REPAIR}
"""Who can go on as soon as it is paid."""

log = logging.getLogger(__name__)


def record_payment(world: World, payment: CollectedPayment, *, by: str) -> Collection:
    """Write down that a collection was paid, and what it means for the case; the collection as it stands then.

    The same payment any number of times changes nothing more. What is paid for a case that does not want it any more
    goes back at once. Raises CollectionNotFound.
    """
    with world.write() as work:
        collection = _record(world, work, payment, by)
        work.commit()
    return collection


def receive_payment(world: World, collector: str, headers: Mapping[str, str], body: bytes) -> None:
    """Take a provider's callback about a payment; one that was taken before changes nothing.

    Raises NotFound for an unknown provider and NotificationRefused for a callback that is not believed.
    """
    if collector not in world.collectors:
        raise NotFound(f"nobody called {collector!r} takes payments")
    now = world.clock.now()
    notice = world.collectors[collector].read_notification(headers, body, now)
    with world.write() as work:
        if not work.refunds.take_notification(collector, notice.id, now):
            return
        try:
            _record(world, work, notice.payment, collector)
        except CollectionNotFound:  # the reconciliation reports it too; to be told again would not help
            log.error("%s tells of a payment that is not ours: %s", collector, notice.payment.collection_no)
        work.commit()


def record_voucher(world: World, collection_no: str, voucher: str, actor: Actor) -> Collection:
    """Finance has taken the money outside: `voucher` is the proof's number. The same again changes nothing.

    Raises CollectionNotFound, PayoutRefused (`not_manual`) and Conflict when another voucher is recorded already, or
    this one for something else.
    """
    proof = voucher.strip()
    with world.write() as work:
        found = _found(work, collection_no)
        manual = found.collector == MANUAL_GATEWAY and 0 < len(proof) <= _LONGEST_VOUCHER
        if actor.role is not Role.FINANCE or not manual:
            needs = "finance, the collector manual, and a voucher's number of 1 to 80 characters"
            raise PayoutRefused("not_manual", f"{collection_no} needs {needs}")
        if found.state not in UNPAID and found.provider_no != proof:
            raise Conflict(f"{collection_no} was paid already, with {found.provider_no}", subject=collection_no)
        payment = CollectedPayment(collection_no, found.amount_fen, PaymentMethod.CARD, proof)
        recorded = _record(world, work, payment, actor.name)
        work.commit()
    return recorded


def return_payment(world: World, collection_no: str, actor: Actor, reason: str) -> Collection:
    """Finance gives back what was paid for something that was sent, because the customer is in the right after all.

    What nothing was sent for goes back by itself. Given back already it changes nothing. Raises CollectionNotFound and
    PayoutRefused: `not_finance`, `no_reason`, `not_used`.
    """
    now = world.clock.now()
    if actor.role is not Role.FINANCE:
        raise PayoutRefused("not_finance", "only finance gives money back")
    if not reason.strip():
        raise PayoutRefused("no_reason", "say why it is given back")
    with world.write() as work:
        case, found = _locked(work, collection_no)
        if found.state in (CollectionState.RETURNING, CollectionState.REFUNDED):
            return found
        if found.used_at is None:
            raise PayoutRefused("not_used", f"nothing was sent for {collection_no}: it goes back when the case ends")
        give_back(world, work, case, found, actor.name, now, reason.strip())
        work.commit()
        return _found(work, collection_no)


def due_collections(world: World, limit: int = 50) -> list[str]:
    """The numbers of the collections whose provider is to be asked."""
    with world.read() as work:
        return work.collections.due(world.clock.now(), limit)


def look_after_collection(world: World, collection_no: str) -> bool:
    """Ask about one collection that is due; False when it is not, or somebody else has it."""
    mine = _taken(world, collection_no)
    if mine is not None:
        _ask(world, mine)
    return mine is not None


@dataclass(frozen=True)
class Found:
    """A collection as its provider was asked about it; `now` says that a payment was found, and told, by that."""

    collection: Collection
    now: bool


def look_up(world: World, conversation_id: str, case_no: str) -> Found | None:
    """The newest collection of a customer's case, its provider asked at once; None where nothing was ever asked for.

    Raises CaseNotFound alike when there is no such case and when it is not theirs.
    """
    matter = care.matter_of(world, conversation_id, case_no)
    with world.read() as work:
        known = work.collections.of_case(matter.case.id)
    if not known:
        return None
    if known[-1].state is CollectionState.OPEN:
        _ask(world, known[-1])
    with world.read() as work:
        asked = _found(work, known[-1].collection_no)
    return Found(asked, now=asked.state is not known[-1].state)


def tell_again(world: World, conversation_id: str, case_no: str, number: int) -> bool:
    """Say once more how to pay what is open, once for each `number`; a link that has ended is made anew.

    False where nothing is open, or the case's notices go to another conversation. Raises CaseNotFound.
    """
    matter = care.matter_of(world, conversation_id, case_no)
    if care.is_elsewhere(matter, conversation_id):
        return False
    now = world.clock.now()
    with world.write() as work:
        case = locked_by_id(work, matter.case.id)
        live = work.collections.live_of(case.id)
        if live is None or live.state is not CollectionState.OPEN:
            return False
        rules = rules_of(world, work, case, now)
        if now >= live.expires_at:
            ends = now + timedelta(days=rules.price_gap.pay_days)
            first = now + timedelta(minutes=rules.refund.poll_minutes[0])
            renewed = replace(live, expires_at=ends, due_at=first, polls=0)
            live = work.collections.save(renewed, by=SYSTEM.name, at=now, detail={"renewed": True})
        tell(world, work, case, live, rules, number=number, unpaid=True)
        work.commit()
    return True


def list_collections(world: World, state: CollectionState | None = None, limit: int = 100) -> list[Collection]:
    """Collections, newest first."""
    with world.read() as work:
        return work.collections.find(state=state, limit=limit)


def _record(world: World, work: UnitOfWork, payment: CollectedPayment, by: str) -> Collection:
    now = world.clock.now()
    case, found = _locked(work, payment.collection_no)
    if found.state not in UNPAID and found.provider_no == payment.provider_no:
        return found
    if found.state not in UNPAID:
        return _troubled(work, case, found, payment, PAID_TWICE, now)
    if payment.amount_fen != found.amount_fen:
        return _troubled(work, case, found, payment, AMOUNT_DIFFERS, now)
    wanted = found.state is CollectionState.OPEN and need_of(case) is not Need.ENDED and asks_for(found, case)
    settled = paid(found, payment, by, now)
    return _taken_down(world, work, case, settled, by, now) if wanted else _refused(world, work, case, settled, by, now)


def _taken_down(world: World, work: UnitOfWork, case: Case, settled: Collection, by: str, now: datetime) -> Collection:
    saved = _kept(work, case, settled, by, now)
    if case.state not in _WAITING:
        noted = _note(world, work, case, saved, now)
    else:
        rules = rules_of(world, work, case, now)
        due = due_at(case.state, case, rules, now, world.calendar.is_workday)
        noted = _note(world, work, case, saved, now, due_at=due)
        restart_own(world, work, noted, rules, now)
        notices.alert(work, noted, "task", _WAITING[noted.state], now, about=f"paid:{saved.collection_no}")
    promised = noted.due_at.isoformat() if noted.due_at and noted.state in _WAITING else None
    params = {**told(noted, saved), "promised_at": promised}
    notices.say_of_case(world, work, noted, "collection_paid", params, version=saved.number)
    return saved


def _refused(world: World, work: UnitOfWork, case: Case, settled: Collection, by: str, now: datetime) -> Collection:
    """Paid too late: nothing is sent for it, so it goes back."""
    saved = _kept(work, case, replace(settled, state=CollectionState.RETURNING), by, now)
    noted = _note(world, work, case, saved, now)
    send_back(world, work, noted, saved, SYSTEM.name, now)
    return saved


def _kept(work: UnitOfWork, case: Case, settled: Collection, by: str, now: datetime) -> Collection:
    work.collections.keep_payment(settled, case.order_no or "")
    detail = {"paid_fen": settled.amount_fen, "provider_no": settled.provider_no}
    return work.collections.save(settled, by=by, at=now, detail=detail)


def _note(world: World, work: UnitOfWork, case: Case, settled: Collection, now: datetime, **changes: Any) -> Case:
    detail = {"collection_no": settled.collection_no, "paid_fen": settled.amount_fen, "state": settled.state.value}
    return move(world, work, case, Event.NOTE, actor=SYSTEM, now=now, detail=detail, changes=changes)


def _troubled(
    work: UnitOfWork, case: Case, found: Collection, payment: CollectedPayment, code: str, now: datetime
) -> Collection:
    """Finance has to look at it; told once of each payment."""
    what: dict[str, Any] = {"paid_fen": payment.amount_fen, "provider_no": payment.provider_no, "code": code}
    if any(what == detail for _, _, _, detail in work.collections.log(found.id)):
        return found
    about = f"collection:{found.collection_no}:{payment.provider_no}"
    notices.alert(work, case, "warning", Role.FINANCE, now, about=about, **what)
    return work.collections.save(replace(found, code=code), by=WORKER, at=now, detail=what)


def _taken(world: World, collection_no: str) -> Collection | None:
    """A collection that is due, put off so that nobody else asks about it meanwhile."""
    now = world.clock.now()
    with world.write() as work:
        case, found = _locked(work, collection_no)
        if found.due_at is None or found.due_at > now:
            return None
        later = asked_again(found, now, world.rule_book(now).rules.refund.poll_minutes)
        if later.due_at is None and found.state is CollectionState.OPEN:
            notices.alert(work, case, "task", Role.AGENT, now, about=f"unpaid:{collection_no}")
        work.collections.put_off(later)
        work.commit()
    return later


def _ask(world: World, collection: Collection) -> None:
    try:
        payment = world.collectors[collection.collector].query(collection.collection_no)
    except GatewayUnreachable as silence:
        log.warning("no answer: %s", silence)
        return
    if payment is not None:
        record_payment(world, payment, by=WORKER)


def _locked(work: UnitOfWork, collection_no: str) -> tuple[Case, Collection]:
    """A collection with its case, changed by nobody else until the unit of work ends. Raises CollectionNotFound."""
    case = locked_by_id(work, _found(work, collection_no).case_id)
    return case, _found(work, collection_no)


def _found(work: UnitOfWork, collection_no: str) -> Collection:
    found = work.collections.by_number(collection_no)
    if found is None:
        raise CollectionNotFound(collection_no)
    return found
