"""The decision sheet (fiche de décision): its form before the meeting, and the two pages as PDF."""

from dataclasses import replace
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.decisions.sheets import TEXT_MAX, sheet_values, write_sheet
from dashboard.queries.decisions.moves import FIGURE
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.decisions.sheets import SheetOf, sheet_of
from dashboard.queries.discussions.threads import Objected
from dashboard.report import wording
from dashboard.scope import Scope
from dashboard.screens.ideas.thread import figure_names
from dashboard.screens.workshops.papers import PDF, made
from dashboard.ui.components import draw, heading
from dashboard.ui.downloads import download
from dashboard.ui.figures import figure_of, format_value
from dashboard.ui.forms import Form
from dashboard.ui.tables import terms
from dashboard.visit.navigation import address
from models.database import fetch
from models.decisions import DecisionSheet
from models.idea_states import IdeaKind, IdeaStatus

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
            from dashboard.report.iadelib import package

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
    codes = {node.key for node in sheet.followed if node.kind == FIGURE and node.key in known}
    return [_before_and_after(scope, code, start) for code in sorted(codes)]


def _before_and_after(scope: Scope, code: str, start: date) -> str:
    board = cached.board(replace(scope.whole(), since=start), [figure_of(code).code])
    entry = board[code]
    before = wording.measure(entry.before, entry.unit) if entry.before is not None else "n.d."
    return f"{entry.label} : {before} le {french.day(start)}, {format_value(entry)} maintenant"


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
                max_chars=TEXT_MAX,
                height=100,
                placeholder=hint or None,
            )
        left, right = st.columns(2)
        with left:
            form.field(
                "cost",
                st.number_input,
                "Coût estimé (€)",
                min_value=0.0,
                step=100.0,
                format="%.0f",
            )
        with right:
            form.field(
                "fte",
                st.number_input,
                "Temps de travail (ETP : équivalents temps plein)",
                min_value=0.0,
                step=0.1,
            )
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
