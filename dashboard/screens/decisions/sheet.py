"""The decision sheet (fiche de décision): its form before the meeting, and the two pages as PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import streamlit as st
from sqlalchemy import Row
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.decisions.steps import (
    SHEET_MAX,
    follow_decision,
    sheet_values,
    write_sheet,
)
from dashboard.actions.meetings.agendas import FILES, amend_minutes, approve_minutes, send_papers
from dashboard.actions.meetings.records import MINUTES_MAX, write_minutes
from dashboard.queries.decisions.records import (
    DecisionAt,
    DecisionList,
    columns,
    decision_numbered,
    listed,
)
from dashboard.queries.decisions.sheets import FIGURE, SheetOf, sheet_of
from dashboard.queries.discussions.threads import Objected
from dashboard.queries.ideas.threads import Node, thread
from dashboard.queries.journal import named
from dashboard.queries.meetings.agenda import drafted_minutes, papers, written_minutes
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.operations.jobs import ready
from dashboard.rendering import macros
from dashboard.report import wording
from dashboard.scope import Scope
from dashboard.screens.decisions.form import cost_fields, next_step_form
from dashboard.screens.discussions import talk_fold
from dashboard.screens.ideas.comments import figure_names, thread_picture
from dashboard.screens.workshops import PDF, made
from dashboard.ui import desk as ui
from dashboard.ui.address import asked, filter_line, one_page
from dashboard.ui.charts import figure_of, format_value
from dashboard.ui.components import (
    draw,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    note_unread,
    segments,
)
from dashboard.ui.desk import PAGE, Desk, Gesture, Line, Noun, Opened, ordered, several, sort_fields
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import csv_button, link, terms, timeline_of, unit_name
from dashboard.visit.navigation import address, whole_number
from models.clock import now
from models.database import fetch, reading
from models.decisions import DecisionEvent, DecisionSheet, DecisionStep, Outcome, Verdict
from models.discussions import Subject
from models.idea_states import IdeaKind, IdeaStatus
from models.meetings import MeetingPaper, MeetingState, PaperStep
from models.search import bears
from models.texts import Refused

_TEXTS = {
    "problem": ("Le problème", "Vide : le problème du groupe, ou les mots du premier dépôt relié."),
    "options": ("Les options", "Vide : les pistes du groupe de progrès."),
    "concerned": ("Qui est concerné", ""),
    "objections": (
        "Les objections",
        "Les objections reliées et celles qui sont dites s'ajoutent d'elles-mêmes.",
    ),
}


def sheet_block(scope: Scope, d: DecisionAt) -> None:
    """« Fiche de décision »: the PDF for readers of the register; the form while the point is
    pending.
    """
    if not may(scope.reader, "report.make"):
        return
    sheet = fetch(sheet_of, scope, d)
    heading("La fiche de décision")
    terms(
        [
            ("Le problème", sheet.problem),
            ("La proposition", sheet.proposition),
            ("Les options", sheet.options),
            ("Qui est concerné", sheet.concerned),
            ("Les objections", sheet.objected),
            ("Coût estimé", _with_unit(sheet.cost, "€")),
            ("Temps de travail", _with_unit(sheet.fte, "ETP (équivalents temps plein)")),
            ("Chiffre visé", " ; ".join(figure_lines(scope, sheet))),
        ]
    )

    _objections(sheet, scope)

    def pdf(session: Session, at: Scope) -> bytes:
        from dashboard.report.decision import decision_sheet

        return decision_sheet(session, at, d.number)

    download(
        "Fiche de décision (PDF, 2 pages)",
        made(scope, pdf),
        f"fiche-decision-{d.number}.pdf",
        PDF,
        key=f"sheet_{d.number}",
        icon="description",
    )
    if d.instance.meeting_kind is None:

        def iadelib(session: Session, at: Scope) -> bytes:
            from dashboard.report.decision import package

            return package(session, at, d.number)

        download(
            "Paquet pour iA.Délib (ZIP)",
            made(scope, iadelib),
            f"iadelib-{d.number}.zip",
            "application/zip",
            key=f"iadelib_{d.number}",
            icon="folder_zip",
        )
    # Once decided, the sheet stays as the body read it.
    if d.is_waiting and may(scope.reader, "decision.record") and scope.on == cached.today():
        _form(d, sheet.typed)


def figure_lines(scope: Scope, sheet: SheetOf) -> list[str]:
    """The figures tied to a decision, before it (at the start of the programme, while it waits)
    and now.
    """
    d, known = sheet.decision, figure_names()
    start = d.decided.on if d.decided else scope.programmes.first_day
    since_then, lines = replace(scope.whole(), since=start), []
    for code in sorted({n.key for n in sheet.followed if n.kind == FIGURE and n.key in known}):
        entry = cached.board(since_then, [figure_of(code).code])[code]
        before = wording.measure(entry.before, entry.unit) if entry.before is not None else "n.d."
        now_in_words = f"{format_value(entry)} maintenant"
        lines.append(f"{entry.label} : {before} le {french.day(start)}, {now_in_words}")
    return lines


def _objections(sheet: SheetOf, scope: Scope) -> None:
    """The objections to the origins of this decision and their outcome: entries, then comments."""
    if not (sheet.objections or sheet.spoken):
        return
    lines = [
        {
            "about": f"{IdeaKind(entry.kind).label} n° {entry.number}",
            "href": address("idees", scope, idee=entry.number),
            "text": entry.title,
            "state": IdeaStatus(entry.status).label,
            "tone": IdeaStatus(entry.status).tone,
            "became": "",
        }
        for entry in sheet.objections
    ]
    lines += [_line(objection, scope) for objection in sheet.spoken]
    draw("decisions/objections.html", lines=lines)


def _line(objection: Objected, scope: Scope) -> dict:
    outcome = objection.remark.outcomes[-1] if objection.remark.outcomes else None
    return {
        "about": french.sentence_case(objection.about.words),
        "href": address(objection.about.page, scope, **objection.about.params),
        "text": objection.remark.text,
        "state": objection.remark.state.label,
        "tone": objection.remark.state.tone,
        "became": f"{french.day(outcome.on)} : {outcome.reason}" if outcome else "",
    }


def _with_unit(number: float | None, unit: str) -> str:
    return "" if number is None else f"{french.number(number)} {unit}"


def _form(d: DecisionAt, typed: DecisionSheet | None) -> None:
    form = Form(f"sheet_{d.number}")
    form.opens_with(sheet_values(typed))
    with st.expander(
        "Préparer la fiche", icon=":material/edit_document:", key=f"w_sheet_box_{d.number}"
    ):
        for name, (label, hint) in _TEXTS.items():
            form.field(
                name,
                st.text_area,
                label,
                max_chars=SHEET_MAX,
                height=100,
                placeholder=hint or None,
            )
        cost_fields(form, "Coût estimé (€)", "ETP : équivalents temps plein")
        form.send(
            "Enregistrer la fiche",
            lambda session, reader: write_sheet(
                session,
                reader,
                d.id,
                DecisionSheet(
                    **{name: form.value(name) or "" for name in _TEXTS},
                    cost=form.value("cost"),
                    fte=form.value("fte"),
                ),
                read=form.mark,
            ),
            icon=":material/check:",
            done="La fiche est enregistrée.",
        )


def decision_in_full(scope: Scope, d: DecisionAt) -> None:
    """The blocks under the title: facts, next steps, thread."""
    _facts(scope, d)
    if scope.on == cached.today():
        next_step_form(d, scope)
    timeline_of(
        "Le fil de la décision",
        [(DecisionStep(s.what).label, s.on, _step_text(s, scope)) for s in d.steps],
    )
    sheet_block(scope, d)
    discussion = fetch(thread, scope, ("decision", str(d.id)))
    if len(discussion.nodes) > 1:
        heading("Du terrain à l'effet")
        thread_picture(scope, discussion)
    talk_fold(scope, Subject.decision, str(d.id))


def _facts(scope: Scope, d: DecisionAt) -> None:
    about = cached.origins(scope, (d.id,)).get(d.id, [])
    origin = macros().links(
        [(node.title, address(node.page, scope, **node.params)) for node in about]
    )
    facts = [
        ("Porteur", unit_name(scope.tree, d.owner_direction_id)),
        ("Vient de", origin),
        ("Inscrite le", french.day_long(d.submitted_on)),
    ]
    if d.is_waiting:
        facts.append(("En attente de décision", waiting_since(d, scope.on)))
    else:
        facts += [
            ("Décidée le", french.day_long(d.decided.on)),
            ("Issue", d.outcome.label if d.outcome else "–"),
            ("Échéance", french.day_long(d.due_on) if d.due_on else "sans suite à exécuter"),
            ("Exécutée le", french.day_long(d.done_on) if d.done_on else "–"),
            ("Communiquée aux services", _communicated(d)),
            ("À revoir le", french.day_long(d.review_on) if d.review_on else ""),
        ]
    terms(facts)


def _communicated(d: DecisionAt) -> str:
    if d.communicated_on is None:
        return "pas encore"
    days = (d.communicated_on - d.decided.on).days
    return f"{french.day_long(d.communicated_on)} ({french.counted(days, 'jour')} après)"


def _step_text(step: Row, scope: Scope) -> str:
    parts = (
        unit_name(scope.tree, step.owner_direction_id, "") if step.owner_direction_id else "",
        Outcome(step.outcome).label if step.outcome else "",
        Verdict(step.verdict).label if step.verdict else "",
        f"à revoir le {french.day(step.review_on)}" if step.review_on else "",
        f"échéance {french.day(step.due_on)}" if step.due_on else "",
        step.text,
    )
    return " · ".join(filter(None, parts))


def waiting_since(d: DecisionAt, on: date) -> str:
    """« attend depuis le 12/05/2023 (37 jours) »."""
    days = (on - d.submitted_on).days
    return f"attend depuis le {french.day(d.submitted_on)} ({french.counted(days, 'jour')})"


def minutes_block(scope: Scope, meeting: MeetingAt) -> None:
    """The text, who approved it and what was added; the forms of those who write it."""
    written = fetch(written_minutes, scope, meeting.id)
    draft = fetch(drafted_minutes, scope, meeting.id)
    steps = fetch(papers, scope, meeting.id)
    is_approved = any(step.what == PaperStep.approved for step in steps)
    is_held = meeting.state == MeetingState.held and scope.on == cached.today()
    if is_held and not is_approved and may(scope.reader, "meeting.record"):
        text = written or draft
        heading("Le PV")
        form = Form(f"pv_{meeting.id}")
        form.opens_with({"minutes": text})
        form.field("minutes", st.text_area, "Texte du PV", height=360, max_chars=MINUTES_MAX)
        form.send(
            "Enregistrer le PV",
            lambda session, reader: write_minutes(
                session, reader, meeting.id, form.value("minutes") or ""
            ),
            icon=":material/check:",
            done="Le PV est enregistré.",
        )
    else:
        draw("meetings/minutes.html", text=written or draft, written=_state(steps, written))
    if is_held and written and not is_approved and may(scope.reader, "decision.record"):
        Form(f"approve_{meeting.id}").send(
            "Approuver le PV",
            lambda session, reader: approve_minutes(session, reader, meeting.id),
            icon=":material/verified:",
            primary=not may(scope.reader, "meeting.record"),
            done="Le PV est approuvé : il ne se corrige plus, il se complète.",
        )
    if is_held and is_approved and may(scope.reader, "meeting.record"):
        _amending_form(meeting)


def send_form(scope: Scope, meeting: MeetingAt, params: Mapping[str, str]) -> None:
    """« Envoyer aux membres »: the agenda before the meeting, with the files that were prepared
    with these parameters; the approved PV after it.
    """
    steps = fetch(papers, scope, meeting.id)
    is_ahead = meeting.state == MeetingState.planned
    is_approved = any(step.what == PaperStep.approved for step in steps)
    if scope.on != cached.today() or not (is_ahead or is_approved):
        return
    what = PaperStep.minutes_sent if is_approved else PaperStep.sent
    sent = [f" Envoyé le {french.day(step.on)}." for step in steps if step.what == what][-1:]
    files = "" if is_approved else " et les fichiers préparés ci-dessus, s'il y en a"
    st.caption(f"Un courriel à chaque membre, avec le lien vers cette page{files}." + "".join(sent))
    Form(f"send_{meeting.id}").send(
        "Envoyer le PV aux membres" if is_approved else "Envoyer aux membres",
        lambda session, reader: _send(session, reader, meeting.id, params),
        primary=False,
        icon=":material/send:",
    )


def _send(session: Session, reader: Reader, meeting_id: int, params: Mapping[str, str]) -> str:
    files = ready(session, reader, FILES, params, now())
    n = send_papers(session, reader, meeting_id, files)
    joined = f"avec {french.counted(len(files), 'fichier')}" if files else "avec le lien seul"
    return f"Envoyé à {french.counted(n, 'personne')}, {joined}."


def _state(steps: Sequence[MeetingPaper], written: str) -> str:
    """What became of the PV, in one line."""
    lines = [
        f"{PaperStep(step.what).label} le {french.day_long(step.on)}{_by(step)}"
        + (f" : {step.text}" if step.text else "")
        for step in steps
        if step.what != PaperStep.sent
    ]
    if not any(step.what == PaperStep.approved for step in steps):
        lines.insert(
            0, "Projet, pas encore approuvé" if written else "Projet établi d'après les issues"
        )
    return "\n".join(lines)


def _by(step: MeetingPaper) -> str:
    name = fetch(named, step.by)
    return f" par {name}" if name else ""


def _amending_form(meeting: MeetingAt) -> None:
    form = Form(f"amend_{meeting.id}")
    with st.expander("Compléter le PV", icon=":material/edit_note:", key="w_amend"):
        form.field("text", st.text_area, "Ce qui le complète", default="", max_chars=MINUTES_MAX)
        form.send(
            "Ajouter au PV",
            lambda session, reader: amend_minutes(
                session, reader, meeting.id, form.value("text") or ""
            ),
            icon=":material/check:",
            done="Le PV est complété.",
        )


_SCREEN = "decisions"
_NOUN = Noun("décision", "décisions")
_LIST = "liste"


def decision_desk(scope: Scope, decisions: Sequence[DecisionAt]) -> None:
    """One page of a list of the scope's decisions."""
    known = {list_code.value: _counted(list_code, decisions, scope) for list_code in DecisionList}
    # Counts on other screens link to a list by the parameter « vue ».
    chosen_list = asked(_LIST, known, asked("vue", known, DecisionList.to_decide.value))
    where = partial(address, _SCREEN, scope)
    segments(
        "Liste",
        [(label, where(**{_LIST: code}), code == chosen_list) for code, label in known.items()],
    )
    chosen_list = DecisionList(chosen_list)
    with filter_line(_SCREEN, scope, "titre, ou n°", liste=chosen_list.value) as line:
        sort_fields(_SCREEN, columns(scope))
    found = [
        d
        for d in listed(decisions, chosen_list, scope.on)
        if bears(line.words, d.title, str(d.number))
    ]
    listed_decisions = ordered(found, columns(scope))
    note_unread(cached.decisions(scope.on))
    if not listed_decisions and not st.query_params.get("decision"):
        if line.words or not scope.is_whole:
            text = "Aucune décision ne répond à ces filtres."
            return empty_for_filters(text, address(_SCREEN, scope.whole()))
        return empty_nothing_yet("Aucune décision dans cette liste.")
    page, rows = one_page(listed_decisions, PAGE)
    about, objected = origins_and_objections(scope, rows)
    lines = [line_of(d, scope, about.get(d.id, ()), len(objected.get(d.id, ()))) for d in rows]
    return ui.desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="decision",
            noun=_NOUN,
            lines=lines,
            total=len(listed_decisions),
            page=page,
            keep={_LIST: chosen_list.value, "q": line.words},
            opens=partial(_opened, scope),
            reply=("w_decision_", "w_decisions_told_"),
            several=_communicate_form(scope, lines)
            if chosen_list is DecisionList.to_communicate
            else None,
        )
    )


def origins_and_objections(scope: Scope, rows: Sequence[DecisionAt]) -> tuple[Mapping, Mapping]:
    """The origin of the pending points, and the open objections to them."""
    ids = tuple(d.id for d in rows if d.is_waiting)
    return (cached.origins(scope, ids), cached.open_objections(scope, ids)) if ids else ({}, {})


def _counted(kind: DecisionList, decisions: Sequence[DecisionAt], scope: Scope) -> str:
    return f"{kind.label} ({french.number(sum(kind.holds(d, scope.on) for d in decisions))})"


def line_of(d: DecisionAt, scope: Scope, about: Sequence[Node], objections: int) -> Line:
    """The row of one decision: its state, owner, origin and open objections."""
    if d.is_waiting:
        on = waiting_since(d, scope.on)
    elif d.is_to_execute:
        on = f"à exécuter pour le {french.day(d.due_on)}"
    else:
        on = f"décidée le {french.day(d.decided.on)}"
    parts = (
        f"n° {d.number}",
        d.instance.label,
        d.state(scope.on),
        unit_name(scope.tree, d.owner_direction_id, ""),
        *(f"vient {_origin(node)}" for node in about),
        french.counted(objections, "objection ouverte", "objections ouvertes")
        if objections
        else "",
        d.steps[-1].text if d.is_waiting else "",
    )
    return Line(str(d.number), d.title, list(filter(None, parts)), on, d.is_late(scope.on))


def _origin(node: Node) -> str:
    """« de l'idée n° 362417 », « du groupe G04 »."""
    if node.kind == "idee":
        return f"de l'idée n° {node.params['idee']}"
    return f"du groupe {node.key}"


def _opened(scope: Scope, key: str) -> Opened | None:
    number = whole_number(key)
    with reading() as session:
        d = decision_numbered(session, number, scope.on) if number else None
    if d is None:
        return None
    return Opened(
        d.title,
        partial(decision_in_full, scope, d),
        under=f"Décision n° {d.number} · {d.instance.label} · {d.state(scope.on)}",
        full=address(_SCREEN, scope, decision=d.number),
    )


def _communicate_form(scope: Scope, lines: Sequence[Line]) -> ui.Several | None:
    """« Communiquée aux services », dated today, for several decisions."""
    if scope.on != cached.today():
        return None

    def tell(session: Session, reader: Reader, key: str, text: str) -> None:
        d = decision_numbered(session, int(key), scope.on)
        if d is None:
            raise Refused("Cette décision n'existe pas.")
        step = DecisionEvent(what=DecisionStep.communicated, on=cached.today(), text=text)
        follow_decision(session, reader, d.id, step, scope.tree)

    gesture = Gesture(
        "Noter comme communiquées aux services",
        tell,
        "communiquées aux services aujourd'hui.",
        "campaign",
        asks="Précision (facultative)",
    )
    return several("decisions_told", "Communiquer", _NOUN, lines, [gesture])


_DECIDED = (
    "N°",
    "Décision",
    "Instance",
    "Décidée le",
    "Issue",
    "Porteur",
    "Échéance",
    "Où en est-elle",
    "Communiquée",
)


def decided_file(decisions: Sequence[DecisionAt], scope: Scope) -> None:
    """The decisions taken as a file, latest first."""
    decided = sorted(
        (d for d in decisions if d.decided), key=lambda d: (d.decided.on, d.number), reverse=True
    )
    if decided:
        csv_button(
            "decisions",
            _DECIDED,
            lambda: [
                (
                    d.number,
                    link(d.title, address("decisions", scope, decision=d.number)),
                    d.instance.label,
                    french.day(d.decided.on),
                    d.outcome.label if d.outcome else "–",
                    unit_name(scope.tree, d.owner_direction_id),
                    french.day(d.due_on) if d.due_on else "–",
                    d.state(scope.on),
                    french.day(d.communicated_on) if d.communicated_on else "pas encore",
                )
                for d in decided
            ],
        )
