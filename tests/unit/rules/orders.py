"""Orders and requests as the rule tests need them: only what matters is named."""

from datetime import datetime
from typing import Any

from backend.domain.evidence import EvidenceKind
from backend.domain.judging import JudgedRequest
from backend.domain.order import Order, OrderLine, OrderStatus, Payment, PaymentMethod
from backend.domain.request import Reason, Wish

EVERY_KIND = tuple(EvidenceKind)


def at(text: str) -> datetime:
    """A time in Shanghai, such as "2026-11-08 23:59:59"."""
    return datetime.fromisoformat(f"{text}+08:00")


def cups(paid_fen: int = 10000, quantity: int = 1, *, line_no: int = 1, category: str = "家居") -> OrderLine:
    return OrderLine(line_no, f"CUP-{line_no}", "马克杯", category, quantity, paid_fen // quantity, 0, paid_fen)


def an_order(
    *lines: OrderLine,
    status: OrderStatus = OrderStatus.SIGNED,
    signed_at: datetime | None = None,
    shipping_fen: int = 0,
    payments: tuple[Payment, ...] | None = None,
) -> Order:
    """Bought on 1 November, signed on the 3rd unless told otherwise."""
    goods = lines or (cups(),)
    total = sum(line.paid_fen for line in goods) + shipping_fen
    shipped = status not in (OrderStatus.PAID, OrderStatus.CANCELLED)
    received = status in (OrderStatus.SIGNED, OrderStatus.COMPLETED)
    return Order(
        order_no="202611010001",
        status=status,
        placed_at=at("2026-11-01 10:00:00"),
        shipped_at=at("2026-11-02 10:00:00") if shipped else None,
        signed_at=(signed_at or at("2026-11-03 10:00:00")) if received else None,
        buyer_name="张三",
        buyer_phone="13800001234",
        lines=goods,
        order_discount_fen=0,
        coupon_code="",
        coupon_fen=0,
        points_used=0,
        shipping_fen=shipping_fen,
        payments=(Payment(PaymentMethod.WECHAT, "P1", total),) if payments is None else payments,
        paid_fen=total,
    )


def asking(wish: Wish, reason: Reason, order: Order | None = None, **more: Any) -> JudgedRequest:
    """A request for all of an order, with all evidence and goods as new unless told otherwise."""
    order = order or an_order()
    told = {
        "lines": tuple((line.line_no, line.quantity) for line in order.lines),
        "intact": True,
        "evidence": EVERY_KIND,
        **more,
    }
    return JudgedRequest(order=order, wish=wish, reason=reason, **told)
