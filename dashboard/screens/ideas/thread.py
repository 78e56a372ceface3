"""The history of an idea as a navigable picture (fil): its origins, the entry, its consequences."""

from itertools import groupby

import streamlit as st

from dashboard import cached, french
from dashboard.actions.ideas.threads import IDEA, ROLES, end_link, link_idea
from dashboard.figures.kinds import every_value
from dashboard.queries.ideas.threads import KINDS, Node, Thread, ends_offered, thread
from dashboard.scope import Scope
from dashboard.screens.ideas.similar import idea_field
from dashboard.ui.components import draw
from dashboard.ui.forms import Form, rerun_after_act
from dashboard.ui.unfolding import gesture, gestures
from dashboard.visit.navigation import address
from models.database import fetch, reading
from models.ideas import Idea
from models.links import LinkRole


def figure_names() -> dict[str, str]:
    """Code → label of every value that a link may point to."""
    streams = [stream.id for stream in cached.roadmap().workstreams]
    return {value.code: value.label for _, value in every_value(streams)}


def thread_of(scope: Scope, idea: Idea) -> Thread:
    """The links of an entry, as far as the reader may see them."""
    return fetch(thread, scope, (IDEA, str(idea.id)))


@st.fragment
def link_gestures(scope: Scope, idea: Idea, history: Thread) -> None:
    """The forms of a link, for those who may add one."""
    rerun_after_act()
    link_form = Form(f"link_{idea.number}")
    folds = [gesture(link_form, "Relier cette idée", "add_link", _form, scope, idea)]
    if own_links := _own_links(history, idea):
        unlink = ("Mettre fin à un lien", "link_off", _unlink_form, scope, own_links)
        folds.append(gesture(Form("unlink"), *unlink))
    gestures(folds, "cp_links")


def thread_picture(scope: Scope, history: Thread) -> None:
    """One column per distance, left to right; top to bottom on a phone."""
    roles = {(link.to_kind, link.to_key): LinkRole(link.role) for link in history.links}
    columns = []
    for distance, nodes in groupby(history.nodes, key=lambda node: node.distance):
        views = [_node(scope, node, roles) for node in nodes]
        columns.append({"nodes": views, "is_here": distance == 0})
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
    st.selectbox(
        label,
        list(offered),
        format_func=offered.get,
        index=None,
        placeholder="Choisissez",
        key=form.key(f"key_{kind}"),
    )
    form.error("key")


def _own_links(history: Thread, idea: Idea) -> dict[int, str]:
    """Id → title of the links that start from this entry."""
    titles = {(node.kind, node.key): node.title for node in history.nodes}
    return {
        link.id: titles[link.to_kind, link.to_key]
        for link in history.links
        if (link.from_kind, link.from_key) == (IDEA, str(idea.id))
    }


def _unlink_form(scope: Scope, own_links: dict[int, str]) -> None:
    form = Form("unlink")
    st.selectbox("Lien", list(own_links), format_func=own_links.get, key=form.key("link"))
    form.send(
        "Mettre fin",
        lambda session, reader: (
            end_link(session, reader, form.value("link"), scope.tree)
            or f"Le lien prend fin le {french.day(scope.on)}."
        ),
        primary=False,
    )
