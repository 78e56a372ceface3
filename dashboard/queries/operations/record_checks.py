"""The list of checks, and those of other records than ideas: the ends of links and the subjects of
discussions exist, and what is stored on a record is that of its facts.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from sqlalchemy import String, cast, func, literal
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlmodel import Session, SQLModel, select

from dashboard.french import counted
from dashboard.queries.figures.small_cells import declared_values
from dashboard.queries.operations.database_checks import (
    Finding,
    days,
    finding,
    links,
    origins,
    pages,
    steps,
    stored_days,
    tables,
    voids,
    words,
)
from dashboard.queries.operations.idea_checks import (
    answers,
    comments,
    current_values,
    filings,
    lives,
    merges,
    places,
    promises,
    publication,
    search_words,
    supports,
)
from models.academy import Training
from models.communities import Interest, InterestEvent, Membership, MembershipEvent
from models.decisions import Decision, DecisionEffect
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionStep,
    Link,
    Subject,
    SubjectFollow,
    SubjectSupport,
    idea_of,
)
from models.facts import Fact, last_values, live
from models.groups import GroupEvent, ProgressGroup
from models.ideas import Idea
from models.roadmap import IS_MILESTONE, Plan
from models.seats import Seat, SeatEvent
from models.surveys import Survey, SurveyAnswer, SurveyState

# ── What points at a record by its name ───────────────────────────────────────────────────────────


def ends(session: Session) -> Finding:
    """Each end of a link, each record changed by a decision, and each entry made from an answer
    exists: no foreign key guarantees it.
    """
    wrong: list[str] = []
    # The key used in links for each kind of record.
    for kind, known in {
        "idee": Idea.id,
        "decision": Decision.id,
        "jalon": Plan.number,
        "projet": Plan.number,
        "groupe": ProgressGroup.code,
        "formation": Training.code,
    }.items():
        keys = select(cast(known, String))
        for table, of_kind, key in (
            (Link, Link.from_kind, Link.from_key),
            (Link, Link.to_kind, Link.to_key),
            (DecisionEffect, DecisionEffect.kind, DecisionEffect.key),
        ):
            lost = select(table.id, key).where(of_kind == kind, key.not_in(keys))
            wrong += [
                f"{table.__tablename__} {id_} : {kind} {missing}"
                for id_, missing in session.execute(lost.order_by(table.id))
            ]
    answered = select(SurveyAnswer.id, SurveyAnswer.idea_id).where(
        SurveyAnswer.idea_id.is_not(None), SurveyAnswer.idea_id.not_in(select(Idea.id))
    )
    wrong += [
        f"survey_answer {id_} : idee {missing}"
        for id_, missing in session.execute(answered.order_by(SurveyAnswer.id))
    ]
    return finding(
        "bouts des liens",
        wrong,
        "chacun a son enregistrement",
        "lien mène à un enregistrement qui n'existe pas",
        "liens mènent à des enregistrements qui n'existent pas",
    )


def contributions(session: Session) -> Finding:
    """Contributions, supports and followers have a subject, and the hidden contributions are those
    of the last moderation.
    """
    wrong = [
        *(
            item
            for table in (Contribution, ContributionEvent, SubjectSupport, SubjectFollow)
            for item in _without_subject(session, table)
        ),
        *_wrongly_hidden(session),
    ]
    stored = session.execute(select(func.count()).select_from(Contribution)).scalar_one()
    return finding(
        "discussions",
        wrong,
        counted(stored, "contribution"),
        "discussion n'est pas comme elle le dit",
        "discussions ne sont pas comme elles le disent",
    )


def _without_subject(session: Session, table: type[SQLModel]) -> Iterator[str]:
    others = select(table.subject, table.key).where(table.subject != Subject.idea)
    known = {
        Subject.milestone: set(session.execute(select(Plan.number).where(IS_MILESTONE)).scalars()),
        Subject.proposition: set(session.execute(select(ProgressGroup.code)).scalars()),
        Subject.decision: {str(i) for i in session.execute(select(Decision.id)).scalars()},
        Subject.training: set(session.execute(select(Training.code)).scalars()),
        Subject.figure: set(declared_values(session)),
    }
    ideas = (
        select(table.subject, table.key)
        .join(Idea, Idea.id == idea_of(table), isouter=True)
        .where(table.subject == Subject.idea, Idea.id.is_(None))
    )
    lost = {
        (subject, key)
        for subject, key in session.execute(others.distinct())
        if key not in known.get(subject, ())
    }
    lost.update(tuple(row) for row in session.execute(ideas.distinct()))
    return (
        f"{table.__tablename__} : {subject} {key} n'existe pas" for subject, key in sorted(lost)
    )


def _wrongly_hidden(session: Session) -> Iterator[str]:
    shown_or_hidden = [str(ContributionStep.hidden), str(ContributionStep.restored)]
    rows = session.execute(
        select(ContributionEvent.contribution_id, ContributionEvent.what)
        .where(
            ContributionEvent.what.in_(shown_or_hidden),
            ContributionEvent.contribution_id.is_not(None),
        )
        .order_by(ContributionEvent.id)
    ).all()
    last = dict(tuple(row) for row in rows)
    stored = session.execute(
        select(Contribution.id, Contribution.hidden)
        .where(Contribution.hidden.is_(True) | Contribution.id.in_(sorted(last)))
        .order_by(Contribution.id)
    )
    for ident, hidden in stored:
        if hidden != (last.get(ident) == ContributionStep.hidden):
            yield f"contribution {ident}"


# ── What is stored on a record and follows from others ────────────────────────────────────────────


def totals(session: Session) -> Finding:
    """The number of answers of a survey is that of its sheets; for a survey answered here at least
    that, since answers are stored ten at a time and a sheet may be empty.
    """
    sheets = (
        select(SurveyAnswer.survey_id, func.count(SurveyAnswer.sheet.distinct()).label("n"))
        .group_by(SurveyAnswer.survey_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Survey.id,
            Survey.title,
            Survey.answered,
            func.coalesce(sheets.c.n, literal(0)),
            Survey.key,
        )
        .join(sheets, sheets.c.survey_id == Survey.id, isouter=True)
        .where(Survey.state != SurveyState.draft)
        .order_by(Survey.id)
    ).all()
    wrong = [
        f"{title} ({id_}) : {counted(stored, 'réponse')}, {counted(n, 'feuille')}"
        for id_, title, stored, n, key in rows
        if stored < n or (stored > n and not key)
    ]
    return finding(
        "totaux des enquêtes",
        wrong,
        counted(len(rows), "enquête"),
        "enquête n'a pas le nombre de ses réponses",
        "enquêtes n'ont pas le nombre de leurs réponses",
    )


def memberships(session: Session) -> Finding:
    """A membership is open exactly while its facts cover the member's own service."""
    facts = session.execute(
        select(MembershipEvent.membership_id, MembershipEvent.service_id, MembershipEvent.joined)
        .where(live(MembershipEvent, date.max), MembershipEvent.own.is_(True))
        .order_by(MembershipEvent.on, MembershipEvent.id)
    ).all()
    covered = {(membership, service): joined for membership, service, joined in facts}
    is_open = {membership for (membership, _), joined in covered.items() if joined}
    rows = session.execute(select(Membership.id, Membership.left_on).order_by(Membership.id)).all()
    return finding(
        "adhésions",
        [f"adhésion {id_}" for id_, left in rows if (left is None) != (id_ in is_open)],
        counted(len(rows), "adhésion"),
        "adhésion ne suit pas ses faits",
        "adhésions ne suivent pas leurs faits",
    )


def _as_in_last_fact(
    names: tuple[str, str], table: type[SQLModel], fact: type[Fact], what: str
) -> Callable[[Session], Finding]:
    """A check that the value on each record is that of its last fact; `names`: the name of the
    check, and the noun for a record.
    """
    name, noun = names

    def check(session: Session) -> Finding:
        last = last_values(session, getattr(fact, what), date.max)
        rows = session.execute(select(table.id, getattr(table, what)).order_by(table.id)).all()
        wrong = [f"{noun} {id_}" for id_, stored in rows if last.get(id_) != stored]
        return finding(
            name,
            wrong,
            counted(len(last), noun),
            f"{noun} n'a pas l'état de ses faits",
            f"{noun}s n'ont pas l'état de leurs faits",
        )

    return check


registrations = _as_in_last_fact(("inscriptions", "inscription"), Seat, SeatEvent, "status")
group_states = _as_in_last_fact(("groupes de progrès", "groupe"), ProgressGroup, GroupEvent, "state")
interests = _as_in_last_fact(("marques d'intérêt", "marque"), Interest, InterestEvent, "state")


# The quick ones first. Steps, tables and days are checked before them.
CHECKS: tuple[Callable[[Session], Finding], ...] = (
    links,
    voids,
    words,
    origins,
    ends,
    totals,
    memberships,
    registrations,
    group_states,
    interests,
    merges,
    supports,
    comments,
    contributions,
    lives,
    current_values,
    promises,
    answers,
    filings,
    places,
    publication,
    search_words,
)
HOW_MANY = 5 + len(CHECKS)  # the findings of `everything`


def everything(session: Session, today: date) -> Iterator[Finding]:
    """The result of every check of the database, one by one."""
    whole = pages(session)
    yield whole
    if not whole.holds:
        return  # nothing else can be asked of it
    # First, because the others may fail on tables that lack a column.
    yield steps(session)
    yield tables(session)
    yield stored_days(session)
    for check in (partial(days, today=today), *CHECKS):
        yield _run(session, check)


def _run(session: Session, check: Callable[[Session], Finding]) -> Finding:
    """The result of a check; an unreadable value, or a table that differs from the models, is a
    failure and does not stop the other checks.
    """
    try:
        return check(session)
    except ValueError as error:
        return Finding("lecture", False, f"un enregistrement ne se lit pas : {error}")
    except (ProgrammingError, OperationalError):
        session.rollback()  # PostgreSQL answers nothing more in this transaction
        return Finding(
            "lecture", False, "la base refuse la question : une table ou une colonne manque"
        )
