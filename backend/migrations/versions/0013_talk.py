"""Alerts about conversations, and what an agent is doing in one: typing, and how far they have read.

An alert belongs to a case, to a complaint or to a conversation from now on: exactly one of the three.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
OWNER = "(case_id IS NULL) <> (complaint_id IS NULL)"
OWNERS = ("case_id", "complaint_id", "conversation_id")
ONE_SUBJECT = " + ".join(f"CASE WHEN {owner} IS NULL THEN 0 ELSE 1 END" for owner in OWNERS) + " = 1"


def upgrade() -> None:
    op.create_table(
        "talk_sign",
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), primary_key=True),
        sa.Column("typing_until", TIME),
        sa.Column("read_seq", sa.Integer, nullable=False, server_default="0"),
        sa.Column("changed_at", TIME, nullable=False),
    )
    op.create_index("ix_talk_sign_changed", "talk_sign", ["changed_at"])
    with op.batch_alter_table("staff_alert", copy_from=_alerts()) as changed:
        changed.add_column(sa.Column("conversation_id", sa.String(40), nullable=True))
        changed.create_foreign_key("fk_staff_alert_conversation_id_conversation", "conversation", *_KEY)
        changed.drop_constraint("one_owner", type_="check")
        changed.create_check_constraint("one_subject", ONE_SUBJECT)
    op.create_index("ix_staff_alert_conversation_id", "staff_alert", ["conversation_id"])


def downgrade() -> None:
    raise NotImplementedError("what staff were told is never forgotten: restore a backup instead")


_KEY = (["conversation_id"], ["id"])


def _alerts() -> sa.Table:
    """The table as 0004 made it."""
    naming = op.get_context().opts["target_metadata"].naming_convention
    return sa.Table(
        "staff_alert",
        sa.MetaData(naming_convention=naming),
        sa.Column("id", ID, primary_key=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id")),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("staff_name", sa.String(60)),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("dedupe_key", sa.String(160), nullable=False, unique=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("seen_at", TIME),
        sa.Column("complaint_id", ID, sa.ForeignKey("complaint.id")),
        sa.CheckConstraint(OWNER, name="one_owner"),
        sa.Index("ix_staff_alert_case_id", "case_id"),
        sa.Index("ix_staff_alert_complaint_id", "complaint_id"),
        sa.Index("ix_staff_alert_role", "role", "at"),
    )
