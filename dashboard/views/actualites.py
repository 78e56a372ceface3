"""Actualités: short posts, latest first; written by the programme office, made public by the
Directeur général.
"""

import streamlit as st

from dashboard import cached
from dashboard.access import may
from dashboard.scope import Scope
from dashboard.screens.home import post_block, post_fields
from dashboard.ui.address import page_header
from dashboard.ui.components import draw, empty_nothing_yet
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import unfolding

_SHOWN = 50


def render(scope: Scope) -> None:
    page_header("Actualités")
    if may(scope.reader, "post.write"):
        form = Form("post")
        unfolding(
            "Écrire une actualité",
            post_fields,
            form,
            key="w_post_open",
            icon=":material/edit_note:",
        )
    posts = cached.posts(scope.reader, cached.today(), _SHOWN)
    if not posts:
        return empty_nothing_yet(
            "Aucune actualité n'a encore été écrite.", ("Revenir à l'accueil", "/")
        )
    with st.container(key="cp_posts", width=760):
        for post in posts:
            post_block(scope.reader, post)
    draw("news/feed_link.html")
