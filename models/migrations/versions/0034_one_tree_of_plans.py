"""milestones and projects of the PST are one table of plans, with one of calendars and of reports"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

FACT = ('"on"', "recorded_on", '"by"', "reason")
DATED = ("start", '"end"', "owner", "owner_direction_id")
# The tables before → what stands in their place.
GONE = ("milestone_wait", "milestone_report", "rebaseline", "project_report", "project_plan")
NEW = ("plan", "plan_schedule", "plan_report", "plan_wait")


def upgrade() -> None:
    """Milestones and their facts keep their ids; projects follow them, with theirs. What names a
    project by its code, or a decision that planned one, still does.
    """
    _plan()
    _facts(
        "plan_schedule",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("budget", sa.Float(), nullable=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("owner_direction_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["owner_direction_id"], ["direction.id"]),
    )
    _facts(
        "plan_report",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=True),
        sa.Column("forecast_end", sa.Date(), nullable=True),
        sa.Column("actual_end", sa.Date(), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
    )
    _facts(
        "plan_wait",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("waits_for_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["waits_for_id"], ["plan.id"]),
    )
    op.create_index("ix_plan_wait_waits_for_id", "plan_wait", ["waits_for_id"])
    _carry()
    for table in (*GONE, "project", "milestone"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in NEW:
            op.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )


def _plan() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("workstream_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("ambition_id", sa.Integer(), nullable=True),
        sa.Column("objective", sa.String(), nullable=False),
        sa.Column("example", sa.String(), nullable=False),
        sa.Column("ladder", sa.Boolean(), nullable=False),
        sa.Column("figure", sa.String(), nullable=True),
        sa.Column("by_count", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["workstream_id"], ["workstream.id"]),
        sa.ForeignKeyConstraint(["parent_id"], ["plan.id"]),
        sa.ForeignKeyConstraint(["ambition_id"], ["ambition.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("level", "number"),
    )
    op.create_index("ix_plan_workstream_id", "plan", ["workstream_id"])


def _facts(table: str, *columns: sa.Column | sa.ForeignKeyConstraint) -> None:
    """A table of dated facts about plans."""
    op.create_table(
        table,
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("voids", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["by"], ["person.id"]),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("on", "voids", "plan_id"):
        op.create_index(f"ix_{table}_{name}", table, [name])


def _carry() -> None:
    of_milestone = ("id", "number", "title", "position", "workstream_id", "ladder", "figure")
    of_milestone += ("by_count", "threshold")
    _copy("milestone", "plan", of_milestone, level="'jalon'", objective="''", example="''")
    plans = _last("milestone")
    # A parent may have come after what stands below it: places are said once all are there.
    _copy(
        "project",
        "plan",
        ("level", "ambition_id", "objective", "example"),
        id=f"id + {plans}",
        number="code",
        title="name",
        position="0",
        ladder="(1 = 0)",
        by_count="(1 = 0)",
    )
    op.execute(
        f"""UPDATE plan SET parent_id = (
            SELECT project.parent_id + {plans} FROM project WHERE project.id + {plans} = plan.id
        ) WHERE id > {plans}"""
    )
    milestone = {"plan_id": "milestone_id", "voids": "voids", "id": "id"}
    _copy("milestone_wait", "plan_wait", (*FACT, "waits_for_id"), **milestone)
    _copy("rebaseline", "plan_schedule", (*FACT, *DATED, "weight", "critical"), **milestone)
    said = (*FACT, "state", "progress", "comment")
    of_milestone = (*said, "forecast_end", "actual_end", "need")
    _copy("milestone_report", "plan_report", of_milestone, **milestone)
    schedules, reports = _last("rebaseline"), _last("milestone_report")
    project = {"plan_id": f"project_id + {plans}"}
    _copy(
        "project_plan",
        "plan_schedule",
        (*FACT, *DATED, "budget"),
        id=f"id + {schedules}",
        voids=f"voids + {schedules}",
        weight="1",
        critical="(1 = 0)",
        **project,
    )
    shifted = {"id": f"id + {reports}", "voids": f"voids + {reports}", "need": "''"}
    _copy("project_report", "plan_report", said, **shifted, **project)
    op.execute(
        f"""UPDATE decision_effect SET fact_id = fact_id + {schedules}
        WHERE kind = 'projet' AND fact_id IS NOT NULL"""
    )
    op.execute(
        f"""UPDATE source_key SET record_id = record_id + {plans}
        WHERE source = 'referentiel:projets.csv' AND record_id > 0"""
    )
    # The journal tells a name of a project as that of a milestone: its title.
    op.execute("UPDATE change SET field = 'title' WHERE subject = 'project' AND field = 'name'")


def _last(table: str) -> int:
    """The highest id of a table; 0 where it is empty."""
    return op.get_bind().execute(sa.text(f"SELECT coalesce(max(id), 0) FROM {table}")).scalar_one()


def _copy(source: str, table: str, same: tuple[str, ...], **values: str) -> None:
    """Every row of a table into another one: columns that are the same, then those with a value."""
    names = ", ".join((*same, *values))
    taken = ", ".join((*same, *values.values()))
    op.execute(f"INSERT INTO {table} ({names}) SELECT {taken} FROM {source} ORDER BY {source}.id")
