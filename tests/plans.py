"""What PostgreSQL does for each statement that is asked of it: the steps of its plan, and which read a whole table."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

from backend.adapters.tables import metadata

_BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
FEW_PAGES = 50
"""As the planner counts: what lies on so few is read from end to end as quickly as by an index."""
_PARTIAL = {
    index.name
    for table in metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["postgresql"]["where"] is not None
}


@dataclass(frozen=True)
class Step:
    """One step of a plan: the table and the index it reads, if it does, and whether that is all of them."""

    table: str | None
    index: str | None
    reads_all: bool


@dataclass
class Plans:
    """The statements that were asked while somebody watched, and how the database goes about them."""

    url: str
    _asked: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note every statement that is asked in this block: of those that are alike the first."""
        event.listen(Engine, "before_cursor_execute", self._note)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", self._note)

    def steps(self) -> Iterator[tuple[str, list[Step]]]:
        """Each statement with the steps of its plan; pages cost what they cost on solid-state disks."""
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SET random_page_cost = 1.1")
                for statement, parameters in self._asked.items():
                    explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar()
                    yield statement, list(_steps(explained[0]["Plan"], limited=False))
        finally:
            engine.dispose()

    def _note(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.split(None, 1)[0] in {"SELECT", "UPDATE", "DELETE", "WITH"} and not many:
            self._asked.setdefault(statement, parameters)


def _steps(plan: dict[str, Any], *, limited: bool) -> Iterator[Step]:
    limited = limited or plan["Node Type"] == "Limit"
    yield Step(plan.get("Relation Name"), plan.get("Index Name"), _reads_all(plan, limited=limited))
    for below in plan.get("Plans", ()):
        yield from _steps(below, limited=limited and plan["Node Type"] not in {"Sort", "Aggregate", "Hash"})


def _reads_all(plan: dict[str, Any], *, limited: bool) -> bool:
    if plan["Node Type"] == "Seq Scan":
        return bool(plan["Total Cost"] > FEW_PAGES)
    goes_by = "Index Cond" in plan or plan.get("Index Name") in _PARTIAL
    return plan["Node Type"] in _BY_INDEX and not goes_by and not limited
