"""Changes of the rule book that wait for a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rule_change",
        sa.Column("id", ID, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("base_version", sa.Integer, sa.ForeignKey("rule_book_version.version"), nullable=False),
        sa.Column("follows", sa.BigInteger, nullable=False),
        sa.Column("author", sa.String(60), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("effective_from", TIME, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("decided_by", sa.String(60)),
        sa.Column("decided_at", TIME),
        sa.Column("answer", sa.Text),
        sa.Column("version", sa.Integer, sa.ForeignKey("rule_book_version.version")),
        sa.CheckConstraint("state <> 'confirmed' OR decided_by <> author", name="second_person"),
        sa.CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided"),
    )


def downgrade() -> None:
    op.drop_table("rule_change")
