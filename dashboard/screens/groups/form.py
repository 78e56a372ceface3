"""Forms of the progress groups: one's own place; for those who lead a group, its texts, steps,
people, deliverables, documents and ideas.
"""

from collections.abc import Callable, Iterator, Sequence

import streamlit as st

from dashboard import french
from dashboard.access import Reach, may, reach
from dashboard.actions.groups import records as acts
from dashboard.actions.groups import steps
from dashboard.actions.interests import mark_interest
from dashboard.queries import interests
from dashboard.queries.groups import GROUPS, GroupAt
from dashboard.queries.people.choices import colleagues, person_labels
from dashboard.scope import Scope
from dashboard.screens.groups.work_form import (
    WRITE,
    deliverable_forms,
    document_form,
    ideas_form,
    outcome_form,
)
from dashboard.screens.reference.form import record_fields
from dashboard.ui.components import heading, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import Fold, unfolding, unfoldings
from models.communities import Interest
from models.database import reading
from models.directions import UnitKind
from models.groups import DocumentKind, GroupState
from models.ideas import Idea
from models.links import Link

LONGEST_TEXT = 2000


# ── For oneself ───────────────────────────────────────────────────────────────────────────────────


def place_block(group: GroupAt, scope: Scope) -> None:
    """Rejoindre, quitter; for a group that is full, « me prévenir si une place se libère »."""
    if not may(scope.reader, "group.join") or group.state.is_over:
        return
    own_seat = any(seat.person_id == scope.reader.person_id for seat in group.seats)
    form = Form(f"place_{group.code}")
    if own_seat:
        paragraph("Vous faites partie de ce groupe.")
        form.button(
            "Quitter le groupe",
            lambda session, reader: (
                "Vous ne faites plus partie du groupe"
                f" {acts.leave_group(session, reader, group.id).code}."
            ),
            primary=False,
            icon=":material/logout:",
        )
    elif group.is_looking:
        places = french.counted(group.places, "place")
        paragraph(
            f"{places} à prendre. On y vient volontairement, de tous les métiers, environ deux"
            " heures toutes les trois semaines."
        )
        form.button(
            "Rejoindre le groupe",
            lambda session, reader: (
                f"Bienvenue dans le groupe {acts.join_group(session, reader, group.id).code}."
            ),
            icon=":material/group_add:",
        )
    elif group.state.takes_members:
        paragraph("Le groupe est complet.")
        form.button(
            "Me prévenir si une place se libère",
            lambda session, reader: mark_interest(
                session, reader, Interest(activity=interests.GROUPS, group_id=group.id)
            ),
            primary=False,
            icon=":material/notifications:",
            done=f"Votre intérêt pour le groupe {group.code} est noté : la cellule vous recontacte"
            " si une place se libère.",
        )
    form.first_error()


# ── The group ─────────────────────────────────────────────────────────────────────────────────────


def create_form(scope: Scope) -> None:
    """Starting a group, by the programme office."""
    # Facilitators have this right too, but only for their own group.
    if reach(scope.reader, "group.manage") != Reach.all:
        return
    form = Form("new_group")
    unfolding(
        "Constituer un groupe", _create_fields, form, key="w_new_group", icon=":material/add:"
    )


def _create_fields(form: Form) -> None:
    _group_fields(form, None)
    form.send(
        "Constituer le groupe",
        lambda session, reader: acts.create_group(session, reader, form.values(_LABELS)),
        done=lambda group: f"Le groupe {group.code} est constitué.",
    )


_LABELS = {
    "title": "Nom du groupe",
    "problem": "Le problème",
    "ambition": "Ambition",
    "sponsor": "Commanditaire",
    "wanted": "Membres cherchés",
}
_EXAMPLES = {"sponsor": "Par exemple : Inspecteur général Vie citoyenne"}


def _group_fields(form: Form, group: GroupAt | None) -> None:
    form.opens_with(GROUPS.shown(group, _LABELS))
    record_fields(form, GROUPS, _LABELS, examples=_EXAMPLES)


# ── For who leads it ──────────────────────────────────────────────────────────────────────────────


def lead_block(group: GroupAt, scope: Scope, taken: Sequence[tuple[Idea, Link]]) -> None:
    """All forms of facilitators and the programme office, each in its own fold: text typed in one
    survives opening another.
    """
    if not may(scope.reader, "group.manage", group):
        return
    heading("Faire vivre le groupe")
    unfoldings(
        [
            Fold(title, draw, given, f"w_fold_{name}_{group.code}", f":material/{icon}:")
            for name, title, icon, draw, *given in _folds(group, scope, taken)
        ]
    )
    if len(group.steps) > 1:
        Form(f"undo_{group.code}").send(
            "Annuler la dernière étape",
            lambda session, reader: (
                f"« {steps.undo_state(session, reader, group.id).label} » est annulé."
            ),
            primary=False,
            icon=":material/undo:",
        )


def _folds(group: GroupAt, scope: Scope, taken: Sequence[tuple[Idea, Link]]) -> Iterator[tuple]:
    """Name, title, icon, form and its arguments."""
    if not group.state.is_over:
        title = f"Passer à l'étape « {group.state.following.label} »"
        yield "step", title, "arrow_forward", _step_form, group, scope
        for kind in DocumentKind:
            yield kind, WRITE[kind], "edit_document", document_form, group, kind, scope
        yield "deliverables", "Livrables", "inventory_2", deliverable_forms, group
        yield "people", "Membres et facilitateurs", "group", _people_form, group, scope
        yield "ideas", "Idées prises en charge", "lightbulb", ideas_form, group, scope, taken
        yield "edit", "Modifier le groupe", "edit", _edit_form, group
    yield "outcome", "Relier la suite", "add_link", outcome_form, group, scope


def _step_form(group: GroupAt, scope: Scope) -> None:
    to = group.state.following
    form = Form(f"step_{group.code}")
    form.field(
        "text",
        st.text_area,
        "Ce qui a été trouvé, ce qui est demandé (facultatif)",
        default="",
        max_chars=LONGEST_TEXT,
    )
    if to is GroupState.submitted:
        st.caption("La proposition est inscrite à l'ordre du jour du CODIR dans le même geste.")
        names = {
            unit.id: unit.label for unit, _ in scope.tree.walk() if unit.kind != UnitKind.service
        }
        st.selectbox(
            "Porteur",
            list(names),
            index=None,
            format_func=names.get,
            key=form.key("owner"),
            placeholder="Direction qui en répondra",
        )
    form.send(
        "Soumettre au CODIR" if to is GroupState.submitted else "Passer à cette étape",
        lambda session, reader: steps.advance_group(
            session, reader, group.id, to, form.text("text"), form.value("owner")
        ),
        done=f"Le groupe {group.code} est à l'étape « {to.label} »."
        + (" Le point est inscrit au CODIR." if to is GroupState.submitted else ""),
    )
    # In one form: a step and dropping the group exclude each other, and a recorded one resets
    # both.
    form.field("reason", st.text_input, "Motif d'un abandon", default="", max_chars=500)
    form.button(
        "Abandonner le groupe",
        lambda session, reader: (
            steps.drop_group(session, reader, group.id, form.value("reason") or "")
            or f"Le groupe {group.code} est abandonné."
        ),
        field="drop",
        primary=False,
    )


def _edit_form(group: GroupAt) -> None:
    form = Form(f"edit_{group.code}")
    _group_fields(form, group)
    form.send(
        "Enregistrer",
        lambda session, reader: (
            acts.edit_group(session, reader, group.id, form.values(_LABELS))
            or "Le groupe est modifié."
        ),
    )


def _people_form(group: GroupAt, scope: Scope) -> None:
    with reading() as session:
        current_ids = person_labels(session, scope, [seat.person_id for seat in group.seats])
        # People already in the group are not offered again.
        everybody = colleagues(session, scope)
    others = {person: label for person, label in everybody.items() if person not in current_ids}
    if others and group.is_looking:
        _one_person(
            f"add_{group.code}",
            "Un volontaire à inscrire",
            "Inscrire",
            others,
            group,
            acts.add_member,
            "est membre du groupe.",
        )
    members = {seat.person_id: current_ids[seat.person_id] for seat in group.members}
    _one_person(
        f"lead_{group.code}",
        "Un facilitateur à désigner",
        "Désigner",
        members | others,
        group,
        acts.make_facilitator,
        "facilite le groupe.",
    )
    _one_person(
        f"leave_{group.code}",
        "Quelqu'un qui est parti",
        "Noter le départ",
        current_ids,
        group,
        acts.remove_member,
        "ne fait plus partie du groupe.",
    )


def _one_person(
    name: str,
    label: str,
    button: str,
    people: dict[int, str],
    group: GroupAt,
    act: Callable[..., str],
    done: str,
) -> None:
    if not people:
        return
    form = Form(name)
    form.field(
        "person",
        st.selectbox,
        label,
        list(people),
        index=None,
        format_func=lambda i: people.get(i, ""),
        placeholder="Choisissez",
    )
    form.send(
        button,
        lambda session, reader: f"{act(session, reader, group.id, form.value('person'))} {done}",
        primary=False,
    )
