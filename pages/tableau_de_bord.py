"""Tableau de bord: where the programme stands, for the CODIR, the managers and the programme
office.
"""

from collections.abc import Sequence

from markupsafe import Markup

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached import ideas
from dashboard.cached.memory import cached as remembered
from dashboard.figures import REGISTRY
from dashboard.figures.board import Board
from dashboard.figures.places import of_workstream
from dashboard.figures.roadmap import WorkstreamState
from dashboard.figures.sentences import IN_SENTENCES, Waiting, three_sentences, waiting
from dashboard.frame.filters import one_block
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.ideas.records import View
from dashboard.queries.roadmap import MilestoneAt
from dashboard.scope import Scope
from dashboard.screens.roadmap.curves import filed_by_month_pictured, s_curve_pictured
from dashboard.screens.roadmap.other_programmes import other_programmes
from dashboard.screens.roadmap.up_to_date import up_to_date
from dashboard.ui.blocks import fold, gathering, side_by_side
from dashboard.ui.components import (
    TodoItem,
    WorkstreamRow,
    cards,
    draw,
    heading,
    note_unread,
    page_header,
    segments,
    small_print,
    todo_list,
    workstream_rows,
)
from dashboard.ui.downloads import data_link
from dashboard.ui.figures import EVERY_FIGURE, cards_of, figure_of, headline
from dashboard.visit.navigation import COCKPIT, address

# What the screen is made of: it is drawn anew when one of these was written.
SUBJECTS = sorted(
    {"roadmap", "ideas", "decisions", "meetings", "directions"}
    | {subject for figure in REGISTRY.values() for subject in figure.subjects}
)
ESSENTIAL = "essentiel"


def body(scope: Scope, asked: dict[str, str]) -> Sequence[Markup]:
    return _body(scope, _group(scope, asked))


@remembered(*SUBJECTS, size=128, daily=True)
def _body(scope: Scope, group: str) -> Sequence[Markup]:
    """The parts of the screen; one group of figures is open at a time."""
    with gathering() as parts:
        _parts(scope, group)
    return parts


def _parts(scope: Scope, group: str) -> None:
    page_header("Tableau de bord", scope.sentence())
    other_programmes(scope, COCKPIT)
    wait = _waiting(scope)
    # One board for the sentences and the cards.
    board = cached.board(scope, _needed(scope, group))
    _in_three_sentences(board, wait, scope)
    note_unread(
        cached.milestones(scope.on, scope.asked),
        cached.decisions(scope.on),
        cached.meetings(scope.on),
    )
    workstream_rows(
        [_row(state, scope) for state in cached.workstreams(scope.on, scope.asked)],
        french.sentence_case(french.every(len(cached.streams(scope)), "chantier"))
        + ("" if scope.is_whole else " (toute l'administration)"),
    )
    small_print(
        "Santé d'un chantier : acquis ÷ prévu à cette date (95 % et 85 %), un cran plus bas si un"
        " jalon critique a plus de trente jours de retard. Plus bas, l'avancement d'un chantier"
        " porte la même santé ; le statut des autres chiffres les compare à leur cible datée."
    )
    _figures(scope, board, group)
    _to_do(wait, scope)
    up_to_date(scope)
    _curves(scope)
    _doors(scope)


def _waiting(scope: Scope) -> Waiting:
    """A manager's own milestones and decisions; for the others those of the directions looked
    at.
    """
    milestones = [m for m in cached.milestones(scope.on, scope.asked) if _is_mine(m, scope)]
    decisions = [
        d
        for d in cached.decisions(scope.on)
        if scope.is_whole or d.owner_direction_id in scope.counted
    ]
    to_read = ideas.to_read(scope) if may(scope.reader, "idea.publish") else 0
    return waiting(milestones, scope.on, ideas.late_ideas(scope), to_read, decisions)


def _is_mine(milestone: MilestoneAt, scope: Scope) -> bool:
    return scope.is_whole or milestone.schedule.owner_direction_id in scope.counted


def _in_three_sentences(board: Board, wait: Waiting, scope: Scope) -> None:
    sentences = three_sentences(board, cached.workstreams(scope.on, scope.asked), wait, scope.on)
    draw("ui/sentences.html", title="En trois phrases", sentences=sentences)
    with fold("Copier le texte", icon="content_copy"):
        draw("ui/copied_text.html", id="cp-three-sentences", lines=sentences)


def _row(state: WorkstreamState, scope: Scope) -> WorkstreamRow:
    gap = None
    if state.earned is not None and state.planned is not None:
        gap = state.earned - state.planned
    note = (
        f"{state.done} jalons atteints sur {state.total} · reçu : {state.reported.numerator} sur"
        f" {state.reported.denominator}"
    )
    return WorkstreamRow(
        f"{state.workstream.id}. {state.workstream.name}",
        state.earned,
        state.planned,
        gap,
        state.months,
        str(state.verdict.health),
        note + _moved(state, scope),
        address("feuille-de-route", scope, chantier=state.workstream.id),
    )


def _moved(state: WorkstreamState, scope: Scope) -> str:
    """How far the workstream came since the day compared with."""
    if scope.since is None or state.earned is None:
        return ""
    earned = {w.workstream.id: w.earned for w in cached.workstreams(scope.since, scope.asked)}
    before = earned.get(state.workstream.id)
    moved = french.UNKNOWN
    if before is not None:
        moved = french.signed(state.earned - before, "point", 1)
    return f" · {moved} depuis le {french.day(scope.since)}"


def _names(scope: Scope) -> dict[str, str]:
    """The groups of figures: the essential ones, then one per workstream."""
    streams = {w.code: f"{w.id}. {w.short_name}" for w in cached.streams(scope)}
    return {ESSENTIAL: "L'essentiel"} | streams


def _group(scope: Scope, asked: dict[str, str]) -> str:
    """The group of figures the address asks for."""
    wanted = asked.get("volet", ESSENTIAL)
    return wanted if wanted in _names(scope) else ESSENTIAL


def _values(scope: Scope, group: str) -> tuple[str, ...]:
    stream = next((w for w in cached.streams(scope) if w.code == group), None)
    return of_workstream(stream.code, stream.id) if stream else headline(scope.reader)


def _needed(scope: Scope, group: str) -> list[str]:
    """The figures this screen shows: those of the sentences, and those of the group."""
    of_group = [figure_of(code).code for code in _values(scope, group)]
    return list(dict.fromkeys([*IN_SENTENCES, *of_group]))


def _figures(scope: Scope, board: Board, group: str) -> None:
    """The headline of the reader's role, or the figures of one workstream: never more than
    twelve at once.
    """
    heading("Les chiffres")
    segments(
        "Groupe de chiffres",
        [
            (name, address(COCKPIT, scope, volet=code), code == group)
            for code, name in _names(scope).items()
        ],
    )
    cards(cards_of(scope, _values(scope, group), board), level=3)
    data_link(EVERY_FIGURE, scope, "Exporter tous les chiffres (CSV)")


def _to_do(wait: Waiting, scope: Scope) -> None:
    todo_list(
        [
            *(_late_milestone(m, scope) for m in wait.late),
            *(_overdue_decision(d, scope) for d in wait.overdue),
            *_counted(wait, scope),
            *(_silent_milestone(m, scope) for m in wait.silent),
            *_without_fresh_data(scope),
        ]
    )


def _late_milestone(m: MilestoneAt, scope: Scope) -> TodoItem:
    return TodoItem(
        f"Jalon {m.milestone.number} — {m.milestone.title}",
        address("feuille-de-route", scope, jalon=m.milestone.number),
        m.report.need or m.report.comment if m.report else "",
        m.schedule.end,
        late=True,
    )


def _overdue_decision(d: DecisionAt, scope: Scope) -> TodoItem:
    return TodoItem(
        f"Décision n° {d.number} — {d.title}",
        address("decisions", scope, decision=d.number),
        "adoptée, pas encore exécutée",
        d.due_on,
        late=True,
    )


def _silent_milestone(m: MilestoneAt, scope: Scope) -> TodoItem:
    return TodoItem(
        f"Mise à jour attendue : jalon {m.milestone.number} — {m.milestone.title}",
        address("feuille-de-route", scope, jalon=m.milestone.number),
        f"dernière nouvelle le {french.day(m.report.on)}" if m.report else "aucun rapport",
    )


def _counted(wait: Waiting, scope: Scope) -> list[TodoItem]:
    """One line each for what may be many: late answers, points to decide, entries to read."""
    items = []
    if wait.late_ideas:
        items.append(
            TodoItem(
                f"{french.counted(wait.late_ideas, 'idée')} sans réponse après le délai",
                address("idees", scope, vue="en-retard"),
            )
        )
    if wait.undecided:
        oldest = wait.undecided[0]
        items.append(
            TodoItem(
                f"{french.counted(len(wait.undecided), 'point')} en attente de décision",
                address("decisions", scope),
                f"le plus ancien depuis le {french.day(oldest.submitted_on)} : {oldest.title}",
            )
        )
    if wait.to_read:
        items.append(
            TodoItem(
                f"{french.counted(wait.to_read, 'dépôt')} à lire avant publication",
                address("idees", scope, vue=View.unread),
            )
        )
    return items


def _without_fresh_data(scope: Scope) -> list[TodoItem]:
    """Figures that somebody types in, with a target, and no value less than a year old."""
    old = cached.without_fresh_data(scope)
    if not old:
        return []
    # Four are named: « et un autre » would take the room of its name.
    shown = old if len(old) <= 4 else old[:3]
    names = ", ".join(entry.label for entry in shown)
    if len(old) > len(shown):
        names += f" et {len(old) - len(shown)} autres"
    return [
        TodoItem(
            f"{french.counted(len(old), 'chiffre')} sans donnée récente",
            address("cibles", scope, vue="sans-donnee"),
            names,
        )
    ]


def _curves(scope: Scope) -> None:
    with side_by_side():
        s_curve_pictured(scope)
        filed_by_month_pictured(scope)


def _doors(scope: Scope) -> None:
    """Where to go from here: the same directions and dates, on the screens beside this one."""
    doors = (
        ("Depuis la dernière séance", "depuis"),
        ("Décisions", "decisions"),
        ("Ma direction", "ma-direction"),
        ("Les cinq ambitions", "ambitions"),
        ("Cibles et relevés", "cibles"),
        ("Rapport", "rapport"),
    )
    draw("board/doors.html", doors=[(label, address(url, scope)) for label, url in doors])


one_block(body)
