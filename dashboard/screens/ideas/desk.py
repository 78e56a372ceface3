"""The desk of entries (poste de travail des idées): one is answered beside the list, several
together; the list on screen as a file.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import counted_units, may
from dashboard.actions.ideas.threads import count_words_in_vain
from dashboard.cached import ideas
from dashboard.charts import ideas as charts
from dashboard.charts.plots import Chart
from dashboard.files.ideas.columns import COLUMNS
from dashboard.files.writing import FORMATS, MIME, as_bytes
from dashboard.french import typo
from dashboard.queries.ideas.export import idea_rows
from dashboard.queries.ideas.records import Filters, IdeaPage
from dashboard.queries.ideas.similar import words_in_vain
from dashboard.scope import Scope
from dashboard.screens.ideas.answer import answer_many_box, form_of_many
from dashboard.screens.ideas.entry import entry_in_full, entry_of
from dashboard.ui import desk as ui
from dashboard.ui.address import around_first, marked
from dashboard.ui.charts import show
from dashboard.ui.components import draw, empty_nothing_yet
from dashboard.ui.desk import Desk, Line, Noun, Opened, Several
from dashboard.ui.downloads import download
from dashboard.ui.tables import concerns_in_words, voices_of
from dashboard.visit.navigation import address, whole_number
from models.clock import add_months, month_start, months, window_start
from models.database import fetch, reading, writing
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.search import Query
from models.settings import settings

_NOUN = Noun("idée", "idées")


def idea_desk(
    scope: Scope,
    screen: str,
    results: IdeaPage,
    page: int,
    waits: bool,
    query: Query | None = None,
    **more: object,
) -> None:
    """`waits`: the entries of the list are pending an answer, and several may be answered at once;
    `more`: other parameters of the list.
    """
    ui.desk(
        Desk(
            scope=scope,
            screen=screen,
            entry="idee",
            noun=_NOUN,
            lines=[_line(row, scope, waits, query) for row in results.rows],
            total=results.total,
            more=results.more,
            page=page,
            opens=partial(_opened, scope),
            reply=("w_answer_", "w_many_"),
            act="répondre",
            form="answer_",
            several=_several(scope, results.rows) if waits else None,
            **more,
        )
    )


def _line(row: Idea, scope: Scope, waits: bool, query: Query | None) -> Line:
    filed = f"déposée le {french.day(row.filed_on)}"
    promised = f"pour le {french.day(row.due_on)}" if row.due_on else ""
    # Lateness counts from the promised day.
    is_late = row.is_late(cached.today())
    on = promised if promised and (waits or is_late) else filed
    concerned = [concerns_in_words(row, scope.tree)] if row.concerns_id else []
    facts = [IdeaStatus(row.status).label, *concerned, *voices_of(row)]
    if not row.published:
        facts.insert(0, "Pas encore publiée")
    excerpt = marked(around_first(row.body, query), query) if query else ""
    return Line(str(row.number), marked(row.title, query), facts, on, is_late, excerpt)


def _opened(scope: Scope, key: str) -> Opened | None:
    entry = entry_of(scope, whole_number(key) or 0, reads=not ui.is_preview("idee"))
    if entry is None:
        return None
    idea = entry[0].idea
    return Opened(
        idea.title,
        partial(entry_in_full, scope, entry),
        under=f"N° {idea.number}",
        full=address("idees", scope, idee=idea.number),
    )


def _several(scope: Scope, rows: Sequence[Idea]) -> Several:
    def numbers(keys: Sequence[str]) -> list[int]:
        return [number for key in keys if (number := whole_number(key))]

    return Several(
        "Répondre à",
        form=lambda keys: form_of_many(numbers(keys)),
        draw=lambda keys: answer_many_box(scope, numbers(keys), rows),
    )


def export_box(scope: Scope, filters: Filters) -> None:
    """Exports every entry of the list, not only this page, as the command line does; draws nothing
    for readers who may not export.
    """
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


def _file(scope: Scope, filters: Filters, suffix: str) -> bytes:
    with reading() as session:
        fields = [column.field for column in COLUMNS]
        rows = idea_rows(session, scope, filters, cached.today(), fields=fields)
        headers = [column.header for column in COLUMNS]
        return as_bytes("Idées", headers, rows, suffix, COLUMNS)


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


def all_charts(scope: Scope) -> None:
    """The backlog, the states month by month, how far the ideas of a year have come, and the
    directions side by side.
    """
    _backlog(scope)
    _flow(scope)
    _life(scope)
    _by_direction(scope)


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
    title = f"{french.counted(total, 'idée')} sans réponse, dont {french.number(late)} en retard"
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
        f" {french.number(now['ouverte'])} en attente au {french.day(last)}"
    )
    chart = Chart(
        "etats-des-idees",
        title,
        f"Idées et suggestions à la fin de chaque mois, depuis {french.month(first)}.",
        f"{title} ; {french.number(by_month[first]['ouverte'])} en attente un an avant.",
        charts.flow(by_month),
        charts.FLOW,
        charts.flow_rows(by_month),
    )
    show(chart, scope, level=2)
