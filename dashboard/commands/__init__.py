"""The command line (ligne de commande), one module per subject; this one has what they share:
refusals, readers, scopes.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import wraps
from typing import Annotated, ParamSpec, TypeVar

import typer
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session

from dashboard import french
from dashboard.access import OPERATOR, Reader
from dashboard.actions.operations.heartbeats import kind, log_failure, place, recording
from dashboard.queries import directions
from dashboard.queries.people import readers as people
from dashboard.scope import Scope
from models import clock
from models.database import unreachable
from models.people import Account
from models.programmes import programmes
from models.roadmap import Paced, Progress
from models.texts import Invalid, Refused

P = ParamSpec("P")
R = TypeVar("R")
# Options that several commands have.
As = Annotated[str, typer.Option("--as", help="Lire avec les droits de ce compte (identifiant).")]
Au = Annotated[str | None, typer.Option(help="Situation au (AAAA-MM-JJ).")]
Depuis = Annotated[str | None, typer.Option(help="Évolution depuis (AAAA-MM-JJ).")]
Direction = Annotated[
    str | None, typer.Option(help="Code d'un département, d'une direction, d'un service.")
]
Ambition = Annotated[str | None, typer.Option(help="Code d'une ambition.")]
Yes = Annotated[bool, typer.Option("--oui", help="Ne demande pas de confirmation.")]

SURPRISE = "Une erreur imprévue a arrêté la commande ({}, {}) : le détail est ci-dessus."
# Seconds between two lines of progress: on a terminal, in a log.
_TERMINAL_PAUSE = 0.2
_LOG_PAUSE = 3.0


class TextOrJson(StrEnum):
    text = "text"
    json = "json"


def answering(command: Callable[P, R]) -> Callable[P, R]:
    """Turns a refusal into one sentence on stderr and exit code 1, without a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (Refused, Invalid) as error:
            _refuse(str(error))
        except DBAPIError as error:
            _refuse(unreachable(error))
        except SQLAlchemyError as error:
            _refuse(f"La base de données ne répond pas à temps ({kind(error)}).")
        except OSError as error:
            message = error.strerror or "Lecture ou écriture impossible"
            _refuse(f"{message} : {error.filename}." if error.filename else f"{message}.")

    return run


def recorded(task: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """For a command run by a timer: records how it ended, and turns an unexpected error into one
    sentence too, with the traceback in the log.
    """

    def decorate(command: Callable[P, R]) -> Callable[P, R]:
        @wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                with recording(task):
                    return command(*args, **kwargs)
            except (Refused, Invalid, SQLAlchemyError, OSError):
                raise
            except Exception as error:
                log_failure(task, error, with_trace=True)
                raise Refused(SURPRISE.format(kind(error), place(error))) from error

        return run

    return decorate


def _refuse(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    raise typer.Exit(1)


def confirmed(sentence: str, word: str, yes: bool) -> None:
    """Asks for a typed word before an irreversible act. Raises Refused if it is not typed."""
    if yes:
        return
    _clear_line()
    print(f"{sentence}\nTapez « {word} » pour confirmer : ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != word:
        raise Refused("Rien n'a été fait : la confirmation n'est pas venue (ou ajoutez --oui).")


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Shows progress on stderr: one changing line on a terminal, else a line every few seconds."""
    is_terminal = sys.stderr.isatty()
    pause = _TERMINAL_PAUSE if is_terminal else _LOG_PAUSE

    def show(share: float, message: str) -> None:
        line = f"{french.percent(share * 100, 0)} {message}"
        if is_terminal:
            # Return to the start of the line and clear it; a line longer than the terminal would
            # leave its end behind.
            print(f"\r\033[K{line[:100]}", end="", file=sys.stderr, flush=True)
        else:
            print(f"… {line}", file=sys.stderr, flush=True)

    try:
        yield Paced(show, pause, delay=pause)
    finally:
        _clear_line()


def _clear_line() -> None:
    """Clears the progress line of a terminal."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def scope_of(
    session: Session,
    login: str,
    au: str | None = None,
    depuis: str | None = None,
    direction: str | None = None,
    ambition: str | None = None,
) -> Scope:
    """The scope of a command. Raises Refused for a parameter that a screen would ignore with a
    sentence.
    """
    params = {"au": au, "depuis": depuis, "direction": direction, "ambition": ambition}
    given = {name: value for name, value in params.items() if value}
    scope = scope_for(session, reader_named(session, login), given)
    if scope.ignored:
        sentence = scope.ignored[0].partition(" :")[0].rstrip(".")
        raise Refused(f"{sentence}.")
    return scope


def scope_for(session: Session, reader: Reader, params: Mapping[str, str]) -> Scope:
    """The scope of a reader with these filters, on the day of the clock."""
    return Scope.for_reader(
        reader,
        params,
        clock.today(session),
        directions.organisation(session).at,
        directions.ambitions(session),
        programmes(session),
    )


def reader_named(session: Session, login: str) -> Reader:
    """The reader of this login; without one the operator. Raises Refused for an unknown login."""
    if not login:
        return OPERATOR
    return people.reader_of(session, account_named(session, login), clock.today(session))


def account_named(session: Session, login: str) -> Account:
    """The account of this login. Raises Refused for an unknown one."""
    account = people.account_by_login(session, login)
    if account is None:
        raise Refused(f"Le compte « {login} » n'existe pas.")
    return account
