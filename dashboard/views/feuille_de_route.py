"""Feuille de route: workstreams and milestones, planned and actual; forecasts, revisions,
reports.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date

import streamlit as st
from markupsafe import Markup

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.roadmap.plan_imports import tie_element, withdraw_pst
from dashboard.figures import pst
from dashboard.figures.board import of_workstream
from dashboard.figures.pst import Beside, Comparison, OurRecord
from dashboard.files.pst.elements import XML
from dashboard.files.writing import WORKBOOK
from dashboard.formulas import is_past_due
from dashboard.frame.around import without_filters
from dashboard.queries.roadmap import PlanAt, is_over
from dashboard.scope import Scope
from dashboard.screens.discussions import talk_fold
from dashboard.screens.roadmap import calendar, changes, milestone, programmes
from dashboard.screens.roadmap.programmes import other_programmes
from dashboard.screens.why import status_form
from dashboard.ui.address import asked, page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import (
    empty_for_filters,
    empty_nothing_yet,
    fold,
    link_buttons,
    section,
    segments,
)
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.database import fetch
from models.discussions import Subject
from models.settings import settings

VIEW = "pst"
_NONE = ""


def beside(scope: Scope, subjects: Collection[str] | None) -> None:
    """The last PST file as of the day looked at, line by line; limited to the wanted subjects if
    given.
    """
    known = cached.pst(scope.on, scope.as_known_then)
    if known is None:
        empty_nothing_yet(
            f"Aucun fichier du PST n'a été importé au {french.day(scope.on)}.", _import(scope)
        )
    else:
        _lines(known, scope, subjects)
        _objectives(known)
    if may(scope.reader, pst.RIGHT):
        if known is not None:
            _tie_form(known)
        _files(known, scope)


def _import(scope: Scope) -> tuple[str, str] | None:
    if not may(scope.reader, "idea.import"):
        return None
    return "Importer un PST", address("imports", scope, genre="pst")


# ── Side by side ────────────────────────────────────────────────────────────────────────────────


def _lines(known: Comparison, scope: Scope, subjects: Collection[str] | None) -> None:
    lines = [
        line
        for line in known.actions
        if subjects is None or (line.ours and line.ours.subject in subjects)
    ]
    section("Le PST et nous", in_words(known, lines))
    if not lines:
        return
    table(
        (
            "Action du PST",
            "Notre jalon ou chantier",
            "Ce que nous disons",
            f"Le PST du {french.day(known.statement.on)}",
            "Ce qui diffère",
        ),
        [_line(line, scope) for line in lines],
        "Ce que disent le PST et C-Possible de chaque action",
        download="face-au-pst",
    )


def in_words(known: Comparison, lines: Sequence[Beside]) -> str:
    """« D'après « pst.xml » du 15/06/2023 (XML d'eComptes) : 9 actions, 5 liées aux nôtres ; 2
    ne disent pas la même chose. »
    """
    tied = [line for line in lines if line.ours]
    differing = sum(bool(line.differences) for line in tied)
    source = f"D'après « {known.statement.name} » du {french.day(known.statement.on)}"
    tied_in_words = french.counted(len(tied), "liée aux nôtres", "liées aux nôtres")
    counted = f"{french.counted(len(lines), 'ligne')}, {tied_in_words}"
    difference = (
        f"{french.counted(differing, 'ne dit', 'ne disent')} pas la même chose"
        if differing
        else "aucune ne dit autre chose que nous"
    )
    return f"{source} ({known.layout}) : {counted} ; {difference}."


def _line(line: Beside, scope: Scope) -> tuple:
    element = line.element
    more = [f"santé : {element.health.label.lower()}"] if element.health else []
    if line.computed is not None:
        more.append(f"calculé : {french.percent(line.computed, 0)}")
    theirs = _state_in_words(element.state.label, element.progress, element.end, ", ".join(more))
    if line.ours is None:
        difference = "–"
    else:
        difference = french.sentence_case(", ".join(line.differences)) or "Rien"
    return (
        line.element.title,
        _link(line.ours, scope) if line.ours else "Pas de lien",
        _state_in_words(
            line.ours.state_label,
            line.ours.progress if line.ours.has_rate else None,
            line.ours.end,
            f"dit le {french.day(line.ours.on)}" if line.ours.on else "rien encore",
        )
        if line.ours
        else "–",
        theirs,
        difference,
    )


def _link(ours: OurRecord, scope: Scope) -> Markup:
    kind, _, code = ours.subject.partition(":")
    places = {"jalon": "feuille-de-route", "chantier": "feuille-de-route"}
    query = {kind: code} if kind in places else {}
    return link(ours.title, address(places.get(kind, "ambitions"), scope, **query))


def _state_in_words(state: str, rate: float | None, end: date | None, more: str) -> str:
    parts = (
        state,
        "" if rate is None else french.percent(rate, 0),
        f"fin le {french.day(end)}" if end else "sans échéance",
    )
    words = ", ".join(filter(None, parts))
    return f"{words} ({more})" if more else words


def _objectives(known: Comparison) -> None:
    """Each objective with the rate in the file and the rate computed from its actions."""
    lines = known.objectives
    if not lines:
        return
    with fold("Objectifs : taux lu et taux calculé", icon="percent"):
        table(
            ("Niveau", "Objectif", "Taux lu", "Taux calculé"),
            [
                (
                    line.element.level.label,
                    line.element.title,
                    french.percent(line.element.progress, 0),
                    "–" if line.computed is None else french.percent(line.computed, 0),
                )
                for line in lines
            ],
            "Taux des objectifs du PST : lu dans le fichier, et acquis par les actions",
            frozenset({2, 3}),
            download="objectifs-du-pst",
        )


# ── What those who keep the roadmap do ──────────────────────────────────────────────────────────


def _tie_form(known: Comparison) -> None:
    """The form that links an action to our subject, both chosen by words."""
    form = Form("pst_tie")
    elements = {line.element.key: line.element.title for line in known.lines}
    ours = {_NONE: "Rien chez nous"} | {word.subject: word.title for word in known.ours.values()}
    with st.expander("Lier une action du PST", icon=":material/link:", key=form.key("box")):
        form.field(
            "element",
            st.selectbox,
            "Action ou objectif du PST",
            list(elements),
            format_func=elements.get,
            index=None,
            placeholder="Choisissez ou tapez quelques mots",
        )
        form.field(
            "subject",
            st.selectbox,
            "Jalon, chantier ou projet",
            list(ours),
            format_func=ours.get,
            index=None,
            placeholder="Choisissez ou tapez quelques mots",
        )
        form.send(
            "Lier",
            lambda session, reader: tie_element(
                session, reader, form.text("element"), form.value("subject"), ours
            ),
            primary=False,
            done=lambda _tied: (
                "Le lien est enregistré."
                if form.value("subject")
                else "Cette action n'est plus liée."
            ),
        )


def _files(known: Comparison | None, scope: Scope) -> None:
    """The roadmap as a PST file, and the received PST completed with our data."""
    form = Form("pst_withdraw")
    with st.expander(
        "Fichiers du PST : emporter, importer, retirer",
        icon=":material/import_export:",
        key=form.key("box"),
    ):
        if known is not None or settings().cp_ins:
            _downloads(known, scope)
        else:
            st.caption(
                "Pour emporter la feuille de route en PST, importez d'abord un fichier de votre"
                " outil, ou faites régler le numéro INS de la commune par le service informatique."
            )
        if place := _import(scope):
            link_buttons([(*place, "upload_file")])
        if known is not None:
            name, day = known.statement.name, french.day(known.statement.on)
            st.caption(
                f"Dernier fichier : « {name} », du {day}. Retiré, celui d'avant vaut de nouveau."
            )
            form.send(
                "Retirer ce fichier",
                lambda session, reader: withdraw_pst(session, reader, known.statement.id),
                primary=False,
                done=f"Le fichier « {name} » est retiré.",
            )


def _downloads(known: Comparison | None, scope: Scope) -> None:
    st.caption(
        "Notre feuille de route : le programme est un objectif stratégique du volet interne, un"
        " chantier un objectif opérationnel, un jalon une action."
    )
    with st.container(horizontal=True, key="cp_pst_files"):
        roadmap = pst.export_roadmap
        _file("Feuille de route (XML)", roadmap, "feuille-de-route.xml", XML, scope)
        progress = pst.export_progress
        _file("État d'avancement (XLSX)", progress, "avancement.xlsx", WORKBOOK, scope)
        if known is not None and known.is_markup:
            _file("PST reçu, avec nos états et nos taux (XML)", _completed, "pst.xml", XML, scope)


def _file(label: str, make: Callable, name: str, mime: str, scope: Scope) -> None:
    def made() -> bytes:
        return fetch(make, scope.reader, scope.on, scope.asked)

    download(label, made, name, mime, key=f"pst_{name}")


def _completed(session, reader, on: date, _asked: object) -> bytes:
    return pst.export_received(session, reader, on, completed=True)[0]


_EVERY = 0
WHOLE = "ensemble"
VIEWS = {
    WHOLE: "Le plan",
    "previsions": "Dates probables",
    calendar.LATE: "En retard",
    "attendues": "À mettre à jour",
    "revisions": "Révisions",
    VIEW: "Face au PST",
}


def feuille_de_route_view(scope: Scope) -> None:
    milestones = cached.milestones(scope.on, scope.asked)
    number = st.query_params.get("jalon")
    m = cached.roadmap().one(number, scope.on) if number else None
    if m:
        return one(scope.looking_at(m.programme), m)
    if number:
        page_header(
            "Jalon introuvable",
            trail=(("Feuille de route", address("feuille-de-route", scope)),),
        )
        empty_nothing_yet(
            f"Il n'y a pas de jalon « {number} » au {scope.on:%d/%m/%Y}.",
            ("Retour à la feuille de route", address("feuille-de-route", scope)),
        )
        return
    chosen = asked(
        "chantier",
        {_EVERY: "Tous"} | {w.id: f"{w.id}. {w.short_name}" for w in cached.streams(scope)},
        _EVERY,
    )
    if chosen:
        stream = next(w for w in cached.roadmap().workstreams if w.id == chosen)
        trail = (("Feuille de route", address("feuille-de-route", scope)),)
        page_header(f"Chantier {stream.id} — {stream.name}", trail=trail)
    else:
        page_header(f"Feuille de route {scope.programme.years}")
    other_programmes(scope, "feuille-de-route")
    view = asked("volet", VIEWS, WHOLE)
    links = [
        (
            label,
            address("feuille-de-route", scope, chantier=chosen or None, volet=code),
            code == view,
        )
        for code, label in VIEWS.items()
    ]
    segments("Vue", links)
    if view == VIEW:
        return beside(scope, _subjects(scope, chosen))
    if not milestones:
        keeps = may(scope.reader, "milestone.revise")
        first_step = ("Préparer le programme", address("programme", scope)) if keeps else None
        return empty_nothing_yet("La feuille de route n'a pas encore de jalon.", first_step)
    if (view, chosen) == (WHOLE, _EVERY):
        return without_filters(overview, scope)
    shown = [m for m in calendar.of_scope(scope) if chosen in (_EVERY, m.plan.workstream_id)]
    _view(view, shown, scope, chosen)


def overview(scope: Scope, _asked: dict[str, str]) -> None:
    """All workstreams and milestones of the scope: one by one, then in time."""
    shown = calendar.of_scope(scope)
    if not shown:
        return _nothing_shown(scope)
    streams = cached.workstreams(scope.on, scope.asked)
    if scope.since:
        changes.moved(shown, scope)
    title = french.sentence_case(french.every(len(streams), "chantier"))
    programmes.by_workstream(streams, shown, scope, title)
    calendar.show_gantt(shown, scope, calendar.GANTT_FILES)
    with fold("La courbe en S", icon="show_chart"):
        calendar.s_curve(shown, scope, files=calendar.S_CURVE_FILES)
    _door_to_programme(scope)


def _nothing_shown(scope: Scope) -> None:
    empty_for_filters(
        "Aucun jalon pour ces filtres.", f"/feuille-de-route?au={scope.on.isoformat()}"
    )


def _view(view: str, shown: list[PlanAt], scope: Scope, chosen: int) -> None:
    if not shown:
        return _nothing_shown(scope)
    streams = [
        state
        for state in cached.workstreams(scope.on, scope.asked)
        if chosen in (_EVERY, state.workstream.id)
    ]
    if view == "previsions":
        changes.forecasts(shown, streams, scope)
    elif view == calendar.LATE:
        calendar.late_milestones(shown, scope)
    elif view == "attendues":
        changes.expected_updates(shown, scope)
    elif view == "revisions":
        changes.revisions(shown, scope)
    else:
        _one_workstream(shown, streams, scope, chosen)


def _subjects(scope: Scope, chosen: int) -> set[str] | None:
    """The milestones of the chosen workstream and direction; None: all."""
    if chosen == _EVERY and scope.is_whole:
        return None
    numbers = [
        m.plan.number for m in calendar.of_scope(scope) if chosen in (_EVERY, m.plan.workstream_id)
    ]
    return {f"chantier:{chosen}", *(f"jalon:{number}" for number in numbers)}


def _one_workstream(shown: list[PlanAt], streams: list, scope: Scope, chosen: int) -> None:
    if scope.since:
        changes.moved(shown, scope)
    # Late milestones first: the cockpit links here for them.
    late_first = sorted(shown, key=lambda m: not is_past_due(m.facts(), scope.on))
    programmes.by_workstream(streams, late_first, scope, "Les jalons", has_links=False)
    calendar.show_gantt(shown, scope, chantier=chosen or None)
    calendar.s_curve(shown, scope)
    for state in streams:
        with fold("Les chiffres du chantier", icon="monitoring"):
            cards(cards_of(scope, of_workstream(state.workstream.code, state.workstream.id)))
    status_form(scope, f"chantier:{chosen}")
    _door_to_programme(scope)


def _door_to_programme(scope: Scope) -> None:
    if may(scope.reader, "milestone.revise"):
        link_buttons(
            [("Créer, renommer, annuler des jalons", address("programme", scope), "account_tree")],
            after=True,
        )


# --- one milestone --------------------------------------------------------------------------------


def one(scope: Scope, m: PlanAt) -> None:
    stream = next(w for w in cached.roadmap().workstreams if w.id == m.plan.workstream_id)
    page_header(
        f"{m.plan.number} — {m.plan.title}",
        f"Porteur : {m.schedule.owner}",
        trail=(
            ("Feuille de route", address("feuille-de-route", scope)),
            (f"Chantier {stream.id}", address("feuille-de-route", scope, chantier=stream.id)),
        ),
    )
    milestone.status(m, scope)
    itself, around = st.columns([3, 2], gap="medium")
    with itself:
        milestone.facts(m, scope)
    with around:
        milestone.waits(m, scope)
    _forms(m, scope)
    without_filters(milestone.trend, scope, **{milestone.ASKED: m.plan.number})
    milestone.reports(m, scope)
    milestone.revision_table(changes.revision_lines(m, scope))
    talk_fold(scope, Subject.milestone, m.plan.number)
    status_form(scope, f"jalon:{m.plan.number}")


def _forms(m: PlanAt, scope: Scope) -> None:
    if milestone.may_report(m, scope):
        milestone.report_form(m, scope)
    elif is_over(scope.programmes, m.programme, scope.on):
        st.caption(
            f"Le programme « {m.programme.name} » est clos : ce jalon ne reçoit plus de rapport."
        )
    if calendar.may_revise(scope):
        calendar.calendar_forms(m, scope)
