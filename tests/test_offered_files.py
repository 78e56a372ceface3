"""A file that a page offers is for the one who reads that page: her sign-in, with the rights that she had
as it was offered. The tab is not drawn again in between.
"""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from support.transactions import read_with

from dashboard.access import Reader
from dashboard.actions.people import logins
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.web import files
from dashboard.web.files import OfferedFile
from models.clock import today
from models.database import writing
from models.settings import settings


@pytest.fixture
def town(demo_copy, data_folder, commands_on):
    """A demonstration that the routes of this process read."""
    commands_on(demo_copy)
    return demo_copy


def signs_in(town, login: str) -> tuple[str, Reader]:
    """The cookie, and who reads by it."""
    with writing(town) as session:
        account = account_by_login(session, login)
        return logins.open_login(session, account, remember=False), reader_of(
            session, account, today(session)
        )


def offered_to(cookie: str, reader: Reader) -> OfferedFile:
    return OfferedFile(lambda: b"noms", "noms.csv", "text/csv", reader, logins.hash_of(cookie))


def fetched(address: str, cookie: str) -> int:
    client = TestClient(
        Starlette(routes=files.routes([])), cookies={settings().cookie_name: cookie}
    )
    return client.get(address).status_code


def test_a_role_that_is_lost_takes_the_file_along(town):
    cookie, didier = signs_in(town, "didier")
    offered = offered_to(cookie, didier)
    address = files.offer(offered)
    assert fetched(address, cookie) == 200
    with writing(town) as session:
        account_by_login(session, "didier").roles = "agent"
    assert read_with(town, logins.login_of, logins.hash_of(cookie)), "she is signed in as before"
    assert fetched(address, cookie) == 404


def test_another_sign_in_of_the_same_person_gets_no_file(town):
    cookie, didier = signs_in(town, "didier")
    offered = offered_to(cookie, didier)
    address = files.offer(offered)
    assert fetched(address, signs_in(town, "didier")[0]) == 404
    assert fetched(address, signs_in(town, "bruno")[0]) == 404
    assert fetched(address, cookie) == 200
