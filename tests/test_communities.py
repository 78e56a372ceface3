"""Communities: Alice becomes an ambassador, changes her reach, leaves; Didier hands over;
managers share notes.
"""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlmodel import select
from support.days import on_day
from support.pages import unfold
from support.registers import bring, counts
from support.transactions import (
    add_rows,
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN

from dashboard.actions.communities import (
    JoinInput,
    add_member,
    change_reach,
    join_community,
    leave_community,
)
from dashboard.actions.interests import end_offer, write_offer
from dashboard.actions.register_imports import ImportOptions
from dashboard.figures import REGISTRY
from dashboard.figures.kinds import Reads
from dashboard.queries import communities as query
from dashboard.queries.interests import practices
from dashboard.queries.people.readers import account_by_login, reader_of
from models.communities import AmbassadorReach, Community, InterestKind, Membership
from models.database import reading, writing
from models.notices import Notice
from models.people import Assignment, Person, Role
from models.texts import Invalid

AMBASSADORS, MANAGERS = Community.ambassadors, Community.managers
LATER = FROZEN + timedelta(days=40)


def members(engine, community=AMBASSADORS, on: date = FROZEN) -> dict[int, int]:
    return read_with(engine, query.own_services, community, on)


def covered(engine, person: int, on: date = FROZEN) -> set[int]:
    return read_with(engine, query.coverage, AMBASSADORS, on).get(person, set())


def coverage(engine, scope_for, cast, on: date) -> float:
    with reading(engine) as session:
        scope = scope_for(session, cast.didier, today=on, au=on.isoformat())
        return REGISTRY["couverture"].function(Reads(session), scope, on)["couverture"].value


# --- joining, reaching further, leaving -----------------------------------------------------------


def test_alice_joins_and_is_an_ambassador_at_once(demo_copy, cast):
    write_with(demo_copy, join_community, cast.alice, JoinInput(AMBASSADORS))
    assert members(demo_copy)[cast.alice.person_id] == cast.alice.service_id
    assert members(demo_copy, on=FROZEN - timedelta(days=1)).get(cast.alice.person_id) is None, (
        "the day before she was not"
    )
    with reading(demo_copy) as session:
        assert (
            Role.ambassadeur in reader_of(session, account_by_login(session, "alice"), FROZEN).roles
        )


def test_she_covers_the_services_she_names_and_gives_them_back(demo_copy, cast, scope_for):
    others = [
        unit.id
        for unit in read_with(demo_copy, scope_for, cast.didier).tree.services()
        if unit.id != cast.alice.service_id
    ][:2]
    write_with(
        demo_copy,
        join_community,
        cast.alice,
        JoinInput(AMBASSADORS, AmbassadorReach.several, frozenset(others)),
    )
    assert covered(demo_copy, cast.alice.person_id) == {cast.alice.service_id, *others}
    on_day(demo_copy, LATER)
    write_with(
        demo_copy, change_reach, cast.alice, JoinInput(AMBASSADORS, AmbassadorReach.one_service)
    )
    assert covered(demo_copy, cast.alice.person_id, LATER) == {cast.alice.service_id}
    assert covered(demo_copy, cast.alice.person_id, FROZEN) == {
        cast.alice.service_id,
        *others,
    }, "the past stays as it was"


def keys_of(session, *logins: str) -> dict[str, str]:
    persons = {login: account_by_login(session, login).person_id for login in logins}
    return {login: session.get(Person, person).key for login, person in persons.items()}


def test_the_office_adds_members_who_are_told_and_may_leave(sqlite_copy, cast, scope_for):
    with writing(sqlite_copy) as session:
        add_member(session, cast.didier, Community.ambassadors, cast.alice.person_id)
        told = session.exec(select(Notice).where(Notice.person_id == cast.alice.person_id)).all()
        (notice,) = [item for item in told if item.key.startswith("adhesion-")]
        assert "la communauté des Ambassadeurs" in notice.title and "quitter" in notice.text
        assert notice.href == "/communautes?communaute=ambassadeurs"
        again = (cast.didier, Community.ambassadors, cast.alice.person_id)
        refuses(add_member, session, *again, match="déjà partie")
    with writing(sqlite_copy) as session:
        leave_community(session, cast.alice, Community.ambassadors)
        listed = query.members(session, scope_for(session, cast.didier), Community.ambassadors)
        assert cast.alice.person_id not in [member.person_id for member in listed]


def test_a_file_adds_members_and_says_who_cannot_be(sqlite_copy, cast):
    with writing(sqlite_copy) as session:
        keys = keys_of(session, "alice", "bruno")
        carine = session.get(Person, cast.carine.person_id)
    ambassadors = ImportOptions(community="ambassadeurs")
    file = ("Matricule;Nom", f"{keys['alice']};Lambotte", f"{keys['bruno']};B", "0000;Personne")
    tried = bring(
        sqlite_copy, cast.didier, "membres", *file, how=replace(ambassadors, dry_run=True)
    )
    assert counts(tried) == (1, 0, 1, 1), "Bruno is one already"
    assert "ne désigne personne" in tried.refused[0].reason and tried.refused[0].line == 4
    assert counts(bring(sqlite_copy, cast.didier, "membres", *file, how=ambassadors))[0] == 1
    again = bring(sqlite_copy, cast.didier, "membres", *file, how=ambassadors)
    assert counts(again) == (0, 0, 2, 1)
    names = ("Membre", f"{carine.family_name.upper()} {carine.given_name}")
    named = bring(sqlite_copy, cast.didier, "membres", *names, how=ambassadors)
    assert named.new + named.unchanged == 1
    managers = ImportOptions(community="managers")
    left = bring(sqlite_copy, cast.didier, "membres", *file[:2], how=managers)
    assert "dirigent" in left.refused[0].reason
    lines = (sqlite_copy, cast.didier, "membres")
    refuses(bring, *lines, "a;b", "1;2", how=managers, match="matricule")
    refuses(bring, *lines, *file, match="de quelle communauté")


def test_didier_adds_a_member_on_the_screen(open_page, demonstration, cast):
    tab = open_page("didier", "communautes", "communaute=ambassadeurs")
    unfold(tab, "Inscrire des membres")
    (picker,) = [box for box in tab.selectbox if box.label == "Qui rejoint ?"]
    picker.select(cast.alice.person_id).run()
    next(b for b in tab.button if b.label == "Inscrire").click().run()
    assert not tab.exception
    assert "1 membre est inscrit et prévenu" in tab.success[0].value.replace("\\", "").replace(
        "\xa0", " "
    )
    others = open_page("elise", "communautes").get("expander")
    assert "Inscrire des membres" not in [fold.label for fold in others]


def test_leaving_ends_the_role_and_keeps_the_past(demo_copy, cast):
    on_day(demo_copy, LATER)
    gaps = write_with(demo_copy, leave_community, cast.bruno, AMBASSADORS)
    assert cast.bruno.person_id not in members(demo_copy, on=LATER)
    assert cast.bruno.person_id in members(demo_copy, on=LATER - timedelta(days=1))
    reached = set().union(*read_with(demo_copy, query.coverage, AMBASSADORS, LATER).values())
    assert covered(demo_copy, cast.bruno.person_id, LATER) == set() and gaps == len(
        cast.bruno.covered - reached
    )
    with reading(demo_copy) as session:
        assert (
            Role.ambassadeur
            not in reader_of(session, account_by_login(session, "bruno"), LATER).roles
        )
        assert (
            session.exec(
                select(Membership.left_on).where(
                    Membership.person_id == cast.bruno.person_id,
                    Membership.community == AMBASSADORS,
                )
            ).one()
            == LATER
        )


def test_who_changed_service_leaves_altogether(sqlite_copy, cast, scope_for):
    """She was counted in the service she joined from; leaving from another one ends her
    membership all the same.
    """
    elsewhere = next(
        u.id
        for u in read_with(sqlite_copy, scope_for, cast.didier).tree.services()
        if u.id not in cast.bruno.covered
    )
    add_rows(
        sqlite_copy,
        Assignment(
            person_id=cast.bruno.person_id, service_id=elsewhere, on=LATER, recorded_on=LATER
        ),
    )
    on_day(sqlite_copy, LATER)
    write_with(sqlite_copy, leave_community, cast.bruno, AMBASSADORS)
    assert cast.bruno.person_id not in members(sqlite_copy, on=LATER)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            lambda s, cast: join_community(s, cast.bruno, JoinInput(AMBASSADORS)),
            "Vous faites déjà partie",
        ),
        (lambda s, cast: leave_community(s, cast.alice, AMBASSADORS), "Vous ne faites pas partie"),
        (
            lambda s, cast: change_reach(s, cast.alice, JoinInput(AMBASSADORS)),
            "Vous ne faites pas partie",
        ),
        (
            lambda s, cast: join_community(s, cast.alice, JoinInput(MANAGERS)),
            "réunit les personnes qui dirigent",
        ),
        (
            lambda s, cast: join_community(
                s, cast.alice, JoinInput(AMBASSADORS), cast.elise.person_id
            ),
            "pas le droit",
        ),
        (
            lambda s, cast: leave_community(s, cast.alice, AMBASSADORS, cast.bruno.person_id),
            "pas le droit",
        ),
        (
            lambda s, cast: leave_community(
                s, cast.bruno, AMBASSADORS, successor_id=cast.alice.person_id
            ),
            "pas le droit",
        ),
        (lambda s, cast: join_community(s, cast.nobody, JoinInput(AMBASSADORS)), "Connectez-vous"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_writes_nothing(sqlite_copy, cast, act, sentence):
    before = members(sqlite_copy), members(sqlite_copy, MANAGERS)
    refusal(sqlite_copy, act, cast, match=sentence)
    assert (members(sqlite_copy), members(sqlite_copy, MANAGERS)) == before


def test_several_services_are_named(sqlite_copy, cast):
    assert (
        "au moins un autre service"
        in errors_of(
            write_with,
            sqlite_copy,
            join_community,
            cast.alice,
            JoinInput(AMBASSADORS, AmbassadorReach.several),
        )["services"]
    )
    refusal(
        sqlite_copy,
        join_community,
        cast.alice,
        JoinInput(AMBASSADORS, AmbassadorReach.several, frozenset({-5})),
        error=Invalid,
    )


# --- what is seen of it ---------------------------------------------------------------------------


def test_the_gap_shows_until_somebody_covers_it(sqlite_copy, cast, scope_for):
    with reading(sqlite_copy) as session:
        gap = next(
            row.service.id
            for row in query.coverage_map(session, scope_for(session, cast.didier))
            if not row.ambassadors
        )
    before = coverage(sqlite_copy, scope_for, cast, FROZEN)
    write_with(
        sqlite_copy,
        join_community,
        cast.alice,
        JoinInput(AMBASSADORS, AmbassadorReach.several, frozenset({gap})),
    )
    assert coverage(sqlite_copy, scope_for, cast, FROZEN) == pytest.approx(before + 100 / 60)
    with reading(sqlite_copy) as session:
        row = next(
            row
            for row in query.coverage_map(session, scope_for(session, cast.didier))
            if row.service.id == gap
        )
    assert (row.own, row.others) == (0, 1)


def test_the_map_the_load_and_the_growth_agree_with_the_members(demo, cast, scope_for):
    with reading(demo) as session:
        scope = scope_for(session, cast.didier)
        rows, loads, grown = (
            query.coverage_map(session, scope),
            query.load(session, scope),
            query.growth(session, scope, AMBASSADORS),
        )
        alone = [len(query.own_services(session, AMBASSADORS, month.month_end)) for month in grown]
    assert [month.members for month in grown] == alone, (
        "one reading tells each month what it tells when asked alone"
    )
    assert sum(row.own for row in rows) == len(loads) == grown[-1].members == 86
    assert sum(row.ambassadors for row in rows) == sum(one.services for one in loads)
    covered_agents = sum(row.agents for row in rows if row.ambassadors)
    assert sum(one.share for one in loads) == pytest.approx(covered_agents), (
        "each covered agent is carried once"
    )
    assert all(b.members == a.members + b.joined - b.left for a, b in pairwise(grown))


def test_didier_hands_over_and_no_service_is_lost(sqlite_copy, cast):
    successor = next(
        person
        for person in members(sqlite_copy)
        if person != cast.bruno.person_id
        and covered(sqlite_copy, person).isdisjoint(cast.bruno.covered)
    )
    theirs = covered(sqlite_copy, successor)
    gaps = write_with(
        sqlite_copy, leave_community, cast.didier, AMBASSADORS, cast.bruno.person_id, successor
    )
    assert gaps == 0 and covered(sqlite_copy, successor) == theirs | cast.bruno.covered
    assert members(sqlite_copy)[successor] in theirs, "she is still counted in her own service"
    told = select_all(
        sqlite_copy,
        select(Notice.title).where(Notice.person_id == successor, Notice.key.startswith("relais-")),
    )
    assert len(told) == 1 and str(len(cast.bruno.covered - theirs)) in told[0]


@pytest.mark.parametrize("successor", ["alice", "bruno"])
def test_a_successor_is_somebody_who_stays(sqlite_copy, cast, successor):
    refusal(
        sqlite_copy,
        leave_community,
        cast.didier,
        AMBASSADORS,
        cast.bruno.person_id,
        getattr(cast, successor).person_id,
        error=Invalid,
    )
    assert cast.bruno.person_id in members(sqlite_copy)


PRACTICE = InterestKind.practice

# --- the managers' notes --------------------------------------------------------------------------


def test_carine_shares_a_note_that_managers_find_and_agents_do_not(sqlite_copy, cast, scope_for):
    write_with(
        sqlite_copy,
        write_offer,
        cast.carine,
        PRACTICE,
        "Un tableau des congés, affiché",
        "Les équipes de la piscine se remplacent entre elles.",
    )
    with reading(sqlite_copy) as session:
        for words in ("conges", "équipe piscine", '"tableau des congés"'):
            assert [
                note.record.title
                for note in practices(session, scope_for(session, cast.gaelle), words)
            ] == ["Un tableau des congés, affiché"], words
        assert practices(session, scope_for(session, cast.gaelle), "piscine -congés") == []
        refuses(practices, session, scope_for(session, cast.alice))


def test_a_note_is_taken_back_by_its_author_only(sqlite_copy, cast, scope_for):
    ident = write_with(
        sqlite_copy, write_offer, cast.carine, PRACTICE, "Un essai", "Cela n'a rien donné."
    ).id
    refusal(sqlite_copy, end_offer, cast.didier, PRACTICE, ident, match="pas de vous")
    write_with(sqlite_copy, end_offer, cast.carine, PRACTICE, ident)
    with reading(sqlite_copy) as session:
        assert practices(session, scope_for(session, cast.carine), "essai rien") == []


def test_an_empty_note_is_told_field_by_field(sqlite_copy, cast):
    assert set(errors_of(write_with, sqlite_copy, write_offer, cast.carine, PRACTICE, " ", "")) == {
        "title",
        "text",
    }
    refusal(sqlite_copy, write_offer, replace(cast.alice), PRACTICE, "Titre", "Texte")
