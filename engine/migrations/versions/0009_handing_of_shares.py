"""Secret ballots: a scrutineer's passphrase is chosen before his share exists."""

import sqlalchemy as sa
from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table('ballot_scrutineer') as table:
        table.add_column(sa.Column('handing_key', sa.Text(), nullable=False, server_default=''))


def downgrade() -> None:
    """Undo this step."""
    with op.batch_alter_table('ballot_scrutineer') as table:
        table.drop_column('handing_key')
