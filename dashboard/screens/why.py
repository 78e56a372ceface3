"""What explains a figure (pourquoi ce chiffre): the calculation, the rule of the status, the curve,
the directions and the rows behind.
"""

from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import counted_units, may
from dashboard.actions.figures.targets import IMPOSABLE, REASON_MAX, impose, lift
from dashboard.figures import Breakdown, Figure, Value, reasons as say
from dashboard.figures.board import Entry, imposed_on, scope_for
from dashboard.figures.workstreams import schedule_steps
from dashboard.report import wording
from dashboard.scope import Scope
from dashboard.screens.figure_charts import (
    FIGURE,
    KNOWN,
    YES,
    against_target,
    asked_of,
    cell_of,
    entry_of,
    evolution,
)
from dashboard.ui.components import (
    badge_html,
    caption,
    escape_md,
    fold,
    heading,
    side_by_side,
    stacked,
    together,
)
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table, terms
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address, note_list_read
from models.clock import add_months
from models.directions import Unit as Place, UnitKind


def explained(scope: Scope, params: dict[str, str]) -> None:
    """Its status and its course, then its directions; the calculation at need."""
    asked = asked_of(scope, params[FIGURE], params.get(KNOWN, ""))
    figure, value, entry = asked.figure, asked.value, entry_of(asked)
    with side_by_side():
        with together():
            _status(asked.scope, figure, value, entry)
            against_target(asked)
        with together():
            evolution(asked)
    _parts(asked.scope, figure, value)
    with fold("Le calcul en détail", icon="calculate"):
        _calculation(asked.scope, figure, value, entry)


# --- the calculation and the status -------------------------------------------------------------


_SMALL = (
    "Moins de 5 personnes (10 réponses pour un relevé, plus de 20 agents pour leurs idées), ou un"
    " nombre qui permettrait de les retrouver : rien n'est affiché."
)


def _calculation(scope: Scope, figure: Figure, value: Value, entry: Entry) -> None:
    steps = None
    if value.code == "ecart.mois":
        known = scope.known_by(scope.on)
        steps = schedule_steps(cached.roadmap(scope.asked).at(scope.on, known), scope.on)
    fresh = f"dernier fait du {french.day(entry.fresh_on)}" if entry.fresh_on else ""
    rows = [
        ("Formule", say.formula_in_words(value)),
        ("Avec les nombres", say.formula_in_numbers(value, entry, steps)),
        ("Ce qui est compté", say.counts_in_words(value, entry)),
        ("Couverture", say.coverage_in_words(entry)),
        ("Attendent encore", _still_open(scope, value)),
        ("Période", say.window_in_words(figure, value, scope.on)),
        ("Fraîcheur", fresh or "aucun fait encore"),
        ("Source", figure.source),
        ("Petit effectif", _SMALL if entry.suppressed else ""),
    ]
    terms(rows)


def _still_open(scope: Scope, value: Value) -> str:
    """Answers still pending, shown beside a median, which counts only given ones."""
    if value.code not in ("reponse.mediane", "reponse.p90"):
        return ""
    board = cached.board(scope, ["reponse", "reponse.ancienne"])
    waiting = board["reponse.ouvertes"].value or 0
    oldest = board["reponse.ancienne"].value
    message = f"{french.counted(waiting, 'idée')} à décider"
    if oldest is None:
        return message
    return f"{message}, la plus ancienne depuis {french.counted(oldest, 'jour')}"


def _status(scope: Scope, figure: Figure, value: Value, entry: Entry) -> None:
    known = scope.known_by(scope.on)
    decided = cached.aims(scope.on, known, scope.asked).get(value.code, [])
    by_hand = imposed_on(value, scope_for(scope, figure), cached.imposed(scope.on, known))
    name = "Statut" if wording.status_on_card(entry) else "Par rapport à la cible"
    targets = link("Les cibles de ce chiffre", address("cibles", scope, chiffre=value.code))
    sees_targets = may(scope.reader, "page.cockpit") and value.takes_targets
    heading("Le statut")
    terms(
        [
            (name, badge_html(entry.status) if entry.status else ""),
            *([say.imposed_reason(by_hand, cached.job_title_of(by_hand.by))] if by_hand else []),
            *say.status_reasons(value, entry, decided, scope),
            ("Cibles", targets if sees_targets else ""),
        ]
    )


# --- the directions -----------------------------------------------------------------------------


def _parts(scope: Scope, figure: Figure, value: Value) -> None:
    """One line per unit below, in the order of the organisation chart, not by performance."""
    units = _units_below(scope, figure)
    if not units or value.whole_only:
        return
    counts, rows = value.counts or (), []
    known = YES if scope.as_known_then else None
    for unit in units:
        part = scope.within(unit)
        entry = cached.board(part, [figure.code])[value.code]
        href = address("pourquoi", part, chiffre=value.code, connu=known)
        numbers = (entry.numerator, entry.denominator)[: len(counts)]
        cells = (cell_of(number, part) for number in numbers)
        status = badge_html(entry.status) if entry.status else "–"
        rows.append((link(unit.name, href), wording.written(entry), *cells, status))
    heading("Par direction")
    table(
        ("Direction", "Valeur", *(name.capitalize() for name in counts), "Statut"),
        rows,
        f"{value.label} par direction",
        frozenset(range(1, 2 + len(counts))),
    )
    caption("Dans l'ordre de l'organigramme ; un nombre qui désignerait des personnes est caché.")


def _units_below(scope: Scope, figure: Figure) -> list[Place]:
    """The units below the selected one that are open to the reader; for the whole, an agent's
    own direction.
    """
    if figure.cut == Breakdown.none or len(scope.units) > 1 or scope.alone:
        return []
    top = scope.unit or scope.tree.root
    allowed = counted_units(scope.reader, scope.tree)
    below = scope.tree.children.get(top.id, []) if top else []
    has_directions = any(unit.kind != UnitKind.department for unit in below)
    if figure.cut == Breakdown.department and has_directions:
        return []
    open_to = [unit for unit in below if allowed is None or scope.tree.under(unit.id) <= allowed]
    if not open_to and scope.is_whole and allowed and figure.cut != Breakdown.department:
        return [unit for unit in scope.tree.directions() if scope.tree.under(unit.id) <= allowed]
    return open_to


# --- the rows behind ----------------------------------------------------------------------------


def rows(scope: Scope, value: Value, page: int = 1) -> int:
    """One page of the rows, and the count of hidden ones; returns how many there are."""
    found = cached.rows(scope, value.code, page)
    if found is None:
        return 0
    with stacked():
        heading("Les lignes derrière")
        if unseen := say.hidden_rows_in_words(found):
            caption(unseen)
        if found.rows:
            table(
                found.headings,
                [tuple(cell_of(cell, scope) for cell in row) for row in found.rows],
                f"Lignes derrière : {value.label}",
                found.numbers,
            )
        elif not found.note or found.total:
            caption("Aucune ligne.")
        if found.note:
            caption(found.note)
    if found.rows and found.nominative:
        note_list_read(f"{value.code}, {scope.codes}, {scope.on}, page {page}")
    return found.total


_PROPOSED_MONTHS = 3
_EARLIEST = date(2020, 1, 1)
_LATEST = date(2035, 12, 31)


def status_form(scope: Scope, subject: str) -> None:
    """Imposes a status on `figure:CODE`, `jalon:N` or `chantier:N`, or lifts it; only for
    readers with the right, looking at today.
    """
    if not may(scope.reader, "status.impose") or scope.on != cached.today():
        return
    unfolding(
        "Imposer un statut, ou lever celui qui est imposé",
        _form,
        subject,
        scope.on,
        key=f"w_status_box_{subject}",
        icon=":material/edit_note:",
    )


def _form(subject: str, day: date) -> None:
    form = Form(f"status_{subject}")
    current = cached.imposed(day).get(subject)
    with st.container(width=640, key=f"w_status_fields_{subject}"):
        if current:
            st.caption(
                escape_md(
                    f"Imposé jusqu'au {french.day(current.until)} :"
                    f" {current.reason or 'sans raison'}"
                )
            )
            form.button(
                "Lever le statut imposé",
                lambda session, reader: lift(session, reader, subject),
                field="lift",
                primary=False,
                done="Le statut imposé est levé.",
            )
        st.selectbox(
            "Statut", IMPOSABLE, format_func=lambda health: health.label, key=form.key("word")
        )
        form.error("status")
        form.field(
            "reason",
            st.text_area,
            "Raison (montrée à côté du statut)",
            max_chars=REASON_MAX,
            height=80,
        )
        form.field(
            "until",
            st.date_input,
            "Dernier jour",
            default=add_months(day, _PROPOSED_MONTHS),
            format="DD/MM/YYYY",
            min_value=_EARLIEST,
            max_value=_LATEST,
        )
        form.send(
            "Imposer ce statut",
            lambda session, reader: impose(
                session,
                reader,
                subject,
                str(form.value("word")),
                form.text("reason"),
                form.value("until"),
            ),
            done="Le statut est imposé.",
        )
