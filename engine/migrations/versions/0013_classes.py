"""The class of participant of somebody on a roll."""

import sqlalchemy as sa
from alembic import op


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column(
        'act_participant', sa.Column('category', sa.Text(), server_default='', nullable=False)
    )


def downgrade() -> None:
    """Undo this step."""
    op.drop_column('act_participant', 'category')
