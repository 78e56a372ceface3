"""A real mail server (poste) on this machine, for the tests: what it received, whom it refuses,
how slow it is.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller

from .served import free_port

HOST = "127.0.0.1"


@dataclass
class Post:
    """The server; `refusing` holds (address → answer), `before_answer` is called once a mail has
    been received whole.
    """

    port: int = field(default_factory=free_port)
    received: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refusing: dict[str, str] = field(default_factory=dict)
    slow: float = 0.0
    before_answer: Callable[[], None] = lambda: None
    _controller: Controller | None = None

    @property
    def settings(self) -> dict[str, str]:
        return {
            "CP_SMTP_HOST": HOST,
            "CP_SMTP_PORT": str(self.port),
            "CP_SMTP_TLS": "none",
            "CP_PUBLIC_URL": "https://c-possible.exemple.invalid",
        }

    def start(self) -> "Post":
        self._controller = Controller(self, hostname=HOST, port=self.port)
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
        self._controller = None

    async def handle_RCPT(self, _server, _session, envelope, address: str, _options) -> str:
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:
        time.sleep(self.slow)
        mail = message_from_bytes(envelope.content, policy=default)
        self.received += [(address, mail) for address in envelope.rcpt_tos]
        self.before_answer()
        return "250 OK"

    # ── What the tests ask ────────────────────────────────────────────────────────────────────────

    @property
    def addresses(self) -> list[str]:
        return [address for address, _ in self.received]

    def mails_for(self, login: str) -> list[EmailMessage]:
        return [mail for address, mail in self.received if address == f"{login}@exemple.invalid"]


def plain(mail: EmailMessage, kind: str = "plain") -> str:
    """The words of a mail with ordinary spaces."""
    return " ".join(mail.get_body((kind,)).get_content().split())


def subject(mail: EmailMessage) -> str:
    return " ".join(mail["Subject"].split())
