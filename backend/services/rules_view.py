"""The rule book as a list of named values, two of them compared, and the ways they go for an order that is made up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.domain.order import Order, OrderLine, OrderStatus, Payment, PaymentMethod
from backend.domain.request import Reason, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.rule_types import Clock, Span
from backend.domain.rules import Rules, spelled
from backend.ports import World
from backend.services.rules import Explained, explain_order

_EXAMPLE = "13800000000"
"""The telephone of the shipped address, which is nobody's."""


@dataclass(frozen=True)
class Parameter:
    """A parameter by its dotted name; `money` tells that its whole number is fen."""

    name: str
    value: Any
    money: bool = False


@dataclass(frozen=True)
class ChangedParameter:
    """A parameter that two rule books hold differently; None where one of them has none."""

    name: str
    was: Parameter | None
    now: Parameter | None


def parameters(book: RuleBook) -> dict[str, list[Parameter]]:
    """Every parameter of the merchant's own rules, by section, in the order of the rule book."""
    return {
        each.name.rstrip("_"): list(_leaves(each.name.rstrip("_"), getattr(book.rules, each.name)))
        for each in fields(book.rules)
    }


def example_address(rules: Rules) -> bool:
    """Whether customers would be told the address that the rule book is shipped with, or its telephone."""
    return rules.return_.address.phone == _EXAMPLE


def changed_parameters(was: RuleBook, now: RuleBook) -> list[ChangedParameter]:
    """What differs between two rule books, words and overrides included."""
    before, after = _by_name(was), _by_name(now)
    names = [*after, *(name for name in before if name not in after)]
    found = (ChangedParameter(name, before.get(name), after.get(name)) for name in names)
    return [each for each in found if _value(each.was) != _value(each.now)]


@dataclass(frozen=True)
class Sample:
    """An order that is made up to try the rules: one kind of goods, paid by WeChat."""

    paid_fen: int
    category: str
    quantity: int
    status: OrderStatus
    signed_days_ago: int
    tier: str = ""


def explain_sample(world: World, sample: Sample, *, wish: Wish, reason: Reason, at: datetime) -> Explained:
    """What the rules in force at that time say to such an order."""
    return explain_order(world.rule_book(at), sample_order(sample, at), wish=wish, reason=reason, at=at)


def sample_order(sample: Sample, at: datetime) -> Order:
    """The order that a sample means at that time."""
    signed_at = at - timedelta(days=sample.signed_days_ago)
    shipped = sample.status is not OrderStatus.PAID
    received = sample.status in (OrderStatus.SIGNED, OrderStatus.COMPLETED)
    line = OrderLine(
        line_no=1,
        sku="SAMPLE",
        title="SAMPLE",
        category=sample.category,
        quantity=sample.quantity,
        unit_price_fen=sample.paid_fen // sample.quantity,
        line_discount_fen=0,
        paid_fen=sample.paid_fen,
    )
    return Order(
        order_no="SAMPLE",
        status=sample.status,
        placed_at=signed_at - timedelta(days=3),
        shipped_at=signed_at - timedelta(days=2) if shipped else None,
        signed_at=signed_at if received else None,
        buyer_name="",
        buyer_phone="",
        lines=(line,),
        order_discount_fen=0,
        coupon_code="",
        coupon_fen=0,
        points_used=0,
        shipping_fen=0,
        payments=(Payment(PaymentMethod.WECHAT, "SAMPLE", sample.paid_fen),),
        paid_fen=sample.paid_fen,
        buyer_tier=sample.tier,
    )


def _value(parameter: Parameter | None) -> Any:
    return None if parameter is None else parameter.value


def _by_name(book: RuleBook) -> dict[str, Parameter]:
    leaves = [each for section in parameters(book).values() for each in section]
    leaves += _leaves("wording", book.wording)
    leaves += [Parameter(f"overrides.{n}", _told(each)) for n, each in enumerate(book.overrides, 1)]
    return {each.name: each for each in leaves}


def _told(override: Any) -> str:
    scope = {name: value for name, value in vars(override.scope).items() if value is not None}
    return f"{scope} → {dict(override.set)}"


def _leaves(name: str, value: Any, money: bool = False) -> Iterator[Parameter]:
    if isinstance(value, Mapping):
        for key, held in value.items():
            yield from _leaves(f"{name}.{spelled(key)}", held, money or _is_money(f"{name}.{spelled(key)}"))
    elif is_dataclass(value) and not isinstance(value, Clock | Span | type):
        for each in fields(value):
            below = f"{name}.{each.name.rstrip('_')}"
            yield from _leaves(below, getattr(value, each.name), _is_money(below))
    elif isinstance(value, tuple) and value and is_dataclass(value[0]):
        for number, each in enumerate(value, 1):
            yield from _leaves(f"{name}.{number}", each)
    else:
        yield Parameter(name, value, money)


_MONEY = ("amount", "max_amount", "from_amount", "reimburse_cap", "keep_item_max", "new_account_amount", "coupon")
_MONEY_BELOW = ("approval.matrix.", "compensation.limit.")


def _is_money(name: str) -> bool:
    return name.rpartition(".")[2] in _MONEY or name.startswith(_MONEY_BELOW)
