"""The table of what only one process does at a time."""

from sqlalchemy import Column, String, Table

from backend.adapters.columns import UtcTime
from backend.adapters.tables import metadata

duty = Table(
    "duty",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("holder", String(40), nullable=False),
    Column("leased_until", UtcTime, nullable=False),
)
