"""Idées: search, filters, order, paging; one entry in full with the reader's actions. « À traiter »
(réception): entries to answer, to read, late, unassigned.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import Reach, counted_units, may, reach
from dashboard.actions.ideas.threads import count_words_in_vain
from dashboard.cached import ideas
from dashboard.cached.ideas import ideas_counted, ideas_page, reported
from dashboard.charts import ideas as charts
from dashboard.charts.plots import Chart
from dashboard.files.ideas.columns import COLUMNS as FILE_COLUMNS
from dashboard.files.writing import FORMATS, MIME, as_bytes
from dashboard.french import typo
from dashboard.queries.columns import column_of
from dashboard.queries.ideas.records import (
    COLUMNS,
    COUNTED_UP_TO,
    Filters,
    IdeaPage,
    Order,
    View,
    idea_rows,
)
from dashboard.queries.ideas.similar import words_in_vain
from dashboard.queries.ideas.waiting import WAITED_DAYS
from dashboard.scope import Scope
from dashboard.screens.discussions import reports_block
from dashboard.screens.ideas.desk import entry_in_full, entry_of, idea_desk
from dashboard.ui.address import (
    asked,
    filter_line,
    page_asked,
    page_header,
    put,
)
from dashboard.ui.charts import show
from dashboard.ui.components import (
    draw,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    note_unread,
    segments,
    with_count,
)
from dashboard.ui.desk import (
    SORT,
    is_alone,
    sort_asked,
    sort_fields,
)
from dashboard.ui.downloads import download
from dashboard.visit.navigation import address, whole_number
from models.clock import add_months, month_start, months, window_start
from models.database import fetch, reading, writing
from models.idea_states import IdeaKind, IdeaStatus
from models.settings import settings

# ── Idées ─────────────────────────────────────────────────────────────────────────────────────────


_IN_FIGURES = "chiffres"
# The predefined lists whose entries are pending an answer.
_WAITING = (View.own, View.late, View.last_day, View.week, View.unowned)


def idees_view(scope: Scope) -> None:
    number = st.query_params.get("idee", "")
    if number and is_alone("idee"):
        return one(scope, number)
    page_header("Idées")
    if st.query_params.get("vue") == _IN_FIGURES:
        draw(
            "ideas/count.html",
            text="Les idées en chiffres",
            label="Voir la liste",
            href=address("idees", scope),
        )
        for chart in (_backlog, _flow, _life, _by_direction):
            chart(scope)
        return None
    works = reach(scope.reader, "idea.publish") > Reach.none
    return _list(scope, _filters(scope, works), works)


def _list(scope: Scope, filters: Filters, works: bool) -> None:
    page = page_asked()
    results, instead = ideas.found_ideas(scope, filters, page)
    if filters.query and (instead or not results.total):
        count_in_vain(scope, filters)
    if instead:
        asked_instead(filters.words, instead, scope, _params(*_NARROWING, *_ORDER, "page"))
        filters = instead
    if not results.total:
        return _nothing(scope, filters)
    draw(
        "ideas/count.html",
        text=_counted(results, filters),
        label="En chiffres",
        href=address("idees", scope, vue=_IN_FIGURES),
    )
    heading("Les dépôts", hidden=True)
    note_unread(results.rows)
    waits = works and (filters.view in _WAITING or filters.order is Order.waiting)
    idea_desk(
        scope, "idees", results, page, waits, results.query, keep=_params(*_NARROWING, *_ORDER)
    )
    if not may(scope.reader, "idea.export"):
        return
    with st.popover("Exporter cette liste", icon=":material/download:", key="w_export"):
        st.caption(
            typo(
                "Aucun nom d'auteur n'est exporté. Le classeur explique chaque colonne dans sa"
                " feuille « Colonnes »."
            )
        )
        for suffix, label in FORMATS.items():
            download(
                label,
                # Bound now: the files are made after the loop has ended.
                lambda suffix=suffix: _file(scope, filters, suffix),
                f"idees{suffix}",
                MIME[suffix],
                key=f"export_{suffix[1:]}",
                wide=True,
            )


# --- filters --------------------------------------------------------------------------------------


def _filters(scope: Scope, works: bool) -> Filters:
    """The filters given in the address; unknown codes are ignored. « Trier » also knows the sort
    columns.
    """
    # Redirected entries are never published: a filter would reveal that some exist.
    statuses = {s.value: s.label for s in IdeaStatus if s is not IdeaStatus.redirected}
    views = [View.late, View.last_day, View.week, *[View.mine] * scope.reader.is_known]
    if works:
        views = [view for view in View if view is not View.own or scope.reader.mandates]
    with filter_line("idees", scope, "mots, ou n° d'une idée", **_params(*_ORDER)) as line:
        status = line.choice("État", "etat", statuses)
        kind = line.choice("Genre", "genre", {k.value: k.label for k in IdeaKind})
        view = line.choice("Vue", "vue", {v.value: v.label for v in views}, "Toutes")
        orders = _orders(line.words)
        order = asked("tri", orders, "")
        sort_fields("idees", COLUMNS, orders, order, partial(put, "tri"))
    return Filters(
        line.words,
        status,
        kind,
        View(view) if view else None,
        Order(order) if order else None,
        sort=sort_asked(COLUMNS),
    )


def _orders(words: str) -> dict[str, str]:
    """Code in the address → label; the default order has an empty code."""
    orders = {order.value: order.label for order in Order}
    if words:
        return {"": "Les plus pertinentes"} | orders
    del orders[Order.newest.value]
    return {"": Order.newest.label} | orders


_NARROWING = ("q", "etat", "genre", "vue")
_ORDER = ("tri", SORT)


def _params(*names: str) -> dict[str, str]:
    return {name: st.query_params[name] for name in names if name in st.query_params}


# --- the list -------------------------------------------------------------------------------------


def _nothing(scope: Scope, filters: Filters) -> None:
    if filters.is_empty and scope.is_whole and not scope.ambition:
        empty_nothing_yet(
            "Aucune idée n'a encore été déposée.",
            ("Déposer la première", address("deposer", scope)),
        )
    elif filters.words and filters.number is None and filters.query is None:
        empty_for_filters(
            f"« {filters.words} » ne contient aucun mot à chercher : donnez au moins un mot que"
            " l'idée contient ; « -mot » en écarte ensuite un autre.",
            f"/idees?au={scope.on.isoformat()}",
        )
    else:
        empty_for_filters(
            "Aucune idée ne correspond à ces filtres.", f"/idees?au={scope.on.isoformat()}"
        )


def _counted(results: IdeaPage, filters: Filters) -> str:
    # Counting stops at a limit, so that a long list costs no more than a short one.
    if results.more:
        total = f"plus de {french.number(COUNTED_UP_TO)} dépôts"
    else:
        total = french.counted(results.total, "dépôt")
    if column := column_of(COLUMNS, filters.sort):
        way = ", en ordre inverse" if filters.sort.is_falling else ""
        return f"{total}, par « {column.label.lower()} »{way}"
    if filters.query is not None and filters.order is None:
        return f"{total}, les plus pertinents d'abord"
    return f"{total}, {_ORDER_IN_WORDS[filters.order or Order.newest]}"


_ORDER_IN_WORDS = {
    Order.newest: "les plus récents d'abord",
    Order.supported: "les plus soutenus d'abord",
    Order.commented: "les plus commentés d'abord",
    Order.waiting: "en attente de réponse",
}


# --- one entry ------------------------------------------------------------------------------------


def one(scope: Scope, number: str) -> None:
    entry = entry_of(scope, whole_number(number) or 0)
    back = ("Idées", address("idees", scope, **_params(*_NARROWING, *_ORDER, "page")))
    if entry is None:
        return page_header(
            "Idée introuvable",
            "Ce numéro n'existe pas, ou cette idée ne vous est pas ouverte.",
            trail=(back,),
        )
    idea = entry[0].idea
    page_header(idea.title, f"N° {idea.number}", trail=(back,))
    entry_in_full(scope, entry)


def _file(scope: Scope, filters: Filters, suffix: str) -> bytes:
    with reading() as session:
        fields = [column.field for column in FILE_COLUMNS]
        rows = idea_rows(session, scope, filters, cached.today(), fields=fields)
        headers = [column.header for column in FILE_COLUMNS]
        return as_bytes("Idées", headers, rows, suffix, FILE_COLUMNS)


def asked_instead(
    words: str, instead: Filters, scope: Scope, address_params: Mapping[str, str]
) -> None:
    """The sentence shown when the results answer other words than those typed."""
    rest = "moins de dix idées en ont tous les mots, suivent celles qui en ont le plus"
    is_corrected = instead.words != words
    draw(
        "search/asked_instead.html",
        words=words,
        corrected=instead.words if is_corrected else "",
        href=address("idees", scope, **dict(address_params) | {"q": instead.words}),
        rest=f" : {rest}" if instead.some else "",
    )


def count_in_vain(scope: Scope, filters: Filters) -> None:
    """Records words without any result, once a day."""
    words = fetch(words_in_vain, scope, filters.query, cached.today())
    if words:
        with writing() as session:
            count_words_in_vain(session, scope, filters.query, cached.today())


_MONTHS = 12


def _life(scope: Scope) -> None:
    """The funnel: the stages reached by the idées and suggestions of the last twelve months."""
    states = ideas.idea_cohort(scope)
    filed = sum(states.values())
    start = window_start(scope.on, _MONTHS)
    if not filed:
        return empty_nothing_yet(
            f"Aucune idée ni suggestion déposée du {french.day(start)} au {french.day(scope.on)}.",
            ("Déposer une idée", address("deposer", scope)),
        )
    stages = charts.stages(states)
    counts = {stage: n for stage, n, *_ in stages}
    title = (
        f"Sur {french.counted(filed, 'idée')} et suggestions, {french.number(counts['Décidées'])}"
        f" {french.plural(counts['Décidées'], 'est décidée', 'sont décidées')},"
        f" {french.number(counts['Retenues'])} {french.plural(counts['Retenues'], 'retenue')},"
        f" {french.number(counts['Réalisées'])} {french.plural(counts['Réalisées'], 'réalisée')}"
    )
    chart = Chart(
        "vie-des-idees",
        title,
        f"Déposées du {french.day(start)} au {french.day(scope.on)} : combien sont allées jusqu'à"
        " chaque étape.",
        f"Vie des idées. {charts.funnel_alt(stages)}",
        charts.funnel(stages),
        charts.FUNNEL,
        stages,
    )
    show(chart, scope, level=2)


def _by_direction(scope: Scope) -> None:
    """What was filed, by direction concerned and month; of the directions open to the reader."""
    start = add_months(month_start(scope.on), 1 - _MONTHS)
    allowed, days = counted_units(scope.reader, scope.tree), months(start, scope.on)
    counts = {
        unit.name: by_month
        for unit in scope.tree.directions()
        if scope.has(unit.id) and (allowed is None or unit.id in allowed)
        if (by_month := ideas.filed_by_month(scope.within(unit), start))
    }
    if len(counts) < 2:
        return
    name, by_month = max(counts.items(), key=lambda found: sum(found[1].values()))
    title = f"Le plus de dépôts : {name} ({french.number(sum(by_month.values()))} en un an)"
    chart = Chart(
        "depots-par-direction",
        title,
        "Dépôts par mois, selon la direction concernée ; plus foncé : davantage.",
        f"{title} ; {french.counted(len(counts), 'direction')} sur {_MONTHS} mois.",
        charts.by_direction(counts, days),
        ("Direction", *(french.month(day) for day in days)),
        [(name, *(found.get(day, 0) for day in days)) for name, found in counts.items()],
    )
    show(chart, scope, level=2)


def _backlog(scope: Scope) -> None:
    waiting = ideas.pending_by_age(scope)
    if not waiting:
        return
    found = charts.ages(waiting, scope.on)
    late = sum(late for *_, late in found)
    total = sum(waiting.values())
    count = french.counted(total, "idée publiée", "idées publiées")
    title = f"{count} sans réponse, dont {french.number(late)} en retard"
    chart = Chart(
        "idees-en-attente",
        title,
        f"Délai promis : {settings().cp_answer_days} jours ouvrables.",
        f"{title}. "
        + " ; ".join(f"{name} : {french.number(sum(counts))}" for name, *counts in found),
        charts.backlog(found),
        charts.BACKLOG,
        found,
    )
    show(chart, scope, level=2)


def _flow(scope: Scope) -> None:
    by_month = ideas.outcomes_by_month(scope)
    first, last = min(by_month), max(by_month)
    now = by_month[last]
    title = (
        f"{french.counted(now['realisee'], 'idée réalisée', 'idées réalisées')} et"
        f" {french.number(now['ouverte'])} encore à décider au {french.day(last)}"
    )
    chart = Chart(
        "etats-des-idees",
        title,
        f"Idées et suggestions à la fin de chaque mois, depuis {french.month(first)}.",
        f"{title} ; {french.number(by_month[first]['ouverte'])} à décider un an avant.",
        charts.flow(by_month),
        charts.FLOW,
        charts.flow_rows(by_month),
    )
    show(chart, scope, level=2)


# ── À traiter ─────────────────────────────────────────────────────────────────────────────────────


# Names of the lists in the address.
_OWN = "les-miennes"
_READ = "lire"
_WRITTEN = "messages"
_REPORTS = "signalements"
_UNOWNED = "sans-responsable"
_TO_READ = "Ouvrez une idée, lisez-la ; si personne n'y est nommé, publiez-la."
_OF_READER = (_OWN, _READ, _REPORTS)
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
    _UNOWNED: (
        "À confier",
        Filters(view=View.unowned, order=Order.waiting),
        "Chaque idée en attente a un responsable.",
    ),
    _WRITTEN: (
        "Messages",
        Filters(view=View.written),
        "Aucun message d'auteur n'attend votre réponse.",
    ),
    "attente": (
        "Toutes",
        Filters(order=Order.waiting),
        "Aucune idée n'attend de réponse.",
    ),
    "sans-suite": (
        "Retenues sans suite",
        Filters(view=View.without_follow_up),
        f"Chaque idée retenue depuis {WAITED_DAYS} jours est reliée à une décision, un jalon ou un"
        " projet, ou réalisée.",
    ),
}


def reception_view(scope: Scope) -> None:
    # Only the office entrusts the ideas of every direction.
    of_role = {_OWN: scope.reader.mandates, _UNOWNED: may(scope.reader, "idea.moderate")}
    totals = {
        name: ideas_counted(scope, filters)
        for name, (_, filters, _) in _LISTS.items()
        if of_role.get(name, True)
    }
    chosen = _chosen(scope, totals)
    if chosen in _LISTS:
        return _pending(scope, chosen, totals)
    return reports_block(scope)


def _chosen(scope: Scope, totals: Mapping[str, int]) -> str:
    """The list given in the address (« ?liste=retard »), else the reader's own first one; above
    it, the lists that hold something: the reader's own, then those of the scope.
    """
    labels = {name: _LISTS[name][0] for name in totals}
    counts = dict(totals)
    if may(scope.reader, "idea.moderate"):
        labels[_REPORTS] = "Signalements"
        counts[_REPORTS] = reported(scope)
    chosen = asked("liste", labels, next(iter(labels)))
    page_header("Idées à traiter", _TO_READ if chosen == _READ else "")
    own, others = [], []
    for name, label in labels.items():
        if counts[name] or name == chosen:
            shown = (
                with_count(label, counts[name], COUNTED_UP_TO),
                address("reception", scope, liste=name),
            )
            (own if name in _OF_READER else others).append((*shown, name == chosen))
    segments("Pour vous", own, (scope.place, others))
    return chosen


# --- lists, and what is open beside them ----------------------------------------------------------


def _pending(scope: Scope, name: str, totals: Mapping[str, int]) -> None:
    label, filters, nothing = _LISTS[name]
    page = page_asked()
    with filter_line("reception", scope, "mots, ou n° d'une idée", "Trier", liste=name) as line:
        sort_fields("reception", COLUMNS)
    filters = replace(filters, words=line.words, sort=sort_asked(COLUMNS))
    results = ideas_page(scope, filters, page, None if line.words else totals[name])
    if not (results.rows or st.query_params.get("idee")):
        return empty_nothing_yet(nothing, ("Voir toutes les idées", address("idees", scope)))
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
