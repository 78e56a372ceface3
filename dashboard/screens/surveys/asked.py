"""The questions of a survey on its management screen: their actions, the form of a new one, and
the bank of questions that feed a figure.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.surveys.answering import STATEMENT_MAX
from dashboard.actions.surveys.making import invite_all, remind_all, why_no_invitation
from dashboard.actions.surveys.questions import (
    BANK,
    END_MAX,
    MOST_CHOICES,
    MOST_LINES,
    MOST_STATEMENTS,
    TEXT_MAX,
    QuestionInput,
    accept_proposal,
    add_from_bank,
    change_question,
    drop_proposal,
    drop_question,
    move_question,
    question_values,
    write_question,
)
from dashboard.figures.kinds import measured
from dashboard.queries.surveys.asked import AskedItem, asked_items, proposals, response_rate
from dashboard.queries.surveys.results import is_of_agents
from dashboard.scope import Scope
from dashboard.screens.workshops import qr_uri
from dashboard.ui.components import draw, explanation, heading, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.tables import table
from dashboard.visit.navigation import public_address
from models.database import fetch
from models.surveys import Question, QuestionKind, Survey, SurveyState
from models.texts import Invalid


def questions_block(survey: Survey, questions: Sequence[Question]) -> None:
    """The questions in order; in a draft, with their actions."""
    heading("Les questions")
    if not questions:
        paragraph("Aucune question n'est encore écrite.")
    is_draft = survey.state == SurveyState.draft
    items = asked_items(questions)
    for place, item in enumerate(items):
        with st.container(border=True, key=f"cp_asked_{item.first.id}"):
            declared = measured().get(item.first.figure) if item.first.figure else None
            draw("surveys/asked.html", item=item, figure=(declared.label if declared else ""))
            if is_draft:
                _question_actions(item, items[:place], is_last=place == len(items) - 1)
    if is_draft:
        form = Form(f"new_asked_{survey.id}")
        with st.expander("Ajouter une question", icon=":material/add:", key=f"w_asked_{survey.id}"):
            _fields(form, items, is_new=True)
            form.send(
                "Ajouter",
                lambda session, reader: _added(session, reader, survey, _question_input(form)),
                icon=":material/check:",
            )
        _bank(survey, questions)


def proposals_block(scope: Scope, survey: Survey) -> None:
    """The statements that respondents proposed, to be read before anybody is asked them."""
    waiting = fetch(proposals, scope.reader, survey.id)
    if not waiting:
        return
    heading("Affirmations proposées")
    paragraph(
        "Proposées par des personnes qui répondaient ; rien ne dit qui, ni quand. Lisez-les : une"
        " affirmation qui nomme quelqu'un s'écarte."
    )
    acts = [
        ("accept", "La poser", "check", accept_proposal, "L'affirmation est posée dès maintenant."),
        ("refuse", "L'écarter", "delete", drop_proposal, "L'affirmation est effacée."),
    ]
    for proposal in waiting:
        form = Form(f"proposal_{proposal.code}")
        with st.container(border=True, key=f"cp_proposed_{proposal.code}"):
            paragraph(french.typo(f"« {proposal.text} »"))
            with form.row(key=f"cp_proposed_acts_{proposal.code}"):
                for name, label, icon, act, done in acts[survey.state == SurveyState.closed :]:
                    form.button(
                        label,
                        partial(act, survey_id=survey.id, code=proposal.code),
                        field=name,
                        primary=False,
                        icon=f":material/{icon}:",
                        done=done,
                    )


# ── One question ──────────────────────────────────────────────────────────────────────────────────


def _question_actions(item: AskedItem, before: Sequence[AskedItem], is_last: bool) -> None:
    number = item.first.id
    moved = "L'ordre est enregistré."
    acts = [
        ("up", "Monter", "arrow_upward", partial(move_question, by=-1), moved),
        ("down", "Descendre", "arrow_downward", partial(move_question, by=1), moved),
        ("drop", "Retirer", "delete", drop_question, "La question est retirée."),
    ]
    offered = [acts[0]] * bool(before) + [acts[1]] * (not is_last) + [acts[2]]
    moving = Form(f"asked_acts_{number}")
    with moving.row(key=f"cp_asked_acts_{number}"):
        for name, label, icon, act, done in offered:
            moving.button(
                label,
                lambda session, reader, act=act: act(session, reader, number),
                field=name,
                primary=False,
                icon=f":material/{icon}:",
                done=done,
            )
    form = Form(f"asked_{number}")
    with st.expander("Corriger", icon=":material/edit:", key=form.key("box")):
        form.opens_with(question_values(item.lines))
        _fields(form, before)
        form.send(
            "Enregistrer",
            lambda session, reader: change_question(
                session, reader, number, _question_input(form), form.mark
            ),
            icon=":material/check:",
            done=_saved,
        )


def _saved(question: Question) -> str:
    return f"« {question.asked_text} » est enregistrée."


def _added(session: Session, reader: Reader, survey: Survey, typed: QuestionInput) -> str:
    """Adds a question; of statements, one per line."""
    lines = [line for line in typed.text.splitlines() if line.strip()] or [""]
    added = [
        write_question(session, reader, survey.id, replace(typed, text=line)) for line in lines
    ]
    many = french.counted(len(added), "affirmation est ajoutée", "affirmations sont ajoutées")
    return _saved(added[0]) if len(added) == 1 else f"{many}."


# ── A new one ─────────────────────────────────────────────────────────────────────────────────────


def _fields(form: Form, before: Sequence[AskedItem], is_new: bool = False) -> None:
    """The fields of one question: those of its kind, and its condition; of new statements, one per
    line.
    """
    kind = form.field(
        "kind",
        st.selectbox,
        "Type",
        [str(kind) for kind in QuestionKind],
        format_func=lambda code: QuestionKind(code).label,
    )
    kind = QuestionKind(kind)
    if kind is QuestionKind.statement:
        return _statement_fields(form, is_new)
    form.field("text", st.text_input, "Question", max_chars=TEXT_MAX)
    form.field("hint", st.text_input, "Précision (facultatif)", max_chars=TEXT_MAX)
    if kind is QuestionKind.matrix:
        form.field("lines", st.text_area, f"Lignes, une par ligne ({MOST_LINES} au plus)")
    if kind.has_choices:
        form.field(
            "choices",
            st.text_area,
            f"Réponses, une par ligne ({MOST_CHOICES} au plus)",
            help="Pour une part favorable : « Pas du tout d'accord » à « Tout à fait d'accord »,"
            " « Très insatisfait » à « Très satisfait »…",
        )
    if kind.is_scale:
        left, right = st.columns(2)
        first, *_, last = kind.steps
        fields = {"low": (left, first, "Pas du tout"), "high": (right, last, "Tout à fait")}
        for name, (column, step, words) in fields.items():
            with column:
                form.field(
                    name, st.text_input, f"{step} veut dire", default=words, max_chars=END_MAX
                )
    form.field("required", st.checkbox, "À remplir")
    names = {ambition.id: ambition.name for ambition in cached.ambitions()}
    form.field(
        "ambition_id",
        st.selectbox,
        "Ambition (facultatif)",
        [None, *names],
        format_func=lambda number: names.get(number, "Aucune"),
    )
    _condition_fields(form, before)


def _statement_fields(form: Form, is_new: bool) -> None:
    if is_new:
        label = f"Affirmations, une par ligne ({MOST_STATEMENTS} au plus)"
        form.field("text", st.text_area, label, height=160)
    else:
        form.field("text", st.text_input, "Affirmation", max_chars=STATEMENT_MAX)
    paragraph(
        "Une seule idée par affirmation, en une phrase courte. On y répond d'accord, ni l'un ni"
        " l'autre ou pas d'accord, et chacun peut en proposer une autre à la fin."
    )


def _condition_fields(form: Form, before: Sequence[AskedItem]) -> None:
    conditions = {item.first.id: item.first for item in before if item.first.may_rule}
    if not conditions:
        return
    chosen = form.field(
        "only_if_id",
        st.selectbox,
        "Posée",
        [None, *conditions],
        format_func=lambda number: (
            f"Seulement selon « {conditions[number].text} »" if number in conditions else "Toujours"
        ),
    )
    if chosen in conditions:
        options = conditions[chosen].options
        # The question is part of the key: another one has other answers.
        key = form.key(f"only_if_{chosen}")
        stored = form.value("only_if")
        # The chosen answer may no longer exist if that question was edited.
        if st.session_state.get(key) not in options:
            st.session_state[key] = stored if stored in options else options[0]
        st.selectbox("Si la réponse est", options, key=key)
        form.error("only_if")


def _question_input(form: Form) -> QuestionInput:
    kind = form.value("kind")
    if kind is None:
        raise Invalid({"kind": "Choisissez le type de la question."})
    rules = form.value("only_if_id")
    return QuestionInput(
        QuestionKind(kind),
        form.text("text"),
        form.text("hint"),
        form.text("choices").splitlines(),
        form.text("lines").splitlines(),
        bool(form.value("required")),
        rules,
        form.text(f"only_if_{rules}"),
        form.text("low"),
        form.text("high"),
        form.value("ambition_id"),
    )


# ── The bank ──────────────────────────────────────────────────────────────────────────────────────


def _bank(survey: Survey, questions: Sequence[Question]) -> None:
    """The questions of the bank that this survey may ask and does not yet."""
    asked = {question.figure for question in questions}
    offered = {
        code: (figure, question_input)
        for code, (figure, question_input) in BANK.items()
        if is_of_agents(figure) == survey.agents and figure not in asked
    }
    if not offered:
        return
    with st.expander(
        "Banque de questions : celles qui alimentent un chiffre",
        icon=":material/inventory_2:",
        key=f"w_bank_{survey.id}",
    ):
        for code, (figure, question_input) in offered.items():
            declared = measured().get(figure)
            label = declared.label if declared else figure
            paragraph(french.typo(f"« {question_input.text} » alimente : {label}."))
            Form(f"bank_{survey.id}_{code}").send(
                "Ajouter cette question",
                lambda session, reader, code=code: add_from_bank(session, reader, survey.id, code),
                primary=False,
                icon=":material/add:",
                done=_saved,
            )


def answering_block(survey: Survey) -> None:
    """The channels of an open survey."""
    heading("Le faire remplir")
    if survey.by_link:
        page = f"/questionnaire?q={survey.key}"
        draw(
            "surveys/ways.html",
            page=page,
            whole=f"{public_address()}{page}",
            picture=qr_uri(f"{public_address()}{page}"),
        )
    if survey.agents:
        _mails(survey)


def _mails(survey: Survey) -> None:
    why = fetch(why_no_invitation)
    if why:
        return paragraph(french.typo(f"Pas d'invitation par courriel pour le moment : {why}"))
    ways = (
        (
            *("invite", "Inviter par courriel", "mail", invite_all),
            *("invitation part", "invitations partent"),
            "Un lien à usage unique pour chaque agent qui a une adresse.",
        ),
        (
            *("remind", "Rappeler, une fois", "notifications", remind_all),
            *("rappel part", "rappels partent"),
            "À ceux dont le lien n'a pas servi, sans dire à personne de qui il s'agit.",
        ),
    )
    form = Form(f"invitations_{survey.id}")
    with form.row(key=f"cp_invitations_{survey.id}"):
        for name, label, icon, act, count, several, help in ways:
            form.button(
                label,
                lambda session, reader, act=act, words=(count, several): (
                    f"{french.counted(act(session, reader, survey.id), *words)}"
                    " avec le prochain envoi."
                ),
                field=name,
                primary=False,
                icon=f":material/{icon}:",
                help=help,
            )


def rate_block(scope: Scope, survey: Survey) -> None:
    """The response rate of the mail invitations; by direction where neither respondents nor
    non-respondents are few.
    """
    rates = fetch(response_rate, scope.reader, survey.id)
    answered, invited = rates.get(None, (0, 0))
    if not invited:
        return
    heading("Taux de réponse")
    explanation(
        f"{french.counted(answered, 'lien a servi', 'liens ont servi')} sur"
        f" {french.number(invited)} invitations : {french.percent(100 * answered / invited, 0)}."
    )
    rows = [
        (
            unit.name,
            *map(french.number, rates[unit.id]),
            french.percent(100 * rates[unit.id][0] / rates[unit.id][1], 0),
        )
        for unit in sorted(scope.tree.units, key=lambda unit: unit.position)
        if unit.id in rates
    ]
    if rows:
        table(
            ("Direction", "Ont répondu", "Invités", "Taux"),
            rows,
            "Taux de réponse par direction",
            frozenset({1, 2, 3}),
        )
    paragraph(
        "Une direction paraît quand cinq personnes au moins y ont répondu et cinq au moins pas"
        " encore ; qui l'a fait n'est écrit nulle part."
    )
