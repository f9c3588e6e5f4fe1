"""WeChat Pay's refund bill of a day: a packed CSV whose columns are named in Chinese and whose values begin with `.

Source: WeChat Pay merchant documentation, "download of the trade bill", bill type REFUND.
"""

import gzip
import hashlib
from itertools import takewhile

from backend.domain.money import parse_yuan
from backend.domain.refund_leg import LegState, RefundAnswer

NUMBER, PROVIDER_NO, ASKED, STATUS = "商户退款单号", "微信退款单号", "申请退款金额", "退款状态"
SUMMARY = "总交易单数"
STATES = {"SUCCESS": LegState.SUCCESS, "FAIL": LegState.FAILED, "CHANGE": LegState.ABNORMAL}
"""Of that day; anything else is on its way."""


def read_bill(packed: bytes, sha1: str) -> list[RefundAnswer]:
    """The refunds in a bill. Raises ValueError when it is not the bill that was promised, or cannot be read."""
    try:
        bill = gzip.decompress(packed)
    except (OSError, EOFError) as exc:
        raise ValueError("the bill cannot be unpacked") from exc
    if hashlib.sha1(bill, usedforsecurity=False).hexdigest() != sha1.lower():
        raise ValueError("the bill is not the one that was promised")
    head, *rows = bill.decode("utf-8-sig").splitlines()
    columns = head.split(",")
    refunds = takewhile(lambda row: not row.startswith(SUMMARY), rows)
    return [_entry(dict(zip(columns, row[1:].split(",`"), strict=True))) for row in refunds if row]


def _entry(row: dict[str, str]) -> RefundAnswer:
    missing = {NUMBER, PROVIDER_NO, ASKED, STATUS} - row.keys()
    if missing:
        raise ValueError(f"the bill has no column {', '.join(sorted(missing))}")
    return RefundAnswer(
        refund_no=row[NUMBER],
        state=STATES.get(row[STATUS], LegState.PROCESSING),
        amount_fen=parse_yuan(row[ASKED]),
        provider_no=row[PROVIDER_NO],
    )
