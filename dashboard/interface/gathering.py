"""Who calls the read API, and its rows, made from the reads of the screens: nothing is computed
twice.
"""

import base64
import binascii
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request

from dashboard import cached
from dashboard.access import NOBODY, Reader, require
from dashboard.actions.limits import after, hour_of, of_hour
from dashboard.actions.people.logins import hash_of
from dashboard.actions.tokens import note_use
from dashboard.cached import memory
from dashboard.figures.board import Board, scope_for
from dashboard.figures.kinds import figure_of, value_of
from dashboard.figures.workstreams import health_of
from dashboard.interface.problems import Problem
from dashboard.interface.rows import (
    SETS,
    DateRow,
    FigureRow,
    IdeaRow,
    MilestoneRow,
    Row,
    TrainingRow,
    WorkstreamRow,
)
from dashboard.queries.ideas.records import PublishedIdea
from dashboard.queries.reader_tokens import active_token, reader_of
from dashboard.report.pack import owned
from dashboard.scope import Scope
from models.clock import now
from models.database import fetch, writing
from models.roadmap import Health
from models.texts import Refused


def figure_rows(board: Board) -> Iterator[FigureRow]:
    """The values of a board."""
    for entry in board.entries:
        figure, value = figure_of(entry.code), value_of(entry.code)
        names = [name for name in FigureRow.columns() if hasattr(entry, name)]
        yield FigureRow(
            **{name: getattr(entry, name) for name in names},
            au=board.scope.on,
            direction=scope_for(board.scope, figure).codes,
            definition=value.definition,
            theme=figure.theme.label,
            window=(value.window or figure.window).label,
            status_label=Health(entry.status).label if entry.status else "",
        )


def figure_table(scopes: Sequence[Scope], by_direction: bool) -> Iterator[Row]:
    """The figures of several days; `by_direction`: figures available by direction are repeated for
    each direction.
    """
    boards = cached.boards_by_direction(scopes) if by_direction else map(cached.board, scopes)
    for board in boards:
        yield from figure_rows(board)


def workstream_rows(scope: Scope) -> Iterator[Row]:
    """The workstreams of the programme."""
    for state in cached.workstreams(scope.on, scope.asked):
        health = state.verdict.health
        yield WorkstreamRow(
            au=scope.on,
            number=state.workstream.id,
            code=state.workstream.code,
            name=state.workstream.name,
            done_percent=state.earned,
            planned_percent=state.planned,
            gap=state.gap,
            milestones=state.total,
            reached=state.done,
            status=health,
            status_label=health.label,
        )


def milestone_rows(scope: Scope) -> Iterator[Row]:
    """The milestones of the scope's directions; all of them for the whole administration."""
    every = cached.every_milestone(scope.on)
    for m in owned(cached.milestones(scope.on, scope.asked), scope):
        health = health_of(m, scope.on).health
        yield MilestoneRow(
            au=scope.on,
            number=m.plan.number,
            title=m.plan.title,
            workstream=m.plan.workstream_id,
            direction=_code(m.schedule.owner_direction_id, scope),
            start=m.schedule.start,
            due=m.schedule.end,
            first_due=m.first.end,
            forecast=m.report.forecast_end if m.report else None,
            reached_on=m.actual_end,
            weight=m.schedule.weight,
            critical=m.schedule.critical,
            state=m.state,
            state_label=m.state.label,
            progress_percent=100 * m.progress,
            status=health,
            status_label=health.label,
            reported_on=m.report.on if m.report else None,
            waits_for=",".join(every[id_].plan.number for id_ in every if id_ in m.waits_for),
        )


def idea_row(idea: PublishedIdea, scope: Scope, ambitions: Mapping[int, str]) -> Row:
    answers = idea.answers
    return IdeaRow(
        number=idea.number,
        kind=idea.kind,
        kind_label=idea.kind.label,
        title=idea.title,
        body=idea.body,
        ambition=ambitions.get(idea.ambition_id, ""),
        direction=_code(idea.concerns_id, scope),
        filed_on=idea.filed_on,
        status=idea.status,
        status_label=idea.status.label,
        answered_on=answers.answered_on,
        answer=answers.answer,
        last_answer_on=answers.last_on,
        last_answer=answers.last,
        supports=idea.supports,
        comments=idea.comments,
    )


def date_rows(scope: Scope, first: date, last: date) -> Iterator[Row]:
    """The dates between two days that are open to everybody."""
    for rendezvous in cached.agenda(scope, first, last):
        yield DateRow(
            day=rendezvous.day,
            starts=rendezvous.starts,
            ends=rendezvous.ends,
            kind=rendezvous.kind,
            label=rendezvous.title,
            training=rendezvous.training.code if rendezvous.training else "",
            place=rendezvous.place,
            state=rendezvous.state,
            state_label=rendezvous.state.label,
            free_seats=rendezvous.free,
        )


def training_rows(scope: Scope) -> Iterator[Row]:
    """The catalogue, without trainers or participants."""
    ambitions = ambition_codes()
    for row in cached.catalogue(scope):
        training = row.training
        yield TrainingRow(
            code=training.code,
            title=training.title,
            ambition=ambitions.get(training.ambition_id, ""),
            hours=training.hours,
            audience=training.audience,
            objectives=training.objectives,
            mandatory=training.mandatory,
            career=training.career,
            open_to_all=training.open_to_all,
            validity=training.validity,
            held=row.held,
            next_on=row.next_on,
        )


def published_rows(name: str) -> Iterator[Row]:
    """Figures and workstreams of every publication, as a series; milestones and ideas of the latest
    one only.
    """
    row, published = SETS[name].row, cached.every_published()
    is_series = name in ("chiffres-publies", "chantiers-publies")
    for publication in published if is_series else published[:1]:
        parts = {
            "chiffres-publies": publication.situation.figures,
            "chantiers-publies": publication.situation.workstreams,
            "jalons-publies": publication.situation.milestones,
            "idees-realisees": publication.done,
        }[name]
        for part in parts:
            shared = {field: getattr(part, field) for field in row.columns()[2:]}
            yield row(situation_on=publication.au, published_on=publication.on, **shared)


def ambition_codes() -> dict[int, str]:
    return {ambition.id: ambition.code for ambition in cached.ambitions()}


def _code(unit_id: int | None, scope: Scope) -> str:
    unit = scope.tree.by_id.get(unit_id) if unit_id else None
    return unit.code if unit else ""


READS = 1000  # requests per token and clock hour


@dataclass(frozen=True)
class Caller:
    """The reader, the code of the unit if the token is limited to one, and the revisions that the
    whole request is answered from.
    """

    reader: Reader
    unit: str
    moment: dict[str, int] = field(compare=False, repr=False)


# Requests per token in this clock hour, in the memory of this process.
_counts: Counter[tuple[int, datetime]] = Counter()
_guard = Lock()


def _count(token_id: int, moment: datetime) -> None:
    """Counts a request. Raises Problem if the hourly limit is used up."""
    hour, most = hour_of(moment), of_hour(READS)
    with _guard:
        for past in [of for of in _counts if of[1] != hour]:
            del _counts[past]
        _counts[token_id, hour] += 1
        is_too_many = _counts[token_id, hour] > most
    if is_too_many:
        seconds_left = 3600 - int((moment - hour).total_seconds())
        sentence = f"Ce jeton a déjà lu {most} fois en cette heure : réessayez {after(hour)}."
        raise Problem(429, sentence, {"Retry-After": str(max(seconds_left, 1))})


def caller_of(request: Request) -> Caller:
    """The caller with the token of this request. Raises Problem for a missing or invalid token."""
    secret = _secret(request.headers.get("authorization", ""))
    if not secret:
        raise Problem(
            401,
            "Cette adresse se lit avec un jeton : envoyez-le dans l'en-tête « Authorization: Bearer"
            " … », ou comme mot de passe. Un administrateur en crée un sur l'écran « État du"
            " système ».",
        )
    moment = memory.every_revision()
    with memory.one_run(moment):
        day = cached.today()
    token = fetch(active_token, hash_of(secret), day)
    if token is None:
        raise Problem(401, "Ce jeton n'ouvre rien : il est inconnu, révoqué ou arrivé à son terme.")
    _count(token.id, now())
    if token.used_on != day:
        # A busy or read-only database must not stop reading.
        with suppress(DBAPIError, Refused), writing() as session:
            note_use(session, token.id, day)
    reader = reader_of(token)
    require(reader, "data.read")
    return Caller(reader, token.unit or "", moment)


def anybody() -> Caller:
    """A caller without a token, for published data."""
    return Caller(NOBODY, "", memory.every_revision())


def _secret(header: str) -> str:
    """The token, sent as Bearer or as the password of Basic, which Excel and Power BI store outside
    the query.
    """
    kind, _, sent = header.strip().partition(" ")
    if kind.lower() == "bearer":
        return sent.strip()
    if kind.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            plain = base64.b64decode(sent.strip(), validate=True).decode()
            return plain.partition(":")[2]
    return ""
