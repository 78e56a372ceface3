"""A colleague who is named in a note is told of it, where she may read it; a name that reaches
nobody who does is refused.
"""

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from support.answers import chart, entry, key_of
from support.transactions import errors_of, select_all

from dashboard.access import NOBODY, Reader, may
from dashboard.actions.discussions import contribute
from dashboard.actions.ideas.filing import checked_input, file_idea
from dashboard.queries.ideas.card import named_in, note_readers
from models.database import reading, writing
from models.discussions import Contribution, ContributionKind, Subject
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.notices import Notice

CARINE, DIDIER, ALICE = "Carine Delvaux", "Didier Masson", "Alice Lambotte"

NOTE = ContributionKind.note


@pytest.fixture
def of_a_stranger(demo_copy) -> int:
    """An entry without a name, for Jeunesse et sports, of which Carine answers."""
    with writing(demo_copy) as session:
        unit = chart(session).by_code["VC-JSP"].id
        given = checked_input(title="Des filets neufs", concerns_id=unit, anonymous=True)
        return file_idea(session, NOBODY, given, "jeton").number


@pytest.fixture
def write(demo_copy, scope_for):
    def write_note(reader: Reader, number: int, text: str, kind: ContributionKind = NOTE) -> None:
        with writing(demo_copy) as session:
            at = (Subject.idea, key_of(session, number))
            contribute(session, scope_for(session, reader), *at, text, kind)

    return write_note


def told(engine: Engine, reader: Reader) -> list[str]:
    with reading(engine) as session:
        found = select(Notice.title).where(
            Notice.person_id == reader.person_id, Notice.kind == "commentaire"
        )
        return sorted(title.split(" au sujet")[0] for title in session.exec(found).all())


def test_who_is_named_is_told_once_and_so_are_those_who_answer(
    demo_copy, cast, write, of_a_stranger
):
    write(cast.carine, of_a_stranger, f"@{DIDIER}, le hall est-il dans le plan ?")
    assert told(demo_copy, cast.didier) == ["Une note interne vous nomme,"]
    assert told(demo_copy, cast.carine) == [], "she wrote it"
    write(cast.didier, of_a_stranger, f"Oui. (@{CARINE.upper()})")
    # She answers for the unit too: it is one notice, that says that she is named.
    assert told(demo_copy, cast.carine) == ["Une note interne vous nomme,"]
    write(cast.didier, of_a_stranger, "Une note sans nom ; écrire à info@exemple.invalid.")
    assert told(demo_copy, cast.carine) == ["Une note interne", "Une note interne vous nomme,"]


def test_a_name_that_does_not_reach_the_notes_is_refused_and_nothing_is_kept(
    demo_copy, cast, write, of_a_stranger
):
    for text in (f"@{ALICE}, qu'en dites-vous ?", "@Personne d'ici", "Avec @Carine seule"):
        assert (
            "lit les notes de cette idée"
            in errors_of(write, cast.didier, of_a_stranger, text)["text"]
        )
    assert select_all(demo_copy, select(Contribution).where(Contribution.kind == NOTE)) == []
    assert told(demo_copy, cast.alice) == []


def test_an_at_in_a_comment_names_nobody(demo_copy, cast, write, of_a_stranger):
    with writing(demo_copy) as session:
        session.exec(select(Idea).where(Idea.number == of_a_stranger)).one().published = True
    write(cast.bruno, of_a_stranger, f"@{ALICE} l'avait dit", ContributionKind.comment)
    assert told(demo_copy, cast.alice) == []


@pytest.mark.parametrize("status", [IdeaStatus.received, IdeaStatus.submitted])
def test_those_who_may_be_named_are_those_whose_right_reaches_the_entry(
    demo_copy, cast, scope_for, of_a_stranger, status
):
    with writing(demo_copy) as session:
        idea = session.exec(select(Idea).where(Idea.number == of_a_stranger)).one()
        idea.status, idea.owner_id = status, cast.bruno.person_id
    idea = entry(demo_copy, of_a_stranger)
    everyone = [cast.alice, cast.bruno, cast.carine, cast.didier, cast.elise, cast.farid]
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        found = set(note_readers(session, scope, idea))
        reach_it = {
            reader.person_id
            for reader in [*everyone, cast.gaelle]
            if may(reader, "idea.answer", idea, scope.tree)
        }
        assert found == reach_it - {cast.didier.person_id} and len(found) >= 2
        assert note_readers(session, scope_for(session, cast.alice), idea) == {}


def test_the_longest_name_is_meant():
    readers = {1: "Anne Lambot", 2: "Anne Lambotte", 3: "Zoé d’Arc", 4: "Anne Lambot Petit"}
    assert named_in("@Anne Lambotte et @anne lambot.", readers) == ({1, 2}, [])
    assert named_in("@Anne Lambot Petit !", readers) == ({4}, [])
    assert named_in("@Zoe D’Arc", readers) == ({3}, [])
    assert named_in("a@b.be, 3 @ 2 euros, @", readers) == (set(), [])
    assert named_in("@Anne, bonjour", readers) == (set(), ["Anne, bonjour"])
