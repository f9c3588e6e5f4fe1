"""The channel that `docs/channels.md` builds works as it stands there."""

import json
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sanic import Sanic

from backend.domain.conversation import Author
from backend.ports import World
from backend.services.conversations import open_conversation, transcript
from backend.settings import Settings
from backend.settings import channels as settings_of_channels
from bot import channels
from bot.channels.chat_server import ChatServer
from bot.channels.senders import close_senders, open_senders
from bot.channels.webchat.errors import answer_error
from bot.channels.webchat.tokens import SessionTokens
from bot.delivery import deliver
from bot.live import Live
from bot.router import Router
from tests.channels.served import served
from tests.unit.bot.dialogues import ScriptedDialogue

PAGE = Path(__file__).parents[2] / "docs" / "channels.md"
SECRET = "both sides know it"


@dataclass
class App:
    """The shop's own app: what it shows, and how it calls us."""

    url: str = ""
    shown: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    signature: Any = None

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert request.headers["X-Signature"] == self.signature(body, SECRET)
        if self.status == 200:
            self.shown.append(json.loads(body))
        return web.Response(status=self.status)

    async def call(self, number: int, secret: str = SECRET, user: str = "u1", **said: Any) -> int:
        body = json.dumps({"from": user, "id": f"{user}:{number}", "number": number, **said}).encode()
        return await self.post(body, self.signature(body, secret).encode())

    async def post(self, body: bytes, signature: bytes) -> int:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.post(self.url, content=body, headers={b"X-Signature": signature})).status_code

    def texts(self) -> list[str]:
        return [each["text"] for each in self.shown[1:]]


@dataclass
class Relayed:
    """The channel at work in this process, with a dialogue that says back what it hears."""

    app: App
    world: World
    router: Router
    channel: Any

    async def idle(self) -> None:
        await self.channel._intake.drain()
        await self.router.drain()


@pytest.fixture
async def relayed(
    world: World, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Relayed]:
    settings_code, files = read_page()
    built(tmp_path, files, monkeypatch)
    from bot.channels.relay import inbound, sender

    app = App(signature=sender.signature)
    platform = web.Application()
    platform.router.add_post("/shown", app.take)
    async with TestServer(platform) as server:
        given = {"ANXIN_RELAY_URL": f"http://127.0.0.1:{server.port}/shown", "ANXIN_RELAY_SECRET": SECRET}
        relay = settings_from(settings_code)(given)
        with_relay: Any = SimpleNamespace(**vars(settings), relay=relay)
        senders = open_senders(world, with_relay)
        live = Live(world, lambda conversation_id: deliver(world, senders, conversation_id))
        router = Router(world, ScriptedDialogue(), live, senders)
        chat = ChatServer(world, with_relay, router, live, senders, SessionTokens("key", world.clock))
        channel = inbound.Relay()
        ours = Sanic(f"relay-{id(channel)}", configure_logging=False)
        ours.ctx.chat = chat
        ours.error_handler.add(Exception, answer_error)
        ours.blueprint(channel.blueprint(lambda _: router.drain()), url_prefix="/webhooks/relay")
        async with served(ours) as url:
            app.url = f"{url}/webhooks/relay/messages"
            await channel.begin(chat)
            yield Relayed(app, world, router, channel)
            await channel.end()
            await router.drain()
        await close_senders(senders)


def read_page() -> tuple[str, dict[str, str]]:
    """The settings of the page's channel, and its modules by their names: each block's is said just before it."""
    parts = PAGE.read_text("utf-8").split("```python\n")
    blocks = {
        re.findall(r"`([\w/]+\.py)`", before.strip().rsplit("\n\n", 1)[-1])[0]: block.split("```")[0]
        for before, block in pairwise(parts)
    }
    return blocks.pop("backend/settings/channels.py"), {Path(path).name: code for path, code in blocks.items()}


def built(folder: Path, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The package as it would lie beside the others."""
    package = folder / "relay"
    package.mkdir()
    for name, code in {"__init__.py": '"""The relay."""\n', **files}.items():
        (package / name).write_text(code, "utf-8")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(folder)])
    for name in ("relay", "relay.sender", "relay.inbound"):
        monkeypatch.delitem(sys.modules, f"bot.channels.{name}", raising=False)


def settings_from(code: str) -> Any:
    """The page's function that reads the settings, as if it stood in the module of the others."""
    module = ModuleType("settings_of_the_page")
    module.__dict__.update(vars(settings_of_channels))
    sys.modules[module.__name__] = module
    exec(code, module.__dict__)
    return module.__dict__["relay"]


async def test_the_pages_channel_answers_once_and_says_what_became_of_its_messages(relayed: Relayed) -> None:
    app = relayed.app
    assert await app.call(1, text="在吗") == 200
    await relayed.idle()
    assert app.texts() == ["听到：在吗"]

    assert await app.call(1, text="在吗") == 200
    assert await app.call(2, secret="guessed", text="转人工") == 403
    token = next(each["token"] for each in app.shown[0]["buttons"] if each["title"] == "查进度")
    assert await app.call(3, button=token) == 200
    await relayed.idle()
    talk = open_conversation(relayed.world, "relay", "u1")
    said = [row.text for row in transcript(relayed.world, talk.id, 0) if row.author is Author.CUSTOMER]
    assert said == ["在吗", "查进度"]
    assert app.texts() == ["听到：在吗", "听到：/query_case_status"]

    for body in (b"[1]", b"{}", b"none", b'{"from": "u1", "id": "1", "number": "first"}', b"\xff"):
        assert await app.post(body, app.signature(body, SECRET).encode()) == 400
    assert await app.post(b"{}", "签名".encode()) == 403

    for status, ended in ((500, "unknown"), (410, "held"), (403, "failed"), (429, "queued")):
        app.status = status
        assert await app.call(4, user=str(status), text="在吗") == 200
        await relayed.idle()
        assert first_delivery(relayed, str(status)) == ended


def first_delivery(relayed: Relayed, user: str) -> str:
    """How the welcome of a customer ended."""
    with relayed.world.read() as work:
        return work.talk.tail(open_conversation(relayed.world, "relay", user).id, 10)[0].delivery.value
