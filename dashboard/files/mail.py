"""Builds a mail (courriel) for one person, in French, as plain text and HTML, and hands it to the
server (SMTP).

Users' texts are escaped in the HTML, and are one line in the subject.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from dashboard import french
from dashboard.rendering import render
from models.notices import NoticeKind
from models.settings import Settings, settings
from models.texts import Refused, clean_title

PATIENCE = 20  # seconds to wait for an answer of the server


class Unreachable(Exception):
    """The server does not answer, or refuses everything: the mail itself may be fine. The
    message is one French sentence.
    """


class Rejected(Exception):
    """The server refuses this mail permanently. The message is one French sentence."""


class ConnectionLost(Rejected):
    """The connection was lost with this mail: the next one needs a new connection."""


def server() -> Settings | None:
    """The settings of the mail server; None without one. Raises Refused for invalid settings."""
    ours = settings()
    if not ours.cp_smtp_host:
        return None
    if ours.cp_smtp_tls.lower() not in ("none", "starttls", "tls"):
        raise Refused("Le réglage CP_SMTP_TLS doit valoir none, starttls ou tls.")
    if base_of(ours) and not re.fullmatch(r"https?://[^\s<>\"']+", base_of(ours)):
        raise Refused(
            "Le réglage CP_PUBLIC_URL doit commencer par https:// ou http://, sans espace."
        )
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", sender_of(ours)):
        raise Refused(
            "Le réglage CP_MAIL_FROM (ou CP_CONTACT) doit être une adresse, comme nom@domaine.be."
        )
    return ours


def sender_of(ours: Settings) -> str:
    """The sender's address."""
    return ours.cp_mail_from or ours.cp_contact


def base_of(ours: Settings) -> str:
    """The public base address; empty: mails have no links."""
    return ours.cp_public_url.rstrip("/")


@contextmanager
def connected(to: Settings) -> Iterator[smtplib.SMTP]:
    """A connection to the server. Raises Unreachable."""
    try:
        connection = _open(to)
    except smtplib.SMTPAuthenticationError as error:
        raise Unreachable("Le serveur de courriel refuse le compte des réglages.") from error
    except (OSError, UnicodeError) as error:  # includes SMTPException
        raise Unreachable(
            f"Le serveur de courriel ne répond pas : {_server_message(error)}."
        ) from error
    try:
        yield connection
    finally:
        with suppress(OSError):
            connection.quit()


def _open(to: Settings) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    place = to.cp_smtp_host, to.cp_smtp_port
    tls = to.cp_smtp_tls.lower()
    if tls == "tls":
        connection = smtplib.SMTP_SSL(*place, timeout=PATIENCE, context=secure)
    else:
        connection = smtplib.SMTP(*place, timeout=PATIENCE)
    try:
        if tls == "starttls":
            connection.starttls(context=secure)
        if to.cp_smtp_user:
            connection.login(to.cp_smtp_user, to.cp_smtp_password)
    except BaseException:
        connection.close()
        raise
    return connection


def hand_over(connection: smtplib.SMTP, to: Settings, message: EmailMessage, address: str) -> None:
    """Sends one mail to one address. Raises Rejected or ConnectionLost for this mail,
    Unreachable for all.
    """
    try:
        connection.send_message(message, sender_of(to), [address])
    except smtplib.SMTPSenderRefused as error:
        raise Unreachable(
            f"Le serveur de courriel refuse notre adresse d'expéditeur : {_server_message(error)}."
        ) from error
    except (
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPDataError,
        smtplib.SMTPNotSupportedError,
        UnicodeError,
        ValueError,
    ) as error:
        # smtplib hangs up after a 421.
        kind = ConnectionLost if connection.sock is None else Rejected
        raise kind(
            f"Le serveur de courriel refuse le message : {_server_message(error)}."
        ) from error
    except OSError as error:
        raise ConnectionLost(
            f"Le serveur de courriel a coupé la conversation : {_server_message(error)}."
        ) from error


def _server_message(error: Exception) -> str:
    """The server's message for the administrator: one short line, without the recipient's
    address.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
        words = error.smtp_error
    else:
        code = ""
        words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return clean_title(re.sub(r"\S+@\S+", "…", f"{code} {text}"))[:160].rstrip(" .")


SHOWN = 50  # a longer mail would not be read
_ABOUT_HERS = "vous avez déposé, relayé ou choisi de suivre un dépôt"
_ABOUT_KEY = (
    "un compte vous est ouvert dans C-Possible, ou un nouveau mot de passe y a été demandé pour"
    " vous"
)
_ABOUT = {
    **dict.fromkeys(
        (NoticeKind.reminder, NoticeKind.transfer, NoticeKind.task),
        "vous avez une réponse à préparer, une échéance ou un rendez-vous",
    ),
    NoticeKind.address: "cette adresse a été donnée, changée ou retirée dans C-Possible",
    NoticeKind.invitation: _ABOUT_KEY,
    NoticeKind.reset: _ABOUT_KEY,
    NoticeKind.questionnaire: "un questionnaire de l'administration vous est proposé",
    NoticeKind.alert: "vous administrez C-Possible",
}
_CHOICE = (
    "Vous choisissez le rythme de ces courriels dans C-Possible, écran « Mon espace » : dès que"
    " possible, une fois par semaine ou jamais."
)
PREFERENCES = "/mon-espace"
_MIME = {
    "pdf": "pdf",
    "pptx": "vnd.openxmlformats-officedocument.presentationml.presentation",
}


@dataclass(frozen=True)
class News:
    """One news item of a mail. `href` is a local address, from its first slash."""

    kind: str
    title: str
    text: str = ""
    href: str = ""


def message(
    server: Settings,
    name: str,
    address: str,
    news: Sequence[News],
    batch: str,
    at: datetime,
    reason: str = "",
    files: Sequence[tuple[str, bytes]] = (),
    note: str = "",
) -> EmailMessage:
    """The mail for one person. `batch` identifies its contents: a resent mail is the same
    message. `reason`: why a person without an account, who has no mail preferences, receives it.
    `files`: names and contents to attach, of which `note` tells.

    Raises Rejected for an invalid address.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _line(subject(news))
    mail["From"] = Address("C-Possible", addr_spec=sender_of(server))
    try:
        mail["To"] = Address(_line(name), addr_spec=address)
    except Exception as error:  # the standard parser raises more exceptions than documented
        raise Rejected("L'adresse n'est pas une adresse de courriel.") from error
    mail["Reply-To"] = Address(addr_spec=server.cp_contact)
    mail["Date"] = format_datetime(at.astimezone(UTC))
    mail["Message-ID"] = (
        f"<{sha256(batch.encode()).hexdigest()[:40]}@{sender_of(server).rpartition('@')[2]}>"
    )
    mail["Auto-Submitted"] = "auto-generated"
    if base_of(server) and not reason:
        mail["List-Unsubscribe"] = f"<{base_of(server)}{PREFERENCES}>"
    else:
        mail["List-Unsubscribe"] = f"<mailto:{server.cp_contact}?subject=Courriels>"
    as_html = render(
        "mails/news.html",
        subject=_line(subject(news)),
        name=name,
        news=[(_line(one.title), one.text, _address(server, one)) for one in news[:SHOWN]],
        more=_more(news, note),
        why=reason or _why(news),
        preferences="" if reason else _preferences(server),
    )
    mail.set_content(_as_text(server, name, news, reason, note), cte="quoted-printable")
    mail.add_alternative(str(as_html), subtype="html", cte="quoted-printable")
    for file_name, content in files:
        kind = _MIME.get(file_name.rpartition(".")[2], "octet-stream")
        mail.add_attachment(content, "application", kind, filename=file_name)
    # Last: setting the content removes the headers of content.
    mail["Content-Language"] = "fr"
    return mail


def _line(text: str) -> str:
    return french.typo(clean_title(text))


def subject(news: Sequence[News]) -> str:
    """The subject: the news if there is one, else their number: « 3 nouvelles de C-Possible », «
    2 réponses attendues ».
    """
    if len(news) == 1:
        return news[0].title
    if all(news_item.kind == NoticeKind.reminder for news_item in news):
        return f"{french.number(len(news))} dépôts attendent une réponse"
    return f"{french.number(len(news))} nouvelles de C-Possible"


def _why(news: Sequence[News]) -> str:
    about = {_ABOUT.get(news_item.kind, _ABOUT_HERS) for news_item in news}
    reasons = [r for r in dict.fromkeys((_ABOUT_HERS, *_ABOUT.values())) if r in about]
    return f"Vous le recevez parce que {' et que '.join(reasons)}. {_CHOICE}"


def _more(news: Sequence[News], note: str) -> str:
    """What stands after the news: how many are left out, and what is said of the files."""
    left = len(news) - SHOWN
    if left > 0:
        more = french.counted(left, "autre nouvelle", "autres nouvelles")
        return f"Et {more}, à lire dans C-Possible. {note}".strip()
    return note


def _as_text(server: Settings, name: str, news: Sequence[News], reason: str, note: str) -> str:
    why, rhythm = reason or _why(news), "" if reason else _preferences(server)
    told = []
    for one in news[:SHOWN]:
        lines = [f"* {_line(one.title)}", *(f"  {line}" for line in one.text.splitlines())]
        lines.append(f"  {_address(server, one)}")
        told.append("\n".join(line for line in lines if line.strip()))
    parts = [
        f"Bonjour {_line(name)}," if name else "Bonjour,",
        *told,
        _more(news, note),
        "L'équipe C-Possible",
        f"--\nPourquoi ce courriel ? {why}" + (f"\n{rhythm}" if rhythm else ""),
    ]
    return french.typo("\n\n".join(part for part in parts if part)) + "\n"


def _address(server: Settings, news: News) -> str:
    ours = news.href.startswith("/") and not news.href.startswith("//")
    return f"{base_of(server)}{news.href}" if base_of(server) and ours else ""


def _preferences(server: Settings) -> str:
    return base_of(server) + PREFERENCES if base_of(server) else ""
