"""Versions of the rule book, and the merchant's exceptions to the calendar."""

from datetime import date, datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Connection

from backend.adapters.repositories.kept import run
from backend.adapters.repositories.upsert import insert_for
from backend.adapters.rule_tables import rule_book_period, rule_book_version, work_day
from backend.ports.rules import FILE, RuleBookPeriod

_AT = (
    select(rule_book_period)
    .where(rule_book_period.c.effective_from <= bindparam("at"))
    .order_by(rule_book_period.c.id.desc())
    .limit(1)
)
"""Kept, for every use of the rule book asks it, and building it takes longer than asking."""


class RuleBookTable:
    """Keeps `ports.RuleBooks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._found: dict[datetime, RuleBookPeriod | None] = {}

    def add(
        self,
        *,
        text: str,
        sha256: str,
        author: str,
        effective_from: datetime,
        note: str,
        source: str = FILE,
        follows: int | None = None,
    ) -> int:
        self._found.clear()
        insert = insert_for(self._connection, rule_book_version).values(
            text=text, sha256=sha256, author=author, effective_from=effective_from, note=note
        )
        self._connection.execute(insert.on_conflict_do_nothing(index_elements=["sha256"]))
        key = rule_book_version.c
        version: int = self._connection.execute(select(key.version).where(key.sha256 == sha256)).scalar_one()
        newest = self.newest_period() if follows is None else follows
        period = insert_for(self._connection, rule_book_period).values(
            version=version, effective_from=effective_from, source=source, follows=newest
        )
        # Each period follows another, and is the only one to do so: whoever was slower changes nothing.
        self._connection.execute(period.on_conflict_do_nothing(index_elements=["follows"]))
        return version

    def newest_period(self) -> int:
        found: int | None = self._connection.execute(select(func.max(rule_book_period.c.id))).scalar()
        return found or 0

    def newest_of_files(self) -> str | None:
        key = rule_book_period.c
        query = (
            select(rule_book_version.c.sha256)
            .join(rule_book_period, key.version == rule_book_version.c.version)
            .where(key.source == FILE)
            .order_by(key.id.desc())
            .limit(1)
        )
        found: str | None = self._connection.execute(query).scalar()
        return found

    def current_version(self, at: datetime) -> int | None:
        found = self.period_at(at)
        return None if found is None else found.version

    def period_at(self, at: datetime) -> RuleBookPeriod | None:
        """Asked once in a unit of work: moving a case asks for the rules before and after."""
        if at not in self._found:
            row = run(self._connection, _AT, {"at": at}).first()
            self._found[at] = None if row is None else RuleBookPeriod(row.id, row.version, row.told_to)
        return self._found[at]

    def mark_told(self, period_id: int, case_id: int) -> None:
        self._found.clear()
        key = rule_book_period.c
        further = (key.id == period_id) & (key.told_to < case_id)
        self._connection.execute(update(rule_book_period).where(further).values(told_to=case_id))

    def get(self, version: int) -> str | None:
        query = select(rule_book_version.c.text).where(rule_book_version.c.version == version)
        found: str | None = self._connection.execute(query).scalar()
        return found


class WorkDayTable:
    """Keeps `ports.WorkDays`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def overrides(self) -> dict[date, bool]:
        return {row.day: row.is_workday for row in self._connection.execute(select(work_day))}

    def put(self, day: date, is_workday: bool, note: str) -> None:
        insert = insert_for(self._connection, work_day).values(day=day, is_workday=is_workday, note=note)
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=["day"], set_={"is_workday": is_workday, "note": note})
        )
