"""Checks of the consistency between records: the chart, the ends of links, order of dates, totals
against rows, files against their digests.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import groupby

from sqlalchemy import String, cast, func, literal
from sqlalchemy.orm.attributes import InstrumentedAttribute
from sqlmodel import Session, SQLModel, select

from dashboard.french import counted
from dashboard.queries.operations.finding import Finding, finding
from models.academy import Training, TrainingMaterial, TrainingSession
from models.access_keys import ReaderToken
from models.communities import Interest, Membership
from models.decisions import Decision, DecisionEffect
from models.directions import Direction, DirectionPlace
from models.groups import GroupMember, ProgressGroup
from models.ideas import Idea, Merge
from models.links import Link
from models.meetings import Meeting, Poster
from models.news import Post, Publication
from models.people import Invitation, Mandate
from models.programmes import Programme
from models.pst import PstStatement
from models.roadmap import Measure, Override, Plan, Target
from models.surveys import Question, Survey, SurveyAnswer, SurveyState

# The key used in links for each kind of record.
_ENDS: dict[str, InstrumentedAttribute] = {
    "idee": Idea.id,
    "decision": Decision.id,
    "jalon": Plan.number,
    "projet": Plan.number,
    "groupe": ProgressGroup.code,
    "formation": Training.code,
}
_FIGURE = "chiffre"
# Pairs of columns: the second may not be before the first.
_IN_ORDER: tuple[tuple[InstrumentedAttribute, InstrumentedAttribute], ...] = (
    (Idea.filed_on, Idea.answered_on),
    (Merge.on, Merge.done_on),
    (Merge.on, Merge.ended_on),
    (Link.on, Link.ended_on),
    (Membership.joined_on, Membership.left_on),
    (GroupMember.joined_on, GroupMember.left_on),
    (Mandate.since, Mandate.until),
    (Invitation.made_on, Invitation.until),
    (ReaderToken.made_on, ReaderToken.revoked_on),
    (Programme.first_day, Programme.last_day),
    (Survey.on, Survey.closed_on),
    (Override.on, Override.until),
    (Interest.on, Interest.ended_on),
    (Poster.made_on, Poster.ended_on),
    (Post.on, Post.withdrawn_on),
    (Publication.au, Publication.on),
    (Publication.on, Publication.withdrawn_on),
)
# Hours are texts, empty if not set.
_HOURS = ((Meeting.starts, Meeting.ends), (TrainingSession.starts, TrainingSession.ends))


def chart(session: Session) -> Finding:
    """No unit is below itself, on any day."""
    codes = dict(session.execute(select(Direction.id, Direction.code)).all())
    voided = select(DirectionPlace.voids).where(DirectionPlace.voids.is_not(None))
    places = session.execute(
        select(DirectionPlace.on, DirectionPlace.direction_id, DirectionPlace.parent_id)
        .where(DirectionPlace.id.not_in(voided), DirectionPlace.voids.is_(None))
        .order_by(DirectionPlace.on, DirectionPlace.id)
    )
    above: dict[int, int | None] = {}
    wrong = []
    for day, moved in groupby(places, key=lambda place: place.on):
        moved_units = {unit: parent for _, unit, parent in moved}
        above |= moved_units
        wrong += [
            f"{codes.get(unit, unit)} au {day:%d/%m/%Y}"
            for unit in moved_units
            if _is_below_itself(unit, above)
        ]
    return finding(
        "organigramme",
        wrong,
        counted(len(codes), "unité"),
        "unité est sous elle-même",
        "unités sont sous elles-mêmes",
    )


def _is_below_itself(unit: int, above: Mapping[int, int | None]) -> bool:
    seen = {unit}
    while (parent := above.get(unit)) is not None:
        if parent in seen:
            return True
        seen.add(parent)
        unit = parent
    return False


# ── What points at a record by its name ───────────────────────────────────────────────────────────


def ends(session: Session) -> Finding:
    """Each end of a link, each record changed by a decision, and each entry made from an answer
    exists: no foreign key guarantees it.
    """
    wrong: list[str] = []
    for kind, known in _ENDS.items():
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


def figure_codes(session: Session, known: Collection[str]) -> Finding:
    """Targets, measures, milestones, questions and links use existing figures."""
    wrong = [
        f"{table} : {code}"
        for table, code in _codes_of_figures(session)
        # The code of a measure may name a part: « bien-etre.favorable@terrain ».
        if code.partition("@")[0] not in known
    ]
    return finding(
        "chiffres désignés",
        wrong,
        "tous au catalogue",
        "cible, relevé ou lien désigne un chiffre qui n'existe pas",
        "cibles, relevés ou liens désignent un chiffre qui n'existe pas",
    )


def _codes_of_figures(session: Session) -> Iterator[tuple[str, str]]:
    sources: Iterable[tuple[type[SQLModel], InstrumentedAttribute, object]] = (
        *((table, table.figure, None) for table in (Target, Measure, Plan, Question)),
        (Link, Link.from_key, Link.from_kind),
        (Link, Link.to_key, Link.to_kind),
    )
    for table, code, kind in sources:
        statement = select(code).where(code.is_not(None)).distinct().order_by(code)
        if kind is not None:
            statement = statement.where(kind == _FIGURE)
        for found in session.execute(statement).scalars():
            yield table.called[0], found


# ── Order, totals, files ──────────────────────────────────────────────────────────────────────────


def orders(session: Session) -> Finding:
    """No record ends before it starts."""
    wrong: list[str] = []
    for first, last in (*_IN_ORDER, *_HOURS):
        table = first.class_
        key = table.__table__.primary_key.columns.values()[0]
        reversed_dates = select(key).where(last < first)
        if (first, last) in _HOURS:
            reversed_dates = reversed_dates.where(last != "")
        wrong += [
            f"{table.called[0]} {_named(found)} : {last.key} avant {first.key}"
            for found in session.execute(reversed_dates.order_by(key)).scalars()
        ]
    return finding(
        "ordre des dates",
        wrong,
        "la fin vient après le début",
        "enregistrement finit avant de commencer",
        "enregistrements finissent avant de commencer",
    )


def _named(key: object) -> str:
    """The key of a record, shortened if it is secret."""
    return str(key) if isinstance(key, int) else f"{str(key)[:6]}…"


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


def contents(session: Session) -> Finding:
    """A file matches its stored digest or size."""
    statements = session.execute(
        select(PstStatement.id, PstStatement.digest, PstStatement.content)
        .where(PstStatement.digest != "")
        .order_by(PstStatement.id)
    ).all()
    wrong = [
        f"PST {id_}" for id_, digest, content in statements if sha256(content).hexdigest() != digest
    ]
    odd = select(TrainingMaterial.title).where(
        TrainingMaterial.content.is_not(None),
        func.length(TrainingMaterial.content) != TrainingMaterial.size,
    )
    wrong += [f"support « {title} »" for title in session.execute(odd).scalars()]
    return finding(
        "contenu des fichiers",
        wrong,
        "celui de leur empreinte ou de leur taille",
        "fichier n'est plus celui qui a été reçu",
        "fichiers ne sont plus ceux qui ont été reçus",
    )
