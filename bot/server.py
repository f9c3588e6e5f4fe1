"""The chat server: listens at once, is ready when Rasa is loaded, and finishes what it has begun when told to stop."""

import asyncio
import gc
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import yaml
from rasa.core.channels.channel import InputChannel, register
from rasa.core.channels.rest import RestInput
from rasa.shared.utils.common import class_from_module_path
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from backend.bootstrap import Backend
from backend.errors import ModelNotReady
from backend.services.error_words import words_of
from backend.settings import Settings
from bot.arrival import SLOWEST_HEAD, SLOWEST_UPLOAD
from bot.bell import open_bell
from bot.channels.chat_server import ChatServer, Platform
from bot.channels.senders import close_senders, open_senders
from bot.channels.webchat.errors import answer_error, bad_request
from bot.channels.webchat.page_files import page_blueprint
from bot.channels.webchat.requests import LARGEST_BODY
from bot.channels.webchat.tokens import SessionTokens
from bot.delivery import deliver, warm_up
from bot.live import POLL_SECONDS, Live
from bot.locks import open_locks
from bot.payments import payments_blueprint
from bot.router import Router

CREDENTIALS = Path("credentials.yml")
LARGEST_CALL = 1024 * 1024
"""Bytes of a body that nobody has asked yet who sends it: platforms and providers send a few thousand."""

log = logging.getLogger(__name__)


class Call(Request):
    """A call of which only an upload may be large: that one is read by its own handler, once it is known who sends."""

    async def receive_body(self) -> None:
        if self.stream is not None:
            self.stream.request_max_size = LARGEST_CALL
        await super().receive_body()


def build_app(settings: Settings, backend: Backend, model: Path) -> Sanic:
    """The server's application; it loads the model when it has started."""
    app = Sanic("anxin", request_class=Call, configure_logging=False)
    app.config.update(
        REQUEST_MAX_SIZE=LARGEST_BODY,
        REQUEST_TIMEOUT=SLOWEST_HEAD,
        RESPONSE_TIMEOUT=SLOWEST_UPLOAD,
        KEEP_ALIVE_TIMEOUT=75,
    )
    app.ctx.chat, app.ctx.agent, app.ctx.failed, app.ctx.background = None, None, False, []
    app.error_handler.add(Exception, answer_error)
    app.add_route(_health, "/health", methods=["GET"])
    app.blueprint(page_blueprint())
    app.blueprint(payments_blueprint(backend.world))
    app.ctx.channels = _channels(settings)
    register(app.ctx.channels, app, route="/webhooks/")
    if settings.dev_api:
        app.add_route(_parse, "/model/parse", methods=["POST"])

    async def start(app: Sanic, _loop: Any) -> None:
        _in_background(app, _get_ready(app, backend, settings, model))

    app.register_listener(start, "after_server_start")
    app.register_listener(_stop, "before_server_stop")
    return app


def _channels(settings: Settings) -> list[InputChannel]:
    """The channels of `credentials.yml`, and Rasa's REST channel for development."""
    credentials = yaml.safe_load(CREDENTIALS.read_text("utf-8"))
    channels = [class_from_module_path(name).from_credentials(given) for name, given in credentials.items()]
    return [*channels, RestInput()] if settings.dev_api else channels


async def _get_ready(app: Sanic, backend: Backend, settings: Settings, model: Path) -> None:
    try:
        await _load(app, backend, settings, model)
    except ModelNotReady as error:
        log.error("%s / %s", words_of(error), error)
        _give_up(app)
    except Exception:
        log.exception("the chat server cannot get ready")
        _give_up(app)


def _give_up(app: Sanic) -> None:
    app.ctx.failed = True
    app.stop()


async def _load(app: Sanic, backend: Backend, settings: Settings, model: Path) -> None:
    from bot.runtime import load_dialogue  # Rasa's machinery takes seconds to import: the server listens meanwhile

    world = backend.world
    dialogue = await asyncio.to_thread(load_dialogue, world, model)
    await dialogue.warm_up()
    await asyncio.to_thread(warm_up)
    gc.freeze()  # what is loaded stays: without it a collection looks at a million objects, in turns and at the end
    gc.enable()
    senders = open_senders(world, settings)
    bell = open_bell(settings.redis_url, POLL_SECONDS)
    live = Live(world, lambda conversation_id: deliver(world, senders, conversation_id), bell)
    router = Router(
        world, dialogue, live, senders, open_locks(settings.redis_url), patience_seconds=settings.patience_seconds
    )
    app.ctx.agent = dialogue.agent
    app.ctx.chat = ChatServer(world, settings, router, live, senders, SessionTokens(backend.secret_key, world.clock))
    for platform in _platforms(app):
        await platform.begin(app.ctx.chat)
    _in_background(app, router.keep_recovering())
    log.info("ready")


async def _stop(app: Sanic, _loop: Any) -> None:
    """Take no more, let the turns under way end, send the listeners home."""
    chat: ChatServer | None = app.ctx.chat
    app.ctx.chat = None
    for task in app.ctx.background:
        task.cancel()
    if chat is not None:
        for platform in _platforms(app):
            await platform.end()
        await chat.router.drain()
        await chat.live.close()
        await close_senders(chat.senders)


def _platforms(app: Sanic) -> list[Platform]:
    return [channel for channel in app.ctx.channels if isinstance(channel, Platform)]


def _in_background(app: Sanic, work: Coroutine[Any, Any, None]) -> None:
    app.ctx.background.append(asyncio.create_task(work))


async def _health(request: Request) -> HTTPResponse:
    ready = request.app.ctx.chat is not None
    return json({"status": "ready" if ready else "starting"}, status=200 if ready else 503)


async def _parse(request: Request) -> HTTPResponse:
    """What the model understands of `{"text": …}`, for evaluation."""
    if request.app.ctx.agent is None:
        return json({"status": "starting"}, status=503)
    told = request.json
    text = told.get("text") if isinstance(told, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise bad_request("text")
    return json(await request.app.ctx.agent.parse_message(text))
