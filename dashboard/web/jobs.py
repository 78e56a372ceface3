"""The file of a job that is too large for a page: sent piece by piece, to the person who asked for
it alone.

A download button of Streamlit would hold the whole file in memory, and leave it at an address that
asks nobody's name.
"""

from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.actions.people import logins
from dashboard.queries.keeping.jobs import result_file
from dashboard.queries.people.readers import reader_of
from models.clock import today
from models.database import reading
from models.faults import report_fault
from models.settings import settings

ADDRESS = "/sauvegarde/"
_NOTHING = (
    "Ce fichier n'est pas là, ou n'est pas à vous : connectez-vous, ou demandez-le une nouvelle"
    " fois."
)


def routes() -> list[Route]:
    return [Route(f"{ADDRESS}{{job}}", send, methods=["GET"])]


async def send(request: Request) -> Response:
    """The file, for the login of the cookie; one answer for all who may not have it, whatever
    the reason.
    """
    token = request.cookies.get(settings().cookie_name)
    try:
        found = None
        if token:
            found = await run_in_threadpool(_wanted, token, request.path_params["job"])
    except DBAPIError as error:
        return _sentence(503, report_fault(error))
    if found is None:
        return _sentence(404, _NOTHING)
    path, name = found
    return FileResponse(
        path, media_type="application/zip", filename=name, headers={"Cache-Control": "no-store"}
    )


def _wanted(token: str, job: str) -> tuple[Path, str] | None:
    with reading() as session:
        return _file_for(session, logins.hash_of(token), job)


def _file_for(session: Session, token_hash: str, job: str) -> tuple[Path, str] | None:
    account = logins.login_of(session, token_hash)
    if account is None:
        return None
    return result_file(session, reader_of(session, account, today(session)), job)


def _sentence(status: int, text: str) -> Response:
    return PlainTextResponse(text, status_code=status, headers={"Cache-Control": "no-store"})
