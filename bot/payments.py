"""Where payment providers call: `POST /webhooks/payments/<provider>` on the chat port. Knows nothing of Rasa."""

import asyncio
import logging

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from backend.errors import NotFound, NotificationRefused
from backend.ports import World
from backend.services.payouts import receive_notification

_STATUS = {"forged": 401, "stale": 401, "unreadable": 400}

log = logging.getLogger(__name__)


def payments_blueprint(world: World) -> Blueprint:
    """The callbacks of every gateway: 200 once it is written down, 401 or 400 for one that is not believed.

    A repeated one is answered with 200 too and changes nothing. Anything else (a database that is away) is 503, so
    that the provider calls again.
    """
    blueprint = Blueprint("payments", url_prefix="/webhooks/payments")

    @blueprint.post("/<provider:str>")
    async def notified(request: Request, provider: str) -> HTTPResponse:
        try:
            await asyncio.to_thread(receive_notification, world, provider, request.headers, request.body)
        except NotificationRefused as refused:
            log.warning("a callback for %s was refused: %s", provider, refused.reason)
            return _refusal(refused.reason, _STATUS[refused.reason])
        except NotFound:
            return _refusal("not_found", 404)
        return json({"code": "SUCCESS", "message": ""})

    return blueprint


def _refusal(reason: str, status: int) -> HTTPResponse:
    return json({"error": reason, "message": f"the callback is not believed: {reason}"}, status=status)
