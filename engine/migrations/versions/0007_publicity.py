"""What the public sees and does: postings, objections, votes of the public, rate limits."""

import sqlalchemy as sa
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('public_rate',
    sa.Column('bucket', sa.Text(), nullable=False),
    sa.Column('hits', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('bucket', name=op.f('pk_public_rate'))
    )
    with op.batch_alter_table('public_rate', schema=None) as batch_op:
        batch_op.create_index('ix_public_rate_until', ['until'], unique=False)

    op.create_table('objection',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('act_id', sa.Text(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('receipt', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('signed', sa.Boolean(), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('channel', sa.Text(), server_default='', nullable=False),
    sa.Column('entries', sa.Text(), nullable=False),
    sa.Column('concerns', sa.Text(), nullable=False),
    sa.Column('ruling', sa.Text(), nullable=True),
    sa.Column('answer', sa.Text(), server_default='', nullable=False),
    sa.Column('examiner', sa.Text(), nullable=True),
    sa.Column('examiner_name', sa.Text(), server_default='', nullable=False),
    sa.Column('second', sa.Text(), nullable=True),
    sa.Column('second_name', sa.Text(), server_default='', nullable=False),
    sa.Column('parts', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='0', nullable=False),
    sa.Column('received_at', sa.DateTime(), nullable=False),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('concluded_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['act_id'], ['act.id'], name=op.f('fk_objection_act_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_objection')),
    sa.UniqueConstraint('act_id', 'no', name=op.f('uq_objection_act_id_no')),
    sa.UniqueConstraint('receipt', name=op.f('uq_objection_receipt'))
    )
    op.create_table('posting',
    sa.Column('act_id', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('counted_from', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('handlers', sa.Text(), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['act_id'], ['act.id'], name=op.f('fk_posting_act_id')),
    sa.PrimaryKeyConstraint('act_id', name=op.f('pk_posting')),
    sa.UniqueConstraint('key', name=op.f('uq_posting_key'))
    )
    with op.batch_alter_table('posting', schema=None) as batch_op:
        batch_op.create_index('ix_posting_state', ['state', 'published_at'], unique=False)

    op.create_table('posting_pause',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('act_id', sa.Text(), nullable=False),
    sa.Column('objection_id', sa.Text(), nullable=False),
    sa.Column('begun_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['act_id'], ['act.id'], name=op.f('fk_posting_pause_act_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posting_pause'))
    )
    with op.batch_alter_table('posting_pause', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_posting_pause_act_id'), ['act_id'], unique=False)

    op.create_table('posting_version',
    sa.Column('act_id', sa.Text(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('restarted', sa.Boolean(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['act_id'], ['act.id'], name=op.f('fk_posting_version_act_id')),
    sa.PrimaryKeyConstraint('act_id', 'no', name=op.f('pk_posting_version'))
    )
    op.create_table('public_box',
    sa.Column('act_id', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('salt', sa.Text(), nullable=False),
    sa.Column('opened_at', sa.DateTime(), nullable=False),
    sa.Column('ends_at', sa.DateTime(), nullable=False),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['act_id'], ['act.id'], name=op.f('fk_public_box_act_id')),
    sa.PrimaryKeyConstraint('act_id', name=op.f('pk_public_box')),
    sa.UniqueConstraint('key', name=op.f('uq_public_box_key'))
    )
    op.create_table('public_vote',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('act_id', sa.Text(), nullable=False),
    sa.Column('entry', sa.Text(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('robot', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['act_id'], ['act.id'], name=op.f('fk_public_vote_act_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_public_vote'))
    )
    with op.batch_alter_table('public_vote', schema=None) as batch_op:
        batch_op.create_index('ix_public_vote_device', ['act_id', 'device', 'day'], unique=False)

    op.create_table('objection_paper',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('objection_id', sa.Text(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), server_default='', nullable=False),
    sa.Column('contact', sa.Text(), server_default='', nullable=False),
    sa.Column('files', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['objection_id'], ['objection.id'], name=op.f('fk_objection_paper_objection_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_objection_paper'))
    )
    with op.batch_alter_table('objection_paper', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_objection_paper_objection_id'), ['objection_id'], unique=False)

    op.create_table('objection_step',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('objection_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_name', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['objection_id'], ['objection.id'], name=op.f('fk_objection_step_objection_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_objection_step'))
    )
    with op.batch_alter_table('objection_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_objection_step_objection_id'), ['objection_id'], unique=False)


def downgrade() -> None:
    """Undo this step."""
    with op.batch_alter_table('objection_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_objection_step_objection_id'))

    op.drop_table('objection_step')
    with op.batch_alter_table('objection_paper', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_objection_paper_objection_id'))

    op.drop_table('objection_paper')
    with op.batch_alter_table('public_vote', schema=None) as batch_op:
        batch_op.drop_index('ix_public_vote_device')

    op.drop_table('public_vote')
    op.drop_table('public_box')
    op.drop_table('posting_version')
    with op.batch_alter_table('posting_pause', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_posting_pause_act_id'))

    op.drop_table('posting_pause')
    with op.batch_alter_table('posting', schema=None) as batch_op:
        batch_op.drop_index('ix_posting_state')

    op.drop_table('posting')
    op.drop_table('objection')
    with op.batch_alter_table('public_rate', schema=None) as batch_op:
        batch_op.drop_index('ix_public_rate_until')

    op.drop_table('public_rate')
