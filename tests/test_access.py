"""Rights; every act that asks for a right refuses whoever has it not, and nothing is written then; A
file that a page offers is for the one who reads that page.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from support import asking
from support.acts import ACTS, NEVER_REFUSED, REFUSE_BEFORE, Stage
from support.conditions import CONDITIONS, check_condition
from support.reads import READS, check_read
from support.refusals import OWNED, check_act, check_own, taken_back
from support.rights import EXPECTED, ROLES, expected
from support.transactions import read_with, refuses
from support.troupe import BOTH, FROZEN, cast_in, in_turn

from dashboard.access import (
    NOBODY,
    OPERATOR,
    RIGHTS,
    Reach,
    Reader,
    idea_conditions,
    may,
    reach,
    require,
    sees_all_published,
)
from dashboard.actions.academy.trainings import cancel_session
from dashboard.actions.communities import hand_over
from dashboard.actions.ideas.answers import entrust_idea
from dashboard.actions.ideas.entries import withdraw_merge
from dashboard.actions.ideas.photos import remove_photo
from dashboard.actions.people import logins
from dashboard.queries.directions import organisation
from dashboard.queries.ideas import records
from dashboard.queries.ideas.card import idea_card
from dashboard.queries.ideas.records import (
    Filters,
    View,
    ideas_page,
    implemented,
    my_ideas,
    to_answer,
)
from dashboard.queries.ideas.waiting import count_late, to_read
from dashboard.queries.interests import late, pipeline
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.queries.reference_tables import REGISTERED
from dashboard.visit.navigation import menu, open_views
from dashboard.visit.screens import PLACES, SCREENS, place_of
from dashboard.web import files
from dashboard.web.files import OfferedFile
from models.academy import TrainingSession
from models.clock import today, window_start
from models.communities import Community, Interest, InterestState, Membership
from models.database import reading, writing
from models.facts import random_id
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import OFF_PATH, OPEN, Channel, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.ledger import Ledger, event_row
from models.people import Role
from models.settings import ROOT, settings
from models.texts import Invalid, Refused

# ── Rights ────────────────────────────────────────────────────────────────────────────────────────
# Every role and every right, one's own thing and somebody else's; what is hidden is hidden
# everywhere.
#
# A right, a role or a screen that is added without a line in these tables fails the suite.

# Which screens each of the cast finds; « Pourquoi ? » and the rest of page.everyone go together.
OPEN_SCREENS = {
    "",
    "deposer",
    "suivre",
    "marques-interet",
    "actualites",
    "accessibilite",
    "extrait",
    "vos-donnees",
    "registre",
    "cle",
}
COCKPIT = {screen.url for screen in SCREENS if screen.right == "page.cockpit"}
PUBLISHING = {"publication"}
# Screens of one role: address → who finds it.
OF_ONE_ROLE = {
    "reception": ("carine", "didier", "gaelle"),
    "imports": ("didier", "operator"),
    "etat-du-systeme": ("farid", "operator"),
    "journal": ("farid", "operator"),
    "affiches": ("didier",),
    "comptes": ("farid", "operator"),
    "mise-en-route": ("farid", "operator"),
    "programme": ("didier", "operator"),
    "referentiels": ("didier", "farid", "operator"),
    "a-prevenir": ("bruno", "carine", "didier", "gaelle"),
    "atelier": ("bruno", "didier"),
    "mes-services": ("bruno",),
    "bonnes-pratiques": ("carine", "didier", "gaelle"),
    "questionnaires": ("didier", "operator"),
    "lots": ("didier",),
}


# --- the matrix -----------------------------------------------------------------------------------


def test_the_table_names_every_right_and_every_role():
    assert set(EXPECTED) == set(RIGHTS)
    assert set(ROLES) == {role.name for role in Role}
    assert all(len(line.split()) == len(ROLES) for line in EXPECTED.values())
    assert all(set(granted) <= set(Role) for granted in RIGHTS.values())


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_the_reach_that_was_agreed(role):
    reader = Reader(
        person_id=None if role in ("nobody", "operator", "poster", "token") else 1,
        roles=frozenset({Role[role]}),
    )
    for right in EXPECTED:
        wanted = expected(right, role)
        assert reach(reader, right) == wanted, right
        assert may(reader, right) == (wanted > Reach.none), right
        if wanted > Reach.none:
            require(reader, right)
            continue
        refuses(require, reader, right)


def test_every_right_that_the_code_asks_for_is_declared_and_every_declared_one_is_asked_for():
    """Read from the source: a right with a slip of the pen would raise only when somebody comes
    by.
    """
    asked: set[str] = set()
    for path in (
        p
        for room in ("dashboard", "pages")
        for p in (ROOT / room).rglob("*.py")
        if p.name != "access.py"
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "may",
                "require",
                "reach",
            ):
                asked |= {arg.value for arg in node.args[1:2] if isinstance(arg, ast.Constant)}
    assert asked <= set(RIGHTS)
    asked |= {screen.right for screen in SCREENS}
    asked |= {register.right for register in REGISTERED.values()}
    inside = {
        "figures.by_direction",
        "rows.by_name",
        "idea.read",
        "idea.read_unpublished",
    }  # by access.py itself
    assert set(RIGHTS) - asked - inside == set()


@pytest.mark.slow
def test_roles_add_up_and_never_take_away(cast):
    both = Reader(1, roles=frozenset({Role.agent, Role.codir, Role.animateur}))
    for right in RIGHTS:
        assert reach(both, right) == max(
            expected(right, r) for r in ("agent", "codir", "animateur")
        )


# --- the cast -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_cast_has_its_roles_and_is_the_same_on_both_engines(cast, demo_on):
    assert cast.alice.roles == {Role.agent}
    assert (
        cast.bruno.roles == {Role.agent, Role.ambassadeur}
        and cast.bruno.service_id in cast.bruno.covered
    )
    assert cast.carine.roles == {Role.agent, Role.manager} and len(cast.carine.mandates) == 1
    assert cast.didier.roles == {Role.agent, Role.animateur}
    assert cast.elise.roles == {Role.agent, Role.codir}
    assert cast.farid.roles == {Role.agent, Role.admin}
    assert cast.gaelle.roles == {Role.agent, Role.codir, Role.manager, Role.directeur}
    assert NOBODY.roles == {Role.nobody} and OPERATOR.roles == {Role.operator}
    for engine in BOTH:
        assert cast_in(demo_on(engine)) == cast


def test_a_role_follows_its_day(sqlite_demo):
    """The mandate begins with the programme, the membership later: before, Carine is an agent
    like others.
    """
    before = cast_in(sqlite_demo, date(2020, 12, 31))
    assert before.carine.mandates == frozenset() and Role.manager not in before.carine.roles
    assert before.bruno.covered == frozenset() and Role.ambassadeur not in before.bruno.roles


@pytest.mark.parametrize(
    "who", ["alice", "bruno", "carine", "didier", "elise", "farid", "gaelle", "operator", "nobody"]
)
def test_each_finds_the_screens_that_are_open_to_them(cast, who):
    every = {screen.url for screen in SCREENS}
    seen = {screen.url for screen in SCREENS if may(getattr(cast, who), screen.right)}
    in_menu = [view for places in menu(getattr(cast, who)).values() for _, view in places]
    if who == "nobody":
        wanted = OPEN_SCREENS
    elif who in ("alice", "bruno"):
        wanted = every - COCKPIT - PUBLISHING
    else:
        wanted = every if who == "gaelle" else every - PUBLISHING
    wanted = wanted - {url for url, people in OF_ONE_ROLE.items() if who not in people}
    assert seen == wanted
    assert {"tableau-de-bord", "ma-direction", "decisions", "preparer"} <= COCKPIT
    tabs = {tab.url for view in in_menu for tab in open_views(getattr(cast, who), place_of(view))}
    elsewhere = {view.url for place in PLACES if not place.heading for view in place.views}
    hidden = {screen.url for screen in SCREENS if not screen.is_tab} | elsewhere
    assert tabs == wanted - hidden, "every view is a tab of a place of the menu"


def test_nobody_is_asked_to_sign_in_and_a_colleague_is_refused(cast):
    refuses(require, NOBODY, "idea.read", match="Connectez-vous")
    refuses(require, cast.alice, "account.manage", match="droit")


# --- one's own thing and somebody else's ----------------------------------------------------------


def an_idea(**values) -> Idea:
    return Idea(
        **(
            {
                "id": 1,
                "number": 1,
                "kind": "idee",
                "title": "t",
                "channel": "formulaire",
                "filed_on": FROZEN,
                "status": IdeaStatus.received,
                "published": False,
            }
            | values
        )
    )


def test_an_author_and_a_relay_read_their_own_entry_and_no_other(cast, tree):
    written, relayed = (
        an_idea(author_id=cast.alice.person_id),
        an_idea(relay_id=cast.bruno.person_id),
    )
    other = an_idea(author_id=cast.farid.person_id)
    for reader, own in ((cast.alice, written), (cast.bruno, relayed)):
        assert may(reader, "idea.read_unpublished", own, tree)
        assert not may(reader, "idea.read_unpublished", other, tree)
        assert not may(reader, "idea.publish", own, tree)
    assert may(cast.bruno, "idea.read_author", relayed, tree)
    assert not may(cast.bruno, "idea.read_author", other, tree)
    assert not may(cast.alice, "idea.read_author", relayed, tree)


def test_an_anonymous_entry_belongs_to_nobody(cast, tree):
    """No author and a reader without a person are not the same thing."""
    entry = an_idea(anonymous=True)
    for reader in (NOBODY, cast.alice, cast.bruno, cast.farid):
        assert not may(reader, "idea.read_unpublished", entry, tree)


def test_a_list_counts_what_is_published_in_its_index_for_whoever_sees_it_all(demo, cast, tree):
    """Without a look at the entries: as many as the condition of every list would find."""
    with reading(demo) as session:
        published = select(func.count()).where(Idea.published)
        every = session.exec(published).one()
        readers = [*vars(cast).values(), replace(cast.elise, only=tree.by_code["VC-JSP"].id)]
        for reader in readers:
            seen = session.exec(published.where(idea_conditions(reader, tree))).one()
            assert (seen == every) == sees_all_published(reader), reader
        assert {sees_all_published(reader) for reader in readers} == {True, False}


def test_a_manager_answers_for_her_direction_and_its_services_only(cast, tree):
    own, service = tree.by_code["VC-JSP"], tree.by_code["VC-JSP-1"]
    above, beside = tree.by_code["VC"], tree.by_code["VC-CUL"]
    for right in ("idea.publish", "idea.read_unpublished", "idea.read_author"):
        assert may(cast.carine, right, an_idea(concerns_id=own.id), tree)
        assert may(cast.carine, right, an_idea(concerns_id=service.id), tree)
        for unit in (above, beside):
            assert not may(cast.carine, right, an_idea(concerns_id=unit.id), tree)
        assert not may(cast.carine, right, an_idea(concerns_id=None), tree)
        assert not may(cast.carine, right, an_idea(concerns_id=own.id)), (
            "without the tree nothing is known"
        )


def test_a_record_that_was_not_found_is_nobodys_but_of_those_who_have_all(cast, tree):
    assert may(cast.carine, "idea.answer"), "she answers ideas, those of her directions"
    assert not may(cast.carine, "idea.answer", None, tree)
    assert may(cast.didier, "idea.answer", None, tree)
    refuses(require, cast.carine, "idea.answer", None, tree)


def test_a_manager_stays_the_author_of_her_own_entries(cast, tree):
    """A wider right holds the narrower one: what she wrote about another direction is still hers
    to read.
    """
    entry = an_idea(author_id=cast.carine.person_id, concerns_id=tree.by_code["DF-TAX"].id)
    assert may(cast.carine, "idea.read_unpublished", entry, tree)


def test_a_manager_who_is_an_ambassador_knows_whose_entry_she_relayed(cast, tree):
    both = Reader(
        cast.carine.person_id,
        roles=cast.carine.roles | {Role.ambassadeur},
        mandates=cast.carine.mandates,
    )
    relayed = an_idea(
        relay_id=both.person_id,
        author_id=cast.alice.person_id,
        concerns_id=tree.by_code["DF-TAX"].id,
    )
    assert may(both, "idea.read_author", relayed, tree)


def test_the_codir_reads_what_is_submitted_to_it(cast, tree):
    assert may(cast.elise, "idea.read_unpublished", an_idea(status=IdeaStatus.submitted), tree)
    assert not may(cast.elise, "idea.read_unpublished", an_idea(), tree)
    assert not may(cast.elise, "idea.publish", an_idea(status=IdeaStatus.submitted), tree)


# --- what is hidden is hidden everywhere ----------------------------------------------------------

HIDDEN_WORD = "zyglobule"


def add_entries(session, cast, tree) -> None:
    """Entries of every kind that wait to be read: whoever may not see them must meet none,
    anywhere.
    """
    day, due = date(2023, 6, 1), date(2023, 6, 15)
    plans = [
        {"anonymous": True},
        {"anonymous": True, "concerns_id": tree.by_code["VC-JSP-2"].id},
        {
            "anonymous": True,
            "concerns_id": tree.by_code["DF-TAX"].id,
            "status": IdeaStatus.redirected,
        },
        {"author_id": cast.alice.person_id},
        {"author_id": cast.farid.person_id},
        {"author_id": cast.alice.person_id, "relay_id": cast.bruno.person_id},
        {"author_id": cast.carine.person_id, "concerns_id": tree.by_code["DF-TAX"].id},
        {"anonymous": True, "status": IdeaStatus.submitted, "concerns_id": tree.by_code["VC"].id},
        {"anonymous": True, "status": IdeaStatus.implemented, "answered_on": date(2023, 6, 20)},
    ]
    ledger = Ledger(session)
    for n, plan in enumerate(plans):
        idea = Idea(
            **(
                {
                    "id": random_id(day),
                    "number": 1001 + n,
                    "kind": IdeaKind.idea,
                    "title": f"{HIDDEN_WORD} {n}",
                    "channel": Channel.form,
                    "filed_on": day,
                    "due_on": due,
                    "published": False,
                    "status": IdeaStatus.received,
                }
                | plan
            )
        )
        session.add(idea)
        session.flush()
        ledger.add(
            event_row(
                idea,
                id=random_id(day),
                on=day,
                recorded_on=day,
                seq=1,
                what=EventKind.filed,
                to_status=IdeaStatus.received,
                due_on=due,
            )
        )
        if idea.status != IdeaStatus.received:
            ledger.add(
                event_row(
                    idea,
                    id=random_id(day),
                    on=date(2023, 6, 20),
                    recorded_on=day,
                    seq=2,
                    text="fait",
                    what=EventKind.status,
                    from_status=IdeaStatus.received,
                    to_status=idea.status,
                    prev_due_on=due,
                    due_on=due,
                )
            )
        ledger.index(idea.id, idea.title, idea.body)
    ledger.write()


def may_see(reader: Reader, idea: Idea, tree) -> bool:
    """The rights of each role, said a second time and in plain Python."""
    if Role.nobody in reader.roles:
        return False
    if (
        idea.published
        or reader.roles & {Role.animateur, Role.operator}
        or reader.person_id == idea.author_id
    ):
        return True
    own = set().union(*(tree.under(unit) for unit in reader.mandates)) if reader.mandates else set()
    return (
        (Role.ambassadeur in reader.roles and idea.relay_id == reader.person_id)
        or idea.concerns_id in own
        or (Role.codir in reader.roles and idea.status == IdeaStatus.submitted)
    )


def walked(session, scope, filters) -> list[int]:
    """The numbers of the whole list, page after page."""
    first = ideas_page(session, scope, filters, 1, FROZEN)
    rows = [
        row
        for page in range(1, first.pages + 1)
        for row in ideas_page(session, scope, filters, page, FROZEN).rows
    ]
    assert len(rows) == first.total
    return sorted(row.number for row in rows)


@pytest.mark.parametrize(
    "kind,who",
    in_turn(["alice", "bruno", "carine", "didier", "elise", "farid", "operator", "nobody"]),
)
def test_every_way_of_reading_shows_the_same_entries(hidden_on, cast, scope_for, kind, who):
    reader = getattr(cast, who)
    with reading(hidden_on(kind)) as session:
        scope = scope_for(session, reader)
        everything = session.exec(select(Idea)).all()
        seen = {idea.number for idea in everything if may_see(reader, idea, scope.tree)}
        late = [idea for idea in everything if idea.number in seen and idea.is_late(FROZEN)]
        assert walked(session, scope, Filters()) == sorted(seen)
        assert walked(session, scope, Filters(words=HIDDEN_WORD)) == sorted(
            idea.number for idea in everything if idea.number in seen and HIDDEN_WORD in idea.title
        )
        assert walked(session, scope, Filters(view=View.late)) == sorted(
            idea.number for idea in late if idea.published
        ), "the list opens what the number counts"
        waiting = to_answer(session, scope, 1000)
        assert {row.number for row in waiting if row.is_late(FROZEN)} == {
            idea.number for idea in late if idea.published
        }
        assert {row.number for row in waiting} <= seen
        assert [row.due_on for row in waiting] == sorted(row.due_on for row in waiting)
        assert count_late(session, scope) == sum(idea.published for idea in late), (
            "one number for all readers"
        )
        assert to_read(session, scope) == sum(
            idea.number in seen
            and not idea.published
            and (idea.answered_on is None or idea.anonymous)
            and idea.status not in OFF_PATH
            for idea in everything
        )
        done = set(
            session.exec(
                select(IdeaEvent.idea_id).where(
                    IdeaEvent.to_status == IdeaStatus.implemented,
                    IdeaEvent.on >= window_start(FROZEN),
                )
            ).all()
        )
        assert {row.number for row, _ in implemented(session, scope, 1000)} == {
            idea.number for idea in everything if idea.number in seen and idea.id in done
        }
        for idea in [i for i in everything if not i.published] + everything[::12]:
            visible = idea.number in seen
            assert (idea_card(session, scope, idea.number) is not None) == visible, idea.number
            assert walked(session, scope, Filters(words=f"n° {idea.number}")) == (
                [idea.number] if visible else []
            )
        if who == "nobody":
            with pytest.raises(Refused):
                list(records.idea_rows(session, scope, fields=("number",)))
        else:
            assert sorted(
                row[0] for row in records.idea_rows(session, scope, fields=("number",))
            ) == sorted(seen)
        mine = {row.number for row in my_ideas(session, scope, 1000)}
        assert mine == {
            i.number for i in everything if reader.person_id and i.author_id == reader.person_id
        }


@pytest.fixture(scope="module")
def hidden_on(open_copy, cast) -> Iterator[Callable[[str], Engine]]:
    """Engine's name → a copy with these entries, which no test writes into."""
    made = {}

    def opened(kind: str) -> Engine:
        if kind not in made:
            made[kind] = open_copy(kind, "demo")
            with writing(made[kind][0]) as session:
                add_entries(session, cast, organisation(session).at(FROZEN))
        return made[kind][0]

    yield opened
    for _, end in made.values():
        end()


def test_a_redirected_entry_offers_no_publishing(hidden_on, cast, scope_for):
    with reading(hidden_on("sqlite")) as session:
        cards = {n: idea_card(session, scope_for(session, cast.didier), n) for n in (1001, 1003)}
        assert cards[1001].may_publish and not cards[1003].may_publish
        assert not idea_card(session, scope_for(session, cast.alice), 1004).may_publish


def test_a_manager_cannot_reach_beyond_her_direction_by_the_address(hidden_on, cast, scope_for):
    """Filtering by another direction shows its published entries only."""
    with reading(hidden_on("sqlite")) as session:
        scope = scope_for(session, cast.carine, direction="DF-TAX")
        assert scope.unit.code == "DF-TAX"
        rows = ideas_page(session, scope, Filters(), 1, FROZEN).rows
        assert {row.number for row in rows if not row.published} == {1007}  # she wrote this one


def test_open_states_are_the_ones_that_can_be_late():
    idea = an_idea(due_on=date(2023, 6, 1))
    assert idea.is_late(FROZEN)
    for status in IdeaStatus:
        idea.status = status
        assert idea.is_late(FROZEN) == (status in OPEN)
    assert not an_idea(due_on=FROZEN).is_late(FROZEN), "the promised day itself is in time"


# ── Every act that asks for a right refuses whoever has it not, and nothing is written then ───────
# The acts are found in the source and called by the table of tests/support/acts.py: one that asks
# for
# a right and stands in no line of it fails the suite.


@pytest.fixture(scope="module")
def stage(open_copy):
    engine, end = open_copy("sqlite", "demo")
    yield Stage(engine)
    end()


def test_every_act_that_asks_for_a_right_is_in_the_table():
    assert {act.key for act in ACTS} | set(REFUSE_BEFORE) == asking.acts()


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_an_act_refuses_whoever_has_not_its_right(stage, act):
    refused = check_act(stage, act)
    assert refused or act.right in NEVER_REFUSED, "nobody of the cast is refused"


@pytest.mark.parametrize("act", OWNED, ids=lambda act: act.name)
def test_an_act_is_done_by_who_has_its_right_on_her_own_thing(stage, act):
    check_own(stage, act)


# --- who has the right meets the state of the thing -------------------------------------------------


@pytest.fixture
def session(stage):
    with taken_back(stage) as session:
        yield session


def test_a_proposal_to_merge_is_withdrawn_once(stage, session):
    withdraw_merge(session, stage.cast.didier, stage.merge)
    refuses(withdraw_merge, session, stage.cast.didier, stage.merge, match="n'est plus ouverte")


def test_a_photo_is_removed_from_its_own_entry_only(stage, session):
    refuses(
        remove_photo,
        session,
        stage.cast.didier,
        stage.other,
        stage.photo,
        stage.tree,
        match="n'est plus là",
    )
    remove_photo(session, stage.cast.didier, stage.idea, stage.photo, stage.tree)
    refuses(
        remove_photo,
        session,
        stage.cast.didier,
        stage.idea,
        stage.photo,
        stage.tree,
        match="n'est plus là",
    )


@pytest.mark.parametrize("status", [IdeaStatus.withdrawn, IdeaStatus.merged])
def test_an_entry_that_waits_for_nothing_is_entrusted_to_nobody(stage, session, status):
    idea = session.exec(select(Idea).where(Idea.number == stage.idea)).one()
    idea.status = status
    session.flush()
    refuses(
        entrust_idea, session, stage.cast.didier, stage.idea, None, stage.tree, match=status.label
    )


def test_an_entry_is_entrusted_to_who_works_in_its_direction(stage, session):
    refuses(
        entrust_idea,
        session,
        stage.cast.didier,
        stage.idea,
        stage.cast.carine.person_id,
        stage.tree,
        match="direction concernée",
        error=Invalid,
    )


def test_a_community_is_handed_over_to_another_of_its_members(stage, session):
    members = select(Membership.person_id).where(
        Membership.community == str(Community.ambassadors), Membership.left_on.is_(None)
    )
    member = session.exec(members).first()
    for successor in (member, stage.cast.carine.person_id):  # the one who leaves, and an outsider
        refuses(
            hand_over,
            session,
            stage.cast.didier,
            Community.ambassadors,
            (),
            successor,
            member,
            match="qui y reste",
            error=Invalid,
        )


@pytest.mark.parametrize(
    "values,said",
    [
        ({"cancelled_on": FROZEN, "on": FROZEN + timedelta(days=9)}, "déjà annulée"),
        ({"cancelled_on": None, "on": FROZEN - timedelta(days=1)}, "déjà eu lieu"),
    ],
)
def test_a_session_that_is_over_is_not_cancelled(stage, session, values, said):
    held = session.get(TrainingSession, stage.held)
    for name, value in values.items():
        setattr(held, name, value)
    session.flush()
    refuses(cancel_session, session, stage.cast.didier, stage.held, "Plus de local", match=said)


def test_a_mark_of_interest_is_late_after_its_day_for_as_long_as_it_is_new(stage, session):
    marked = pipeline(session, stage.scope(stage.cast.didier))
    one = next(mark for mark in marked if mark.state == InterestState.new)
    on_its_day = replace(stage.scope(stage.cast.didier), on=one.due_on)
    day_after = replace(on_its_day, on=one.due_on + timedelta(days=1))
    new = [mark.due_on for mark in marked if mark.state == InterestState.new]
    assert len(late(session, on_its_day)) == sum(due < one.due_on for due in new)
    before = len(late(session, day_after))
    assert before == sum(due <= one.due_on for due in new) > 0
    session.get(Interest, one.record.id).state = InterestState.contacted
    session.flush()
    assert len(late(session, day_after)) == before - 1


# --- what nobody has published ------------------------------------------------------------------------


@pytest.mark.parametrize("name", READS)
def test_a_query_finds_no_entry_that_its_reader_may_not_see(stage, name):
    check_read(stage, name)


# --- what is left out for whoever has no right to it --------------------------------------------------


def test_every_function_that_asks_how_far_a_right_goes_is_in_the_table():
    assert {line.key for line in CONDITIONS} == asking.questioners()
    calls = sum(len(one.questions) for one in asking.functions().values())
    assert calls == asking.questions_named(), "a question is asked where no mutant reaches it"


def _slow_ones(line):
    """The whole pack of a report, gathered for each of the cast, takes seconds."""
    is_slow = line.key == "report.pack:gather"
    return pytest.param(line, marks=[pytest.mark.slow] if is_slow else [], id=line.name)


@pytest.mark.parametrize("line", [_slow_ones(line) for line in CONDITIONS])
def test_each_of_the_cast_sees_what_her_rights_open_and_nothing_else(stage, line):
    assert 0 < len(line.full) < len(stage.readers), "a right that everybody has, or nobody"
    check_condition(stage, line)


# ── A file that a page offers is for the one who reads that page ──────────────────────────────────
# Her sign-in, with the rights that she had as it was offered. The tab is not drawn again in
# between.


@pytest.fixture
def town(demo_copy, data_folder, commands_on):
    """A demonstration that the routes of this process read."""
    commands_on(demo_copy)
    return demo_copy


def signs_in(town, login: str) -> tuple[str, Reader]:
    """The cookie, and who reads by it."""
    with writing(town) as session:
        account = account_by_login(session, login)
        return logins.open_login(session, account, remember=False), reader_of(
            session, account, today(session)
        )


def offered_to(cookie: str, reader: Reader) -> OfferedFile:
    return OfferedFile(lambda: b"noms", "noms.csv", "text/csv", reader, logins.hash_of(cookie))


def fetched(address: str, cookie: str) -> int:
    client = TestClient(
        Starlette(routes=files.routes([])), cookies={settings().cookie_name: cookie}
    )
    return client.get(address).status_code


def test_a_role_that_is_lost_takes_the_file_along(town):
    cookie, didier = signs_in(town, "didier")
    offered = offered_to(cookie, didier)
    address = files.offer(offered)
    assert fetched(address, cookie) == 200
    with writing(town) as session:
        account_by_login(session, "didier").roles = "agent"
    assert read_with(town, logins.login_of, logins.hash_of(cookie)), "she is signed in as before"
    assert fetched(address, cookie) == 404


def test_another_sign_in_of_the_same_person_gets_no_file(town):
    cookie, didier = signs_in(town, "didier")
    offered = offered_to(cookie, didier)
    address = files.offer(offered)
    assert fetched(address, signs_in(town, "didier")[0]) == 404
    assert fetched(address, signs_in(town, "bruno")[0]) == 404
    assert fetched(address, cookie) == 200
