"""The score at each size of regions, so that a run can be judged again by the size of regions too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Earlier results have no such scores: they are judged again by score and subspaces alone."""
    op.add_column("results", sa.Column("size_scores", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Without them."""
    op.drop_column("results", "size_scores")
