"""The front page without an account (version publique): the sign-in, and what the Directeur général
made public.

Figures, workstreams and milestones are those of the publication, with its date, and never computed
again; ideas carried out and posts are read as they are today, those that are public.
"""

import streamlit as st

from dashboard import cached, french
from dashboard.access import NOBODY
from dashboard.queries.news import LastPublication
from dashboard.screens.front import Stair, activities, done_list, hero, post_list
from dashboard.ui.components import cards, draw, note_unread, paragraph, workstream_rows
from dashboard.ui.figures import public_card, public_workstream, published_when
from dashboard.ui.tables import link, table, terms
from dashboard.visit.sign_in_screen import DemonstrationAccount, sign_in_form
from seed.demonstration import DEMO_ACCOUNTS, DEMO_PASSWORD

_POSTS = 4


def front() -> None:
    """The whole page: head, sign-in, publication, news, how to take part."""
    shown = cached.published()
    _head(shown)
    left, right = st.columns([2, 3], gap="large")
    with left:
        sign_in("Se connecter", level=2)
    with right:
        note_unread(cached.last_published())
        if shown:
            situation(shown)
        post_list(cached.posts(NOBODY, cached.today(), _POSTS))
    if shown:
        done_list([(title, "", answer) for _, title, answer in shown.done])
    activities(cached.activities())


def sign_in(heading: str, level: int = 1) -> None:
    """The sign-in in place, with the accounts of a demonstration on a demonstration database
    only.
    """
    if cached.kind().demonstration:
        accounts = [DemonstrationAccount(*account) for account in DEMO_ACCOUNTS]
        sign_in_form(heading, accounts, DEMO_PASSWORD, level)
    else:
        sign_in_form(heading, level=level)
    paragraph(link("Déclaration d’accessibilité", "/accessibilite"))


def _head(shown: LastPublication | None) -> None:
    calls = (
        ("Déposer une idée sans compte", "edit_square", "/deposer"),
        ("Poser une marque d'intérêt", "front_hand", "/marques-interet"),
    )
    streams = len(cached.roadmap().streams(cached.today()))
    sentence = (
        "Notre administration se transforme avec ses agents : cinq ambitions,"
        f" {french.in_words(streams)} {french.plural(streams, 'chantier')}, quatre façons de"
        " participer."
    )
    if not shown:
        return hero("La transformation, avec vous", sentence, calls)
    stairs = [Stair(stream.number, stream.done) for stream in shown.situation.workstreams]
    advance = next((f for f in shown.situation.figures if f.code == "avancement"), None)
    if advance is None:
        return hero("La transformation, avec vous", sentence, calls, stairs)
    caption = f"de la feuille de route était fait au {french.day_long(shown.au)}"
    hero(
        "La transformation, avec vous",
        sentence,
        calls,
        stairs,
        french.percent(advance.value),
        caption,
    )


def situation(shown: LastPublication) -> None:
    """What was published, with both dates; the list of milestones one click away."""
    draw("public/situation.html", when=published_when(shown), word=shown.word)
    cards([public_card(figure) for figure in shown.situation.figures], level=3)
    streams = [public_workstream(s) for s in shown.situation.workstreams]
    workstream_rows(streams, french.sentence_case(french.every(len(streams), "chantier")))
    with st.expander("Les jalons : échéance et date atteinte", key="w_public_milestones"):
        table(
            ("N°", "Jalon", "Échéance", "Atteint le"),
            [
                (
                    m.number,
                    m.title,
                    french.day(m.due),
                    french.day(m.reached_on) if m.reached_on else "–",
                )
                for m in shown.situation.milestones
            ],
            "Jalons de la feuille de route, situation publiée",
        )
    with st.expander("Ce que chaque chiffre compte", key="w_public_definitions"):
        terms([(figure.label, figure.definition) for figure in shown.situation.figures])
