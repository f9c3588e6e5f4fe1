"""What was said long ago."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, select, type_coerce, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from backend.adapters.columns import UtcTime
from backend.adapters.complaint_tables import complaint
from backend.adapters.ownership_tables import conversation_note, handback, reply_draft
from backend.adapters.repositories.privacy import UNSAID, worded
from backend.adapters.tables import after_sales_case, button, conversation, dialogue_event, handoff, message
from backend.domain.case import State
from backend.domain.complaint import Stage
from backend.domain.erasing import FORGOTTEN

_CHANGED = {
    message: {
        **UNSAID,
        "text": FORGOTTEN,
        "error": worded(message.c.error, FORGOTTEN),
        "dedupe_key": message.c.dedupe_key,
    },
    conversation_note: {"text": FORGOTTEN},
    handoff: {"summary": {}, "comment": worded(handoff.c.comment, FORGOTTEN)},
    handback: {"note": worded(handback.c.note, FORGOTTEN), "slots": {}},
}


class TranscriptTable:
    """Keeps `ports.privacy.Transcripts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def quiet(self, before: datetime, limit: int) -> list[str]:
        query = _quiet(before).order_by(conversation.c.id).limit(limit)
        return list(self._connection.execute(query).scalars())

    def is_quiet(self, conversation_id: str, before: datetime) -> bool:
        query = _quiet(before).where(conversation.c.id == conversation_id)
        return self._connection.execute(query).first() is not None

    def forget(self, conversation_ids: Sequence[str]) -> None:
        for table, changes in _CHANGED.items():
            self._connection.execute(update(table).where(table.c.conversation_id.in_(conversation_ids)).values(changes))
        for table in (button, dialogue_event, reply_draft):
            self._connection.execute(delete(table).where(table.c.conversation_id.in_(conversation_ids)))
        key = conversation.c
        self._connection.execute(
            update(conversation).where(key.id.in_(conversation_ids)).values(forgotten_seq=key.last_seq)
        )


def _quiet(before: datetime) -> Select:
    key, case = conversation.c, after_sales_case.c
    last = type_coerce(func.coalesce(key.last_customer_at, key.opened_at), UtcTime)
    under_way = (
        exists().where(case.conversation_id == key.id, case.state != State.CLOSED.value),
        exists().where(complaint.c.conversation_id == key.id, complaint.c.stage != Stage.CLOSED.value),
        exists().where(handoff.c.conversation_id == key.id, handoff.c.closed_at.is_(None)),
        exists().where(message.c.conversation_id == key.id, message.c.at >= before),
    )
    said = (key.erased_at.is_(None), key.last_seq > key.forgotten_seq)
    return select(key.id).where(*said, last < before, *(~each for each in under_way))
