"""Where a buyer can be written to: proofs by buyer."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_identity_proof_customer", "identity_proof", ["customer_id"])


def downgrade() -> None:
    op.drop_index("ix_identity_proof_customer", "identity_proof")
