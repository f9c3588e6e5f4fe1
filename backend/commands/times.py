"""Times and amounts as the operator reads them, and as programs do."""

from datetime import datetime, timezone

from backend.domain.money import price
from backend.domain.workdays import MERCHANT_ZONE


def iso(time: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if time is None else time.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def local(time: datetime | None) -> str:
    """Day and minute in the merchant's zone."""
    return "-" if time is None else time.astimezone(MERCHANT_ZONE).strftime("%Y-%m-%d %H:%M")


def amount(fen: int | None) -> str:
    return "-" if fen is None else price(fen)
