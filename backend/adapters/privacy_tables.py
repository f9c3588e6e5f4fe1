"""The table of erasures: whose personal data were erased, on whose order, and whether their files are gone."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, text

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

_UNDONE = text("files_gone_at IS NULL")

erasure = Table(
    "erasure",
    metadata,
    Column("customer_id", Id, ForeignKey("customer.id"), primary_key=True),
    Column("asked_by", String(60), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("files_gone_at", UtcTime),
    Column("busy", Boolean, nullable=False, server_default=text("false")),
    Index("ix_erasure_undone", "at", sqlite_where=_UNDONE, postgresql_where=_UNDONE),
)
"""`busy` is set and unset within one transaction: that one, and no other, may change `detail` of the logs."""
