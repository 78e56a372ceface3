"""Sends mails (remise des courriels) to the configured SMTP server."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

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
