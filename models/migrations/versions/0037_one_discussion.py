"""what is said of ideas and of other things stands in the same tables"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None
told = "les commentaires des idées et ce qui se dit ailleurs se suivent et se modèrent de même"

IDEA = "'idee' AS subject, CAST(idea_id AS VARCHAR)"


def upgrade() -> None:
    """Contributions keep their ids, which notices name; moderation of ideas comes after the steps
    that are there.
    """
    op.execute("CREATE TABLE old_contribution AS SELECT * FROM contribution")
    op.execute("CREATE TABLE old_event AS SELECT * FROM contribution_event")
    op.drop_table("contribution_event")
    op.drop_table("contribution")
    _create()
    _carry()
    for table in ("old_event", "old_contribution", "moderation", "comment", "support", "follow"):
        op.drop_table(table)
    op.execute(
        "UPDATE outbox SET key = 'contribution-' || substr(key, 13) WHERE key LIKE 'commentaire-%'"
    )


def _create() -> None:
    op.create_table(
        "contribution",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_contribution_subject", "contribution", ["subject", "key", "seq"], unique=True
    )
    op.create_index("ix_contribution_person", "contribution", ["person_id", "on"])
    op.create_index("ix_contribution_kind", "contribution", ["kind", "subject", "key"])
    op.create_table(
        "contribution_event",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("voids", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("contribution_id", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"]),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name, columns in (
        ("on", ["on"]),
        ("voids", ["voids"]),
        ("contribution_id", ["contribution_id"]),
        ("subject", ["subject", "key"]),
        ("what", ["what", "subject", "key"]),
        ("open", ["open", "id"]),
    ):
        op.create_index(f"ix_contribution_event_{name}", "contribution_event", columns)


def _carry() -> None:
    # In the order of the random ids, so that where a row lies tells nothing of its hour.
    op.execute(
        f"""INSERT INTO contribution
        (id, subject, key, seq, person_id, "on", kind, text, hidden)
        SELECT id, subject, key, seq, person_id, "on", kind, text, hidden FROM old_contribution
        UNION ALL
        SELECT id, {IDEA}, seq, person_id, "on",
               CASE voice WHEN 'public' THEN 'commentaire' ELSE voice END, text, hidden FROM comment
        ORDER BY 1"""
    )
    op.execute(
        """INSERT INTO contribution_event
        (id, "on", recorded_on, "by", reason, voids, subject, key, contribution_id, what, open)
        SELECT e.id, e."on", e.recorded_on, e."by", e.reason, e.voids, c.subject, c.key, c.id,
               e.what, e.open
        FROM old_event AS e JOIN contribution AS c ON c.id = e.contribution_id"""
    )
    last = "(SELECT coalesce(max(id), 0) FROM old_event)"
    op.execute(
        f"""INSERT INTO contribution_event
        (id, "on", recorded_on, "by", reason, voids, subject, key, contribution_id, what, open)
        SELECT id + {last}, "on", recorded_on, "by", reason, voids + {last}, {IDEA}, comment_id,
               what, open
        FROM moderation"""
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """SELECT setval(pg_get_serial_sequence('contribution_event', 'id'),
            (SELECT max(id) FROM contribution_event)) WHERE EXISTS (SELECT 1 FROM contribution_event)"""
        )
    for table, old in (("subject_support", "support"), ("subject_follow", "follow")):
        op.execute(
            f"""INSERT INTO {table} (subject, key, person_id, "on")
            SELECT {IDEA}, person_id, "on" FROM {old} ORDER BY 2, 3"""
        )
