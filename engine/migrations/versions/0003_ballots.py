"""Secret ballots: the event, the roll and who watches over it; slips and ballots lie elsewhere."""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('ballot_event',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('instance_id', sa.Text(), nullable=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('rules', sa.Text(), nullable=False),
    sa.Column('rules_digest', sa.Text(), server_default='', nullable=False),
    sa.Column('roll_digest', sa.Text(), server_default='', nullable=False),
    sa.Column('public_key', sa.Text(), server_default='', nullable=False),
    sa.Column('statement', sa.Text(), nullable=True),
    sa.Column('statement_digest', sa.Text(), server_default='', nullable=False),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('result_digest', sa.Text(), server_default='', nullable=False),
    sa.Column('destruction', sa.Text(), nullable=True),
    sa.Column('destruction_digest', sa.Text(), server_default='', nullable=False),
    sa.Column('keep_until', sa.Date(), nullable=True),
    sa.Column('act_no', sa.Integer(), server_default='0', nullable=False),
    sa.Column('act_head', sa.Text(), server_default='0' * 64, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ballot_event'))
    )
    with op.batch_alter_table('ballot_event', schema=None) as batch_op:
        batch_op.create_index('ix_ballot_event_instance', ['instance_id'], unique=False)

    op.create_table('ballot_act',
    sa.Column('event_id', sa.Text(), nullable=False),
    sa.Column('no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('previous', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['ballot_event.id'], name=op.f('fk_ballot_act_event_id')),
    sa.PrimaryKeyConstraint('event_id', 'no', name=op.f('pk_ballot_act'))
    )
    op.create_table('ballot_paper',
    sa.Column('event_id', sa.Text(), nullable=False),
    sa.Column('station', sa.Text(), nullable=False),
    sa.Column('teller', sa.Text(), nullable=False),
    sa.Column('figures', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['ballot_event.id'], name=op.f('fk_ballot_paper_event_id')),
    sa.PrimaryKeyConstraint('event_id', 'station', 'teller', name=op.f('pk_ballot_paper'))
    )
    op.create_table('ballot_roll',
    sa.Column('event_id', sa.Text(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('voter_class', sa.Text(), server_default='', nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('excuse', sa.Text(), server_default='', nullable=False),
    sa.Column('claim', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['ballot_event.id'], name=op.f('fk_ballot_roll_event_id')),
    sa.PrimaryKeyConstraint('event_id', 'person', name=op.f('pk_ballot_roll'))
    )
    op.create_table('ballot_scrutineer',
    sa.Column('event_id', sa.Text(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('share_no', sa.Integer(), server_default='0', nullable=False),
    sa.Column('share_digest', sa.Text(), server_default='', nullable=False),
    sa.Column('locked_share', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['ballot_event.id'], name=op.f('fk_ballot_scrutineer_event_id')),
    sa.PrimaryKeyConstraint('event_id', 'person', name=op.f('pk_ballot_scrutineer'))
    )
    op.create_table('ballot_signature',
    sa.Column('event_id', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['ballot_event.id'], name=op.f('fk_ballot_signature_event_id')),
    sa.PrimaryKeyConstraint('event_id', 'subject', 'person', name=op.f('pk_ballot_signature'))
    )


def downgrade() -> None:
    """Undo this step."""
    for name in ('signature', 'scrutineer', 'roll', 'paper', 'act'):
        op.drop_table(f'ballot_{name}')
    with op.batch_alter_table('ballot_event', schema=None) as batch_op:
        batch_op.drop_index('ix_ballot_event_instance')

    op.drop_table('ballot_event')
