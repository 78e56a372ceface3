"""Views of PostgreSQL for reading only (vues de lecture, `vue_…`): a tool of figures asks the
database itself, and finds what was published: the rows of the open data, under the same names.

A view is a second way to the same rows: its columns are those of its `OpenSet`. Small cells are
protected, since no publication holds them. The reading role has these views and nothing else.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlmodel import Session

from dashboard.actions.keeping.open_data import DONE, FIGURES, MILESTONES, ON, WORKSTREAMS
from dashboard.files.open_data import OpenSet
from models.errors import Refused
from models.idea_events import EventKind
from models.idea_states import IdeaStatus

_OLDEST = 16  # `IS JSON`
_NOT_HERE = (
    "Les vues de lecture sont de PostgreSQL. Avec SQLite, les données ouvertes se lisent en CSV"
    " et en JSON : c-possible open-data."
)
_TOO_OLD = f"Les vues de lecture demandent PostgreSQL {_OLDEST} ou plus récent."
_UNKNOWN = "Le rôle « {} » n'existe pas dans PostgreSQL. Créez-le d'abord : CREATE ROLE … LOGIN."

# Of several about one day the latest, which corrects the others; what cannot be read is left out.
_STANDING = """standing AS (
  SELECT DISTINCT ON (au) id, "on", au, content::jsonb AS told FROM publication
  WHERE withdrawn_on IS NULL AND content IS JSON OBJECT
  ORDER BY au, "on" DESC, id DESC
), latest AS (
  SELECT * FROM standing ORDER BY "on" DESC, id DESC LIMIT 1
)"""


@dataclass(frozen=True)
class ReadingView:
    """One view: the set whose rows it has, and where they come from, as `row` beside the
    publication `p`.
    """

    of: OpenSet
    source: str

    @property
    def name(self) -> str:
        return f"vue_{self.of.name.replace('-', '_')}"

    @property
    def statement(self) -> str:
        own = ", ".join(f"row.{column}" for column in self.of.columns[len(ON) :])
        return (
            f'WITH {_STANDING} SELECT p.au AS situation_on, p."on" AS published_on, {own}'
            f" FROM {self.source}"
        )


VIEWS = (
    ReadingView(
        FIGURES,
        """standing AS p CROSS JOIN LATERAL jsonb_to_recordset(p.told -> 'figures') AS row(
          code text, label text, definition text, unit text, value double precision,
          numerator double precision, denominator double precision, fresh_on date)""",
    ),
    ReadingView(
        WORKSTREAMS,
        """standing AS p CROSS JOIN LATERAL jsonb_to_recordset(p.told -> 'workstreams') AS row(
          number integer, name text, done double precision, reached integer, total integer)""",
    ),
    ReadingView(
        MILESTONES,
        """latest AS p CROSS JOIN LATERAL jsonb_to_recordset(p.told -> 'milestones') AS row(
          number text, title text, due date, reached_on date)""",
    ),
    ReadingView(
        DONE,
        f"""latest AS p
          CROSS JOIN LATERAL jsonb_array_elements_text(p.told -> 'ideas') AS shown(number)
          CROSS JOIN LATERAL (
            SELECT idea.number, idea.title, COALESCE(event.text, '') AS answer
            FROM idea JOIN idea_event AS event ON event.idea_id = idea.id
            WHERE idea.number = shown.number::integer AND idea.published
              AND idea.status = '{IdeaStatus.implemented}'
              AND event.what = '{EventKind.status}'
              AND event.to_status = '{IdeaStatus.implemented}'
            ORDER BY event."on" DESC, event.id DESC LIMIT 1
          ) AS row""",
    ),
)


def make_reading_views(session: Session, *roles: str) -> list[str]:
    """Faire les vues de lecture; their names. Those that stand are made anew; these `roles` may
    read them, and those that already might. Raises Refused.
    """
    connection = session.connection()
    _require_able(connection)
    for role in roles:
        found = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
        if not connection.scalar(found, {"role": role}):
            raise Refused(_UNKNOWN.format(role))
    quoted = connection.dialect.identifier_preparer.quote_identifier
    readers = ", ".join(map(quoted, sorted({*roles, *readers_of_views(connection)})))
    for view in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {view.name}")
        connection.exec_driver_sql(
            f"CREATE VIEW {view.name} WITH (security_barrier) AS {view.statement}"
        )
        _describe(connection, view)
        connection.exec_driver_sql(f"GRANT SELECT ON {view.name} TO {readers}")
    return [view.name for view in VIEWS]


def readers_of_views(connection: Connection) -> list[str]:
    """The roles that may read the views that stand; none where there are no views."""
    if connection.dialect.name != "postgresql":
        return []
    names = [view.name for view in VIEWS]
    return list(connection.scalars(_READERS, {"names": names}))


_READERS = text(
    "SELECT DISTINCT grantee::text FROM information_schema.role_table_grants"
    " WHERE table_schema = current_schema() AND table_name = ANY(:names)"
    " AND privilege_type = 'SELECT' AND grantee <> current_user ORDER BY 1"
)


def _require_able(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        raise Refused(_NOT_HERE)
    if connection.dialect.server_version_info < (_OLDEST,):
        raise Refused(_TOO_OLD)


def _describe(connection: Connection, view: ReadingView) -> None:
    """What a tool of figures shows beside a view and its columns: what they mean."""
    about = {f"VIEW {view.name}": view.of.description} | {
        f"COLUMN {view.name}.{field.name}": field.description for field in view.of.fields
    }
    for thing, words in about.items():
        quoted = connection.scalar(text("SELECT quote_literal(:words)"), {"words": words})
        connection.exec_driver_sql(f"COMMENT ON {thing} IS {quoted}".replace("%", "%%"))
