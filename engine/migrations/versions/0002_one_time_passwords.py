"""An account remembers that its password was given by an administrator."""

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('password_once', sa.Boolean(), server_default=sa.text('false'), nullable=False)
        )


def downgrade() -> None:
    """Undo this step."""
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('password_once')
