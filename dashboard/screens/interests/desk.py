"""The desk of marks of interest: persons to contact, one opened beside the list, several assigned
or closed together.
"""

from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.actions.interests import follow_interest, take_care
from dashboard.queries import interests
from dashboard.queries.interests import InterestRow
from dashboard.scope import Scope
from dashboard.screens.interests.form import follow_forms
from dashboard.ui.address import one_page, page_asked
from dashboard.ui.components import empty_for_filters, empty_nothing_yet, segments
from dashboard.ui.desk import (
    PAGE,
    Desk,
    Line,
    Noun,
    Opened,
    desk,
    sort_asked,
)
from dashboard.ui.several import Gesture, several
from dashboard.ui.tables import csv_button, terms, unit_name
from dashboard.visit.navigation import address, whole_number
from models.communities import AmbassadorReach, InterestState
from models.database import fetch, reading

_SCREEN = "marques-interet"
_NOUN = Noun("marque d’intérêt", "marques d’intérêt")
_STATE = "etat"
LATE = "en-retard"
_HEADINGS = ("Qui", "Activité", "Posée le", "Issue", "Note")
_GESTURES = (
    Gesture(
        "Je m'en occupe",
        lambda session, reader, key, _text: take_care(session, reader, int(key)),
        "vous vous en occupez.",
        "assignment_ind",
    ),
    Gesture(
        "Classer sans suite",
        lambda session, reader, key, text: follow_interest(
            session, reader, int(key), InterestState.dropped, text
        ),
        "c'est classé sans suite.",
        "archive",
        asks="Pourquoi classer sans suite ?",
    ),
)


def interest_desk(scope: Scope) -> None:
    """The marks of interest in a state; counts on other screens link to the late ones."""
    with reading() as session:
        counts = interests.counts(session, scope)
        late = interests.late(session, scope)
    state, is_late = _state(scope, counts, len(late))
    if is_late:
        total, (page, marks) = len(late), one_page(late, PAGE)
    else:
        total, page = counts[state] if state else sum(counts.values()), page_asked()
        sort = sort_asked(interests.COLUMNS)
        marks = fetch(interests.pipeline, scope, state, PAGE, (page - 1) * PAGE, sort)
    if not (marks or st.query_params.get("marque")):
        if scope.is_whole and not (_STATE in st.query_params or "vue" in st.query_params):
            return empty_nothing_yet("Aucune marque d'intérêt n'a encore été posée.")
        return empty_for_filters(
            "Aucune marque d'intérêt pour ces filtres.", address(_SCREEN, scope.whole())
        )
    lines = [_line(item, scope) for item in marks]
    is_open = state in (None, InterestState.new, InterestState.contacted)
    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="marque",
            has_sheet=False,
            noun=_NOUN,
            lines=lines,
            total=total,
            page=page,
            keep={"vue": LATE} if is_late else {_STATE: state} if state else {},
            columns=() if is_late else interests.COLUMNS,
            opens=partial(_opened, scope),
            reply=("w_contacted_", "w_care_", "w_interest_many_"),
            several=several("interest_many", "Suivre", _NOUN, lines, _GESTURES)
            if is_open and scope.on == cached.today()
            else None,
        )
    )
    return csv_button("marques-interet", _HEADINGS, lambda: _closed_file(scope))


def _state(
    scope: Scope, counts: dict[InterestState, int], late: int
) -> tuple[InterestState | None, bool]:
    """The state given by the address, with the count of each state; and whether only late marks are
    listed.
    """
    is_late = st.query_params.get("vue") == LATE
    asked = st.query_params.get(_STATE)
    chosen = next((state for state in InterestState if state == asked and not is_late), None)
    where = partial(address, _SCREEN, scope)
    ways = [("Toutes", where(), chosen is None and not is_late)]
    ways += [
        (f"{state.label} ({french.number(n)})", where(**{_STATE: state.value}), state is chosen)
        for state, n in counts.items()
    ]
    ways.append((f"Délai passé ({french.number(late)})", where(vue=LATE), is_late))
    segments("État", ways)
    return chosen, is_late


def _closed_file(scope: Scope) -> list[tuple]:
    """The closed marks of interest, as a file."""
    marks = fetch(interests.pipeline, scope)
    return [
        (item.name, item.activity_name, item.record.on, item.state.label, item.last_note or "–")
        for item in marks
        if item.state not in (InterestState.new, InterestState.contacted)
    ]


def _line(item: InterestRow, scope: Scope) -> Line:
    is_new = item.state == InterestState.new
    due = f"à contacter pour le {french.day(item.due_on)}"
    return Line(
        str(item.record.id),
        f"{item.name} — {item.activity_name}",
        [
            *filter(None, [precision(item), unit_name(scope.tree, item.record.direction_id, "")]),
            item.state.label,
            f"suivie par {item.owner}" if item.owner else "sans responsable",
        ],
        on=due if is_new else f"posée le {french.day(item.record.on)}",
        is_late=item.is_late(scope.on),
    )


def precision(marked: InterestRow) -> str:
    """The reach, the role and the subject."""
    reach = AmbassadorReach(marked.record.reach).label if marked.record.reach else ""
    return " · ".join(filter(None, (reach, marked.record.role, marked.about)))


def _opened(scope: Scope, key: str) -> Opened | None:
    number = whole_number(key)
    with reading() as session:
        mark = interests.interest(session, scope, number) if number else None
    if mark is None:
        return None

    def draw() -> None:
        _facts(scope, mark)
        if scope.on == cached.today():
            follow_forms(scope, mark)

    return Opened(mark.name, draw, under=f"{mark.activity_name} · {mark.state.label}")


def _facts(scope: Scope, interest: InterestRow) -> None:
    terms(
        [
            ("Ce qui l'intéresse", precision(interest)),
            ("Direction ou service", unit_name(scope.tree, interest.record.direction_id, "")),
            ("Comment la joindre", interest.record.contact),
            ("Posée le", french.day_long(interest.record.on)),
            (
                "À contacter pour le",
                french.day_long(interest.due_on) if interest.state == InterestState.new else "",
            ),
            ("Suivie par", interest.owner),
            ("Ce qu'elle a écrit", interest.record.text),
            ("Note", interest.last_note),
        ]
    )
