"""Blocks of jobs (travaux): a reader's jobs with their progress, refreshed while one is running."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import streamlit as st

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.operations import jobs
from dashboard.queries.operations.jobs import JobLine, is_imported, recent, result
from dashboard.scope import Scope
from dashboard.ui.components import draw, empty_nothing_yet, field_error
from dashboard.ui.forms import form_state
from dashboard.ui.tables import csv_button, table
from dashboard.visit import signin
from models.clock import local, now
from models.database import fetch, reading, writing
from models.jobs import Job, JobState
from models.texts import Invalid, Refused

EVERY = 1.0  # seconds between two refreshes
_SHOWN = 20  # problems shown on the screen; the file has all of them


def quiet_sentence(sentence: object) -> None:
    """A caption in a job's card."""
    draw("jobs/sentence.html", sentence=sentence)


def ask_button(
    label: str,
    name: str,
    asks: Callable[..., Job],
    *,
    icon: str,
    primary: bool = True,
) -> None:
    """A button that requests a job and starts its process; a refusal is shown below it.
    `asks(session, reader)` creates the job.
    """
    st.button(
        label,
        type="primary" if primary else "secondary",
        key=f"w_{name}",
        icon=icon,
        on_click=_ask,
        args=(name, asks, form_state(name).get("turn", 0)),
    )
    field_error(form_state(name).pop("refused", None))


def _ask(name: str, asks: Callable[..., Job], turn: int) -> None:
    """Requests the drawn job once: a second click in flight does nothing."""
    form = form_state(name)
    with form.lock:
        if turn != form.get("turn", 0):
            return
        try:
            with writing() as session:
                job = asks(session, signin.current_reader())
        except (Refused, Invalid) as error:
            form["refused"] = str(error)
            return
        form["turn"] = turn + 1
    if job.state == JobState.waiting:
        # After the lock and the commit: the process finds its row, and a second click does not wait
        # for it.
        jobs.start(job.id)


def jobs_list(
    reader: Reader,
    kinds: Collection[str],
    *,
    title: Callable[[JobLine], str],
    done: Callable[[JobLine], None],
    empty: str = "",
    limit: int = 8,
) -> None:
    """The reader's jobs of these kinds, latest first. `title` names one; `done` draws the result
    of a finished one.
    """

    def lines() -> list[JobLine]:
        return fetch(recent, reader, now(), limit, kinds)

    is_refreshed = any(line.is_open for line in lines())
    every = EVERY if is_refreshed else None
    st.fragment(_draw, run_every=every)(lines, empty, title, done, is_refreshed)


def _draw(
    read_lines: Callable[[], list[JobLine]],
    empty: str,
    title: Callable[[JobLine], str],
    done: Callable[[JobLine], None],
    is_refreshed: bool,
) -> None:
    lines = read_lines()
    if empty and not lines:
        empty_nothing_yet(empty)
    for line in lines:
        with st.container(border=True, key=f"cp_job_{line.id}"):
            draw(
                "jobs/head.html",
                name=title(line),
                line=line,
                asked=moment(line.asked_at),
                tone=_TONES[line.state],
                has_failed=line.state == JobState.failed,
            )
            if line.state == JobState.done:
                done(line)
    # `run_every` is fixed when the fragment is made: rerun the page to start or stop the refresh.
    if is_refreshed != any(line.is_open for line in lines):
        st.rerun()


def moment(at: datetime) -> str:
    """« le 30/06/2023 à 14 h 05 », by the clocks of the town."""
    return f"le {french.moment(local(at))}"


_TONES = {
    JobState.waiting: "open",
    JobState.running: "open",
    JobState.done: "accepted",
    JobState.failed: "late",
}


# ── What a trial or an import found ───────────────────────────────────────────────────────────────


def found_in(scope: Scope, line: JobLine) -> Mapping | None:
    """The report of a finished trial or import; empty or None if there is nothing to show, for
    instance after the trial's import.
    """
    with reading() as session:
        report = json.loads(result(session, scope.reader, line.id) or b"{}")
        was_imported = is_imported(session, scope.reader, line.kind, line.id, now())
    if not was_imported:
        return report
    if report:
        quiet_sentence("Cet essai a été suivi de son import.")
    return None


def problems(line: JobLine, report: Mapping) -> None:
    """Refused rows first, then doubtful values; the file has all of them."""
    faults = [(fault, "refusée") for fault in report["refused"]]
    faults += [(fault, "à vérifier") for fault in report["warnings"]]
    if any(fault.get("column") for fault, _ in faults):
        headings = ["Ligne", "Colonne", "Ce qui ne va pas", "Effet"]
        rows = [(f["line"] or "", f.get("column", ""), f["reason"], effect) for f, effect in faults]
    else:
        headings = ["Ligne", "Ce qui ne va pas", "Effet"]
        rows = [(f["line"] or "", f["reason"], effect) for f, effect in faults]
    if not rows:
        return
    with st.expander(
        f"{french.counted(len(rows), 'point')} à regarder",
        expanded=len(rows) <= _SHOWN // 2,
        key=f"w_problems_{line.id}",
    ):
        table(
            headings,
            # A fault of the whole file has no line number.
            [(french.number(line) if line else "", *others) for line, *others in rows[:_SHOWN]],
            "Ce qui ne va pas dans le fichier",
            frozenset({0}),
        )
        if len(rows) > _SHOWN:
            st.caption(f"Les {_SHOWN} premiers ; le fichier les donne tous.")
        csv_button(
            f"points-a-regarder-{line.id[:8]}",
            headings,
            lambda: rows,
            "Télécharger les points à regarder (CSV)",
        )
