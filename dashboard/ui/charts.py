"""A chart on a page: its message as title, a sentence of explanation, the drawing, its table,
CSV and image; interactive curves on request.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial

import streamlit as st
from markupsafe import Markup

from dashboard import cached, french, theme
from dashboard.access import Reader, may
from dashboard.charts.plots import Chart, on_page
from dashboard.figures.board import Board, Entry
from dashboard.figures.kinds import (
    SMALL,
    Breakdown,
    Figure,
    Window,
    every_value,
    figure_of,
    value_of,
)
from dashboard.files import csvout
from dashboard.queries.figures.events import Event
from dashboard.queries.news import LastPublication, PublicFigure, PublicWorkstream
from dashboard.rendering import render
from dashboard.report import wording
from dashboard.report.picture import picture
from dashboard.scope import Scope
from dashboard.ui.cards import FigureCard
from dashboard.ui.components import fold, gathering, is_gathering, place, screen_component, together
from dashboard.ui.downloads import data_link, download
from dashboard.ui.tables import link, rows_file, table
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from dashboard.visit.screens import screen_at
from dashboard.web.files import ScopeFile
from models.clock import month_ends
from models.people import Role

_NOTHING_ELSE: Mapping[str, str] = {}
EXPLAINED = "Les numéros de la courbe"


def show(
    chart: Chart,
    scope: Scope,
    *,
    note: str = "",
    files: Sequence[ScopeFile] = (),
    asked: Mapping[str, str] = _NOTHING_ELSE,
    level: int = 3,
    marks: Markup | str = "",
) -> None:
    """The chart, with its data and files one click away. `files`: those built from the scope and
    the `asked` parameters; without them the page offers its own, with `note` (default: the
    scope) printed on the image. `marks`: drawn between its title and its sentence.
    """
    with _drawn(chart.code), together():
        place(
            render(
                "charts/head.html",
                title=chart.title,
                marks=marks,
                message=chart.message,
                level=level,
            )
        )
        place(on_page(chart.plot, chart.alt))
        if chart.events:
            with fold(EXPLAINED, icon="pin_drop"):
                events_table(chart, scope)
        with fold("Les données et l'image du graphique"):
            place(data_table(chart))
            with together():
                for number, (ending, mime, label, icon) in enumerate(_FILES):
                    if files:
                        data_link(files[number], scope, label, icon=icon, **asked)
                        continue
                    download(
                        label,
                        partial(_content, chart, ending, note or scope.sentence()),
                        f"{chart.code}.{ending}",
                        mime,
                        key=f"{chart.code}_{ending}",
                        icon=icon,
                    )


def events_table(chart: Chart, scope: Scope) -> None:
    """The events marked on the curve, by their numbers; those that the reader may open are
    links.
    """
    table(
        ("N°", "Date", "Quoi", "Ce qui s'est passé"),
        [
            (number, french.day(event.on), event.kind.label, _event_link(event, scope))
            for number, event in chart.events
        ],
        EXPLAINED,
    )


def _event_link(event: Event, scope: Scope) -> object:
    if not event.param or not may(scope.reader, screen_at(event.page).right):
        return event.text
    return link(event.text, address(event.page, scope, **dict([event.param])))


@contextmanager
def _drawn(code: str) -> Iterator[None]:
    """The drawing as a part of the block, or as our own element: Streamlit strips SVG from HTML."""
    if is_gathering():
        yield
        return
    with gathering() as parts:
        yield
    screen_component()(key=f"cp_screen_{code}", data=[{"parts": parts}])


def explore(chart: Chart) -> None:
    """The interactive version of a chart, loaded when opened."""
    unfolding("Explorer ce graphique", _explored, chart, key=f"w_{chart.code}_explorer")


def _explored(chart: Chart) -> None:
    # Altair is imported only when used.
    from dashboard.charts.explorer import explorer

    st.altair_chart(
        explorer(chart.curves, chart.unit).configure(**theme.vega_config()),
        theme=None,
        alt=chart.alt,
        key=f"w_{chart.code}_explored",
    )


def data_table(chart: Chart) -> Markup:
    """The rows of the chart; wider than a phone if needed."""
    columns = [
        (heading, any(isinstance(row[n], int | float) for row in chart.rows))
        for n, heading in enumerate(chart.columns)
    ]
    return render(
        "ui/table.html",
        columns=columns,
        rows=[zip(map(_in_words, row), columns, strict=True) for row in chart.rows],
        caption=chart.title,
        is_wide=False,
        more_cards="",
        more_lines="",
    )


def _in_words(value: object) -> object:
    if isinstance(value, date):
        return french.day(value)
    return french.number(value) if isinstance(value, int | float) else value


# ── The files ─────────────────────────────────────────────────────────────────────────────────────

_FILES = (
    ("csv", "text/csv", "Télécharger (CSV)", "download"),
    ("png", "image/png", "Télécharger l'image (PNG)", "image"),
)


def _content(chart: Chart, ending: str, note: str) -> bytes:
    """The rows as CSV for French spreadsheets, with full numbers; or the chart as an image."""
    return csvout.as_bytes(chart.columns, chart.rows) if ending == "csv" else picture(chart, note)


def files_of(
    name: str,
    right: str,
    chart_of: Callable[..., Chart | None],
    note: Callable[..., str] = lambda scope, **_asked: scope.sentence(),
    asks: tuple[str, ...] = (),
) -> tuple[ScopeFile, ...]:
    """The two files of a chart built from a scope and the parameters it `asks`: rows (CSV) and
    image (PNG).
    """

    def make(ending: str, scope: Scope, **asked: str) -> bytes | None:
        chart = chart_of(scope, **asked)
        return _content(chart, ending, note(scope, **asked)) if chart else None

    return tuple(
        ScopeFile(f"{name}.{ending}", mime, right, partial(make, ending), asks)
        for ending, mime, _, _ in _FILES
    )


# Of a reader with several roles the first one decides.
HEADLINES = {
    # Progress and its gap stand above the cards.
    Role.codir: (
        "echeances",
        "reponse.ouvertes",
        "reponse.tenue",
        "couverture",
        "formation",
    ),
    Role.animateur: (
        "reponse.tenue",
        "reponse.ouvertes",
        "reponse.mediane",
        "ambassadeurs-actifs",
        "couverture",
        "fraicheur",
        "remplissage",
    ),
    Role.manager: (
        "reponse.tenue",
        "reponse.ouvertes",
        "reponse.mediane",
        "idees.pour-100",
        "formation",
        "couverture",
        "echeances",
    ),
}


def headline(reader: Reader) -> tuple[str, ...]:
    """The 5 to 7 headline values of this reader's first role in HEADLINES."""
    return next(
        (codes for role, codes in HEADLINES.items() if role in reader.roles),
        HEADLINES[Role.codir],
    )


def cards_of(scope: Scope, codes: Sequence[str], board: Board | None = None) -> list[FigureCard]:
    """One card per value, read from one board."""
    figures = list(dict.fromkeys(figure_of(code).code for code in codes))
    # One board for all cards, so that figures sharing a read are computed once.
    board = board or cached.board(scope, figures)
    return [card_of(scope, board[code]) for code in codes]


def card_of(scope: Scope, entry: Entry) -> FigureCard:
    figure = figure_of(entry.code)
    dates = month_ends(scope.on, 13)
    return FigureCard(
        entry,
        scope.since,
        [point.value for point in cached.curve(scope, figure.code, entry.code, dates)],
        _note(scope, figure, entry),
        address("pourquoi", scope, chiffre=entry.code),
    )


def figure_rows(scope: Scope) -> list[tuple]:
    """The figures of the scope for an export, in catalogue order; a small cell is empty, with
    its reason.
    """
    return [
        (
            e.code,
            e.label,
            SMALL if e.suppressed else e.value,
            e.numerator,
            e.denominator,
            e.n,
            e.unit,
            e.target,
            e.expected,
            wording.status_of(e),
            e.fresh_on,
            scope.on,
            scope.place,
        )
        for e in cached.board(scope).entries
    ]


EVERY_FIGURE = rows_file(
    "chiffres",
    "page.cockpit",
    (
        "Code",
        "Chiffre",
        "Valeur",
        "Numérateur",
        "Dénominateur",
        "n",
        "Unité",
        "Cible",
        "Attendu par la cible",
        "Statut",
        "Données du",
        "Situation au",
        "Périmètre",
    ),
    figure_rows,
)


def format_value(entry: Entry) -> str:
    """A value in one cell: « 38,9 % (14 / 36) », « 24 jours ouvrables », « n.d. », « petit
    effectif ».
    """
    if entry.suppressed:
        return SMALL
    both = wording.counts(entry) if entry.unit == "%" else ""
    return f"{wording.written(entry)} ({both})" if both else wording.written(entry)


def target_of(entry: Entry) -> str:
    """The target with its unit, or a dash."""
    if entry.target is None:
        return "–"
    return wording.aim(entry) if entry.unit == "%" else wording.measure(entry.target, entry.unit)


def _note(scope: Scope, figure: Figure, entry: Entry) -> str:
    words = ["statut imposé"] if entry.imposed else []
    if entry.awaited:
        words.append(f"reçu : {french.number(entry.received)} sur {french.number(entry.awaited)}")
    if figure.cut == Breakdown.none and not scope.is_whole:
        words.append("toute l'administration")
    if entry.value is None and not entry.suppressed:
        is_of_the_whole = figure.cut == Breakdown.none or scope.is_whole
        value = value_of(entry.code)
        if value.whole_only:
            why_unknown = "pour toute l'administration et toutes ambitions seulement"
        else:
            why_unknown = (
                "pas encore mesuré" if is_of_the_whole else "pas de donnée pour cette direction"
            )
        words.append(why_unknown)
    return " · ".join(words)


# --- what was made public -------------------------------------------------------------------------


def public_window(figure: PublicFigure) -> str:
    """« sur 12 mois », of a published figure that counts the twelve months before its day."""
    windows = {value.code: value.window or declared.window for declared, value in every_value()}
    return "sur 12 mois" if windows.get(figure.code) is Window.twelve_months else ""


def public_card(figure: PublicFigure) -> FigureCard:
    """A published figure: its value, its window, and what its two counts are."""
    shown = figure.code, figure.label, figure.value, None, None, None, figure.unit
    entry = Entry(*shown, fresh_on=figure.fresh_on)
    notes = public_window(figure), _counts_in_words(figure)
    return FigureCard(entry, note=" · ".join(filter(None, notes)))


def _counts_in_words(figure: PublicFigure) -> str:
    """« dans le délai : 196 ; échues : 264 »; empty without two counts and their words."""
    words = {value.code: value.counts for _, value in every_value()}.get(figure.code)
    if not words or None in (figure.numerator, figure.denominator):
        return ""
    found = zip(words, (figure.numerator, figure.denominator), strict=True)
    return " ; ".join(f"{what} : {french.number(count)}" for what, count in found)


def public_workstream(stream: PublicWorkstream) -> dict:
    """A published workstream: its progress, without plan or status."""
    return {
        "name": f"{stream.number}. {stream.name}",
        "note": f"{stream.reached} jalons atteints sur {stream.total}",
        "done": french.percent(stream.done),
        "width": "" if stream.done is None else f"{min(max(stream.done, 0), 100):.1f}%",
    }


def published_when(shown: LastPublication) -> str:
    """« Situation au 31 mai 2023, publiée le 5 juin 2023 par la Direction générale. »"""
    return (
        f"Situation au {french.day_long(shown.au)}, publiée le {french.day_long(shown.on)} par la"
        " Direction générale."
    )
