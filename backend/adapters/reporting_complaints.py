"""Reports about complaints: what the database counts for them. A complaint belongs to the period it was opened in."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.engine import Connection

from backend.adapters.complaint_tables import complaint, complaint_event
from backend.adapters.reporting_times import COMPLAINTS, clock_row, plain, stays_row
from backend.adapters.repositories.drills import real_talk
from backend.domain.complaint import SETTLED, Deed, Outcome
from backend.domain.report import Period, Phase
from backend.ports.reports import Row

_KEY = complaint.c
_NUMBER = func.count().label("complaints")


class ComplaintReports:
    """The part of `ports.Reports` that is about complaints."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def complaints(self, period: Period) -> list[Row]:
        withdrawn = (
            select(complaint_event.c.id)
            .where(complaint_event.c.complaint_id == _KEY.id, complaint_event.c.deed == Deed.WITHDRAW.value)
            .exists()
        )
        query = (
            select(
                _KEY.cause,
                _NUMBER,
                _of(_KEY.stage.notin_([stage.value for stage in SETTLED])).label("complaints_open"),
                _of(_KEY.outcome.isnot(None)).label("complaints_ruled"),
                _of(_KEY.outcome == Outcome.SUPPORT.value).label("supported"),
                _of(_KEY.outcome == Outcome.PARTIAL.value).label("partly_supported"),
                _of(_KEY.outcome == Outcome.REJECT.value).label("not_supported"),
                _of(_KEY.escalated).label("escalated"),
                _of(withdrawn).label("withdrawn"),
            )
            .where(_opened(period))
            .group_by(_KEY.cause)
        )
        return self._rows(query.order_by(_NUMBER.desc(), _KEY.cause))

    def complaint_stages(self, period: Period) -> list[Row]:
        query = select(_KEY.stage, _NUMBER).where(_opened(period)).group_by(_KEY.stage)
        return self._rows(query.order_by(_NUMBER.desc(), _KEY.stage))

    def complaint_stays(self, period: Period, phase: Phase) -> Row:
        return stays_row(self._connection, _opened(period), phase, COMPLAINTS)

    def complaint_clock(self, period: Period, phase: Phase, now: datetime) -> Row:
        return clock_row(self._connection, _opened(period), phase, now, COMPLAINTS)

    def _rows(self, query: Any) -> list[Row]:
        return [plain(row) for row in self._connection.execute(query).mappings()]


def _opened(period: Period) -> Any:
    return and_(_KEY.opened_at >= period.since, _KEY.opened_at < period.until, real_talk(_KEY.conversation_id))


def _of(condition: Any) -> Any:
    """How many fulfil it."""
    return func.sum(case((condition, 1), else_=0))
