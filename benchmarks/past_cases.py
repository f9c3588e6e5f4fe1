"""A database with any number of filed cases: one is filed by the services, the database makes the others as its copies.

Each copy has its own customer, order, conversation, lines, log and transcript, so that every table and every index that
a look-up touches has grown. Timers are left out: a million open cases would be nobody's past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import String, Table, and_, cast, create_engine, insert, literal, select, text, true
from sqlalchemy.engine import Connection

from backend.adapters.tables import (
    after_sales_case,
    case_event,
    case_line,
    conversation,
    customer,
    identity_proof,
    message,
    order_line,
    payment,
    shop_order,
)
from backend.domain.case import Case
from backend.domain.filing import Answers
from backend.domain.request import Reason, Wish
from backend.ports import World
from backend.services import conversations, drafts, filing, identity
from benchmarks.bots import opened
from benchmarks.dialogues import TAIL
from benchmarks.shop import stock_up

Row = Any
_IDS = 10_000_000
"""Copies begin beyond it, so that what is filed afterwards finds its numbers free."""
_PHONES, _ORDERS = 15_000_000_000, 990_000_000_000


@dataclass(frozen=True)
class PastCase:
    """What a customer of one of the copies knows."""

    order_no: str
    tail: str


def past_case(number: int) -> PastCase:
    """The copy of that number, from 1."""
    return PastCase(str(_ORDERS + number), str(_PHONES + number)[-4:])


def fill(var: Path, cases: int, database_url: str | None = None) -> None:
    """Make a database with so many cases; nobody else may have it open."""
    with opened(var, database_url) as world:
        filed = _file_one(world)
    _multiply(filed, database_url or f"sqlite:///{var / 'anxin.db'}", cases)


def _multiply(filed: Case, database_url: str, cases: int) -> None:
    engine = create_engine(database_url, future=True)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":  # nothing is lost if this is cut short: it is made again
            for pragma in ("foreign_keys=OFF", "synchronous=OFF", "journal_mode=OFF", "cache_size=-400000"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
        for table, (which, changes) in _copies(connection, filed).items():
            _copy(connection, table, which, changes, cases)
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _file_one(world: World) -> Case:
    order_no = stock_up(world, 1)[0]
    talk = conversations.open_conversation(world, "webchat", "past").id
    drafts.fill_draft(world, talk, Answers(wish=Wish.REFUND, order_no=order_no, reason=Reason.ORDERED_BY_MISTAKE))
    identity.prove(world, talk, order_no, TAIL)
    drafts.fill_draft(world, talk, Answers(intact=True))
    told = filing.tell_draft(world, talk).draft.version
    return filing.submit_draft(world, talk, told)


def _series(rows: int) -> Any:
    numbers = select(literal(1).label("i")).cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < rows))


def _copy(connection: Connection, table: Table, which: Row, changes: Mapping[str, Any], rows: int) -> None:
    """So many copies of the rows that `which` picks; `changes` gives columns by the copy's number, None for none."""
    numbers = _series(rows)
    columns = [column for column in table.columns if changes.get(column.name, ...) is not None]
    values = [changes[each.name](numbers.c.i) if each.name in changes else each for each in columns]
    source = select(*(value.label(each.name) for each, value in zip(columns, values, strict=True)))
    copied = source.select_from(table.join(numbers, true())).where(which)
    connection.execute(insert(table).from_select([each.name for each in columns], copied))


def _copies(connection: Connection, filed: Case) -> dict[Table, tuple[Row, dict[str, Any]]]:
    """Every table that a case is in: its rows of the filed one, and what is a copy's own."""
    order_no, talk = str(filed.order_no), filed.conversation_id
    buyer = connection.execute(select(shop_order.c.customer_id).where(shop_order.c.order_no == order_no)).scalar_one()
    own_id = {"id": lambda i: i + _IDS}
    own_order = {"order_no": lambda i: _text(i + _ORDERS)}
    own_talk = {"conversation_id": lambda i: literal("past-") + _text(i)}
    own_case, own_buyer = {"case_id": lambda i: i + _IDS}, {"customer_id": lambda i: i + _IDS}
    counted: dict[str, Any] = {"id": None}
    of_case = {**counted, **own_case}
    dedupe_key = {"dedupe_key": lambda i: message.c.dedupe_key + literal("-") + _text(i)}
    return {
        customer: (customer.c.id == buyer, {**own_id, "phone": lambda i: _text(i + _PHONES)}),
        conversation: (
            conversation.c.id == talk,
            {"id": own_talk["conversation_id"], "channel_user_id": own_talk["conversation_id"]},
        ),
        shop_order: (
            shop_order.c.order_no == order_no,
            {**own_order, **own_buyer, "search_no": own_order["order_no"]},
        ),
        order_line: (order_line.c.order_no == order_no, own_order),
        payment: (payment.c.order_no == order_no, {**counted, **own_order}),
        identity_proof: (
            and_(identity_proof.c.conversation_id == talk, identity_proof.c.customer_id == buyer),
            {**own_talk, **own_buyer},
        ),
        after_sales_case: (
            after_sales_case.c.id == filed.id,
            {**own_id, **own_order, **own_talk, "case_no": lambda i: literal("RCX") + _text(i)},
        ),
        case_line: (case_line.c.case_id == filed.id, own_case),
        case_event: (case_event.c.case_id == filed.id, of_case),
        message: (message.c.conversation_id == talk, {**of_case, **own_talk, **dedupe_key}),
    }


def _text(number: Any) -> Any:
    return cast(number, String)
