"""How much the opinion of somebody on a roll counts."""

import sqlalchemy as sa
from alembic import op


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column(
        'act_participant', sa.Column('weight', sa.Integer(), server_default='1', nullable=False)
    )


def downgrade() -> None:
    """Undo this step."""
    op.drop_column('act_participant', 'weight')
