"""A stand-in for WeChat's API and its customers: `python -m bot.sandbox.wechat_api --port 8091`, on loopback only.

Under `/cgi-bin/` it answers like WeChat, and refuses what WeChat refuses. Under `/sandbox/` it does what a test or a
developer tells it:

* `POST /sandbox/customers/OPENID/messages` `{"fields": {"Content": "…"}, "copies": 1}`: the customer sends something,
  the account is called as WeChat calls it; the answer tells what was answered, and after how many tries.
* `GET /sandbox/customers/OPENID`: what the customer's phone shows, oldest first.
* `POST /sandbox/media` (bytes): a photo that a customer may send by the `media_id` that it answers.
* `POST /sandbox/account` `{"verified": false, "templates": {…}, "agreed": {…}, "expire_token": true,
  "address": "http://…"}`.
* `POST /sandbox/faults` `{"path": "message/custom/send", "fault": "hang", "times": 1}`; `GET` tells how
  many have still to happen.
"""

import argparse
import asyncio
import logging
import sys
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bot.sandbox.wechat_account import Account, Refused, read_json
from bot.sandbox.wechat_phone import Address, Phones

FAULTS = frozenset({"hang", "busy", "lost", "error", "never"})
"""No answer; `-1` without doing it; done, but the answer is lost; done, but 500; cut before it is done."""
HANG_SECONDS = 60.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger(__name__)


def build_app(account: Account, address: Address) -> web.Application:
    """The stand-in as an application."""
    side = Side(account, Phones(account, address))
    app = web.Application(middlewares=[side.misbehave], client_max_size=64 * 2**20)
    app.add_routes(
        [
            web.get("/health", side.health),
            web.post("/cgi-bin/stable_token", side.stable_token),
            web.post("/cgi-bin/message/custom/send", side.send_custom),
            web.post("/cgi-bin/message/template/send", side.send_template),
            web.post("/cgi-bin/message/subscribe/bizsend", side.send_subscription),
            web.post("/cgi-bin/media/upload", side.upload),
            web.get("/cgi-bin/media/get", side.download),
            web.get("/sandbox/film/{media_id}", side.film),
            web.get("/sandbox/customers/{openid}", side.show_phone),
            web.post("/sandbox/customers/{openid}/messages", side.send_as_customer),
            web.post("/sandbox/media", side.keep_media),
            web.post("/sandbox/account", side.change_account),
            web.post("/sandbox/faults", side.order_fault),
            web.get("/sandbox/faults", side.show_faults),
        ]
    )

    async def hang_up(_app: web.Application) -> Any:
        yield
        await side.close()

    app.cleanup_ctx.append(hang_up)
    return app


class Side:
    """WeChat's side of the calls."""

    def __init__(self, account: Account, phones: Phones) -> None:
        self._account, self._phones = account, phones
        self._faults: dict[str, deque[str]] = defaultdict(deque)

    @web.middleware
    async def misbehave(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer WeChat's errors as it does, and do what was ordered instead of that."""
        waiting = self._faults[request.path.removeprefix("/cgi-bin/")]
        fault = waiting.popleft() if waiting else ""
        if fault in ("hang", "never"):
            return await _lose(request, HANG_SECONDS if fault == "hang" else 0)
        if fault == "busy":
            return web.json_response(Refused(-1).body())
        try:
            answer = await handler(request)
        except Refused as refused:
            answer = web.json_response(refused.body())
        if fault == "lost":
            return await _lose(request, 0)
        return web.Response(status=500) if fault == "error" else answer

    async def health(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ready"})

    async def stable_token(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._account.stable_token(read_json(await request.read())))

    async def send_custom(self, request: web.Request) -> web.StreamResponse:
        self._account.send_custom(await self._sent(request))
        return _ok()

    async def send_template(self, request: web.Request) -> web.StreamResponse:
        self._account.send_template(await self._sent(request), subscription=False)
        return _ok()

    async def send_subscription(self, request: web.Request) -> web.StreamResponse:
        self._account.send_template(await self._sent(request), subscription=True)
        return _ok()

    async def upload(self, request: web.Request) -> web.StreamResponse:
        self._account.check_token(request.query.get("access_token", ""))
        form = await request.post()
        sent = form.get("media")
        data = sent.file.read() if isinstance(sent, web.FileField) else b""
        kind = request.query.get("type", "")
        return web.json_response({"type": kind, "media_id": self._account.keep_media(kind, data), "created_at": 0})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A photo as it is, of a film its address: so does WeChat."""
        self._account.check_token(request.query.get("access_token", ""))
        media_id = request.query.get("media_id", "")
        kind, data = self._media(media_id)
        if kind == "video":
            return web.json_response({"video_url": f"http://{request.host}/sandbox/film/{media_id}"})
        return web.Response(body=data, content_type="image/jpeg")

    async def film(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=self._media(request.match_info["media_id"])[1], content_type="video/mp4")

    async def show_phone(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"shown": self._account.follower(request.match_info["openid"]).shown})

    async def send_as_customer(self, request: web.Request) -> web.StreamResponse:
        order = await request.json()
        openid, copies = request.match_info["openid"], int(order.get("copies", 1))
        answers = await self._phones.send(openid, order["fields"], copies)
        return web.json_response({"answers": [asdict(answer) for answer in answers]})

    async def keep_media(self, request: web.Request) -> web.StreamResponse:
        kind = request.query.get("type", "image")
        return web.json_response({"media_id": self._account.keep_media(kind, await request.read())})

    async def change_account(self, request: web.Request) -> web.StreamResponse:
        order: dict[str, Any] = await request.json()
        self._account.verified = order.get("verified", self._account.verified)
        self._account.templates |= order.get("templates", {})
        for openid, agreed in order.get("agreed", {}).items():
            self._account.follower(openid).agreed |= set(agreed)
        if "address" in order:
            self._phones.call(order["address"])
        if order.get("expire_token"):
            self._account.expire_token()
        return web.json_response({"tokens": self._account.tokens})

    async def order_fault(self, request: web.Request) -> web.StreamResponse:
        order = await request.json()
        if order["fault"] not in FAULTS:
            raise web.HTTPBadRequest(text=f"there is no fault {order['fault']!r}, only {', '.join(sorted(FAULTS))}")
        self._faults[order["path"]].extend([order["fault"]] * int(order.get("times", 1)))
        return web.json_response({})

    async def show_faults(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"waiting": sum(map(len, self._faults.values()))})

    async def close(self) -> None:
        await self._phones.close()

    async def _sent(self, request: web.Request) -> dict[str, Any]:
        self._account.check_token(request.query.get("access_token", ""))
        return read_json(await request.read())

    def _media(self, media_id: str) -> tuple[str, bytes]:
        try:
            return self._account.media[media_id]
        except KeyError as exc:
            raise Refused(40007) from exc


def _ok() -> web.Response:
    return web.json_response({"errcode": 0, "errmsg": "ok"})


async def _lose(request: web.Request, seconds: float) -> web.StreamResponse:
    await asyncio.sleep(seconds)
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 1 when the port is taken, which is said in one line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    given = _parser().parse_args(arguments)
    app = build_app(Account(given.app_id, given.app_secret), Address(given.address, given.token, given.aes_key))
    try:
        web.run_app(app, host="127.0.0.1", port=given.port, access_log=None, shutdown_timeout=0.1, print=_say_ready)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _say_ready(_banner: str) -> None:
    log.info("ready")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.wechat_api", description="微信接口的本地替身")
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument("--address", default="http://127.0.0.1:5005/webhooks/wechat/messages", help="服务器地址 (URL)")
    parser.add_argument("--app-id", default="wx0000000000000001")
    parser.add_argument("--app-secret", default="standin")
    parser.add_argument("--token", default="standin")
    parser.add_argument("--aes-key", default="", help="EncodingAESKey，43 位；不填为明文模式")
    return parser


if __name__ == "__main__":
    sys.exit(main())
