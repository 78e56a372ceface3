"""Forms of a milestone (jalon): reporting, « Inchangé » in one click, undoing, revising its
calendar, tying it to a figure.

Each form is a fragment; what is wrong is said beside its field and nothing typed is lost.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.roadmap.records import EARLIEST, LATEST, can_undo
from dashboard.actions.roadmap.reports import (
    COMMENT_MAX,
    ReportInput,
    report_mark,
    report_milestone,
    undo_report,
)
from dashboard.actions.roadmap.revisions import (
    OWNER_MAX,
    REASON_MAX,
    RevisionInput,
    calendar_stands,
    last_revision,
    revise_milestone,
    undo_revision,
)
from dashboard.actions.roadmap.ties import TieInput, tie_milestone, tie_stands
from dashboard.figures.tied import Proposal, proposal, tieable
from dashboard.queries.roadmap import MilestoneAt, Report, is_expected, is_fresh, is_over
from dashboard.scope import Scope
from dashboard.ui.components import draw, escape_md, reading, section
from dashboard.ui.forms import Form, show_what_was_done
from dashboard.visit.navigation import address, current_scope
from models.decisions import Instance
from models.directions import UnitKind
from models.roadmap import LADDER, MilestoneState

_NOBODY = 0


def may_report(m: MilestoneAt, scope: Scope) -> bool:
    """Reports are dated today: looking at another day, or at a programme that is over, nobody
    reports.
    """
    if scope.on != cached.today() or is_over(scope.programmes, m.programme, scope.on):
        return False
    return may(scope.reader, "milestone.report", m.schedule, scope.tree)


def may_revise(scope: Scope) -> bool:
    return scope.on == cached.today() and may(scope.reader, "milestone.revise")


# --- reporting ------------------------------------------------------------------------------------


@st.fragment
def report_form(m: MilestoneAt, scope: Scope) -> None:
    """Three fields, filled in with the last report, and an optional fourth; « inchangé » in one
    click.
    """
    show_what_was_done()
    # In a fragment, so that choosing a state redraws these fields alone, not the page with its
    # charts.
    section("Faire rapport")
    last = m.report
    found = proposed(m, scope)
    if m.state == MilestoneState.cancelled:
        st.caption("Ce jalon est annulé : il ne reçoit plus de rapport.")
        return
    # What a figure proposes stands in the fields as soon as it proposes something else.
    proposes = f"_{found.progress}" if found else ""
    form = Form(f"report_{m.milestone.number}{proposes}")
    form.opens_with(_report_opens_with(m, found), report_mark(last))
    with st.container(key="cp_report", width=640):
        if found:
            reading(proposal_in_words(found, m.milestone.ladder))
        _report_fields(m, form)
        with st.container(horizontal=True):
            form.button(
                "Enregistrer le rapport",
                lambda session, reader: _report(session, reader, m, _typed(form), form.mark),
            )
            if last and m.state != MilestoneState.done:
                form.button(
                    "Inchangé",
                    lambda session, reader: _unchanged(session, reader, m),
                    field="same",
                    primary=False,
                )
            if can_undo(last, scope.reader, scope.on):
                form.button(
                    "Annuler ce rapport",
                    lambda session, reader: _undo(session, reader, m),
                    field="undo",
                    primary=False,
                    icon=":material/undo:",
                )
        form.error("form")


def _report_opens_with(m: MilestoneAt, found: Proposal | None) -> dict[str, object]:
    """What was last reported, and what the figure proposes."""
    last = m.report
    first = MilestoneState.done if _proposed_step(m, found) == 100 else m.state
    return {
        "state": first,
        "progress": _first_progress(m, found),
        "forecast_end": last.forecast_end if last else m.schedule.end,
        "actual_end": m.actual_end or cached.today(),
        "comment": last.comment if last else "",
        "need": last.need if last else "",
    }


def _report_fields(m: MilestoneAt, form: Form) -> None:
    """Once « Terminé » is chosen there is no step to choose, and the end is a day that has come."""
    done = _state_field(m, form) == MilestoneState.done
    _remember(*map(form.key, ("progress", "forecast_end", "actual_end")))
    if m.milestone.ladder and done:
        reading("Avancement : 100 %")
    elif m.milestone.ladder:
        form.field(
            "progress",
            st.segmented_control,
            "Avancement",
            LADDER,
            format_func=lambda p: f"{p} %",
            required=True,
        )
    if done:
        _day(form, "actual_end", "Fin réelle")
    else:
        _day(form, "forecast_end", "Prévision de fin")
    form.field("comment", st.text_area, "Commentaire", max_chars=COMMENT_MAX)
    form.field("need", st.text_input, "Ce qu'il nous faut (facultatif)", max_chars=COMMENT_MAX)


def _state_field(m: MilestoneAt, form: Form) -> MilestoneState:
    """The state chosen; « Terminé » stands there where the figure has reached its threshold."""
    states = list(MilestoneState)
    if m.state == MilestoneState.done:
        states.remove(MilestoneState.cancelled)
    return form.field("state", st.selectbox, "État", states, format_func=lambda s: s.label)


def _first_progress(m: MilestoneAt, found: Proposal | None) -> int:
    """What the figure proposes, else what was last reported."""
    step = _proposed_step(m, found)
    if step is not None:
        return step
    return m.report.progress if m.report else 0


def _proposed_step(m: MilestoneAt, found: Proposal | None) -> int | None:
    if found is None or m.state == MilestoneState.done:
        return None
    return found.progress


def _remember(*keys: str) -> None:
    """Writes again the fields that are not drawn now."""
    # Streamlit forgets the value of a widget that a run does not draw: one who looks at « Terminé »
    # and comes back would find her forecast gone.
    for key in keys:
        st.session_state[key] = st.session_state[key]


def proposed(m: MilestoneAt, scope: Scope) -> Proposal | None:
    """What the figure of a tied milestone says today, of the whole administration."""
    # A figure may have left the catalogue since the milestone was tied to it.
    if m.milestone.figure is None or m.milestone.figure not in tieable():
        return None
    from_figure = m.milestone.figure.split(".")[0]
    return proposal(m.milestone, cached.board(scope.whole(), [from_figure])[m.milestone.figure])


def proposal_in_words(found: Proposal, ladder: bool) -> str:
    """« Ambassadeurs actifs (90 j) : 64 sur 80, soit 80 % : palier proposé 75 %. »"""
    unit = f" {found.unit}" if found.unit == "%" else ""
    goal = f"{french.number(found.threshold)}{unit}"
    if found.progress is None:
        return (
            f"« {found.label} » (seuil : {goal}) n'a pas de valeur à montrer : rien n'est proposé,"
            " choisissez vous-même."
        )
    share = french.percent(found.ratio, 0)
    head = f"{found.label} : {french.number(found.value)}{unit} sur {goal}, soit {share}"
    if found.progress == 100:
        return (
            f"{head} : seuil atteint, l'état « Terminé » est proposé. Confirmez, ou choisissez"
            " autre chose."
        )
    if not ladder:
        return f"{head} : le seuil n'est pas atteint."
    return f"{head} : palier proposé {found.progress} %. Confirmez-le, ou choisissez-en un autre."


def _typed(form: Form) -> ReportInput:
    done = form.value("state") == MilestoneState.done
    return ReportInput(
        form.value("state"),
        100 if done else form.value("progress") or 0,
        None if done else form.value("forecast_end"),
        form.value("actual_end") if done else None,
        form.value("comment", ""),
        form.value("need", ""),
    )


def unchanged(last: Report) -> ReportInput:
    """The last report, said again."""
    return ReportInput(
        MilestoneState(last.state),
        last.progress,
        last.forecast_end,
        last.actual_end,
        last.comment,
        last.need,
    )


def _report(
    session: Session, reader: Reader, m: MilestoneAt, report: ReportInput, read: str
) -> str:
    report_milestone(session, reader, m.milestone.id, report, current_scope().tree, read=read)
    return "Le rapport est enregistré."


def _unchanged(session: Session, reader: Reader, m: MilestoneAt) -> str:
    """What is said again is the report that stands on the page."""
    return _report(session, reader, m, unchanged(m.report), report_mark(m.report))


def _undo(session: Session, reader: Reader, m: MilestoneAt) -> str:
    undo_report(session, reader, m.milestone.id, current_scope().tree)
    return "Le rapport est annulé : il ne compte plus."


# --- mises à jour attendues -----------------------------------------------------------------------


def expected_updates(shown: Sequence[MilestoneAt], scope: Scope) -> None:
    """The reports that are expected and missing, by direction in the order of the chart; then
    what is needed.
    """
    expected = [m for m in shown if is_expected(m, scope.on)]
    missing = [m for m in expected if not is_fresh(m, scope.on)]
    section("Mises à jour attendues", expected_in_words(len(missing), len(expected)))
    for name, group in _by_direction(missing, scope):
        draw("roadmap/direction_name.html", name=name)
        for m in group:
            _expected_line(m, scope)
    if may(scope.reader, "page.cockpit"):
        _needs(shown, scope)


def _needs(shown: Sequence[MilestoneAt], scope: Scope) -> None:
    """What owners need, for those who steer: nobody else reads it."""
    needs = [
        m
        for m in shown
        if m.report
        and m.report.need
        and m.state not in (MilestoneState.done, MilestoneState.cancelled)
    ]
    section(
        "Besoins exprimés",
        "" if needs else "Aucun besoin n'est exprimé dans les derniers rapports.",
    )
    for name, group in _by_direction(needs, scope):
        draw("roadmap/needs.html", name=name, milestones=[_need(m, scope) for m in group])


@dataclass(frozen=True, slots=True)
class _Need:
    """What the owner of a milestone needs, and the day it was reported."""

    title: str
    href: str
    need: str
    reported_on: date


def _need(m: MilestoneAt, scope: Scope) -> _Need:
    return _Need(_title(m), _href(m, scope), m.report.need, m.report.on)


def expected_in_words(missing: int, expected: int) -> str:
    if not expected:
        return "Aucun rapport n'est attendu à cette date."
    if not missing:
        return f"Tous les rapports attendus sont là (reçu : {expected} sur {expected})."
    return (
        f"{french.counted(missing, 'rapport attendu', 'rapports attendus')} et pas encore "
        f"{'reçu' if missing < 2 else 'reçus'} (reçu : {expected - missing} sur {expected})."
    )


def _by_direction(
    found: Sequence[MilestoneAt], scope: Scope
) -> list[tuple[str, list[MilestoneAt]]]:
    """Owner direction → its milestones, in the order of the chart; those without one last."""
    units = [unit for unit, _ in scope.tree.walk()]
    known = {unit.id for unit in units}
    by_unit: dict[int | None, list[MilestoneAt]] = defaultdict(list)
    for m in found:
        # The owner may be nobody, or a unit that the chart of this day does not know.
        owner = m.schedule.owner_direction_id
        by_unit[owner if owner in known else None].append(m)
    groups = [(unit.label, by_unit[unit.id]) for unit in units if unit.id in by_unit]
    if None in by_unit:
        groups.append(("Sans direction", by_unit[None]))
    return groups


def _title(m: MilestoneAt) -> str:
    return f"{m.milestone.number} {m.milestone.title}"


def _href(m: MilestoneAt, scope: Scope) -> str:
    return address("feuille-de-route", scope, jalon=m.milestone.number)


def _expected_line(m: MilestoneAt, scope: Scope) -> None:
    last = m.report
    if last:
        since = f"sans nouvelles depuis le {french.day(last.on)}"
    else:
        since = f"aucun rapport ; début le {french.day(m.schedule.start)}"
    shows_need = last and may(scope.reader, "page.cockpit")
    form = Form(f"same_{m.milestone.number}")
    with st.container(horizontal=True, vertical_alignment="center"):
        draw(
            "roadmap/expected_report.html",
            title=_title(m),
            href=_href(m, scope),
            need=last.need if shows_need else "",
            since=since,
        )
        if last and may_report(m, scope):
            form.button(
                "Inchangé",
                lambda session, reader: _unchanged(session, reader, m),
                primary=False,
                help=escape_md(f"Jalon {m.milestone.number} : redire le dernier rapport"),
            )
    form.first_error()


# --- revising the calendar ------------------------------------------------------------------------


@st.fragment
def revision_form(m: MilestoneAt, scope: Scope) -> None:
    """Dates, weight, owner: filled in with those in force; a reason is needed, and stays in the
    list.
    """
    show_what_was_done()
    _undo_revision_button(m, scope)
    if m.state in (MilestoneState.done, MilestoneState.cancelled):
        return
    form = Form(f"revision_{m.milestone.number}")
    form.opens_with(calendar_stands(m.schedule))
    with st.expander("Réviser le calendrier", icon=":material/event_repeat:", key=form.key("box")):
        columns = st.columns(2)
        for column, name, label in (
            (columns[0], "start", "Début"),
            (columns[1], "end", "Échéance"),
        ):
            with column:
                _day(form, name, label)
        # Typed as text: a number field of the browser takes no comma.
        form.field("weight", st.text_input, "Poids", max_chars=10)
        form.field("critical", st.checkbox, "Jalon critique")
        _owner_fields(m, scope, form)
        form.field("reason", st.text_area, "Raison de la révision", max_chars=REASON_MAX)
        st.selectbox(
            "Décidée par (facultatif)",
            list(Instance),
            format_func=lambda i: i.label,
            index=None,
            placeholder="Non précisé",
            key=form.key("instance"),
        )
        form.button(
            "Enregistrer la révision", lambda session, reader: _revise(session, reader, m, form)
        )
        form.error("form")


def _undo_revision_button(m: MilestoneAt, scope: Scope) -> None:
    """For who revised the calendar today; the calendar before it then holds again."""
    calendar = cached.roadmap().calendar(m.milestone.id, scope.on)
    if can_undo(last_revision(calendar), scope.reader, scope.on):
        form = Form(f"undo_revision_{m.milestone.number}")
        form.button(
            "Annuler cette révision",
            lambda session, reader: _undo_revision(session, reader, m),
            primary=False,
            icon=":material/undo:",
        )
        form.error("form")


def _undo_revision(session: Session, reader: Reader, m: MilestoneAt) -> str:
    undo_revision(session, reader, m.milestone.id)
    return "La révision est annulée : le calendrier d'avant est de nouveau en vigueur."


def typed_number(text: str | None) -> float | None:
    """« 2,5 » as a number, None where it is none."""
    plain = "".join((text or "").split()).replace(",", ".")
    return float(plain) if plain.isascii() and plain.replace(".", "", 1).isdigit() else None


def _owner_fields(m: MilestoneAt, scope: Scope, form: Form) -> None:
    now = m.schedule
    form.field("owner", st.text_input, "Porteur", max_chars=OWNER_MAX)
    units = {_NOBODY: "Sans direction"} | {
        unit.id: unit.label
        for unit, _ in scope.tree.walk()
        if unit.kind != UnitKind.service or unit.id == now.owner_direction_id
    }
    # The chart of this day may not know the unit.
    if form.value("unit") not in units:
        st.session_state[form.key("unit")] = _NOBODY
    form.field("unit", st.selectbox, "Direction du porteur", list(units), format_func=units.get)
    form.error("owner_direction_id")


def _revise(session: Session, reader: Reader, m: MilestoneAt, form: Form) -> str:
    revise_milestone(
        session,
        reader,
        m.milestone.id,
        RevisionInput(
            form.value("start"),
            form.value("end"),
            typed_number(form.value("weight")) or 0,
            bool(form.value("critical")),
            form.value("owner") or "",
            form.value("unit") or None,
            form.value("reason") or "",
            form.value("instance"),
        ),
        read=form.mark,
    )
    return "La révision est enregistrée."


# --- tying to a figure ----------------------------------------------------------------------------


@st.fragment
def tie_form(m: MilestoneAt) -> None:
    """The figure and the threshold from which the report form proposes the progress."""
    show_what_was_done()
    record = m.milestone
    form = Form(f"tie_{record.number}")
    form.opens_with(tie_stands(record))
    if form.value("figure") not in tieable():
        st.session_state[form.key("figure")] = None
    with st.expander(
        "Chiffre qui propose l'avancement", icon=":material/link:", key=form.key("box")
    ):
        form.field(
            "figure",
            st.selectbox,
            "Chiffre",
            list(tieable()),
            format_func=tieable().get,
            index=None,
            placeholder="Aucun",
        )
        form.field(
            "threshold",
            st.number_input,
            "Seuil",
            min_value=0.0,
            step=1.0,
            format="%g",
            placeholder="80",
        )
        form.field("by_count", st.checkbox, "Comparer le nombre (et non le pourcentage)")
        form.button(
            "Enregistrer", lambda session, reader: _tie(session, reader, m, form), primary=False
        )
        form.error("form")


def _tie(session: Session, reader: Reader, m: MilestoneAt, form: Form) -> str:
    tie_milestone(
        session,
        reader,
        m.milestone.id,
        TieInput(form.value("figure"), form.value("threshold"), bool(form.value("by_count"))),
        tieable(),
        read=form.mark,
    )
    return "Le lien avec le chiffre est enregistré."


def _day(form: Form, name: str, label: str) -> None:
    form.field(
        name,
        st.date_input,
        label,
        format="DD/MM/YYYY",
        min_value=EARLIEST,
        max_value=LATEST,
    )
