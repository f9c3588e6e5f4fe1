"""The sandbox's HTTP interface. Every call but those of /health and of the page is signed; every answer is.

`POST /refunds`, `GET /refunds/NO`, `POST /refunds/NO/finish`, `GET /ledger?since=&until=`; `GET /payments/NO`,
`GET /payments?since=&until=`; `POST /faults` orders a fault, `GET /faults` tells how many there were. Customers pay at
`/pay/TOKEN`, which a signed link leads to (`pay_page`).
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web

from bot.sandbox.callbacks import keep_telling
from bot.sandbox.faults import CALL, QUERY, Faults
from bot.sandbox.ledger import ABNORMAL, FAILED, SUCCESS, Ledger, Refund, Refused
from bot.sandbox.pay_page import PAGE, pay_routes
from bot.sandbox.signing import PREFIX, answer_headers, is_genuine

LATE_SECONDS = 0.3
SLOW_SECONDS = 0.2

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(ledger: Ledger, faults: Faults, key: bytes, notify_url: str) -> web.Application:
    """The sandbox as an application that settles and tells as long as it runs."""
    sandbox = Sandbox(ledger, faults, key)
    app = web.Application(middlewares=[sandbox.only_genuine])
    app.add_routes(
        [
            web.get("/health", sandbox.health),
            web.post("/refunds", sandbox.refund),
            web.get("/refunds/{refund_no}", sandbox.query),
            web.post("/refunds/{refund_no}/finish", sandbox.finish),
            web.get("/ledger", sandbox.show_ledger),
            web.get("/payments", sandbox.show_payments),
            web.get("/payments/{collection_no}", sandbox.payment),
            web.post("/faults", sandbox.order_fault),
            web.get("/faults", sandbox.count_faults),
        ]
    )

    app.add_routes(pay_routes(ledger, key))

    async def tell(_app: web.Application) -> Any:
        telling = asyncio.create_task(keep_telling(ledger, faults, key, notify_url))
        yield
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
        ledger.close()

    app.cleanup_ctx.append(tell)
    return app


class Sandbox:
    """Handles the calls."""

    def __init__(self, ledger: Ledger, faults: Faults, key: bytes) -> None:
        self._ledger, self._faults, self._key = ledger, faults, key
        self._later: set[asyncio.Task[None]] = set()

    @web.middleware
    async def only_genuine(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what is not signed by our key, or too long ago."""
        body = await request.read()
        is_open = request.path == "/health" or request.path.startswith(PAGE)
        if not is_open and not is_genuine(self._key, request.method, request.path_qs, request.headers, body):
            return self._answer(request, 401, {"code": "SIGN_ERROR"})
        try:
            return await handler(request)
        except Refused as refusal:
            return self._answer(request, 409, {"code": refusal.code})
        except (ValueError, KeyError, TypeError) as mistake:
            return self._answer(request, 400, {"code": "BAD_REQUEST", "message": str(mistake)})

    async def health(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ready"})

    async def refund(self, request: web.Request) -> web.StreamResponse:
        """Take a refund, or the same once more."""
        call = json.loads(await request.read())
        fault = self._faults.next(call["refund_no"], CALL)
        if fault in ("lose_call", "late"):
            if fault == "late":
                self._do_later(call)
            return _hang_up(request)
        if fault == "error":
            return self._answer(request, 500, {"code": "SYSTEM_ERROR"})
        if fault == "refuse" and self._ledger.get(call["refund_no"]) is None:
            raise Refused("NOT_ENOUGH_BALANCE")
        outcome = {"fail": FAILED, "abnormal": ABNORMAL}.get(fault, SUCCESS)
        return await self._told(request, self._accept(call, outcome), fault)

    async def query(self, request: web.Request) -> web.StreamResponse:
        """What became of a refund."""
        refund_no = request.match_info["refund_no"]
        fault = self._faults.next(refund_no, QUERY)
        found = self._ledger.get(refund_no)
        if fault == "error":
            return self._answer(request, 500, {"code": "SYSTEM_ERROR"})
        if found is None and not fault:
            return self._answer(request, 404, {"code": "NOT_KNOWN"})
        return _hang_up(request) if found is None else await self._told(request, found, fault)

    async def finish(self, request: web.Request) -> web.StreamResponse:
        refund = self._ledger.finish(request.match_info["refund_no"], time.time())
        return self._answer(request, 200, asdict(refund))

    async def show_ledger(self, request: web.Request) -> web.StreamResponse:
        refunds = self._ledger.between(float(request.query["since"]), float(request.query["until"]))
        return self._answer(request, 200, {"refunds": [asdict(refund) for refund in refunds]})

    async def show_payments(self, request: web.Request) -> web.StreamResponse:
        found = self._ledger.payments_between(float(request.query["since"]), float(request.query["until"]))
        return self._answer(request, 200, {"payments": [asdict(payment) for payment in found]})

    async def payment(self, request: web.Request) -> web.StreamResponse:
        """What was paid for a collection."""
        found = self._ledger.payment(request.match_info["collection_no"])
        if found is None:
            return self._answer(request, 404, {"code": "NOT_KNOWN"})
        return self._answer(request, 200, asdict(found))

    async def order_fault(self, request: web.Request) -> web.StreamResponse:
        order = json.loads(await request.read())
        self._faults.order(str(order["refund_no"]), str(order["fault"]))
        return self._answer(request, 200, {})

    async def count_faults(self, request: web.Request) -> web.StreamResponse:
        return self._answer(request, 200, {"injected": self._faults.injected})

    def _accept(self, call: dict[str, Any], outcome: str) -> Refund:
        amount, total = call["amount_fen"], call["total_fen"]
        if type(amount) is not int or type(total) is not int or amount <= 0:
            raise ValueError("amount_fen and total_fen are whole fen above zero")
        refund_no, payment_no, method = str(call["refund_no"]), str(call["payment_no"]), str(call["method"])
        return self._ledger.accept(refund_no, payment_no, method, amount, total, outcome, time.time())

    def _do_later(self, call: dict[str, Any]) -> None:
        async def accept() -> None:
            await asyncio.sleep(LATE_SECONDS)
            with suppress(Refused):
                self._accept(call, SUCCESS)

        task = asyncio.create_task(accept())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _told(self, request: web.Request, refund: Refund, fault: str) -> web.StreamResponse:
        if fault == "lose_answer":
            return _hang_up(request)
        if fault == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if fault == "error_after":
            return self._answer(request, 500, {"code": "SYSTEM_ERROR"})
        if fault == "wrong_amount":
            refund = replace(refund, amount_fen=refund.amount_fen + 1)
        if fault == "false_failure":
            refund = replace(refund, state=FAILED, code="MISREPORTED")
        return self._answer(request, 200, asdict(refund), genuine=fault != "bad_signature")

    def _answer(
        self, request: web.Request, status: int, content: dict[str, Any], *, genuine: bool = True
    ) -> web.StreamResponse:
        body = json.dumps(content, ensure_ascii=False).encode()
        key = self._key if genuine else b"somebody else's key"
        headers = answer_headers(key, status, request.headers.get(f"{PREFIX}Nonce", ""), body)
        return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _hang_up(request: web.Request) -> web.StreamResponse:
    """Cut the connection: whatever is answered goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
