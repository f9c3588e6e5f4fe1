"""Stock as cases take it: kept when a replacement is decided on, gone when it is sent, free again otherwise.

A case keeps pieces exactly while it is REPLACEMENT_PENDING. An article that is not listed is not tracked: the
warehouse says when it has none (T34).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backend.domain.case import Case, State
from backend.domain.request import Remedy
from backend.domain.rules import Rules
from backend.domain.stock import StockItem, pieces_to_send
from backend.ports import UnitOfWork, World


def count(world: World, items: Sequence[StockItem]) -> None:
    """Put down what was counted, all or nothing. Raises Conflict where more is reserved than was counted."""
    with world.write() as work:
        work.stock.put(items, world.clock.now())
        work.commit()


def listed(world: World) -> list[StockItem]:
    """Every article that is tracked."""
    with world.read() as work:
        return work.stock.all()


def follow(work: UnitOfWork, before: Case, after: Case, now: datetime) -> StockItem | None:
    """Keep, free or use up pieces as a case changes its state; the article that was to be kept but is short, if any."""
    pending = State.REPLACEMENT_PENDING
    if before.state is after.state or pending not in (before.state, after.state):
        return None
    if after.state is pending:
        return _keep(work, after, now)
    if after.state is State.REPLACEMENT_SHIPPED:
        work.stock.consume(after.id)
    else:
        work.stock.release(after.id)
    return None


def offer_instead(case: Case, rules: Rules, reason: str = "", **told: Any) -> dict[str, Any]:
    """What the customer is offered when there is nothing to send (T34): their money; the rules may offer more."""
    goods_are_here = any(line.received_quantity for line in case.lines)
    remedy = Remedy.RETURN_REFUND if goods_are_here else Remedy.REFUND_ONLY
    most = case.verdict.most_fen if case.verdict else 0
    options = [each.value for each in rules.exchange.oos_fallback]
    return {"offer_remedy": remedy.value, "offer_fen": most, "options": options, "reason": reason, **told}


def _keep(work: UnitOfWork, case: Case, now: datetime) -> StockItem | None:
    """All pieces or none."""
    for sku, pieces in pieces_to_send(case.lines).items():
        if work.stock.reserve(case.id, sku, pieces, now):
            continue
        item = work.stock.get(sku)
        if item is not None:
            work.stock.release(case.id)
            return item
    return None
