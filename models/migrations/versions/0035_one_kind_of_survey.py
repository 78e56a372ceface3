"""surveys asked here and surveys that are imported are one"""

import json
import re
import unicodedata
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None
told = "l'ambition d'un questionnaire se dit à chacune de ses questions"

_NAMES = {"uq": "%(table_name)s_%(column_0_N_name)s_key", "fk": "%(table_name)s_%(column_0_name)s_fkey"}
_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss"}
# While a survey is open: table → its columns after the number of what is asked.
_MOVED = {
    "waiting_sheets": ("n", "sealed", "forms"),
    "questionnaire_invitation": ("code", "person_id", "direction_id"),
    "invited_count": ("direction_id", "invited", "answered"),
}


def upgrade() -> None:
    """A questionnaire becomes the survey that it had opened, a draft a new one; what it asks are
    questions, a matrix one for each of its lines. Under its old number (`reference`) mails, the
    journal and addresses still find it.
    """
    _columns()
    surveys = _surveys()
    _questions(surveys)
    op.execute(
        "UPDATE question SET kind = CASE WHEN choices LIKE '[\"0\"%' THEN 'echelle-10'"
        " ELSE 'echelle-5' END, choices = '[]' WHERE kind = 'echelle'"
    )
    _while_open(surveys)
    for table in ("asked_question", "questionnaire_ambition", "questionnaire"):
        op.drop_table(table)


def _columns() -> None:
    with op.batch_alter_table("survey", naming_convention=_NAMES) as batch:
        batch.alter_column("on", existing_type=sa.Date(), nullable=True)
        for name, kind, default in (
            ("state", sa.String(), "ferme"),
            ("introduction", sa.String(), ""),
            ("by_link", sa.Boolean(), "1"),
            ("asks_direction", sa.Boolean(), "1"),
        ):
            batch.add_column(sa.Column(name, kind, server_default=default, nullable=False))
        for name, kind in (
            ("key", sa.String()),
            ("reference", sa.String()),
            ("closes_on", sa.Date()),
            ("closed_on", sa.Date()),
        ):
            batch.add_column(sa.Column(name, kind, nullable=True))
        for name in ("key", "reference"):
            batch.create_unique_constraint(f"survey_{name}_key", [name])
    with op.batch_alter_table("question", naming_convention=_NAMES) as batch:
        batch.add_column(sa.Column("hint", sa.String(), server_default="", nullable=False))
        batch.add_column(sa.Column("required", sa.Boolean(), server_default="0", nullable=False))
        batch.add_column(sa.Column("only_if_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("only_if", sa.String(), server_default="", nullable=False))
        batch.create_foreign_key("question_only_if_id_fkey", "question", ["only_if_id"], ["id"])


def _rows(statement: str, **values: object) -> list[sa.RowMapping]:
    return op.get_bind().execute(sa.text(statement), values).mappings().all()


def _insert(table: str, **values: object) -> int:
    columns = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f":{name}" for name in values)
    statement = f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING id"
    return op.get_bind().execute(sa.text(statement), values).scalar_one()


def _update(table: str, id: int, **values: object) -> None:
    sets = ", ".join(f'"{name}" = :{name}' for name in values)
    op.get_bind().execute(
        sa.text(f"UPDATE {table} SET {sets} WHERE id = :id"), {**values, "id": id}
    )


def _surveys() -> dict[int, int]:
    """Number of a questionnaire → number of its survey."""
    found = {}
    for row in _rows("SELECT * FROM questionnaire ORDER BY id"):
        more = {
            name: row[name]
            for name in (
                *("key", "state", "introduction", "by_link", "asks_direction"),
                *("closes_on", "closed_on"),
            )
        } | {"reference": str(row["id"])}
        found[row["id"]] = survey = row["survey_id"] or _insert(
            "survey",
            **{name: row[name] for name in ("series", "title", "agents")},
            answered=0,
            source="",
        )
        _update("survey", survey, **more)
    return found


def _questions(surveys: dict[int, int]) -> None:
    about = defaultdict(list)
    for row in _rows("SELECT * FROM questionnaire_ambition ORDER BY ambition_id"):
        about[row["questionnaire_id"]].append(row["ambition_id"])
    numbers: dict[int, int] = {}
    for row in _rows("SELECT * FROM asked_question ORDER BY questionnaire_id, position, id"):
        survey = surveys[row["questionnaire_id"]]
        [ambition] = about[row["questionnaire_id"]] if len(about[row["questionnaire_id"]]) == 1 else [None]
        for code, text, matrix in _lines(row):
            values = {
                "kind": "unique" if matrix else row["kind"],
                "figure": row["figure"],
                "only_if_id": numbers.get(row["only_if_id"]),
                **{name: row[name] for name in ("choices", "hint", "required", "only_if")},
            }
            known = _rows(
                "SELECT id, figure FROM question WHERE survey_id = :survey AND code = :code",
                survey=survey,
                code=code,
            )
            if known:
                values["figure"] = known[0]["figure"] or row["figure"]
                _update("question", known[0]["id"], **values)
            at = known[0]["id"] if known else _insert(
                "question",
                survey_id=survey,
                code=code,
                text=text,
                matrix=matrix,
                ambition_id=ambition,
                # In the order of what is asked, then of their numbers.
                position=row["position"],
                **values,
            )
            numbers.setdefault(row["id"], at)
    _journal(numbers)


def _lines(row: sa.RowMapping) -> list[tuple[str, str, str]]:
    """(code, text, text of the matrix) of each row of a question."""
    if row["kind"] != "matrice":
        return [(row["code"], row["text"], "")]
    return [
        (f"{row['code']}[{_code_of(line)}]", line, row["text"]) for line in json.loads(row["lines"])
    ]


def _code_of(text: str) -> str:
    plain = text.lower()
    for sign, spelled in _LIGATURES.items():
        plain = plain.replace(sign, spelled)
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80]


def _journal(numbers: dict[int, int]) -> None:
    """What was written of a question stands under its number of today."""
    for row in _rows("SELECT id, record FROM change WHERE subject = 'question posée'"):
        if int(row["record"]) in numbers:
            _update("change", row["id"], record=str(numbers[int(row["record"])]))


def _while_open(surveys: dict[int, int]) -> None:
    """In the order of their keys, which says nothing."""
    kept = {
        table: [
            {"survey_id": surveys[row["questionnaire_id"]], **{name: row[name] for name in columns}}
            for row in _rows(f"SELECT * FROM {table}")
        ]
        for table, columns in _MOVED.items()
    }
    for table in _MOVED:
        op.drop_table(table)

    def number() -> sa.Column:
        return sa.Column("survey_id", sa.Integer(), sa.ForeignKey("survey.id"), nullable=False)

    made = {
        "waiting_sheets": op.create_table(
            "waiting_sheets",
            number(),
            sa.Column("n", sa.Integer(), nullable=False),
            sa.Column("sealed", sa.String(), nullable=False),
            sa.Column("forms", sa.String(), server_default="", nullable=False),
            sa.PrimaryKeyConstraint("survey_id"),
            sqlite_with_rowid=False,
        ),
        "questionnaire_invitation": op.create_table(
            "survey_invitation",
            sa.Column("code", sa.String(), nullable=False),
            number(),
            sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
            sa.Column("direction_id", sa.Integer(), sa.ForeignKey("direction.id"), nullable=True),
            sa.PrimaryKeyConstraint("code"),
            sqlite_with_rowid=False,
        ),
        "invited_count": op.create_table(
            "invited_count",
            number(),
            sa.Column("direction_id", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("invited", sa.Integer(), nullable=False),
            sa.Column("answered", sa.Integer(), nullable=True),
            sa.PrimaryKeyConstraint("survey_id", "direction_id"),
            sqlite_with_rowid=False,
        ),
    }
    for column in ("survey_id", "person_id"):
        op.create_index(f"ix_survey_invitation_{column}", "survey_invitation", [column])
    for table, rows in kept.items():
        key = "code" if table == "questionnaire_invitation" else "survey_id"
        if rows:
            op.bulk_insert(made[table], sorted(rows, key=lambda row: row[key]))
