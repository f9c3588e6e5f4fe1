"""The shop's orders: searched with personal data masked, and brought in from a file after a look at it."""

from typing import Any, cast

from starlette.responses import Response

from backend.commands.orders import STATUS
from backend.domain.access import Permission
from backend.domain.order_import import Standing
from backend.domain.request import Remedy
from backend.services import audit, order_desk
from backend.services.order_desk import DIFFERENT
from backend.services.orders import show_order
from bot.desk.imports import OrderImports, Stage
from bot.desk.pages.case_words import words
from bot.desk.visit import BadForm, Pages, Visit

pages = Pages()

_IMPORT = Permission.IMPORT_ORDERS
FIRST_ROWS = 10
MOST_PROBLEMS = 200
LARGEST_FILE = 60 * 1024 * 1024


@pages.get("/orders", Permission.SEE_CASES)
def orders(visit: Visit) -> Response:
    words = visit.query("q").strip()
    found = order_desk.search_orders(visit.world, words, by=visit.member)
    return visit.render("orders/orders.html", found=found, words=words, statuses=STATUS, most=order_desk.FOUND)


@pages.get("/orders/imports/{token}", _IMPORT)
def look_at(visit: Visit) -> Response:
    return _import(visit, "orders/import.html")


@pages.get("/orders/imports/{token}/progress", _IMPORT)
def progress(visit: Visit) -> Response:
    """Only what changes while a file is read or stored."""
    return _import(visit, "orders/progress.html")


@pages.post("/orders/import", _IMPORT)
def upload(visit: Visit) -> Response:
    file = visit.file("file")
    if file is None:
        raise BadForm("请选择一个 CSV 文件。")
    if (file.size or 0) > LARGEST_FILE:
        raise BadForm("文件太大：最多 60 MB，请分成几个文件。")
    begun = _imports(visit).begin(file.file.read(), file.filename or "orders.csv", visit.member)
    return visit.go(f"/orders/imports/{begun.token}")


@pages.post("/orders/imports/{token}/confirm", _IMPORT)
def confirm(visit: Visit) -> Response:
    token = visit.path("token")
    _imports(visit).confirm(token, visit.member)
    return visit.go(f"/orders/imports/{token}")


@pages.get("/orders/{order_no}", Permission.SEE_CASES)
def order(visit: Visit) -> Response:
    return _order(visit, "orders/order.html", full=False)


@pages.post("/orders/{order_no}/personal", Permission.SEE_PERSONAL)
def personal(visit: Visit) -> Response:
    """The buyer in full; that it was looked at is written down."""
    answer = _order(visit, "orders/buyer.html", full=True)
    audit.note_look(visit.world, visit.member, "order", visit.path("order_no"), address=visit.address)
    return answer


def _order(visit: Visit, template: str, *, full: bool) -> Response:
    found, claimed = show_order(visit.world, visit.path("order_no"))
    book = visit.world.rule_book(visit.world.clock.now())
    return visit.render(
        template,
        order=found,
        claimed=claimed,
        cases=order_desk.cases_of(visit.world, found.order_no),
        case_words=words(),
        remedies=Remedy,
        statuses=STATUS,
        full=full,
        book=book,
    )


def _import(visit: Visit, template: str) -> Response:
    found = _imports(visit).get(visit.path("token"), visit.member)
    values: dict[str, Any] = {"standing": Standing, "stage": Stage, "different": DIFFERENT, "statuses": STATUS}
    return visit.render(template, found=found, first=FIRST_ROWS, most=MOST_PROBLEMS, **values)


def _imports(visit: Visit) -> OrderImports:
    return cast(OrderImports, visit.request.app.state.imports)
