"""The addresses of the read interface, each with its parameters: FastAPI, for its OpenAPI document
and for what it refuses by itself.
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
    Asked,
    Format,
    Listed,
    answered,
    format_of,
    origin,
    scope_of,
)
from dashboard.interface.callers import Caller, anybody, caller_of
from dashboard.interface.catalogue import catalogue
from dashboard.interface.mounting import ADDRESS
from dashboard.interface.problems import Problem, ProblemBody, documented, handle
from dashboard.interface.rows import SETS, ListOf, dictionary
from dashboard.queries.ideas.published import published_ideas
from dashboard.report.pack import digest
from dashboard.scope import Scope
from models.clock import month_ends
from models.database import reading
from models.settings import settings

TITLE = "C-Possible : interface de lecture"
ABOUT = (
    "Chiffres, feuille de route, idées publiées, agenda et formations, en lecture seule. Chaque"
    " demande porte un jeton, fait par un administrateur ; ce qui a été publié se lit sans jeton."
    " Chaque liste existe en JSON et en CSV"
    " (« ?format=csv » : point-virgule, UTF-8), porte une marque (ETag) et répond 304 tant que rien"
    " n'a changé. Aucun nom de personne n'y figure ; un effectif trop petit est tu."
)
MOST, USUAL = 500, 100
MOST_DAYS = 36
_YEAR = timedelta(days=366)

Known = Annotated[Caller, Depends(caller_of)]
Anybody = Annotated[Caller, Depends(anybody)]
Au = Annotated[date | None, Query(description="Situation au (AAAA-MM-JJ) ; aujourd'hui sans lui")]
Days = Annotated[
    str | None,
    Query(
        description="Situation au (AAAA-MM-JJ), ou plusieurs jours entre virgules ; « mois » :"
        " chaque fin de mois du programme et aujourd'hui ; sans lui, aujourd'hui",
        max_length=600,
    ),
]
Cut = Annotated[
    Literal["direction"] | None,
    Query(alias="par", description="« direction » : aussi chaque direction de l'étendue"),
]
Depuis = Annotated[date | None, Query(description="Évolution depuis (AAAA-MM-JJ)")]
Direction = Annotated[
    str | None,
    Query(description="Code d'une unité, ou de plusieurs entre virgules", max_length=400),
]
Ambition = Annotated[str | None, Query(description="Code d'une ambition", max_length=80)]
In = Annotated[
    Format | None, Query(alias="format", description="Forme ; sans elle, celle que dit « Accept »")
]


# Whether anybody may read → what may be refused.
_REFUSALS = {False: (401, 403, 404, 422, 429, 503), True: (422, 503)}
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
    for name, one in SETS.items():
        _add_list(app, name, _READ[name] if one.right else _published(name))
    _add_words(app)
    return app


# ── Lists that come whole ─────────────────────────────────────────────────────────────────────────


def figures(
    request: Request,
    caller: Known,
    au: Days = None,
    par: Cut = None,
    depuis: Depuis = None,
    direction: Direction = None,
    ambition: Ambition = None,
    format: In = None,
) -> Response:
    days = _month_ends(_asked(request, caller, format).scope) if au == "mois" else _days(au)
    every = [_asked(request, caller, format, day, depuis, direction, ambition) for day in days]
    asked = every[-1]
    if par is None and len(every) == 1:
        return _answer(asked, lambda: _figures(asked.scope))
    asked.more.update(au=au or "", par=par or "")
    scopes = [one.scope for one in every]
    return _answer(asked, lambda: Listed(gathering.figure_table(scopes, par is not None)))


def _figures(scope: Scope) -> Listed:
    found = cached.board(scope)
    return Listed(gathering.figure_rows(found), digest(found))


def _days(text: str | None) -> list[date | None]:
    """The days of « au », each once, oldest first; nothing for today. Raises Problem."""
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
    """Those of the programme, and the day looked at; the last ones of a long programme."""
    return month_ends(scope.on, first=scope.programme.first_day)[-MOST_DAYS:]


def workstreams(request: Request, caller: Known, au: Au = None, format: In = None) -> Response:
    asked = _asked(request, caller, format, au)
    return _answer(asked, lambda: Listed(gathering.workstream_rows(asked.scope)))


def milestones(
    request: Request,
    caller: Known,
    au: Au = None,
    direction: Direction = None,
    format: In = None,
) -> Response:
    asked = _asked(request, caller, format, au, None, direction)
    return _answer(asked, lambda: Listed(gathering.milestone_rows(asked.scope)))


def trainings(
    request: Request,
    caller: Known,
    au: Au = None,
    ambition: Ambition = None,
    format: In = None,
) -> Response:
    asked = _asked(request, caller, format, au, None, None, ambition)
    return _answer(asked, lambda: Listed(gathering.training_rows(asked.scope)))


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
    asked = _asked(request, caller, format, None, None, direction)
    first = du or cached.today()
    last = jusqu_au or min(date.max - _YEAR, first) + _YEAR
    asked.more.update(du=str(first), jusqu_au=str(last))
    return _answer(asked, lambda: Listed(gathering.date_rows(asked.scope, first, last)))


def fields(request: Request, caller: Known, format: In = None) -> Response:
    return _answer(_asked(request, caller, format), lambda: Listed(dictionary()))


# ── Ideas, a page at a time ───────────────────────────────────────────────────────────────────────


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
    asked = _asked(request, caller, format, au, None, direction, ambition)
    asked.more.update(limite=str(limite), apres=apres or "")
    before = _opened(apres) if apres else None
    return _answer(asked, lambda: _page_of_ideas(asked, limite, before))


def _page_of_ideas(asked: Asked, limit: int, before: int | None) -> Listed:
    # One more than the page holds: it says that there is another page.
    with reading() as session:
        found = published_ideas(session, asked.scope, limit + 1, before)
    has_more = len(found) + found.unread > limit
    page = found[:limit]
    codes = gathering.ambition_codes()
    rows = [gathering.idea_row(idea, asked.scope, codes) for idea in page]
    return Listed(rows, after=_closed(page[-1].id) if has_more and page else None)


def _closed(idea_id: int) -> str:
    return base64.urlsafe_b64encode(str(idea_id).encode()).decode().rstrip("=")


def _opened(cursor: str) -> int:
    """Where a page begins. Raises Problem for what is none of our cursors."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    if not text.isdigit() or int(text) >= 2**63:
        raise Problem(422, "Le paramètre « apres » se prend tel quel dans « next ».")
    return int(text)


# ── What was published, to anybody ────────────────────────────────────────────────────────────────


def _published(name: str) -> Callable[..., Response]:
    def read(request: Request, caller: Anybody, format: In = None) -> Response:
        asked = _asked(request, caller, format)
        return _answer(asked, lambda: Listed(gathering.published_rows(name)))

    return read


# ── What there is ─────────────────────────────────────────────────────────────────────────────────


def _add_words(app: FastAPI) -> None:
    @app.get("/", summary="Ce qui se lit ici", responses=documented(401, 429, 503))
    def index(request: Request, caller: Known) -> list[ListName]:
        """Chaque liste, avec son adresse."""
        return [
            ListName(name=name, href=f"{origin(request)}{ADDRESS}/{name}", about=one.row.about())
            for name, one in SETS.items()
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
        return catalogue(f"{origin(request)}{ADDRESS}")

    @app.get("/openapi.json", summary="Le document OpenAPI", responses=documented(401, 429, 503))
    def openapi(caller: Known, answer: Response) -> dict:
        """Ce document : adresses, paramètres, champs, erreurs."""
        # Another release has another one.
        answer.headers["Cache-Control"] = "private, max-age=3600"
        return app.openapi()


def _document(app: FastAPI) -> dict:
    """The OpenAPI document; the fields are those of the rows."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=TITLE,
            version="1",
            description=ABOUT,
            routes=app.routes,
            servers=[{"url": f"{settings().public_origin}{ADDRESS}"}],
        )
        parts = found["components"]
        name, schema = ProblemBody.__name__, ProblemBody.model_json_schema()
        parts["schemas"][name] = schema
        # What FastAPI would answer; ours is a problem.
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
        found["security"] = [{"jeton": []}, {"motDePasse": []}]
        app.openapi_schema = found
    return app.openapi_schema


# ── What all lists share ──────────────────────────────────────────────────────────────────────────


def _add_list(app: FastAPI, name: str, read: Callable[..., Response]) -> None:
    """The address of one list, as the OpenAPI document describes it."""
    row, is_open = SETS[name].row, SETS[name].right is None
    content = {CSV.partition(";")[0]: {"schema": {"type": "string"}}}
    found = {
        200: {"model": ListOf[row], "description": "La liste", "content": content},
        304: {"description": "Rien n'a changé depuis la marque envoyée (If-None-Match)"},
    }
    app.get(
        f"/{name}",
        summary=row.about(),
        description=row.about(),
        operation_id=name,
        responses={**found, **documented(*_REFUSALS[is_open])},
        openapi_extra=_OPEN if is_open else None,
    )(read)


def _asked(
    request: Request,
    caller: Caller,
    format: Format | None,
    au: date | None = None,
    depuis: date | None = None,
    direction: str | None = None,
    ambition: str | None = None,
) -> Asked:
    params = {
        "au": au.isoformat() if au else None,
        "depuis": depuis.isoformat() if depuis else None,
        "direction": direction,
        "ambition": ambition,
    }
    with memory.one_run(caller.moment):
        scope = scope_of(caller, params)
    return Asked(request, caller, scope, format_of(request, format))


def _answer(asked: Asked, make: Callable[[], Listed]) -> Response:
    with memory.one_run(asked.caller.moment):
        return answered(asked, SETS[asked.name], make)


_READ: dict[str, Callable[..., Response]] = {
    "chiffres": figures,
    "chantiers": workstreams,
    "jalons": milestones,
    "formations": trainings,
    "agenda": agenda,
    "dictionnaire": fields,
    "idees": ideas,
}
