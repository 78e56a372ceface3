"""What screens keep in memory: points of figures, the chart, the roadmap, keyed by scope (rights included) and by
the revisions of the subjects. The revisions are raised in the writing transaction and read at each call, so that
nobody sees stale data on any process. Only plain values and Arrow tables live here, and nothing that names a person.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import streamlit as st
from sqlalchemy import text

from dashboard.access import Reader
from dashboard.figures import REGISTRY, Figure, Point
from dashboard.figures.board import Board, assemble, scope_for
from dashboard.figures.kinds import Points
from dashboard.figures.roadmap import WorkstreamState, workstream_states
from dashboard.queries import directions, idea_counts, ideas, roadmap
from dashboard.queries.directions import Organisation
from dashboard.queries.roadmap import Programme
from dashboard.scope import Choice, Scope
from models import clock
from models.database import reading

Revisions = tuple[int, ...]


def revisions(*subjects: str) -> Revisions:
    """The revision numbers of the subjects, in order; 0 for one that was never written."""
    with reading() as session:
        known = dict(session.connection().execute(text("SELECT subject, n FROM revision")).all())
    return tuple(known.get(subject, 0) for subject in subjects)


@st.cache_resource(max_entries=8, show_spinner=False)
def _organisation(key: Revisions) -> Organisation:
    with reading() as session:
        return directions.organisation(session)


def organisation() -> Organisation:
    return _organisation(revisions("directions"))


@st.cache_resource(max_entries=8, show_spinner=False)
def _ambitions(key: Revisions) -> list[Choice]:
    with reading() as session:
        return directions.ambitions(session)


def ambitions() -> list[Choice]:
    return _ambitions(revisions("roadmap"))


def today() -> date:
    """The day that dates facts: frozen in a demonstration."""
    with reading() as session:
        return clock.today(session)


@st.cache_resource(max_entries=4, show_spinner=False)
def _programme(key: Revisions) -> Programme:
    with reading() as session:
        return roadmap.programme(session)


def programme() -> Programme:
    return _programme(revisions("roadmap"))


@st.cache_resource(max_entries=64, show_spinner=False)
def _workstreams(on: date, key: Revisions) -> list[WorkstreamState]:
    return workstream_states(_programme(key), on)


def workstreams(on: date) -> list[WorkstreamState]:
    return _workstreams(on, revisions("roadmap"))


@st.cache_resource(max_entries=4096, show_spinner=False)
def _points(code: str, _scope: Scope, scope_key: tuple, dates: tuple[date, ...], key: Revisions) -> Points:
    with reading() as session:
        return REGISTRY[code].compute(session, _scope, dates)


def points(figure: Figure, scope: Scope, dates: Sequence[date]) -> Points:
    """The points of a figure, shared by all readers who may see this scope: its key has no person in it."""
    plain = replace(scope, reader=Reader(), since=None, listed=frozenset())
    return _points(figure.code, plain, plain.key, tuple(dates), revisions(*figure.subjects))


@st.cache_resource(max_entries=64, show_spinner=False)
def _decided(on: date, key: Revisions) -> tuple[dict, dict]:
    with reading() as session:
        return roadmap.targets(session, on), roadmap.overrides(session, on)


def board(scope: Scope, codes: Sequence[str] | None = None) -> Board:
    """The board of the scope, from the cached points of its figures."""
    decided, imposed = _decided(scope.on, revisions("roadmap"))
    return assemble(scope, codes, decided, imposed, points)


def curve(scope: Scope, code: str, value: str, dates: Sequence[date]) -> list[Point]:
    """One value of a figure at several dates: sparkline and curve are the same call as the card."""
    figure = REGISTRY[code]
    return points(figure, scope_for(scope, figure), dates)[value]


@st.cache_resource(max_entries=256, show_spinner=False)
def _filed_by_month(_scope: Scope, scope_key: tuple, start: date, key: Revisions) -> dict[date, int]:
    with reading() as session:
        return dict(idea_counts.by_month(session, _scope, start, _scope.on))


def filed_by_month(scope: Scope, start: date) -> dict[date, int]:
    return _filed_by_month(scope, scope.key, start, revisions("ideas"))


@st.cache_resource(max_entries=512, show_spinner=False)
def _late_ideas(_scope: Scope, scope_key: tuple, reader_key: tuple, day: date, key: Revisions) -> int:
    with reading() as session:
        return ideas.count_late(session, _scope, day)


def late_ideas(scope: Scope, day: date) -> int:
    """How many entries the reader may see are past their promised day."""
    reader = scope.reader
    return _late_ideas(scope, scope.key, (reader.roles, reader.mandates, reader.person_id), day, revisions("ideas"))
