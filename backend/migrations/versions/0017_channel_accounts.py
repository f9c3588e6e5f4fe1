"""A channel account that proved to be a buyer can lose that again, and keep it in mind that it had it."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity_proof", sa.Column("revoked_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.execute("DELETE FROM identity_proof WHERE revoked_at IS NOT NULL")
    op.drop_column("identity_proof", "revoked_at")
