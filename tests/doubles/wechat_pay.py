"""Plays WeChat Pay APIv3 on this machine: verifies what we sign over the raw body, signs what it answers."""

import gzip
import hashlib
import json
import re
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.domain.money import yuan
from backend.domain.workdays import MERCHANT_ZONE
from backend.settings import WeChatPaySettings
from tests.doubles.books import Books, Refund
from tests.doubles.http import Call, Hang, Reply, serving
from tests.doubles.keys import key_files, party

MCH_ID, SERIAL, PUBLIC_KEY_ID = "1900000109", "5F3A7B", "PUB_KEY_ID_0114232134912410000000000000"
APIV3_KEY = "0123456789abcdef0123456789abcdef"
REFUNDS = "/v3/refund/domestic/refunds"
NOTIFY_URL = "https://shop.example/webhooks/payments/wechat_pay"
ACCOUNT = "招商银行信用卡0403"
BEFORE = ("lose_call", "error")
AFTER = ("lose_answer", "error_after", "bad_signature", "no_signature", "old_signature", "tampered")
STATUS = {"success": "SUCCESS", "fail": "CLOSED", "abnormal": "ABNORMAL", "returned": "SUCCESS"}


def settings(folder: Path, url: str = "https://api.example", **changes: Any) -> WeChatPaySettings:
    """A merchant whom the double knows, with key files in a folder."""
    private, public = key_files(folder / "wechat_pay")
    made = WeChatPaySettings(MCH_ID, SERIAL, private, APIV3_KEY, PUBLIC_KEY_ID, public, NOTIFY_URL, url)
    return replace(made, **changes)


def environment(folder: Path) -> dict[str, str]:
    """The same as a process reads it."""
    made = settings(folder)
    named = {name.upper(): str(value) for name, value in vars(made).items()}
    return {f"ANXIN_WECHAT_PAY_{name}": value for name, value in named.items()}


def signed(body: bytes, *, by: str = "provider", age_seconds: int = 0) -> dict[str, str]:
    """The headers of an answer or a callback."""
    at, nonce = str(int(time.time()) - age_seconds), uuid4().hex
    return {
        "Wechatpay-Timestamp": at,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": party(by).sign(f"{at}\n{nonce}\n{body.decode()}\n".encode()),
        "Wechatpay-Serial": PUBLIC_KEY_ID,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


def callback(refund_no: str, status: str = "SUCCESS", amount_fen: int = 500, **changes: Any) -> bytes:
    """The body of a callback, its content encrypted; `changes` replace parts of the content."""
    content = {
        "mchid": MCH_ID,
        "out_trade_no": "T1",
        "out_refund_no": refund_no,
        "refund_id": "P1",
        "refund_status": status,
        "user_received_account": ACCOUNT,
        "amount": {"total": 1000, "refund": amount_fen, "payer_total": 1000, "payer_refund": amount_fen},
        **changes,
    }
    return envelope(json.dumps(content).encode(), f"EV-{refund_no}-{status}")


def envelope(content: bytes, notification_id: str, key: str = APIV3_KEY) -> bytes:
    nonce = uuid4().hex[:12]
    closed = AESGCM(key.encode()).encrypt(nonce.encode(), content, b"refund")
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "original_type": "refund",
        "nonce": nonce,
        "associated_data": "refund",
        "ciphertext": b64encode(closed).decode(),
    }
    sent = {"id": notification_id, "event_type": "REFUND.SUCCESS", "resource_type": "encrypt-resource"}
    return json.dumps({**sent, "resource": resource}).encode()


class WeChatPayDouble:
    """Its books and its server; faults are ordered by the refund's number. What was paid is what we say was paid."""

    def __init__(self) -> None:
        self.books = Books()
        self.calls: list[Call] = []
        self.foreign: dict[str, int] = {}
        """Refunds that somebody made by hand, in fen by number: yesterday's bill has them."""
        self.refuses_to_finish: set[str] = set()
        self.url = ""

    def answer(self, call: Call) -> Reply:
        self.calls.append(call)
        refusal = _refusal(call)
        if refusal:
            return _json(401, {"code": refusal, "message": "x"})
        path = urlsplit(call.path).path
        if path.startswith("/v3/bill/"):
            return self._bill(parse_qs(urlsplit(call.path).query)["bill_date"][0])
        if path.startswith("/v3/billdownload/"):
            return Reply(200, gzip.compress(self._bill_text()), {"Content-Type": "text/plain"})
        return self._refund_call(call, path)

    def _refund_call(self, call: Call, path: str) -> Reply:
        told = json.loads(call.body) if call.body else {}
        number = told.get("out_refund_no") or path.rsplit("/", 1)[1]
        before = self.books.fault(number, BEFORE)
        if before == "lose_call":
            raise Hang
        if before == "error":
            return _json(500, {"code": "SYSTEM_ERROR", "message": "x"})
        fault = self.books.fault(number, AFTER)
        status, content = self._content(call.method, path, number, told)
        if fault == "lose_answer":
            raise Hang
        if fault == "error_after":
            status, content = 500, {"code": "SYSTEM_ERROR", "message": "x"}
        return _misreported(fault, _signed_json(status, content))

    def _content(self, method: str, path: str, number: str, told: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        if path.endswith("/apply-abnormal-refund"):
            return self._finish(number, told["type"])
        if method == "POST":
            return self._create(number, told)
        refund = self.books.refunds.get(number)
        if refund is None:
            return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "x"}
        refund.settled = True
        return 200, _told(refund)

    def _create(self, number: str, told: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        amount = told["amount"]
        if told["notify_url"] != NOTIFY_URL or amount["currency"] != "CNY":
            return 400, {"code": "PARAM_ERROR", "message": "x"}
        refusal, _moved = self.books.enter(number, _payment(told), amount["refund"], amount["total"])
        if refusal == "discordant":
            return 400, {"code": "PARAM_ERROR", "message": "x"}
        if refusal:
            return 403, {"code": "NOT_ENOUGH", "message": "x"}
        return 200, _told(self.books.refunds[number])

    def _finish(self, number: str, kind: str) -> tuple[int, dict[str, Any]]:
        refund = self.books.refunds[number]
        if refund.outcome != "abnormal" or number in self.refuses_to_finish or kind != "MERCHANT_BANK_CARD":
            return 400, {"code": "INVALID_REQUEST", "message": "x"}
        refund.outcome, refund.settled = "returned", False
        return 200, _told(refund)

    def _bill(self, day: str) -> Reply:
        yesterday = (datetime.now(MERCHANT_ZONE) - timedelta(days=1)).date().isoformat()
        if day != yesterday:
            return _signed_json(400, {"code": "NO_STATEMENT_EXIST", "message": "x"})
        digest = hashlib.sha1(self._bill_text(), usedforsecurity=False).hexdigest()
        url = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc"
        return _signed_json(200, {"hash_type": "SHA1", "hash_value": digest, "download_url": url})

    def _bill_text(self) -> bytes:
        head = "交易时间,商户号,商户订单号,微信退款单号,商户退款单号,退款金额,退款状态,商品名称,申请退款金额"
        rows = [
            f"`2026-11-21 10:00:00,`{MCH_ID},`T1,`50300,`{number},`0.00,`SUCCESS,`cup, blue,`{yuan(fen)}"
            for number, fen in self.foreign.items()
        ]
        return "\r\n".join(["\ufeff" + head, *rows, "总交易单数,退款总金额", "`1,`5.00", ""]).encode()


@contextmanager
def running_wechat_pay() -> Iterator[WeChatPayDouble]:
    double = WeChatPayDouble()
    with serving(double.answer) as double.url:
        yield double


def _refusal(call: Call) -> str:
    """Why a call is not believed: who, when, and over what it is signed."""
    scheme, _, parts = call.headers.get("Authorization", "").partition(" ")
    given = dict(re.findall(r'(\w+)="([^"]*)"', parts))
    if scheme != "WECHATPAY2-SHA256-RSA2048" or (given["mchid"], given["serial_no"]) != (MCH_ID, SERIAL):
        return "MCH_NOT_EXISTS"
    if abs(time.time() - int(given["timestamp"])) > 300:
        return "SIGN_ERROR"
    lines = (call.method, call.path, given["timestamp"], given["nonce_str"], call.body.decode())
    content = "".join(f"{line}\n" for line in lines).encode()
    return "" if party("shop").has_signed(content, given["signature"]) else "SIGN_ERROR"


def _payment(told: Mapping[str, Any]) -> str:
    """Of the two numbers of a payment, the one that is given."""
    (number,) = [told[name] for name in ("transaction_id", "out_trade_no") if name in told]
    return str(number)


def _told(refund: Refund) -> dict[str, Any]:
    status = STATUS[refund.outcome] if refund.settled else "PROCESSING"
    return {
        "refund_id": refund.provider_no,
        "out_refund_no": refund.number,
        "out_trade_no": refund.payment_no,
        "channel": "ORIGINAL",
        "user_received_account": "商户结算银行账户" if refund.outcome == "returned" else ACCOUNT,
        "status": status,
        "amount": {"refund": refund.amount_fen, "currency": "CNY"},
    }


def _misreported(fault: str, reply: Reply) -> Reply:
    if fault == "tampered":
        return replace(reply, body=reply.body.replace(b'"PROCESSING"', b'"SUCCESS"'))
    if fault == "bad_signature":
        return replace(reply, headers={**reply.headers, **signed(reply.body, by="stranger")})
    if fault == "old_signature":
        return replace(reply, headers={**reply.headers, **signed(reply.body, age_seconds=400)})
    if fault == "no_signature":
        return replace(reply, headers={"Content-Type": "application/json"})
    return reply


def _json(status: int, content: Mapping[str, Any]) -> Reply:
    body = json.dumps(content, ensure_ascii=False).encode()
    return Reply(status, body, {"Content-Type": "application/json; charset=utf-8"})


def _signed_json(status: int, content: Mapping[str, Any]) -> Reply:
    reply = _json(status, content)
    return replace(reply, headers={**reply.headers, **signed(reply.body)})


def callback_of(refund_no: str, *, by: str = "provider", age_seconds: int = 0) -> tuple[dict[str, str], bytes]:
    """Headers and body of a callback that a refund of 5.00 is done."""
    body = callback(refund_no)
    return signed(body, by=by, age_seconds=age_seconds), body
