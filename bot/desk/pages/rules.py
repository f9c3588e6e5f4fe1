"""The rule book in plain Chinese: its parameters, its versions and what they changed, and what it says to an order."""

from datetime import datetime, timezone
from typing import Any

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.money import parse_yuan
from backend.domain.order import OrderStatus
from backend.domain.request import Reason, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.workdays import MERCHANT_ZONE
from backend.errors import NotFound, OrderNotFound
from backend.services import rule_changes
from backend.services.rules import Explained, explain
from backend.services.rules_view import Sample, changed_parameters, example_address, explain_sample, parameters
from bot.desk import rule_words
from bot.desk.text_diff import difference
from bot.desk.visit import Pages, Visit, whole

pages = Pages()

_SEE = Permission.SEE_RULES
SAMPLE_STATUS = (OrderStatus.SIGNED, OrderStatus.SHIPPED, OrderStatus.PAID)


@pages.get("/rules", _SEE)
def rules(visit: Visit) -> Response:
    """The rule book that holds now, or another version's."""
    now = visit.world.clock.now()
    book = _book(visit, visit.query("version")) if visit.query("version") else visit.world.rule_book(now)
    current = visit.world.rule_book(now).version
    return render_rules(visit, "rules/rules.html", book=book, current=current, **_told_of(book))


def _told_of(book: RuleBook) -> dict[str, Any]:
    return {"sections": parameters(book), "example_address": example_address(book.rules)}


@pages.get("/rules/versions", _SEE)
def versions(visit: Visit) -> Response:
    current = visit.world.rule_book(visit.world.clock.now()).version
    values: dict[str, Any] = {
        "editions": rule_changes.editions(visit.world),
        "changes": rule_changes.changes(visit.world),
    }
    return render_rules(visit, "rules/versions.html", current=current, now=visit.world.clock.now(), **values)


@pages.get("/rules/compare", _SEE)
def compare(visit: Visit) -> Response:
    """Two versions: what the later one changed."""
    was, now = _book(visit, visit.query("was")), _book(visit, visit.query("now"))
    texts = [rule_changes.text_of(visit.world, book.version) for book in (was, now)]
    return render_rules(visit, "rules/compare.html", **compared(was, now, *texts))


def compared(was: RuleBook, now: RuleBook, text_was: str, text_now: str) -> dict[str, Any]:
    """What `rules/difference.html` shows."""
    return {"changed": changed_parameters(was, now), "lines": difference(text_was, text_now), "was": was, "now": now}


@pages.get("/rules/try", _SEE)
def what_would_happen(visit: Visit) -> Response:
    """A form for an order, real or made up, with the verdict below it."""
    book = visit.world.rule_book(visit.world.clock.now())
    found, problem = None, ""
    if visit.query("reason"):
        try:
            found = _explained(visit)
        except OrderNotFound:
            problem = "order"
        except ValueError:
            problem = "form"
    return render_rules(
        visit, "rules/try.html", 422 if problem else 200,
        book=book, found=found, problem=problem, asked=visit.request.query_params,
        reasons=Reason, wishes=Wish, statuses=SAMPLE_STATUS, now=visit.world.clock.now().astimezone(MERCHANT_ZONE),
    )  # fmt: skip


def _explained(visit: Visit) -> Explained:
    """The verdict on what the form asks. Raises OrderNotFound, ValueError for a field that cannot be."""
    wish, reason, at = Wish(visit.query("wish")), Reason(visit.query("reason")), _time(visit)
    order_no = visit.query("order_no").strip()
    if order_no:
        return explain(visit.world, order_no, wish=wish, reason=reason, at=at)
    sample = Sample(
        paid_fen=parse_yuan(visit.query("paid", "100.00")),
        category=visit.query("category").strip()[:80],
        quantity=_number(visit.query("quantity", "1"), 1, 999),
        status=OrderStatus(visit.query("status", "signed")),
        signed_days_ago=_number(visit.query("days", "3"), 0, 3650),
        tier=visit.query("tier").strip()[:20],
    )
    if not 0 < sample.paid_fen <= MOST_FEN:
        raise ValueError(sample.paid_fen)
    return explain_sample(visit.world, sample, wish=wish, reason=reason, at=at)


MOST_FEN = 100_000_000
"""A made-up order costs up to a million yuan."""


def _number(text: str, least: int, most: int) -> int:
    number = whole(text)
    if number is None or not least <= number <= most:
        raise ValueError(text)
    return number


def _time(visit: Visit) -> datetime:
    """A local time in the merchant's zone; now where none is given."""
    text = visit.query("at")
    if not text:
        return visit.world.clock.now()
    return datetime.fromisoformat(text).replace(tzinfo=MERCHANT_ZONE).astimezone(timezone.utc)


def _book(visit: Visit, version: str) -> RuleBook:
    number = whole(version)
    if number is None or number not in {each.version for each in rule_changes.editions(visit.world)}:
        raise NotFound(version)
    return visit.world.rule_book_version(number)


def render_rules(visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A page on which parameters are called by their names in Chinese."""
    named = {"title": rule_words.title, "told": rule_words.told, "warning": rule_words.warning}
    return visit.render(template, status, words=rule_words.words(), **named, **values)
