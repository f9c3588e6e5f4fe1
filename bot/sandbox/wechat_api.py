"""A stand-in for WeChat's API and its customers: `python -m bot.sandbox.wechat_api --port 8091`, on loopback only.

Under `/cgi-bin/` it answers like WeChat, and refuses what WeChat refuses. Under `/sandbox/` it does what a test or a
developer tells it:

* `POST /sandbox/customers/OPENID/messages` `{"fields": {"Content": "…"}, "copies": 1}`: the customer sends something,
  the account is called as WeChat calls it; the answer tells what was answered, and after how many tries.
* `GET /sandbox/customers/OPENID`: what the customer's phone shows, oldest first.
* `POST /sandbox/media` (bytes): a photo that a customer may send by the `media_id` that it answers.
* `POST /sandbox/account` `{"verified": false, "templates": {…}, "agreed": {…}, "expire_token": true,
  "address": "http://…"}`.
* `POST /sandbox/faults`: see `api_faults`.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bot.sandbox.api_faults import ApiFaults, Handler
from bot.sandbox.serving import serve
from bot.sandbox.wechat_account import Account, Refused, read_json
from bot.sandbox.wechat_phone import Address, Phones


def build_app(account: Account, address: Address) -> web.Application:
    """The stand-in as an application."""
    side, faults = Side(account, Phones(account, address)), ApiFaults()
    app = web.Application(middlewares=[faults.misbehave, side.refuse], client_max_size=64 * 2**20)
    app.add_routes(
        [
            web.get("/health", side.health),
            web.post("/cgi-bin/stable_token", side.stable_token),
            web.post("/cgi-bin/message/custom/send", side.send_custom),
            web.post("/cgi-bin/message/template/send", side.send_template),
            web.post("/cgi-bin/message/subscribe/bizsend", side.send_subscription),
            web.post("/cgi-bin/menu/create", side.create_menu),
            web.post("/cgi-bin/media/upload", side.upload),
            web.get("/cgi-bin/media/get", side.download),
            web.get("/sandbox/film/{media_id}", side.film),
            web.get("/sandbox/customers/{openid}", side.show_phone),
            web.post("/sandbox/customers/{openid}/messages", side.send_as_customer),
            web.post("/sandbox/media", side.keep_media),
            web.post("/sandbox/account", side.change_account),
            *faults.routes(),
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

    @web.middleware
    async def refuse(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer WeChat's errors as it does."""
        try:
            return await handler(request)
        except Refused as refused:
            return web.json_response(refused.body())

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

    async def create_menu(self, request: web.Request) -> web.StreamResponse:
        self._account.create_menu(await self._sent(request))
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 1 when the port is taken, which is said in one line."""
    given = _parser().parse_args(arguments)
    account = Account(given.app_id, given.app_secret)
    return serve(build_app(account, Address(given.address, given.token, given.aes_key)), given.port)


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
