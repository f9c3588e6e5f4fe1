"""Money that customers are asked for, as cases move: asked for when it is due, cancelled or given back when it is not.

`follow` is called with every move of a case, in its transaction; what a provider says of a payment is taken down by
`collections_paid`. Nothing here calls a provider.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from backend.domain.case import SYSTEM, Case, Role, State
from backend.domain.collection import (
    Collection,
    CollectionState,
    Need,
    asks_for,
    collection_number,
    leg_back,
    need_of,
    number_given_back,
    purpose_of,
)
from backend.domain.price_gap import owed_fen
from backend.domain.refund_leg import LegState, RefundLeg
from backend.domain.rules import Rules
from backend.ports import UnitOfWork, World
from backend.services import notices

TOKEN_CHARACTERS = 32
GAP_RETURNED = "gap_returned_fen"
"""Marks the entry of the log that tells of a gap that has arrived."""


def follow(world: World, work: UnitOfWork, before: Case, after: Case, rules: Rules, now: datetime) -> None:
    """Ask for, use up or end a case's collection as the case changes its state or what was agreed."""
    agreed = before.gap_fen is not None or after.gap_fen is not None
    if not agreed or (before.state, before.remedy, before.gap_fen) == (after.state, after.remedy, after.gap_fen):
        return
    need, live = need_of(after), work.collections.live_of(after.id)
    if live is not None and (need is Need.ENDED or (need is Need.DUE and not asks_for(live, after))):
        _end(world, work, after, live, now)
        live = None
    if need is Need.DUE and live is None:
        _open(world, work, after, rules, now)
    if need is Need.USED and live is not None and live.state is CollectionState.PAID:
        work.collections.save(replace(live, used_at=now), by=SYSTEM.name, at=now, detail={"used": True})


def waits_for_payment(work: UnitOfWork, case: Case) -> bool:
    """Whether nothing can be sent because the customer has not paid: no time of the shop's runs until then."""
    if case.state not in (State.REPLACEMENT_PENDING, State.REPAIRING) or not owed_fen(case):
        return False
    live = work.collections.live_of(case.id)
    return live is None or live.state is not CollectionState.PAID or not asks_for(live, case)


def give_back(
    world: World, work: UnitOfWork, case: Case, collection: Collection, by: str, now: datetime, reason: str = ""
) -> None:
    """Send paid money back where it came from, once: its leg has one number, its payment no more than was paid."""
    returning = replace(collection, state=CollectionState.RETURNING)
    work.collections.save(returning, by=by, at=now, detail={"reason": reason})
    send_back(world, work, case, collection, by, now)


def send_back(world: World, work: UnitOfWork, case: Case, collection: Collection, by: str, now: datetime) -> None:
    """Plan the refund leg of a collection, which the worker sends, and tell the customer."""
    work.refunds.add(leg_back(collection, case, now), by=by)
    params = told(case, collection)
    notices.say_of_case(world, work, case, "collection_goes_back", params, version=collection.number)


def tell(
    world: World,
    work: UnitOfWork,
    case: Case,
    collection: Collection,
    rules: Rules,
    *,
    number: int,
    unpaid: bool = False,
) -> None:
    """Say how the customer pays: by the link, or in the shop's own words; once for each `number`.

    `unpaid` says that they have told of a payment which is not to be found.
    """
    params = {
        **told(case, collection),
        "link": world.collectors[collection.collector].link(collection),
        "how_to_pay": rules.price_gap.how_to_pay,
        "expires_at": collection.expires_at.isoformat(),
        "unpaid": unpaid,
    }
    template = "collection_opened"
    notices.say_of_case(world, work, case, template, params, version=collection.number, number=number)


def told(case: Case, collection: Collection) -> dict[str, Any]:
    """What every notice about a collection may name."""
    return {
        "case_no": case.case_no,
        "collection_no": collection.collection_no,
        "purpose": collection.purpose.value,
        "amount_fen": collection.amount_fen,
    }


def heard_beside(world: World, work: UnitOfWork, leg: RefundLeg, now: datetime) -> dict[str, Any] | None:
    """Take down the end of a leg that its case does not wait for: a collection's, or a gap's that went back.

    What the case's log is to say of it; None for a leg of the case's own payout.
    """
    if not leg.beside:
        return None
    case = work.cases.get(leg.case_id)
    assert case is not None  # a foreign key
    number = number_given_back(leg)
    if leg.state is not LegState.SUCCESS:
        notices.alert(work, case, "task", Role.FINANCE, now, about=f"refund:{leg.refund_no}:{leg.state.value}")
        return {"refund_no": leg.refund_no, "state": leg.state.value}
    if number is not None:
        _returned(world, work, case, leg, number, now)
        return {"collection_no": collection_number(case.case_no or "", number), "refunded_fen": leg.amount_fen}
    _say_returned(world, work, case, leg, "gap_returned", leg.leg_no)
    return {"refund_no": leg.refund_no, GAP_RETURNED: leg.amount_fen}


def _end(world: World, work: UnitOfWork, case: Case, live: Collection, now: datetime) -> None:
    """Cancel what is open; give back what was paid. A payment that comes all the same goes back at once."""
    if live.state is CollectionState.OPEN:
        cancelled = replace(live, state=CollectionState.CANCELLED)
        work.collections.save(cancelled, by=SYSTEM.name, at=now, detail={})
    else:
        give_back(world, work, case, live, SYSTEM.name, now)


def _open(world: World, work: UnitOfWork, case: Case, rules: Rules, now: datetime) -> None:
    number = len(work.collections.of_case(case.id)) + 1
    opened = Collection(
        id=0,
        collection_no=collection_number(case.case_no or "", number),
        case_id=case.id,
        number=number,
        purpose=purpose_of(case),
        amount_fen=owed_fen(case),
        state=CollectionState.OPEN,
        version=1,
        collector=world.collector,
        token=world.tokens.new(TOKEN_CHARACTERS),
        opened_at=now,
        expires_at=now + timedelta(days=rules.price_gap.pay_days),
        due_at=now + timedelta(minutes=rules.refund.poll_minutes[0]),
    )
    added = work.collections.add(opened, by=SYSTEM.name)
    tell(world, work, case, added, rules, number=1)


def _returned(world: World, work: UnitOfWork, case: Case, leg: RefundLeg, number: int, now: datetime) -> None:
    returned = next(each for each in work.collections.of_case(case.id) if each.number == number)
    refunded = replace(returned, state=CollectionState.REFUNDED)
    work.collections.save(refunded, by=SYSTEM.name, at=now, detail={"refund_no": leg.refund_no})
    _say_returned(world, work, case, leg, "collection_refunded", number)


def _say_returned(world: World, work: UnitOfWork, case: Case, leg: RefundLeg, template: str, number: int) -> None:
    params = {
        "case_no": case.case_no,
        "amount_fen": leg.amount_fen,
        "account": leg.account,
        "method": leg.method.value,
    }
    notices.say_of_case(world, work, case, template, params, version=leg.attempt, number=number)
