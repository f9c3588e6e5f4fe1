"""The newest rows of what open pages show."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from backend.adapters.ownership_tables import conversation_note
from backend.adapters.tables import after_sales_case, case_event, conversation, handoff, handoff_event, message
from backend.domain.conversation import Mode
from backend.ports.changes import Newest, Row

_WATCHED = (message, handoff_event, case_event, conversation_note)
_NOBODYS = (Mode.BOT.value, Mode.CLOSED.value)
"""Modes in which a message concerns no list of the desk."""


class LatestRowsTable:
    """Keeps `ports.LatestRows`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self) -> Newest:
        highest = (select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery() for table in _WATCHED)
        return tuple(int(number) for number in self._connection.execute(select(*highest)).one())

    def rows_after(self, numbers: Newest) -> Mapping[Row, frozenset[str]]:
        messages, handoffs, cases, notes = numbers
        return {
            **self._messages(messages),
            **self._handoffs(handoffs),
            **self._cases(cases),
            **self._notes(notes),
        }

    def _messages(self, number: int) -> dict[Row, frozenset[str]]:
        query = (
            select(message.c.id, message.c.conversation_id, conversation.c.mode)
            .join_from(message, conversation, conversation.c.id == message.c.conversation_id)
            .where(message.c.id > number)
        )
        return {
            ("message", row.id): frozenset({f"talk-{row.conversation_id}"} | ({"queue"} - _quiet(row.mode)))
            for row in self._connection.execute(query)
        }

    def _handoffs(self, number: int) -> dict[Row, frozenset[str]]:
        query = (
            select(handoff_event.c.id, handoff.c.conversation_id)
            .join_from(handoff_event, handoff, handoff.c.id == handoff_event.c.handoff_id)
            .where(handoff_event.c.id > number)
        )
        found = self._connection.execute(query)
        return {("handoff", row.id): frozenset({"queue", f"talk-{row.conversation_id}"}) for row in found}

    def _cases(self, number: int) -> dict[Row, frozenset[str]]:
        query = (
            select(case_event.c.id, after_sales_case.c.case_no)
            .join_from(case_event, after_sales_case, after_sales_case.c.id == case_event.c.case_id)
            .where(case_event.c.id > number, after_sales_case.c.case_no.is_not(None))
        )
        found = self._connection.execute(query)
        return {("case", row.id): frozenset({"cases", f"case-{row.case_no}"}) for row in found}

    def _notes(self, number: int) -> dict[Row, frozenset[str]]:
        key = conversation_note.c
        found = self._connection.execute(select(key.id, key.conversation_id).where(key.id > number))
        return {("note", row.id): frozenset({f"talk-{row.conversation_id}"}) for row in found}


def _quiet(mode: str) -> set[str]:
    return {"queue"} if mode in _NOBODYS else set()
