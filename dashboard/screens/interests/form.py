"""The form of a mark of interest (marque d'intérêt), with or without an account, and its follow-up
by the programme office.
"""

from datetime import timedelta

import streamlit as st
from sqlmodel import Session

from dashboard import cached
from dashboard.access import Reader, may
from dashboard.actions.interests import (
    IntegrateInput,
    follow_interest,
    integrate_interest,
    mark_interest,
    take_care,
)
from dashboard.queries.academy import catalogue
from dashboard.queries.groups import GroupAt
from dashboard.queries.interests import ACADEMY, COMMUNITIES, GROUPS, InterestRow
from dashboard.queries.people.choices import colleagues
from dashboard.queries.seats.records import sessions_ahead
from dashboard.scope import Scope
from dashboard.screens.communities.membership import service_names
from dashboard.ui.components import escape_md, heading
from dashboard.ui.forms import Form
from dashboard.visit import signin
from models.communities import AmbassadorReach, Community, Interest, InterestState
from models.database import fetch, reading
from models.directions import UnitKind

LEAD = "Dites ce qui vous intéresse : quelqu'un vous recontacte."
MARKED = "Merci : c'est noté. Quelqu'un de l'équipe du programme vous recontacte."
ROLES = {
    ACADEMY: ("Suivre une formation", "Transmettre un savoir-faire"),
    GROUPS: ("Participer à un groupe", "Faciliter un groupe"),
}


def interest_form(scope: Scope) -> None:
    """Activity, role and reach; and the person, without an account."""
    form = Form("interest")
    names = {activity.code: activity.name for activity in cached.activities()}
    asked_activity = st.query_params.get("activite")
    with st.container(width=640, key="cp_interest"):
        form.field(
            "activity",
            st.radio,
            "À quoi voudriez-vous participer ?",
            list(names),
            default=asked_activity if asked_activity in names else None,
            format_func=lambda code: escape_md(names[code]),
            index=None,
        )
        _role(form, scope)
        if not scope.reader.is_known:
            _who(form, scope)
        form.field(
            "text",
            st.text_area,
            "Un mot de plus (facultatif)",
            default="",
            max_chars=2000,
            height=90,
        )
        form.send(
            "Envoyer",
            lambda session, reader: _marked(session, reader, form),
            icon=":material/send:",
        )


def _role(form: Form, scope: Scope) -> None:
    activity = form.value("activity")
    if activity == "ambassadeurs":
        st.radio(
            "Jusqu'où ?",
            list(AmbassadorReach),
            format_func=lambda r: r.label,
            key=form.default("reach", AmbassadorReach.one_service),
        )
    elif activity in ROLES:
        st.radio(
            "Comment ?", ROLES[activity], key=form.default(f"role_{activity}", ROLES[activity][0])
        )
    if activity == GROUPS and scope.reader.is_known:
        groups = {
            g.id: f"{g.code} — {g.title}" for g in cached.groups(cached.today()) if g.is_looking
        }
        form.field(
            "group",
            st.selectbox,
            "Un groupe en particulier ?",
            list(groups),
            default=None,
            index=None,
            format_func=lambda i: groups[i],
            placeholder="N'importe lequel",
        )
    if activity == ACADEMY and scope.reader.is_known:
        trainings = dict(fetch(catalogue.trainings))
        form.field(
            "training",
            st.selectbox,
            "Une formation en particulier ?",
            list(trainings),
            default=None,
            index=None,
            format_func=lambda i: trainings[i],
            placeholder="N'importe laquelle",
        )


def _who(form: Form, scope: Scope) -> None:
    form.field("name", st.text_input, "Votre nom", default="", max_chars=120)
    form.field(
        "contact",
        st.text_input,
        "Comment vous joindre",
        default="",
        max_chars=120,
        placeholder="dépôt, téléphone de service, courriel…",
    )
    directions = {
        unit.id: unit.name for unit, _ in scope.tree.walk() if unit.kind == UnitKind.direction
    }
    st.selectbox(
        "Votre direction (facultatif)",
        list(directions),
        index=None,
        format_func=directions.get,
        key=form.default("direction", None),
        placeholder="Je ne sais pas",
    )
    form.error("direction_id")
    st.caption(
        "Votre nom et la façon de vous joindre servent à vous recontacter, et s'effacent ensuite."
    )


def _marked(session: Session, reader: Reader, form: Form) -> str:
    activity = form.text("activity")
    mark_interest(
        session,
        reader,
        Interest(
            activity=activity,
            # The state still holds the fields of an activity chosen earlier: only those of the
            # current one are sent.
            role=form.text(f"role_{activity}"),
            reach=form.value("reach") if activity == "ambassadeurs" else None,
            direction_id=form.value("direction"),
            group_id=form.value("group") if activity == GROUPS else None,
            training_id=form.value("training") if activity == ACADEMY else None,
            text=form.text("text"),
            name=form.text("name"),
            contact=form.text("contact"),
        ),
        signin.current_address(),
    )
    return MARKED


# --- what the programme's office does -------------------------------------------------------------


def follow_forms(scope: Scope, marked: InterestRow) -> None:
    """Assigning it to oneself, noting the contact, turning it into a membership, or closing it with
    a reason.
    """
    is_open = marked.state in (InterestState.new, InterestState.contacted)
    if not (is_open and may(scope.reader, "interest.follow")):
        return
    heading("La suite")
    with st.container(width=640, key=f"cp_follow_{marked.record.id}"):
        form = Form(f"care_{marked.record.id}")
        if not marked.owner:
            form.send(
                "Je m'en occupe",
                lambda session, reader: (
                    take_care(session, reader, marked.record.id)
                    or "C'est noté : vous vous en occupez."
                ),
                primary=False,
                icon=":material/assignment_ind:",
            )
        if marked.state == InterestState.new:
            _contacted(marked)
        _integrate(scope, marked)
        _close_form(marked)


def _contacted(marked: InterestRow) -> None:
    form = Form(f"contacted_{marked.record.id}")
    form.field("text", st.text_input, "Ce qui s'est dit (facultatif)", default="", max_chars=500)
    form.send(
        "La personne est contactée",
        lambda session, reader: (
            follow_interest(
                session, reader, marked.record.id, InterestState.contacted, form.text("text")
            )
            or "C'est noté : contactée."
        ),
        icon=":material/call:",
    )


def _integrate(scope: Scope, marked: InterestRow) -> None:
    form = Form(f"integrate_{marked.record.id}")
    with st.expander(
        "L'intégrer", icon=":material/how_to_reg:", key=f"w_integrate_{marked.record.id}"
    ):
        if marked.record.person_id is None:
            _person(form, scope)
        _where(form, scope, marked)
        form.send(
            "Intégrer",
            lambda session, reader: integrate_interest(
                session,
                reader,
                marked.record.id,
                IntegrateInput(
                    form.value("person"),
                    frozenset(form.value("services") or ()),
                    form.value("reach"),
                    form.value("group"),
                    form.value("session"),
                ),
            ),
            icon=":material/check:",
        )


def _person(form: Form, scope: Scope) -> None:
    people = fetch(colleagues, scope)
    form.field(
        "person",
        st.selectbox,
        "Qui est-ce ?",
        list(people),
        default=None,
        index=None,
        format_func=lambda i: people[i],
        placeholder="Cherchez son nom",
    )


def _where(form: Form, scope: Scope, marked: InterestRow) -> None:
    if COMMUNITIES.get(marked.record.activity) == Community.ambassadors:
        _reach_fields(form, scope, marked)
    elif marked.record.activity == GROUPS:
        _group_field(form, marked)
    elif marked.record.activity == ACADEMY:
        with reading() as session:
            coming = {
                row.session.id: f"{row.training.title}, {row.session.on:%d/%m/%Y}"
                for row in sessions_ahead(session, cached.today() + timedelta(days=1))
                if row.session.capacity > 0 and marked.record.training_id in (None, row.training.id)
            }
        form.field(
            "session",
            st.selectbox,
            "À quelle session ?",
            list(coming),
            default=None,
            index=None,
            format_func=lambda i: coming[i],
            placeholder="Choisissez" if coming else "Aucune session ouverte",
        )


def _reach_fields(form: Form, scope: Scope, marked: InterestRow) -> None:
    st.radio(
        "Jusqu'où ?",
        list(AmbassadorReach),
        format_func=lambda r: r.label,
        key=form.default(
            "reach",
            AmbassadorReach(marked.record.reach)
            if marked.record.reach
            else AmbassadorReach.one_service,
        ),
    )
    if form.value("reach") == AmbassadorReach.several:
        names = service_names(scope)
        st.multiselect(
            "Les autres services couverts",
            list(names),
            format_func=lambda i: names[i],
            key=form.default("services", []),
            placeholder="Choisissez",
        )
    form.error("services")


def _group_field(form: Form, marked: InterestRow) -> None:
    # The requested group is offered even if it no longer looks for members.
    groups: dict[int, GroupAt] = {
        group.id: group
        for group in cached.groups(cached.today())
        if group.is_looking or group.id == marked.record.group_id
    }
    form.field(
        "group",
        st.selectbox,
        "Dans quel groupe ?",
        list(groups),
        default=marked.record.group_id if marked.record.group_id in groups else None,
        index=None,
        format_func=lambda i: f"{groups[i].code} — {groups[i].title}",
        placeholder="Choisissez",
    )


def _close_form(marked: InterestRow) -> None:
    form = Form(f"drop_{marked.record.id}")
    with st.expander(
        "Classer sans suite", icon=":material/archive:", key=f"w_drop_{marked.record.id}"
    ):
        form.field("text", st.text_input, "Pourquoi ?", default="", max_chars=500)
        form.send(
            "Classer sans suite",
            lambda session, reader: (
                follow_interest(
                    session,
                    reader,
                    marked.record.id,
                    InterestState.dropped,
                    form.text("text"),
                )
                or "Classée sans suite."
            ),
            primary=False,
        )
