"""Rounds (passages): the periodic maintenance run from cron or beside the server — tidying,
reminding, sending.

One round at a time per database. A task finds what is due while reading and writes it in short
acts. A task that fails does not stop the others. Each outcome is recorded at the end, for
monitoring.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from dashboard.actions import limits, tokens
from dashboard.actions.acts import forget_old
from dashboard.actions.figures.targets import note_definitions, notify_statuses
from dashboard.actions.ideas.entries import forget_drafts, settle_merges
from dashboard.actions.interests import drop_forgotten
from dashboard.actions.notices.deadlines import prepare_reports, remind_of_deadlines
from dashboard.actions.notices.events import notify_comments
from dashboard.actions.notices.records import remind, resume
from dashboard.actions.notices.sending import Sent, forget_words, send
from dashboard.actions.operations import heartbeats, jobs, restoring
from dashboard.actions.operations.heartbeats import alert
from dashboard.actions.operations.mixing import ShortAct, mix
from dashboard.actions.people import links, logins, second_factor
from dashboard.actions.people.accounts import close_lapsed
from dashboard.actions.people.privacy import erase_left
from dashboard.actions.seats.offers import settle_offers
from dashboard.actions.seats.taking import forget_guests, remind_of_meetings
from dashboard.actions.surveys.making import close_due
from dashboard.files.mail import Unreachable
from dashboard.queries.operations.health import (
    BACKUP,
    COPY,
    OF_BACKUPS,
    REHEARSAL,
    ROUND,
    clock_went_back,
)
from models.clock import now, today
from models.database import engine, forget_traces, reading, round_lock, writing
from models.texts import Refused

# Finds what is due; each act writes a part of it and returns its count.
Task = Callable[[Session, date], Iterable[ShortAct]]
# (label in the singular and in the plural; the task)
# A task's function name is stored as its code in `heartbeat`: renaming one loses its history.
TASKS: list[tuple[str, str, Task]] = [
    ("compte arrivé à son terme", "comptes arrivés à leur terme", close_lapsed),
    ("rappel", "rappels", remind),
    ("idée à reprendre", "idées à reprendre", resume),
    ("message d'auteur anonyme", "messages d'auteurs anonymes", notify_comments),
    ("fusion", "fusions", settle_merges),
    ("offre de place close", "offres de place closes", settle_offers),
    ("questionnaire arrivé à son terme", "questionnaires arrivés à leur terme", close_due),
    ("rappel de réunion", "rappels de réunion", remind_of_meetings),
    ("rappel d'échéance", "rappels d'échéance", remind_of_deadlines),
    ("définition nouvelle", "définitions nouvelles", note_definitions),
    ("statut d'un chiffre suivi", "statuts de chiffres suivis", notify_statuses),
    ("ancien avis vidé", "anciens avis vidés", forget_words),
    ("brouillon abandonné effacé", "brouillons abandonnés effacés", forget_drafts),
    ("marque d'intérêt restée sans suite", "marques d'intérêt restées sans suite", drop_forgotten),
    ("invité oublié", "invités oubliés", forget_guests),
    ("fiche de personne partie vidée", "fiches de personnes parties vidées", erase_left),
    ("ancienne ligne du journal effacée", "anciennes lignes du journal effacées", forget_old),
    ("alerte à un administrateur", "alertes aux administrateurs", alert),
]
SURPRISE = "Une tâche du passage a échoué ; le journal du serveur dit pourquoi."


@dataclass
class Round:
    """The result of one round: counts per task, mails sent; `troubles` are French sentences,
    `prepared` the jobs to run, `ends` task → kind of failure (empty: success), `was_backed_up`
    whether the day's backup was made.
    """

    done: list[tuple[str, str, int]] = field(default_factory=list)
    sent: Sent = field(default_factory=Sent)
    troubles: list[str] = field(default_factory=list)
    was_alone: bool = True
    prepared: list[str] = field(default_factory=list)
    ends: dict[str, str] = field(default_factory=dict)
    was_backed_up: bool = False


class ClockWentBack(Refused):
    """The clock shows a day before that of the last round."""


def run(is_day_confirmed: bool = False) -> Round:
    """One round of this installation, and the process of the jobs it prepares. Raises
    ClockWentBack.
    """
    if not is_day_confirmed:
        with reading() as session:
            sentence = clock_went_back(session, now())
        if sentence:
            raise ClockWentBack(sentence)
    done = tick()
    if done.prepared:
        jobs.start(*done.prepared)
    return done


def tick(on: Engine | None = None, day: date | None = None) -> Round:
    """Faire un passage; does nothing where another one is under way. `day` defaults to today."""
    on = on or engine()
    with heartbeats.recording_failure(ROUND, on), round_lock(on) as free:
        if not free:
            return Round(was_alone=False)
        with reading(on) as session:
            day = day or today(session)
        done = Round()
        for name, act in _parts(done, on, day):
            done.ends[name] = ""
            try:
                act()
            except (Refused, Unreachable) as refusal:
                done.ends[name] = heartbeats.kind(refusal)
                done.troubles.append(str(refusal))
            except Exception as error:
                done.ends[name] = heartbeats.kind(error)
                heartbeats.log_failure(name, error, with_trace=True)
                done.troubles.append(SURPRISE)
        noted = {name: end for name, end in done.ends.items() if name not in OF_BACKUPS}
        if not heartbeats.record_ends({**noted, ROUND: ""}, on):
            done.troubles.append("La fin du passage n'a pas pu être notée dans la base.")
        return done


def _parts(done: Round, on: Engine, day: date) -> Iterator[tuple[str, Callable[[], None]]]:
    """The parts of a round in their order, by the names under which they are recorded."""
    yield "purge", lambda: purge(on)
    # Before the task that announces them.
    yield "prepare", lambda: done.prepared.extend(filter(None, _do(on, prepare_reports, day)))
    for *labels, task in TASKS:
        yield (
            task.__name__,
            lambda labels=labels, task=task: done.done.append((*labels, sum(_do(on, task, day)))),
        )
    # After what the round itself writes: its rows are mixed too.
    yield "mix", lambda: mix(on, day)
    yield "send", lambda: _send(done, on, day)
    # Last: it may take minutes.
    yield BACKUP, lambda: _back_up(done, on)
    yield COPY, lambda: restoring.copy_when_due(on, now(), done.was_backed_up)
    yield REHEARSAL, lambda: restoring.rehearse_when_due(on, now())


def _back_up(done: Round, on: Engine) -> None:
    done.was_backed_up = restoring.back_up_when_due(on, now())


def _send(done: Round, on: Engine, day: date) -> None:
    done.sent = send(on, day)
    if done.sent.unreachable:
        raise Unreachable(done.sent.message)


def _do(on: Engine, task: Task, day: date) -> list:
    """Finds what is due first, to the end; then writes each part in an act of its own. Returns what
    the acts return.
    """
    with reading(on) as session:
        acts = list(task(session, day))
    done = []
    for number, act in enumerate(acts):
        if number:
            # A pause: SQLite waiters poll for the lock and would otherwise miss each gap.
            time.sleep(0.01)
        with writing(on) as session:
            done.append(act(session))
    return done


def purge(on: Engine | None = None) -> None:
    """Deletes expired logins, counters of past hours, used form tokens and old jobs, from the
    database's log too.
    """
    on = on or engine()
    with writing(on) as session:
        logins.purge(session)
        limits.purge(session)
        second_factor.purge(session, now() - timedelta(days=1))
        links.purge(session)
        tokens.purge(session)
        jobs.purge(session)
        heartbeats.purge(session)
    forget_traces(on)
