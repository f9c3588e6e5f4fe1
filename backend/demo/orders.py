"""The demo's orders, placed and signed for as long ago as the file says, whenever they are loaded."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from backend.adapters.order_feed import parse_orders
from backend.domain.order import FeedOrder
from backend.domain.workdays import MERCHANT_ZONE

FILE = Path(__file__).with_name("orders.csv")

_DAYS_AGO = re.compile(r"@-(\d+)d (\d\d):(\d\d)")
_HOURS_AGO = re.compile(r"@-(\d+)h")


def demo_orders(now: datetime) -> list[FeedOrder]:
    """`@-3d 10:00` in the file is ten o'clock in the merchant's zone three days ago, `@-5h` five hours ago."""
    local = now.astimezone(MERCHANT_ZONE).replace(microsecond=0)

    def days_ago(found: re.Match[str]) -> str:
        day = local - timedelta(days=int(found[1]))
        return day.replace(hour=int(found[2]), minute=int(found[3]), second=0).isoformat()

    def hours_ago(found: re.Match[str]) -> str:
        return (local - timedelta(hours=int(found[1]))).isoformat()

    text = _HOURS_AGO.sub(hours_ago, _DAYS_AGO.sub(days_ago, FILE.read_text("utf-8")))
    return parse_orders(text, file=str(FILE))
