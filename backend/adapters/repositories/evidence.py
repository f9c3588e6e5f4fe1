"""Which evidence there is; the bytes lie in the evidence store."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Select

from backend.adapters.repositories.kept import change, run
from backend.adapters.repositories.upsert import put_once
from backend.adapters.tables import after_sales_case, evidence
from backend.domain.case import Role, State
from backend.domain.evidence import Evidence, EvidenceKind

_IN_ORDER = select(evidence).order_by(evidence.c.created_at, evidence.c.id)
_OF_CASE = _IN_ORDER.where(evidence.c.case_id == bindparam("wanted"))
_LOOSE = _IN_ORDER.where(evidence.c.conversation_id == bindparam("wanted"), evidence.c.case_id.is_(None))
_BY_ID = select(evidence).where(evidence.c.id == bindparam("wanted"))
_SAME = select(evidence).where(
    evidence.c.conversation_id == bindparam("talk_id"), evidence.c.sha256 == bindparam("sum")
)
_UNFILED = (
    select(func.count())
    .select_from(evidence.outerjoin(after_sales_case, evidence.c.case_id == after_sales_case.c.id))
    .where(evidence.c.conversation_id == bindparam("talk_id"), evidence.c.created_at > bindparam("since"))
    .where(evidence.c.brought_by == Role.CUSTOMER.value)
    .where(evidence.c.case_id.is_(None) | (after_sales_case.c.state == State.DRAFT.value))
)
_ASSIGN = (
    update(evidence)
    .where(evidence.c.id == bindparam("photo"))
    .values(case_id=bindparam("of_case"), kind=bindparam("shows"))
)
"""Kept, for they are asked in every turn of a form and building them takes longer than asking."""


class EvidenceTable:
    """Keeps `ports.EvidenceRecords`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, piece: Evidence) -> Evidence:
        put_once(self._connection, evidence, _row(piece), unique=["conversation_id", "sha256"])
        return self.same_in_conversation(piece.conversation_id, piece.sha256)  # type: ignore[return-value]

    def get(self, evidence_id: str) -> Evidence | None:
        return self._one(_BY_ID, wanted=evidence_id)

    def same_in_conversation(self, conversation_id: str, sha256: str) -> Evidence | None:
        return self._one(_SAME, talk_id=conversation_id, sum=sha256)

    def of_case(self, case_id: int) -> list[Evidence]:
        return self._many(_OF_CASE, case_id)

    def loose(self, conversation_id: str) -> list[Evidence]:
        return self._many(_LOOSE, conversation_id)

    def count_unfiled_of_customer(self, conversation_id: str, since: datetime) -> int:
        return int(run(self._connection, _UNFILED, {"talk_id": conversation_id, "since": since}).scalar_one())

    def assign(self, evidence_id: str, case_id: int, kind: EvidenceKind) -> None:
        change(self._connection, _ASSIGN, {"photo": evidence_id, "of_case": case_id, "shows": kind.value})

    def outlived(self, before: datetime, limit: int) -> list[Evidence]:
        key, case = evidence.c, after_sales_case.c
        over = (case.state == State.CLOSED.value) & (case.state_since < before)
        query = (
            select(evidence)
            .select_from(evidence.outerjoin(after_sales_case, key.case_id == case.id))
            .where(key.removed_at.is_(None), key.created_at < before, key.case_id.is_(None) | over)
            .order_by(key.created_at, key.id)
            .limit(limit)
        )
        return [as_evidence(row) for row in self._connection.execute(query)]

    def mark_removed(self, evidence_id: str, at: datetime) -> None:
        self._connection.execute(update(evidence).where(evidence.c.id == evidence_id).values(removed_at=at))

    def renew(self, piece: Evidence) -> None:
        self._connection.execute(update(evidence).where(evidence.c.id == piece.id).values(_row(piece)))

    def _one(self, query: Select, **asked: str) -> Evidence | None:
        row = run(self._connection, query, asked).first()
        return None if row is None else as_evidence(row)

    def _many(self, query: Select, wanted: int | str) -> list[Evidence]:
        return [as_evidence(row) for row in run(self._connection, query, {"wanted": wanted})]


def _row(piece: Evidence) -> dict[str, Any]:
    return {**vars(piece), "kind": piece.kind.value, "brought_by": piece.brought_by.value}


def as_evidence(row: Row) -> Evidence:
    """A piece of evidence from its row."""
    return Evidence(**{**row._mapping, "kind": EvidenceKind(row.kind), "brought_by": Role(row.brought_by)})
