"""Themes (thèmes) of the codebook: which entries wait to be coded, how well coders and the machine
agree, how often each theme was given.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions, may
from dashboard.queries.ideas.clusters import ON_PATH
from dashboard.queries.ideas.records import readable_ideas
from dashboard.queries.ideas.waiting import of_scope
from dashboard.scope import Scope
from models.clusters import Coding, Theme
from models.ideas import Idea

FEWEST = 10  # entries behind a number
_LISTED, _LEARNED = 200, 2000
T = TypeVar("T", int, date)


def open_themes(session: Session, on: date) -> list[Theme]:
    """The themes that may be given on a day, in the order of their names."""
    is_open = or_(Theme.ended_on.is_(None), Theme.ended_on > on)
    return list(session.exec(select(Theme).where(is_open).order_by(Theme.name)).all())


def to_code(session: Session, scope: Scope, is_second: bool = False) -> list[Idea]:
    """The newest published entries that nobody coded; for a second coding, those that others but
    not the reader coded. Empty without the right.
    """
    if not may(scope.reader, "idea.sort"):
        return []
    mine = Coding.person_id == scope.reader.person_id
    by_me, by_others = (Idea.id.in_(select(Coding.idea_id).where(by)) for by in (mine, ~mine))
    entries = select(Idea).where(
        idea_conditions(scope.reader, scope.tree), Idea.published.is_(True), ON_PATH, ~by_me
    )
    asked = entries.where(by_others if is_second else ~by_others).order_by(Idea.id.desc())
    return readable_ideas(session.exec(of_scope(asked, scope).limit(_LISTED)).all())


def codings_of(session: Session) -> dict[int, list[Coding]]:
    """Entry → its codings, the first coder's first."""
    found: dict[int, list[Coding]] = defaultdict(list)
    order = Coding.on, Coding.person_id, Coding.idea_id
    for coding in session.exec(select(Coding).order_by(*order)).all():
        found[coding.idea_id].append(coding)
    return found


def quality(codings: Mapping[int, Sequence[Coding]]) -> tuple[float | None, int, int, int]:
    """Cohen's kappa of the entries that two people coded, and how many these are; of how many
    entries the theme was among the three proposed, and for how many three were.
    """
    twice = [
        sorted(given, key=lambda coding: coding.person_id)[:2]
        for given in codings.values()
        if len(given) > 1
    ]
    pairs = [(one.theme_id, other.theme_id) for one, other in twice]
    proposed = [c.proposed for given in codings.values() for c in given if c.proposed is not None]
    return kappa(pairs), len(pairs), sum(proposed), len(proposed)


def kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Cohen's kappa: the agreement of two coders beyond chance, 1 where they always agree; None for
    fewer than FEWEST entries.
    """
    n = len(pairs)
    if n < FEWEST:
        return None
    firsts, seconds = (Counter(side) for side in zip(*pairs, strict=True))
    chance = sum(firsts[theme] * seconds[theme] for theme in firsts) / n**2
    agreed = sum(one == other for one, other in pairs) / n
    return (agreed - chance) / (1 - chance) if chance < 1 else 1.0


def coded_entries(session: Session, scope: Scope) -> list[tuple[int, Idea]]:
    """The theme that the first coder gave, and the entry: the newest published ones of the scope
    that the reader may see.
    """
    codings = codings_of(session)
    seen = idea_conditions(scope.reader, scope.tree), Idea.published.is_(True)
    entries = of_scope(select(Idea).where(*seen, Idea.id.in_(codings)), scope)
    rows = session.exec(entries.order_by(Idea.id.desc()).limit(_LEARNED)).all()
    return [(codings[idea.id][0].theme_id, idea) for idea in readable_ideas(rows)]


def cut(coded: Sequence[tuple[int, T]]) -> dict[T | None, Counter[int]]:
    """Direction or quarter → how often each theme was given; those with fewer than FEWEST entries
    together under None, left out if that is few too: the smallest of the others goes with them, so
    that none is derived.
    """
    found: dict[T | None, Counter[int]] = defaultdict(Counter)
    for theme, part in coded:
        found[part][theme] += 1
    rest = found.pop(None, Counter())
    for part, counts in sorted(found.items(), key=lambda item: (item[1].total(), item[0])):
        if counts.total() < FEWEST or 0 < rest.total() < FEWEST:
            rest += found.pop(part)
    ordered = dict(sorted(found.items()))
    return ordered | ({None: rest} if rest.total() >= FEWEST else {})


def share_in_words(n: int, of: int) -> str:
    """« majorité » for more than half, « minorité » for less, « une voix » for a single entry;
    empty for none, and among fewer than FEWEST.
    """
    if of < FEWEST or not n:
        return ""
    return "une voix" if n == 1 else "majorité" if 2 * n > of else "minorité"
