"""« Ce que vous nous avez dit » in two tables with their files: findings by ambition, entries by
source.
"""

from dashboard import cached, french
from dashboard.cached import ideas
from dashboard.scope import Scope
from dashboard.ui.components import small_print
from dashboard.ui.downloads import data_link
from dashboard.ui.tables import link, rows_file, table
from dashboard.visit.navigation import address
from models.idea_states import Channel, IdeaKind

_UNKNOWN = "Ambition non précisée"
_BY_AMBITION = ("Ambition", "Ça va", "Ça ne va pas", "Non précisé", "Voix")
_BY_SOURCE = ("Source", "Dépôts", "Dont constats")


def findings_by_ambition(scope: Scope) -> None:
    """The number of findings of each ambition, good and bad."""
    counts = ideas.findings_of(scope).by_ambition
    good = sum(n for _, n, *_ in counts)
    bad = sum(n for _, _, n, *_ in counts)
    small_print(
        f"{french.counted(bad, 'constat')} de ce qui ne va pas, {french.counted(good, 'constat')}"
        " de ce qui va."
    )
    table(_BY_AMBITION, _findings_rows(scope), "Constats par ambition", frozenset({1, 2, 3, 4}))
    data_link(FINDINGS_FILE, scope, "Télécharger (CSV)")


def _findings_rows(scope: Scope) -> list[tuple]:
    return [
        (_name(scope, ambition_id), *counts)
        for ambition_id, *counts in ideas.findings_of(scope).by_ambition
    ]


def _name(scope: Scope, ambition_id: int | None) -> str:
    if ambition_id is None:
        return _UNKNOWN
    ambition = next(a for a in cached.ambitions() if a.id == ambition_id)
    href = address("idees", scope, ambition=ambition.code, genre=IdeaKind.finding)
    return link(ambition.name, href)


def entries_by_source(scope: Scope) -> None:
    """The number of entries per source."""
    table(_BY_SOURCE, _source_rows(scope), "Dépôts par source", frozenset({1, 2}))
    data_link(SOURCES_FILE, scope, "Télécharger (CSV)")


def _source_rows(scope: Scope) -> list[tuple]:
    named = {Channel.survey: link(Channel.survey.label, address("concertation", scope))}
    return [
        (named.get(channel, channel.label), entries, findings)
        for channel, entries, findings in ideas.findings_of(scope).sources
    ]


FINDINGS_FILE = rows_file("constats", "page.everyone", lambda _scope: _BY_AMBITION, _findings_rows)
SOURCES_FILE = rows_file("sources", "page.everyone", lambda _scope: _BY_SOURCE, _source_rows)
