"""Lists and forms of offers and wishes: what colleagues can teach or want to learn, and notes
shared by managers.
"""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from dashboard import french
from dashboard.actions.interests import LONGEST, end_offer, write_offer
from dashboard.queries.offers import Offered
from dashboard.scope import Scope
from dashboard.ui.components import draw, framed, stacked
from dashboard.ui.forms import Form
from models.communities import InterestKind


def offer_fields(kind: InterestKind, labels: tuple[str, str], note: str, button: str) -> None:
    """The form of an offer or a wish: its title and text, with the given labels and note."""
    form = Form(f"offer_{kind}")
    title_max, text_max = LONGEST[kind]
    form.field("title", st.text_input, labels[0], default="", max_chars=title_max)
    height = 160 if kind is InterestKind.practice else None
    form.field("text", st.text_area, labels[1], default="", height=height, max_chars=text_max)
    st.caption(note)
    form.send(
        button,
        lambda session, reader: write_offer(
            session, reader, kind, form.text("title"), form.text("text")
        ),
        done=lambda made: f"« {made.title} » est affiché.",
    )


def offers(scope: Scope, rows: Sequence[Offered]) -> None:
    """One frame each; the reader may withdraw her own."""
    for is_hers, has_rows in groupby(
        rows, lambda row: row.record.person_id == scope.reader.person_id
    ):
        if is_hers:
            for row in has_rows:
                _own(row)
        else:
            with stacked():
                for row in has_rows:
                    with framed():
                        _offer(row)


def _own(row: Offered) -> None:
    kind = InterestKind(row.record.kind)
    label, ended = "Retirer", "C'est retiré."
    if kind is InterestKind.practice:
        label, ended = "Retirer ma fiche", "La fiche est retirée."
    with st.container(border=True, key=f"cp_offer_{row.record.id}"):
        _offer(row)
        Form(f"end_offer_{row.record.id}").send(
            label,
            lambda session, reader: end_offer(session, reader, kind, row.record.id),
            primary=False,
            done=ended,
        )


def _offer(row: Offered) -> None:
    offer = row.record
    who = " · ".join(filter(None, (row.name, row.function, french.day(offer.on))))
    meets = f"À rencontrer : {', '.join(row.meets)}" if row.meets else ""
    is_practice = offer.kind == InterestKind.practice
    template = "practices/note.html" if is_practice else "skills/offer.html"
    draw(template, title=offer.title, text=offer.text, who=who, meets=meets)
