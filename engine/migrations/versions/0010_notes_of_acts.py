"""What the organiser notes while an act is open."""

import sqlalchemy as sa
from alembic import op


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('act_note',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('act_id', sa.Text(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['act_id'], ['act.id'], name=op.f('fk_act_note_act_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_act_note')),
    sa.UniqueConstraint('act_id', 'no', name=op.f('uq_act_note_act_id_no'))
    )


def downgrade() -> None:
    """Undo this step."""
    op.drop_table('act_note')
