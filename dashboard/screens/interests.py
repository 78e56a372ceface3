"""What marks of interest, communities and offers ask: a role in an activity, the reach of an
ambassador; lists and forms of offers and wishes.
"""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from dashboard import french
from dashboard.actions.interests import LONGEST, end_offer, write_offer
from dashboard.queries.interests import ACADEMY, GROUPS, Offered
from dashboard.scope import Scope
from dashboard.ui.components import draw, framed, stacked
from dashboard.ui.forms import Form
from models.communities import AmbassadorReach, InterestKind
from models.directions import UnitKind

LEAD = "Dites ce qui vous intéresse : quelqu'un vous recontacte."
MARKED = "Merci : c'est noté. Quelqu'un de l'équipe du programme vous recontacte."
ROLES = {
    ACADEMY: ("Suivre une formation", "Transmettre un savoir-faire"),
    GROUPS: ("Participer à un groupe", "Faciliter un groupe"),
}


def reach_fields(
    form: Form, scope: Scope, reach: str, services: frozenset[int] = frozenset()
) -> None:
    """How far an ambassador reaches, and the other services she covers."""
    st.radio(
        "Jusqu'où ?",
        list(AmbassadorReach),
        format_func=lambda reach: reach.label,
        key=form.default("reach", AmbassadorReach(reach)),
    )
    if form.value("reach") == AmbassadorReach.several:
        # Service → « Parcs (Espaces verts) », in the order of the chart.
        names = {
            unit.id: f"{unit.name} ({scope.tree.by_id[unit.parent].name})"
            if unit.parent
            else unit.name
            for unit, _ in scope.tree.walk()
            if unit.kind == UnitKind.service
        }
        form.field(
            "services",
            st.multiselect,
            "Les autres services couverts",
            list(names),
            default=[unit for unit in services if unit in names],
            format_func=names.get,
            placeholder="Choisissez",
        )


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
            end_offer,
            kind,
            row.record.id,
            primary=False,
            done=ended,
        )


def _offer(row: Offered) -> None:
    offer = row.record
    told_on = f"proposé le {french.day(offer.on)}"
    who = " · ".join(filter(None, (row.name, row.function, told_on)))
    meets = f"À rencontrer : {', '.join(row.meets)}" if row.meets else ""
    is_practice = offer.kind == InterestKind.practice
    template = "practices/note.html" if is_practice else "skills/offer.html"
    draw(template, title=offer.title, text=offer.text, who=who, meets=meets)
