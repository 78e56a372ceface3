"""The data model: tables, vocabularies, rules about one record, migrations, settings, database,
clock and ledger.

Independent of Streamlit and pandas. Importing this package registers every table on
`SQLModel.metadata`.
"""

from models import (  # noqa: F401
    academy,
    clock,
    clusters,
    communities,
    decisions,
    directions,
    discussions,
    groups,
    idea_events,
    ideas,
    jobs,
    ledger,
    meetings,
    notices,
    people,
    programmes,
    revisions,
    roadmap,
    seats,
    short_lived,
    sign_on,
    surveys,
    synonyms,
)
