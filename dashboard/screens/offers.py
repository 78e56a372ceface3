"""Offers and wishes as lists and forms: what colleagues can teach or would like to learn, and the
notes that managers share.
"""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from dashboard import french
from dashboard.actions.offers import LONGEST, end_offer, write_offer
from dashboard.queries.offers import Offered
from dashboard.scope import Scope
from dashboard.ui.blocks import framed, stacked
from dashboard.ui.components import draw
from dashboard.ui.forms import Form
from models.communities import InterestKind

_TEMPLATES = {InterestKind.practice: "practices/note.html"}
_ENDED = {InterestKind.practice: ("Retirer ma fiche", "La fiche est retirée.")}


def offer_fields(kind: InterestKind, labels: tuple[str, str], note: str, button: str) -> None:
    """The form of an offer or a wish: its title and text, and what is shown beside them."""
    form = Form(f"offer_{kind}")
    title_max, text_max = LONGEST[kind]
    form.field("title", st.text_input, labels[0], default="", max_chars=title_max)
    height = 160 if kind is InterestKind.practice else None
    form.field("text", st.text_area, labels[1], default="", height=height, max_chars=text_max)
    st.caption(note)
    form.send(
        button,
        lambda session, reader: _written(
            write_offer(
                session,
                reader,
                kind,
                str(form.value("title") or ""),
                str(form.value("text") or ""),
            ).title
        ),
    )


def _written(title: str) -> str:
    return f"« {title} » est affiché."


def offers(scope: Scope, rows: Sequence[Offered]) -> None:
    """One frame each; those that are the reader's own she may take back."""
    for is_hers, some in groupby(rows, lambda row: row.record.person_id == scope.reader.person_id):
        if is_hers:
            for row in some:
                _own(row)
        else:
            with stacked():
                for row in some:
                    with framed():
                        _offer(row)


def _own(row: Offered) -> None:
    kind = InterestKind(row.record.kind)
    label, ended = _ENDED.get(kind, ("Retirer", "C'est retiré."))
    with st.container(border=True, key=f"cp_offer_{row.record.id}"):
        _offer(row)
        Form(f"end_offer_{row.record.id}").send(
            label,
            lambda session, reader: end_offer(session, reader, kind, row.record.id) or ended,
            primary=False,
        )


def _offer(row: Offered) -> None:
    one = row.record
    who = " · ".join(filter(None, (row.name, row.function, french.day(one.on))))
    meets = f"À rencontrer : {', '.join(row.meets)}" if row.meets else ""
    template = _TEMPLATES.get(InterestKind(one.kind), "skills/offer.html")
    draw(template, title=one.title, text=one.text, who=who, meets=meets)
