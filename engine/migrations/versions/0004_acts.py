"""Acts: parts of tasks; what was opened, who takes part, who must not, what was handed in."""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.add_column(sa.Column('part_of', sa.Text(), nullable=True))
        batch_op.create_index('ix_task_part_of', ['part_of'], unique=False)

    op.create_table('act',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('instance_id', sa.Text(), nullable=False),
    sa.Column('node', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('settings', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('prepared_at', sa.DateTime(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['id'], ['task.id'], name=op.f('fk_act_id')),
    sa.ForeignKeyConstraint(['instance_id'], ['instance.id'], name=op.f('fk_act_instance_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_act'))
    )
    with op.batch_alter_table('act', schema=None) as batch_op:
        batch_op.create_index('ix_act_instance', ['instance_id'], unique=False)

    op.create_table('act_participant',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('act_id', sa.Text(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('principal', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('unit', sa.Text(), server_default='', nullable=False),
    sa.Column('task_id', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('needed', sa.Integer(), nullable=False),
    sa.Column('given', sa.Integer(), server_default='0', nullable=False),
    sa.Column('version', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['act_id'], ['act.id'], name=op.f('fk_act_participant_act_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_act_participant')),
    sa.UniqueConstraint('act_id', 'no', name=op.f('uq_act_participant_act_id_no')),
    sa.UniqueConstraint('act_id', 'principal', name=op.f('uq_act_participant_act_id_principal'))
    )
    with op.batch_alter_table('act_participant', schema=None) as batch_op:
        batch_op.create_index('ix_act_participant_task', ['task_id'], unique=False)

    op.create_table('act_conflict',
    sa.Column('participant_id', sa.Text(), nullable=False),
    sa.Column('entry', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['participant_id'], ['act_participant.id'], name=op.f('fk_act_conflict_participant_id')),
    sa.PrimaryKeyConstraint('participant_id', 'entry', name=op.f('pk_act_conflict'))
    )
    op.create_table('contribution',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('act_id', sa.Text(), nullable=False),
    sa.Column('participant_id', sa.Text(), nullable=False),
    sa.Column('entry', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('current', sa.Boolean(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['act_id'], ['act.id'], name=op.f('fk_contribution_act_id')),
    sa.ForeignKeyConstraint(['participant_id'], ['act_participant.id'], name=op.f('fk_contribution_participant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contribution')),
    sa.UniqueConstraint('participant_id', 'entry', 'version', name=op.f('uq_contribution_participant_id_entry_version'))
    )
    with op.batch_alter_table('contribution', schema=None) as batch_op:
        batch_op.create_index('ix_contribution_act', ['act_id', 'entry'], unique=False)


def downgrade() -> None:
    """Undo this step."""
    with op.batch_alter_table('contribution', schema=None) as batch_op:
        batch_op.drop_index('ix_contribution_act')

    op.drop_table('contribution')
    op.drop_table('act_conflict')
    with op.batch_alter_table('act_participant', schema=None) as batch_op:
        batch_op.drop_index('ix_act_participant_task')

    op.drop_table('act_participant')
    with op.batch_alter_table('act', schema=None) as batch_op:
        batch_op.drop_index('ix_act_instance')

    op.drop_table('act')
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_index('ix_task_part_of')
        batch_op.drop_column('part_of')
