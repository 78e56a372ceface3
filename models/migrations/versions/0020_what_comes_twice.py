"""waves of one day, forms that were sent"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_NAMES = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}


def upgrade() -> None:
    """Two waves of a series may be of one day: those that are there are the first of theirs. Of an
    open questionnaire the forms that were sent are known until its close.
    """
    # SQLite's constraint has no name of its own: it is given the one of PostgreSQL.
    with op.batch_alter_table("survey", naming_convention=_NAMES) as batch:
        batch.add_column(sa.Column("number", sa.Integer(), server_default="1", nullable=False))
        batch.drop_constraint("survey_series_on_key", type_="unique")
        batch.create_unique_constraint("survey_series_on_number_key", ["series", "on", "number"])
    op.add_column(
        "waiting_sheets", sa.Column("forms", sa.String(), server_default="", nullable=False)
    )
