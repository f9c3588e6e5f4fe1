"""Tables of risk signals: the signals, and the fingerprints by which photos are found that look alike."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

risk_signal = Table(
    "risk_signal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("after_sales_case.id"), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("case_id", "kind", "subject"),
)

photo_band = Table(
    "photo_band",
    metadata,
    Column("evidence_id", String(40), ForeignKey("evidence.id"), primary_key=True),
    Column("band", Integer, primary_key=True),
    Column("bits", String(4), nullable=False),
    Index("ix_photo_band_bits", "band", "bits"),
)
