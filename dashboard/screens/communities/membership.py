"""Membership of a community: joining, the services an ambassador covers, leaving, handing over."""

from collections.abc import Sequence

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, may
from dashboard.actions.communities import (
    JoinInput,
    add_member,
    change_reach,
    hand_over,
    join_community,
    leave_community,
)
from dashboard.queries.communities import Member
from dashboard.queries.people.choices import colleagues, person_labels
from dashboard.scope import Scope
from dashboard.ui.components import link_buttons, reading, small_print
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.communities import AmbassadorReach, Community
from models.database import fetch
from models.directions import UnitKind
from models.errors import Invalid


def own_membership(
    scope: Scope, community: Community, membership: Member | None, manages: bool
) -> None:
    """Joining, changing the covered services, leaving: the reader's own membership."""
    if not may(scope.reader, "community.join"):
        return
    # Only managers join the managers' community; a member who is no longer one may still leave.
    if community == Community.managers and not (membership or manages):
        return
    if membership is None:
        return _join(scope, community)
    # A covered service may have been closed since, and is then missing from today's chart.
    names = ", ".join(
        scope.tree.by_id[unit].name
        for unit in sorted(membership.covered)
        if unit in scope.tree.by_id
    )
    reading(f"Vous en faites partie depuis {french.month(membership.since)} : {names}.")
    with st.container(horizontal=True, key=f"cp_membership_{community}"):
        if community == Community.ambassadors:
            _change(scope, membership)
        _leave(community)


def _join(scope: Scope, community: Community) -> None:
    form = Form(f"join_{community}")
    with st.expander(
        "Rejoindre cette communauté", icon=":material/group_add:", key=f"w_join_{community}"
    ):
        st.caption(
            "Votre nom, votre fonction et les services que vous couvrez sont alors visibles de vos"
            " collègues."
        )
        if community == Community.ambassadors:
            _reach_fields(form, scope, AmbassadorReach.one_service, frozenset())
        form.send(
            "Rejoindre",
            lambda session, reader: join_community(session, reader, _input(form, community)),
            icon=":material/check:",
            done=f"Bienvenue dans la {community.label}.",
        )


def _reach_fields(
    form: Form, scope: Scope, reach: AmbassadorReach, services: frozenset[int]
) -> None:
    st.radio(
        "Jusqu'où ?",
        list(AmbassadorReach),
        format_func=lambda r: r.label,
        key=form.default("reach", reach),
    )
    if form.value("reach") == AmbassadorReach.several:
        names = service_names(scope)
        form.field(
            "services",
            st.multiselect,
            "Les autres services que vous couvrez",
            list(names),
            default=[unit for unit in services if unit in names],
            format_func=lambda i: names[i],
            placeholder="Choisissez",
        )


def service_names(scope: Scope) -> dict[int, str]:
    """Service id → « Parcs (Espaces verts) », in the order of the organisation chart."""
    return {
        unit.id: f"{unit.name} ({scope.tree.by_id[unit.parent].name})" if unit.parent else unit.name
        for unit, _ in scope.tree.walk()
        if unit.kind == UnitKind.service
    }


def _input(form: Form, community: Community) -> JoinInput:
    return JoinInput(
        community,
        form.value("reach") or AmbassadorReach.one_service,
        frozenset(form.value("services") or ()),
    )


def _change(scope: Scope, membership: Member) -> None:
    form = Form("reach")
    with st.expander("Changer ma portée", icon=":material/tune:", key="w_reach"):
        _reach_fields(
            form,
            scope,
            AmbassadorReach(membership.reach),
            membership.covered - {membership.own_service},
        )
        form.send(
            "Enregistrer",
            lambda session, reader: (
                change_reach(session, reader, _input(form, Community.ambassadors))
                or "Votre portée est changée."
            ),
        )


def _leave(community: Community) -> None:
    form = Form(f"leave_{community}")
    with st.expander("Quitter", icon=":material/logout:", key=f"w_leave_{community}"):
        st.caption("Ce que vous avez fait jusqu'ici reste compté. Vous pourrez revenir.")
        form.send(
            "Quitter cette communauté",
            lambda session, reader: _left_in_words(leave_community(session, reader, community)),
            primary=False,
        )


def _left_in_words(gaps: int) -> str:
    if not gaps:
        return "Vous n'en faites plus partie."
    verb = french.plural(gaps, "reste", "restent")
    services = french.counted(gaps, "service")
    return f"Vous n'en faites plus partie. {services} {verb} sans ambassadeur."


def add_members_form(scope: Scope, community: Community) -> None:
    """The programme office adds members: one by one, or from a file."""
    if may(scope.reader, "community.manage"):
        unfolding(
            "Inscrire des membres",
            _add_fields,
            scope,
            community,
            key=f"w_add_members_{community}",
            icon=":material/person_add:",
        )


def _add_fields(scope: Scope, community: Community) -> None:
    small_print("Avec leur accord. Chaque personne est prévenue, et peut quitter la communauté.")
    form = Form(f"add_member_{community}")
    people = fetch(colleagues, scope)
    form.field(
        "person",
        st.selectbox,
        "Qui rejoint ?",
        list(people),
        index=None,
        format_func=people.get,
        placeholder="Quelques lettres du nom",
    )

    def act(session: Session, reader: Reader) -> str:
        person = form.value("person")
        if person is None:
            raise Invalid({"person": "Choisissez une personne."})
        add_member(session, reader, community, person)
        return "1 membre est inscrit et prévenu."

    form.send("Inscrire", act, primary=False, icon=":material/check:")
    href = address("imports", scope, genre="membres")
    link_buttons([("Inscrire ceux d'un fichier", href, "upload_file")])


def hand_over_form(scope: Scope, members: Sequence[Member], community: Community) -> None:
    """Ends a membership for the member, naming a successor, or shares out her services."""
    if not may(scope.reader, "community.manage") or len(members) < 2:
        return
    form = Form(f"relay_{community}")
    names = fetch(person_labels, scope, [m.person_id for m in members])
    with st.expander("Passer le relais", icon=":material/sync_alt:", key=f"w_relay_{community}"):
        form.field(
            "leaver",
            st.selectbox,
            "Qui passe le relais ?",
            list(names),
            default=None,
            index=None,
            format_func=lambda i: names[i],
            placeholder="Choisissez",
        )
        # The list depends on the first choice: a member cannot hand over to herself.
        others = [i for i in names if i != form.value("leaver")]
        form.field(
            "successor",
            st.selectbox,
            "À qui ?",
            others,
            default=None,
            index=None,
            format_func=lambda i: names[i],
            placeholder="Personne pour l'instant",
        )
        st.checkbox("Cette personne quitte la communauté", key=form.default("leaves", True))
        form.send(
            "Passer le relais",
            lambda session, reader: _hand_over(session, reader, form, community, members),
            icon=":material/check:",
        )


def _hand_over(
    session: Session, reader: Reader, form: Form, community: Community, members: Sequence[Member]
) -> str:
    leaver = next((m for m in members if m.person_id == form.value("leaver")), None)
    if leaver is None:
        raise Invalid({"leaver": "Choisissez qui passe le relais."})
    if form.value("leaves"):
        gaps = leave_community(
            session, reader, community, leaver.person_id, form.value("successor")
        )
        message = f"{leaver.name} n'en fait plus partie."
        if community != Community.ambassadors:
            return message
        return f"{message} Services restés sans ambassadeur : {gaps}."
    if form.value("successor") is None:
        raise Invalid({"successor": "Choisissez qui prend le relais."})
    hand_over(session, reader, community, leaver.covered, form.value("successor"), leaver.person_id)
    return "Le relais est passé."
