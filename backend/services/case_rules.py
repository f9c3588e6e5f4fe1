"""The rules that hold for one case: of the version it was filed under, for its goods."""

from datetime import datetime

from backend.domain.case import Case
from backend.domain.rule_book import EVERYTHING, RuleBook, Scope
from backend.domain.rules import Rules
from backend.ports import UnitOfWork, World


def book_of(world: World, case: Case, now: datetime, within: UnitOfWork | None = None) -> RuleBook:
    """The rule book that a case keeps; a draft has the one in force."""
    version = case.rule_book_version
    return world.rule_book(now, within) if version is None else world.rule_book_version(version)


def rules_of(world: World, work: UnitOfWork, case: Case, now: datetime) -> Rules:
    """The rules for a case's first goods, whose category and article an override may name."""
    return rules_for(work, case, book_of(world, case, now, work))


def rules_now(world: World, work: UnitOfWork, case: Case, now: datetime) -> Rules:
    """What the rule book in force says of a case's first goods, whatever it was filed under."""
    return rules_for(work, case, world.rule_book(now, work))


def rules_for(work: UnitOfWork, case: Case, book: RuleBook) -> Rules:
    """What a rule book, the case's own or another, says of a case's first goods."""
    return book.rules_for(_scope(work, case) if book.overrides else EVERYTHING)


def _scope(work: UnitOfWork, case: Case) -> Scope:
    order = work.orders.get(case.order_no) if case.order_no and case.lines else None
    if order is None:
        return EVERYTHING
    line = order.line(case.lines[0].line_no)
    return Scope(sku=line.sku, category=line.category, tier=order.buyer_tier or None)
