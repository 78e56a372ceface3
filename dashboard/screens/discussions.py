"""« En parler »: the discussion of a milestone, a proposition, a decision or a training, in a fold;
the parts shared with ideas; moderation.
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

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
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.database import reading
from models.discussions import COMMENT_MAX, PUBLIC, ContributionKind, ContributionStep, Subject

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
        *(_label(talk), _talk, scope, talk, name),
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
    at = talk.at
    what = THIS_IDEA if at.idea else at.words
    is_own = at.idea is not None and at.idea.author_id == scope.reader.person_id
    offered = []
    # A supporter may withdraw her support even where nobody may add theirs.
    if talk.supported:
        gesture = ("Retirer mon soutien", "thumb_down", "Votre soutien est retiré.")
        offered.append(("support", *gesture, discussions.support_subject, False))
    elif not (is_own or at.closed or at.settled):
        label = "Je la soutiens" if at.idea else "Je soutiens"
        gesture = (label, "thumb_up", f"Vous soutenez {what}.")
        offered.append(("support", *gesture, discussions.support_subject, True))
    if talk.followed:
        gesture = ("Ne plus suivre", "notifications_off", f"Vous ne suivez plus {what}.")
        offered.append(("follow", *gesture, discussions.follow_subject, False))
    elif not is_own:
        message = f"Vous suivez {what} : vous saurez ce qui s'y dit et s'y fait."
        gesture = ("Suivre", "notifications", message)
        offered.append(("follow", *gesture, discussions.follow_subject, True))
    for field, label, icon, message, act, stays in offered:
        form.button(
            label,
            # The current reader, not the one of the drawn page: the act checks her rights.
            lambda session, reader, act=act, stays=stays: act(
                session, replace(scope, reader=reader), at.subject, at.key, stays
            ),
            field=field,
            primary=is_first and stays and field == "support",
            icon=f":material/{icon}:",
            done=message,
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
            help="Une objection dit sa raison ; elle figure sur la fiche de décision.",
        )
    form.field("text", st.text_area, "Vos mots", height=80, max_chars=COMMENT_MAX)
    form.send(
        "Publier",
        lambda session, reader: discussions.contribute(
            *(session, replace(scope, reader=reader), at.subject, at.key),
            form.text("text"),
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
        lambda session, reader: discussions.contribute(
            session, replace(scope, reader=reader), at.subject, at.key, form.text("text"), kind
        ),
        primary=False,
        done=message,
    )


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
            answered, lifted = ContributionStep.answered, ContributionStep.lifted
            if talk.answers:
                words = ("Répondre", "Votre réponse", "a sa réponse")
                _outcome_form(scope, remark, answered, *words)
            if remark.mine or may(scope.reader, "decision.record"):
                words = ("Lever", "Raison de lever", "est levée")
                _outcome_form(scope, remark, lifted, *words)
        if may(scope.reader, "idea.moderate"):
            moderate_box(talk.at, remark.id, remark.hidden, _THIS[remark.kind])
        elif not remark.mine:
            report_box(scope, talk.at, remark.id, f"Signaler {_THIS[remark.kind]}")


def _outcome_form(
    scope: Scope, remark: Remark, step: ContributionStep, label: str, text_label: str, outcome: str
) -> None:
    form = Form(f"{step.name}_{remark.id}")
    with form.popover(label, ":material/rate_review:"):
        form.field("text", st.text_area, text_label, height=80, max_chars=COMMENT_MAX)
        notified = "" if remark.mine else " ; son auteur est prévenu"
        form.send(
            "Enregistrer",
            lambda session, reader: discussions.resolve_objection(
                session, replace(scope, reader=reader), remark.id, step, form.text("text")
            ),
            done=f"L'objection {outcome}{notified}.",
        )


def report_box(
    scope: Scope, at: SubjectAt, contribution_id: int | None, label: str = "Signaler"
) -> None:
    """Reporting a contribution, or (None) the idea itself, to the animateur."""
    form = Form(f"report_{contribution_id or at.key}")
    with form.popover(label, ":material/flag:"):
        form.field(
            "reason",
            st.text_area,
            "Qu'est-ce qui pose problème ?",
            height=80,
            max_chars=COMMENT_MAX,
        )
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
