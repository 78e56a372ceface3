"""Files that are stored: photos of ideas (/photo/…), materials of trainings (/document/…), results
of jobs too large for a page (/sauvegarde/…).

Not Streamlit's download button: it holds the whole file in memory, at an address that asks nobody's
name.
"""

from pathlib import Path

from sqlmodel import Session
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard import cached
from dashboard.access import Reader
from dashboard.queries.academy.materials import material
from dashboard.queries.ideas.around import photo_content
from dashboard.queries.operations.jobs import result_file
from dashboard.scope import Scope
from dashboard.web.answers import NO_STORE, attachment, protected_route
from models.academy import TrainingMaterial
from models.clock import today

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
    day = today(session)
    scope = Scope.for_reader(
        reader, {}, day, cached.tree_at, cached.ambitions(), cached.programmes()
    )
    return photo_content(session, scope, photo)


def _picture(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg", headers=NO_STORE)


def _material(found: TrainingMaterial) -> Response:
    if found.href:
        return RedirectResponse(found.href, status_code=302, headers=NO_STORE)
    return Response(found.content, media_type=found.mime, headers=attachment(found.name))


def _job_result(found: tuple[Path, str]) -> Response:
    path, name = found
    return FileResponse(path, media_type="application/zip", filename=name, headers=NO_STORE)
