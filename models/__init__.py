"""The data model: tables, vocabularies, rules about one record, migrations, settings, database,
clock and ledger.

Independent of Streamlit and pandas. Importing this package registers every table on
`SQLModel.metadata`.
"""

from models import (  # noqa: F401
    academy,
    clusters,
    communities,
    decisions,
    directions,
    discussions,
    groups,
    idea_events,
    ideas,
    import_sources,
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
    workdays,
)
