"""Settles refunds when their time has come and tells the merchant of them and of payments, again and again until it is
taken.
"""

import asyncio
import json
import secrets
import time
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import aiohttp

from bot.sandbox.faults import CALLBACK, Faults
from bot.sandbox.ledger import FAILED, PAID, Callback, Ledger, Payment, Refund
from bot.sandbox.signing import callback_headers

EVERY_SECONDS = 0.05
TIMEOUT = aiohttp.ClientTimeout(total=5)
LATE_SECONDS = 0.5
OLD_SECONDS = 600


async def keep_telling(ledger: Ledger, faults: Faults, key: bytes, notify_url: str) -> None:
    """Settle and tell until cancelled."""
    teller = _Teller(ledger, faults, key, notify_url)
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        while True:
            ledger.settle(time.time())
            due = ledger.callbacks_due(time.time())
            await asyncio.gather(*(teller.tell(session, callback) for callback in due))
            await asyncio.sleep(EVERY_SECONDS)


@dataclass(frozen=True)
class _News:
    """What a callback tells: a refund, or a payment, which has a webhook and a kind of signature of its own."""

    subject: Refund | Payment

    @property
    def kind(self) -> str:
        return "notify" if isinstance(self.subject, Refund) else "paid"

    @property
    def path(self) -> str:
        return "" if isinstance(self.subject, Refund) else "/collections"

    def body(self, callback_id: str) -> bytes:
        name = "refund" if isinstance(self.subject, Refund) else "payment"
        return json.dumps({"id": callback_id, name: asdict(self.subject)}, ensure_ascii=False).encode()

    def changed(self, **changes: Any) -> "_News":
        known = {each.name for each in fields(self.subject)}
        given = {name: value for name, value in changes.items() if name in known}
        return _News(replace(self.subject, **given))


class _Teller:
    def __init__(self, ledger: Ledger, faults: Faults, key: bytes, url: str) -> None:
        self._ledger, self._faults, self._key, self._url = ledger, faults, key, url

    async def tell(self, session: aiohttp.ClientSession, callback: Callback) -> None:
        """Deliver one callback, or do with it what the fault says."""
        news = self._news(callback)
        fault = self._faults.next(callback.refund_no, CALLBACK)
        if fault == "callback_late":
            self._ledger.postpone(callback, time.time() + LATE_SECONDS)
            return
        await self._misbehave(session, callback, news, fault)
        taken = fault == "callback_lost" or await self._post(session, callback.id, news)
        self._ledger.callback_ended(callback, taken=taken, now=time.time())

    def _news(self, callback: Callback) -> _News:
        if callback.state == PAID:
            payment = self._ledger.payment(callback.refund_no)
            assert payment is not None
            return _News(payment)
        refund = self._ledger.get(callback.refund_no)
        assert refund is not None
        return _News(replace(refund, state=callback.state))

    async def _misbehave(self, session: aiohttp.ClientSession, callback: Callback, news: _News, fault: str) -> None:
        if fault == "callback_repeated":
            await self._post(session, callback.id, news)
        if fault == "callback_false":
            await self._post(session, secrets.token_hex(16), news.changed(state=FAILED, code="MISREPORTED"))
        if fault == "callback_wrong_amount":
            await self._post(session, secrets.token_hex(16), news.changed(amount_fen=news.subject.amount_fen + 1))
        if fault == "callback_forged":
            lie = news.changed(state=FAILED)
            await self._post(session, secrets.token_hex(16), lie, key=b"somebody else's key")
        if fault == "callback_old":
            lie = news.changed(state=FAILED)
            await self._post(session, secrets.token_hex(16), lie, age_seconds=OLD_SECONDS)

    async def _post(
        self,
        session: aiohttp.ClientSession,
        callback_id: str,
        news: _News,
        *,
        key: bytes | None = None,
        age_seconds: int = 0,
    ) -> bool:
        body = news.body(callback_id)
        headers = callback_headers(key or self._key, body, kind=news.kind, age_seconds=age_seconds)
        try:
            async with session.post(self._url + news.path, data=body, headers=headers) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return False
