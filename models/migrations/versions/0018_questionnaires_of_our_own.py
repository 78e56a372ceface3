"""questionnaires of our own"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is asked, what waits until enough have answered, invitations that were not used."""
    _questionnaires()
    _answers()


def _questionnaires() -> None:
    op.create_table(
        'questionnaire',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('title', sa.String(), nullable=False),
        sa.Column('series', sa.String(), nullable=False),
        sa.Column('introduction', sa.String(), nullable=False),
        sa.Column('agents', sa.Boolean(), nullable=False),
        sa.Column('by_link', sa.Boolean(), nullable=False),
        sa.Column('asks_direction', sa.Boolean(), nullable=False),
        sa.Column('closes_on', sa.Date(), nullable=False),
        sa.Column('state', sa.String(), nullable=False),
        sa.Column('opened_on', sa.Date(), nullable=True),
        sa.Column('closed_on', sa.Date(), nullable=True),
        sa.Column('survey_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['survey_id'], ['survey.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('key'),
        sa.UniqueConstraint('survey_id'),
    )
    op.create_index('ix_questionnaire_state', 'questionnaire', ['state'])
    op.create_table(
        'questionnaire_ambition',
        sa.Column('questionnaire_id', sa.Integer(), nullable=False),
        sa.Column('ambition_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['ambition_id'], ['ambition.id']),
        sa.ForeignKeyConstraint(['questionnaire_id'], ['questionnaire.id']),
        sa.PrimaryKeyConstraint('questionnaire_id', 'ambition_id'),
    )
    op.create_table(
        'asked_question',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('questionnaire_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(), nullable=False),
        sa.Column('kind', sa.String(), nullable=False),
        sa.Column('text', sa.String(), nullable=False),
        sa.Column('hint', sa.String(), nullable=False),
        sa.Column('choices', sa.String(), nullable=False),
        sa.Column('lines', sa.String(), nullable=False),
        sa.Column('required', sa.Boolean(), nullable=False),
        sa.Column('only_if_id', sa.Integer(), nullable=True),
        sa.Column('only_if', sa.String(), nullable=False),
        sa.Column('figure', sa.String(), nullable=True),
        sa.ForeignKeyConstraint(['only_if_id'], ['asked_question.id']),
        sa.ForeignKeyConstraint(['questionnaire_id'], ['questionnaire.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(
        'ix_asked_question_questionnaire_id', 'asked_question', ['questionnaire_id']
    )


def _answers() -> None:
    op.create_table(
        'waiting_sheets',
        sa.Column('questionnaire_id', sa.Integer(), nullable=False),
        sa.Column('n', sa.Integer(), nullable=False),
        sa.Column('sealed', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['questionnaire_id'], ['questionnaire.id']),
        sa.PrimaryKeyConstraint('questionnaire_id'),
        sqlite_with_rowid=False,
    )
    op.create_table(
        'questionnaire_invitation',
        sa.Column('code', sa.String(), nullable=False),
        sa.Column('questionnaire_id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('direction_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['direction_id'], ['direction.id']),
        sa.ForeignKeyConstraint(['person_id'], ['person.id']),
        sa.ForeignKeyConstraint(['questionnaire_id'], ['questionnaire.id']),
        sa.PrimaryKeyConstraint('code'),
        sqlite_with_rowid=False,
    )
    for column in ('person_id', 'questionnaire_id'):
        op.create_index(
            f'ix_questionnaire_invitation_{column}', 'questionnaire_invitation', [column]
        )
    op.create_table(
        'invited_count',
        sa.Column('questionnaire_id', sa.Integer(), nullable=False),
        sa.Column('direction_id', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('invited', sa.Integer(), nullable=False),
        sa.Column('answered', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['questionnaire_id'], ['questionnaire.id']),
        sa.PrimaryKeyConstraint('questionnaire_id', 'direction_id'),
        sqlite_with_rowid=False,
    )
