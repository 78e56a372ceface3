"""ideas that came without a day of filing enter no window of a figure"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None
told = "les idées importées sans date de dépôt ne comptent plus dans les chiffres de douze mois"

NO_DAY = "1800-01-01"
# A date that is no date (SQLite alone may hold one) stands before all days, as in the models.
MONTH = {
    "sqlite": "coalesce(date({}, 'start of month'), '1000-01-01')",
    "postgresql": "CAST(date_trunc('month', {}) AS date)",
}
ALL = "-1"  # 0: not known
LIVE = "id NOT IN (SELECT voids FROM idea_event WHERE voids IS NOT NULL)"


def upgrade() -> None:
    """Their facts say no day, and no participation; what was counted of both is counted again."""
    undated = "SELECT id FROM idea WHERE NOT dated"
    if op.get_bind().execute(sa.text(f"{undated} LIMIT 1")).first() is None:
        return
    op.execute(
        f"UPDATE idea_event SET filed_on = '{NO_DAY}', counts = (1 = 0) WHERE idea_id IN ({undated})"
    )
    op.execute("UPDATE idea SET counts = (1 = 0) WHERE NOT dated")
    filed, month = (MONTH[op.get_bind().dialect.name].format(day) for day in ("filed_on", '"on"'))
    _cohorts(filed, month)
    _filings(month)


def _cohorts(filed: str, month: str) -> None:
    """What became of a month's filings."""
    moved = f"decided AND coalesce(from_status, '') != coalesce(to_status, '') AND {LIVE}"
    changes = " UNION ALL ".join(
        f"SELECT coalesce(concerns_id, 0) AS place, coalesce(ambition_id, 0) AS ambition,"
        f" {filed} AS filed_month, {month} AS month, {column} AS status, {n} AS n"
        f" FROM idea_event WHERE {moved} AND coalesce({column}, '') != ''"
        for column, n in (("to_status", 1), ("from_status", -1))
    )
    op.execute("DELETE FROM idea_cohort")
    for place in ("place", ALL):
        for ambition in ("ambition", ALL):
            op.execute(
                f"""INSERT INTO idea_cohort
                (concerns_id, ambition_id, filed_month, month, status, n)
                SELECT {place}, {ambition}, filed_month, month, status, sum(n)
                FROM ({changes}) AS changes GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) != 0"""
            )


def _filings(month: str) -> None:
    """What was filed in a month, by where its author works."""
    op.execute("DELETE FROM idea_filed")
    for place in ("coalesce(origin_id, 0)", ALL):
        for ambition in ("coalesce(ambition_id, 0)", ALL):
            op.execute(
                f"""INSERT INTO idea_filed (origin_id, ambition_id, decided, month, n)
                SELECT {place}, {ambition}, decided, {month}, count(*)
                FROM idea_event WHERE what = 'depot' AND counts AND {LIVE} GROUP BY 1, 2, 3, 4"""
            )
