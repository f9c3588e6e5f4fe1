"""An order as the shop sold it: lines, discounts, payments, and how far it has come. Money in integer fen."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

VIP = "vip"
"""The tier of buyers who come first."""


class OrderStatus(str, Enum):
    """How far an order has come, as the order feed tells it."""

    PAID = "paid"
    SHIPPED = "shipped"
    SIGNED = "signed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class PaymentMethod(str, Enum):
    """What an order was paid with; points are counted in fen of their value."""

    WECHAT = "wechat"
    ALIPAY = "alipay"
    CARD = "card"
    BALANCE = "balance"
    POINTS = "points"


@dataclass(frozen=True)
class OrderLine:
    """One kind of goods in an order.

    `paid_fen` is what the buyer really paid for all `quantity` pieces: list price less the line's discount less its
    share of the order's discount, frozen at the first import (rule book 6, step 1).
    """

    line_no: int
    sku: str
    title: str
    category: str
    quantity: int
    unit_price_fen: int
    line_discount_fen: int
    paid_fen: int


@dataclass(frozen=True)
class Payment:
    """One part of what was paid, `paid_fen` by `method` under the provider's `payment_no`."""

    method: PaymentMethod
    payment_no: str
    paid_fen: int


@dataclass(frozen=True)
class Order:
    """A purchase with aware UTC times. `buyer_phone` is the buyer's identity; `paid_fen` includes `shipping_fen`.

    `buyer_tier` is what the shop calls this kind of customer, such as vip; empty for no kind in particular.
    """

    order_no: str
    status: OrderStatus
    placed_at: datetime
    shipped_at: datetime | None
    signed_at: datetime | None
    buyer_name: str
    buyer_phone: str
    lines: tuple[OrderLine, ...]
    order_discount_fen: int
    coupon_code: str
    coupon_fen: int
    points_used: int
    shipping_fen: int
    payments: tuple[Payment, ...]
    paid_fen: int
    buyer_tier: str = ""

    def line(self, line_no: int) -> OrderLine:
        """The line with this number; KeyError when there is none."""
        for line in self.lines:
            if line.line_no == line_no:
                return line
        raise KeyError(line_no)

    @property
    def discount_fen(self) -> int:
        """All that was taken off: of single lines, and of the order as a whole."""
        return self.order_discount_fen + sum(line.line_discount_fen for line in self.lines)

    @property
    def shipped(self) -> bool:
        return self.status in (OrderStatus.SHIPPED, OrderStatus.SIGNED, OrderStatus.COMPLETED)

    @property
    def received(self) -> bool:
        return self.status in (OrderStatus.SIGNED, OrderStatus.COMPLETED)


def search_number(order_no: str) -> str:
    """An order number as it is looked for, however it was typed: upper-case, only letters and digits."""
    return re.sub("[^0-9A-Za-z]", "", order_no).upper()


@dataclass(frozen=True)
class FeedOrder:
    """An order as an order feed tells it, with the file and the line where it begins."""

    order: Order
    file: str
    line: int
