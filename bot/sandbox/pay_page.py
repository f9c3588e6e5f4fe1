"""The page on which a customer pays at the sandbox: what it is for, how much, one button.

It is reached by a link that the shop has signed; number, amount and end stand in it. Nobody is asked for a password:
no money moves.
"""

import time
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from backend.domain.money import yuan
from bot.sandbox.ledger import Ledger
from bot.sandbox.signing import is_our_link

PAGE = "/pay/"
_WORDS = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


def pay_routes(ledger: Ledger, key: bytes) -> list[web.RouteDef]:
    """`GET /pay/TOKEN` shows what is to be paid, `POST` pays it; 404 for a link of nobody's, 410 for one that ended."""

    async def show(request: web.Request) -> web.Response:
        return _shown(request, ledger, key)

    async def pay(request: web.Request) -> web.Response:
        if _status(request, key) == 200:
            ledger.pay(request.query["no"], int(request.query["amount_fen"]), time.time())
        return _shown(request, ledger, key)

    return [web.get(PAGE + "{token}", show), web.post(PAGE + "{token}", pay)]


def _shown(request: web.Request, ledger: Ledger, key: bytes) -> web.Response:
    status = _status(request, key)
    genuine = status != 404
    number = request.query["no"] if genuine else ""
    paid = genuine and ledger.payment(number) is not None
    text = _WORDS.get_template("pay_page.html").render(
        status=200 if paid else status,
        paid=paid,
        collection_no=number,
        amount=yuan(int(request.query["amount_fen"])) if genuine else "",
        action=request.path_qs,
    )
    return web.Response(text=text, status=200 if paid else status, content_type="text/html")


def _status(request: web.Request, key: bytes) -> int:
    if not is_our_link(key, request.match_info["token"], request.query):
        return 404
    return 410 if time.time() >= int(request.query["until"]) else 200
