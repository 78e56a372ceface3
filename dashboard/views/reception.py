"""Idées à traiter (réception): entries to answer, to read, late, unassigned; reports."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard.access import may
from dashboard.cached.ideas import ideas_counted, ideas_page, reported
from dashboard.queries.ideas.records import COLUMNS, COUNTED_UP_TO, Filters, Order, View
from dashboard.queries.ideas.waiting import WAITED_DAYS
from dashboard.queries.reference_tables import TEMPLATES
from dashboard.scope import Scope
from dashboard.screens.discussions import reports_block
from dashboard.screens.ideas.desk import idea_desk
from dashboard.ui.address import asked, filter_line, page_asked, page_header
from dashboard.ui.components import empty_nothing_yet, heading, segments
from dashboard.ui.desk import sort_asked, sort_fields
from dashboard.visit.navigation import address

# Names of the lists in the address.
_OWN = "les-miennes"
_READ = "lire"
_WRITTEN = "messages"
_REPORTS = "signalements"
# Name → label, filters, and what an empty list says.
_LISTS = {
    _OWN: (
        "À répondre",
        Filters(view=View.own, order=Order.waiting),
        "Aucune idée de vos directions n'attend de réponse.",
    ),
    _READ: ("À lire", Filters(view=View.unread), "Aucun dépôt n'est à lire."),
    "retard": (
        "En retard",
        Filters(view=View.late, order=Order.waiting),
        "Aucune réponse n'est en retard.",
    ),
    "semaine": (
        "Cette semaine",
        Filters(view=View.week, order=Order.waiting),
        "Aucune réponse n'est à donner cette semaine.",
    ),
    "sans-responsable": (
        "Sans responsable",
        Filters(view=View.unowned, order=Order.waiting),
        "Chaque idée en attente a un responsable.",
    ),
    _WRITTEN: (
        "Messages",
        Filters(view=View.written),
        "Aucun message d'auteur n'attend votre réponse.",
    ),
    "attente": (
        "En attente",
        Filters(order=Order.waiting),
        "Aucune idée n'attend de réponse.",
    ),
    "sans-suite": (
        "Sans suite",
        Filters(view=View.without_follow_up),
        f"Chaque idée retenue depuis {WAITED_DAYS} jours est reliée à une décision, un jalon ou un"
        " projet, ou réalisée.",
    ),
}


def render(scope: Scope) -> None:
    page_header("Idées à traiter")
    lists = dict(_LISTS)
    if not scope.reader.mandates:
        del lists[_OWN]
    totals = {name: ideas_counted(scope, filters) for name, (_, filters, _) in lists.items()}
    chosen = _chosen(scope, totals)
    if chosen in _LISTS:
        return _list(scope, chosen, totals)
    return reports_block(scope)


def _chosen(scope: Scope, totals: Mapping[str, int]) -> str:
    """The list given in the address (« ?liste=retard »), else the reader's own; above it, all
    lists with their counts.
    """
    labels = {name: _LISTS[name][0] for name in totals}
    counts = dict(totals)
    if may(scope.reader, "idea.moderate"):
        labels[_REPORTS] = "Signalements"
        counts[_REPORTS] = reported(scope)
    chosen = asked("liste", labels, next(iter(labels)))
    lists = [
        (
            label + _in_brackets(counts.get(name, 0)),
            address("reception", scope, liste=name),
            name == chosen,
        )
        for name, label in labels.items()
    ]
    if may(scope.reader, "template.write"):
        lists.append(("Modèles", address("referentiels", scope, table=TEMPLATES.code), False))
    segments("Liste", lists)
    return chosen


def _in_brackets(total: int) -> str:
    """« (37) », « (1000+) »; empty for none."""
    if total > COUNTED_UP_TO:
        return f" ({COUNTED_UP_TO}+)"
    return f" ({total})" if total else ""


# --- lists, and what is open beside them ----------------------------------------------------------


def _list(scope: Scope, name: str, totals: Mapping[str, int]) -> None:
    label, filters, nothing = _LISTS[name]
    page = page_asked()
    with filter_line("reception", scope, "mots, ou n° d'une idée", liste=name) as line:
        sort_fields("reception", COLUMNS)
    filters = replace(filters, words=line.words, sort=sort_asked(COLUMNS))
    results = ideas_page(scope, filters, page, None if line.words else totals[name])
    if not (results.rows or st.query_params.get("idee")):
        return empty_nothing_yet(nothing, _elsewhere(scope, totals))
    heading(label, hidden=True)
    if name == _WRITTEN:
        st.caption(
            "Répondez sous « Entre l'auteur et ceux qui répondent » : le message quitte alors cette"
            " liste."
        )
    idea_desk(
        scope,
        "reception",
        results,
        page,
        filters.order is Order.waiting,
        keep={"liste": name, "q": line.words},
        opens_first=True,
    )


def _elsewhere(scope: Scope, totals: Mapping[str, int]) -> tuple[str, str]:
    """What waits in another list, with its count; all ideas if nothing does."""
    for name, total in totals.items():
        if total:
            label = f"{_LISTS[name][0]}{_in_brackets(total)}"
            return f"Voir « {label} »", address("reception", scope, liste=name)
    return "Voir toutes les idées", address("idees", scope)
