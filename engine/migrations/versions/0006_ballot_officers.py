"""Secret ballots: who counts paper and who sits at the sign-in desk."""

import sqlalchemy as sa
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('ballot_officer',
    sa.Column('event_id', sa.Text(), nullable=False),
    sa.Column('duty', sa.Text(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['ballot_event.id'], name=op.f('fk_ballot_officer_event_id')),
    sa.PrimaryKeyConstraint('event_id', 'duty', 'person', name=op.f('pk_ballot_officer'))
    )


def downgrade() -> None:
    """Undo this step."""
    op.drop_table('ballot_officer')
