"""the last backup and the last restore test are stored with the heartbeats of their tasks"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# Task → what its own table told of it.
_ROWS = {
    "backup": 'SELECT "on" AS good_on, NULL AS failed_on, \'\' AS failure, 0 AS in_a_row,'
    " size AS amount, folder AS place FROM last_backup",
    "rehearsal": 'SELECT CASE WHEN held THEN "on" END AS good_on, CASE WHEN NOT held THEN "on" END'
    " AS failed_on, failure, CASE WHEN held THEN 0 ELSE 1 END AS in_a_row, rows AS amount,"
    " '' AS place FROM rehearsal",
}


def upgrade() -> None:
    op.add_column(
        "heartbeat", sa.Column("amount", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("heartbeat", sa.Column("place", sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    heartbeat = sa.table(
        "heartbeat",
        *(
            sa.column(name)
            for name in ("task", "good_on", "failed_on", "failure", "in_a_row", "amount", "place")
        ),
    )
    for task, rows in _ROWS.items():
        row = connection.execute(sa.text(rows)).mappings().first()
        if row is None:
            continue
        left = {"amount": row["amount"], "place": row["place"], "failure": row["failure"]}
        known = heartbeat.update().where(heartbeat.c.task == task).values(left)
        if not connection.execute(known).rowcount:
            connection.execute(heartbeat.insert().values(task=task, **row))
    op.drop_table("last_backup")
    op.drop_table("rehearsal")
