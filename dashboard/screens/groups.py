"""Forms of the progress groups: one's own place; for those who lead a group, its texts, steps,
people, deliverables, documents and ideas.
"""

from collections.abc import Callable, Iterator, Sequence

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions import groups as acts
from dashboard.actions.interests import mark_interest
from dashboard.queries import groups as query, interests
from dashboard.queries.groups import GROUPS, DeliverableAt, GroupAt
from dashboard.queries.ideas.threads import KINDS
from dashboard.queries.people.readers import colleagues, person_labels
from dashboard.scope import Scope
from dashboard.screens.ideas.comments import end_field, figure_names
from dashboard.screens.ideas.fields import idea_field
from dashboard.screens.reference import record_fields
from dashboard.ui.components import heading, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import Fold, unfoldings
from models.communities import Interest
from models.database import fetch, reading
from models.directions import UnitKind
from models.discussions import Link
from models.groups import DocumentKind, GroupState
from models.ideas import Idea

WRITE = {
    DocumentKind.analysis: "Écrire l'analyse",
    DocumentKind.leads: "Écrire les pistes",
    DocumentKind.proposition: "Écrire la proposition",
}


# Several folds may be open at once: each button names what it saves.
_KEEP = {
    DocumentKind.analysis: "Enregistrer cette version de l'analyse",
    DocumentKind.leads: "Enregistrer cette version des pistes",
    DocumentKind.proposition: "Enregistrer cette version de la proposition",
}


def document_form(group: GroupAt, kind: DocumentKind, scope: Scope) -> None:
    """The text is filled in with the newest version, whose number is sent with the form."""
    newest, _ = next(iter(fetch(query.texts, group.id, kind, scope.on)), (None, None))
    form = Form(f"document_{group.code}_{kind}")
    form.opens_with({"text": newest.text if newest else ""}, newest.version if newest else 0)
    form.field("text", st.text_area, f"{kind.label} : le texte", height=320)
    form.send(
        _KEEP[kind],
        lambda session, reader: acts.write_version(
            session, reader, group.id, kind, form.text("text"), form.mark
        ),
        done=lambda number: f"La version {number} du document « {kind.label} » est enregistrée.",
    )


def deliverable_forms(group: GroupAt) -> None:
    form = Form(f"deliverable_{group.code}")
    form.field("title", st.text_input, "Ce qui sera remis", default="", max_chars=acts.TITLE_MAX)
    form.field(
        "due_on",
        st.date_input,
        "Pour le",
        None,
        format="DD/MM/YYYY",
        min_value=cached.today(),
        max_value=acts.LAST_DAY,
    )
    form.send(
        "Prévoir ce livrable",
        lambda session, reader: acts.add_deliverable(
            session, reader, group.id, form.text("title"), form.value("due_on")
        ),
        done=lambda planned: f"« {planned.title} » est prévu pour le {french.day(planned.due_on)}.",
    )
    if group.deliverables:
        _change_deliverable(group)


def _change_deliverable(group: GroupAt) -> None:
    # Open deliverables first: they are the ones usually chosen.
    delivered = [d for d in group.deliverables if d.delivered_on]
    by_id: dict[int, DeliverableAt] = {d.id: d for d in (*group.open_deliverables, *delivered)}
    form = Form(f"follow_{group.code}")
    st.selectbox(
        "Un livrable prévu",
        list(by_id),
        format_func=lambda i: by_id[i].title if i in by_id else "",
        key=form.default("which", next(iter(by_id))),
    )
    chosen = by_id[form.value("which")]
    if chosen.delivered_on is None:
        # The date belongs to this deliverable: choosing another resets it to today.
        st.date_input(
            "Remis le",
            key=form.default(f"on_{chosen.id}", cached.today()),
            format="DD/MM/YYYY",
            max_value=cached.today(),
        )
        form.error("on")
        form.button(
            "C'est remis",
            lambda session, reader: (
                acts.deliver(session, reader, chosen.id, form.value(f"on_{chosen.id}"))
                or f"« {chosen.title} » est remis."
            ),
        )
        _move_fields(form, chosen)
    form.send(
        "Annuler le dernier encodage",
        lambda session, reader: (
            f"« {acts.undo_deliverable(session, reader, chosen.id).label} » est annulé."
        ),
        field="undo",
        primary=False,
        icon=":material/undo:",
    )


def _move_fields(form: Form, chosen: DeliverableAt) -> None:
    form.field(
        "due_on",
        st.date_input,
        "Nouvelle date",
        None,
        format="DD/MM/YYYY",
        min_value=cached.today(),
        max_value=acts.LAST_DAY,
    )
    form.field(
        "reason",
        st.text_input,
        "Pourquoi la date change",
        default="",
        max_chars=acts.REASON_MAX,
    )
    form.button(
        "Revoir la date",
        lambda session, reader: (
            acts.move_deliverable(
                session, reader, chosen.id, form.value("due_on"), form.text("reason")
            )
            or f"« {chosen.title} » : la date est revue."
        ),
        field="move",
        primary=False,
    )


# ── Ideas and what follows ────────────────────────────────────────────────────────────────────────


def ideas_form(group: GroupAt, scope: Scope, taken: Sequence[tuple[Idea, Link]]) -> None:
    form = Form(f"take_{group.code}")
    idea_field(form, scope, "number", "Quelle idée ?")
    form.send(
        "Prendre cette idée",
        lambda session, reader: acts.take_in_idea(
            session, reader, group.id, form.value("number"), scope.tree
        ),
        done=lambda idea: (
            f"L'idée n° {idea.number} est prise en charge par le groupe {group.code}."
        ),
    )
    if not taken:
        return
    # By link, not by idea: the link is what is removed.
    titles = {link.id: f"N° {idea.number} — {idea.title}" for idea, link in taken}
    release = Form(f"release_{group.code}")
    st.selectbox(
        "Une idée prise en charge",
        list(titles),
        index=None,
        format_func=lambda i: titles.get(i, ""),
        key=release.key("which"),
        placeholder="Choisissez",
    )
    release.send(
        "Rendre cette idée",
        lambda session, reader: acts.release_idea(
            session, reader, group.id, release.value("which") or 0, scope.tree
        ),
        primary=False,
        done="Le groupe ne travaille plus sur cette idée.",
    )


def outcome_form(group: GroupAt, scope: Scope) -> None:
    form = Form(f"outcome_{group.code}")
    st.caption(
        "Le jalon, le projet, la formation ou le chiffre qui porte la proposition : le fil de"
        " chaque idée y mène."
    )
    st.selectbox(
        "À quoi",
        acts.OUTCOMES,
        format_func=KINDS.get,
        key=form.default("kind", acts.OUTCOMES[0]),
    )
    kind = form.value("kind")
    end_field(form, scope, kind)
    form.send(
        "Relier",
        lambda session, reader: (
            acts.link_outcome(
                session, reader, group.id, kind, form.value(f"key_{kind}") or "", figure_names()
            )
            and "Le lien est enregistré."
        ),
    )


# ── For oneself ───────────────────────────────────────────────────────────────────────────────────


def place_block(group: GroupAt, scope: Scope) -> None:
    """Rejoindre, quitter; for a group that is full, « me prévenir si une place se libère »."""
    if not may(scope.reader, "group.join") or group.state.is_over:
        return
    form = Form(f"place_{group.code}")
    if any(seat.person_id == scope.reader.person_id for seat in group.seats):
        paragraph("Vous faites partie de ce groupe.")
        form.send(
            "Quitter le groupe",
            lambda session, reader: (
                "Vous ne faites plus partie du groupe"
                f" {acts.leave_group(session, reader, group.id).code}."
            ),
            primary=False,
            icon=":material/logout:",
        )
    elif group.is_looking:
        paragraph(
            f"{french.counted(group.places, 'place')} à prendre. On y vient volontairement, de"
            " tous les métiers, environ deux heures toutes les trois semaines."
        )
        form.send(
            "Rejoindre le groupe",
            lambda session, reader: (
                f"Bienvenue dans le groupe {acts.join_group(session, reader, group.id).code}."
            ),
            icon=":material/group_add:",
        )
    elif group.state.takes_members:
        paragraph("Le groupe est complet.")
        form.send(
            "Me prévenir si une place se libère",
            lambda session, reader: mark_interest(
                session, reader, Interest(activity=interests.GROUPS, group_id=group.id)
            ),
            primary=False,
            icon=":material/notifications:",
            done=f"Votre intérêt pour le groupe {group.code} est noté : la cellule vous recontacte"
            " si une place se libère.",
        )


# ── The group ─────────────────────────────────────────────────────────────────────────────────────


_LABELS = {
    "title": "Nom du groupe",
    "problem": "Le problème",
    "ambition": "Ambition",
    "sponsor": "Commanditaire",
    "wanted": "Membres cherchés",
}


def group_form(group: GroupAt | None) -> None:
    form = Form(f"edit_{group.code}" if group else "new_group")
    form.opens_with(GROUPS.shown(group, _LABELS))
    record_fields(
        form,
        GROUPS,
        _LABELS,
        examples={"sponsor": "Par exemple : Inspecteur général Vie citoyenne"},
    )
    if group:
        form.send(
            "Enregistrer",
            lambda session, reader: acts.edit_group(
                session, reader, group.id, form.values(_LABELS)
            ),
            done="Le groupe est modifié.",
        )
    else:
        form.send(
            "Constituer le groupe",
            lambda session, reader: acts.create_group(session, reader, form.values(_LABELS)),
            done=lambda made: f"Le groupe {made.code} est constitué.",
        )


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
                f"« {acts.undo_state(session, reader, group.id).label} » est annulé."
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
        yield "edit", "Modifier le groupe", "edit", group_form, group
    yield "outcome", "Relier la suite", "add_link", outcome_form, group, scope


def _step_form(group: GroupAt, scope: Scope) -> None:
    to = group.state.following
    form = Form(f"step_{group.code}")
    form.field(
        "text",
        st.text_area,
        "Ce qui a été trouvé, ce qui est demandé (facultatif)",
        default="",
        max_chars=2000,
    )
    if to is GroupState.submitted:
        st.caption("La proposition est inscrite à l'ordre du jour du CODIR dans le même geste.")
        names = {
            unit.id: unit.label for unit, _ in scope.tree.walk() if unit.kind != UnitKind.service
        }
        form.pick("owner", "Porteur", names, placeholder="Direction qui en répondra")
    form.send(
        "Soumettre au CODIR" if to is GroupState.submitted else "Passer à cette étape",
        lambda session, reader: acts.advance_group(
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
            acts.drop_group(session, reader, group.id, form.value("reason") or "")
            or f"Le groupe {group.code} est abandonné."
        ),
        field="drop",
        primary=False,
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


def members_in_words(group: GroupAt) -> str:
    """« 6 membres sur 10 cherchés, 2 facilitateurs »."""
    members = f"{french.counted(len(group.members), 'membre')} sur {group.wanted} cherchés"
    if not group.responsible:
        return members
    return f"{members}, {french.counted(len(group.responsible), 'facilitateur')}"
