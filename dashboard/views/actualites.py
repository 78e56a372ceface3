"""Actualités: short posts, latest first; written by the programme office, made public by the
Directeur général.
"""

import streamlit as st

from dashboard import cached
from dashboard.access import Reader, may
from dashboard.actions.news import open_post, withdraw_post, write_post
from dashboard.scope import Scope
from dashboard.ui.components import draw, empty_nothing_yet, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.page import page_header
from dashboard.ui.unfolding import unfolding
from models.news import BODY_MAX, TITLE_MAX, Post

_SHOWN = 50


def render(scope: Scope) -> None:
    page_header("Actualités")
    if may(scope.reader, "post.write"):
        form = Form("post")
        unfolding(
            "Écrire une actualité", _fields, form, key="w_post_open", icon=":material/edit_note:"
        )
    posts = cached.posts(scope.reader, cached.today(), _SHOWN)
    if not posts:
        return empty_nothing_yet(
            "Aucune actualité n'a encore été écrite.", ("Revenir à l'accueil", "/")
        )
    with st.container(key="cp_posts", width=760):
        for post in posts:
            _post(scope.reader, post)
    draw("news/feed_link.html")


def _fields(form: Form) -> None:
    form.field("title", st.text_input, "Titre", max_chars=TITLE_MAX)
    form.field(
        "body",
        st.text_area,
        "Texte",
        max_chars=BODY_MAX,
        height=140,
        placeholder="Trois phrases suffisent. N'écrivez pas le nom d'une personne.",
    )
    form.send(
        "Publier pour les agents",
        lambda session, reader: _written(
            write_post(session, reader, str(form.value("title", "")), str(form.value("body", "")))
        ),
        icon=":material/send:",
    )


def _written(post: Post) -> str:
    return f"« {post.title} » est en ligne pour tous les agents."


def _post(reader: Reader, post: Post) -> None:
    draw("news/post.html", post=post, is_public=bool(post.public_on and reader.is_known))
    opens = may(reader, "publication.make") and not post.public_on
    if opens or may(reader, "post.write"):
        with st.container(horizontal=True, key=f"cp_post_acts_{post.id}"):
            if opens:
                _publish_form(post)
            if may(reader, "post.write"):
                Form(f"withdraw_post_{post.id}").send(
                    "Retirer",
                    lambda session, who: (
                        f"« {withdraw_post(session, who, post.id).title} » est retirée."
                    ),
                    primary=False,
                    icon=":material/delete:",
                )


def _publish_form(post: Post) -> None:
    """« Rendre publique », with a confirmation."""
    form = Form(f"open_post_{post.id}")
    with form.popover("Rendre publique", ":material/public:"):
        paragraph("Aujourd'hui les agents la lisent ; ensuite tout le monde, sans compte.")
        form.button(
            "Oui, la rendre publique",
            lambda session, who: (
                f"« {open_post(session, who, post.id).title} » se lit aussi sans compte."
            ),
        )
    form.first_error()
