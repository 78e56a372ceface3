"""What explains a figure (pourquoi ce chiffre): the calculation, the rule of the status, the curve,
the directions and the rows behind.
"""

from dashboard import cached, french
from dashboard.access import counted_units, may
from dashboard.figures import Breakdown, Figure, Value
from dashboard.figures import reasons as say
from dashboard.figures.board import Entry, imposed_on, scope_for
from dashboard.figures.workstreams import schedule_steps
from dashboard.queries.figures.figure_rows import Rows
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
    fold,
    heading,
    side_by_side,
    stacked,
    together,
)
from dashboard.ui.tables import link, table, terms
from dashboard.visit.navigation import address, note_list_read
from models.directions import Unit as Place
from models.directions import UnitKind


def explained(scope: Scope, params: dict[str, str]) -> None:
    """Its status and its course, then its directions; the calculation at need."""
    asked = asked_of(scope, params[FIGURE], params.get(KNOWN, ""))
    figure, value, entry = asked.figure, asked.value, entry_of(asked)
    with side_by_side():
        with together():
            _status(asked.scope, figure, value, entry)
            against_target(asked, entry)
        with together():
            evolution(asked)
    _parts(asked.scope, figure, value)
    with fold("Le calcul en détail", icon="calculate"):
        _calculation(asked.scope, figure, value, entry)


# --- the calculation and the status -------------------------------------------------------------


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
    ]
    if entry.suppressed:
        sentence = (
            "Moins de 5 personnes (10 réponses pour un relevé), ou un nombre qui permettrait de les"
            " retrouver : rien n'est affiché."
        )
        rows.append(("Petit effectif", sentence))
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
    rows: list[tuple[str, object]] = []
    if entry.status:
        is_own = wording.status_on_card(entry)
        name = "Statut" if is_own else "Par rapport à la cible"
        rows.append((name, badge_html(entry.status)))
    if by_hand:
        rows.append(say.imposed_reason(by_hand, cached.job_title_of(by_hand.by)))
    rows += say.status_reasons(value, entry, decided, scope)
    if may(scope.reader, "page.cockpit") and value.takes_targets:
        rows.append(
            (
                "Cibles",
                link("Les cibles de ce chiffre", address("cibles", scope, chiffre=value.code)),
            )
        )
    heading("Le statut")
    terms(rows)


# --- the directions -----------------------------------------------------------------------------


def _parts(scope: Scope, figure: Figure, value: Value) -> None:
    """One line per unit below, in the order of the organisation chart, not by performance."""
    units = _units_below(scope, figure)
    if not units or value.whole_only:
        return
    counts = value.counts or ()
    rows = [_part_row(scope.within(unit), unit, figure, value) for unit in units]
    heading("Par direction")
    table(
        ("Direction", "Valeur", *(name.capitalize() for name in counts), "Statut"),
        rows,
        f"{value.label} par direction",
        frozenset(range(1, 2 + len(counts))),
    )
    caption("Dans l'ordre de l'organigramme ; un nombre qui désignerait des personnes est caché.")


def _part_row(scope: Scope, unit: Place, figure: Figure, value: Value) -> tuple:
    entry = cached.board(scope, [figure.code])[value.code]
    known = YES if scope.as_known_then else None
    counts = (entry.numerator, entry.denominator)[: len(value.counts or ())]
    return (
        link(unit.name, address("pourquoi", scope, chiffre=value.code, connu=known)),
        wording.written(entry),
        *(cell_of(count, scope) for count in counts),
        badge_html(entry.status) if entry.status else "–",
    )


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
            _table_of(found, scope, value)
        elif not found.note or found.total:
            caption("Aucune ligne.")
        if found.note:
            caption(found.note)
    if found.rows and found.nominative:
        note_list_read(f"{value.code}, {scope.codes}, {scope.on}, page {page}")
    return found.total


def _table_of(page_rows: Rows, scope: Scope, value: Value) -> None:
    table(
        page_rows.headings,
        [tuple(cell_of(cell, scope) for cell in row) for row in page_rows.rows],
        f"Lignes derrière : {value.label}",
        page_rows.numbers,
    )
