"""Ce que vous nous avez dit: what goes well, what does not, what most voices ask for, and by
which way it reached us.
"""

import streamlit as st

from dashboard import cached, french
from dashboard.cached import ideas
from dashboard.queries import findings
from dashboard.queries.ideas.records import IdeaRow
from dashboard.scope import Scope
from dashboard.ui.components import empty_nothing_yet, heading, page_header
from dashboard.ui.tables import idea_list, link, table
from dashboard.visit.navigation import address, current_scope
from models.ideas import Channel, IdeaKind

_UNKNOWN = "Ambition non précisée"


def render(scope: Scope) -> None:
    page_header(
        "Ce que vous nous avez dit",
        f"Rencontres, formulaires, papier, courriels : les {findings.MONTHS} derniers mois."
        f" {scope.sentence()}",
    )
    found = ideas.findings_of(scope)
    if not found.sources:
        return empty_nothing_yet(
            "Rien n'a encore été dit dans cette période.", ("Le dire", address("deposer", scope))
        )
    names = {str(a.id): a.name for a in cached.ambitions()}
    _findings(scope, found.by_ambition, names)
    left, right = st.columns(2, gap="large")
    for column, title, rows in ((left, "Ça va", found.good), (right, "Ça ne va pas", found.bad)):
        with column:
            heading(title)
            _list(scope, rows, names)
    if found.first:
        heading("Vos priorités, par nombre de voix")
        st.caption("Mains levées dans les rencontres et soutiens donnés ici, ensemble.")
        idea_list(found.first, scope, names)
    _sources(scope, found.sources)


def _list(scope: Scope, rows: list[IdeaRow], names: dict[str, str]) -> None:
    if rows:
        idea_list(rows, scope, names)
    else:
        empty_nothing_yet("Aucun constat de ce côté.")


def _findings(
    scope: Scope, by_ambition: list[findings.AmbitionFindings], names: dict[str, str]
) -> None:
    heading("Vos constats par ambition")
    if not by_ambition:
        return empty_nothing_yet(
            "Aucun constat dans cette période.", ("Faire un constat", address("deposer", scope))
        )
    rows = [
        (_name(scope, item, names), item.good, item.bad, item.untold, item.voices)
        for item in by_ambition
    ]
    bad = sum(item.bad for item in by_ambition)
    good = sum(item.good for item in by_ambition)
    st.caption(
        f"{french.counted(bad, 'constat')} de ce qui ne va pas, {french.counted(good, 'constat')}"
        " de ce qui va."
    )
    table(
        ("Ambition", "Ça va", "Ça ne va pas", "Non précisé", "Voix"),
        rows,
        "Constats par ambition",
        frozenset({1, 2, 3, 4}),
        download="constats",
    )


def _name(scope: Scope, heard: findings.AmbitionFindings, names: dict[str, str]) -> str:
    if heard.ambition_id is None:
        return _UNKNOWN
    code = next(a.code for a in cached.ambitions() if a.id == heard.ambition_id)
    return link(
        names[str(heard.ambition_id)],
        address("idees", scope, ambition=code, genre=IdeaKind.finding),
    )


def _sources(scope: Scope, sources: list[findings.Source]) -> None:
    heading("Par où c'est arrivé")
    named = {Channel.survey: link(Channel.survey.label, address("concertation", scope))}
    table(
        ("Source", "Dépôts", "Dont constats"),
        [
            (named.get(item.channel, item.channel.label), item.entries, item.findings)
            for item in sources
        ],
        "Dépôts par source",
        frozenset({1, 2}),
        download="sources",
    )


render(current_scope())
