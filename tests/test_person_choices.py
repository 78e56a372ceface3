"""Two agents of one name: every list of persons tells them apart, and finds them by either order of
their names.
"""

from collections.abc import Callable

import pytest
from sqlmodel import Session
from support.entries import an_idea, unit
from support.troupe import FROZEN, Cast, scope_at

from dashboard.actions.communities import JoinInput, join_community
from dashboard.queries.ideas import waiting
from dashboard.queries.meetings import records
from dashboard.queries.people.accounts import persons_without_account
from dashboard.queries.people.readers import colleagues, person_labels
from models.communities import Community
from models.database import writing
from models.people import Assignment, Person

BOTH = {"900001": "VC-JSP-1", "900002": "VC-JSP-2"}


def two_of_one_name(session: Session) -> list[int]:
    found = []
    for key, service in BOTH.items():
        person = Person(key=key, given_name="Claude", family_name="Lambert-Aubry")
        session.add(person)
        session.flush()
        place = {"on": FROZEN, "recorded_on": FROZEN, "service_id": unit(session, service)}
        session.add(Assignment(person_id=person.id, **place))
        found.append(person.id)
    session.flush()
    return found


def for_a_training(session: Session, cast: Cast) -> dict[int, str]:
    return colleagues(session, scope_at(session, cast.didier))


def for_a_list_of_presences(session: Session, cast: Cast) -> dict[int, str]:
    return records.addable(session, scope_at(session, cast.didier), ())


def for_an_answer(session: Session, cast: Cast) -> dict[int, str]:
    idea = an_idea(session, concerns_id=unit(session, "VC-JSP"))
    return waiting.colleagues(session, scope_at(session, cast.carine), idea)


def for_an_account(session: Session, cast: Cast) -> dict[int, str]:
    return persons_without_account(session, cast.farid, "Lambert-Aubry Claude")


def by_their_ids(session: Session, cast: Cast) -> dict[int, str]:
    scope = scope_at(session, cast.didier)
    everybody = colleagues(session, scope)
    return person_labels(session, scope, list(everybody))


@pytest.mark.parametrize("listed", [
    for_a_training, for_a_list_of_presences, for_an_answer, for_an_account, by_their_ids,
])  # fmt: skip
def test_homonyms_are_told_apart_and_found_by_either_order(
    sqlite_copy, cast, listed: Callable[[Session, Cast], dict[int, str]]
):
    with writing(sqlite_copy) as session:
        ids = two_of_one_name(session)
        tree = scope_at(session, cast.didier).tree
        offered = listed(session, cast)
        for person, (key, service) in zip(ids, BOTH.items(), strict=True):
            label = offered[person]
            for part in (key, tree.by_code[service].name):
                assert part in label
            for order in ("Claude Lambert-Aubry", "Lambert-Aubry Claude"):
                assert order in label, "a list narrows to what holds the letters in their order"


def test_who_hands_over_is_chosen_among_labels(open_page, demonstration, cast):
    with writing(demonstration) as session:
        ids = two_of_one_name(session)
        for person in ids:
            join_community(session, cast.didier, JoinInput(Community.ambassadors), person)
    tab = open_page("didier", "communautes", "communaute=ambassadeurs")
    (picker,) = [box for box in tab.selectbox if box.label == "Qui passe le relais ?"]
    named = [label for label in picker.options if "Lambert-Aubry" in label]
    assert len(set(named)) == 2 and all("90000" in label for label in named)
