"""Blocks of the news (actualités): the form of a post, a post with what may be done with it."""

import streamlit as st

from dashboard.access import Reader, may
from dashboard.actions.news import open_post, withdraw_post, write_post
from dashboard.ui.components import draw, paragraph
from dashboard.ui.forms import Form
from models.news import BODY_MAX, TITLE_MAX, Post


def post_fields(form: Form) -> None:
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
        lambda session, reader: write_post(session, reader, form.text("title"), form.text("body")),
        icon=":material/send:",
        done=lambda post: f"« {post.title} » est en ligne pour tous les agents.",
    )


def post_block(reader: Reader, post: Post) -> None:
    draw("news/post.html", post=post, is_public=bool(post.public_on and reader.is_known))
    opens = may(reader, "publication.make") and not post.public_on
    if opens or may(reader, "post.write"):
        with st.container(horizontal=True, key=f"cp_post_acts_{post.id}"):
            if opens:
                _publish_form(post)
            if may(reader, "post.write"):
                Form(f"withdraw_post_{post.id}").send(
                    "Retirer",
                    lambda session, who: withdraw_post(session, who, post.id),
                    primary=False,
                    icon=":material/delete:",
                    done=f"« {post.title} » est retirée.",
                )


def _publish_form(post: Post) -> None:
    """« Rendre publique », with a confirmation."""
    form = Form(f"open_post_{post.id}")
    with form.popover("Rendre publique", ":material/public:"):
        paragraph("Aujourd'hui les agents la lisent ; ensuite tout le monde, sans compte.")
        form.button(
            "Oui, la rendre publique",
            lambda session, who: open_post(session, who, post.id),
            done=f"« {post.title} » se lit aussi sans compte.",
        )
    form.first_error()
