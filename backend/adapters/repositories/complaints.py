"""Complaints, the cases they are about, and their logs."""

from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from backend.adapters.complaint_tables import complaint, complaint_case, complaint_counter, complaint_event
from backend.adapters.repositories.kept import run
from backend.adapters.repositories.upsert import broke_uniqueness, count_on
from backend.adapters.tables import after_sales_case
from backend.domain.case import Role, State
from backend.domain.complaint import Cause, Complaint, ComplaintCase, Deed, Entry, Outcome, Ruling, Stage
from backend.errors import Conflict

_PLAIN = (
    "complaint_no", "conversation_id", "text", "version", "opened_at", "stage_since", "due_at", "escalated",
    "sla_breached",
)  # fmt: skip
_MOST = 100
_OPEN_WITHOUT_CASE = text("complaint.caseless AND complaint.stage <> 'CLOSED'")
"""As `uq_one_open_caseless_complaint` has it, which then finds them."""
_NEWEST = select(complaint).order_by(complaint.c.id.desc())
_OF_CONVERSATION = _NEWEST.where(complaint.c.conversation_id == bindparam("talk_id")).limit(_MOST)
"""Kept, for it is asked in most turns and building it takes longer than asking."""


class ComplaintTable:
    """Keeps `ports.Complaints`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, made: Complaint) -> Complaint:
        try:
            inserted = self._connection.execute(complaint.insert().values(_row(made)))
            complaint_id = int(inserted.inserted_primary_key[0])
            self._put_cases(complaint_id, made)
        except IntegrityError as exc:
            if not broke_uniqueness(exc):
                raise
            raise Conflict("a complaint about this is open already", subject=made.conversation_id) from exc
        return self.get(complaint_id)  # type: ignore[return-value]

    def save(self, changed: Complaint, *, expected_version: int) -> None:
        key = complaint.c
        stored = self._connection.execute(
            update(complaint).where(key.id == changed.id, key.version == expected_version).values(_row(changed))
        )
        if stored.rowcount != 1:
            raise Conflict(
                f"complaint {changed.complaint_no} is no longer at version {expected_version}", subject="version"
            )
        self._connection.execute(delete(complaint_case).where(complaint_case.c.complaint_id == changed.id))
        self._put_cases(changed.id, changed)

    def get(self, complaint_id: int) -> Complaint | None:
        return self._one(complaint.c.id == complaint_id)

    def by_number(self, complaint_no: str) -> Complaint | None:
        return self._one(complaint.c.complaint_no == complaint_no)

    def open_about(self, conversation_id: str, cause: Cause, case_id: int | None) -> Complaint | None:
        key = complaint.c
        still_open = (key.cause == cause.value) & (key.stage != Stage.CLOSED.value)
        if case_id is None:
            return self._one(still_open & (key.conversation_id == conversation_id) & key.caseless)
        return self._one(still_open & key.id.in_(_ids_about(case_id)))

    def of_case(self, case_id: int) -> list[Complaint]:
        return self._many(complaint.c.id.in_(_ids_about(case_id)))

    def of_conversation(self, conversation_id: str) -> list[Complaint]:
        rows = run(self._connection, _OF_CONVERSATION, {"talk_id": conversation_id}).all()
        return [self._complaint(row) for row in rows]

    def open_without_case(self, limit: int) -> list[Complaint]:
        query = select(complaint).where(_OPEN_WITHOUT_CASE).order_by(complaint.c.id).limit(limit)
        return [self._complaint(row) for row in self._connection.execute(query).all()]

    def find(self, *, stage: Stage | None, limit: int) -> list[Complaint]:
        return self._many(True if stage is None else complaint.c.stage == stage.value, limit)

    def next_number(self, day: date) -> str:
        return f"CP{day:%Y%m%d}{count_on(self._connection, complaint_counter, day):06d}"

    def append(self, complaint_id: int, entry: Entry) -> None:
        row = {
            **vars(entry),
            "deed": entry.deed.value,
            "role": entry.role.value,
            "from_stage": entry.from_stage.value if entry.from_stage else None,
            "to_stage": entry.to_stage.value,
        }
        self._connection.execute(complaint_event.insert().values(complaint_id=complaint_id, **row))

    def log(self, complaint_id: int) -> list[Entry]:
        key = complaint_event.c
        query = select(complaint_event).where(key.complaint_id == complaint_id).order_by(key.version)
        return [_entry(row) for row in self._connection.execute(query)]

    def _put_cases(self, complaint_id: int, given: Complaint) -> None:
        rows = [
            {
                "complaint_id": complaint_id,
                "case_id": each.case_id,
                "cause": given.cause.value,
                "is_open": given.stage is not Stage.CLOSED,
                "ruled_to": each.ruled_to.value if each.ruled_to else None,
                "ruled_fen": each.ruled_fen,
                "executed": each.executed,
            }
            for each in given.cases
        ]
        if rows:
            self._connection.execute(complaint_case.insert(), rows)

    def _one(self, condition: Any) -> Complaint | None:
        row = self._connection.execute(select(complaint).where(condition)).first()
        return None if row is None else self._complaint(row)

    def _many(self, condition: Any, limit: int = _MOST) -> list[Complaint]:
        query = _NEWEST.where(condition).limit(limit)
        return [self._complaint(row) for row in self._connection.execute(query).all()]

    def _complaint(self, row: Row) -> Complaint:
        return Complaint(
            id=row.id,
            cause=Cause(row.cause),
            stage=Stage(row.stage),
            cases=self._cases(row.id),
            ruling=_ruling(row),
            **{name: getattr(row, name) for name in _PLAIN},
        )

    def _cases(self, complaint_id: int) -> tuple[ComplaintCase, ...]:
        about, case = complaint_case.c, after_sales_case.c
        query = (
            select(complaint_case, case.case_no)
            .join(after_sales_case, case.id == about.case_id)
            .where(about.complaint_id == complaint_id)
            .order_by(about.case_id)
        )
        return tuple(
            ComplaintCase(
                row.case_id, row.case_no, State(row.ruled_to) if row.ruled_to else None, row.ruled_fen, row.executed
            )
            for row in self._connection.execute(query)
        )


def _ids_about(case_id: int) -> Any:
    return select(complaint_case.c.complaint_id).where(complaint_case.c.case_id == case_id)


def _row(given: Complaint) -> dict[str, Any]:
    row = {name: getattr(given, name) for name in _PLAIN}
    ruling = given.ruling
    return {
        **row,
        "cause": given.cause.value,
        "stage": given.stage.value,
        "outcome": ruling.outcome.value if ruling else None,
        "ruling_reason": ruling.reason if ruling else None,
        "ruled_by": ruling.by if ruling else None,
        "ruled_at": ruling.at if ruling else None,
        "ruling_final": ruling is not None and ruling.final,
        "caseless": not given.cases,
    }


def _ruling(row: Row) -> Ruling | None:
    if row.outcome is None:
        return None
    return Ruling(Outcome(row.outcome), row.ruling_reason, row.ruled_by, row.ruled_at, row.ruling_final)


def _entry(row: Row) -> Entry:
    return Entry(
        at=row.at,
        deed=Deed(row.deed),
        actor=row.actor,
        role=Role(row.role),
        from_stage=Stage(row.from_stage) if row.from_stage else None,
        to_stage=Stage(row.to_stage),
        version=row.version,
        detail=row.detail,
    )
