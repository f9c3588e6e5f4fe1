"""Tables for stock: what can be sent as a replacement, and which case it is kept for."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

stock_item = Table(
    "stock_item",
    metadata,
    Column("sku", String(80), primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("reserved", Integer, nullable=False, server_default="0"),
    Column("updated_at", UtcTime, nullable=False),
    CheckConstraint("0 <= reserved AND reserved <= quantity", name="reserved_within_quantity"),
)

stock_reservation = Table(
    "stock_reservation",
    metadata,
    Column("case_id", Id, ForeignKey("after_sales_case.id"), primary_key=True),
    Column("sku", String(80), ForeignKey("stock_item.sku"), primary_key=True),
    Column("pieces", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
)
