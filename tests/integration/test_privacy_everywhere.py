"""An erasure reaches every table: words planted in every text column of the schema are gone, whoever adds a column."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, String, Table, select, text
from sqlalchemy.engine import Connection

from backend.adapters.columns import UtcTime
from backend.adapters.database import Database
from backend.adapters.repositories.reach import OF_NOBODY, reach
from backend.adapters.tables import metadata
from backend.domain.case import Role
from backend.domain.erasing import ERASED, Footprint
from backend.domain.work import Staff
from backend.ports import World
from backend.services import privacy
from tests.clock import START

SIGN = "王小明13800006688"
"""What nobody may find afterwards."""

MANAGER = Staff("郑总", Role.MANAGER)

STAYS = {
    "after_sales_case": "case_no order_no state wish remedy reason_claimed reason_confirmed verdict close_reason owner",
    "case_line": "sku disposition send_sku",
    "case_event": "event actor role from_state to_state",
    "collection": "collection_no purpose state collector method provider_no settled_by code token",
    "collection_event": "actor state",
    "complaint": "complaint_no cause stage outcome ruled_by",
    "complaint_case": "cause ruled_to",
    "complaint_event": "deed actor role from_stage to_stage",
    "conversation": "last_agent",
    "conversation_note": "author",
    "customer": "tier",
    "erasure": "asked_by",
    "evidence": "media_type sha256 phash",
    "extra": "extra_no purpose kind state proposed_by reason severity payer cause approved_by settled_by voucher",
    "extra_event": "actor state",
    "handback": "outcome",
    "handoff": "reason outcome claimed_by offered_to",
    "handoff_event": "actor from_mode to_mode",
    "identity_attempt": "order_no",
    "identity_proof": "how",
    "message": "author name template delivery",
    "order_line": "sku title category",
    "payment": "payment_no collection_no",
    "photo_band": "bits",
    "rating": "staff_name",
    "refund_leg": "refund_no gateway state provider_no account code",
    "refund_leg_event": "actor state code",
    "risk_signal": "kind subject",
    "shipment": "direction carrier waybill_no actor",
    "shop_order": "status coupon_code search_no",
    "spot_check": "why checked_by found",
    "staff_alert": "kind role staff_name dedupe_key seen_by",
    "timer": "clock mark state",
}
"""Text columns that an erasure leaves, by table: our codes and numbers, names of staff, and the money's ledger."""

KEYS = {
    "conversation.id": "conv-1",
    "message.conversation_id": "conv-1",
    "dialogue_event.conversation_id": "conv-1",
    "shop_order.order_no": "A1001",
    "payment.method": "wechat",
    "payment.payment_no": "WX-1",
    "evidence.id": "photo-1",
    "refund_leg.refund_no": "RC1-1",
    "staff.name": "小林",
    "button.token": "button-1",
    "stock_item.sku": "CUP",
    "after_sales_case.state": "CLOSED",
    "refund_leg.state": "SUCCESS",
    "collection.state": "REFUNDED",
    "extra.state": "GIVEN",
    "complaint.stage": "CLOSED",
    "complaint.outcome": "support",
    "message.delivery": "sent",
    "message.author": "customer",
    "evidence.object_key": "evidence/photo-1.jpg",
    "evidence.thumbnail_key": None,
    "conversation.channel": "wechat",
    "platform_update.channel": "wechat",
    "evidence.kind": "other",
    "evidence.brought_by": "customer",
    "evidence.removed_at": None,
    "conversation.mode": "CLOSED",
    "erasure.customer_id": 0,
    "staff_alert.complaint_id": None,
    "staff_alert.conversation_id": None,
    "timer.complaint_id": None,
}
"""What must fit together, and what must have come to its end; every other text is the sign."""


def value_of(column: Column) -> Any:
    """Something for a column: a text with the sign in it, the key of the row it refers to, a number, a time."""
    name = f"{column.table.name}.{column.name}"
    if name in KEYS:
        return KEYS[name]
    if column.foreign_keys:
        return value_of(next(iter(column.foreign_keys)).column)
    if isinstance(column.type, JSON):
        return {"reason": SIGN, "more": [{"text": f"“{SIGN}”"}], "amount_fen": 12}
    if isinstance(column.type, String):
        return ("openid" if "openid" in name or "channel_user" in name else "") + SIGN
    kinds: dict[type, Any] = {Boolean: False, UtcTime: START, Date: date(2026, 11, 22), Float: 1.0, Integer: 1}
    return next(value for kind, value in kinds.items() if isinstance(column.type, kind) or kind is Integer)


def plant(connection: Connection) -> None:
    """One row in each table, all about one buyer."""
    for table in metadata.sorted_tables:
        if table.name in ("erasure", *OF_NOBODY) and table.name not in ("staff", "stock_item", "rule_book_version"):
            continue
        row = {each.name: value_of(each) for each in table.columns}
        connection.execute(table.insert().values(**{name: _cut(table.c[name], each) for name, each in row.items()}))


def _cut(column: Column, value: Any) -> Any:
    length = getattr(column.type, "length", None)
    if length is None or not isinstance(value, str) or len(value) <= length:
        return value
    return value[-length:]


def found(connection: Connection, sign: str) -> Iterator[str]:
    """The columns that have the sign in them, or as much of it as their length lets them."""
    for table in metadata.sorted_tables:
        for row in connection.execute(select(table)).mappings():
            for name, value in row.items():
                told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
                length = getattr(table.c[name].type, "length", None) or len(sign)
                if isinstance(table.c[name].type, (String, JSON)) and sign[-length:] in told:
                    yield f"{table.name}.{name}"


@pytest.fixture
def planted(each_world: World, each_settings: Any) -> Iterator[Database]:
    database = Database(each_settings.database_url)
    with database.write() as work:
        work.connection.execute(text("DELETE FROM rule_book_period"))
        work.connection.execute(text("DELETE FROM rule_book_version"))
        plant(work.connection)
        work.commit()
    yield database
    database.close()


def test_every_table_is_somebodys_or_nobodys() -> None:
    ours: dict[Table, Any] = reach(Footprint(1, (), (), (), (), ()))
    assert {table.name for table in ours} | set(OF_NOBODY) == set(metadata.tables)
    assert {table.name for table in ours} & set(OF_NOBODY) == set()


def test_what_stays_is_named_once_and_is_there() -> None:
    for table, columns in STAYS.items():
        assert set(columns.split()) <= {each.name for each in metadata.tables[table].columns}, table
        assert table not in OF_NOBODY


def test_an_erasure_leaves_the_sign_in_no_column_that_is_not_known_to_stay(
    each_world: World, planted: Database
) -> None:
    with planted.read() as work:
        before = set(found(work.connection, SIGN))
    assert {"message.text", "customer.phone", "dialogue_event.data", "case_event.detail", "handoff.summary"} <= before

    privacy.erase(each_world, "1", by=MANAGER)

    stays = {f"{table}.{column}" for table, columns in STAYS.items() for column in columns.split()}
    with planted.read() as work:
        left = {each for each in found(work.connection, SIGN) if each.split(".")[0] not in OF_NOBODY}
        assert left - stays == set()
        told = work.connection.execute(text("SELECT text FROM message")).scalars().all()
        assert told == [ERASED]
        details = work.connection.execute(select(metadata.tables["case_event"].c.detail)).scalars().all()
        assert details == [{"reason": ERASED, "more": [{"text": ERASED}], "amount_fen": 12}]
