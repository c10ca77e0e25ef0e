"""Entries of an intake with their versions, and who of a roll has something left to do."""

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('act_entry',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('act_id', sa.Text(), nullable=False),
    sa.Column('participant_id', sa.Text(), nullable=False),
    sa.Column('root_id', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Text(), server_default='', nullable=False),
    sa.Column('unit', sa.Text(), server_default='', nullable=False),
    sa.Column('origin', sa.Text(), nullable=True),
    sa.Column('no', sa.Integer(), server_default='0', nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='0', nullable=False),
    sa.Column('name', sa.Text(), server_default='', nullable=False),
    sa.Column('category', sa.Text(), server_default='', nullable=False),
    sa.Column('person', sa.Text(), nullable=True),
    sa.Column('likeness', sa.Text(), server_default='', nullable=False),
    sa.Column('remarks', sa.Text(), nullable=True),
    sa.Column('draft', sa.Text(), nullable=True),
    sa.Column('draft_at', sa.DateTime(), nullable=True),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(), nullable=True),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_act_entry'))
    )
    with op.batch_alter_table('act_entry', schema=None) as batch_op:
        batch_op.create_index('ix_act_entry_origin', ['origin'], unique=False)
        batch_op.create_index('ix_act_entry_participant', ['participant_id'], unique=False)
        batch_op.create_index('ix_act_entry_unit', ['act_id', 'unit_id'], unique=False)

    op.create_table('act_entry_version',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('entry_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('files', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['act_entry.id'], name=op.f('fk_act_entry_version_entry_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_act_entry_version')),
    sa.UniqueConstraint('entry_id', 'version', name=op.f('uq_act_entry_version_entry_id_version'))
    )
    with op.batch_alter_table('act_participant', schema=None) as batch_op:
        batch_op.create_index('ix_act_participant_state', ['act_id', 'state'], unique=False)


def downgrade() -> None:
    """Undo this step."""
    with op.batch_alter_table('act_participant', schema=None) as batch_op:
        batch_op.drop_index('ix_act_participant_state')

    op.drop_table('act_entry_version')
    with op.batch_alter_table('act_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_act_entry_unit')
        batch_op.drop_index('ix_act_entry_participant')
        batch_op.drop_index('ix_act_entry_origin')

    op.drop_table('act_entry')
