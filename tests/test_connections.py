"""How an answer goes out: in one piece where it is short, as it is written where it is long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.web.connections import OnePiece

HEAD, BODY = b"HTTP/1.1 200 OK\r\n\r\n", b"<!doctype html>"
LONG = b"x" * 100_000


class Line(asyncio.Transport):
    """What the system was given to send, and how the line ended."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.sent.append("closed")

    def abort(self) -> None:
        self.sent.append("aborted")

    def is_closing(self) -> bool:
        return "closed" in self.sent


def sent(act: Callable[[OnePiece], None]) -> list[bytes | str]:
    """What has gone out in the turn of the loop after the act."""

    async def run() -> list[bytes | str]:
        line = Line()
        act(OnePiece(line, asyncio.get_running_loop()))
        await asyncio.sleep(0)
        return line.sent

    with ThreadPoolExecutor(1) as alone:
        return alone.submit(lambda: asyncio.run(run())).result()


def write_page(out: OnePiece) -> None:
    out.write(HEAD)
    out.write(BODY)


def write_page_and_close(out: OnePiece) -> None:
    write_page(out)
    out.close()
    assert out.is_closing()


def write_page_and_abort(out: OnePiece) -> None:
    write_page(out)
    out.abort()


def write_file(out: OnePiece) -> None:
    for piece in (HEAD, LONG):
        out.write(piece)
    assert out.whole.sent == [HEAD + LONG], "the transport counts what its reader leaves"
    out.write(BODY)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (write_page, [HEAD + BODY]),
        (write_page_and_close, [HEAD + BODY, "closed"]),
        (write_page_and_abort, ["aborted"]),
        (write_file, [HEAD + LONG, BODY]),
    ],
)
def test_a_short_answer_goes_out_in_one_piece(act, told):
    assert sent(act) == told
