"""Answers of the read API: JSON or CSV with an ETag, so that unchanged data is answered with
304.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from dashboard import cached
from dashboard.cached.memory import revisions
from dashboard.files import csvout
from dashboard.interface.gathering import Caller
from dashboard.interface.mounting import ADDRESS
from dashboard.interface.problems import Problem
from dashboard.interface.rows import ListOf, OpenSet, Row
from dashboard.scope import Scope
from models.settings import settings

R = TypeVar("R", bound=Row)
try:
    # Part of the ETag: another release may compute figures differently.
    _RELEASE = version("c-possible")
except PackageNotFoundError:
    _RELEASE = ""
CSV, JSON = "text/csv; charset=utf-8", "application/json"


class Format(StrEnum):
    """Form of the answer."""

    json = "json"
    csv = "csv"


@dataclass(frozen=True)
class Listed(Generic[R]):
    """One page of a list; `after` is the cursor of the next page."""

    rows: Iterable[R]
    fingerprint: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class ReadRequest:
    """One request: the caller, the scope, the format and further parameters."""

    request: Request
    caller: Caller
    scope: Scope
    format: Format
    more: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last segment of the address."""
        return self.request.url.path.rstrip("/").rpartition("/")[2]

    def mark(self, subjects: Iterable[str]) -> str:
        """The ETag: changes with the request, the data and the release."""
        parts = (
            _RELEASE,
            self.name,
            sorted(self.scope.params().items()),
            sorted(self.more.items()),
            self.caller.reader.only,
            str(self.format),
            revisions(*sorted(subjects)),
            cached.today(),
            settings().cp_answer_days,
        )
        return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def format_of(request: Request, requested: Format | None) -> Format:
    """The format in the address, else in the Accept header: CSV if it is named before JSON."""
    if requested is not None:
        return requested
    named = [
        part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")
    ]
    accepted = [kind for kind in named if kind in ("text/csv", JSON)]
    return Format.csv if accepted[:1] == ["text/csv"] else Format.json


def scope_of(caller: Caller, query: dict[str, str | None]) -> Scope:
    """The scope of this caller. Raises Problem for what a screen would ignore with a sentence,
    which a program does not read.
    """
    params = {name: value for name, value in query.items() if value}
    if caller.unit:
        params.setdefault("direction", caller.unit)
    scope = cached.scope_of(caller.reader, params)
    if scope.ignored:
        sentence = scope.ignored[0].partition(" :")[0].rstrip(".") + "."
        raise Problem(403 if "ne vous sont pas ouverts" in sentence else 404, sentence)
    if caller.unit and not scope.units:
        raise Problem(403, f"Ce jeton n'ouvre que « {caller.unit} », avec ce qui en dépend.")
    return scope


def answered(query: ReadRequest, data_set: OpenSet, make: Callable[[], Listed]) -> Response:
    """The rows of a data set; 304 without computing them if the caller has them already."""
    row, mark = data_set.row, query.mark(data_set.subjects)
    headers = {
        "ETag": mark,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Authorization",
    }
    known = query.request.headers.get("if-none-match", "").split(",")
    if {"*", mark} & {part.strip().removeprefix("W/") for part in known}:
        return Response(None, 304, headers)
    listed = make()
    following = None
    if listed.after:
        params = urlencode(dict(query.request.query_params) | {"apres": listed.after})
        address = settings().public_address(str(query.request.url))
        following = f"{address}{ADDRESS}/{query.name}?{params}"
        headers["Link"] = f'<{following}>; rel="next"'
    if listed.fingerprint:
        headers["X-Empreinte"] = listed.fingerprint
    if query.format is Format.csv:
        name = f"c-possible-{query.name}-{query.scope.on.isoformat()}.csv"
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        rows = (data_set.values() for data_set in listed.rows)
        return Response(csvout.as_bytes(row.columns(), rows), 200, headers, CSV)
    scope = query.scope
    whole = ListOf[row].model_construct(
        au=scope.on,
        depuis=scope.since,
        direction=scope.codes,
        ambition=scope.ambition.code if scope.ambition else None,
        scope=scope.sentence(),
        fingerprint=listed.fingerprint,
        next=following,
        rows=list(listed.rows),
    )
    return Response(whole.model_dump_json(), 200, headers, JSON)
