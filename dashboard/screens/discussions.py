"""« En parler »: the discussion of a milestone, a proposition, a decision or a training, in a fold;
the parts shared with ideas; moderation.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions import discussions
from dashboard.cached import discussion
from dashboard.queries.discussions.subjects import SubjectAt
from dashboard.queries.discussions.threads import (
    Discussion,
    Flagged,
    ObjectionState,
    Remark,
    hidden,
    reported,
)
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.ui.components import draw, empty_nothing_yet, heading, paragraph, place
from dashboard.ui.forms import Act, Form
from dashboard.ui.tables import link, table
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.database import reading
from models.discussions import COMMENT_MAX, PUBLIC, ContributionKind, ContributionStep, Subject

_OBJECTION = "Une objection dit sa raison ; elle figure sur la fiche de décision."
_THIS = {
    ContributionKind.comment: "ce commentaire",
    ContributionKind.objection: "cette objection",
}
THIS_IDEA = "cette idée"


def talk_fold(scope: Scope, subject: Subject, key: str) -> None:
    """The discussion of one subject, closed by default; draws nothing if the reader may not open
    it. Read-only when looking at another day.
    """
    talk = discussion(scope, subject, key)
    if talk is None:
        return
    name = f"{subject}_{key.replace('.', '-')}"
    unfolding(
        _label(talk),
        _talk,
        scope,
        talk,
        name,
        key=f"w_fold_talk_{name}",
        icon=":material/forum:",
    )


def _talk(scope: Scope, talk: Discussion, name: str) -> None:
    takes_part = may(scope.reader, "idea.take_part") and scope.on == cached.today()
    form = Form(f"back_{name}")
    with form.row(vertical_alignment="center", key=f"cp_back_{name}"):
        support_row(scope, talk, form, takes_part)
    remarks(scope, talk, talk.remarks, takes_part)
    if not talk.remarks:
        paragraph("Personne n'en a encore parlé.")
    if talk.at.closed:
        st.caption(talk.at.closed)
    elif takes_part:
        _contribution_form(scope, talk.at, name)


def _label(talk: Discussion) -> str:
    """« En parler (3, dont 1 objection ouverte) »."""
    if not talk.shown:
        return "En parler"
    open_objections = talk.open_objections
    objections = french.counted(open_objections, "objection ouverte", "objections ouvertes")
    if open_objections == talk.shown:
        return f"En parler ({objections})"
    shown = f"{talk.shown}, dont {objections}" if open_objections else talk.shown
    return f"En parler ({shown})"


# --- supporting, following ------------------------------------------------------------------------


def support_row(
    scope: Scope, talk: Discussion, form: Form, takes_part: bool, is_first: bool = False
) -> None:
    """The number of supporters, « je soutiens » (the `is_first` button of its screen, or not) and
    « suivre »; not offered on the reader's own idea, whose notices she receives anyway.
    """
    word = french.plural(talk.supporters, "soutien", "soutiens")
    place(render("ideas/supporters.html", n=talk.supporters, word=word), width="content")
    if not takes_part:
        return
    idea = talk.at.idea
    is_own = idea is not None and idea.author_id == scope.reader.person_id
    _support_button(scope, talk, form, is_own, is_first)
    _follow_button(scope, talk, form, is_own)


def _support_button(
    scope: Scope, talk: Discussion, form: Form, is_own: bool, is_first: bool
) -> None:
    """A supporter may withdraw her support even where nobody may add theirs."""
    at = talk.at
    if talk.supported:
        message = "Votre soutien est retiré."
        label, icon = "Retirer mon soutien", ":material/thumb_down:"
    elif is_own or at.closed or at.settled:
        return
    else:
        message = f"Vous soutenez {_subject_in_words(at)}."
        label, icon = "Je la soutiens" if at.idea else "Je soutiens", ":material/thumb_up:"
    is_primary = is_first and not talk.supported
    act = _act_on_subject(scope, discussions.support_subject, at, not talk.supported)
    form.button(label, act, field="support", primary=is_primary, icon=icon, done=message)


def _follow_button(scope: Scope, talk: Discussion, form: Form, is_own: bool) -> None:
    at = talk.at
    label, icon = "Suivre", ":material/notifications:"
    message = f"Vous suivez {_subject_in_words(at)} : vous saurez ce qui s'y dit et s'y fait."
    if talk.followed:
        label, icon = "Ne plus suivre", ":material/notifications_off:"
        message = f"Vous ne suivez plus {_subject_in_words(at)}."
    elif is_own:
        return
    act = _act_on_subject(scope, discussions.follow_subject, at, not talk.followed)
    form.button(label, act, field="follow", primary=False, icon=icon, done=message)


def _subject_in_words(at: SubjectAt) -> str:
    return THIS_IDEA if at.idea else at.words


def _act_on_subject(scope: Scope, act: Callable, at: SubjectAt, stays: bool) -> Act:
    # The current reader, not the one of the drawn page: the act checks her rights.
    return lambda session, reader: act(
        session, replace(scope, reader=reader), at.subject, at.key, stays
    )


# --- writing --------------------------------------------------------------------------------------


def _contribution_form(scope: Scope, at: SubjectAt, name: str) -> None:
    form = Form(f"talk_{name}")
    if at.settled:
        st.caption(f"{at.settled} Un commentaire reste possible, pas une objection.")
    else:
        st.radio(
            "Vous écrivez",
            PUBLIC,
            format_func=lambda kind: kind.label,
            horizontal=True,
            key=form.default("kind", ContributionKind.comment),
            help=_OBJECTION,
        )
    form.field("text", st.text_area, "Vos mots", height=80, max_chars=COMMENT_MAX)
    form.send(
        "Publier",
        lambda session, reader: _contribute(
            session,
            replace(scope, reader=reader),
            at,
            form,
            form.value("kind") or ContributionKind.comment,
        ),
        primary=False,
        done=lambda _: (
            "Votre objection est publiée."
            if form.value("kind") is ContributionKind.objection
            else "Votre commentaire est publié."
        ),
    )


def write_box(
    scope: Scope, at: SubjectAt, kind: ContributionKind, label: str, button: str, message: str
) -> None:
    """The form of one kind of contribution to an idea."""
    form = Form(f"say_{kind}_{at.key}")
    form.field("text", st.text_area, label, height=80, max_chars=COMMENT_MAX)
    form.send(
        button,
        lambda session, reader: _contribute(session, replace(scope, reader=reader), at, form, kind),
        primary=False,
        done=message,
    )


def _contribute(
    session: Session, scope: Scope, at: SubjectAt, form: Form, kind: ContributionKind
) -> None:
    text = form.text("text")
    discussions.contribute(session, scope, at.subject, at.key, text, kind)


# --- what was written -----------------------------------------------------------------------------


def remarks(
    scope: Scope, talk: Discussion, shown: Sequence[Remark], takes_part: bool = False
) -> None:
    """The contributions in order; a participant may report, answer or moderate the public ones."""
    for remark in shown:
        with st.container(key=f"cp_contribution_{remark.id}"):
            draw("discussions/contribution.html", one=remark)
            if takes_part and remark.kind.is_public:
                _remark_actions(scope, talk, remark)


def _remark_actions(scope: Scope, talk: Discussion, remark: Remark) -> None:
    with st.container(horizontal=True, key=f"cp_contribution_gestures_{remark.id}"):
        if remark.state not in (None, ObjectionState.lifted) and not remark.hidden:
            _objection_actions(scope, talk, remark)
        if may(scope.reader, "idea.moderate"):
            moderate_box(talk.at, remark.id, remark.hidden, _THIS[remark.kind])
        elif not remark.mine:
            report_box(scope, talk.at, remark.id, f"Signaler {_THIS[remark.kind]}")


def _objection_actions(scope: Scope, talk: Discussion, remark: Remark) -> None:
    if talk.answers:
        step = ContributionStep.answered
        _outcome_form(scope, remark, step, ("Répondre", "Votre réponse", "a sa réponse"))
    if remark.mine or may(scope.reader, "decision.record"):
        _outcome_form(
            scope, remark, ContributionStep.lifted, ("Lever", "Raison de lever", "est levée")
        )


def _outcome_form(
    scope: Scope, remark: Remark, step: ContributionStep, words: tuple[str, str, str]
) -> None:
    label, text_label, outcome = words
    form = Form(f"{step.name}_{remark.id}")
    with form.popover(label, ":material/rate_review:"):
        form.field("text", st.text_area, text_label, height=80, max_chars=COMMENT_MAX)
        notified = "" if remark.mine else " ; son auteur est prévenu"
        form.send(
            "Enregistrer",
            lambda session, reader: discussions.resolve_objection(
                session,
                replace(scope, reader=reader),
                remark.id,
                step,
                form.text("text"),
            ),
            done=f"L'objection {outcome}{notified}.",
        )


def report_box(
    scope: Scope, at: SubjectAt, contribution_id: int | None, label: str = "Signaler"
) -> None:
    """Reporting a contribution, or (None) the idea itself, to the animateur."""
    form = Form(f"report_{contribution_id or at.key}")
    with form.popover(label, ":material/flag:"):
        question = "Qu'est-ce qui pose problème ?"
        form.field("reason", st.text_area, question, height=80, max_chars=COMMENT_MAX)
        form.send(
            "Envoyer le signalement",
            lambda session, reader: discussions.report_content(
                session,
                replace(scope, reader=reader),
                at.subject,
                at.key,
                contribution_id,
                form.text("reason"),
            ),
            done="Merci : l'équipe du programme va lire votre signalement.",
        )


def moderate_box(at: SubjectAt, contribution_id: int | None, is_hidden: bool, what: str) -> None:
    """For the animateur: hiding a contribution, or (None) the idea itself, with a reason for its
    author; or restoring it.
    """
    form = Form(f"moderate_{contribution_id or at.key}")
    target = (at.subject, at.key, contribution_id)
    if is_hidden:
        form.button(
            f"Rétablir {what}",
            lambda session, reader: (
                discussions.restore_content(session, reader, *target) or "C'est de nouveau montré."
            ),
            primary=False,
            icon=":material/visibility:",
        )
        return form.error("form")
    with form.popover(f"Masquer {what}", ":material/visibility_off:"):
        form.field("reason", st.text_input, "Motif, que son auteur lira")
        form.send(
            "Masquer",
            lambda session, reader: discussions.hide_content(
                session, reader, *target, form.text("reason")
            ),
            done="C'est masqué.",
        )


# --- what moderation looks at ---------------------------------------------------------------------


def reports_block(scope: Scope) -> None:
    """The reported contents, then the hidden ones."""
    with reading() as session:
        reported_contents = reported(session, scope)
        hidden_contents = hidden(session, scope)
    for flagged in reported_contents:
        _reported(scope, flagged)
    if not reported_contents:
        empty_nothing_yet("Aucun signalement : vous êtes à jour.")
    if hidden_contents:
        _hidden(scope, hidden_contents)


def _reported(scope: Scope, flagged: Flagged) -> None:
    at = flagged.about
    is_idea = flagged.contribution_id is None
    draw(
        "discussions/flagged.html",
        what="" if is_idea else "Commentaire sur",
        label=f"{french.sentence_case(at.words) if is_idea else at.words}, {at.title}",
        href=address(at.page, scope, **at.params),
        on=flagged.on,
        text=flagged.text[:600],
        reasons=flagged.reasons,
    )
    target = (at.subject, at.key, flagged.contribution_id)
    name = flagged.contribution_id or at.key
    with st.container(horizontal=True, key=f"cp_flagged_{name}"):
        form = Form(f"dismiss_{name}")
        form.button(
            "Sans suite",
            lambda session, reader: (
                discussions.dismiss_report(session, reader, *target)
                or "Le signalement est classé sans suite."
            ),
            primary=False,
        )
        moderate_box(at, flagged.contribution_id, False, THIS_IDEA if is_idea else "ce commentaire")
        form.error("form")


def _hidden(scope: Scope, contents: Sequence[Flagged]) -> None:
    heading("Masqué")
    table(
        ("Où", "Ce qui est masqué", "Motif", "Le"),
        [
            (
                link(
                    french.sentence_case(flagged.about.words),
                    address(flagged.about.page, scope, **flagged.about.params),
                ),
                flagged.about.title if flagged.contribution_id is None else flagged.text[:200],
                flagged.reasons[0],
                french.day(flagged.on),
            )
            for flagged in contents
        ],
        "Contenus masqués",
        download="masques",
    )
    for flagged in contents:
        is_idea = flagged.contribution_id is None
        what = flagged.about.words if is_idea else f"le commentaire sur {flagged.about.words}"
        moderate_box(flagged.about, flagged.contribution_id, True, what)
