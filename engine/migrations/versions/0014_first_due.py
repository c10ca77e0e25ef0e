"""The first participant of an act who has something left to do is found by index."""

from alembic import op


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.drop_index('ix_act_participant_state', table_name='act_participant')
    op.create_index('ix_act_participant_state', 'act_participant', ['act_id', 'state', 'no'], unique=False)


def downgrade() -> None:
    """Undo this step."""
    op.drop_index('ix_act_participant_state', table_name='act_participant')
    op.create_index('ix_act_participant_state', 'act_participant', ['act_id', 'state'], unique=False)
