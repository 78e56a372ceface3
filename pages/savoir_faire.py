"""Savoir-faire: what colleagues can teach, what colleagues would like to learn, and who could
meet whom.
"""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from dashboard import french
from dashboard.access import may
from dashboard.actions.academy.skills import declare_skill, end_skill
from dashboard.cached.academy import open_skills, revealed_skills
from dashboard.queries.academy.skills import Offered, Revealed
from dashboard.scope import Scope
from dashboard.ui.blocks import framed, stacked
from dashboard.ui.components import draw, empty_nothing_yet, heading, page_header
from dashboard.ui.forms import Form, say_what_was_done
from dashboard.ui.tables import link, table
from dashboard.ui.unfolding import Fold, unfolding, unfoldings
from dashboard.visit.navigation import address, current_scope

_TITLES = {
    True: "Ce que des collègues peuvent transmettre",
    False: "Ce que des collègues voudraient apprendre",
}


def render(scope: Scope) -> None:
    page_header(
        "Savoir-faire",
        "Par nos agents, pour nos agents : qui peut transmettre quoi, qui voudrait apprendre quoi.",
        trail=(("Académie", address("academie", scope)),),
    )
    say_what_was_done()
    if may(scope.reader, "seat.register"):
        unfoldings(
            [
                _declaring(True, "J'ai un savoir-faire à transmettre", ":material/school:"),
                _declaring(False, "Ce que je voudrais apprendre", ":material/lightbulb:"),
            ]
        )
    found = open_skills()
    _revealed(scope, revealed_skills(scope))
    if not found:
        return empty_nothing_yet(
            "Personne n'a encore dit ce qu'il peut transmettre ou voudrait apprendre : commencez."
        )
    for teaches in (True, False):
        _list(scope, _TITLES[teaches], [item for item in found if item.skill.teaches == teaches])


def _declaring(teaches: bool, title: str, icon: str) -> Fold:
    return Fold(title, _fields, (teaches,), f"w_skill_{teaches}", icon)


def _fields(teaches: bool) -> None:
    form = Form(f"skill_{teaches}")
    form.field("title", st.text_input, "En quelques mots", default="", max_chars=120)
    form.field("text", st.text_area, "Précision (facultatif)", default="", max_chars=1000)
    st.caption(
        "Votre nom et votre fonction sont affichés à côté, pour que l'on puisse vous contacter."
    )
    form.button(
        "Publier",
        lambda session, reader: _declared(
            declare_skill(
                session,
                reader,
                teaches,
                str(form.value("title") or ""),
                str(form.value("text") or ""),
            )
        ),
    )
    form.error("form")


def _declared(skill) -> str:
    return f"« {skill.title} » est affiché."


def _revealed(scope: Scope, rows: Sequence[Revealed]) -> None:
    """What ideas let one see: a skill is missing, and perhaps a colleague has it."""
    if not rows:
        return
    unfolding(
        "Ce que des idées laissent voir : un savoir-faire manque",
        _revealed_table,
        scope,
        rows,
        key="w_revealed",
        icon=":material/lightbulb:",
    )


def _revealed_table(scope: Scope, rows: Sequence[Revealed]) -> None:
    table(
        ("Idée", "Qui pourrait y répondre"),
        [
            (
                link(row.title, address("idees", scope, idee=row.number)),
                " ; ".join(row.meets) or "personne encore",
            )
            for row in rows
        ],
        "Idées qui disent qu'un savoir-faire manque",
    )


def _list(scope: Scope, title: str, rows: Sequence[Offered]) -> None:
    if not rows:
        return
    heading(title)
    for is_hers, some in groupby(rows, lambda row: row.skill.person_id == scope.reader.person_id):
        if is_hers:
            for row in some:
                _own(row)
        else:
            with stacked():
                for row in some:
                    _of_another(row)


def _of_another(row: Offered) -> None:
    with framed():
        _offer(row)


def _own(row: Offered) -> None:
    """One that she may take back."""
    with st.container(border=True, key=f"cp_skill_{row.skill.id}"):
        _offer(row)
        form = Form(f"end_skill_{row.skill.id}")
        form.button(
            "Retirer",
            lambda session, reader: end_skill(session, reader, row.skill.id) or "C'est retiré.",
            primary=False,
        )
        form.first_error()


def _offer(row: Offered) -> None:
    who = " · ".join(filter(None, (row.name, row.function, french.day(row.skill.on))))
    meets = f"À rencontrer : {', '.join(row.meets)}" if row.meets else ""
    draw("skills/offer.html", title=row.skill.title, text=row.skill.text, who=who, meets=meets)


render(current_scope())
