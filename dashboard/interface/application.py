"""The addresses of the read API with their parameters. FastAPI makes the OpenAPI document and
validates parameters.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from dashboard import cached
from dashboard.cached import memory
from dashboard.interface import gathering
from dashboard.interface.answering import (
    CSV,
    Format,
    Listed,
    ReadRequest,
    answered,
    format_of,
    scope_of,
)
from dashboard.interface.gathering import Caller, anybody, caller_of
from dashboard.interface.mounting import ADDRESS
from dashboard.interface.problems import Problem, ProblemBody, documented, handle
from dashboard.interface.rows import SETS, ListOf, catalogue, dictionary
from dashboard.queries.ideas.records import published_ideas
from dashboard.report.pack import digest
from dashboard.scope import Scope
from models.clock import month_ends
from models.database import fetch
from models.settings import settings

TITLE = "C-Possible : interface de lecture"
ABOUT = (
    "Chiffres, feuille de route, idées publiées, agenda et formations, en lecture seule. Chaque"
    " demande porte un jeton, fait par un administrateur ; ce qui a été publié se lit sans jeton."
    " Chaque liste existe en JSON et en CSV"
    " (« ?format=csv » : point-virgule, UTF-8), porte une marque (ETag) et répond 304 tant que rien"
    " n'a changé. Aucun nom de personne n'y figure ; un effectif trop petit est tu."
)
MOST, USUAL, MOST_DAYS = 500, 100, 36

Known = Annotated[Caller, Depends(caller_of)]
Au = Annotated[date | None, Query(description="Situation au (AAAA-MM-JJ) ; aujourd'hui sans lui")]
Direction = Annotated[
    str | None,
    Query(description="Code d'une unité, ou de plusieurs entre virgules", max_length=400),
]
Ambition = Annotated[str | None, Query(description="Code d'une ambition", max_length=80)]
In = Annotated[
    Format | None, Query(alias="format", description="Forme ; sans elle, celle que dit « Accept »")
]


_OPEN = {"security": []}


class LinkedData(JSONResponse):
    media_type = "application/ld+json"


class ListName(BaseModel):
    """Une liste de l'interface."""

    name: str = Field(title="Nom", description="Dernier mot de son adresse")
    href: str = Field(title="Adresse", description="Son adresse entière")
    about: str = Field(title="Contenu", description="Ce qu'elle contient")


@cache
def application() -> FastAPI:
    app = FastAPI(title=TITLE, openapi_url=None, docs_url=None, redoc_url=None)
    app.openapi = lambda: _document(app)
    handle(app)
    for name, data_set in SETS.items():
        row, is_open = data_set.row, data_set.right is None
        refusals = (422, 503) if is_open else (401, 403, 404, 422, 429, 503)
        content = {CSV.partition(";")[0]: {"schema": {"type": "string"}}}
        responses = {
            200: {"model": ListOf[row], "description": "La liste", "content": content},
            304: {"description": "Rien n'a changé depuis la marque envoyée (If-None-Match)"},
        }
        add = app.get(
            f"/{name}",
            summary=row.about(),
            description=row.about(),
            operation_id=name,
            responses={**responses, **documented(*refusals)},
            openapi_extra=_OPEN if is_open else None,
        )
        add(_published(name) if is_open else _READ[name])
    _add_descriptions(app)
    return app


# ── Lists without pages ─────────────────────────────────────────────────────────────────────────


def figures(
    request: Request,
    caller: Known,
    au: Annotated[
        str | None,
        Query(
            description="Situation au (AAAA-MM-JJ), ou plusieurs jours entre virgules ; « mois » :"
            " chaque fin de mois du programme et aujourd'hui ; sans lui, aujourd'hui",
            max_length=600,
        ),
    ] = None,
    par: Annotated[
        Literal["direction"] | None,
        Query(description="« direction » : aussi chaque direction de l'étendue"),
    ] = None,
    depuis: Annotated[date | None, Query(description="Évolution depuis (AAAA-MM-JJ)")] = None,
    direction: Direction = None,
    ambition: Ambition = None,
    format: In = None,
) -> Response:
    days = _month_ends(_read_request(request, caller, format).scope) if au == "mois" else _days(au)
    every = [
        _read_request(request, caller, format, day, depuis, direction, ambition) for day in days
    ]
    query = every[-1]
    if par is None and len(every) == 1:
        return _answer(query, lambda: _figures(query.scope))
    query.more.update(au=au or "", par=par or "")
    scopes = [item.scope for item in every]
    return _answer(query, lambda: Listed(gathering.figure_table(scopes, par is not None)))


def _figures(scope: Scope) -> Listed:
    entries = cached.board(scope)
    return Listed(gathering.figure_rows(entries), digest(entries))


def _days(text: str | None) -> list[date | None]:
    """The days of « au » without duplicates, oldest first; empty for today. Raises Problem."""
    if text is None:
        return [None]
    try:
        days = sorted({date.fromisoformat(part.strip()) for part in text.split(",")})
    except ValueError:
        raise Problem(
            422, "Le paramètre « au » est un jour (AAAA-MM-JJ), ou plusieurs entre virgules."
        ) from None
    if len(days) > MOST_DAYS:
        raise Problem(422, f"Le paramètre « au » prend {MOST_DAYS} jours au plus.")
    return list(days)


def _month_ends(scope: Scope) -> list[date]:
    """The month ends of the programme and the day looked at; only the last ones of a long
    programme.
    """
    return month_ends(scope.on, first=scope.programme.first_day)[-MOST_DAYS:]


def workstreams(request: Request, caller: Known, au: Au = None, format: In = None) -> Response:
    query = _read_request(request, caller, format, au)
    return _answer(query, lambda: Listed(gathering.workstream_rows(query.scope)))


def milestones(
    request: Request,
    caller: Known,
    au: Au = None,
    direction: Direction = None,
    format: In = None,
) -> Response:
    query = _read_request(request, caller, format, au, None, direction)
    return _answer(query, lambda: Listed(gathering.milestone_rows(query.scope)))


def trainings(
    request: Request,
    caller: Known,
    au: Au = None,
    ambition: Ambition = None,
    format: In = None,
) -> Response:
    query = _read_request(request, caller, format, au, None, None, ambition)
    return _answer(query, lambda: Listed(gathering.training_rows(query.scope)))


def agenda(
    request: Request,
    caller: Known,
    du: Annotated[
        date | None, Query(description="Premier jour (AAAA-MM-JJ) ; aujourd'hui sans lui")
    ] = None,
    jusqu_au: Annotated[
        date | None,
        Query(alias="jusqu-au", description="Dernier jour ; un an plus tard sans lui"),
    ] = None,
    direction: Direction = None,
    format: In = None,
) -> Response:
    query = _read_request(request, caller, format, None, None, direction)
    first = du or cached.today()
    year = timedelta(days=366)
    last = jusqu_au or min(date.max - year, first) + year
    query.more.update(du=str(first), jusqu_au=str(last))
    return _answer(query, lambda: Listed(gathering.date_rows(query.scope, first, last)))


def fields(request: Request, caller: Known, format: In = None) -> Response:
    return _answer(_read_request(request, caller, format), lambda: Listed(dictionary()))


# ── Ideas, a page at a time ─────────────────────────────────────────────────────────────────────


def ideas(
    request: Request,
    caller: Known,
    au: Annotated[
        date | None, Query(description="Déposées jusqu'au (AAAA-MM-JJ) ; aujourd'hui sans lui")
    ] = None,
    direction: Direction = None,
    ambition: Ambition = None,
    limite: Annotated[int, Query(description="Idées par page", ge=1, le=MOST)] = USUAL,
    apres: Annotated[
        str | None,
        Query(description="Où la page commence : se lit dans « next »", max_length=40),
    ] = None,
    format: In = None,
) -> Response:
    query = _read_request(request, caller, format, au, None, direction, ambition)
    query.more.update(limite=str(limite), apres=apres or "")
    before = _id_of_cursor(apres) if apres else None
    return _answer(query, lambda: _page_of_ideas(query, limite, before))


def _page_of_ideas(query: ReadRequest, limit: int, before: int | None) -> Listed:
    # One more than the page holds: it shows whether there is another page.
    ideas = fetch(published_ideas, query.scope, limit + 1, before)
    has_more = len(ideas) + ideas.unread > limit
    page = ideas[:limit]
    codes = gathering.ambition_codes()
    rows = [gathering.idea_row(idea, query.scope, codes) for idea in page]
    after = None
    if has_more and page:
        after = base64.urlsafe_b64encode(str(page[-1].id).encode()).decode().rstrip("=")
    return Listed(rows, after=after)


def _id_of_cursor(cursor: str) -> int:
    """The id at which a page begins. Raises Problem for an invalid cursor."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    if not text.isdigit() or int(text) >= 2**63:
        raise Problem(422, "Le paramètre « apres » se prend tel quel dans « next ».")
    return int(text)


# ── Published data, without a token ─────────────────────────────────────────────────────────────


def _published(name: str) -> Callable[..., Response]:
    def read(
        request: Request, caller: Annotated[Caller, Depends(anybody)], format: In = None
    ) -> Response:
        query = _read_request(request, caller, format)
        return _answer(query, lambda: Listed(gathering.published_rows(name)))

    return read


# ── Index and OpenAPI document ──────────────────────────────────────────────────────────────────


def _add_descriptions(app: FastAPI) -> None:
    @app.get("/", summary="Ce qui se lit ici", responses=documented(401, 429, 503))
    def index(request: Request, caller: Known) -> list[ListName]:
        """Chaque liste, avec son adresse."""
        address = settings().public_address(str(request.url))
        return [
            ListName(
                name=name,
                href=f"{address}{ADDRESS}/{name}",
                about=data_set.row.about(),
            )
            for name, data_set in SETS.items()
        ]

    @app.get(
        "/catalogue.jsonld",
        summary="Le catalogue des données publiées",
        response_class=LinkedData,
        responses=documented(503),
        openapi_extra=_OPEN,
    )
    def published(request: Request) -> dict:
        """Pour les portails de données ouvertes : DCAT-AP, sans jeton."""
        return catalogue(f"{settings().public_address(str(request.url))}{ADDRESS}")

    @app.get("/openapi.json", summary="Le document OpenAPI", responses=documented(401, 429, 503))
    def openapi(caller: Known, answer: Response) -> dict:
        """Ce document : adresses, paramètres, champs, erreurs."""
        # It changes with the release only.
        answer.headers["Cache-Control"] = "private, max-age=3600"
        return app.openapi()


def _document(app: FastAPI) -> dict:
    """The OpenAPI document, with the fields of the rows."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=TITLE,
            version="1",
            description=ABOUT,
            routes=app.routes,
            servers=[{"url": f"{settings().public_origin}{ADDRESS}"}],
        )
        parts = document["components"]
        name, schema = ProblemBody.__name__, ProblemBody.model_json_schema()
        parts["schemas"][name] = schema
        # FastAPI's error schemas; ours are problem documents.
        for unused in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(unused, None)
        parts["securitySchemes"] = {
            "jeton": {
                "type": "http",
                "scheme": "bearer",
                "description": "Le jeton dans l'en-tête « Authorization: Bearer … »",
            },
            "motDePasse": {
                "type": "http",
                "scheme": "basic",
                "description": "Le jeton comme mot de passe, sous n'importe quel nom",
            },
        }
        document["security"] = [{"jeton": []}, {"motDePasse": []}]
        app.openapi_schema = document
    return app.openapi_schema


# ── Shared by all lists ─────────────────────────────────────────────────────────────────────────


def _read_request(
    request: Request,
    caller: Caller,
    format: Format | None,
    au: date | None = None,
    depuis: date | None = None,
    direction: str | None = None,
    ambition: str | None = None,
) -> ReadRequest:
    params = {
        "au": au.isoformat() if au else None,
        "depuis": depuis.isoformat() if depuis else None,
        "direction": direction,
        "ambition": ambition,
    }
    with memory.one_run(caller.moment):
        scope = scope_of(caller, params)
    return ReadRequest(request, caller, scope, format_of(request, format))


def _answer(query: ReadRequest, make: Callable[[], Listed]) -> Response:
    with memory.one_run(query.caller.moment):
        return answered(query, SETS[query.name], make)


_READ: dict[str, Callable[..., Response]] = {
    "chiffres": figures,
    "chantiers": workstreams,
    "jalons": milestones,
    "formations": trainings,
    "agenda": agenda,
    "dictionnaire": fields,
    "idees": ideas,
}
