"""A form in parts: its words are read by a short way of ours, which says what the library says, or
nothing.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from starlette.requests import Request

from dashboard.light.sent import form_of_words

T = TypeVar("T")
BOUNDARY = "----WebKitFormBoundaryAb12"
NO_FILE = b'name="photos"; filename=""\r\nContent-Type: application/octet-stream'


def part(about: bytes, value: bytes) -> bytes:
    return b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (
        BOUNDARY.encode(),
        about,
        value,
    )


def whole(*parts: bytes, end: bytes = b"--\r\n") -> bytes:
    return b"".join(parts) + b"--" + BOUNDARY.encode() + end


def request(body: bytes, kind: str = f"multipart/form-data; boundary={BOUNDARY}") -> Request:
    async def receive() -> dict:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


def run(asked: Coroutine[None, None, T]) -> T:
    """In a thread of its own: the loop of a browser may run in this one."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, asked).result()


def words(body: bytes, **more: str) -> list[tuple[str, str]] | None:
    found = run(form_of_words(request(body, **more), 60))
    return None if found is None else found.multi_items()


def by_the_library(body: bytes) -> list[tuple[str, str]]:
    async def read() -> list[tuple[str, object]]:
        return (await request(body).form()).multi_items()

    return [(name, value) for name, value in run(read()) if isinstance(value, str)]


@pytest.mark.parametrize(
    "body",
    [
        whole(part(b'name="body"', "Planter trois arbres à l’ombre".encode())),
        whole(part(b'name="body"', b"deux\r\nlignes\r\n\r\net demie"), part(b'name="title"', b"")),
        whole(part(b'name="body"', b"x"), part(NO_FILE, b""), part(b'name="kind"', b"idee")),
        whole(part(b'name="a"', b"1"), part(b'name="a"', b"2")),
        whole(part(b'name="body"', b"--" + BOUNDARY.encode()[:-1]), end=b"--"),
        whole(part(b'name="body"', b"x" * 50_000)),
    ],
)
def test_words_are_what_the_library_reads(body):
    assert words(body) == by_the_library(body)


@pytest.mark.parametrize(
    "body",
    [
        whole(part(b'name="photos"; filename="a.jpg"\r\nContent-Type: image/jpeg', b"\xff\xd8")),
        whole(part(b'name="body"\r\nContent-Type: text/plain; charset=latin-1', b"\xe9")),
        whole(part(b'name="body"', b"\xe9 n'est pas de l'UTF-8")),
        whole(part(b'name="a\\"b"', b"x")),
        whole(*(part(b'name="a"', b"x") for _ in range(61))),
        whole(part(b'name="body"', b"coupe"), end=b""),
        b"avant" + whole(part(b'name="body"', b"x")),
        part(b'name="body"', b"sans fin"),
        b"",
    ],
)
def test_whatever_is_unusual_is_left_to_the_library(body):
    assert words(body) is None


def test_what_is_heavier_than_words_is_left_to_the_library_unread():
    """Photos go to the disk as they come: nothing reads them into memory before."""
    read = []

    async def receive() -> dict:
        read.append(True)
        return {"type": "http.request", "body": b"", "more_body": False}

    kind = f"multipart/form-data; boundary={BOUNDARY}".encode()
    for length in ([(b"content-length", b"1048577")], []):
        headers = [(b"content-type", kind), *length]
        heavy = Request(
            {"type": "http", "method": "POST", "path": "/", "headers": headers}, receive
        )
        assert run(form_of_words(heavy, 60)) is None and read == []


def test_another_kind_of_form_is_not_ours():
    assert words(b"body=Un+banc", kind="application/x-www-form-urlencoded") is None
    assert words(whole(), kind="multipart/form-data") is None
