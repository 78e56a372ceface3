"""« En parler »: what is said of a milestone, a proposition, a decision or a training, in one fold;
what moderation looks at.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions import discussions
from dashboard.cached.threads import discussion
from dashboard.queries.discussions.moderation import (
    Flagged,
    hidden_contributions,
    reported_contributions,
)
from dashboard.queries.discussions.threads import Discussion, ObjectionState, Spoken
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.ui.blocks import place
from dashboard.ui.components import draw, heading, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.comments import COMMENT_MAX
from models.database import reading
from models.discussions import ContributionKind, Subject

_KINDS = list(ContributionKind)
_OBJECTION = "Une objection dit sa raison ; elle figure sur la fiche de décision."


def talk_fold(scope: Scope, subject: Subject, key: str) -> None:
    """The thread of one subject, closed until it is asked for; nothing where the reader may not
    open it. Looking at another day, nobody speaks.
    """
    found = discussion(scope, subject, key)
    if found is None:
        return
    name = f"{subject}_{key.replace('.', '-')}"
    unfolding(
        _label(found),
        _talk,
        scope,
        found,
        name,
        key=f"w_fold_talk_{name}",
        icon=":material/forum:",
    )


def _talk(scope: Scope, found: Discussion, name: str) -> None:
    takes_part = may(scope.reader, "idea.take_part") and scope.on == cached.today()
    _support(scope, found, name, takes_part)
    for one in found.spoken:
        with st.container(key=f"cp_contribution_{one.id}"):
            objects = one.kind is ContributionKind.objection
            draw("discussions/contribution.html", one=one, objects=objects)
            if takes_part:
                _gestures(scope, found, one)
    if not found.spoken:
        paragraph("Personne n'en a encore parlé.")
    if found.at.closed:
        st.caption(found.at.closed)
    elif takes_part:
        _write(scope, found, name)


def _label(found: Discussion) -> str:
    """« En parler (3, dont 1 objection ouverte) »."""
    if not found.shown:
        return "En parler"
    waiting = found.open_objections
    told = french.counted(waiting, "objection ouverte", "objections ouvertes")
    if waiting == found.shown:
        return f"En parler ({told})"
    return f"En parler ({found.shown}, dont {told})" if waiting else f"En parler ({found.shown})"


# --- supporting, speaking -------------------------------------------------------------------------


def _support(scope: Scope, found: Discussion, name: str, takes_part: bool) -> None:
    at = found.at
    form = Form(f"back_{name}")
    with st.container(horizontal=True, vertical_alignment="center", key=f"cp_back_{name}"):
        word = french.plural(found.supporters, "soutien", "soutiens")
        place(render("ideas/supporters.html", n=found.supporters, word=word), width="content")
        if takes_part and found.supported:
            form.button(
                "Retirer mon soutien",
                _act(scope, discussions.unsupport_subject, found, "Votre soutien est retiré."),
                primary=False,
                icon=":material/thumb_down:",
            )
        elif takes_part and not (at.closed or at.settled):
            form.button(
                "Je soutiens",
                _act(scope, discussions.support_subject, found, f"Vous soutenez {at.words}."),
                primary=False,
                icon=":material/thumb_up:",
            )
        if takes_part:
            _follow_button(scope, found, form)
    form.error("form")


def _follow_button(scope: Scope, found: Discussion, form: Form) -> None:
    at = found.at
    if found.followed:
        form.button(
            "Ne plus suivre",
            _act(scope, discussions.unfollow_subject, found, f"Vous ne suivez plus {at.words}."),
            field="follow",
            primary=False,
            icon=":material/notifications_off:",
        )
    else:
        form.button(
            "Suivre",
            _act(
                scope,
                discussions.follow_subject,
                found,
                f"Vous suivez {at.words} : vous saurez ce qui s'y dit et s'y fait.",
            ),
            field="follow",
            primary=False,
            icon=":material/notifications:",
        )


def _act(scope: Scope, act: Callable, found: Discussion, message: str):
    # The reader of now, not the one for whom the page was drawn: the act asks for her rights.
    def done(session: Session, reader: Reader) -> str:
        act(session, replace(scope, reader=reader), found.at.subject, found.at.key)
        return message

    return done


def _write(scope: Scope, found: Discussion, name: str) -> None:
    form = Form(f"talk_{name}")
    at = found.at
    if at.settled:
        st.caption(f"{at.settled} Un commentaire reste possible, pas une objection.")
    else:
        st.radio(
            "Vous écrivez",
            _KINDS,
            format_func=lambda kind: kind.label,
            horizontal=True,
            key=form.default("kind", ContributionKind.comment),
            help=_OBJECTION,
        )
    form.field("text", st.text_area, "Vos mots", height=80, max_chars=COMMENT_MAX)

    def act(session: Session, reader: Reader) -> str:
        kind = form.value("kind") or ContributionKind.comment
        reader_of_now = replace(scope, reader=reader)
        discussions.contribute(
            session, reader_of_now, at.subject, at.key, form.value("text") or "", kind
        )
        is_objection = kind is ContributionKind.objection
        return "Votre objection est publiée." if is_objection else "Votre commentaire est publié."

    form.button("Publier", act, primary=False)
    form.error("form")


# --- one contribution -----------------------------------------------------------------------------


def _gestures(scope: Scope, found: Discussion, one: Spoken) -> None:
    with st.container(horizontal=True, key=f"cp_contribution_gestures_{one.id}"):
        is_objection = one.kind is ContributionKind.objection
        if is_objection and one.state is not ObjectionState.lifted and not one.hidden:
            _outcome_gestures(scope, found, one)
        if may(scope.reader, "idea.moderate"):
            moderate_contribution(one.id, one.hidden)
        elif not one.mine:
            _report(scope, one)


def _outcome_gestures(scope: Scope, found: Discussion, one: Spoken) -> None:
    if found.answers:
        _settle(
            scope, one, "Répondre", "Votre réponse", discussions.answer_objection, "a sa réponse"
        )
    if one.mine or may(scope.reader, "decision.record"):
        _settle(scope, one, "Lever", "Raison de lever", discussions.lift_objection, "est levée")


def _settle(scope: Scope, one: Spoken, label: str, asks: str, act: Callable, became: str) -> None:
    form = Form(f"{act.__name__}_{one.id}")
    with form.popover(label, ":material/rate_review:"):
        form.field("text", st.text_area, asks, height=80, max_chars=COMMENT_MAX)

        def done(session: Session, reader: Reader) -> str:
            act(session, replace(scope, reader=reader), one.id, form.value("text") or "")
            told = "" if one.mine else " ; son auteur est prévenu"
            return f"L'objection {became}{told}."

        form.button("Enregistrer", done)
        form.error("form")


def _report(scope: Scope, one: Spoken) -> None:
    form = Form(f"report_contribution_{one.id}")
    with form.popover("Signaler", ":material/flag:"):
        form.field(
            "reason",
            st.text_area,
            "Qu'est-ce qui pose problème ?",
            height=80,
            max_chars=COMMENT_MAX,
        )

        def done(session: Session, reader: Reader) -> str:
            discussions.report_contribution(
                session, replace(scope, reader=reader), one.id, form.value("reason") or ""
            )
            return "Merci : l'équipe du programme va lire votre signalement."

        form.button("Envoyer le signalement", done)
        form.error("form")


def moderate_contribution(ident: int, hidden: bool) -> None:
    """For the animateur: hide with a reason that its author reads, or show again."""
    form = Form(f"moderate_contribution_{ident}")
    if hidden:
        form.button(
            "Rétablir",
            lambda session, reader: (
                discussions.restore_contribution(session, reader, ident)
                or "C'est de nouveau montré."
            ),
            primary=False,
            icon=":material/visibility:",
        )
        return form.error("form")
    with form.popover("Masquer", ":material/visibility_off:"):
        form.field("reason", st.text_input, "Motif, que son auteur lira")

        def act(session: Session, reader: Reader) -> str:
            discussions.hide_contribution(session, reader, ident, form.value("reason") or "")
            return "C'est masqué, et son auteur en lit le motif."

        form.button("Masquer", act)
        form.error("form")


# --- what moderation looks at ---------------------------------------------------------------------


def flagged_block(scope: Scope) -> int:
    """What was reported, then what is hidden, beside that of ideas. How many reports wait."""
    with reading() as session:
        reported = reported_contributions(session, scope)
        hidden = hidden_contributions(session, scope)
    for one in reported:
        _flagged(scope, one, "signalé le")
        with st.container(horizontal=True, key=f"cp_flagged_{one.id}"):
            form = Form(f"dismiss_contribution_{one.id}")
            form.button("Sans suite", _dismissal(one), primary=False)
            moderate_contribution(one.id, False)
            form.error("form")
    _hidden(scope, hidden)
    return len(reported)


def _dismissal(one: Flagged):
    def act(session: Session, reader: Reader) -> str:
        discussions.dismiss_contribution_report(session, reader, one.id)
        return "Le signalement est classé sans suite."

    return act


def _hidden(scope: Scope, hidden: Sequence[Flagged]) -> None:
    if hidden:
        heading("Masqué ailleurs que sous une idée")
    for one in hidden:
        _flagged(scope, one, "masqué le")
        moderate_contribution(one.id, True)


def _flagged(scope: Scope, one: Flagged, when: str) -> None:
    draw(
        "discussions/flagged.html",
        what="Sur",
        label=f"{one.about.words}, {one.about.title}",
        href=address(one.about.page, scope, **one.about.params),
        when=when,
        on=one.on,
        text=one.text[:600],
        reasons=one.reasons,
    )
