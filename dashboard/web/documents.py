"""Stored files: photos of ideas (/photo/…), training materials (/document/…), large results of jobs
(/sauvegarde/…).

Not Streamlit's download button: it holds the whole file in memory, at an address without access
control.
"""

from pathlib import Path

from sqlmodel import Session
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard import cached
from dashboard.access import Reader
from dashboard.queries.academy.counts import material
from dashboard.queries.ideas.card import photo_content
from dashboard.queries.operations.jobs import result_file
from dashboard.web.answers import NO_STORE, attachment, protected_route
from models.academy import TrainingMaterial

MATERIAL = "/document/"
JOB_RESULT = "/sauvegarde/"


def routes() -> list[Route]:
    return [
        protected_route(
            "/photo/", _photo, _picture, "Cette photo n'est pas là, ou ne vous est pas ouverte."
        ),
        protected_route(
            MATERIAL, material, _material, "Ce support n'est pas là, ou ne vous est pas ouvert."
        ),
        protected_route(
            JOB_RESULT,
            result_file,
            _job_result,
            "Ce fichier n'est pas là, ou n'est pas à vous : connectez-vous, ou demandez-le une"
            " nouvelle fois.",
        ),
    ]


def _photo(session: Session, reader: Reader, photo: str) -> bytes | None:
    return photo_content(session, cached.scope_of(reader), photo)


def _picture(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg", headers=NO_STORE)


def _material(material: TrainingMaterial) -> Response:
    if material.href:
        return RedirectResponse(material.href, status_code=302, headers=NO_STORE)
    return Response(material.content, media_type=material.mime, headers=attachment(material.name))


def _job_result(result: tuple[Path, str]) -> Response:
    path, name = result
    return FileResponse(path, media_type="application/zip", filename=name, headers=NO_STORE)
