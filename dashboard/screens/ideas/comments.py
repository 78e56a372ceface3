"""Blocks around an entry, for its readers: support, following, photos, comments, the exchange with
the author, reports.
"""

from dataclasses import replace
from itertools import groupby

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.discussions import acknowledge_message
from dashboard.actions.ideas.filing import withdraw_idea
from dashboard.actions.ideas.photos import remove_photo, show_photos
from dashboard.actions.ideas.threads import IDEA, ROLES, end_link, link_idea
from dashboard.figures.kinds import every_value
from dashboard.queries.discussions.threads import Discussion
from dashboard.queries.ideas.card import Around, IdeaCard, note_readers
from dashboard.queries.ideas.threads import KINDS, Node, Thread, ends_offered
from dashboard.queries.people.readers import person_labels
from dashboard.scope import Scope
from dashboard.screens.discussions import remarks, report_box, support_row, write_box
from dashboard.screens.ideas.fields import idea_field
from dashboard.ui.components import draw, section
from dashboard.ui.forms import Form, rerun_after_act
from dashboard.ui.unfolding import Fold, gesture, gestures, unfoldings
from dashboard.visit.navigation import address
from models.database import reading
from models.discussions import ContributionKind, LinkRole
from models.idea_states import IdeaStatus
from models.ideas import Idea


def take_part(scope: Scope, card: IdeaCard, around: Around) -> None:
    """One row: the number of supporters, « je la soutiens », « suivre »; for its author « retirer
    ».
    """
    if not may(scope.reader, "idea.take_part"):
        return
    idea = card.idea
    form, withdrawing = Form(f"part_{idea.number}"), Form(f"withdraw_{idea.number}")
    is_own = idea.author_id == scope.reader.person_id
    with form.row(vertical_alignment="center", key="cp_take_part"):
        support_row(scope, around.discussion, form, True, not card.may_answer)
        if is_own and idea.can_become(IdeaStatus.withdrawn):
            with st.popover("Retirer mon idée", icon=":material/delete:"):
                st.markdown("Elle reste lisible, avec la mention « Retirée ».")
                st.text_input("Raison (facultative)", key=withdrawing.key("reason"))
                withdrawing.send(
                    "Retirer",
                    lambda session, reader: withdraw_idea(
                        session, reader, idea.number, withdrawing.text("reason")
                    ),
                    done="Votre idée est retirée.",
                )
        if idea.published and not is_own:
            report_box(scope, around.discussion.at, None)


# --- photos, merged entries -----------------------------------------------------------------------


def photo_gestures(scope: Scope, card: IdeaCard, around: Around) -> None:
    """The photos; for moderators before publication: publishing them, or deleting one."""
    if not around.photos:
        return
    draw("ideas/photos.html", photos=around.photos, number=card.idea.number)
    if not may(scope.reader, "idea.publish", card.idea, scope.tree):
        return
    form = Form(f"photos_{card.idea.number}")
    with form.row(key="cp_photo_gestures"):
        if any(not (photo.seen or photo.paper) for photo in around.photos):
            form.button(
                "Montrer les photos",
                show_photos,
                card.idea.number,
                scope.tree,
                done="Les photos sont montrées.",
                icon=":material/visibility:",
                field="show",
                primary=False,
            )
        with st.popover("Supprimer une photo", icon=":material/delete:"):
            places = {photo.id: f"Photo {photo.place}" for photo in around.photos}
            form.pick("photo", "Photo", places, index=0)
            form.button(
                "Supprimer pour de bon",
                lambda session, reader: (
                    remove_photo(session, reader, card.idea.number, form.value("photo"), scope.tree)
                    or "La photo est supprimée."
                ),
                field="remove",
                primary=False,
            )


def merged(scope: Scope, around: Around) -> None:
    """The entry it was merged into, the entries merged into it, and those that say the same."""
    into, here, also = (
        [
            (f"l'idée n° {row.number}, {row.title}", address("idees", scope, idee=row.number))
            for row in filter(None, rows)
        ]
        for rows in ([around.merged_into], around.merged_here, around.also_said)
    )
    draw("ideas/merged.html", into=into, here=here, also=also)


# --- comments -------------------------------------------------------------------------------------


def talk(scope: Scope, card: IdeaCard, around: Around) -> None:
    """Comments for all readers; below, for the author and those who answer, their exchange and the
    notes.
    """
    idea = card.idea
    talked = around.discussion
    count = len(talked.remarks)
    section(french.counted(count, "commentaire") if count else "Aucun commentaire")
    takes_part = may(scope.reader, "idea.take_part")
    remarks(scope, talked, talked.remarks, takes_part)
    if takes_part and not talked.at.closed:
        write_box(
            scope,
            talked.at,
            ContributionKind.comment,
            "Votre commentaire",
            "Commenter",
            "Votre commentaire est publié.",
        )
    author = scope.reader.person_id is not None and scope.reader.person_id == idea.author_id
    # Entries from meetings or imports have no author to talk to.
    is_heard = idea.author_id is not None or idea.anonymous
    folds = []
    if author or (card.may_answer and is_heard):
        folds.append(
            Fold(
                _counted("Entre l'auteur et ceux qui répondent", len(talked.messages)),
                _talk_with_author,
                (scope, idea, around, author),
                f"w_talk_{idea.number}",
                ":material/forum:",
                starts_open=bool(talked.messages),
            )
        )
    if card.may_answer and not author:
        folds.append(
            Fold(
                _counted("Notes internes", len(talked.notes)),
                _notes,
                (scope, idea, talked),
                f"w_notes_{idea.number}",
                ":material/sticky_note_2:",
            )
        )
    if folds:
        unfoldings(folds)


def _counted(title: str, count: int) -> str:
    return f"{title} ({count})" if count else title


def _talk_with_author(scope: Scope, idea: Idea, around: Around, author: bool) -> None:
    talked = around.discussion
    st.caption("Seuls l'auteur et les personnes qui répondent lisent ces messages.")
    remarks(scope, talked, talked.messages)
    if around.author_waits and not author:
        Form(f"acknowledge_{idea.number}").send(
            "Lu, rien à répondre",
            lambda session, reader: (
                acknowledge_message(session, replace(scope, reader=reader), str(idea.id))
                or "Le message est lu ; il n'attend plus de réponse."
            ),
            primary=False,
            icon=":material/done_all:",
        )
    write_box(
        scope,
        talked.at,
        ContributionKind.author if author else ContributionKind.office,
        "Votre message",
        "Envoyer le message",
        "Votre message est envoyé.",
    )


def _notes(scope: Scope, idea: Idea, talked: Discussion) -> None:
    """The notes, and one more; a colleague chosen by name is mentioned in it."""
    st.caption(
        "Lues par les personnes qui répondent, jamais par l'auteur. Une personne nommée par"
        " « @ » en est avertie."
    )
    remarks(scope, talked, talked.notes)
    with reading() as session:
        readers = note_readers(session, scope, session.merge(idea, load=False))
        labels = person_labels(session, scope, readers)
    form = Form(f"say_{ContributionKind.note}_{talked.at.key}")
    text, chosen = form.key("text"), form.key("named")

    def name_her() -> None:
        if person := st.session_state[chosen]:
            typed = str(st.session_state.get(text) or "").rstrip()
            st.session_state[text] = f"{typed} @{readers[person]} ".lstrip()
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
    write_box(
        scope,
        talked.at,
        ContributionKind.note,
        "Votre note",
        "Ajouter la note",
        "La note est ajoutée.",
    )


def figure_names() -> dict[str, str]:
    """Code → label of every value that a link may point to."""
    streams = [stream.id for stream in cached.roadmap().workstreams]
    return {value.code: value.label for _, value in every_value(streams)}


@st.fragment
def link_gestures(scope: Scope, idea: Idea, history: Thread) -> None:
    rerun_after_act()
    folds = [
        gesture(Form(f"link_{idea.number}"), "Relier cette idée", "add_link", _form, scope, idea)
    ]
    # Those that start from this entry, by title.
    titles = {(node.kind, node.key): node.title for node in history.nodes}
    own_links = {
        link.id: titles[link.to_kind, link.to_key]
        for link in history.links
        if (link.from_kind, link.from_key) == (IDEA, str(idea.id))
    }
    if own_links:
        unlink = ("Mettre fin à un lien", "link_off", _unlink_form, scope, own_links)
        folds.append(gesture(Form("unlink"), *unlink))
    gestures(folds, "cp_links")


def thread_picture(scope: Scope, history: Thread) -> None:
    """One column per distance, left to right; top to bottom on a phone."""
    roles = {(link.to_kind, link.to_key): LinkRole(link.role) for link in history.links}
    columns = []
    for distance, nodes in groupby(history.nodes, key=lambda node: node.distance):
        columns.append(
            {"nodes": [_node(scope, node, roles) for node in nodes], "is_here": distance == 0}
        )
    draw("threads/thread.html", columns=columns)


def _node(scope: Scope, node: Node, roles: dict) -> dict:
    role = roles.get((node.kind, node.key))
    title = node.title
    if node.kind == "chiffre":
        title = f"Chiffre : {figure_names().get(node.key, title)}"
    return {
        "role": role.label if role else "",
        "title": title,
        "href": address(node.page, scope, **node.params) if node.distance else "",
        "state": node.state,
    }


def _form(scope: Scope, idea: Idea) -> None:
    form = Form(f"link_{idea.number}")
    st.selectbox("À quoi ?", list(ROLES), format_func=KINDS.get, key=form.key("kind"))
    kind = form.value("kind") or IDEA
    # A field per kind: a chosen decision is meaningless among milestones.
    field = f"key_{kind}"
    if kind == IDEA:
        idea_field(form, scope, field, "Laquelle ?")
        form.error("key")
    else:
        end_field(form, scope, kind)
    form.send(
        "Relier",
        lambda session, reader: link_idea(
            session,
            reader,
            idea.number,
            kind,
            str(form.value(field) or ""),
            scope.tree,
            figure_names(),
        ),
        done="Le lien est enregistré.",
    )


def end_field(form: Form, scope: Scope, kind: str, label: str = "Lequel ou laquelle ?") -> None:
    """The records of this kind, by name; the value of `key_{kind}` is the chosen one."""
    with reading() as session:
        offered = figure_names() if kind == "chiffre" else ends_offered(session, scope, kind)
    form.pick(f"key_{kind}", label, offered)
    form.error("key")


def _unlink_form(scope: Scope, own_links: dict[int, str]) -> None:
    form = Form("unlink")
    form.pick("link", "Lien", own_links, index=0)
    form.send(
        "Mettre fin",
        lambda session, reader: (
            end_link(session, reader, form.value("link"), scope.tree)
            or f"Le lien prend fin le {french.day(scope.on)}."
        ),
        primary=False,
    )
