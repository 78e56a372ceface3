"""indexes without the rows that have nothing in them; lists that are counted in theirs; what became
of a month's filings, state by state"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None
told = "des index sont refaits, plus petits ou plus complets ; ce que deviennent les dépôts d'un mois"\
    " est recompté, état par état"

# Table → index of the rows that have something in its first column → its columns.
FILLED = {
    "idea": {
        "author": ["author_id", "id"],
        "relay": ["relay_id", "id"],
        "owner": ["owner_id", "id"],
        "meeting": ["meeting_id", "id"],
        "merged": ["merged_into"],
    },
    "idea_event": {"voids": ["voids"]},
}
COUNTED = {
    "status": ["status", "id"],
    "kind": ["kind", "id"],
    "concerns": ["concerns_id", "id"],
    "ambition": ["ambition_id", "id"],
    "ambition_kind": ["ambition_id", "kind", "id"],
}
# A date that is no date (SQLite alone may hold one) stands before all days, as in the models.
MONTH = {
    "sqlite": "coalesce(date({}, 'start of month'), '1000-01-01')",
    "postgresql": "CAST(date_trunc('month', {}) AS date)",
}
ALL = "-1"
# 0: not known.
PLACE = ("coalesce(concerns_id, 0)", "coalesce(ambition_id, 0)")
FIRST = {"sqlite": "first_answer = 1", "postgresql": "first_answer"}


def upgrade() -> None:
    """Most entries have no author, no relay, no owner, no meeting and are not merged: they leave
    the indexes of these. A list is counted in its index, with what is published. What somebody
    brought, and the slowest answers, are looked for in their order. The cohort of a month keeps
    each state, of which its outcomes are made.
    """
    for table, indexes in FILLED.items():
        for name, columns in indexes.items():
            _again(f"ix_{table}_{name}", table, columns, f"{columns[0]} IS NOT NULL")
    for name, columns in COUNTED.items():
        _again(f"ix_idea_{name}", "idea", [*columns, "published"])
    brought = "relay_id IS NOT NULL AND answered_on IS NOT NULL"
    _index("ix_idea_brought", "idea", ["relay_id", "answered_on", "id"], brought)
    slowest = ["delay", "idea_id", "on", "concerns_id", "ambition_id"]
    first = FIRST[op.get_bind().dialect.name]
    _index("ix_idea_event_slowest", "idea_event", slowest, first)
    _cohort(op.get_bind().dialect.name)


def _cohort(engine: str) -> None:
    op.drop_table("idea_cohort")
    op.create_table(
        "idea_cohort",
        sa.Column("concerns_id", sa.Integer(), nullable=False),
        sa.Column("ambition_id", sa.Integer(), nullable=False),
        sa.Column("filed_month", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("concerns_id", "ambition_id", "filed_month", "month", "status"),
    )
    filed, month = MONTH[engine].format("filed_on"), MONTH[engine].format('"on"')
    decided = {"sqlite": "decided IS 1", "postgresql": "decided"}[engine]
    moved = (
        f"{decided} AND coalesce(from_status, '') != coalesce(to_status, '') AND id NOT IN"
        " (SELECT voids FROM idea_event WHERE voids IS NOT NULL)"
    )
    changes = " UNION ALL ".join(
        f"SELECT concerns_id, ambition_id, {filed} AS filed_month, {month} AS month,"
        f" {column} AS status, {n} AS n FROM idea_event"
        f" WHERE {moved} AND coalesce({column}, '') != ''"
        for column, n in (("to_status", 1), ("from_status", -1))
    )
    _sums(*PLACE, f"({changes}) AS changes")
    # The facts are read once; of all directions, then of all ambitions, by what was counted.
    _sums(ALL, "ambition_id", f"idea_cohort WHERE concerns_id != {ALL}")
    _sums("concerns_id", ALL, f"idea_cohort WHERE ambition_id != {ALL}")


def _sums(place: str, ambition: str, counted: str) -> None:
    op.execute(
        f"""INSERT INTO idea_cohort (concerns_id, ambition_id, filed_month, month, status, n)
        SELECT {place}, {ambition}, filed_month, month, status, sum(n)
        FROM {counted} GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) != 0"""
    )


def _again(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    op.drop_index(name, table)
    _index(name, table, columns, where)


def _index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    of = sa.text(where) if where else None
    op.create_index(name, table, columns, sqlite_where=of, postgresql_where=of)
