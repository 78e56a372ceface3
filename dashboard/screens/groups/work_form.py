"""Forms of the work of a progress group: its documents, deliverables, ideas and outcome."""

from collections.abc import Sequence

import streamlit as st

from dashboard import cached, french
from dashboard.actions.groups import work
from dashboard.queries import groups as query
from dashboard.queries.groups import DeliverableAt, GroupAt
from dashboard.queries.ideas.threads import KINDS
from dashboard.scope import Scope
from dashboard.screens.ideas.similar import idea_field
from dashboard.screens.ideas.thread import end_field, figure_names
from dashboard.ui.forms import Form
from models.database import reading
from models.groups import DocumentKind
from models.ideas import Idea
from models.links import Link

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
    with reading() as session:
        newest, _ = next(iter(query.texts(session, group.id, kind, scope.on)), (None, None))
    form = Form(f"document_{group.code}_{kind}")
    form.opens_with({"text": newest.text if newest else ""}, newest.version if newest else 0)
    form.field("text", st.text_area, f"{kind.label} : le texte", height=320)
    form.send(
        _KEEP[kind],
        lambda session, reader: work.write_version(
            session, reader, group.id, kind, form.text("text"), form.mark
        ),
        done=lambda number: f"La version {number} du document « {kind.label} » est enregistrée.",
    )


def deliverable_forms(group: GroupAt) -> None:
    form = Form(f"deliverable_{group.code}")
    form.field("title", st.text_input, "Ce qui sera remis", default="", max_chars=work.TITLE_MAX)
    form.field(
        "due_on",
        st.date_input,
        "Pour le",
        None,
        format="DD/MM/YYYY",
        min_value=cached.today(),
        max_value=work.LAST_DAY,
    )
    form.send(
        "Prévoir ce livrable",
        lambda session, reader: work.add_deliverable(
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
        _deliver_fields(form, chosen)
        _move_fields(form, chosen)
    form.send(
        "Annuler le dernier encodage",
        lambda session, reader: (
            f"« {work.undo_deliverable(session, reader, chosen.id).label} » est annulé."
        ),
        field="undo",
        primary=False,
        icon=":material/undo:",
    )


def _deliver_fields(form: Form, chosen: DeliverableAt) -> None:
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
            work.deliver(session, reader, chosen.id, form.value(f"on_{chosen.id}"))
            or f"« {chosen.title} » est remis."
        ),
    )


def _move_fields(form: Form, chosen: DeliverableAt) -> None:
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
        lambda session, reader: work.take_in_idea(
            session, reader, group.id, form.value("number"), scope.tree
        ),
        done=lambda idea: (
            f"L'idée n° {idea.number} est prise en charge par le groupe {group.code}."
        ),
    )
    if taken:
        _release_fields(group, scope, taken)


def _release_fields(group: GroupAt, scope: Scope, taken: Sequence[tuple[Idea, Link]]) -> None:
    # By link, not by idea: the link is what is removed.
    titles = {link.id: f"N° {idea.number} — {idea.title}" for idea, link in taken}
    form = Form(f"release_{group.code}")
    st.selectbox(
        "Une idée prise en charge",
        list(titles),
        index=None,
        format_func=lambda i: titles.get(i, ""),
        key=form.key("which"),
        placeholder="Choisissez",
    )
    form.send(
        "Rendre cette idée",
        lambda session, reader: (
            work.release_idea(session, reader, group.id, form.value("which") or 0, scope.tree)
            or "Le groupe ne travaille plus sur cette idée."
        ),
        primary=False,
    )


def outcome_form(group: GroupAt, scope: Scope) -> None:
    form = Form(f"outcome_{group.code}")
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
    form.send(
        "Relier",
        lambda session, reader: (
            work.link_outcome(
                session, reader, group.id, kind, form.value(f"key_{kind}") or "", figure_names()
            )
            and "Le lien est enregistré."
        ),
    )
