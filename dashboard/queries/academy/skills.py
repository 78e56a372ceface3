"""Reading skills (savoir-faire): who can teach what, who asks for what, and which of
them speak of the same thing.
"""

from dataclasses import dataclass

from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.scope import Scope
from models.academy import Skill
from models.idea_states import OPEN
from models.ideas import Idea
from models.people import Person
from models.roadmap import Ambition
from models.search import stems

_SKILLS = "competences"
_LOOKED_AT = 200


@dataclass(frozen=True)
class Offered:
    """One skill with the name of who teaches it, or asks for it; `meets` are those
    of the other side that match it.
    """

    skill: Skill
    name: str
    function: str
    meets: tuple[str, ...] = ()


def open_skills(session: Session) -> list[Offered]:
    """What is taught and asked for at present, the latest first, each with whom it matches."""
    rows = session.exec(
        select(Skill, Person)
        .join(Person, Person.id == Skill.person_id)
        .where(Skill.ended_on.is_(None), Person.erased_on.is_(None))
        .order_by(Skill.id.desc())
    ).all()
    # Stemmed once: every skill is compared with every other one.
    words = {skill.id: words_of(skill) for skill, _ in rows}

    def meets(skill: Skill) -> tuple[str, ...]:
        others = [
            f"{person.name} (« {other.title} »)"
            for other, person in rows
            if other.teaches != skill.teaches
            and other.person_id != skill.person_id
            and are_near(words[skill.id], words[other.id])
        ]
        return tuple(dict.fromkeys(others))

    return [Offered(skill, person.name, person.function, meets(skill)) for skill, person in rows]


def matching(session: Session, skill: Skill) -> list[Skill]:
    """The open skills of other persons, on the other side, that speak of the same thing."""
    rows = session.exec(
        select(Skill)
        .join(Person, Person.id == Skill.person_id)
        .where(
            Skill.ended_on.is_(None),
            Skill.teaches != skill.teaches,
            Skill.person_id != skill.person_id,
            Person.erased_on.is_(None),
        )
        .order_by(Skill.id)
    ).all()
    mine = words_of(skill)
    return [other for other in rows if are_near(mine, words_of(other))]


def words_of(skill: Skill) -> tuple[frozenset[str], frozenset[str]]:
    """The stems of the title, and those of title and text."""
    return _words(skill.title, skill.text)


def _words(title: str, text: str = "") -> tuple[frozenset[str], frozenset[str]]:
    first = frozenset(word for word in stems(title) if len(word) > 2)
    return first, first | frozenset(word for word in stems(text) if len(word) > 2)


def are_near(
    one: tuple[frozenset[str], frozenset[str]], other: tuple[frozenset[str], frozenset[str]]
) -> bool:
    """Half at least of the words of the shorter title stand in what the other says,
    one at the least.
    """
    shorter, whole = (one[0], other[1]) if len(one[0]) <= len(other[0]) else (other[0], one[1])
    common = shorter & whole
    return bool(common) and 2 * len(common) >= len(shorter)


@dataclass(frozen=True)
class Revealed:
    """An open entry that says that a skill is missing, and who could teach it (« Nom
    (« savoir-faire ») »).
    """

    number: int
    title: str
    meets: tuple[str, ...]


def revealed(session: Session, scope: Scope, most: int = 10) -> list[Revealed]:
    """The open entries about skills (ambition « Actualisation des compétences »)
    that the reader may see, those that a colleague could answer first, then the
    latest: what agents ask to learn without having said so here.
    """
    rows = session.exec(
        select(Idea)
        .join(Ambition, Ambition.id == Idea.ambition_id)
        .where(
            Ambition.code == _SKILLS,
            Idea.status.in_([str(s) for s in OPEN]),
            idea_conditions(scope.reader, scope.tree),
        )
        .order_by(Idea.id.desc())
        .limit(_LOOKED_AT)
    ).all()
    taught = [
        (f"{skill.name} (« {skill.skill.title} »)", words_of(skill.skill))
        for skill in open_skills(session)
        if skill.skill.teaches
    ]
    found = []
    for idea in rows:
        asked = _words(idea.title)
        meets = tuple(who for who, words in taught if are_near(words, asked))
        found.append(Revealed(idea.number, idea.title, meets))
    return sorted(found, key=lambda item: not item.meets)[:most]
