"""« Qui n'est pas formé »: for managers of services, how many persons still must follow a training,
who they are, and a date for them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.acts import note_reading
from dashboard.actions.seats.taking import AT_ONCE, propose_session, register_colleagues
from dashboard.charts import figures
from dashboard.charts.plots import Chart
from dashboard.queries.academy import obligations
from dashboard.queries.academy.obligations import TO_INVITE, Needs, Untrained, followed_trainings
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.queries.people.readers import colleagues
from dashboard.queries.seats.records import SessionRow
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.academy.registering import TONES, seats_of, when
from dashboard.ui.address import filter_line, page_asked, pager
from dashboard.ui.charts import show
from dashboard.ui.components import (
    empty_for_filters,
    empty_nothing_yet,
    heading,
    paragraph,
    small_print,
)
from dashboard.ui.forms import Form
from dashboard.ui.tables import csv_button, link, table, unit_name
from dashboard.visit.navigation import address, note_list_read
from models.academy import Training, TrainingStanding
from models.database import fetch, reading, writing
from models.seats import SeatState

VIEW = "non-formes"
LABEL = "Qui n'est pas formé"
_PER_PAGE = 20
# Persons offered in the form: a longer list would be unusable.
_OFFERED = 300
_S = TrainingStanding
_HEADINGS = (
    "Personne",
    "Service",
    "Formation",
    "État",
    "Suivie le",
    "Valable jusqu'au",
    "Inscription",
)


class _Asked(NamedTuple):
    """The parameters of the address: the trainings, the code of the chosen one, the standings."""

    trainings: list[Training]
    code: str
    standings: tuple[_S, ...]


def not_trained(scope: Scope) -> None:
    trainings = [
        training
        for training in fetch(followed_trainings)
        if not scope.ambition or training.ambition_id == scope.ambition.id
    ]
    if not trainings:
        return empty_nothing_yet(
            "Aucune formation n'est obligatoire ni à renouveler : sa fiche le dit, à l'Académie."
        )
    with filter_line("academie", scope, vue=VIEW) as line:
        titles = {training.code: training.title for training in trainings}
        code = line.choice("Formation", "pour", titles, "Toutes")
        standing = line.choice("État", "etat", {str(state): state.label for state in TO_INVITE})
    chosen = [training for training in trainings if code in ("", training.code)]
    asked = _Asked(chosen, code, (_S(standing),) if standing else TO_INVITE)
    with reading() as session:
        needs = obligations.needs(session, scope, asked.trainings)
        n = obligations.count_untrained(session, scope, asked.trainings, asked.standings)
    if not needs:
        reset_href = address("academie", scope.whole(), vue=VIEW)
        return empty_for_filters("Personne de vos services n'est concerné ici.", reset_href)
    show(coverage_chart(scope, asked.trainings, needs), scope, level=2)
    _persons(scope, asked, n)
    return _invite_box(scope, asked)


# ── How many ──────────────────────────────────────────────────────────────────────────────────────


def coverage_chart(
    scope: Scope, trainings: Sequence[Training], needs: Mapping[tuple[int, int], Needs]
) -> Chart:
    """The share of persons trained, by service and training; of few persons it is not shown."""
    ids, with_training = map(frozenset, zip(*needs, strict=True))
    columns = [training for training in trainings if training.id in with_training]
    services = [unit for unit, _ in scope.tree.walk() if unit.id in ids]
    # A service of which no share is shown is in the table only.
    shown = {service for (service, _), found in needs.items() if found.concerned >= SMALLEST}
    units = [unit for unit in services if unit.id in shown]
    shares = {
        (row, place): _share_trained(needs[unit.id, training.id])
        for row, unit in enumerate(units)
        for place, training in enumerate(columns)
        if (unit.id, training.id) in needs
    }
    rows = [
        (unit.name, training.title, *_counts(needs[unit.id, training.id]))
        for unit in services
        for training in columns
        if (unit.id, training.id) in needs
    ]
    legend = " · ".join(f"{n}. {training.title}" for n, training in enumerate(columns, start=1))
    return Chart(
        "formes-par-service",
        "Personnes formées, en %, par service",
        f"{legend}. « … » : moins de cinq personnes concernées.",
        " ; ".join(f"{unit}, {title} : {share}" for unit, title, *_, share in rows) + ".",
        figures.coverage([unit.name for unit in units], len(columns), shares),
        ("Service", "Formation", "Concernés", "Jamais formés ou échus", "À renouveler", "Formés"),
        rows,
    )


def _share_trained(needs: Needs) -> float | None:
    if needs.concerned < SMALLEST:
        return None
    return 100 * (needs.concerned - needs.due) / needs.concerned


def _counts(needs: Needs) -> tuple[object, ...]:
    if needs.concerned < SMALLEST:
        return ("moins de 5", "–", "–", "–")
    return needs.concerned, needs.due, needs.soon, french.percent(_share_trained(needs), 0)


# ── Who ───────────────────────────────────────────────────────────────────────────────────────────


def _persons(scope: Scope, asked: _Asked, n: int) -> None:
    heading("Les personnes")
    if not n:
        return paragraph("Toutes les personnes concernées sont formées.")
    page = page_asked(n, _PER_PAGE)
    persons = fetch(
        obligations.untrained,
        scope,
        asked.trainings,
        asked.standings,
        (page - 1) * _PER_PAGE,
        _PER_PAGE,
    )
    note_list_read(_journal_subject(scope, asked, f"page {page}"))
    table(_HEADINGS, [_row(scope, person) for person in persons], "Les personnes à former")
    pager(page, n, _PER_PAGE)
    csv_button(
        "qui-n-est-pas-forme",
        _HEADINGS,
        lambda: _every_row(scope, asked),
        "Télécharger la liste (CSV)",
    )


def _row(scope: Scope, person: Untrained) -> tuple:
    obligation = person.obligation
    return (
        person.name,
        unit_name(scope.tree, person.service_id),
        link(
            obligation.training.title,
            address("academie", scope, formation=obligation.training.code),
        ),
        macros().chip(obligation.standing.label, TONES[obligation.standing]),
        french.day(obligation.last_on) if obligation.last_on else "–",
        french.day(obligation.lapses_on) if obligation.lapses_on else "–",
        f"{person.ahead.label}, {french.day(person.ahead_on)}" if person.ahead else "–",
    )


def _every_row(scope: Scope, asked: _Asked) -> Iterator[tuple]:
    """Every row, for the file; noted in the journal. Runs outside the page's run, hence with the
    scope's reader.
    """
    with writing() as session:
        persons = obligations.untrained(session, scope, asked.trainings, asked.standings)
        note_reading(session, scope.reader, _journal_subject(scope, asked, "fichier"))
    return iter([_row(scope, person) for person in persons])


def _journal_subject(scope: Scope, asked: _Asked, part: str) -> str:
    standing = asked.standings[0] if len(asked.standings) == 1 else ""
    parts = [scope.codes, asked.code, standing, part]
    return f"qui n'est pas formé, {', '.join(filter(None, parts))}"


# ── A date for them ───────────────────────────────────────────────────────────────────────────────


def _invite_box(scope: Scope, asked: _Asked) -> None:
    """Registering the persons for a date or proposing it to them, if the reader may register
    others.
    """
    if not may(scope.reader, "training.register_for") or not scope.reader.is_known:
        return
    training_ids = {training.id for training in asked.trainings}
    dates = {
        row.session.id: row
        for row in cached.offered_sessions()
        if row.training.id in training_ids and row.session.capacity > 0
    }
    heading("Leur donner une date")
    if not dates:
        return paragraph(
            "Aucune date n'est prévue pour ces formations : une session s'ouvre sur leur fiche."
        )
    form = Form(f"not_trained_{asked.code}")
    session_id = st.selectbox(
        "Date",
        list(dates),
        format_func=lambda ident: _date_in_words(dates[ident]),
        key=form.default("session", next(iter(dates))),
    )
    _persons_field(scope, form, dates[session_id].training)
    with form.row():
        form.button(
            "Inscrire ces personnes",
            lambda session, reader: register_colleagues(
                session, reader, form.value("session"), form.value("persons") or ()
            ),
            icon=":material/group_add:",
            done=_registered_in_words,
        )
        form.button(
            "Leur proposer cette date",
            lambda session, reader: propose_session(
                session, reader, form.value("session"), form.value("persons") or ()
            ),
            field="propose",
            primary=False,
            icon=":material/notifications:",
            done=lambda notified: (
                f"Date proposée à {french.counted(notified, 'personne')}."
                if notified
                else "Cette date leur était déjà proposée."
            ),
        )


def _date_in_words(row: SessionRow) -> str:
    place = f", {row.session.place}" if row.session.place else ""
    return f"{row.training.title} — {when(row.session)}{place} ({seats_of(row)})"


def _persons_field(scope: Scope, form: Form, training: Training) -> None:
    """The persons without this training and without a date, whom the reader may register."""
    today = replace(scope, on=cached.today(), as_known_then=False)
    with reading() as session:
        untrained_persons = obligations.untrained(
            session, today, [training], TO_INVITE, 0, _OFFERED
        )
        own_colleagues = colleagues(session, today)
    names = {
        person.obligation.person_id: own_colleagues[person.obligation.person_id]
        for person in untrained_persons
        if person.ahead is None and person.obligation.person_id in own_colleagues
    }
    form.field(
        "persons",
        st.multiselect,
        f"Personnes ({AT_ONCE} au plus à la fois)",
        list(names),
        default=[],
        format_func=lambda ident: names.get(ident, ""),
        placeholder="Choisissez parmi celles qui n'ont pas encore de date",
    )
    if len(untrained_persons) == _OFFERED:
        small_print(
            f"Les {_OFFERED} premières par nom : choisissez une direction pour voir les autres."
        )


def _registered_in_words(statuses: Counter[SeatState]) -> str:
    words = {
        SeatState.booked: ("place réservée", "places réservées"),
        SeatState.waiting: (
            "place sur la liste d'attente",
            "places sur la liste d'attente",
        ),
        SeatState.requested: (
            "demande envoyée au responsable",
            "demandes envoyées aux responsables",
        ),
    }
    parts = [
        french.counted(statuses[status], *words_of_status)
        for status, words_of_status in words.items()
        if statuses[status]
    ]
    return f"{', '.join(parts)}. Chaque personne est prévenue."
