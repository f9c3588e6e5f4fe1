"""The stand-in of Telegram's Bot API: `python -m bot.sandbox.telegram_api --port 8091`, on loopback only.

Bots call `/bot<token>/<method>` as they call the original, and are refused what it refuses. Who plays the customers
calls `/play/…`, with JSON: `update` brings one (its number is given here), `file` puts up what `getFile` will find,
`block` shuts a customer's chat, `chats` begins some, `deliver` names the local address of the webhook, `fault` orders
trouble (of a method, or of `fetch` for a file), `heal` ends it, and `GET /play/books` tells what has happened so far.
"""

import argparse
import asyncio
import base64
import itertools
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import aiohttp
from aiohttp import web

from bot.sandbox.serving import serve
from bot.sandbox.telegram_books import Books, Fault, Sent
from bot.sandbox.telegram_rules import (
    LARGEST_FETCHED,
    Refusal,
    bad,
    check_caption,
    check_commands,
    check_markup,
    check_text,
    check_upload,
    check_webhook,
)

BOT = {"id": 1, "is_bot": True, "first_name": "bot", "username": "anxin_bot"}
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
HANGS_SECONDS = 600
REPEAT_SECONDS = 1.0
"""After so long an update that was not taken is brought again."""

Params = Mapping[str, Any]


class TelegramApi:
    """Answers for one bot. `deliver_to` stands for the registered webhook, which must be https, on this machine."""

    def __init__(self, token: str, books: Books, deliver_to: str = "") -> None:
        self.token, self.books, self._deliver_to = token, books, deliver_to
        self._numbers = itertools.count(1001)
        self._news = asyncio.Event()
        self._fetching: asyncio.Event | None = None
        self._methods: dict[str, Callable[[Params], Awaitable[Any]]] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "setMyCommands": self._set_commands,
            "sendChatAction": self._send_chat_action,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendVideo": self._send_video,
            "editMessageReplyMarkup": self._edit_markup,
            "answerCallbackQuery": self._answer_press,
            "getFile": self._get_file,
            "leaveChat": self._leave_chat,
        }

    def app(self) -> web.Application:
        """As an application."""
        app = web.Application(client_max_size=64 * 2**20)
        app.add_routes(
            [
                web.post("/bot{token}/{method}", self._call),
                web.get("/file/bot{token}/{path:.+}", self._fetch),
                web.get("/play/books", self._show),
                web.post("/play/{what}", self._play),
                web.get("/health", self._health),
            ]
        )
        app.cleanup_ctx.append(self._bringing)
        return app

    # ---- the Bot API ----
    async def _call(self, request: web.Request) -> web.StreamResponse:
        params = await _params_of(request)
        method = request.match_info["method"]
        chat_id = int(params["chat_id"]) if params.get("chat_id") else None
        self.books.calls.append((method, chat_id))
        if request.match_info["token"] != self.token:
            return _answered(Refusal(401, "Unauthorized"))
        fault = self.books.fault_of(method, chat_id)
        if fault is not None and fault.fault not in ("error_after", "lose_answer"):
            return await self._go_wrong(request, fault)
        try:
            if method not in self._methods:
                raise Refusal(404, "Not Found")
            result = await self._methods[method](params)
        except Refusal as refusal:
            return _answered(refusal)
        if fault is not None:
            return await self._go_wrong(request, fault)
        return web.json_response({"ok": True, "result": result})

    async def _go_wrong(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.fault == "hang":
            await asyncio.sleep(HANGS_SECONDS)
        if fault.fault == "flood":
            said = f"Too Many Requests: retry after {fault.seconds}"
            return _answered(Refusal(429, said, retry_after=fault.seconds))
        if fault.fault in ("error", "error_after"):
            return web.Response(status=502, text="Bad Gateway")
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _get_me(self, _params: Params) -> Any:
        return BOT

    async def _get_updates(self, params: Params) -> Any:
        if self.books.webhook is not None:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._fetching is not None:
            self._fetching.set()  # the newer call ends the older one
        ended = self._fetching = asyncio.Event()
        first, limit = int(params.get("offset", 0)), int(params.get("limit", 100))
        self.books.updates = [each for each in self.books.updates if each["update_id"] >= first]
        try:
            await self._something(float(params.get("timeout", 0)), ended)
        finally:
            if self._fetching is ended:
                self._fetching = None
        return self.books.updates[:limit]

    async def _something(self, seconds: float, ended: asyncio.Event) -> None:
        until = asyncio.get_running_loop().time() + seconds
        while not self.books.updates and (left := until - asyncio.get_running_loop().time()) > 0:
            self._news.clear()
            waits = [asyncio.ensure_future(each.wait()) for each in (self._news, ended)]
            await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            for each in waits:
                each.cancel()
            if ended.is_set():
                raise Refusal(409, "Conflict: terminated by other getUpdates request")

    async def _set_webhook(self, params: Params) -> Any:
        self.books.webhook = check_webhook(params)
        self._news.set()
        return True

    async def _delete_webhook(self, _params: Params) -> Any:
        self.books.webhook = None
        return True

    async def _set_commands(self, params: Params) -> Any:
        self.books.commands = check_commands(params["commands"])
        return True

    async def _send_chat_action(self, params: Params) -> Any:
        self.books.chat(int(params["chat_id"]))
        if params["action"] != "typing":
            raise bad("wrong parameter action in request")
        return True

    async def _send_message(self, params: Params) -> Any:
        text, markup = check_text(str(params.get("text", ""))), check_markup(params.get("reply_markup"))
        sent = self.books.send(int(params["chat_id"]), "text", text, markup)
        return self._message(sent, text=text)

    async def _send_photo(self, params: Params) -> Any:
        sent = self._sent_file("photo", params)
        return self._message(sent, photo=[{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}])

    async def _send_video(self, params: Params) -> Any:
        sent = self._sent_file("video", params)
        film = {"file_id": "v", "file_unique_id": "v", "width": 1, "height": 1, "duration": 1}
        return self._message(sent, video=film)

    def _sent_file(self, kind: str, params: Params) -> Sent:
        size = len(check_upload(kind, params.get(kind)))
        caption, markup = check_caption(str(params.get("caption", ""))), check_markup(params.get("reply_markup"))
        return self.books.send(int(params["chat_id"]), kind, caption, markup, size)

    async def _edit_markup(self, params: Params) -> Any:
        markup = check_markup(params.get("reply_markup"))
        changed = self.books.change_buttons(int(params["chat_id"]), int(params["message_id"]), markup)
        return self._message(changed, text=changed.text or "-")

    async def _answer_press(self, params: Params) -> Any:
        query_id = str(params["callback_query_id"])
        if self.books.presses.get(query_id, "") is not None:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        self.books.presses[query_id] = str(params.get("text", ""))
        return True

    async def _get_file(self, params: Params) -> Any:
        file_id = str(params["file_id"])
        if file_id not in self.books.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        size = len(self.books.files[file_id])
        if size > LARGEST_FETCHED:
            raise bad("file is too big")
        return {"file_id": file_id, "file_unique_id": file_id, "file_size": size, "file_path": f"files/{file_id}"}

    async def _leave_chat(self, params: Params) -> Any:
        self.books.chat(int(params["chat_id"]))
        self.books.left.append(int(params["chat_id"]))
        return True

    def _message(self, sent: Sent, **content: Any) -> dict[str, Any]:
        chat = self.books.chats[sent.chat_id]
        return {"message_id": sent.message_id, "date": int(sent.at), "chat": chat, "from": BOT, **content}

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["path"].removeprefix("files/")
        fault = self.books.fault_of("fetch", None)
        if fault is not None:
            return await self._go_wrong(request, fault)
        if request.match_info["token"] != self.token or file_id not in self.books.files:
            return _answered(Refusal(404, "Not Found"))
        return web.Response(body=self.books.files[file_id])

    # ---- the customers ----
    async def _play(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()
        match request.match_info["what"]:
            case "update":
                return web.json_response({"update_id": self.bring(given)})
            case "file":
                self.books.files[given["file_id"]] = base64.b64decode(given["content"])
            case "block":
                (self.books.blocked.add if given["blocked"] else self.books.blocked.discard)(int(given["chat_id"]))
            case "chats":
                self.books.chats |= {int(each["id"]): each for each in given["chats"]}
            case "deliver":
                self._deliver_to = str(given["to"])
            case "fault":
                self.books.order(Fault(**given))
            case "heal":
                self.books.faults.clear()
            case _:
                return web.json_response({"error": "there is nothing of that name to play"}, status=404)
        return web.json_response({})

    def bring(self, body: dict[str, Any]) -> int:
        """Something that a customer does: known at once to whoever fetches, or brought to the webhook."""
        number = next(self._numbers)
        source = body.get("callback_query") or {}
        chat = next(
            each for each in (*body.values(), source.get("message")) if isinstance(each, dict) and "chat" in each
        )
        self.books.chats[int(chat["chat"]["id"])] = chat["chat"]
        if source:
            self.books.presses[str(source["id"])] = None
        self.books.updates.append({"update_id": number, **body})
        self._news.set()
        return number

    async def _show(self, _request: web.Request) -> web.StreamResponse:
        books = self.books
        return web.json_response(
            {
                "sent": [asdict(each) for each in books.sent],
                "calls": books.calls,
                "webhook": books.webhook,
                "commands": books.commands,
                "presses": books.presses,
                "waiting": len(books.updates),
                "left": books.left,
            }
        )

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ready"})

    async def _bringing(self, _app: web.Application) -> Any:
        bringing = asyncio.create_task(self._keep_bringing())
        yield
        bringing.cancel()

    async def _keep_bringing(self) -> None:
        """Bring updates to the webhook, one after the other, again until each is taken."""
        async with aiohttp.ClientSession() as session:
            while True:
                webhook = self.books.webhook
                if webhook is None or not self.books.updates:
                    self._news.clear()
                    await self._news.wait()
                elif await _brought(session, self._deliver_to or webhook["url"], webhook, self.books.updates[0]):
                    self.books.updates.pop(0)
                else:
                    await asyncio.sleep(REPEAT_SECONDS)


async def _brought(session: aiohttp.ClientSession, url: str, webhook: Params, update: dict[str, Any]) -> bool:
    try:
        async with session.post(url, json=update, headers={SECRET_HEADER: webhook["secret"]}) as answer:
            return answer.status < 300
    except aiohttp.ClientError:
        return False


async def _params_of(request: web.Request) -> dict[str, Any]:
    params: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        return {**params, **await request.json()}
    for name, value in (await request.post()).items():
        params[name] = value.file.read() if isinstance(value, web.FileField) else value
    for name in ("photo", "video"):
        if str(params.get(name, "")).startswith("attach://"):
            params[name] = params[str(params[name]).removeprefix("attach://")]
    return params


def _answered(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.answer(), status=refusal.code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 1 when the port is taken, which is said in one line."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.telegram_api", description="Telegram 沙箱")
    parser.add_argument("--port", type=int, default=8091, help="端口，只在本机监听")
    parser.add_argument("--token", default="100200300:sandbox-sandbox-sandbox-sandbox", help="机器人的 token")
    parser.add_argument("--deliver-to", default="", help="代替 Webhook 地址的本机地址")
    given = parser.parse_args(arguments)
    return serve(TelegramApi(given.token, Books(), given.deliver_to).app(), given.port)


if __name__ == "__main__":
    sys.exit(main())
