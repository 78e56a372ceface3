"""Communautés: ambassadors and managers, covered services, growth, joining and leaving; notes
shared among managers (bonnes pratiques).
"""

from collections.abc import Sequence
from functools import partial
from itertools import groupby

import streamlit as st

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.communities import (
    JoinInput,
    add_member,
    change_reach,
    hand_over,
    join_community,
    leave_community,
)
from dashboard.charts.figures import VALUE, evolution
from dashboard.charts.plots import Chart
from dashboard.frame.around import without_filters
from dashboard.queries.communities import Member, Reached
from dashboard.queries.interests import practices
from dashboard.queries.people.readers import colleagues, person_labels
from dashboard.scope import Scope
from dashboard.screens.interests import offer_fields, offers, reach_fields
from dashboard.ui.address import page_header, parts, words
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of, files_of, show
from dashboard.ui.components import (
    draw,
    empty_for_filters,
    empty_nothing_yet,
    explanation,
    fold,
    heading,
    link_buttons,
    small_print,
)
from dashboard.ui.downloads import data_link
from dashboard.ui.forms import Form
from dashboard.ui.tables import MEMBER_HEADINGS, member_rows, rows_file, table, unit_name
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.communities import AmbassadorReach, Community, InterestKind
from models.database import fetch
from models.texts import Invalid

# ── Communautés ───────────────────────────────────────────────────────────────────────────────────


_CHOSEN = "communaute"  # parameters of the address
FIGURES = {
    Community.ambassadors: ("couverture", "ambassadeurs-actifs", "retention"),
    Community.managers: ("managers",),
}


def communautes_view(scope: Scope) -> None:
    page_header("Communautés")
    names = {c.value: c.label.removeprefix("Communauté des ") for c in Community}
    chosen = Community(
        parts("Communauté", _CHOSEN, names, Community.ambassadors.value, key="w_community")
    )
    heading(chosen.label, hidden=True)
    everyone = cached.members(scope.whole(), chosen)
    is_today = scope.on == cached.today()
    if is_today:
        mine = next((m for m in everyone if m.person_id == scope.reader.person_id), None)
        own_membership(scope, chosen, mine, scope.reader.is_known and cached.manages(scope))
    without_filters(community, scope, **{_CHOSEN: str(chosen)})
    if is_today:
        if may(scope.reader, "community.manage"):
            unfolding(
                "Inscrire des membres",
                *(_add_fields, scope, chosen),
                key=f"w_add_members_{chosen}",
                icon=":material/person_add:",
            )
        hand_over_form(scope, everyone, chosen)


def community(scope: Scope, asked: dict[str, str]) -> None:
    chosen = Community(asked[_CHOSEN])
    if chosen == Community.ambassadors:
        coverage_block(scope)
    heading("Les membres")
    if members_here(scope, chosen):
        members_block(scope, chosen)
    elif scope.is_whole:
        empty_nothing_yet("Personne n'a encore rejoint cette communauté.")
    else:
        empty_for_filters(
            "Aucun membre dans cette direction.", f"/communautes?au={scope.on.isoformat()}"
        )
    if chosen == Community.ambassadors:
        sites_block(scope)
        load_block(scope)
    cards(cards_of(scope, FIGURES[chosen]), level=3)
    if chart := _growth(scope, chosen):
        show(chart, scope, files=GROWTH_FILES[chosen])


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
    explanation(f"Vous en faites partie depuis {french.month(membership.since)} : {names}.")
    with st.container(horizontal=True, key=f"cp_membership_{community}"):
        if community == Community.ambassadors:
            form = Form("reach")
            with st.expander("Changer ma portée", icon=":material/tune:", key="w_reach"):
                reach_fields(
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
        with st.expander("Quitter", icon=":material/logout:", key=f"w_leave_{community}"):
            st.caption("Ce que vous avez fait jusqu'ici reste compté. Vous pourrez revenir.")
            Form(f"leave_{community}").send(
                "Quitter cette communauté",
                leave_community,
                community,
                primary=False,
                done=lambda gaps: f"Vous n'en faites plus partie.{_gaps_in_words(gaps)}",
            )


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
            reach_fields(form, scope, AmbassadorReach.one_service, frozenset())
        form.send(
            "Rejoindre",
            lambda session, reader: join_community(session, reader, _input(form, community)),
            icon=":material/check:",
            done=f"Bienvenue dans la {community.label}.",
        )


def _input(form: Form, community: Community) -> JoinInput:
    return JoinInput(
        community,
        form.value("reach") or AmbassadorReach.one_service,
        frozenset(form.value("services") or ()),
    )


def _gaps_in_words(gaps: int) -> str:
    verb = french.plural(gaps, "reste", "restent")
    return f" {french.counted(gaps, 'service')} {verb} sans ambassadeur." if gaps else ""


def _add_fields(scope: Scope, community: Community) -> None:
    small_print("Avec leur accord. Chaque personne est prévenue, et peut quitter la communauté.")
    form = Form(f"add_member_{community}")
    people = fetch(colleagues, scope)
    form.pick("person", "Qui rejoint ?", people, placeholder="Quelques lettres du nom")

    def act(session, reader: Reader) -> str:
        person = form.value("person")
        if person is None:
            raise Invalid({"person": "Choisissez une personne."})
        add_member(session, reader, community, person)
        return "1 membre est inscrit et prévenu."

    form.send("Inscrire", act, primary=False, icon=":material/check:")
    link_buttons(
        [("Inscrire ceux d'un fichier", address("imports", scope, genre="membres"), "upload_file")]
    )


def hand_over_form(scope: Scope, members: Sequence[Member], community: Community) -> None:
    """Ends a membership for the member, naming a successor, or shares out her services."""
    if not may(scope.reader, "community.manage") or len(members) < 2:
        return
    form = Form(f"relay_{community}")
    names = fetch(person_labels, scope, [m.person_id for m in members])
    with st.expander("Passer le relais", icon=":material/sync_alt:", key=f"w_relay_{community}"):
        form.pick("leaver", "Qui passe le relais ?", names)
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
    session, reader: Reader, form: Form, community: Community, members: Sequence[Member]
) -> str:
    leaver = next((m for m in members if m.person_id == form.value("leaver")), None)
    if leaver is None:
        raise Invalid({"leaver": "Choisissez qui passe le relais."})
    if form.value("leaves"):
        gaps = leave_community(
            session, reader, community, leaver.person_id, form.value("successor")
        )
        return f"{leaver.name} n'en fait plus partie.{_gaps_in_words(gaps)}"
    if form.value("successor") is None:
        raise Invalid({"successor": "Choisissez qui prend le relais."})
    hand_over(session, reader, community, leaver.covered, form.value("successor"), leaver.person_id)
    return "Le relais est passé."


# --- who reaches which service --------------------------------------------------------------------


def coverage_block(scope: Scope) -> None:
    """The services by direction, those without an ambassador first; shape and number repeat the
    colour.
    """
    rows = cached.coverage(scope)
    if not rows:
        return
    missing = [row for row in rows if not row.ambassadors]
    alone = sum(row.agents for row in missing)
    if missing:
        message = (
            f"{french.counted(len(missing), 'service')} sans ambassadeur sur {len(rows)}"
            f" ({french.counted(alone, 'agent')})."
        )
    else:
        message = f"Chacun des {len(rows)} services a au moins un ambassadeur."
    draw("ui/heading_and_reading.html", title="Qui couvre quoi", message=message)
    lacking = {row.direction for row in missing}
    directions = [
        (name, [_service(row) for row in sorted(units, key=lambda row: row.ambassadors > 0)])
        for name, units in groupby(rows, key=lambda row: row.direction)
    ]
    gaps = [direction for direction in directions if direction[0] in lacking]
    administration = [direction for direction in directions if direction[0] not in lacking]
    draw("communities/coverage.html", directions=gaps or administration)
    if gaps and administration:
        directions_in_words = french.counted(len(administration), "direction")
        with fold(f"{directions_in_words} dont chaque service a un ambassadeur"):
            draw("communities/coverage.html", directions=administration)
    with fold("Le même en tableau"):
        table(
            _COVERAGE,
            _coverage_rows(scope),
            "Services et ambassadeurs, ceux qui n'en ont pas d'abord",
            frozenset({2, 3, 4, 5}),
        )
        data_link(COVERAGE_FILE, scope, "Télécharger (CSV)")


_COVERAGE = (
    "Service",
    "Direction",
    "Agents",
    "Ambassadeurs du service",
    "Qui le couvrent aussi",
    "Agents par ambassadeur",
)


def _coverage_rows(scope: Scope) -> list[tuple]:
    return [
        (
            row.service.name,
            row.direction,
            row.agents,
            row.own,
            row.others,
            french.number(row.agents / row.ambassadors, 0) if row.ambassadors else "–",
        )
        for row in sorted(cached.coverage(scope), key=lambda row: row.ambassadors > 0)
    ]


COVERAGE_FILE = rows_file("couverture", "page.everyone", _COVERAGE, _coverage_rows)


# The CSS class, and the shape that repeats the colour: none, one, several ambassadors.


def _service(row: Reached) -> dict:
    reach, shape = (("none", "■"), ("few", "○"), ("many", "●"))[min(row.ambassadors, 2)]
    covered = french.counted(row.ambassadors, "ambassadeur")
    message = covered if row.ambassadors else "sans ambassadeur"
    return {
        "name": row.service.name,
        "reach": reach,
        "shape": shape,
        "message": f"{message} · {french.counted(row.agents, 'agent')}",
    }


def sites_block(scope: Scope) -> None:
    """Sites without a meeting so far, largest first."""
    if not cached.sites_without_meeting(scope):
        return
    rows = _site_rows(scope)
    with fold(f"{french.counted(len(rows), 'site', 'sites')} sans réunion jusqu'ici"):
        table(_SITES, rows, "Sites où aucune réunion n'a encore été tenue", frozenset({3, 4}))
        data_link(SITES_FILE, scope, "Télécharger (CSV)")


_SITES = ("Site", "Genre", "Direction", "Agents", "Ordinateurs")


def _site_rows(scope: Scope) -> list[tuple]:
    return [
        (
            site.name,
            french.sentence_case(site.kind),
            unit_name(scope.tree, site.direction_id),
            site.agents,
            "–" if site.computers is None else site.computers,
        )
        for site in cached.sites_without_meeting(scope)
    ]


SITES_FILE = rows_file("sites-a-rencontrer", "page.everyone", _SITES, _site_rows)


def _growth(scope: Scope, community: Community) -> Chart | None:
    rows = cached.growth(scope, community)
    if not any(row.members for row in rows):
        return None
    first, last = rows[0], rows[-1]
    joined = french.counted(sum(row.joined for row in rows), "arrivée")
    left = french.counted(sum(row.left for row in rows), "départ")
    title = members = french.counted(last.members, "membre")
    if first.members:
        title += f" ; {french.number(first.members)} en {french.month(first.month_end)}"
    curve = {VALUE: [(row.month_end, row.members) for row in rows]}
    return Chart(
        f"membres-{community}",
        title,
        f"{joined} et {left} sur la période.",
        f"{community.label}. {title}.",
        evolution(curve, {VALUE: members}),
        ("Fin de mois", "Membres", "Arrivées", "Départs"),
        [(row.month_end, row.members, row.joined, row.left) for row in rows],
    )


GROWTH_FILES = {
    community: files_of(
        f"membres-{community}-par-mois", "page.everyone", partial(_growth, community=community)
    )
    for community in Community
}


def load_block(scope: Scope) -> None:
    """The load of each ambassador, in the order of the chart, for the programme office, which may
    share it out.
    """
    if not may(scope.reader, _SHARES_OUT) or not cached.loads(scope):
        return
    with fold("La charge de chaque ambassadeur", icon="balance"):
        small_print(
            "Dans l'ordre de l'organigramme. La part compte un agent pour moitié là où deux"
            " ambassadeurs couvrent le même service."
        )
        table(_LOADS, _load_rows(scope), "Charge des ambassadeurs", frozenset({2, 3, 4}))
        data_link(LOADS_FILE, scope, "Télécharger (CSV)")


_SHARES_OUT = "community.manage"

_LOADS = ("Nom", "Fonction", "Services couverts", "Agents de ces services", "Sa part")


def _load_rows(scope: Scope) -> list[tuple]:
    return [
        (
            row.member.name,
            row.member.function,
            row.services,
            row.agents,
            french.number(row.share, 0),
        )
        for row in cached.loads(scope)
    ]


LOADS_FILE = rows_file("charge-des-ambassadeurs", _SHARES_OUT, _LOADS, _load_rows)


def members_here(scope: Scope, community: Community) -> list[Member]:
    """The members of the directions looked at, in the order of the chart."""
    return [m for m in cached.members(scope.whole(), community) if scope.has(m.own_service)]


def members_block(scope: Scope, community: Community) -> None:
    """The members by direction; draws nothing if there are none."""
    members = members_here(scope, community)
    small_print(
        f"{french.counted(len(members), 'membre')}, avec leur accord, dans l'ordre de"
        " l'organigramme."
    )
    table(MEMBER_HEADINGS, member_rows(members, scope.tree), "Membres de la communauté")
    data_link(MEMBERS_FILES[community], scope, "Télécharger (CSV)")


MEMBERS_FILES = {
    community: rows_file(
        f"membres-{community}",
        "page.everyone",
        MEMBER_HEADINGS,
        lambda scope, community=community: member_rows(members_here(scope, community), scope.tree),
    )
    for community in Community
}

FILES = (
    COVERAGE_FILE,
    SITES_FILE,
    LOADS_FILE,
    *(file for files in GROWTH_FILES.values() for file in files),
    *MEMBERS_FILES.values(),
)


# ── Bonnes pratiques ──────────────────────────────────────────────────────────────────────────────


def bonnes_pratiques_view(scope: Scope) -> None:
    page_header("Bonnes pratiques")
    searched = words("réunion, horaire, accueil…")
    rows = fetch(practices, scope, searched)
    if rows:
        offers(scope, rows)
    elif searched.strip():
        empty_for_filters("Aucune fiche ne répond à ces mots.", address("bonnes-pratiques", scope))
    else:
        empty_nothing_yet(
            "Aucune fiche n'a encore été partagée : racontez ce qui a marché chez vous."
        )
    if scope.on == cached.today():
        unfolding(
            "Partager une bonne pratique",
            offer_fields,
            InterestKind.practice,
            ("Titre", "Ce que nous avons fait, ce que cela a donné"),
            "Votre nom et votre fonction sont affichés à côté. Pas de nom de collaborateur, merci.",
            "Partager",
            key="w_practice_box",
            icon=":material/edit_note:",
        )
