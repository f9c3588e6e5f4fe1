"""Who gets in to the desk and what they did there: accounts, log-ins, the audit trail."""

import sqlalchemy as sa
from alembic import op

from backend.migrations.append_only import drop_append_only, make_append_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff_account",
        sa.Column("name", sa.String(60), sa.ForeignKey("staff.name"), primary_key=True),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("locked_until", TIME),
        sa.Column("changed_at", TIME, nullable=False),
    )
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(60), sa.ForeignKey("staff.name"), nullable=False, index=True),
        sa.Column("csrf", sa.String(40), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("revoked", sa.Boolean, nullable=False, server_default=sa.text("false")),
    )
    _create_audit()


def downgrade() -> None:
    for table in ("audit_entry", "staff_session", "staff_account"):
        op.drop_table(table)
    drop_append_only("audit_entry")


def _create_audit() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "id"])
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor", "id"])
    make_append_only("audit_entry")
