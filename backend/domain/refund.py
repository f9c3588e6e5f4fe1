"""How much of an order is paid back, and to where: the algorithm of the rule book, section 6. All amounts in
fen.

Shares are frozen once, at the first import, and a line's pieces are counted cumulatively. Re-weighting what
is left after each refund would pay 108 instead of 120 for the 150 of an order of 150 + 60 less 42.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.domain.money import allocate
from backend.domain.order import Order, OrderLine, Payment, PaymentMethod


class AmountAboveRest(ValueError):
    """More is to be paid back than is left of what was paid; `rest_fen` is what is left."""

    def __init__(self, amount_fen: int, rest_fen: int) -> None:
        super().__init__(f"{amount_fen} fen cannot be paid back: only {rest_fen} fen are left of what was paid")
        self.amount_fen, self.rest_fen = amount_fen, rest_fen


@dataclass(frozen=True)
class PaymentPart:
    """One part of what was paid; `reserved_fen` counts every refund leg on it that has not definitely
    failed.
    """

    method: PaymentMethod
    payment_no: str
    paid_fen: int
    reserved_fen: int = 0

    @property
    def rest_fen(self) -> int:
        return max(self.paid_fen - self.reserved_fen, 0)


@dataclass(frozen=True)
class LegPlan:
    """`amount_fen` goes back to this payment."""

    method: PaymentMethod
    payment_no: str
    amount_fen: int


@dataclass(frozen=True)
class Deduction:
    """What the customer agreed to have kept back, as a positive amount, and why."""

    reason: str
    fen: int


@dataclass(frozen=True)
class Quote:
    """What one case pays back.

    `goods_fen` is what was really paid for the pieces, `discount_fen` the share of the order's discount in it
    (told, never paid out), `shipping_fen` the purchase's shipping that goes back, `deducted_fen` what is kept
    back, `capped_fen` what was cut because more is not left of the payments. `value_fen` is the sum;
    `points_fen` of it goes back as points, `amount_fen` as money, each to the payment named in `legs`.

    Compensation and reimbursed freight are not in here: they are paid on their own account, because the
    original payments can never give back more than was paid.
    """

    goods_fen: int
    discount_fen: int
    shipping_fen: int
    deductions: tuple[Deduction, ...]
    capped_fen: int
    legs: tuple[LegPlan, ...]

    @property
    def deducted_fen(self) -> int:
        return sum(deduction.fen for deduction in self.deductions)

    @property
    def value_fen(self) -> int:
        return sum(leg.amount_fen for leg in self.legs)

    @property
    def points_fen(self) -> int:
        return sum(leg.amount_fen for leg in self.legs if leg.method is PaymentMethod.POINTS)

    @property
    def amount_fen(self) -> int:
        return self.value_fen - self.points_fen


def paid_shares(line_totals_fen: Sequence[int], order_discount_fen: int) -> list[int]:
    """What was really paid for each line: its total (list price less its own discount) less its share of the
    order's.

    Shares go by largest remainder over the line totals, so they sum to the discount and no line falls below
    zero. Raises ValueError when the discount exceeds the goods.
    """
    if order_discount_fen > sum(line_totals_fen):
        raise ValueError(f"a discount of {order_discount_fen} fen exceeds goods of {sum(line_totals_fen)} fen")
    shares = allocate(order_discount_fen, line_totals_fen)
    return [total - share for total, share in zip(line_totals_fen, shares, strict=True)]


def cumulative_share(total: int, whole: int, before: int, part: int) -> int:
    """The part of a total that falls to `part` of `whole` pieces when `before` went earlier; all parts sum to
    it.
    """
    return total * (before + part) // whole - total * before // whole


def refundable(line: OrderLine, already: int, pieces: int, *, already_fen: int | None = None) -> int:
    """What was paid for the next `pieces` of a line of which `already` are under other cases.

    Three pieces paid 100.00 give 33.33, 33.33 and 33.34. Where it is known what the other cases took
    (`already_fen`), the difference to that is given instead, so that the sum holds even when a case in
    between was withdrawn. Raises ValueError when fewer pieces are left.
    """
    if pieces < 0 or already < 0 or already + pieces > line.quantity:
        raise ValueError(f"line {line.line_no} has {line.quantity - already} pieces left, not {pieces}")
    if already_fen is None or pieces == 0:
        return cumulative_share(line.paid_fen, line.quantity, already, pieces)
    return max(line.paid_fen * (already + pieces) // line.quantity - already_fen, 0)


def discount_share(line: OrderLine, already: int, pieces: int) -> int:
    """The order's discount that is already taken off the price of these pieces: told in the breakdown."""
    share = line.unit_price_fen * line.quantity - line.line_discount_fen - line.paid_fen
    return cumulative_share(max(share, 0), line.quantity, already, pieces)


def shipping_back(order: Order, *, allowed: bool, already_fen: int) -> int:
    """The purchase's shipping, where the rule gives it back: once for each order, never more than was
    paid.
    """
    return max(order.shipping_fen - already_fen, 0) if allowed else 0


def coupon_comes_back(order: Order, returned: Mapping[int, int], *, expired: bool) -> bool:
    """Whether the order's coupon is restored: every piece has gone back (`returned` by line) and it is still
    valid.
    """
    if not order.coupon_code or expired:
        return False
    return all(returned.get(line.line_no, 0) >= line.quantity for line in order.lines)


def payment_parts(payments: Sequence[Payment], reserved: Mapping[tuple[PaymentMethod, str], int]) -> list[PaymentPart]:
    """The parts of what was paid, with what is reserved on each by its method and payment number."""
    return [
        PaymentPart(part.method, part.payment_no, part.paid_fen, reserved.get((part.method, part.payment_no), 0))
        for part in payments
    ]


def split_over_payments(
    parts: Sequence[PaymentPart], amount_fen: int, drain_first: Sequence[PaymentMethod] = ()
) -> list[LegPlan]:
    """Refund legs for an amount, in proportion to what each part paid; what a part has no room for goes to
    the others.

    80 by WeChat and 20 by balance give 50 back as 40 and 10, and as 30 and 20 where balance is drained first
    (`refund.drain_first`). Points keep their proportion in any case. Raises AmountAboveRest when the parts have
    less left.
    """
    rest = sum(part.rest_fen for part in parts)
    if amount_fen > rest:
        raise AmountAboveRest(amount_fen, rest)
    given = _proportional(parts, amount_fen)
    if drain_first:
        given = _drained(parts, given, drain_first)
    return [LegPlan(part.method, part.payment_no, fen) for part, fen in zip(parts, given, strict=True) if fen]


def _drained(parts: Sequence[PaymentPart], given: Sequence[int], first: Sequence[PaymentMethod]) -> list[int]:
    """The money among these shares anew: the methods named are emptied one after another, the others share the rest."""
    groups = [*([method] for method in first), [each for each in PaymentMethod if each not in first]]
    money = [part.method is not PaymentMethod.POINTS for part in parts]
    left = sum(fen for fen, counts in zip(given, money, strict=True) if counts)
    anew = [0 if counts else fen for fen, counts in zip(given, money, strict=True)]
    for group in groups:
        places = [place for place, part in enumerate(parts) if money[place] and part.method in group]
        taken = min(left, sum(parts[place].rest_fen for place in places))
        for place, fen in zip(places, _proportional([parts[place] for place in places], taken), strict=True):
            anew[place] = fen
        left -= taken
    return anew


def _proportional(parts: Sequence[PaymentPart], amount_fen: int) -> list[int]:
    """An amount that the parts have room for, shared by what each part paid."""
    given = [0] * len(parts)
    while amount_fen > sum(given):
        room = [part.rest_fen - fen for part, fen in zip(parts, given, strict=True)]
        weights = [part.paid_fen if free else 0 for part, free in zip(parts, room, strict=True)]
        shares = allocate(amount_fen - sum(given), weights)
        given = [fen + min(share, free) for fen, share, free in zip(given, shares, room, strict=True)]
    return given


def quote(
    goods: Sequence[tuple[int, int]],
    parts: Sequence[PaymentPart],
    *,
    shipping_fen: int = 0,
    deductions: Sequence[Deduction] = (),
    drain_first: Sequence[PaymentMethod] = (),
) -> Quote:
    """What a case pays back for its goods, each given as (paid for these pieces, discount already in that
    price).

    Deductions never take more than goods and shipping; the sum is capped by what is left of the payments.
    """
    goods_fen = sum(paid for paid, _ in goods)
    kept = _within(deductions, goods_fen + shipping_fen)
    due = goods_fen + shipping_fen - sum(deduction.fen for deduction in kept)
    value = min(due, sum(part.rest_fen for part in parts))
    return Quote(
        goods_fen=goods_fen,
        discount_fen=sum(discount for _, discount in goods),
        shipping_fen=shipping_fen,
        deductions=kept,
        capped_fen=due - value,
        legs=tuple(split_over_payments(parts, value, drain_first)),
    )


def _within(deductions: Sequence[Deduction], most_fen: int) -> tuple[Deduction, ...]:
    """The deductions, cut where their sum would pass `most_fen`."""
    kept: list[Deduction] = []
    for deduction in deductions:
        fen = min(deduction.fen, most_fen - sum(earlier.fen for earlier in kept))
        kept.append(Deduction(deduction.reason, fen))
    return tuple(kept)
