"""Connections that cost something (connexions): a head that does not come in time, too many from
one address, a body that nobody reads any more.

The server's own protocols with three rules more. A proxy before it has to keep the same ones for
whom it serves (docs/operate.md): what comes from this machine is not counted here.
"""

import asyncio
from collections import Counter

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dashboard.queries.people.tries import network
from models.settings import LOOPBACK

HEAD_SECONDS = 10
LEFT_SECONDS = 5
MOST = 500  # connections from one address at once
_ONE_PIECE = 65_536  # bytes
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_open: Counter[str] = Counter()  # by address, websockets included


def _enter(client: tuple[str, int] | None) -> bool:
    """Counts a connection; whether its address may have one more."""
    if client is None or client[0] in LOOPBACK:
        return True
    address = network(client[0])
    _open[address] += 1
    return _open[address] <= MOST


def _leave(client: tuple[str, int] | None) -> None:
    if client is None or client[0] in LOOPBACK:
        return
    address = network(client[0])
    _open[address] -= 1
    if _open[address] <= 0:
        del _open[address]


class OnePiece:
    """A transport that sends what was written in one turn of the loop in one piece: a head and the
    short body behind it cost one call of the system, and one packet.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.whole = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.whole, name)

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self.send)
        self._held.append(data)
        self._size += len(data)
        # Beyond that the transport counts it itself, and says when its reader is too slow.
        if self._size > _ONE_PIECE:
            self.send()

    def send(self) -> None:
        held, self._held, self._size = self._held, [], 0
        if held:
            self.whole.write(b"".join(held))

    def close(self) -> None:
        self.send()
        self.whole.close()

    def abort(self) -> None:
        self._held.clear()
        self.whole.abort()


class PatientHttp(H11Protocol):
    """HTTP: closes where the head of a request has not come within ten seconds of its first byte,
    or of the opening; and where somebody goes on sending a body five seconds after the answer.
    """

    _until: asyncio.TimerHandle | None = None
    _became_a_socket = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(OnePiece(transport, self.loop))
        if not _enter(self.client):
            self.transport.write(_FULL)
            self.transport.close()
        self._wait(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        # What still arrives after the refusal is not read: it would begin a request all the same.
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._became_a_socket = True
        self._stop_waiting()
        # The socket that takes over counts itself, and writes whole frames.
        _leave(self.client)
        self.transport.send()
        self.transport = self.transport.whole
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        _leave(self.client)
        super().connection_lost(exc)

    def _look(self) -> None:
        """Which of the two waits, if any, this connection is in now."""
        if self._became_a_socket:
            return
        has_half_a_head = self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]
        is_answered = self.cycle is not None and self.cycle.response_complete
        is_left_over = self.conn.their_state is h11.SEND_BODY and is_answered
        if has_half_a_head or is_left_over:
            self._wait(LEFT_SECONDS if is_left_over else HEAD_SECONDS)
        else:
            self._stop_waiting()

    def _wait(self, seconds: float) -> None:
        """Further bytes give no further time."""
        if self._until is None:
            # Aborted rather than closed: a close would first wait for the other side to read what
            # is left.
            self._until = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._until is not None:
            self._until.cancel()
            self._until = None


class CountedSocket(WebSocketsSansIOProtocol):
    """A websocket that counts among the connections of its address."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        _enter(self.client)

    def connection_lost(self, exc: Exception | None) -> None:
        _leave(self.client)
        super().connection_lost(exc)
