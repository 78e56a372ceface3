"""What strangers send to the server itself: uploads beyond their share, half requests, another
host's name. Others are answered meanwhile.
"""

import socket
import time
from contextlib import ExitStack

import httpx
import pytest
from support.tab import Tab, elements
from support.transactions import (
    refuses,
)
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dashboard.actions.ideas.photos import HEAVIEST

pytestmark = pytest.mark.slow

MB = 2**20


@pytest.fixture(scope="module")
def served(serve_here):
    return serve_here(
        constants={
            "dashboard.web.limits.UPLOADS_OF_HOUR": 6,
            "dashboard.web.limits.AT_ONCE": 40 * MB,
        },
        CP_TICK_MINUTES="0",
        CP_HOSTS="c-possible.exemple.be",
    )


class Sender:
    """A visitor's browser that uploads: its session, its XSRF cookie."""

    def __init__(self, served, cookie: str = "", address: str = "127.0.0.1"):
        self.tab = Tab(served.url, cookie=cookie)
        self.tab.open("deposer")
        self.client = httpx.Client(
            base_url=served.url, headers={"X-Forwarded-For": address}, timeout=60
        )
        self.client.get("/_stcore/host-config")
        self.client.get("/_stcore/health")
        if cookie:
            self.client.cookies.set("cp", cookie)

    def put(self, size: int, name: str) -> httpx.Response:
        file = ("photo.jpg", b"\xff" * size, "image/jpeg")
        return self._ask("PUT", name, files={"photo.jpg": file})

    def head(self, size: int, name: str) -> str:
        """What a browser sends before a body of this size."""
        cookies = "; ".join(f"{one}={value}" for one, value in self.client.cookies.items())
        return (
            f"PUT {self._where(name)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n"
            f"X-Forwarded-For: {self.client.headers['X-Forwarded-For']}\r\nCookie: {cookies}\r\n"
            f"X-Xsrftoken: {self.client.cookies['_streamlit_xsrf']}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\nExpect: 100-continue\r\n\r\n"
        )

    def let_go(self, name: str) -> httpx.Response:
        return self._ask("DELETE", name)

    def _ask(self, method: str, name: str, **body: object) -> httpx.Response:
        token = self.client.cookies.get("_streamlit_xsrf", "")
        headers = {"X-Xsrftoken": token}
        return self.client.request(method, self._where(name), headers=headers, **body)

    def _where(self, name: str) -> str:
        return f"/_stcore/upload_file/{self.tab.session_id}/{name}"

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.tab.close()


def test_what_strangers_keep_in_memory_has_an_end(served):
    """Forty megabytes for all, twenty for one address, until a file is let go."""
    with ExitStack() as several:
        senders = [several.enter_context(Sender(served, address=f"10.9.1.{n}")) for n in range(4)]
        neighbour = several.enter_context(Sender(served, address="10.9.1.0"))
        assert senders[0].put(11 * MB, "une").status_code == 204
        assert neighbour.put(11 * MB, "du même réseau").status_code == 429
        codes = [sender.put(11 * MB, "gardée").status_code for sender in senders[1:]]
        assert codes == [204, 204, 429]
        for n, sender in enumerate(senders[:3]):
            assert sender.let_go("gardée" if n else "une").status_code == 204
        assert senders[3].put(11 * MB, "gardée").status_code == 204
        senders[3].let_go("gardée")


def test_what_is_half_sent_counts_already_and_is_let_go_with_its_connection(served):
    with Sender(served, address="10.9.3.1") as one, Sender(served, address="10.9.3.1") as other:
        with half(served, one.head(11 * MB, "lente")) as slow:
            assert slow.recv(100).startswith(b"HTTP/1.1 100 "), "its body is awaited"
            assert other.put(11 * MB, "vite").status_code == 429
        assert _soon(lambda: other.put(11 * MB, "vite").status_code == 204)
        other.let_go("vite")


def test_a_photo_as_heavy_as_the_form_promises_passes(served):
    with Sender(served) as one:
        assert one.put(int(11.9 * MB), "lourde").status_code == 204
        one.let_go("lourde")
        assert one.put(HEAVIEST, "la plus lourde").status_code == 204
        one.let_go("la plus lourde")
        too_heavy = one.put(14 * MB, "trop lourde")
        assert (too_heavy.status_code, too_heavy.text) == (413, "Ce fichier est trop lourd.")


def test_other_fields_keep_their_own_limit(served):
    with Tab(served.url, cookie=served.cookie_of("didier")) as tab:
        fields = elements(tab.open("imports"), "file_uploader")
        assert fields and {field.max_upload_size_mb for field in fields} == {5}


def test_an_address_has_a_share_of_uploads_and_who_is_signed_in_has_none(served):
    with Sender(served, address="10.9.0.1") as one:
        answers = [one.put(1000, f"petite-{n}") for n in range(7)]
        assert [answer.status_code for answer in answers] == [204] * 6 + [429]
        assert answers[-1].text.startswith("Trop de fichiers de votre réseau : réessayez après")
    with Sender(served, address="10.9.0.2") as other:
        assert other.put(1000, "ailleurs").status_code == 204
    with Sender(served, served.cookie_of("alice"), "10.9.0.1") as alice:
        assert alice.put(1000, "alice").status_code == 204
    with Sender(served, "un faux cookie", "10.9.0.1") as liar:
        assert liar.put(1000, "menteur").status_code == 429


def test_one_who_is_signed_in_has_a_share_of_her_own_and_takes_nothing_from_strangers(served):
    with (
        Sender(served, served.cookie_of("alice"), "10.9.4.1") as alice,
        Sender(served, served.cookie_of("bruno"), "10.9.4.1") as bruno,
        Sender(served, address="10.9.4.2") as stranger,
    ):
        assert alice.put(4 * MB, "une").status_code == 204
        refused = alice.put(4 * MB, "deux")
        assert (refused.status_code, refused.text) == (
            429,
            "Vous avez envoyé trop de fichiers : rechargez la page.",
        )
        assert bruno.put(4 * MB, "une").status_code == 204
        assert stranger.put(11 * MB, "une").status_code == 204
        stranger.let_go("une")


def test_nobody_sends_a_file_into_the_page_of_another(served):
    with (
        Sender(served, served.cookie_of("alice"), "10.9.5.1") as alice,
        Sender(served, served.cookie_of("bruno"), "10.9.5.2") as bruno,
        Sender(served, address="10.9.5.3") as stranger,
    ):
        own, bruno.tab.session_id = bruno.tab.session_id, alice.tab.session_id
        assert bruno.put(1000, "glissée").status_code == 403
        bruno.tab.session_id = own
        assert bruno.put(1000, "la sienne").status_code == 204
        stranger.tab.session_id = alice.tab.session_id
        assert stranger.put(1000, "glissée").status_code == 403


def _soon(holds, seconds: int = 20) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if holds():
            return True
        time.sleep(0.5)
    return False


def half(served, head: str) -> socket.socket:
    """A connection on which part of a request was sent."""
    sent = socket.create_connection(("127.0.0.1", served.port), timeout=40)
    sent.sendall(head.encode())
    return sent


def test_half_open_requests_keep_nobody_from_being_answered(served):
    upload = (
        "PUT /_stcore/upload_file/x/y HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\nab"
    )
    with ExitStack() as many:
        for sent in ["GET / HTTP/1.1\r\nHost: lo"] * 100 + [upload] * 20:
            many.enter_context(half(served, sent))
        assert httpx.get(f"{served.url}/sante", timeout=10).status_code == 200
        with Tab(served.url) as tab:
            assert tab.open("deposer")


def test_an_upload_in_chunks_is_not_taken_whatever_length_it_announces(served):
    with Sender(served, address="10.9.6.1") as one:
        head = one.head(1000, "longue").replace(
            "\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        with half(served, head) as chunks:
            assert chunks.recv(100).startswith((b"HTTP/1.1 411 ", b"HTTP/1.1 400 "))


@pytest.mark.parametrize("host", ["ailleurs.exemple", "c-possible.exemple.be.ailleurs.exemple", ""])
def test_another_host_gets_neither_page_nor_socket(served, host):
    assert httpx.get(served.url, headers={"Host": host}).status_code == 400
    if host:
        refuses(
            connect,
            f"ws://{host}:{served.port}/_stcore/stream",
            sock=socket.create_connection(("127.0.0.1", served.port)),
            subprotocols=["streamlit"],
            match="400",
            error=InvalidStatus,
        )


@pytest.mark.parametrize("host", ["c-possible.exemple.be", "C-Possible.exemple.be:443", "[::1]:80"])
def test_its_own_names_are_answered(served, host):
    assert httpx.get(f"{served.url}/sante", headers={"Host": host}).status_code == 200
