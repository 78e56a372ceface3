"""Around an entry, for everybody who may read it: supporting, following, photos, comments, the
talk with the author, reports.
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, may
from dashboard.actions.ideas import comments
from dashboard.actions.ideas.filing import withdraw_idea
from dashboard.actions.ideas.photos import remove_photo, show_photos
from dashboard.queries.ideas.card import IdeaCard
from dashboard.queries.ideas.comments import Around, Remark, Shot
from dashboard.queries.ideas.mentions import note_readers
from dashboard.queries.people.choices import person_labels
from dashboard.scope import Scope
from dashboard.ui.components import draw, section
from dashboard.ui.forms import Form
from dashboard.visit.navigation import address
from models.comments import COMMENT_MAX, Voice
from models.database import reading
from models.idea_states import IdeaStatus
from models.ideas import Idea


def take_part(scope: Scope, idea: Idea, found: Around) -> None:
    """One row: how many support it, « je la soutiens », « suivre »; for its author « retirer »."""
    if not may(scope.reader, "idea.take_part"):
        return
    form = Form(f"part_{idea.number}")
    mine = idea.author_id == scope.reader.person_id
    with st.container(horizontal=True, vertical_alignment="center", key="cp_take_part"):
        draw(
            "ideas/supporters.html",
            n=found.supporters,
            word=french.plural(found.supporters, "soutien", "soutiens"),
        )
        _support_button(scope, idea, found, form)
        _follow_button(scope, idea, found, form)
        if mine and idea.can_become(IdeaStatus.withdrawn):
            with st.popover("Retirer mon idée", icon=":material/delete:"):
                _withdraw(idea)
        if idea.published and not mine:
            with Form(f"report_{idea.number}_0").popover("Signaler", ":material/flag:"):
                _report(scope, idea, None)
    form.error("form")


def _support_button(scope: Scope, idea: Idea, found: Around, form: Form) -> None:
    """Who has supported may always take it back; nobody supports her own idea."""
    if found.supported:
        form.button(
            "Retirer mon soutien",
            _act(scope, comments.unsupport_idea, idea, "Votre soutien est retiré."),
            field="support",
            primary=False,
            icon=":material/thumb_down:",
        )
    elif _is_open_to_all(idea) and idea.author_id != scope.reader.person_id:
        form.button(
            "Je la soutiens",
            _act(scope, comments.support_idea, idea, "Vous soutenez cette idée."),
            field="support",
            icon=":material/thumb_up:",
        )


def _follow_button(scope: Scope, idea: Idea, found: Around, form: Form) -> None:
    """Its author is told anyway what happens to it."""
    if found.followed:
        form.button(
            "Ne plus suivre",
            _act(scope, comments.unfollow_idea, idea, "Vous ne suivez plus cette idée."),
            field="follow",
            primary=False,
            icon=":material/notifications_off:",
        )
    elif idea.author_id != scope.reader.person_id:
        form.button(
            "Suivre",
            _act(
                scope,
                comments.follow_idea,
                idea,
                "Vous suivez cette idée : vous serez averti de la suite.",
            ),
            field="follow",
            primary=False,
            icon=":material/notifications:",
        )


def _is_open_to_all(idea: Idea) -> bool:
    return idea.published and not IdeaStatus(idea.status).is_off_path


def _act(scope: Scope, act: object, idea: Idea, message: str):
    # The reader of now, not the one for whom the page was drawn: the act asks for her rights.
    def done(session: Session, reader: Reader) -> str:
        act(session, replace(scope, reader=reader), idea.number)
        return message

    return done


def _withdraw(idea: Idea) -> None:
    form = Form(f"withdraw_{idea.number}")
    st.markdown("Elle reste lisible, avec la mention « Retirée ».")
    st.text_input("Raison (facultative)", key=form.key("reason"))

    def act(session: Session, reader: Reader) -> str:
        withdraw_idea(session, reader, idea.number, form.value("reason") or "")
        return "Votre idée est retirée."

    form.button("Retirer", act)
    form.error("form")


def _report(scope: Scope, idea: Idea, comment_id: int | None) -> None:
    form = Form(f"report_{idea.number}_{comment_id or 0}")
    form.field(
        "reason", st.text_area, "Qu'est-ce qui pose problème ?", height=80, max_chars=COMMENT_MAX
    )

    def act(session: Session, reader: Reader) -> str:
        comments.report_content(
            session,
            replace(scope, reader=reader),
            idea.number,
            comment_id,
            form.value("reason") or "",
        )
        return "Merci : l'équipe du programme va lire votre signalement."

    form.button("Signaler", act)
    form.error("form")


# --- photos, merged entries -----------------------------------------------------------------------


def photos(found: Around, number: int) -> None:
    """The photos of an entry, each a link to itself in full."""
    if not found.photos:
        return
    draw("ideas/photos.html", photos=[_photo(photo, number) for photo in found.photos])


def _photo(photo: Shot, number: int) -> dict:
    message = f"Photo {photo.place} de l’idée n° {number}"
    return {
        "href": f"/photo/{photo.id}",
        "width": photo.width,
        "height": photo.height,
        "message": message,
        "is_seen": photo.seen,
        "is_paper": bool(photo.paper),
    }


def photo_gestures(scope: Scope, card: IdeaCard, found: Around) -> None:
    """For whoever reads before publication: show the photos, or take one away for good."""
    if not found.photos or not may(scope.reader, "idea.publish", card.idea, scope.tree):
        return
    form = Form(f"photos_{card.idea.number}")
    with st.container(horizontal=True, key="cp_photo_gestures"):
        if any(not (photo.seen or photo.paper) for photo in found.photos):
            form.button(
                "Montrer les photos",
                lambda session, reader: (
                    show_photos(session, reader, card.idea.number, scope.tree)
                    and "Les photos sont montrées."
                ),
                icon=":material/visibility:",
                field="show",
                primary=False,
            )
        with st.popover("Supprimer une photo", icon=":material/delete:"):
            places = {photo.id: f"Photo {photo.place}" for photo in found.photos}
            st.selectbox("Photo", list(places), format_func=places.get, key=form.key("photo"))
            form.button(
                "Supprimer pour de bon",
                lambda session, reader: (
                    remove_photo(session, reader, card.idea.number, form.value("photo"), scope.tree)
                    or "La photo est supprimée."
                ),
                field="remove",
                primary=False,
            )
    form.error("form")


def merged(scope: Scope, found: Around) -> None:
    """Where the entry went, or which ones joined it."""
    if found.merged_into:
        draw("ideas/merged_into.html", idea=_named(scope, found.merged_into))
    if found.merged_here:
        draw("ideas/merged_here.html", ideas=[_named(scope, row) for row in found.merged_here])


def _named(scope: Scope, row: Idea) -> tuple[str, str]:
    """An entry inside a sentence, and its address."""
    return f"l’idée n° {row.number}, {row.title}", address("idees", scope, idee=row.number)


# --- comments -------------------------------------------------------------------------------------


def talk(scope: Scope, card: IdeaCard, found: Around) -> None:
    """Comments for all; below them, for the author and for those who answer, their talk and the
    notes.
    """
    idea = card.idea
    section(
        french.counted(len(found.remarks), "commentaire") if found.remarks else "Aucun commentaire"
    )
    _remarks(scope, idea, found.remarks)
    if _is_open_to_all(idea) and may(scope.reader, "idea.take_part"):
        _write(
            scope,
            idea,
            Voice.public,
            "Votre commentaire",
            "Commenter",
            "Votre commentaire est publié.",
        )
    author = scope.reader.person_id is not None and scope.reader.person_id == idea.author_id
    # What was noted in a meeting or imported has nobody at its other end.
    is_heard = idea.author_id is not None or idea.anonymous
    if author or (card.may_answer and is_heard):
        _talk_with_author(scope, idea, found, author)
    if card.may_answer and not author:
        with st.expander(
            "Notes internes" + (f" ({len(found.notes)})" if found.notes else ""),
            icon=":material/sticky_note_2:",
        ):
            st.caption(
                "Lues par les personnes qui répondent, jamais par l'auteur. Une personne nommée par"
                " « @ » en est avertie."
            )
            _remarks(scope, idea, found.notes)
            _note(scope, idea)


def _talk_with_author(scope: Scope, idea: Idea, found: Around, author: bool) -> None:
    with st.expander(
        "Entre l'auteur et ceux qui répondent" + (f" ({len(found.talk)})" if found.talk else ""),
        icon=":material/forum:",
        expanded=bool(found.talk),
    ):
        st.caption("Seuls l'auteur et les personnes qui répondent lisent ces messages.")
        _remarks(scope, idea, found.talk)
        if found.author_waits and not author:
            _acknowledge_button(scope, idea)
        _write(
            scope,
            idea,
            Voice.author if author else Voice.office,
            "Votre message",
            "Envoyer le message",
            "Votre message est envoyé.",
        )


def _acknowledge_button(scope: Scope, idea: Idea) -> None:
    form = Form(f"acknowledge_{idea.number}")
    form.button(
        "Lu, rien à répondre",
        lambda session, reader: (
            comments.acknowledge_message(session, reader, idea.number, scope.tree)
            or "Le message est lu ; il n'attend plus de réponse."
        ),
        primary=False,
        icon=":material/done_all:",
    )
    form.error("form")


def _note(scope: Scope, idea: Idea) -> None:
    """A note; a colleague who is chosen by the first letters of her name is named in it."""
    with reading() as session:
        readers = note_readers(session, scope, session.merge(idea, load=False))
        labels = person_labels(session, scope, readers)
    form = Form(f"say_{Voice.note}_{idea.number}")
    text, chosen = form.key("text"), form.key("named")

    def name_her() -> None:
        if person := st.session_state[chosen]:
            said = str(st.session_state.get(text) or "").rstrip()
            st.session_state[text] = f"{said} @{readers[person]} ".lstrip()
            st.session_state[chosen] = None

    if readers:
        st.selectbox(
            "Nommer un ou une collègue (@)",
            list(readers),
            index=None,
            format_func=labels.get,
            placeholder="Quelques lettres du nom",
            key=chosen,
            on_change=name_her,
        )
    _write(scope, idea, Voice.note, "Votre note", "Ajouter la note", "La note est ajoutée.")


def _write(scope: Scope, idea: Idea, voice: Voice, label: str, button: str, message: str) -> None:
    form = Form(f"say_{voice}_{idea.number}")
    form.field("text", st.text_area, label, height=80, max_chars=COMMENT_MAX)

    def act(session: Session, reader: Reader) -> str:
        comments.comment_idea(
            session, replace(scope, reader=reader), idea.number, form.value("text") or "", voice
        )
        return message

    form.button(button, act, primary=False)
    form.error("form")


def _remarks(scope: Scope, idea: Idea, remarks: Sequence[Remark]) -> None:
    for remark in remarks:
        with st.container(key=f"cp_remark_{remark.id}"):
            draw(
                "ideas/remark.html",
                who=remark.who,
                on=remark.on,
                is_hidden=remark.hidden,
                text=remark.text,
            )
            if remark.voice is Voice.public:
                _remark_gestures(scope, idea, remark)


def _remark_gestures(scope: Scope, idea: Idea, remark: Remark) -> None:
    if may(scope.reader, "idea.moderate"):
        moderate(idea.number, remark.id, remark.hidden)
    elif not remark.mine and may(scope.reader, "idea.take_part"):
        with Form(f"report_{idea.number}_{remark.id}").popover(
            "Signaler ce commentaire", ":material/flag:"
        ):
            _report(scope, idea, remark.id)


def moderate(
    number: int, comment_id: int | None, hidden: bool, what: str = "ce commentaire"
) -> None:
    """For the animateur: hide with a reason, or show again."""
    form = Form(f"moderate_{number}_{comment_id or 0}")
    if hidden:
        form.button(
            f"Rétablir {what}",
            lambda session, reader: (
                comments.restore_content(session, reader, number, comment_id)
                or "C'est de nouveau montré."
            ),
            primary=False,
            icon=":material/visibility:",
        )
        return form.error("form")
    with form.popover(f"Masquer {what}", ":material/visibility_off:"):
        form.field("reason", st.text_input, "Motif")

        def act(session: Session, reader: Reader) -> str:
            comments.hide_content(session, reader, number, comment_id, form.value("reason") or "")
            return "C'est masqué."

        form.button("Masquer", act)
        form.error("form")
