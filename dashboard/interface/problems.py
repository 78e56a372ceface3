"""Errors for programs (RFC 9457): a status and one French sentence."""

import logging
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard.files.values import quoted
from models.faults import report_fault
from models.texts import Refused

MIME = "application/problem+json"
FAILED = "Cette réponse n'a pas pu être préparée ; le journal du serveur dit pourquoi."
_TITLES = {
    401: "Jeton absent ou refusé",
    403: "Hors de ce que ce jeton ouvre",
    404: "Introuvable",
    405: "Lecture seulement",
    422: "Demande à corriger",
    429: "Trop de lectures",
    500: "Erreur",
    503: "Indisponible",
}
_SENTENCES = {
    404: "Il n'y a rien à cette adresse : « /api/v1/ » dit ce qui se lit.",
    405: "L'interface se lit et ne s'écrit pas : seul GET est compris.",
}
_log = logging.getLogger(__name__)


class Problem(Exception):
    """A refused request: status, one French sentence, headers."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None):
        super().__init__(sentence)
        self.status = status
        self.headers = headers


class ProblemBody(BaseModel):
    """Ce qui ne va pas, dans une phrase."""

    type: str = Field("about:blank", title="Type", description="Toujours « about:blank »")
    title: str = Field(title="Titre", description="Le genre d'erreur")
    status: int = Field(title="Statut", description="Le statut HTTP")
    detail: str = Field(title="Détail", description="Une phrase qui dit ce qui ne va pas")


def documented(*statuses: int) -> dict[int | str, dict]:
    """The error responses for the OpenAPI document."""
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {
        status: {"description": _TITLES[status], "content": {MIME: {"schema": schema}}}
        for status in statuses
    }


def handle(app: FastAPI) -> None:
    """Answers every error of this application as a problem document."""
    kinds = (Problem, HTTPException, RequestValidationError, Refused, DBAPIError, Exception)
    for kind in kinds:
        app.add_exception_handler(kind, _answer_of)


def _answer_of(request: Request, error: Exception) -> Response:
    match error:
        case Problem():
            return _problem_answer(error.status, str(error), error.headers)
        case HTTPException(status_code=status):
            return _problem_answer(status, _SENTENCES.get(status, FAILED), error.headers)
        case RequestValidationError():
            names = dict.fromkeys(str(fault["loc"][-1]) for fault in error.errors())
            begin = "Paramètre qui n'est pas compris" if len(names) == 1 else "Paramètres incompris"
            about = "Le document OpenAPI dit ce que chacun peut être."
            return _problem_answer(422, f"{begin} : {quoted(names)}. {about}")
        case Refused():
            return _problem_answer(403, str(error))
        case DBAPIError():
            return _problem_answer(503, report_fault(error), {"Retry-After": "30"})
    _log.error("%s could not be read", request.url.path, exc_info=error)
    return _problem_answer(500, FAILED)


def _problem_answer(
    status: int, sentence: str, headers: Mapping[str, str] | None = None
) -> Response:
    title = _TITLES.get(status, "Erreur")
    body = ProblemBody(title=title, status=status, detail=sentence)
    more = {"Cache-Control": "no-store", "X-Sentence": quote(sentence), **(headers or {})}
    if status == 401:
        more["WWW-Authenticate"] = 'Basic realm="C-Possible", Bearer realm="C-Possible"'
    return Response(body.model_dump_json(), status, more, MIME)
