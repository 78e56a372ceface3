"""Réception des idées: entries to read, to answer this week, late, unassigned, reported; one
answer to several; templates.
"""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached.ideas import ideas_counted, ideas_page, reported
from dashboard.queries.ideas.answers import templates
from dashboard.queries.ideas.ordering import COLUMNS
from dashboard.queries.ideas.records import (
    COUNTED_UP_TO,
    Filters,
    Order,
    View,
)
from dashboard.queries.ideas.threads import WAITED_DAYS, broken
from dashboard.queries.reference_tables import TEMPLATES
from dashboard.scope import Scope
from dashboard.screens.discussions import reports_block
from dashboard.screens.ideas.desk import idea_desk
from dashboard.screens.reference.form import record_form
from dashboard.ui.address import choice
from dashboard.ui.components import empty_nothing_yet, heading
from dashboard.ui.desk import sort_asked
from dashboard.ui.forms import Form
from dashboard.ui.page import page_header
from dashboard.ui.paging import page_asked
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.database import fetch
from models.ideas import AnswerTemplate

# Names of the lists in the address.
_READ = "lire"
_WRITTEN = "messages"
_WEEK = "semaine"
_LATE = "retard"
_UNOWNED = "sans-responsable"
_WAITING = "attente"
_REPORTS = "signalements"
_BROKEN = "sans-suite"
_TEMPLATES = "modeles"
_LISTS = {
    _READ: ("À lire", Filters(view=View.unread)),
    _WEEK: ("Cette semaine", Filters(view=View.week, order=Order.waiting)),
    _WRITTEN: ("Messages d'auteurs", Filters(view=View.written)),
    _LATE: ("En retard", Filters(view=View.late, order=Order.waiting)),
    _UNOWNED: ("Sans responsable", Filters(view=View.unowned, order=Order.waiting)),
    _WAITING: ("Toutes celles qui attendent", Filters(order=Order.waiting)),
}
_NEW = 0


def render(scope: Scope) -> None:
    page_header(
        "Réception des idées",
        "Chaque idée est lue, confiée, et reçoit sa réponse à temps. " + scope.place,
    )
    totals = _totals(scope)
    chosen = _chosen(scope, totals)
    if chosen in _LISTS:
        return _list(scope, chosen, totals.get(chosen))
    {_REPORTS: reports_block, _BROKEN: _without_follow_up, _TEMPLATES: _templates}[chosen](scope)


def _chosen(scope: Scope, totals: Mapping[str, int]) -> str:
    """The list given in the address (« ?liste=retard »), with the counts of all lists."""
    labels = {name: label for name, (label, _) in _LISTS.items()} | {_BROKEN: "Retenues sans suite"}
    if may(scope.reader, "idea.moderate"):
        labels |= {_REPORTS: "Signalements", _TEMPLATES: "Modèles de réponse"}
    return choice(
        "Liste",
        "liste",
        {name: label + _in_brackets(totals.get(name, 0)) for name, label in labels.items()},
        _READ,
        key="w_inbox",
        field=st.pills,
        leaves=("idee",),
        required=True,
        label_visibility="collapsed",
    )


def _in_brackets(total: int) -> str:
    """« (37) », « (1000+) »; empty for none."""
    if total > COUNTED_UP_TO:
        return f" ({COUNTED_UP_TO}+)"
    return f" ({total})" if total else ""


def _totals(scope: Scope) -> dict[str, int]:
    """The count of each list, up to COUNTED_UP_TO + 1; not of all pending entries, which the
    other lists split.
    """
    totals = {
        name: ideas_counted(scope, filters)
        for name, (_, filters) in _LISTS.items()
        if name != _WAITING
    }
    return totals | {_REPORTS: reported(scope)}


# --- lists, and what is open beside them ----------------------------------------------------------


def _list(scope: Scope, name: str, total: int | None) -> None:
    label, filters = _LISTS[name]
    page = page_asked()
    results = ideas_page(scope, replace(filters, sort=sort_asked(COLUMNS)), page, total)
    if not (results.rows or st.query_params.get("idee")):
        return empty_nothing_yet(*_nothing(scope, name))
    st.caption(
        f"{french.counted(results.total, 'idée')}{' et plus' if results.more else ''}"
        f" — {label.lower()}"
    )
    heading(label, hidden=True)
    if name == _WRITTEN:
        st.caption(
            "Chaque message se lit sous « Entre l'auteur et ceux qui répondent », et quitte cette"
            " liste une fois que vous y avez répondu."
        )
    idea_desk(
        scope,
        "reception",
        results,
        page,
        name not in (_READ, _WRITTEN),
        keep={"liste": name},
        columns=COLUMNS,
    )


def _nothing(scope: Scope, name: str) -> tuple[str, tuple[str, str]]:
    """The message of an empty list, with a link to pending entries elsewhere."""
    words = {
        _READ: "Tout est lu : vous êtes à jour.",
        _LATE: "Aucune réponse n'est en retard.",
        _WRITTEN: "Aucun message d'auteur n'attend votre réponse.",
    }.get(name, "Rien n'attend ici.")
    if name == _WAITING:
        return words, ("Voir toutes les idées", address("idees", scope))
    return words, ("Voir toutes celles qui attendent", address("reception", scope, liste=_WAITING))


# --- reports, what has no follow-up, templates ----------------------------------------------------


def _without_follow_up(scope: Scope) -> None:
    broken_items = fetch(broken, scope, cached.today())
    if not broken_items:
        return empty_nothing_yet("Chaque idée retenue a une suite.")
    st.caption(
        f"Retenues depuis plus de {WAITED_DAYS} jours, pas encore réalisées, et reliées à rien : ni"
        " décision, ni jalon, ni projet."
    )
    table(
        ("Idée", "Titre", "Retenue le"),
        [
            (
                link(f"n° {item.number}", address("idees", scope, idee=item.number)),
                item.title,
                french.day(item.since),
            )
            for item in broken_items
        ],
        "Retenues, mais sans suite",
        download="sans-suite",
    )


def _templates(scope: Scope) -> None:
    known = fetch(templates)
    names = {_NEW: "Nouveau modèle"} | {item.id: item.name for item in known}
    chosen = st.selectbox("Modèle ou motif", list(names), format_func=names.get, key="w_template")
    _template(next((item for item in known if item.id == chosen), None))


def _template(template: AnswerTemplate | None) -> None:
    record_form(
        Form(f"template_{template.id if template else _NEW}"),
        TEMPLATES,
        template,
        {"name": "Nom", "status": "Pour l'état", "text": "Texte"},
        "Le modèle est enregistré.",
        nothing="N'importe lequel",
        removed="Le modèle est supprimé.",
    )
