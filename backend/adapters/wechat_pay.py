"""Refunds through WeChat Pay APIv3, by `wechatpayv3` in public-key mode: calls, callbacks, the bills of past days.

Only what WeChat Pay's key has signed within five minutes is believed, a refusal or "not found" too: it signs every
answer to a call whose own signature was right. The library verifies successes only, asks the network for
certificates when a stranger names another serial number, and has no timeout, so the calls are made here.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from wechatpayv3 import WeChatPay as Client
from wechatpayv3 import WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import aes_decrypt, build_authorization

from backend.adapters.payment_keys import read_private_key, read_public_key
from backend.adapters.wechat_pay_bill import read_bill
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.domain.workdays import MERCHANT_ZONE
from backend.errors import GatewayRefused, GatewayUnreachable, NotificationRefused
from backend.ports.payments import Notification
from backend.settings import WECHAT_PAY, WeChatPaySettings

OLDEST = timedelta(minutes=5)
TIMEOUT_SECONDS = (2.0, 5.0)
"""To connect, and between two bytes of the answer."""

ALGORITHM = "WECHATPAY2-SHA256-RSA2048"
STATES = {
    "PROCESSING": LegState.PROCESSING,
    "SUCCESS": LegState.SUCCESS,
    "CLOSED": LegState.FAILED,
    "ABNORMAL": LegState.ABNORMAL,
}
REFUSALS = (400, 403, 404)
"""Statuses of a definite no; 401 comes without signature, 429 and 5xx leave it open."""

NOT_KNOWN = (404, "RESOURCE_NOT_EXISTS")
NO_BILL = ("NO_STATEMENT_EXIST", "STATEMENT_CREATING")
BILLS_KEPT = timedelta(days=90)
"""WeChat Pay gives bills of the last three months, each from ten o'clock of the next day."""

MERCHANTS_ACCOUNT = "商户"
"""How `user_received_account` begins when an abnormal refund has gone back to the merchant, not to the customer."""

RETURNED = "RETURNED_TO_MERCHANT"


class WeChatPay:
    """Keeps `ports.PaymentGateway`. A leg's `payment_no` is what the setting of that name says.

    One instance serves many threads. The constructor raises SettingsError for a key file that is no use; nothing is
    called before the first refund.
    """

    name = "wechat_pay"
    whole_ledger = False

    def __init__(self, settings: WeChatPaySettings, timeout: tuple[float, float] = TIMEOUT_SECONDS) -> None:
        private_key = read_private_key(f"{WECHAT_PAY}KEY_FILE", settings.key_file)
        public_key = read_public_key(f"{WECHAT_PAY}PUBLIC_KEY_FILE", settings.public_key_file, not_of=private_key)
        keys = {"public_key": public_key, "public_key_id": settings.public_key_id}
        self._settings = settings
        self._core = _SignedCalls(
            settings.mch_id, settings.serial, private_key, settings.apiv3_key, timeout=timeout, **keys
        )
        self._core.url = settings.url
        self._client = Client(
            WeChatPayType.NATIVE,
            settings.mch_id,
            private_key,
            settings.serial,
            appid="",  # refunds go by the merchant's number
            apiv3_key=settings.apiv3_key,
            notify_url=settings.notify_url,
            **keys,
        )
        self._client._core = self._core

    def refund(self, leg: RefundLeg) -> RefundAnswer:
        amount = {"refund": leg.amount_fen, "total": leg.paid_fen, "currency": "CNY"}
        payment = {self._settings.payment_no: leg.payment_no}
        return self._told(leg, *self._call(leg.refund_no, self._client.refund, leg.refund_no, amount, **payment))

    def query(self, leg: RefundLeg) -> RefundAnswer | None:
        status, content = self._call(leg.refund_no, self._client.query_refund, leg.refund_no)
        if (status, content.get("code")) == NOT_KNOWN:
            return None
        if status != 200:
            raise self._unreachable(leg.refund_no, f"answered {status} {content.get('code')}")
        return self._told(leg, status, content)

    def finish(self, leg: RefundLeg) -> RefundAnswer:
        """Have an ABNORMAL one sent back to the merchant: WeChat Pay then says SUCCESS, we say FAILED with RETURNED.

        The customer has nothing of it, so finance pays outside after that. To another card of the customer it goes
        only by WeChat Pay's own console, where the customer's name and card number are typed in; the next question
        finds it there.
        """
        found = self.query(leg)
        if found is None:
            raise GatewayRefused(self.name, leg.refund_no, NOT_KNOWN[1])
        if found.state is not LegState.ABNORMAL:
            return found
        apply = self._client.abnormal_refund
        return self._told(
            leg, *self._call(leg.refund_no, apply, found.provider_no, leg.refund_no, "MERCHANT_BANK_CARD")
        )

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
        if not self._core.has_signed(headers, body):
            raise NotificationRefused("forged")
        if not _is_fresh(headers, now.timestamp()):
            raise NotificationRefused("stale")
        try:
            envelope = json.loads(body)
            content = self._opened(envelope["resource"])
            notification = Notification(str(envelope["id"]), _answer(content, content["refund_status"]))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise NotificationRefused("unreadable") from exc
        if content.get("mchid") != self._settings.mch_id:
            raise NotificationRefused("forged")
        return notification

    def ledger(self, since: datetime, until: datetime) -> list[RefundAnswer] | None:
        """The refund bills of past days; what happened today is in none, and a state in them is that of its day."""
        today = datetime.now(MERCHANT_ZONE).date()
        day = max(since.astimezone(MERCHANT_ZONE).date(), today - BILLS_KEPT)
        last = min(until.astimezone(MERCHANT_ZONE).date(), today - timedelta(days=1))
        entries: list[RefundAnswer] = []
        while day <= last:
            entries += self._bill(day.isoformat())
            day += timedelta(days=1)
        return entries

    def _bill(self, day: str) -> list[RefundAnswer]:
        status, content = self._call(f"bill {day}", self._client.trade_bill, day, "REFUND")
        if status == 400 and content.get("code") in NO_BILL:
            return []
        if status != 200:
            raise self._unreachable(f"bill {day}", f"answered {status} {content.get('code')}")
        try:
            packed = self._core.download(str(content["download_url"]))
            return read_bill(packed, str(content["hash_value"]))
        except (requests.RequestException, ValueError, KeyError) as exc:
            raise self._unreachable(f"bill {day}", str(exc)) from exc

    def _opened(self, resource: Mapping[str, Any]) -> Any:
        """The content of a callback. Raises ValueError, KeyError, TypeError or AttributeError where there is none."""
        plain = aes_decrypt(
            resource["nonce"], resource["ciphertext"], resource.get("associated_data") or "", self._settings.apiv3_key
        )
        if plain is None:
            raise ValueError("the APIv3 key does not open it")
        return json.loads(plain)

    def _told(self, leg: RefundLeg, status: int, content: Mapping[str, Any]) -> RefundAnswer:
        """The refund in an answer. Raises GatewayRefused for a definite no, GatewayUnreachable for anything else."""
        code = str(content.get("code") or status)
        if status in REFUSALS:
            raise GatewayRefused(self.name, leg.refund_no, code[:64])
        if status != 200:
            raise self._unreachable(leg.refund_no, f"answered {status} {code}")
        try:
            answer = _answer(content, content["status"])
        except (ValueError, KeyError, TypeError) as exc:
            raise self._unreachable(leg.refund_no, "the answer cannot be read") from exc
        if answer.refund_no != leg.refund_no:
            raise self._unreachable(leg.refund_no, f"the answer is about {answer.refund_no}")
        return answer

    def _call(
        self, about: str, call: Callable[..., tuple[int, str]], *arguments: Any, **named: Any
    ) -> tuple[int, dict[str, Any]]:
        """Status and content of a call's answer, once its signature was found right."""
        try:
            status, text = call(*arguments, **named)
            content = json.loads(text or "{}")
        except (requests.RequestException, ValueError) as exc:
            raise self._unreachable(about, str(exc)) from exc
        if not isinstance(content, dict):
            raise self._unreachable(about, "the answer cannot be read")
        return status, content

    def _unreachable(self, about: str, message: str) -> GatewayUnreachable:
        return GatewayUnreachable(self.name, about, message)


class _SignedCalls(Core):  # type: ignore[misc]
    """The library's signing and verifying, over calls that end in time and are verified whatever their status."""

    @property
    def url(self) -> str:
        return str(self._gate_way)

    @url.setter
    def url(self, url: str) -> None:
        self._gate_way = url

    def request(
        self, path: str, method: RequestType = RequestType.GET, data: Any = None, **_unused: Any
    ) -> tuple[int, str]:
        """Raises requests.RequestException, or ValueError for an answer that WeChat Pay has not signed just now."""
        answer = self._send(path, method.value, "" if data is None else json.dumps(data))
        if not self.has_signed(answer.headers, answer.content) or not _is_fresh(answer.headers, time.time()):
            raise ValueError(f"the answer with status {answer.status_code} is not signed by WeChat Pay just now")
        return answer.status_code, answer.content.decode()

    def download(self, url: str) -> bytes:
        """A file that a signed answer has named, from where all calls go; the file itself is not signed."""
        parts = urlsplit(url)
        answer = self._send(f"{parts.path}?{parts.query}", "GET", "")
        answer.raise_for_status()
        return answer.content

    def has_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        signed = {name: headers.get(f"Wechatpay-{name}", "") for name in ("Timestamp", "Nonce", "Signature", "Serial")}
        algorithm = headers.get("Wechatpay-Signature-Type", ALGORITHM)
        if (signed["Serial"], algorithm) != (self._public_key_id, ALGORITHM):
            return False
        known = {f"Wechatpay-{name}": value for name, value in signed.items()}
        try:
            return bool(self._verify_signature({**known, "Wechatpay-Signature-Type": ALGORITHM}, body.decode()))
        except UnicodeDecodeError:
            return False

    def _send(self, path: str, method: str, body: str) -> requests.Response:
        authorization = build_authorization(path, method, self._mchid, self._cert_serial_no, self._private_key, body)
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "anxin",
            "Wechatpay-Serial": self._public_key_id,
            "Authorization": authorization,
        }
        return requests.request(
            method,
            self.url + path,
            data=body.encode(),
            headers=headers,
            timeout=self._timeout,
            allow_redirects=False,
        )


def _is_fresh(headers: Mapping[str, str], now: float) -> bool:
    """Whether it was signed within five minutes of `now`, in Unix seconds."""
    at = headers.get("Wechatpay-Timestamp", "")
    return at.isdecimal() and abs(now - int(at)) <= OLDEST.total_seconds()


def _answer(content: Mapping[str, Any], status: Any) -> RefundAnswer:
    """Raises KeyError, TypeError or ValueError for anything but a refund as WeChat Pay tells it."""
    amount = content["amount"]["refund"]
    if type(amount) is not int:
        raise TypeError("amount")
    state, account = STATES[status], str(content.get("user_received_account") or "")
    returned = state is LegState.SUCCESS and account.startswith(MERCHANTS_ACCOUNT)
    good = state in (LegState.SUCCESS, LegState.PROCESSING)
    return RefundAnswer(
        refund_no=str(content["out_refund_no"]),
        state=LegState.FAILED if returned else state,
        amount_fen=amount,
        provider_no=str(content["refund_id"]),
        account=account,
        code=RETURNED if returned else "" if good else str(status),
    )
