"""Where payment providers call, on the chat port: `POST /webhooks/payments/<provider>` about a refund, and
`POST /webhooks/payments/<provider>/collections` about what a customer has paid. Knows nothing of Rasa.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json, text

from backend.errors import NotFound, NotificationRefused
from backend.ports import World
from backend.services.collections_paid import receive_payment
from backend.services.payouts import receive_notification

ALIPAY = "alipay"
"""The provider that wants to hear one word instead of JSON."""

Taker = Callable[[World, str, Mapping[str, str], bytes], None]
"""Takes down what a callback of a provider says, from its headers and body."""

STATUS = {"forged": 401, "stale": 401, "unreadable": 400, "not_found": 404, "unavailable": 503}
"""By why a callback is not taken."""

log = logging.getLogger(__name__)


def payments_blueprint(world: World) -> Blueprint:
    """The callbacks of every gateway: 200 once it is written down, 401 or 400 for one that is not believed.

    A repeated one is answered with 200 too and changes nothing. Anything else (a database that is away) is 503, so
    that the provider calls again.
    """
    blueprint = Blueprint("payments", url_prefix="/webhooks/payments")

    @blueprint.post("/<provider:str>")
    async def notified(request: Request, provider: str) -> HTTPResponse:
        return await _answered(world, provider, request, receive_notification)

    @blueprint.post("/<provider:str>/collections")
    async def paid(request: Request, provider: str) -> HTTPResponse:
        return await _answered(world, provider, request, receive_payment)

    return blueprint


async def _answered(world: World, provider: str, request: Request, take: Taker) -> HTTPResponse:
    refusal = await asyncio.to_thread(_refusal, world, provider, request, take)
    return _refused(provider, refusal) if refusal else _taken(provider)


def _refusal(world: World, provider: str, request: Request, take: Taker) -> str:
    """Take a callback; why it was not taken, or ""."""
    try:
        take(world, provider, request.headers, request.body)
    except NotificationRefused as refused:
        log.warning("a callback for %s was refused: %s", provider, refused.reason)
        return refused.reason
    except NotFound:
        return "not_found"
    except UnicodeError:  # a header with bytes that are no text: no provider signs such a call
        return "forged"
    except Exception:
        log.exception("a callback for %s could not be written down", provider)
        return "unavailable"
    return ""


def _taken(provider: str) -> HTTPResponse:
    return text("success") if provider == ALIPAY else json({"code": "SUCCESS", "message": ""})


def _refused(provider: str, reason: str) -> HTTPResponse:
    """What makes a provider call again; `code` is WeChat Pay's, the rest is as everywhere on this port."""
    if provider == ALIPAY:
        return text("fail", status=STATUS[reason])
    body = {"code": "FAIL", "error": reason, "message": f"the callback is not taken: {reason}"}
    return json(body, status=STATUS[reason])
