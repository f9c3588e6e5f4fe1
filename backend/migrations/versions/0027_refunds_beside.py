"""Whether a case waits for a refund of its own, or it is paid beside the case."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("refund_leg", sa.Column("beside", sa.Boolean, nullable=False, server_default=sa.text("false")))


def downgrade() -> None:
    with op.batch_alter_table("refund_leg") as refund_leg:
        refund_leg.drop_column("beside")
