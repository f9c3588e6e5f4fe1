"""Versions of the rule book, and the merchant's exceptions to the calendar."""

from datetime import date, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.engine import Connection

from backend.adapters.repositories.upsert import insert_for
from backend.adapters.tables import rule_book_version, work_day


class RuleBookTable:
    """Keeps `ports.RuleBooks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, *, text: str, sha256: str, author: str, effective_from: datetime, note: str) -> int:
        insert = insert_for(self._connection, rule_book_version).values(
            text=text, sha256=sha256, author=author, effective_from=effective_from, note=note
        )
        self._connection.execute(insert.on_conflict_do_nothing(index_elements=["sha256"]))
        return cast(int, self.version_of(sha256))

    def version_of(self, sha256: str) -> int | None:
        key = rule_book_version.c
        found: int | None = self._connection.execute(select(key.version).where(key.sha256 == sha256)).scalar()
        return found

    def current_version(self, at: datetime) -> int | None:
        key = rule_book_version.c
        query = (
            select(key.version)
            .where(key.effective_from <= at)
            .order_by(key.effective_from.desc(), key.version.desc())
            .limit(1)
        )
        found: int | None = self._connection.execute(query).scalar()
        return found

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
