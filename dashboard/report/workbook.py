"""The report as a workbook (classeur XLSX): the same board with true numbers and dates.

Texts are written as strings, without formulas or links, and texts that a spreadsheet would execute
are escaped as in our CSV files (dashboard/files/csvout.py).
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from dashboard import french, theme
from dashboard.figures.board import Entry
from dashboard.figures.kinds import figure_of, value_of
from dashboard.figures.workstreams import health_of
from dashboard.files.csvout import protected
from dashboard.formulas import slip
from dashboard.queries.roadmap import PlanAt
from dashboard.report import wording
from dashboard.report.pack import Pack
from models.roadmap import Health

DAY = "dd/mm/yyyy"
WHOLE = "#,##0"
TENTH = "#,##0.0"
_PLACES = {0: WHOLE, 1: TENTH, 2: "#,##0.00"}
_HEADER = '&L&"Calibri,Bold"C-Possible — {title}'


def workbook(pack: Pack) -> bytes:
    """The workbook of a pack."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": DAY,
        },
    ) as book:
        book.set_properties(
            {
                "title": "Rapport de transformation",
                "author": "C-Possible",
                "comments": f"SHA-256 {pack.digest}",
            }
        )
        book = _Book(book, pack)
        _workstreams(book)
        columns = {
            "Code": 26,
            "Chiffre": 44,
            "Valeur": 12,
            "Unité": 16,
            "Numérateur": 12,
            "Dénominateur": 13,
            "n": 9,
            "Cible": 10,
            "Attendu par la cible": 12,
            "Atteinte de la cible (%)": 14,
            "Statut": 16,
            "Évolution": 11,
            "Données du": 13,
        }
        book.table("Chiffres", columns, [_figure(entry) for entry in book.pack.board.entries])
        _roadmap(book)
        if pack.decisions:
            _decisions(book)
        _definitions(book)
    return out.getvalue()


class _Book:
    """The workbook with its formats."""

    def __init__(self, book: xlsxwriter.Workbook, pack: Pack):
        self.workbook = book
        self.pack = pack
        shared = {"valign": "top", "font_name": "Calibri"}
        head = {"bold": True, "font_color": "#FFFFFF", "bg_color": theme.ACCENT.light}
        self.text = book.add_format(shared | {"text_wrap": True})
        self.head = book.add_format(shared | {"text_wrap": True} | head)
        self.day = book.add_format(shared | {"num_format": DAY, "align": "left"})
        self.numbers = {p: book.add_format(shared | {"num_format": p}) for p in _PLACES.values()}

    def table(
        self, name: str, columns: Mapping[str, int], rows: Sequence[Sequence[object]]
    ) -> None:
        """A sheet of rows under a frozen, filtered first row; `columns` are titles → widths."""
        sheet = self.workbook.add_worksheet(name)
        pack = self.pack
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(top=0.9, bottom=0.9)
        # A header holds 255 characters.
        filters = pack.scope.sentence().replace("&", "&&")[:150]
        sheet.set_header(_HEADER.format(title=name) + f"&R&8{filters}")
        sheet.set_footer(
            f"&L&8établi le {wording.moment(pack.made_at)} · SHA-256 {pack.digest}&R&8&P / &N"
        )
        for n, (title, width) in enumerate(columns.items()):
            sheet.set_column(n, n, width)
            sheet.write_string(0, n, title, self.head)
        for y, row in enumerate(rows, 1):
            for x, value in enumerate(row):
                self.write(sheet, y, x, value)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)

    def write(self, sheet: Worksheet, y: int, x: int, value: object) -> None:
        """One cell: numbers and dates as such (a pair is a number and its format), anything else as
        escaped text.
        """
        if isinstance(value, tuple):
            value, places = value
        else:
            places = TENTH if isinstance(value, float) else WHOLE
        if value is None:
            return
        if isinstance(value, date):
            sheet.write_datetime(y, x, value, self.day)
        elif isinstance(value, int | float):
            sheet.write_number(y, x, value, self.numbers[places])
        else:
            sheet.write_string(y, x, protected(str(value)), self.text)


def _workstreams(book: _Book) -> None:
    """« Chantiers »: one row per workstream, of the whole administration."""
    columns = {
        f"Chantier{wording.of_everybody(book.pack.scope)}": 44,
        "Fait (%)": 16,
        "Prévu (%)": 16,
        "Écart (points)": 16,
        "Écart (mois)": 18,
        "Situation": 20,
        "Règle du statut": 60,
    }
    rows = [
        (
            f"{state.workstream.id}. {state.workstream.name}",
            _number(state.earned),
            _number(state.planned),
            _number(state.gap),
            _number(state.months),
            wording.status_word(state.verdict.health, state.workstream.id in book.pack.imposed),
            state.verdict.rule,
        )
        for state in book.pack.streams
    ]
    book.table("Chantiers", columns, rows)


def _number(x: float | None) -> float | str:
    return french.UNKNOWN if x is None else float(x)


def _figure(entry: Entry) -> tuple[object, ...]:
    places = _PLACES[value_of(entry.code).unit.decimals]
    value = wording.written(entry) if entry.value is None else (entry.value, places)
    if entry.suppressed:
        counts = (None, None, None)
    else:
        counts = (_count(entry.numerator), _count(entry.denominator), entry.n)
    pairs = (
        (x, TENTH if x is not None and x != int(x) and places == WHOLE else places)
        for x in (entry.target, entry.expected)
    )
    return (
        entry.code,
        entry.label,
        value,
        value_of(entry.code).unit.label,
        *counts,
        *pairs,
        (entry.attainment, TENTH),
        wording.status_of(entry),
        (entry.change, places),
        entry.fresh_on,
    )


def _count(x: float | None) -> tuple[float | None, str]:
    return x, WHOLE if x is not None and x == int(x) else TENTH


def _roadmap(book: _Book) -> None:
    """« Feuille de route »: the milestones of the scope, with their last report."""
    columns = {
        "N°": 7,
        "Chantier": 26,
        "Jalon": 52,
        "Porteur": 26,
        "Poids": 8,
        "Critique": 9,
        "Début": 12,
        "Échéance": 12,
        "Fin réelle": 12,
        "Prévision": 12,
        "Glissement (jours)": 12,
        "Avancement (%)": 12,
        "État": 14,
        "Situation": 16,
        "Rapport du": 12,
        "Commentaire": 60,
        "Ce qu'il nous faut": 40,
    }
    names = {state.workstream.id: state.workstream.short_name for state in book.pack.streams}
    book.table(
        "Feuille de route",
        columns,
        [_milestone(m, names, book.pack.scope.on) for m in book.pack.milestones],
    )


def _milestone(m: PlanAt, names: dict[int, str], on: date) -> tuple[object, ...]:
    report = m.report
    plan = m.schedule
    health: Health = health_of(m, on).health
    return (
        m.plan.number,
        names[m.plan.workstream_id],
        m.plan.title,
        plan.owner,
        (plan.weight, TENTH),
        "oui" if plan.critical else "non",
        plan.start,
        plan.end,
        m.actual_end,
        report.forecast_end if report else None,
        slip(m.facts()),
        (100 * m.progress, WHOLE),
        m.state.label,
        wording.status_word(health, m.imposed is not None),
        report.on if report else None,
        report.comment if report else "",
        report.need if report else "",
    )


def _decisions(book: _Book) -> None:
    columns = {
        "N°": 8,
        "Décision": 60,
        "Instance": 20,
        "Décidée le": 12,
        "Issue": 20,
        "Échéance": 12,
        "Porteur": 30,
        "État": 18,
    }
    book.table(
        "Décisions",
        columns,
        [
            (
                str(d.number),
                d.title,
                d.instance.label,
                d.decided.on if d.decided else None,
                d.outcome.label if d.outcome else "",
                d.due_on,
                owner,
                state,
            )
            for d, owner, state in book.pack.decisions
        ],
    )


def _definitions(book: _Book) -> None:
    """« Définitions »: the definition, window and source of each value."""
    rows = []
    for entry in book.pack.board.entries:
        figure = figure_of(entry.code)
        value = value_of(entry.code)
        rows.append(
            (
                entry.code,
                entry.label,
                value.definition,
                (value.window or figure.window).label,
                figure.cut.value or "toute l'administration",
                figure.source,
                figure.reader,
            )
        )
    columns = {
        "Code": 26,
        "Chiffre": 44,
        "Définition": 90,
        "Période": 26,
        "Découpé par": 26,
        "Source": 36,
        "Lecteur": 22,
    }
    book.table("Définitions", columns, rows)
