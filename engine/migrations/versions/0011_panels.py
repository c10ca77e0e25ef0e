"""Panels of experts: sealed seeds, who has which entry, declarations of conflicts."""

import sqlalchemy as sa
from alembic import op


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('act_seal',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('task_id', sa.Text(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('seed', sa.Text(), nullable=False),
    sa.Column('commitment', sa.Text(), nullable=False),
    sa.Column('list_digest', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_act_seal_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_act_seal')),
    sa.UniqueConstraint('task_id', 'no', name=op.f('uq_act_seal_task_id_no'))
    )
    op.create_table('act_assignment',
    sa.Column('participant_id', sa.Text(), nullable=False),
    sa.Column('entry', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('instead_of', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['participant_id'], ['act_participant.id'], name=op.f('fk_act_assignment_participant_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('participant_id', 'entry', name=op.f('pk_act_assignment'))
    )
    op.create_table('act_declaration',
    sa.Column('participant_id', sa.Text(), nullable=False),
    sa.Column('named', sa.Integer(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['participant_id'], ['act_participant.id'], name=op.f('fk_act_declaration_participant_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('participant_id', name=op.f('pk_act_declaration'))
    )


def downgrade() -> None:
    """Undo this step."""
    op.drop_table('act_declaration')
    op.drop_table('act_assignment')
    op.drop_table('act_seal')
