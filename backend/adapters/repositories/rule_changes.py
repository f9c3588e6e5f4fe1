"""Changes of the rule book that wait for a second person, and the list of versions."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.engine import Connection, Row

from backend.adapters.repositories.rule_books import RuleBookTable
from backend.adapters.rule_change_tables import rule_change
from backend.adapters.rule_tables import rule_book_period, rule_book_version
from backend.domain.rule_change import ChangeState, RuleBookEdition, RuleChange
from backend.ports.rules import DESK


class RuleChangeTable:
    """Keeps `ports.rule_changes.RuleChanges`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, change: RuleChange) -> int:
        row = {key: value for key, value in vars(change).items() if key != "id"}
        done = self._connection.execute(rule_change.insert().values({**row, "state": change.state.value}))
        return int(done.inserted_primary_key[0])

    def get(self, change_id: int) -> RuleChange | None:
        row = self._connection.execute(select(rule_change).where(rule_change.c.id == change_id)).first()
        return None if row is None else _change(row)

    def newest(self, limit: int) -> list[RuleChange]:
        rows = self._connection.execute(select(rule_change).order_by(rule_change.c.id.desc()).limit(limit))
        return [_change(row) for row in rows]

    def decide(self, change_id: int, state: ChangeState, *, by: str, at: datetime, answer: str) -> bool:
        still_open = (rule_change.c.id == change_id) & (rule_change.c.state == ChangeState.OPEN.value)
        values = {"state": state.value, "decided_by": by, "decided_at": at, "answer": answer}
        return bool(self._connection.execute(update(rule_change).where(still_open).values(values)).rowcount)

    def put_in_force(self, change: RuleChange, sha256: str, *, approver: str, effective_from: datetime) -> int | None:
        version = RuleBookTable(self._connection).add(
            text=change.text,
            sha256=sha256,
            author=change.author,
            effective_from=effective_from,
            note=change.note,
            source=DESK,
            follows=change.follows,
        )
        period = rule_book_period.c
        ours = (period.follows == change.follows) & (period.version == version) & (period.source == DESK)
        if self._connection.execute(select(period.id).where(ours)).first() is None:
            return None
        mine = rule_change.c.id == change.id
        self._connection.execute(update(rule_change).where(mine).values(version=version))
        of_version = (rule_book_version.c.version == version) & rule_book_version.c.approver.is_(None)
        self._connection.execute(update(rule_book_version).where(of_version).values(approver=approver))
        return version

    def editions(self) -> list[RuleBookEdition]:
        version, period = rule_book_version.c, rule_book_period.c
        columns = (period.id, period.version, period.effective_from, period.source)
        query = (
            select(*columns, version.author, version.approver, version.note)
            .join_from(rule_book_period, rule_book_version, version.version == period.version)
            .order_by(period.id.desc())
        )
        return [RuleBookEdition(**row._mapping) for row in self._connection.execute(query)]


def _change(row: Row) -> RuleChange:
    return RuleChange(**{**row._mapping, "state": ChangeState(row.state)})
