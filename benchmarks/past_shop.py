"""The past of a shop on PostgreSQL: a few cases are led their way by the services, all others are copies of them.

Each copy is somebody's own: buyer, order, conversation with its talk, case with its log, clocks, refund and parcel.
They were filed evenly, `A_DAY` a day, the oldest first. Of the cases that are over nine in ten were refunded without a
return, one after a return. `STILL_OPEN` are open in every shop, however old: what is open does not pile up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    String,
    Table,
    case,
    cast,
    column,
    create_engine,
    func,
    insert,
    literal,
    null,
    select,
    table,
    text,
    type_coerce,
)
from sqlalchemy.engine import Connection

from backend.adapters.columns import UtcTime
from backend.adapters.migrations import upgrade
from backend.adapters.tables import metadata
from backend.bootstrap import open_backend
from backend.domain.case import Actor, Case, Role
from backend.domain.lifecycle import Event
from backend.domain.refund_leg import LegState, RefundAnswer, Source
from backend.domain.request import Remedy
from backend.domain.workdays import MERCHANT_ZONE
from backend.ports import World
from backend.services.alert_list import settle_moot_alerts
from backend.services.handoff import cancel_queue, request_human
from backend.services.payouts import record_result
from backend.services.refunds import pay_refund
from backend.settings import read_settings
from benchmarks.database_work import SENDERS, say_and_answer
from benchmarks.progress import bar
from bot.delivery import deliver
from tests.clock import FakeClock
from tests.working import ASK, NAMES, PASS, RECEIVE, SEND, Step, a_working_shop, do, file_case

A_DAY = 1_000
"""Cases that are filed a day."""
STILL_OPEN = 500
_LASTED = timedelta(days=12)
"""So long before now the newest case that is over was filed, at the end of its day."""
_LAST_MINUTE = time(23, 59)
_APART = 100
"""Copies of one row lie so far apart in their table's numbers."""
_ORDERS, _PHONES, _CASES = 990_000_000_000, 15_000_000_000, 20_000_000_000_000
_TALK = ("我的杯子不想要了", "怎么申请退款", "多久能到账")
_APPROVE: Step = (Event.APPROVE, Role.MANAGER, {})
_CONFIRM: Step = (Event.CONFIRM, Role.CUSTOMER, {"confirmed": True})
_PAY: Step = (Event.PAY, Role.FINANCE, {})
_BACK: tuple[Step, ...] = (_APPROVE, SEND, RECEIVE, PASS)
_OVER: tuple[tuple[Remedy, tuple[Step, ...]], ...] = (
    (Remedy.REFUND_ONLY, (_APPROVE, _PAY, _CONFIRM)),
    (Remedy.RETURN_REFUND, (*_BACK, _PAY, _CONFIRM)),
)
_OPEN: tuple[tuple[Remedy, tuple[Step, ...]], ...] = (
    (Remedy.RETURN_REFUND, ()),
    (Remedy.RETURN_REFUND, (ASK,)),
    (Remedy.RETURN_REFUND, (_APPROVE,)),
    (Remedy.RETURN_REFUND, _BACK[:3]),
    (Remedy.RETURN_REFUND, _BACK),
)
_RETURNS_ONE_IN = 10
_BY_OWN_ID = {"customer": "customer_id", "conversation": "conversation_id", "after_sales_case": "case_id"}
_BY: dict[str, tuple[str, ...]] = {
    "order_no": ("shop_order", "order_line", "payment"),
    "conversation_id": ("identity_attempt", "identity_proof", "message", "handoff", "dialogue_event"),
    "case_id": ("case_line", "case_event", "refund_leg", "timer", "shipment", "staff_alert"),
    "leg_id": ("refund_leg_event",),
    "handoff_id": ("handoff_event",),
}
LINKS = {name: ("id", known_as) for name, known_as in _BY_OWN_ID.items()}
LINKS |= {name: (column_, column_) for column_, names in _BY.items() for name in names}
"""The tables that a case is in and that pile up, by which column, and what that is called of a life. Photos are left
out (they would be files), and buttons, which expire."""
_NAMED = {"customer": "customer_id", "after_sales_case": "case_id", "refund_leg": "leg_id", "handoff": "handoff_id"}
"""Tables whose own number others name, and how; any other `id` is the database's own to count."""
_TEXTS = {"refund_no", "payment_no", "dedupe_key", "waybill_no"}
"""Texts that are a copy's own: its number is put behind."""


@dataclass(frozen=True)
class PastShop:
    """A shop with so many cases that are over; numbers go from 1, the newest last."""

    url: str
    cases: int
    newest_day: date
    """The last day of the shop's zone on which cases were filed that are over."""

    def order_no(self, number: int) -> str:
        return str(_ORDERS + number)

    def conversation(self, number: int) -> str:
        return f"past-{number}"


def fill(url: str, folder: Path, cases: int, a_day: int = A_DAY) -> PastShop:
    """Make the past in an empty database; nobody else may have it open."""
    upgrade(url)
    newest = datetime.combine(datetime.now(MERCHANT_ZONE) - _LASTED, _LAST_MINUTE, MERCHANT_ZONE)
    settings = read_settings({"ANXIN_VAR": str(folder), "ANXIN_DATABASE_URL": url})
    backend = open_backend(settings, clock=FakeClock(newest))
    try:
        lives = [_live(backend.world, number, *way) for number, way in enumerate((*_OVER, *_OPEN))]
    finally:
        backend.close()
    _multiply(url, lives, cases, timedelta(days=1) / a_day)
    return PastShop(url, cases, newest.date())


def _live(world: World, number: int, remedy: Remedy, steps: Sequence[Step]) -> Case:
    """One case led its way, and what was said meanwhile."""
    clock = FakeClock(world.clock.now())
    world = replace(world, clock=clock)
    talk, order = f"first-{number}", f"20261120{number:04d}"
    a_working_shop(world, conversation=talk, order=order, phone=f"138{number:04d}6688")
    _sign_for(world, order)
    for text_ in _TALK:
        say_and_answer(world, talk, text_)
    if remedy is Remedy.RETURN_REFUND:
        _ask_for_a_person(world, talk)
    filed = file_case(world, remedy, conversation=talk, order=order)
    for event, role, given in steps:
        clock.advance(hours=5)
        filed = _pay(world, filed) if event is Event.PAY else _step(world, filed, event, role, given)
    asyncio.run(deliver(world, SENDERS, talk))
    settle_moot_alerts(world)
    return filed


def _ask_for_a_person(world: World, talk: str) -> None:
    """At noon, when people are there, and not wait for them."""
    noon = replace(world, clock=FakeClock(world.clock.now() - timedelta(hours=12)))
    request_human(noon, talk, reason="asked", by="bot")
    cancel_queue(noon, talk, by="customer")


def _sign_for(world: World, order_no: str) -> None:
    """Let the order have been placed and signed for the day before."""
    yesterday = world.clock.now() - timedelta(days=1)
    with world.write() as work:
        order = work.orders.get(order_no)
        assert order is not None
        work.orders.put(replace(order, placed_at=yesterday, shipped_at=yesterday, signed_at=yesterday))
        work.commit()


def _step(world: World, filed: Case, event: Event, role: Role, given: dict[str, Any]) -> Case:
    own = {"waybill": f"SF135792468{filed.id:04d}"} if "waybill" in given else {}
    return do(world, filed, event, role, **{**given, **own})


def _pay(world: World, filed: Case) -> Case:
    """The provider has said yes."""
    paying = pay_refund(world, filed.case_no or "", Actor(Role.FINANCE, NAMES[Role.FINANCE]))
    with world.read() as work:
        legs = work.refunds.of_case(filed.id)
    for leg in legs:
        answer = RefundAnswer(leg.refund_no, LegState.SUCCESS, leg.amount_fen, provider_no=f"P-{leg.refund_no}")
        record_result(world, answer, Source.QUERY, by="worker")
    return paying


def _multiply(url: str, lives: Sequence[Case], cases: int, apart: timedelta) -> None:
    engine = create_engine(url, future=True)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers, no foreign keys
        _plan(connection, lives, cases, apart)
        tables = [metadata.tables[name] for name in LINKS]
        piled = [index for table in tables for index in table.indexes if not index.unique]
        for index in piled:  # made anew at the end: quicker, and as good as after a vacuum
            index.drop(connection)
        for table in bar(tables, f"{cases:,} cases"):
            _copy(connection, table)
        for index in bar(piled, "indexes"):
            index.create(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _plan(connection: Connection, lives: Sequence[Case], cases: int, apart: timedelta) -> None:
    """The table `past`: a row for each copy with its number, whose life it is a copy of, and how much older it is."""
    connection.execute(
        text(
            "CREATE TEMP TABLE past ON COMMIT DROP AS"
            " WITH life AS (SELECT array_position(:ids, c.id) - 1 AS kind, c.id AS case_id, c.conversation_id,"
            "  o.order_no, o.customer_id, l.id AS leg_id, h.id AS handoff_id FROM after_sales_case c"
            "  JOIN shop_order o USING (order_no) LEFT JOIN refund_leg l ON l.case_id = c.id"
            "  LEFT JOIN handoff h ON h.conversation_id = c.conversation_id)"
            " SELECT i, life.*,"
            "  CASE WHEN i > :cases THEN :open_age + (:all - i) * :apart ELSE (:cases - i) * :apart END AS age"
            " FROM generate_series(1, :all) i JOIN life ON life.kind = CASE"
            "  WHEN i > :cases THEN :over + i % :open_kinds WHEN i % :one_in = 0 THEN 1 ELSE 0 END ORDER BY i"
        ),
        {
            "ids": [each.id for each in lives],
            "cases": cases,
            "all": cases + STILL_OPEN,
            "over": len(_OVER),
            "open_kinds": len(_OPEN),
            "one_in": _RETURNS_ONE_IN,
            "apart": apart,
            "open_age": timedelta(days=1) - _LASTED,
        },
    )
    connection.execute(text("ANALYZE past"))


_PAST = table("past", *(column(name) for name in ("i", "age", *{of_life for _, of_life in LINKS.values()})))


def _copy(connection: Connection, into: Table) -> None:
    """The rows of one table of every copy, in their order."""
    link, of_life = LINKS[into.name]
    copied = [each for each in into.columns if each.name != "id" or _has_own_id(each)]
    source = select(*(_value(each).label(each.name) for each in copied))
    source = source.select_from(_PAST.join(into, into.c[link] == _PAST.c[of_life]))
    connection.execute(insert(into).from_select([each.name for each in copied], source))
    if into.name in _NAMED:
        newest = select(func.max(into.c.id)).scalar_subquery()
        connection.execute(select(func.setval(func.pg_get_serial_sequence(into.name, "id"), newest)))


def _has_own_id(column_: Column) -> bool:
    return column_.table.name in _NAMED or isinstance(column_.type, String)


def _value(original: Column) -> Any:
    """What a copy has in a column."""
    number, name = _PAST.c.i, original.name
    own = {
        "conversation_id": literal("past-") + cast(number, String),
        "order_no": cast(number + _ORDERS, String),
        "phone": cast(number + _PHONES, String),
        "case_no": literal("RC") + cast(number + _CASES, String),
    }
    own |= {"search_no": own["order_no"], "channel_user_id": own["conversation_id"]}
    if original.table.name == "conversation" and name == "id":
        return own["conversation_id"]
    if name in own:
        return case((original.is_(None), null()), else_=own[name]) if original.nullable else own[name]
    if name in _NAMED.values() or (name == "id" and original.table.name in _NAMED):
        return original + number * _APART
    if name in _TEXTS or (original.table.name, name) == ("customer", "name"):
        return func.right(original + literal("-") + cast(number, String), original.type.length)
    if isinstance(original.type, UtcTime):
        return type_coerce(original - _PAST.c.age, UtcTime)
    return original
