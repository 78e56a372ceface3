"""What we know: tables, words, rules about one record, migrations, settings, database, clock and
ledger.

Nothing here knows Streamlit or pandas. Importing this package registers every table on
`SQLModel.metadata`.
"""

from models import (  # noqa: F401
    academy,
    comments,
    communities,
    decisions,
    directions,
    discussions,
    groups,
    heartbeats,
    idea_events,
    ideas,
    keeping,
    meetings,
    news,
    people,
    programmes,
    pst,
    revisions,
    roadmap,
    seats,
    short_lived,
    surveys,
    workdays,
)
