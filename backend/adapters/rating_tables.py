"""The table of what customers think of how their cases were handled."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

rating = Table(
    "rating",
    metadata,
    Column("case_id", Id, ForeignKey("after_sales_case.id"), primary_key=True, autoincrement=False),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False),
    Column("score", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("staff_name", String(60)),
    Column("at", UtcTime, nullable=False),
    CheckConstraint("score >= 1 AND score <= 5", name="score_on_scale"),
    Index("ix_rating_at", "at"),
)
