"""Cases, drafts, their lines and their logs."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.engine import Connection, Result, Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import Select

from backend.adapters.repositories.kept import change, put, run
from backend.adapters.repositories.upsert import broke_uniqueness, count_on
from backend.adapters.repositories.verdict_json import verdict_from_json, verdict_to_json
from backend.adapters.tables import OPEN_STATES, after_sales_case, case_counter, case_event, case_line, shop_order
from backend.domain.case import Case, CaseEvent, CaseLine, CloseReason, Role, State
from backend.errors import Conflict

_PLAIN = (
    "conversation_id", "version", "case_no", "order_no", "wish", "remedy", "reason_claimed",
    "reason_confirmed", "description", "intact", "rule_book_version", "refundable_fen", "approved_fen",
    "opened_at", "state_since", "submitted_at", "due_at", "told_version", "priority",
    "owner", "dispute_open", "risk_hold", "risk", "sla_breached", "held_seconds", "gap_fen",
)  # fmt: skip
_STORED = (*_PLAIN, "state", "close_reason", "verdict")


_BY_ID = select(after_sales_case).where(after_sales_case.c.id == bindparam("wanted"))
_BY_NUMBER = select(after_sales_case).where(after_sales_case.c.case_no == bindparam("wanted"))
_DRAFT_OF = select(after_sales_case).where(
    after_sales_case.c.conversation_id == bindparam("wanted"), after_sales_case.c.state == State.DRAFT.value
)
_IS_FILED = after_sales_case.c.case_no.isnot(None) & (after_sales_case.c.state != State.DRAFT.value)
_FILED = select(after_sales_case).where(_IS_FILED).order_by(after_sales_case.c.case_no.desc()).limit(bindparam("most"))
_OF_ORDER = _FILED.where(after_sales_case.c.order_no == bindparam("wanted"))
_NEWEST_OF = (
    select(shop_order.c.order_no)
    .where(shop_order.c.customer_id == bindparam("wanted"))
    .order_by(shop_order.c.placed_at.desc(), shop_order.c.order_no)
    .limit(bindparam("orders"))
)
_OF_BUYER = _FILED.where(after_sales_case.c.order_no.in_(_NEWEST_OF))
_OF_CONVERSATION = _FILED.where(after_sales_case.c.conversation_id == bindparam("wanted"))
_LINES = select(case_line).where(case_line.c.case_id == bindparam("wanted")).order_by(case_line.c.line_no)
_DROP_LINES = delete(case_line).where(case_line.c.case_id == bindparam("wanted"))
_SAVE = (
    update(after_sales_case)
    .where(after_sales_case.c.id == bindparam("wanted"), after_sales_case.c.version == bindparam("expected"))
    .values({name: bindparam(f"new_{name}", type_=after_sales_case.c[name].type) for name in _STORED})
)
_EXPIRED_DRAFT = (
    select(after_sales_case)
    .where(
        after_sales_case.c.conversation_id == bindparam("talk_id"),
        after_sales_case.c.order_no == bindparam("of_order"),
        after_sales_case.c.case_no.is_(None),
        after_sales_case.c.close_reason == CloseReason.EXPIRED.value,
        after_sales_case.c.state_since >= bindparam("since"),
    )
    .order_by(after_sales_case.c.id.desc())
    .limit(1)
)
"""Kept, for they are asked in every turn of a form: building them takes longer than asking."""
_MOST = 100


class CaseTable:
    """Keeps `ports.Cases`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._read_lines: dict[int, tuple[CaseLine, ...]] = {}
        """What this unit of work has read of a case that it may save: with another version that fails."""

    def add(self, case: Case) -> Case:
        try:
            result = put(self._connection, after_sales_case, _row(case))
        except IntegrityError as exc:
            if not broke_uniqueness(exc):
                raise
            raise Conflict("this conversation has a draft already", subject=case.conversation_id) from exc
        case_id = int(result.key)
        self._put_lines(case_id, case.lines)
        return replace(case, id=case_id)

    def save(self, case: Case, *, expected_version: int) -> None:
        new = {f"new_{name}": value for name, value in _row(case).items()}
        changed = change(self._connection, _SAVE, {"wanted": case.id, "expected": expected_version, **new})
        if changed != 1:
            raise Conflict(f"case {case.id} is no longer at version {expected_version}", subject=str(case.id))
        if self._read_lines.get(case.id) != case.lines:
            change(self._connection, _DROP_LINES, {"wanted": case.id})
            self._put_lines(case.id, case.lines)

    def get(self, case_id: int) -> Case | None:
        return self._one(_BY_ID, case_id)

    def by_number(self, case_no: str) -> Case | None:
        return self._one(_BY_NUMBER, case_no)

    def draft_of(self, conversation_id: str) -> Case | None:
        return self._one(_DRAFT_OF, conversation_id)

    def expired_draft(self, conversation_id: str, order_no: str, since: datetime) -> Case | None:
        asked = {"talk_id": conversation_id, "of_order": order_no, "since": since}
        row = run(self._connection, _EXPIRED_DRAFT, asked).first()
        return None if row is None else self._case(row)

    def of_order(self, order_no: str) -> list[Case]:
        return self._many(run(self._connection, _OF_ORDER, {"wanted": order_no, "most": _MOST}))

    def of_buyer(self, customer_id: int, orders: int) -> list[Case]:
        asked = {"wanted": customer_id, "orders": orders, "most": _MOST}
        return self._many(run(self._connection, _OF_BUYER, asked))

    def of_conversation(self, conversation_id: str) -> list[Case]:
        return self._many(run(self._connection, _OF_CONVERSATION, {"wanted": conversation_id, "most": _MOST}))

    def find(self, *, state: str | None, limit: int, after: str | None = None) -> list[Case]:
        query = _FILED
        if state is not None:
            query = query.where(after_sales_case.c.state == state)
        if after is not None:
            query = query.where(after_sales_case.c.case_no < after)
        return self._many(self._connection.execute(query, {"most": limit}))

    def newest_id(self) -> int:
        newest: int | None = self._connection.execute(select(func.max(after_sales_case.c.id))).scalar()
        return newest or 0

    def under_other_rules(self, version: int, *, after: int, limit: int) -> list[int]:
        key = after_sales_case.c
        is_open = key.case_no.isnot(None) & key.state.in_(OPEN_STATES)
        query = (
            select(key.id)
            .where(key.id > after, is_open, key.rule_book_version != version)
            .order_by(key.id)
            .limit(limit)
        )
        return list(self._connection.execute(query).scalars())

    def next_number(self, day: date) -> str:
        return f"RC{day:%Y%m%d}{count_on(self._connection, case_counter, day):06d}"

    def append(self, case_id: int, event: CaseEvent) -> None:
        row = {**vars(event), "case_id": case_id, "role": event.role.value, "to_state": event.to_state.value}
        row["from_state"] = event.from_state.value if event.from_state else None
        put(self._connection, case_event, row)

    def events(self, case_id: int) -> list[CaseEvent]:
        query = select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.version)
        return [_event(row) for row in self._connection.execute(query)]

    def last_move(self, case_id: int) -> CaseEvent | None:
        key = case_event.c
        moved = or_(key.from_state.is_(None), key.from_state != key.to_state)
        query = select(case_event).where(key.case_id == case_id, moved).order_by(key.version.desc()).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else _event(row)

    def _one(self, query: Select, wanted: int | str) -> Case | None:
        row = run(self._connection, query, {"wanted": wanted}).first()
        return None if row is None else self._case(row)

    def _many(self, found: Result) -> list[Case]:
        return [self._case(row) for row in found.all()]

    def _case(self, row: Row) -> Case:
        return Case(
            id=row.id,
            state=State(row.state),
            close_reason=CloseReason(row.close_reason) if row.close_reason else None,
            verdict=verdict_from_json(row.verdict) if row.verdict else None,
            lines=self._lines(row.id),
            **{name: getattr(row, name) for name in _PLAIN},
        )

    def _lines(self, case_id: int) -> tuple[CaseLine, ...]:
        rows = run(self._connection, _LINES, {"wanted": case_id}).mappings()
        lines = tuple(CaseLine(**{name: row[name] for name in row if name != "case_id"}) for row in rows)
        self._read_lines[case_id] = lines
        return lines

    def _put_lines(self, case_id: int, lines: tuple[CaseLine, ...]) -> None:
        if lines:
            put(self._connection, case_line, *({"case_id": case_id, **vars(line)} for line in lines))
        self._read_lines[case_id] = lines


def _row(case: Case) -> dict[str, Any]:
    row = {name: getattr(case, name) for name in _PLAIN}
    row["state"] = case.state.value
    row["close_reason"] = case.close_reason.value if case.close_reason else None
    row["verdict"] = verdict_to_json(case.verdict) if case.verdict else None
    return row


def _event(row: Row) -> CaseEvent:
    return CaseEvent(
        at=row.at,
        event=row.event,
        actor=row.actor,
        role=Role(row.role),
        from_state=State(row.from_state) if row.from_state else None,
        to_state=State(row.to_state),
        version=row.version,
        detail=row.detail,
    )
