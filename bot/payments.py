"""Where payment providers call: `POST /webhooks/payments/<provider>` on the chat port. Knows nothing of Rasa."""

import asyncio
import logging

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json, text

from backend.errors import NotFound, NotificationRefused
from backend.ports import World
from backend.services.payouts import receive_notification

ALIPAY = "alipay"
"""The provider that wants to hear one word instead of JSON."""

_STATUS = {"forged": 401, "stale": 401, "unreadable": 400, "not_found": 404, "unavailable": 503}

log = logging.getLogger(__name__)


def payments_blueprint(world: World) -> Blueprint:
    """The callbacks of every gateway: 200 once it is written down, 401 or 400 for one that is not believed.

    A repeated one is answered with 200 too and changes nothing. Anything else (a database that is away) is 503, so
    that the provider calls again.
    """
    blueprint = Blueprint("payments", url_prefix="/webhooks/payments")

    @blueprint.post("/<provider:str>")
    async def notified(request: Request, provider: str) -> HTTPResponse:
        refusal = await asyncio.to_thread(_refusal, world, provider, request)
        return _refused(provider, refusal) if refusal else _taken(provider)

    return blueprint


def _refusal(world: World, provider: str, request: Request) -> str:
    """Take a callback; why it was not taken, or ""."""
    try:
        receive_notification(world, provider, request.headers, request.body)
    except NotificationRefused as refused:
        log.warning("a callback for %s was refused: %s", provider, refused.reason)
        return refused.reason
    except NotFound:
        return "not_found"
    except Exception:
        log.exception("a callback for %s could not be written down", provider)
        return "unavailable"
    return ""


def _taken(provider: str) -> HTTPResponse:
    return text("success") if provider == ALIPAY else json({"code": "SUCCESS", "message": ""})


def _refused(provider: str, reason: str) -> HTTPResponse:
    """What makes a provider call again; `code` is WeChat Pay's, the rest is as everywhere on this port."""
    if provider == ALIPAY:
        return text("fail", status=_STATUS[reason])
    body = {"code": "FAIL", "error": reason, "message": f"the callback is not taken: {reason}"}
    return json(body, status=_STATUS[reason])
