"""Plays Alipay's open platform on this machine: verifies what we sign, signs what it answers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from backend.domain.money import parse_yuan, yuan
from backend.domain.workdays import MERCHANT_ZONE
from backend.settings import AlipaySettings
from tests.doubles.books import Books
from tests.doubles.http import Call, Hang, Reply, serving
from tests.doubles.keys import key_files, party

APP_ID = "2021001122334455"
BUYER = "159****5620"
BEFORE = ("lose_call", "error")
AFTER = ("lose_answer", "error_after", "bad_signature", "no_signature", "tampered", "system_error")
TIME = "%Y-%m-%d %H:%M:%S"


def settings(folder: Path, url: str = "https://openapi.example/gateway.do", **changes: Any) -> AlipaySettings:
    """An application that the double knows, with key files in a folder."""
    private, public = key_files(folder / "alipay")
    return replace(AlipaySettings(APP_ID, private, public, url), **changes)


def environment(folder: Path) -> dict[str, str]:
    """The same as a process reads it."""
    return {f"ANXIN_ALIPAY_{name.upper()}": str(value) for name, value in vars(settings(folder)).items()}


def notification(refund_no: str, refund_fee: str = "5.00", *, age_seconds: int = 0, **changes: str) -> dict[str, str]:
    """The fields of a notification that a refund is done, not yet signed."""
    at = (datetime.now(MERCHANT_ZONE) - timedelta(seconds=age_seconds)).strftime(TIME)
    return {
        "notify_type": "trade_status_sync",
        "notify_id": f"ac05099524730693a8b330c5ecf72da9786-{refund_no}",
        "notify_time": at,
        "app_id": APP_ID,
        "charset": "utf-8",
        "version": "1.0",
        "trade_no": "2026112222001404831000000001",
        "out_trade_no": "T1",
        "out_biz_no": refund_no,
        "trade_status": "TRADE_SUCCESS",
        "refund_fee": refund_fee,
        "gmt_refund": f"{at}.123",
        "buyer_logon_id": BUYER,
        "passback_params": "",
        **changes,
    }


def posted(fields: Mapping[str, str], *, by: str = "provider") -> bytes:
    """Fields as Alipay posts them, signed."""
    content = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return urlencode({**fields, "sign": party(by).sign(content.encode()), "sign_type": "RSA2"}).encode()


class AlipayDouble:
    """Its books and its server; faults are ordered by the refund's number. Every payment was of `paid_fen`."""

    def __init__(self, paid_fen: int) -> None:
        self._paid_fen = paid_fen
        self.books = Books()
        self.calls: list[Call] = []
        self.url = ""

    def answer(self, call: Call) -> Reply:
        self.calls.append(call)
        given = {**dict(parse_qsl(urlsplit(call.path).query)), **dict(parse_qsl(call.body.decode()))}
        content = json.loads(given["biz_content"])
        name = f"{given['method'].replace('.', '_')}_response"
        refusal = _refusal(given)
        if refusal:
            body = {name: {"code": "40002", "msg": "Invalid Arguments", "sub_code": refusal}}
            return Reply(200, json.dumps(body).encode())
        number = content["out_request_no"]
        before = self.books.fault(number, BEFORE)
        if before == "lose_call":
            raise Hang
        if before == "error":
            return Reply(502, b"<html>}{</html>")
        return self._answered(name, number, content)

    def _answered(self, name: str, number: str, content: Mapping[str, str]) -> Reply:
        fault = self.books.fault(number, AFTER)
        told = self._refund(number, content) if "refund_amount" in content else self._query(number)
        if fault == "lose_answer":
            raise Hang
        if fault == "error_after":
            return Reply(500, b"<html>}{</html>")
        if fault == "system_error":
            told = {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.SYSTEM_ERROR"}
        return _signed(name, told, fault)

    def _refund(self, number: str, content: Mapping[str, str]) -> dict[str, str]:
        amount_fen = parse_yuan(content["refund_amount"])
        refusal, moved = self.books.enter(number, _payment(content), amount_fen, self._paid_fen)
        if refusal == "discordant":
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.DISCORDANT_REPEAT_REQUEST"}
        if refusal:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"}
        refund = self.books.refunds[number]
        if refund.outcome != "success":
            del self.books.refunds[number]
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"}
        return {
            "code": "10000",
            "msg": "Success",
            "buyer_logon_id": BUYER,
            "fund_change": "Y" if moved else "N",
            **_numbers(content),
            "refund_fee": yuan(sum(self.books.paid().values())),
            "msg_with_braces": '}"{',
        }

    def _query(self, number: str) -> dict[str, str]:
        refund = self.books.refunds.get(number)
        if refund is None:
            return {"code": "10000", "msg": "Success"}
        return {
            "code": "10000",
            "msg": "Success",
            "out_request_no": number,
            "out_trade_no": refund.payment_no,
            "trade_no": "2026112222001404831000000001",
            "refund_amount": yuan(refund.amount_fen),
            "refund_status": "REFUND_SUCCESS",
        }


@contextmanager
def running_alipay(paid_fen: int = 10000) -> Iterator[AlipayDouble]:
    double = AlipayDouble(paid_fen)
    with serving(double.answer) as address:
        double.url = f"{address}/gateway.do"
        yield double


def _payment(content: Mapping[str, str]) -> str:
    """Of the two numbers of a payment, the one that is given; the other is made of it."""
    (number,) = [content[name] for name in ("trade_no", "out_trade_no") if name in content]
    return number


def _numbers(content: Mapping[str, str]) -> dict[str, str]:
    number = _payment(content)
    return {
        "out_trade_no": f"T-{number}",
        "trade_no": "2026112222001404831000000001",
        **{name: number for name in ("trade_no", "out_trade_no") if name in content},
    }


def _refusal(given: Mapping[str, str]) -> str:
    """Why a call is not believed: who, when, and over what it is signed."""
    signed = {name: value for name, value in given.items() if name != "sign" and value}
    content = "&".join(f"{name}={value}" for name, value in sorted(signed.items()))
    if given["app_id"] != APP_ID:
        return "isv.invalid-app-id"
    if not party("shop").has_signed(content.encode(), given["sign"]):
        return "isv.invalid-signature"
    at = datetime.strptime(given["timestamp"], TIME).replace(tzinfo=MERCHANT_ZONE)
    return "" if abs(datetime.now(MERCHANT_ZONE) - at) < timedelta(minutes=5) else "isv.invalid-timestamp"


def _signed(name: str, told: Mapping[str, str], fault: str) -> Reply:
    content = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    sign = party("stranger" if fault == "bad_signature" else "provider").sign(content.encode())
    if fault == "tampered":
        content = content.replace("Success", "Success!")
    tail = "" if fault == "no_signature" else f',"sign":"{sign}"'
    return Reply(200, f'{{"{name}":{content}{tail}}}'.encode(), {"Content-Type": "text/html;charset=utf-8"})


def callback_of(refund_no: str, *, by: str = "provider", age_seconds: int = 0) -> tuple[dict[str, str], bytes]:
    """Headers and body of a notification that a refund of 5.00 is done."""
    return {}, posted(notification(refund_no, age_seconds=age_seconds), by=by)
