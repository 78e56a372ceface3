"""Forms of the progress groups: a place for oneself; for who leads a group its texts, steps,
people, deliverables, documents and ideas.
"""

from collections.abc import Callable, Sequence

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reach, Reader, may, reach
from dashboard.actions.groups import records as acts
from dashboard.actions.groups import work
from dashboard.actions.interests import InterestInput, mark_interest
from dashboard.queries import groups as query
from dashboard.queries.academy import registrations
from dashboard.queries.groups import DeliverableAt, GroupAt, TakenIn
from dashboard.queries.ideas.threads import KINDS
from dashboard.queries.interests import GROUPS
from dashboard.scope import Scope
from dashboard.screens.ideas.thread import FIGURES, end_field
from dashboard.ui.components import escape_md, heading, paragraph
from dashboard.ui.forms import Form
from models.database import reading
from models.directions import UnitKind
from models.errors import Invalid
from models.groups import DocumentKind, GroupState

LONGEST_TEXT = 2000


# ── For oneself ───────────────────────────────────────────────────────────────────────────────────


def place_block(group: GroupAt, scope: Scope) -> None:
    """Rejoindre, quitter; for a group that is full, « me prévenir si une place se libère »."""
    if not may(scope.reader, "group.join") or group.state.is_over:
        return
    mine = any(seat.person_id == scope.reader.person_id for seat in group.seats)
    form = Form(f"place_{group.code}")
    if mine:
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
            lambda session, reader: _interested(session, reader, group),
            primary=False,
            icon=":material/notifications:",
        )
    form.first_error()


def _interested(session: Session, reader: Reader, group: GroupAt) -> str:
    mark_interest(session, reader, InterestInput(GROUPS, group_id=group.id))
    return (
        f"Votre intérêt pour le groupe {group.code} est noté : la cellule vous recontacte si une"
        " place se libère."
    )


# ── The group ─────────────────────────────────────────────────────────────────────────────────────


def create_form(scope: Scope) -> None:
    """Start a group: the programme office."""
    if reach(scope.reader, "group.manage") != Reach.all:
        return
    form = Form("new_group")
    with st.expander("Constituer un groupe", icon=":material/add:", key="w_new_group"):
        _group_fields(form, None)
        form.button(
            "Constituer le groupe",
            lambda session, reader: (
                f"Le groupe {acts.create_group(session, reader, _given(form)).code} est constitué."
            ),
        )
        form.error("form")


def _group_fields(form: Form, group: GroupAt | None) -> None:
    form.field(
        "title",
        st.text_input,
        "Nom du groupe",
        default=group.title if group else "",
        max_chars=acts.TITLE_MAX,
    )
    form.field(
        "problem",
        st.text_area,
        "Le problème",
        default=group.problem if group else "",
        max_chars=acts.TEXT_MAX,
    )
    names = {ambition.id: ambition.name for ambition in cached.ambitions()}
    form.field(
        "ambition",
        st.selectbox,
        "Ambition",
        list(names),
        default=group.ambition_id if group else None,
        index=None,
        format_func=names.get,
        placeholder="Choisissez",
    )
    form.field(
        "sponsor",
        st.text_input,
        "Commanditaire",
        default=group.sponsor if group else "",
        max_chars=acts.SPONSOR_MAX,
        placeholder="Par exemple : Inspecteur général Vie citoyenne",
    )
    form.field(
        "wanted",
        st.number_input,
        "Membres cherchés",
        default=group.wanted if group else 8,
        min_value=1,
        max_value=acts.MOST_MEMBERS,
        step=1,
    )


def _given(form: Form) -> acts.GroupInput:
    return acts.GroupInput(
        form.value("title") or "",
        form.value("problem") or "",
        form.value("ambition"),
        form.value("sponsor") or "",
        form.value("wanted"),
    )


# ── For who leads it ──────────────────────────────────────────────────────────────────────────────


def lead_block(group: GroupAt, scope: Scope, taken: Sequence[TakenIn]) -> None:
    """Everything that facilitators and the programme office write, each in its own fold."""
    if not may(scope.reader, "group.manage", group):
        return
    heading("Faire vivre le groupe")
    if not group.state.is_over:
        _step_form(group, scope)
        _document_forms(group, scope)
        _deliverable_forms(group)
        _people_form(group, scope)
        _ideas_form(group, scope, taken)
        _edit_form(group)
    _outcome_form(group, scope)
    _undo_step(group)


def _step_form(group: GroupAt, scope: Scope) -> None:
    to, form = group.state.following, Form(f"step_{group.code}")
    with st.expander(
        f"Passer à l'étape « {to.label} »",
        icon=":material/arrow_forward:",
        key=f"w_fold_step_{group.code}",
    ):
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
                unit.id: unit.label
                for unit, _ in scope.tree.walk()
                if unit.kind != UnitKind.service
            }
            st.selectbox(
                "Porteur",
                list(names),
                index=None,
                format_func=names.get,
                key=form.key("owner"),
                placeholder="Direction qui en répondra",
            )
        form.button(
            "Soumettre au CODIR" if to is GroupState.submitted else "Passer à cette étape",
            lambda session, reader: _advance(session, reader, form, group, to),
        )
        form.error("form")
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


def _advance(session: Session, reader: Reader, form: Form, group: GroupAt, to: GroupState) -> str:
    acts.advance_group(session, reader, group.id, to, form.value("text") or "", form.value("owner"))
    more = " Le point est inscrit au CODIR." if to is GroupState.submitted else ""
    return f"Le groupe {group.code} est à l'étape « {to.label} ».{more}"


def _undo_step(group: GroupAt) -> None:
    if len(group.steps) > 1:
        form = Form(f"undo_{group.code}")
        form.button(
            "Annuler la dernière étape",
            lambda session, reader: (
                f"« {acts.undo_state(session, reader, group.id).label} » est annulé."
            ),
            primary=False,
            icon=":material/undo:",
        )
        form.error("form")


def _edit_form(group: GroupAt) -> None:
    form = Form(f"edit_{group.code}")
    with st.expander("Modifier le groupe", icon=":material/edit:", key=f"w_fold_edit_{group.code}"):
        _group_fields(form, group)
        form.button(
            "Enregistrer",
            lambda session, reader: (
                acts.edit_group(session, reader, group.id, _given(form)) or "Le groupe est modifié."
            ),
        )
        form.error("form")


def _people_form(group: GroupAt, scope: Scope) -> None:
    here = {seat.person_id: seat.name for seat in group.seats}
    with reading() as session:
        others = {
            item.id: item.name
            for item in registrations.colleagues(session, scope)
            if item.id not in here
        }
    with st.expander(
        "Membres et facilitateurs", icon=":material/group:", key=f"w_fold_people_{group.code}"
    ):
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
        members = {seat.person_id: seat.name for seat in group.members}
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
            here,
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
        format_func=lambda i: escape_md(people.get(i, "")),
        placeholder="Choisissez",
    )
    form.button(
        button,
        lambda session, reader: f"{act(session, reader, group.id, form.value('person'))} {done}",
        primary=False,
    )
    form.error("form")


# ── Documents ─────────────────────────────────────────────────────────────────────────────────────


_WRITE = {
    DocumentKind.analysis: "Écrire l'analyse",
    DocumentKind.leads: "Écrire les pistes",
    DocumentKind.proposition: "Écrire la proposition",
}
# Several may be unfolded at once: each button says what it keeps.
_KEEP = {
    DocumentKind.analysis: "Enregistrer cette version de l'analyse",
    DocumentKind.leads: "Enregistrer cette version des pistes",
    DocumentKind.proposition: "Enregistrer cette version de la proposition",
}


def _document_forms(group: GroupAt, scope: Scope) -> None:
    """One fold per document: what is typed in one stays while another is read."""
    for kind in DocumentKind:
        with reading() as session:
            newest = next(iter(query.texts(session, group.id, kind, scope.on)), None)
        with st.expander(
            _WRITE[kind], icon=":material/edit_document:", key=f"w_fold_{kind}_{group.code}"
        ):
            _document_form(group, kind, newest)


def _document_form(group: GroupAt, kind: DocumentKind, newest: query.Text | None) -> None:
    """The text starts from the newest version; where somebody writes one meanwhile, what was
    typed is kept.
    """
    form = Form(f"document_{group.code}_{kind}")
    form.default("base", newest.number if newest else 0)
    form.error("version")
    form.field(
        "text",
        st.text_area,
        f"{kind.label} : le texte",
        default=newest.text if newest else "",
        height=320,
    )
    form.button(_KEEP[kind], lambda session, reader: _write(session, reader, form, group, kind))
    form.error("form")


def _write(session: Session, reader: Reader, form: Form, group: GroupAt, kind: DocumentKind) -> str:
    based_on = form.key("base")
    try:
        number = work.write_version(
            session, reader, group.id, kind, form.value("text") or "", st.session_state[based_on]
        )
    except Invalid as error:
        if "version" in error.errors:  # whoever presses again has the newer version before her eyes
            st.session_state[based_on] = query.texts(session, group.id, kind, cached.today())[
                0
            ].number
        raise
    return f"La version {number} du document « {kind.label} » est enregistrée."


# ── Deliverables ──────────────────────────────────────────────────────────────────────────────────


def _deliverable_forms(group: GroupAt) -> None:
    with st.expander(
        "Livrables", icon=":material/inventory_2:", key=f"w_fold_deliverables_{group.code}"
    ):
        form = Form(f"deliverable_{group.code}")
        form.field(
            "title", st.text_input, "Ce qui sera remis", default="", max_chars=work.TITLE_MAX
        )
        form.field(
            "due_on",
            st.date_input,
            "Pour le",
            None,
            format="DD/MM/YYYY",
            min_value=cached.today(),
            max_value=work.LAST_DAY,
        )
        form.button(
            "Prévoir ce livrable", lambda session, reader: _plan(session, reader, form, group)
        )
        form.error("form")
        if group.deliverables:
            _change_deliverable(group)


def _plan(session: Session, reader: Reader, form: Form, group: GroupAt) -> str:
    found = work.add_deliverable(
        session, reader, group.id, form.value("title") or "", form.value("due_on")
    )
    return f"« {found.title} » est prévu pour le {french.day(form.value('due_on'))}."


def _change_deliverable(group: GroupAt) -> None:
    by_id: dict[int, DeliverableAt] = {
        d.id: d
        for d in (*group.open_deliverables, *(d for d in group.deliverables if d.delivered_on))
    }
    form = Form(f"follow_{group.code}")
    st.selectbox(
        "Un livrable prévu",
        list(by_id),
        format_func=lambda i: escape_md(by_id[i].title) if i in by_id else "",
        key=form.default("which", next(iter(by_id))),
    )
    chosen = by_id[form.value("which")]
    if chosen.delivered_on is None:
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
                work.deliver(session, reader, chosen.id, form.value(f"on_{chosen.id}"))
                or f"« {chosen.title} » est remis."
            ),
        )
        form.field(
            "due_on",
            st.date_input,
            "Nouvelle date",
            None,
            format="DD/MM/YYYY",
            min_value=cached.today(),
            max_value=work.LAST_DAY,
        )
        form.field(
            "reason",
            st.text_input,
            "Pourquoi la date change",
            default="",
            max_chars=work.REASON_MAX,
        )
        form.button(
            "Revoir la date",
            lambda session, reader: (
                work.move_deliverable(
                    session, reader, chosen.id, form.value("due_on"), form.value("reason") or ""
                )
                or f"« {chosen.title} » : la date est revue."
            ),
            field="move",
            primary=False,
        )
    form.button(
        "Annuler le dernier encodage",
        lambda session, reader: (
            f"« {work.undo_deliverable(session, reader, chosen.id).label} » est annulé."
        ),
        field="undo",
        primary=False,
        icon=":material/undo:",
    )
    form.error("form")


# ── Ideas and what follows ────────────────────────────────────────────────────────────────────────


def _ideas_form(group: GroupAt, scope: Scope, taken: Sequence[TakenIn]) -> None:
    with st.expander(
        "Idées prises en charge", icon=":material/lightbulb:", key=f"w_fold_ideas_{group.code}"
    ):
        form = Form(f"take_{group.code}")
        form.field("number", st.text_input, "Numéro de l'idée", default="", max_chars=10)
        form.button(
            "Prendre cette idée", lambda session, reader: _take(session, reader, form, group, scope)
        )
        form.error("form")
        if taken:
            titles, out = (
                {item.link_id: f"N° {item.number} — {item.title}" for item in taken},
                Form(f"release_{group.code}"),
            )
            st.selectbox(
                "Une idée prise en charge",
                list(titles),
                index=None,
                format_func=lambda i: escape_md(titles.get(i, "")),
                key=out.key("which"),
                placeholder="Choisissez",
            )
            out.button(
                "Rendre cette idée",
                lambda session, reader: (
                    work.let_go_idea(session, reader, group.id, out.value("which") or 0, scope.tree)
                    or "Le groupe ne travaille plus sur cette idée."
                ),
                primary=False,
            )
            out.error("form")


def _take(session: Session, reader: Reader, form: Form, group: GroupAt, scope: Scope) -> str:
    typed = str(form.value("number") or "").strip().lstrip("nN°º# ")
    number = int(typed) if typed.isascii() and typed.isdigit() else None
    idea = work.take_in_idea(session, reader, group.id, number, scope.tree)
    return f"L'idée n° {idea.number} est prise en charge par le groupe {group.code}."


def _outcome_form(group: GroupAt, scope: Scope) -> None:
    form = Form(f"outcome_{group.code}")
    with st.expander(
        "Relier la suite", icon=":material/add_link:", key=f"w_fold_outcome_{group.code}"
    ):
        st.caption(
            "Le jalon, le projet, la formation ou le chiffre qui porte la proposition : le fil de"
            " chaque idée y mène."
        )
        st.selectbox(
            "À quoi",
            work.OUTCOMES,
            format_func=KINDS.get,
            key=form.default("kind", work.OUTCOMES[0]),
        )
        kind = form.value("kind")
        end_field(form, scope, kind)
        form.button(
            "Relier",
            lambda session, reader: (
                work.link_outcome(
                    session, reader, group.id, kind, form.value(f"key_{kind}") or "", FIGURES
                )
                and "Le lien est enregistré."
            ),
        )
        form.error("form")
