"""When customers are left in peace: hours of the day in the merchant's zone (rule book, `notify.quiet_hours`)."""

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from backend.domain.workdays import MERCHANT_ZONE


def when_awake(moment: datetime, quiet_from: int, quiet_to: int, zone: ZoneInfo = MERCHANT_ZONE) -> datetime:
    """The moment itself outside the quiet hours, else when they end; aware UTC. They may span midnight (22 to 8)."""
    local = moment.astimezone(zone)
    spans_midnight = quiet_from > quiet_to
    late, early = local.hour >= quiet_from, local.hour < quiet_to
    if not (late or early if spans_midnight else late and early):
        return moment.astimezone(timezone.utc)
    day = local.date() + timedelta(days=1 if spans_midnight and late else 0)
    return datetime.combine(day, time(quiet_to), tzinfo=zone).astimezone(timezone.utc)
