"""Order files as shops export them: a header, and rows of which a test changes what it is about."""

import csv
from io import StringIO

from backend.adapters.order_feed import HEADER

ROW = {
    "order_no": "A1001",
    "status": "signed",
    "placed_at": "2026-11-10T20:15:00+08:00",
    "shipped_at": "2026-11-11T10:30:00+08:00",
    "signed_at": "2026-11-20T12:05:00+08:00",
    "buyer_name": "王小明",
    "buyer_phone": "13800006688",
    "line_no": "1",
    "sku": "CUP",
    "title": "手冲咖啡杯",
    "category": "家居",
    "quantity": "2",
    "unit_price": "50.00",
    "line_discount": "0.00",
    "order_discount": "0.00",
    "coupon_code": "",
    "coupon_amount": "0.00",
    "points_used": "0",
    "shipping_fee": "0.00",
    "payments": "wechat:W1:100.00",
    "amount_paid": "100.00",
}
"""Two cups for 100.00, signed for, paid by WeChat."""


def a_feed(*changes: dict[str, str], header: tuple[str, ...] = HEADER) -> str:
    """A file with a row for each dictionary of changes to `ROW`; one unchanged row without any."""
    buffer = StringIO()
    writer = csv.DictWriter(buffer, header, extrasaction="ignore", restval="?", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**ROW, **change} for change in changes or ({},))
    return buffer.getvalue()
