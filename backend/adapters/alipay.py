"""Refunds through Alipay's open platform, by `python-alipay-sdk`: calls and notifications.

Only what Alipay's key has signed is believed. The library puts everything into the address of a GET and counts braces
to find what is signed, so the calls are made here, by POST.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import requests
from alipay import AliPay
from alipay.exceptions import AliPayException

from backend.adapters.payment_keys import read_private_key, read_public_key
from backend.domain.money import yuan
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.domain.workdays import MERCHANT_ZONE
from backend.errors import GatewayRefused, GatewayUnreachable, NotificationRefused
from backend.ports.payments import Notification
from backend.settings import ALIPAY, AlipaySettings

OLDEST = timedelta(minutes=5)
TIMEOUT_SECONDS = (2.0, 5.0)
"""To connect, and between two bytes of the answer."""

TIME = "%Y-%m-%d %H:%M:%S"
"""How Alipay writes times, in the merchant's zone."""

_YUAN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")

UNDERSTOOD = "10000"
"""The call was understood, no more: whether money moved is told by other fields."""

UNAVAILABLE = "20000"
SYSTEM_ERROR = "SYSTEM_ERROR"
"""How the code of an error ends after which Alipay itself does not know the outcome."""

NO_TRADE = "ACQ.TRADE_NOT_EXIST"
NO_REFUND = "REFUND_NOT_EXIST"


class Alipay:
    """Keeps `ports.PaymentGateway`. A leg's `payment_no` is what the setting of that name says.

    One instance serves many threads. The constructor raises SettingsError for a key file that is no use; nothing is
    called before the first refund.
    """

    name = "alipay"
    whole_ledger = False

    def __init__(self, settings: AlipaySettings, timeout: tuple[float, float] = TIMEOUT_SECONDS) -> None:
        private_key = read_private_key(f"{ALIPAY}KEY_FILE", settings.key_file)
        public_key = read_public_key(f"{ALIPAY}PUBLIC_KEY_FILE", settings.public_key_file, not_of=private_key)
        self._app_id, self._payment_no = settings.app_id, settings.payment_no
        self._client = _SignedCalls(
            settings.app_id, app_private_key_string=private_key, alipay_public_key_string=public_key
        )
        self._client.url, self._client.timeout = settings.url, timeout

    def refund(self, leg: RefundLeg) -> RefundAnswer:
        """SUCCESS only where money has moved by this very call (`fund_change` Y); else it is asked about."""
        call, payment = self._client.api_alipay_trade_refund, {self._payment_no: leg.payment_no}
        content = self._call(leg, call, yuan(leg.amount_fen), out_request_no=leg.refund_no, **payment)
        if content["code"] != UNDERSTOOD:
            raise GatewayRefused(self.name, leg.refund_no, _reason(content)[:64])
        if content.get(self._payment_no) != leg.payment_no:
            raise self._unreachable(leg, f"the answer is about the payment {content.get(self._payment_no)}")
        moved = content.get("fund_change") == "Y"
        return RefundAnswer(
            refund_no=leg.refund_no,
            state=LegState.SUCCESS if moved else LegState.PROCESSING,
            amount_fen=leg.amount_fen,  # the answer tells only the sum of all refunds of the payment
            provider_no=str(content.get("trade_no") or ""),
            account=str(content.get("buyer_logon_id") or "") if moved else "",
        )

    def query(self, leg: RefundLeg) -> RefundAnswer | None:
        call = self._client.api_alipay_trade_fastpay_refund_query
        content = self._call(leg, call, leg.refund_no, **{self._payment_no: leg.payment_no})
        if _reason(content) == NO_TRADE:
            return None
        if content["code"] != UNDERSTOOD:
            raise self._unreachable(leg, f"answered {_reason(content)}")
        if "refund_status" not in content and "refund_amount" not in content:
            return None
        if content.get("out_request_no") != leg.refund_no:
            raise self._unreachable(leg, f"the answer is about {content.get('out_request_no')}")
        done = content.get("refund_status") == "REFUND_SUCCESS"
        try:
            amount_fen = _fen(content["refund_amount"])
        except (ValueError, KeyError) as exc:
            raise self._unreachable(leg, "the answer cannot be read") from exc
        return RefundAnswer(
            refund_no=leg.refund_no,
            state=LegState.SUCCESS if done else LegState.PROCESSING,
            amount_fen=amount_fen,
            provider_no=str(content.get("trade_no") or ""),
        )

    def finish(self, leg: RefundLeg) -> RefundAnswer:
        """Alipay holds no refund half done, so there is nothing to finish: how it stands."""
        found = self.query(leg)
        if found is None:
            raise GatewayRefused(self.name, leg.refund_no, NO_REFUND)
        return found

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
        """A notification of a trade that names a refund; its amount is the sum of all refunds of the payment.

        So of a second partial refund it is another than ours, and merely makes us ask.
        """
        try:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        except UnicodeDecodeError as exc:
            raise NotificationRefused("forged") from exc
        if not self._client.has_signed(fields) or fields.get("app_id") != self._app_id:
            raise NotificationRefused("forged")
        try:
            sent = datetime.strptime(fields["notify_time"], TIME).replace(tzinfo=MERCHANT_ZONE)
            if abs(now - sent) > OLDEST:
                raise NotificationRefused("stale")
            return Notification(sha256(fields["notify_id"].encode()).hexdigest(), _told_by(fields))
        except (ValueError, KeyError) as exc:
            raise NotificationRefused("unreadable") from exc

    def ledger(self, since: datetime, until: datetime) -> list[RefundAnswer] | None:
        """Nothing: Alipay's bill is a spreadsheet for people. So each of our refunds is asked about, and one that is
        not ours is found only by people.
        """
        return []

    def _call(self, leg: RefundLeg, call: Callable[..., Any], *arguments: Any, **named: Any) -> dict[str, Any]:
        """The content of an answer that Alipay has signed, whatever its code."""
        try:
            content = call(*arguments, **named)
            code, reason = content["code"], _reason(content)
        except (requests.RequestException, ValueError, KeyError, TypeError) as exc:
            raise self._unreachable(leg, str(exc)) from exc
        if code == UNAVAILABLE or reason.endswith(SYSTEM_ERROR):
            raise self._unreachable(leg, f"answered {reason}")
        return dict(content)

    def _unreachable(self, leg: RefundLeg, message: str) -> GatewayUnreachable:
        return GatewayUnreachable(self.name, leg.refund_no, message)


class _SignedCalls(AliPay):  # type: ignore[misc]
    """The library's methods and signatures, over calls of our own."""

    url: str
    timeout: tuple[float, float]

    def build_body(self, method: str, biz_content: Any = None, **more: Any) -> dict[str, Any]:
        """In Alipay's time: the library takes this machine's zone for it."""
        now = datetime.now(MERCHANT_ZONE).strftime(TIME)
        return dict(super().build_body(method, biz_content, **{**more, "timestamp": now}))

    def verified_sync_response(self, data: dict[str, Any], response_type: str) -> Any:
        """Raises requests.RequestException, or ValueError for an answer that Alipay has not signed."""
        answer = requests.post(
            self.url,
            params={"charset": "utf-8"},
            data=self.sign_data(data),
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8", "User-Agent": "anxin"},
            timeout=self.timeout,
            allow_redirects=False,
        )
        answer.raise_for_status()
        text = answer.content.decode()
        told = json.loads(text)
        if not isinstance(told, dict) or not isinstance(told.get("sign"), str):
            raise ValueError(f"the answer is not signed: {_unsigned_reason(told, response_type)}")
        signed = _signed_part(text, response_type)
        if not self._verify(signed, told["sign"]):
            raise ValueError("the answer's signature is wrong")
        return json.loads(signed, parse_float=str)

    def has_signed(self, fields: Mapping[str, str]) -> bool:
        rest = {name: value for name, value in fields.items() if name != "sign"}
        try:
            return bool(self.verify(rest, fields.get("sign", "")))
        except (ValueError, AliPayException):
            return False


def _signed_part(text: str, response_type: str) -> str:
    """The object under that name as it was written. Raises ValueError where there is none."""
    start = text.index("{", text.index(f'"{response_type}"'))
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end]


def _unsigned_reason(told: Any, response_type: str) -> str:
    """What Alipay objects to, for the operator's eyes: a wrong key or application is told without a signature."""
    parts = [told.get(name) for name in (response_type, "error_response")] if isinstance(told, dict) else []
    return next((_reason(part) for part in parts if isinstance(part, dict)), "")


def _reason(content: Mapping[str, Any]) -> str:
    return str(content.get("sub_code") or content.get("code") or "")


def _told_by(fields: Mapping[str, str]) -> RefundAnswer:
    """Raises KeyError or ValueError where a notification is about no refund."""
    return RefundAnswer(
        refund_no=fields["out_biz_no"],
        state=LegState.SUCCESS if fields.get("gmt_refund") else LegState.PROCESSING,
        amount_fen=_fen(fields["refund_fee"]),
        provider_no=fields.get("trade_no", ""),
        account=fields.get("buyer_logon_id", ""),
    )


def _fen(amount: Any) -> int:
    """Yuan as Alipay writes them ("12.3", "12.30", "12"). Raises ValueError for anything else."""
    found = _YUAN.fullmatch(str(amount))
    if found is None:
        raise ValueError(f"{str(amount)[:40]!r} is not an amount in yuan")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
