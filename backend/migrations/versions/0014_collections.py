"""Money that customers owe: price gaps and repairs, with what was agreed and what was paid."""

import sqlalchemy as sa
from alembic import op

from backend.migrations.append_only import make_append_only

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
LOG = "collection_event"
LIVE = sa.text("state IN ('OPEN', 'PAID') AND used_at IS NULL")
DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("after_sales_case", sa.Column("gap_fen", sa.BigInteger))
    op.add_column("case_line", sa.Column("send_sku", sa.String(80)))
    op.add_column("case_line", sa.Column("send_price_fen", sa.BigInteger))
    op.add_column("payment", sa.Column("collection_no", sa.String(40), nullable=False, server_default=""))
    _create_collections()
    _create_log()


def downgrade() -> None:
    raise NotImplementedError("what was paid is never forgotten: restore a backup instead")


def _create_collections() -> None:
    op.create_table(
        "collection",
        sa.Column("id", ID, primary_key=True),
        sa.Column("collection_no", sa.String(40), nullable=False, unique=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("amount_fen", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("collector", sa.String(16), nullable=False),
        sa.Column("token", sa.String(64), nullable=False, unique=True),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("polls", sa.Integer, nullable=False),
        sa.Column("paid_at", TIME),
        sa.Column("method", sa.String(12)),
        sa.Column("provider_no", sa.String(80), nullable=False),
        sa.Column("settled_by", sa.String(80), nullable=False),
        sa.Column("used_at", TIME),
        sa.Column("code", sa.String(64), nullable=False),
        sa.UniqueConstraint("case_id", "number"),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint(
            "state IN ('OPEN', 'CANCELLED') OR (provider_no <> '' AND paid_at IS NOT NULL AND method IS NOT NULL)",
            name="paid_with_number",
        ),
    )
    op.create_index(
        "uq_one_live_collection",
        "collection",
        ["case_id", "purpose"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index("ix_collection_state", "collection", ["state"])
    op.create_index("ix_collection_due", "collection", ["due_at"], sqlite_where=DUE, postgresql_where=DUE)
    op.create_index("ix_collection_collector", "collection", ["collector", "opened_at"])


def _create_log() -> None:
    op.create_table(
        LOG,
        sa.Column("id", ID, primary_key=True),
        sa.Column("collection_id", ID, sa.ForeignKey("collection.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.UniqueConstraint("collection_id", "version"),
    )
    op.create_index("ix_collection_event_collection_id", LOG, ["collection_id"])
    make_append_only(LOG)
