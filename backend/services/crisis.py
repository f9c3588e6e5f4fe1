"""The crisis signal: many cases of one reason with one product in a short time (rule book 10, `crisis`)."""

from datetime import datetime, timedelta
from typing import Any

from backend.domain.case import Role
from backend.domain.report import Period
from backend.domain.work import Alert
from backend.domain.workdays import local_day
from backend.ports import UnitOfWork, World

KIND = "crisis"


def watch_for_crises(world: World) -> int:
    """Alert the managers (N12) to every cause with `crisis.volume_threshold` cases; returns how many alerts are new.

    Each cause is alerted once a day of the merchant's zone, on its newest case.
    """
    now = world.clock.now()
    threshold = world.rule_book(now).rules.crisis.volume_threshold
    period = Period(KIND, now - timedelta(hours=threshold.hours), now + timedelta(microseconds=1))
    with world.read() as work:
        causes = work.reports.causes(period, threshold.cases)
    if not causes:
        return 0
    with world.write() as work:
        raised = sum(_alert(work, cause, period, now) for cause in causes)
        work.commit()
    return raised


def _alert(work: UnitOfWork, cause: dict[str, Any], period: Period, now: datetime) -> bool:
    case_id = work.reports.newest_case(cause["reason"], cause["sku"], period.since)
    if case_id is None:  # all were withdrawn into drafts meanwhile
        return False
    told = {"about": KIND, **{name: cause[name] for name in ("reason", "sku", "product", "cases")}}
    key = f"{KIND}:{local_day(now)}:{cause['reason']}:{cause['sku']}"
    return work.alerts.add(Alert(case_id, KIND, Role.MANAGER, key, now, None, told))
