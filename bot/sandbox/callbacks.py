"""Settles refunds when their time has come and tells the merchant, again and again until it is taken."""

import asyncio
import json
import secrets
import time
from dataclasses import asdict, replace

import aiohttp

from bot.sandbox.faults import CALLBACK, Faults
from bot.sandbox.ledger import FAILED, Callback, Ledger, Refund
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


class _Teller:
    def __init__(self, ledger: Ledger, faults: Faults, key: bytes, url: str) -> None:
        self._ledger, self._faults, self._key, self._url = ledger, faults, key, url

    async def tell(self, session: aiohttp.ClientSession, callback: Callback) -> None:
        """Deliver one callback, or do with it what the fault says."""
        refund = self._ledger.get(callback.refund_no)
        assert refund is not None
        refund = replace(refund, state=callback.state)
        fault = self._faults.next(callback.refund_no, CALLBACK)
        if fault == "callback_late":
            self._ledger.postpone(callback, time.time() + LATE_SECONDS)
            return
        await self._misbehave(session, callback, refund, fault)
        taken = fault == "callback_lost" or await self._post(session, callback.id, refund)
        self._ledger.callback_ended(callback, taken=taken, now=time.time())

    async def _misbehave(self, session: aiohttp.ClientSession, callback: Callback, refund: Refund, fault: str) -> None:
        if fault == "callback_repeated":
            await self._post(session, callback.id, refund)
        if fault == "callback_false":
            await self._post(session, secrets.token_hex(16), replace(refund, state=FAILED, code="MISREPORTED"))
        if fault == "callback_wrong_amount":
            await self._post(session, secrets.token_hex(16), replace(refund, amount_fen=refund.amount_fen + 1))
        if fault == "callback_forged":
            lie = replace(refund, state=FAILED)
            await self._post(session, secrets.token_hex(16), lie, key=b"somebody else's key")
        if fault == "callback_old":
            lie = replace(refund, state=FAILED)
            await self._post(session, secrets.token_hex(16), lie, age_seconds=OLD_SECONDS)

    async def _post(
        self,
        session: aiohttp.ClientSession,
        callback_id: str,
        refund: Refund,
        *,
        key: bytes | None = None,
        age_seconds: int = 0,
    ) -> bool:
        body = json.dumps({"id": callback_id, "refund": asdict(refund)}, ensure_ascii=False).encode()
        headers = callback_headers(key or self._key, body, age_seconds=age_seconds)
        try:
            async with session.post(self._url, data=body, headers=headers) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return False
