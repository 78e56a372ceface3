"""The sheet of a decision on the screen: what is typed into it before the body meets, and the
two pages to take away.
"""

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.decisions.sheets import TEXT_MAX, sheet_values, write_sheet
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.decisions.sheets import SheetOf, sheet_of
from dashboard.queries.discussions.threads import Objected
from dashboard.scope import Scope
from dashboard.screens.workshops.papers import PDF, made
from dashboard.ui.components import draw, heading
from dashboard.ui.downloads import download
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
    """« Fiche de décision »: the PDF for whoever sees the register; the form while the point
    waits.
    """
    if not may(scope.reader, "report.make"):
        return
    found = fetch(sheet_of, scope, d)
    heading("La fiche de décision")
    terms(
        [
            ("Le problème", found.problem),
            ("La proposition", found.proposition),
            ("Les options", found.options),
            ("Qui est concerné", found.concerned),
            ("Les objections", found.objected),
            ("Coût estimé", _with_unit(found.cost, "€")),
            ("Temps de travail", _with_unit(found.fte, "ETP (équivalents temps plein)")),
        ]
    )

    _objections(found, scope)

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
    # Once decided, the sheet stays as it was read.
    if d.is_waiting and may(scope.reader, "decision.record") and scope.on == cached.today():
        _form(d, found.typed)


def _objections(found: SheetOf, scope: Scope) -> None:
    """What is objected to what leads here, and what became of each: entries, then what was said."""
    if not (found.objections or found.spoken):
        return
    lines = [
        {
            "about": f"{IdeaKind(e.kind).label} n° {e.number}",
            "href": address("idees", scope, idee=e.number),
            "text": e.title,
            "state": IdeaStatus(e.status).label,
            "tone": IdeaStatus(e.status).tone,
            "became": "",
        }
        for e in found.objections
    ]
    lines += [_line(one, scope) for one in found.spoken]
    draw("decisions/objections.html", lines=lines)


def _line(one: Objected, scope: Scope) -> dict:
    outcome = one.remark.outcomes[-1] if one.remark.outcomes else None
    return {
        "about": french.sentence_case(one.about.words),
        "href": address(one.about.page, scope, **one.about.params),
        "text": one.remark.text,
        "state": one.remark.state.label,
        "tone": one.remark.state.tone,
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
