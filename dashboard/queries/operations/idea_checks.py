"""Checks of the ideas: what is stored on each record against its facts, supports, comments and
merges, and its search words against its text.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, text
from sqlmodel import Session, select

from dashboard.french import counted
from dashboard.queries.operations.database_checks import Finding, finding
from models.database import is_sqlite
from models.discussions import (
    Contribution,
    ContributionKind,
    Subject,
    SubjectSupport,
    about_idea,
    idea_of,
)
from models.facts import first_id
from models.idea_events import NO_DAY, EventKind, IdeaEvent
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea, Merge, SourceKey
from models.ledger import indexed_under
from models.search import index_words

_CHUNK = 2000
_DECIDED = [str(kind) for kind in IdeaKind if kind.is_decided]


def _number(idea: int) -> str:
    """The name of an entry in a finding."""
    return f"n° {idea}"


def _counting() -> ColumnElement[bool]:
    """The condition for facts that are not voided."""
    return IdeaEvent.id.not_in(select(IdeaEvent.voids).where(IdeaEvent.voids.is_not(None)))


# Idea → the position of its last fact with a state that is not voided.
_LAST = (
    select(IdeaEvent.idea_id, func.max(IdeaEvent.seq).label("seq"))
    .where(IdeaEvent.to_status.is_not(None), _counting())
    .group_by(IdeaEvent.idea_id)
    .subquery()
)
# Idea → the fact of its first answer, with its due date.
_FIRST_ANSWER = (
    select(IdeaEvent.idea_id, IdeaEvent.on, IdeaEvent.due_on)
    .where(IdeaEvent.first_answer.is_(True), _counting())
    .subquery()
)


def _named(session: Session, statement: Select) -> list[str]:
    return [_number(found) for found in session.execute(statement.order_by(Idea.number)).scalars()]


def lives(session: Session) -> Finding:
    """The facts of an entry follow each other without a gap from its filing, each starting from the
    state that the previous one left.
    """
    facts = (
        select(
            IdeaEvent.idea_id,
            func.count().label("n"),
            func.min(IdeaEvent.seq).label("first"),
            func.max(IdeaEvent.seq).label("last"),
            func.sum(case((IdeaEvent.what == EventKind.filed, 1), else_=0)).label("filings"),
        )
        .group_by(IdeaEvent.idea_id)
        .subquery()
    )
    whole = and_(facts.c.first == 1, facts.c.last == facts.c.n, facts.c.filings == 1)
    before = func.lag(IdeaEvent.to_status).over(
        partition_by=IdeaEvent.idea_id, order_by=IdeaEvent.seq
    )
    steps = (
        select(IdeaEvent.idea_id, before.is_distinct_from(IdeaEvent.from_status).label("jumps"))
        .where(_counting(), IdeaEvent.what != EventKind.undone)
        .subquery()
    )
    broken = (
        select(Idea.number)
        .join(facts, facts.c.idea_id == Idea.id, isouter=True)
        .where(
            or_(
                facts.c.n.is_(None),
                ~whole,
                Idea.id.in_(select(steps.c.idea_id).where(steps.c.jumps)),
            )
        )
    )
    return finding(
        "faits des idées",
        _named(session, broken),
        "ils se suivent",
        "idée a un fait qui manque ou ne suit pas le précédent",
        "idées ont un fait qui manque ou ne suit pas le précédent",
    )


def _as_in_facts(
    name: str, what: str, differs: ColumnElement[bool]
) -> Callable[[Session], Finding]:
    """A check that a value on each record is that of its last fact with a state, or of its first
    answer.
    """

    def check(session: Session) -> Finding:
        wrong = (
            select(Idea.number)
            .join(_LAST, _LAST.c.idea_id == Idea.id, isouter=True)
            .join(
                IdeaEvent,
                (IdeaEvent.idea_id == Idea.id) & (IdeaEvent.seq == _LAST.c.seq),
                isouter=True,
            )
            .join(_FIRST_ANSWER, _FIRST_ANSWER.c.idea_id == Idea.id, isouter=True)
            .where(differs)
        )
        return finding(
            name,
            _named(session, wrong),
            "comme leurs faits le disent",
            f"idée n'a pas {what} de ses faits",
            f"idées n'ont pas {what} de leurs faits",
        )

    return check


current_values = _as_in_facts(
    "états des idées", "l'état", IdeaEvent.to_status.is_distinct_from(Idea.status)
)
# An answered due date stays after a transfer.
_DUE = case((_FIRST_ANSWER.c.idea_id.is_not(None), _FIRST_ANSWER.c.due_on), else_=IdeaEvent.due_on)
promises = _as_in_facts("échéances des idées", "l'échéance", _DUE.is_distinct_from(Idea.due_on))
answers = _as_in_facts(
    "premières réponses",
    "la date de réponse",
    _FIRST_ANSWER.c.on.is_distinct_from(Idea.answered_on),
)
# What figures group by, on the record and copied to each fact.
_COPIED = ("ambition_id", "concerns_id", "origin_id", "author_id", "counts")
_IS_DECIDED = case((Idea.kind.in_(_DECIDED), literal(1)), else_=literal(0))
places = _as_in_facts(
    "classement des idées",
    "l'ambition, la direction, l'auteur ou le genre",
    or_(
        case((IdeaEvent.decided.is_(True), literal(1)), else_=literal(0)) != _IS_DECIDED,
        *(getattr(IdeaEvent, name).is_distinct_from(getattr(Idea, name)) for name in _COPIED),
    ),
)


def filings(session: Session) -> Finding:
    """The day of filing is the same on the record, on each of its facts, and in its id; if it is
    unknown, the facts have NO_DAY.
    """
    facts = (
        select(
            IdeaEvent.idea_id,
            func.min(IdeaEvent.filed_on).label("first"),
            func.max(IdeaEvent.filed_on).label("last"),
            func.min(case((IdeaEvent.what == EventKind.filed, IdeaEvent.on))).label("filed"),
        )
        .group_by(IdeaEvent.idea_id)
        .subquery()
    )
    rows = session.execute(
        select(
            *(Idea.number, Idea.id, Idea.filed_on, Idea.dated),
            *(facts.c.first, facts.c.last, facts.c.filed),
        )
        .join(facts, facts.c.idea_id == Idea.id)
        .order_by(Idea.number)
    )
    one_day = timedelta(days=1)
    wrong = [
        _number(found)
        for found, id_, filed_on, dated, *stored in rows
        if stored != [*([filed_on if dated else NO_DAY] * 2), filed_on]
        or not first_id(filed_on) <= id_ < first_id(filed_on + one_day)
    ]
    return finding(
        "dates de dépôt",
        wrong,
        "celles de leurs faits",
        "idée n'a pas la date de dépôt de ses faits",
        "idées n'ont pas la date de dépôt de leurs faits",
    )


# ── Who sees it ───────────────────────────────────────────────────────────────────────────────────


def publication(session: Session) -> Finding:
    """An idea is published or not by the last fact about it; before any, a signed idea is
    published, an anonymous one is not. An imported idea may start hidden.
    """
    tells_visibility = or_(
        IdeaEvent.what.in_([EventKind.published, EventKind.hidden]),
        IdeaEvent.to_status == IdeaStatus.redirected,
    )
    last = (
        select(IdeaEvent.idea_id, func.max(IdeaEvent.seq).label("seq"))
        .where(tells_visibility, _counting())
        .group_by(IdeaEvent.idea_id)
        .subquery()
    )
    imported = select(SourceKey.record_id).where(SourceKey.subject == "idea")
    rows = session.execute(
        select(
            Idea.number,
            Idea.published,
            Idea.anonymous,
            IdeaEvent.what,
            Idea.id.in_(imported).label("imported"),
        )
        .join(last, last.c.idea_id == Idea.id, isouter=True)
        .join(
            IdeaEvent,
            (IdeaEvent.idea_id == Idea.id) & (IdeaEvent.seq == last.c.seq),
            isouter=True,
        )
        .order_by(Idea.number)
    )
    wrong = [_number(found) for found, *stored in rows if not _is_shown_rightly(*stored)]
    return finding(
        "publication des idées",
        wrong,
        "comme leurs faits le disent",
        "idée est montrée ou cachée contre ses faits",
        "idées sont montrées ou cachées contre leurs faits",
    )


def _is_shown_rightly(
    published: bool, anonymous: bool, last: str | None, is_imported: bool
) -> bool:
    if last is not None:
        return published == (last == EventKind.published)
    if published:
        return not anonymous
    return anonymous or is_imported


# ── Merges, supports and comments ─────────────────────────────────────────────────────────────────


def _joined(session: Session) -> dict[int, int]:
    """Entry → the one it is merged into."""
    rows = session.execute(
        select(Idea.id, Idea.merged_into).where(Idea.merged_into.is_not(None))
    ).all()
    return dict(rows)


def _survivors(idea: int, joined: Mapping[int, int]) -> list[int]:
    """An entry and those it was merged into, one after the other; a cycle is followed once."""
    found = [idea]
    while (into := joined.get(found[-1])) is not None and into not in found:
        found.append(into)
    return found


def merges(session: Session) -> Finding:
    """A merged entry has another entry as its target and the status « merged », without cycles; a
    merge that was done and not undone matches its entry.
    """
    joined = _joined(session)
    circles = {entry for entry in joined if joined.get(_survivors(entry, joined)[-1]) is not None}
    lost = (
        select(Merge.id)
        .where(
            Merge.idea_id == Idea.id,
            Merge.done_on.is_not(None),
            Merge.ended_on.is_(None),
            Merge.into_id.is_distinct_from(Idea.merged_into),
        )
        .exists()
    )
    odd = Idea.merged_into.is_not(None) & (Idea.status != IdeaStatus.merged)
    return finding(
        "fusions",
        _named(session, select(Idea.number).where(lost | odd | Idea.id.in_(circles))),
        counted(len(joined), "idée fusionnée", "idées fusionnées"),
        "idée n'est pas fusionnée comme elle le dit",
        "idées ne sont pas fusionnées comme elles le disent",
    )


def supports(session: Session) -> Finding:
    """The number of supports on each record is that of the distinct supporters of the entry and of
    those merged into it, without their authors.
    """
    joined = _joined(session)
    alone = (
        select(Idea.id, func.count(SubjectSupport.person_id).label("n"))
        .join(
            SubjectSupport,
            about_idea(SubjectSupport) & SubjectSupport.person_id.is_distinct_from(Idea.author_id),
            isouter=True,
        )
        .group_by(Idea.id)
        .subquery()
    )
    rows = session.execute(
        select(Idea.id, Idea.number, Idea.supports, alone.c.n)
        .join(alone, alone.c.id == Idea.id)
        .order_by(Idea.number)
    ).all()
    together = _supported_together(session, joined)
    wrong = [
        f"{_number(found)} ({counted(stored, 'soutien')} au lieu de {together.get(id_, n)})"
        for id_, found, stored, n in rows
        if stored != together.get(id_, n)
    ]
    return finding(
        "soutiens",
        wrong,
        "un par personne",
        "idée n'a pas le nombre de ses soutiens",
        "idées n'ont pas le nombre de leurs soutiens",
    )


def _supported_together(session: Session, joined: Mapping[int, int]) -> dict[int, int]:
    """Entry that others were merged into → the number of persons who support any of them."""
    above = {target: _survivors(target, joined) for target in {*joined, *joined.values()}}
    if not above:
        return {}
    supporters = select(idea_of(SubjectSupport), SubjectSupport.person_id).where(
        SubjectSupport.subject == Subject.idea,
        SubjectSupport.key.in_([str(target) for target in above]),
    )
    authors: dict[int, set[int]] = defaultdict(set)
    persons: dict[int, set[int]] = defaultdict(set)
    for table, found in (
        (select(Idea.id, Idea.author_id).where(Idea.id.in_(above)), authors),
        (supporters, persons),
    ):
        for idea, person in session.execute(table):
            for target in above[idea]:
                found[target].add(person)
    return {target: len(persons[target] - authors[target]) for target in above}


def comments(session: Session) -> Finding:
    """The number of comments on each record is that of its public comments."""
    public = (
        select(idea_of(Contribution).label("idea_id"), func.count().label("n"))
        .where(
            Contribution.subject == Subject.idea,
            Contribution.kind == ContributionKind.comment,
            Contribution.hidden.is_(False),
        )
        .group_by(Contribution.subject, Contribution.key)
        .subquery()
    )
    wrong = (
        select(Idea.number)
        .join(public, public.c.idea_id == Idea.id, isouter=True)
        .where(func.coalesce(public.c.n, 0) != Idea.comments)
    )
    return finding(
        "commentaires",
        _named(session, wrong),
        "ceux que chacun lit",
        "idée n'a pas le nombre de ses commentaires",
        "idées n'ont pas le nombre de leurs commentaires",
    )


# ── Found by its words ────────────────────────────────────────────────────────────────────────────


def search_words(session: Session) -> Finding:
    """The search index has every idea with exactly the words of its text, and nothing else."""
    key = "rowid" if is_sqlite(session) else "id"
    # A join, not « NOT IN »: PostgreSQL would scan one list again for each row of the other.
    unknown = text(
        f"SELECT idea_words.{key} FROM idea_words LEFT JOIN idea ON idea_words.{key} = idea.id"
        " WHERE idea.id IS NULL"
    )
    wrong = [f"index {found}" for found in session.execute(unknown).scalars()]
    wrong += [_number(found) for found in _not_found_by_their_words(session)]
    return finding(
        "mots de recherche",
        wrong,
        "ceux de chaque idée",
        "idée ne se retrouve pas par ses mots",
        "idées ne se retrouvent pas par leurs mots",
    )


def _not_found_by_their_words(session: Session) -> Iterator[int]:
    rows = session.execute(
        select(Idea.id, Idea.number, Idea.title, Idea.body)
        .order_by(Idea.id)
        .execution_options(yield_per=_CHUNK)
    )
    for part in rows.partitions():
        written = {id_: index_words(title, body) for id_, _, title, body in part}
        indexed = indexed_under(session, written)
        yield from (found for id_, found, *_ in part if id_ not in indexed)
