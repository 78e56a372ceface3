"""skills and practices stand beside the marks of interest"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

LAST = "(SELECT coalesce(max(id), 0) FROM interest)"
COLUMNS = """person_id, kind, title, text, "on", ended_on, training_id, name, contact, activity, role,
reach"""
EMPTY = "'', '', '', '', ''"


def upgrade() -> None:
    """Marks of interest keep their ids; those of skills, then of practices, follow them."""
    with op.batch_alter_table("interest") as batch:
        batch.add_column(
            sa.Column("kind", sa.String(), server_default="activite", nullable=False)
        )
        batch.add_column(sa.Column("title", sa.String(), server_default="", nullable=False))
        batch.add_column(sa.Column("ended_on", sa.Date(), nullable=True))
        batch.alter_column("state", existing_type=sa.String(), nullable=True)
    op.execute(
        f"""INSERT INTO interest (id, {COLUMNS})
        SELECT id + {LAST}, person_id, CASE WHEN teaches THEN 'transmettre' ELSE 'apprendre' END,
               title, text, "on", ended_on, training_id, {EMPTY} FROM skill"""
    )
    op.execute(
        f"""INSERT INTO interest (id, {COLUMNS})
        SELECT id + {LAST}, person_id, 'pratique', title, text, "on", withdrawn_on, NULL, {EMPTY}
        FROM practice"""
    )
    op.drop_table("skill")
    op.drop_table("practice")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('interest', 'id'), max(id)) FROM interest"
            " HAVING max(id) IS NOT NULL"
        )
