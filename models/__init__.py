"""The data model: tables, vocabularies, rules about one record, migrations, settings, database,
clock and ledger.

Independent of Streamlit and pandas. Importing this package registers every table on
`SQLModel.metadata`.
"""

from models import (  # noqa: F401
    academy,
    access_keys,
    campaigns,
    clusters,
    communities,
    decisions,
    directions,
    discussions,
    form_tokens,
    groups,
    heartbeats,
    idea_events,
    ideas,
    import_sources,
    installation,
    jobs,
    journal,
    links,
    meetings,
    news,
    notices,
    people,
    preferences,
    programmes,
    pst,
    revisions,
    roadmap,
    seats,
    short_lived,
    surveys,
    synonyms,
    workdays,
)
