"""Similar ideas (idées semblables) on the page of a poster: published ideas that resemble the one
being written or just filed.
"""

from markupsafe import Markup

from dashboard import french
from dashboard.queries.ideas.similar import similar_ideas
from dashboard.queries.meetings.posters import page_of
from dashboard.rendering import render
from dashboard.scope import Scope
from models.database import reading
from models.idea_states import IdeaStatus


def alike(scope: Scope, word: str, title: str, body: str, apart_from: int | None = None) -> Markup:
    """At most three similar ideas with the words in common; empty if there is none."""
    with reading() as session:
        ideas = similar_ideas(session, scope, title, body, apart_from)
    return render(
        "light/alike.html",
        heading=french.plural(
            len(ideas), "Cette idée ressemble à la vôtre", "Ces idées ressemblent à la vôtre"
        ),
        rows=[
            (
                idea.title,
                page_of(word, idee=idea.number),
                IdeaStatus(idea.status).label,
                french.plural(len(idea.words), "mot commun", "mots communs"),
                ", ".join(idea.words),
            )
            for idea in ideas
        ],
    )
