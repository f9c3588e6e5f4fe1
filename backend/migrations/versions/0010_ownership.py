"""People who talk: who claimed what, presence, notes, drafts of replies, what is handed back to the bot."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)

_EPISODE = (
    ("claimed_by", sa.String(60)),
    ("claimed_at", TIME),
    ("first_answer_at", TIME),
    ("offered_to", sa.String(60)),
    ("offered_until", TIME),
    ("score", sa.Integer()),
    ("comment", sa.Text()),
)
_CONVERSATION = (("last_agent_at", TIME), ("last_agent", sa.String(60)), ("follow_up_at", TIME))


def upgrade() -> None:
    for name, kind in _EPISODE:
        op.add_column("handoff", sa.Column(name, kind))
    for name, kind in _CONVERSATION:
        op.add_column("conversation", sa.Column(name, kind))
    _create_presence()
    _create_notes()
    _create_handbacks()


def downgrade() -> None:
    for table in ("handback", "reply_draft", "conversation_note", "agent_presence"):
        op.drop_table(table)
    for table, columns in (("handoff", _EPISODE), ("conversation", _CONVERSATION)):
        with op.batch_alter_table(table) as changed:
            for name, _ in columns:
                changed.drop_column(name)


def _create_presence() -> None:
    op.create_table(
        "agent_presence",
        sa.Column("name", sa.String(60), sa.ForeignKey("staff.name"), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("heard_at", TIME, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
    )


def _create_notes() -> None:
    op.create_table(
        "conversation_note",
        sa.Column("id", ID, primary_key=True),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False),
        sa.Column("author", sa.String(60), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_conversation_note_conversation", "conversation_note", ["conversation_id", "id"])
    op.create_table(
        "reply_draft",
        sa.Column("name", sa.String(60), sa.ForeignKey("staff.name"), nullable=False),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", "conversation_id"),
    )


def _create_handbacks() -> None:
    op.create_table(
        "handback",
        sa.Column("id", ID, primary_key=True),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("slots", sa.JSON, nullable=False),
        sa.Column("resume", sa.Boolean, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("taken_at", TIME),
    )
    op.create_index("ix_handback_open", "handback", ["taken_at", "id"])
