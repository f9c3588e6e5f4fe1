"""A stand-in for WeCom's customer service: `python -m bot.sandbox.wecom_api --port 8092`, on loopback only.

Under `/cgi-bin/` it answers like WeCom, and refuses what WeCom refuses. Under `/sandbox/` it does what it is told:

* `POST /sandbox/customers/NAME/messages` `{"messages": [{"msgtype": "text", "text": {"content": "…"}}], "call": true}`:
  the customer sends something; with `call` the account's address is told that there is something.
* `GET /sandbox/customers/NAME`: what the customer's phone shows. `POST /sandbox/media`: a photo to be sent.
* `POST /sandbox/account` `{"address": "http://…", "page": 2, "quiet_pages": 1}`: where to call, how many messages
  make a page, how many empty pages come first.
* `POST /sandbox/faults`: see `api_faults`.

A message may bring its own `msgid` and `send_time`; `"calls": 3` has the account called so often.
"""

import argparse
import itertools
import os
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import xmltodict
from aiohttp import web
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.sandbox.api_faults import ApiFaults, Handler
from bot.sandbox.serving import serve
from bot.sandbox.wechat_account import MESSAGE_GRANT, Follower, Refused, check_text, read_json

OPEN_KFID = "wkStandIn0001"
TOKEN_SECONDS = 7200
_WORDS = {95000: "invalid open_kfid", 95001: "send msg count limit", 95002: "send msg time limit"}
_AS_WECOM = {45015: 95002, 45047: 95001}


@dataclass(frozen=True)
class Company:
    """What was agreed between the company and WeCom."""

    corp_id: str
    secret: str
    token: str
    aes_key: str
    address: str = ""


class Side:
    """WeCom's side of the calls."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._crypto = WeChatCrypto(company.token, company.aes_key, company.corp_id)
        self._token, self._call_token = secrets.token_urlsafe(40), secrets.token_urlsafe(20)
        self._messages: list[dict[str, Any]] = []
        self._customers: dict[str, Follower] = {}
        self._media: dict[str, bytes] = {}
        self._codes: dict[str, str] = {}
        self._page, self._quiet = 1000, 0
        self._numbers = itertools.count(1)

    @web.middleware
    async def refuse(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer WeCom's errors as it does."""
        try:
            if request.path.startswith("/cgi-bin/") and not request.path.endswith("/gettoken"):
                self._check_token(request)
            return await handler(request)
        except Refused as refused:
            code = _AS_WECOM.get(refused.code, refused.code)
            return web.json_response({"errcode": code, "errmsg": _WORDS.get(code, str(refused))})

    async def health(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ready"})

    async def gettoken(self, request: web.Request) -> web.StreamResponse:
        if (request.query.get("corpid"), request.query.get("corpsecret")) != (
            self._company.corp_id,
            self._company.secret,
        ):
            raise Refused(40001)
        return web.json_response({"errcode": 0, "access_token": self._token, "expires_in": TOKEN_SECONDS})

    async def sync_msg(self, request: web.Request) -> web.StreamResponse:
        """A page: the cursor is how many messages were read before, as text that nobody should understand."""
        asked = read_json(await request.read())
        if asked.get("open_kfid") != OPEN_KFID:
            return web.json_response({"errcode": 95000, "errmsg": _WORDS[95000]})
        read, quiet = (int(part) for part in (asked.get("cursor") or "0.0").split("."))
        if quiet < self._quiet:
            return _page([], f"{read}.{quiet + 1}", more=True)
        end = min(len(self._messages), read + min(self._page, int(asked.get("limit", 1000))))
        return _page(self._messages[read:end], f"{end}.{quiet}", more=end < len(self._messages))

    async def send_msg(self, request: web.Request) -> web.StreamResponse:
        sent = read_json(await request.read())
        customer, kind = self._customers.get(str(sent.get("touser"))), str(sent.get("msgtype"))
        if customer is None or sent.get("open_kfid") != OPEN_KFID:
            raise Refused(40003)
        shown = self._checked(kind, sent.get(kind))
        customer.spend()
        customer.shown.append({"kind": kind, **shown})
        return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": secrets.token_urlsafe(16)})

    async def send_on_event(self, request: web.Request) -> web.StreamResponse:
        """One message by the code of an event, once."""
        sent = read_json(await request.read())
        name, kind = self._codes.pop(str(sent.get("code")), ""), str(sent.get("msgtype"))
        if not name or kind not in ("text", "msgmenu"):
            raise Refused(40029)
        self._customer(name).shown.append({"kind": kind, **self._checked(kind, sent.get(kind))})
        return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": secrets.token_urlsafe(16)})

    async def upload(self, request: web.Request) -> web.StreamResponse:
        sent = (await request.post()).get("media")
        if not isinstance(sent, web.FileField):
            raise Refused(40004)
        return web.json_response({"errcode": 0, "media_id": self._kept(sent.file.read())})

    async def download(self, request: web.Request) -> web.StreamResponse:
        try:
            return web.Response(body=self._media[request.query["media_id"]], content_type="image/jpeg")
        except KeyError as exc:
            raise Refused(40007) from exc

    async def show_phone(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"shown": self._customer(request.match_info["name"]).shown})

    async def keep_media(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"media_id": self._kept(await request.read())})

    async def send_as_customer(self, request: web.Request) -> web.StreamResponse:
        order, name = await request.json(), request.match_info["name"]
        for message in order["messages"]:
            if message["msgtype"] == "event":
                self._codes[message["event"].get("welcome_code", "")] = name
            else:
                self._customer(name).grant(*MESSAGE_GRANT)
            self._messages.append(self._whole(name, message))
        calls = int(order.get("calls", 1)) if order.get("call", True) else 0
        statuses = [await self._call() for _ in range(calls)]
        return web.json_response({"status": statuses[-1] if statuses else 0})

    async def change_account(self, request: web.Request) -> web.StreamResponse:
        order = await request.json()
        self._company = replace(self._company, address=order.get("address", self._company.address))
        self._page, self._quiet = order.get("page", self._page), order.get("quiet_pages", self._quiet)
        return web.json_response({})

    async def _call(self) -> int:
        """Tell the account that there is something; the status that it answers."""
        told = f"<Event>kf_msg_or_event</Event><Token>{self._call_token}</Token><OpenKfId>{OPEN_KFID}</OpenKfId>"
        stamp, nonce = str(int(time.time())), os.urandom(6).hex()
        xml = f"<xml><ToUserName>{self._company.corp_id}</ToUserName><MsgType>event</MsgType>{told}</xml>"
        sealed = xmltodict.parse(self._crypto.encrypt_message(xml, nonce, stamp))["xml"]
        query = {"timestamp": stamp, "nonce": nonce, "msg_signature": sealed["MsgSignature"]}
        body = f"<xml><Encrypt>{sealed['Encrypt']}</Encrypt></xml>"
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as http,
            http.post(self._company.address, params=query, data=body.encode()) as answer,
        ):
            return answer.status

    def _whole(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        numbered = {"msgid": f"msg{next(self._numbers)}", "send_time": int(time.time()), "origin": 3}
        known = {"open_kfid": OPEN_KFID, "external_userid": name}
        if message["msgtype"] == "event":
            return {**numbered, **message, "event": {**known, **message["event"]}}
        return {**numbered, **known, **message}

    def _customer(self, name: str) -> Follower:
        return self._customers.setdefault(name, Follower(name))

    def _kept(self, data: bytes) -> str:
        media_id = secrets.token_urlsafe(24)
        self._media[media_id] = data
        return media_id

    def _check_token(self, request: web.Request) -> None:
        if request.query.get("access_token") != self._token:
            raise Refused(40014)

    def _checked(self, kind: str, content: Any) -> dict[str, Any]:
        if not isinstance(content, dict):
            raise Refused(40008)
        match kind:
            case "text":
                return {"text": check_text(content.get("content"))}
            case "msgmenu":
                clicks = [item["click"] for item in content["list"] if item.get("type") == "click"]
                check_text(content.get("head_content"))
                return {"text": content["head_content"], "buttons": {each["content"]: each["id"] for each in clicks}}
            case "image" | "video" if content.get("media_id") in self._media:
                return {"media_id": content["media_id"]}
        raise Refused(40007 if kind in ("image", "video") else 40008)


def build_app(company: Company) -> web.Application:
    """The stand-in as an application."""
    side, faults = Side(company), ApiFaults()
    app = web.Application(middlewares=[faults.misbehave, side.refuse], client_max_size=64 * 2**20)
    app.add_routes(
        [
            web.get("/health", side.health),
            web.get("/cgi-bin/gettoken", side.gettoken),
            web.post("/cgi-bin/kf/sync_msg", side.sync_msg),
            web.post("/cgi-bin/kf/send_msg", side.send_msg),
            web.post("/cgi-bin/kf/send_msg_on_event", side.send_on_event),
            web.post("/cgi-bin/media/upload", side.upload),
            web.get("/cgi-bin/media/get", side.download),
            web.get("/sandbox/customers/{name}", side.show_phone),
            web.post("/sandbox/customers/{name}/messages", side.send_as_customer),
            web.post("/sandbox/media", side.keep_media),
            web.post("/sandbox/account", side.change_account),
            *faults.routes(),
        ]
    )
    return app


def _page(messages: list[dict[str, Any]], cursor: str, *, more: bool) -> web.StreamResponse:
    return web.json_response({"errcode": 0, "next_cursor": cursor, "has_more": int(more), "msg_list": messages})


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 1 when the port is taken, which is said in one line."""
    given = _parser().parse_args(arguments)
    company = Company(given.corp_id, given.secret, given.token, given.aes_key, given.address)
    return serve(build_app(company), given.port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.wecom_api", description="微信客服接口的本地替身")
    parser.add_argument("--port", type=int, default=8092)
    parser.add_argument("--address", default="http://127.0.0.1:5005/webhooks/wecom/events", help="服务器地址 (URL)")
    parser.add_argument("--corp-id", default="ww0000000000000001")
    parser.add_argument("--secret", default="standin")
    parser.add_argument("--token", default="standin")
    parser.add_argument("--aes-key", default="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    return parser


if __name__ == "__main__":
    sys.exit(main())
