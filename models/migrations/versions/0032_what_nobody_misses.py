"""kept views of lists, and the reading views of PostgreSQL, go"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

READING_VIEWS = ("vue_chiffres", "vue_chantiers", "vue_jalons", "vue_idees_realisees")


def upgrade() -> None:
    op.drop_table("saved_view")
    if op.get_bind().dialect.name == "postgresql":
        for view in READING_VIEWS:
            op.execute(sa.text(f"DROP VIEW IF EXISTS {view}"))
