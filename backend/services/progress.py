"""How far a case has come, for whoever has proven that the order is theirs."""

from dataclasses import dataclass

from backend.domain.case import Case, CaseEvent
from backend.domain.filing import named_lines
from backend.domain.order import Order
from backend.domain.progress import WAITING
from backend.domain.rule_book import RuleBook
from backend.domain.work import Shipment
from backend.errors import CaseNotFound
from backend.ports import UnitOfWork, World
from backend.services.cards import Card, case_card
from backend.services.drafts import free_pieces
from backend.services.identity import is_proven, meant_order, proven_orders
from backend.services.reaching import told_in


@dataclass(frozen=True)
class CaseProgress:
    """A case with its log, what its card shows, and who it waits for (a key of `progress.Waiting.for_whom`).

    `parcel` is its newest one, `told_in` the conversation that notices about it go to, None for nowhere.
    """

    case: Case
    events: tuple[CaseEvent, ...]
    card: Card
    waiting_for: str
    book: RuleBook
    parcel: Shipment | None = None
    told_in: str | None = None


@dataclass(frozen=True)
class Looked:
    """What a number came to: `order_no` where it could be told, cases newest first. Not proven shows no cases.

    Proven and without `order_no` is a case of this conversation's that is being rewritten and lacks its order for now.
    """

    order_no: str | None
    proven: bool
    cases: tuple[CaseProgress, ...] = ()


def look_up(world: World, conversation_id: str, number: str) -> Looked:
    """The cases behind a case or order number. What is not theirs looks exactly like what does not exist."""
    with world.read() as work:
        case = work.cases.by_number(number)
        if case is not None and case.order_no is None:
            return Looked(None, proven=case.conversation_id == conversation_id)
        order_no = case.order_no if case else meant_order(work, conversation_id, number)
        orders = _spelled_like(work, conversation_id, number) if order_no is None else [order_no]
        if not all(is_proven(work, conversation_id, each) for each in orders):
            return Looked(order_no=order_no, proven=False)
        found = [case] if case else [case for each in orders for case in work.cases.of_order(each)]
        return Looked(order_no or number, True, tuple(_progress(world, work, each) for each in found))


def _spelled_like(work: UnitOfWork, conversation_id: str, number: str) -> list[str]:
    """The orders of proven buyers that a number may mean as it was typed."""
    return [each for each in work.orders.spelled_like(number) if is_proven(work, conversation_id, each)]


def of_conversation(world: World, conversation_id: str) -> tuple[CaseProgress, ...]:
    """The cases filed in a conversation, newest first; one that is being rewritten may lack its order for a while.

    Not those of a buyer whom the account was unbound from since.
    """
    with world.read() as work:
        cases = [case for case in work.cases.of_conversation(conversation_id) if _shown(work, conversation_id, case)]
        return tuple(_progress(world, work, case) for case in cases)


def _shown(work: UnitOfWork, conversation_id: str, case: Case) -> bool:
    return case.order_no is not None and is_proven(work, conversation_id, case.order_no)


def theirs(world: World, conversation_id: str, orders: int = 20) -> tuple[CaseProgress, ...]:
    """The cases of whoever a conversation has proven to be, wherever filed, newest first: of their newest orders."""
    with world.read() as work:
        customers = work.conversations.proven_customers(conversation_id)
        cases = [case for customer in customers for case in work.cases.of_buyer(customer, orders)]
        newest = sorted(cases, key=lambda case: (case.submitted_at or case.opened_at, case.id), reverse=True)
        return tuple(_progress(world, work, case) for case in newest)


def orders_to_file(world: World, conversation_id: str) -> list[Order]:
    """The newest orders of theirs that have goods which are in no case yet."""
    known = proven_orders(world, conversation_id)
    with world.read() as work:
        return [order for order in known if any(free_pieces(work, order).values())]


def names_goods_to_file(world: World, conversation_id: str, words: str) -> bool:
    """Whether words name goods of theirs that are in no case yet."""
    known = proven_orders(world, conversation_id)
    with world.read() as work:
        return any(named_lines(words, order, free_pieces(work, order)) for order in known)


def of_case(world: World, conversation_id: str, case_no: str) -> CaseProgress:
    """One case by its number. Raises CaseNotFound alike when there is none and when it is not theirs."""
    looked = look_up(world, conversation_id, case_no)
    if not looked.cases:
        raise CaseNotFound(case_no)
    return looked.cases[0]


def _progress(world: World, work: UnitOfWork, case: Case) -> CaseProgress:
    book = world.rule_book_version(case.rule_book_version or 0)
    parcels = work.shipments.of_case(case.id)
    return CaseProgress(
        case=case,
        events=tuple(work.cases.events(case.id)),
        card=case_card(case, _order(work, case), book),
        waiting_for=WAITING[case.state].for_whom,
        book=book,
        parcel=parcels[-1] if parcels else None,
        told_in=told_in(work, case),
    )


def _order(work: UnitOfWork, case: Case) -> Order:
    order = work.orders.get(case.order_no or "")
    if order is None:
        raise CaseNotFound(case.case_no)
    return order
