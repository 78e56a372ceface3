"""The training catalogue (catalogue): upcoming sessions, filtered by the parameters of the address,
each with what a reader needs to know before registering; « Mes formations », the reader's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached.academy import obligations_of as obligations_of_person
from dashboard.cached.academy import own_seats
from dashboard.queries.academy.obligations import Obligation
from dashboard.queries.seats.events import Where
from dashboard.queries.seats.records import Mine, SessionRow
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.academy.desk import followed_block
from dashboard.screens.academy.registering import my_registrations, seats_of, tone_of
from dashboard.screens.seats import register_button
from dashboard.ui.address import filter_line, one_page, pager
from dashboard.ui.components import draw, empty_for_filters, empty_nothing_yet, heading, small_print
from dashboard.ui.tables import link, obligation_in_words, table, training_list
from dashboard.visit.navigation import address
from models.academy import Training, TrainingAudience, TrainingStanding
from models.search import Query, parsed
from models.seats import SeatState

S = SeatState
EVERY = "toutes"
# Not « au » and « depuis »: those parameters hold the day looked at.
_FIRST, _LAST = "du", "jusque"
_PER_PAGE = 10
# Code in the address → (label, shortest and longest duration in hours).
_LENGTHS = {
    "courte": ("4 h au plus", 0.0, 4.0),
    "journee": ("Plus de 4 h, jusqu'à 8 h", 4.01, 8.0),
    "longue": ("Plus de 8 h", 8.01, float("inf")),
}
_AUDIENCES = (TrainingAudience.field_work, TrainingAudience.office, TrainingAudience.managers)
# Standings in which the reader still has to follow the training.
_DUE = (TrainingStanding.never, TrainingStanding.lapsed, TrainingStanding.soon)


@dataclass(frozen=True)
class Wanted:
    """The filters of the catalogue, as given in the address; an empty one does not filter."""

    words: str = ""
    first: date | None = None
    last: date | None = None
    place: str = ""
    audience: str = ""
    length: str = ""
    has_seat: bool = False
    is_compulsory: bool = False

    def takes(self, training: Training) -> bool:
        """Whether a training passes the filters."""
        return (
            (not self.is_compulsory or training.mandatory)
            and _is_for(training, self.audience)
            and _is_as_long(training, self.length)
            and _matches_words(training, parsed(self.words))
        )

    def takes_session(self, row: SessionRow) -> bool:
        training_session = row.session
        return (
            (self.first is None or self.first <= training_session.on)
            and (self.last is None or training_session.on <= self.last)
            and (not self.place or training_session.place == self.place)
            and (not self.has_seat or row.has_seat)
            and self.takes(row.training)
        )


def _is_for(training: Training, audience: str) -> bool:
    """A training for both audiences matches field work and office alike."""
    of_both = (TrainingAudience.field_work, TrainingAudience.office)
    if training.audience == TrainingAudience.both and audience in of_both:
        return True
    return not audience or training.audience == audience


def _is_as_long(training: Training, length: str) -> bool:
    if not length:
        return True
    _, shortest, longest = _LENGTHS[length]
    return shortest <= training.hours <= longest


def _matches_words(training: Training, query: Query | None) -> bool:
    """Whether the texts of the training match the search words, as in the search of ideas."""
    texts = (training.code, training.title, training.trainer, training.objectives)
    return query is None or query.is_answered_by(" ".join(texts))


# ── The blocks ────────────────────────────────────────────────────────────────────────────────────


def catalogue_block(scope: Scope, due: Sequence[Obligation], all_href: str) -> None:
    """The filters and the matching dates; `every` is the address of all trainings."""
    coming = [
        row
        for row in cached.offered_sessions()
        if not scope.ambition or row.training.ambition_id == scope.ambition.id
    ]
    filters = _filters(scope, coming)
    _sessions(scope, [row for row in coming if filters.takes_session(row)], filters, due)
    draw("academy/every_training.html", href=all_href, skills=address("savoir-faire", scope))


def trainings_block(scope: Scope) -> None:
    """Every training of the catalogue, with or without a date, and how often it took place."""
    trainings = cached.catalogue(scope)
    if not trainings:
        if scope.ambition:
            return empty_for_filters(
                "Aucune formation pour cette ambition.",
                address("academie", scope.of_every_ambition(), vue=EVERY),
            )
        return empty_nothing_yet("Le catalogue n'est pas encore publié.")
    filters = _filters(scope, None, vue=EVERY)
    rows = [row for row in trainings if filters.takes(row.training)]
    if not rows:
        reset_href = address("academie", scope, vue=EVERY)
        return empty_for_filters("Aucune formation sous ces filtres.", reset_href)
    heading(french.counted(len(rows), "formation"))
    st.caption(
        "Sans date qui vous convienne, ouvrez la formation : sa liste d'attente vous garde une"
        " place. Aucune ne compte pour les échelles de la RGB ; chiffres de toute l'administration."
    )
    return training_list(rows, scope)


# ── The filters ───────────────────────────────────────────────────────────────────────────────────


def _filters(scope: Scope, coming: Sequence[SessionRow] | None, **keep: str) -> Wanted:
    """The filters read from the address; unknown codes are ignored. `coming` gives the places to
    choose from; without it (None) there are no filters on dates.
    """
    on_dates = {}
    with filter_line("academie", scope, "mots, formateur, code", **keep) as line:
        if coming is not None:
            on_dates["first"] = line.day("À partir du", _FIRST)
            on_dates["last"] = line.day("Jusqu'au", _LAST)
            on_dates["place"] = line.choice("Lieu", "lieu", _places(coming))
            on_dates["has_seat"] = line.tick("Avec une place libre", "libre")
        lengths = {code: label for code, (label, *_) in _LENGTHS.items()}
        return Wanted(
            line.words,
            length=line.choice("Durée", "duree", lengths, "Toutes"),
            audience=line.choice("Public", "public", {str(a): a.label for a in _AUDIENCES}),
            is_compulsory=line.tick("Obligatoires", "obligatoire"),
            **on_dates,
        )


def _places(coming: Iterable[SessionRow]) -> dict[str, str]:
    names = sorted({row.session.place for row in coming if row.session.place})
    return {name: name for name in names}


# ── The sessions ──────────────────────────────────────────────────────────────────────────────────


def _sessions(
    scope: Scope, rows: Sequence[SessionRow], filters: Wanted, due: Sequence[Obligation]
) -> None:
    n = len(rows)
    heading(f"{french.counted(n, 'date')} à choisir", hidden=True)
    if not rows:
        reset_href = address("academie", scope.of_every_ambition())
        if filters != Wanted() or scope.ambition:
            return empty_for_filters("Aucune date sous ces filtres.", reset_href)
        return empty_nothing_yet(
            "Aucune date n'est prévue pour le moment. Sur la liste d'attente d'une formation, une"
            " place vous sera proposée dès qu'une session s'ouvre."
        )
    page, shown = one_page(rows, _PER_PAGE)
    own_seats_by_event = own_seats(scope.reader.person_id) if scope.reader.is_known else {}
    due_ids = {
        obligation.training.id
        for obligation in due
        if obligation.training.mandatory and obligation.standing in _DUE
    }
    with st.container(key="cp_offered"):
        for row in shown:
            own_state = own_seats_by_event.get(Where(session_id=row.session.id))
            chips = _chips(row, own_state, row.training.id in due_ids)
            _session(scope, row, own_state, chips)
    pager(page, n, _PER_PAGE)
    return None


def _chips(row: SessionRow, own_state: S | None, is_due: bool) -> list[tuple[str, str]]:
    """(tone, word) of: the reader's own state, the seats, the approval, the obligation."""
    chips = [(tone_of(own_state), own_state.label)] if own_state else []
    chips.append(("good" if row.has_seat else "open", seats_of(row)))
    if row.training.needs_approval:
        chips.append(("open", "Accord du responsable demandé"))
    if is_due:
        chips.append(("late", "À suivre : obligatoire pour vous"))
    elif row.training.mandatory:
        chips.append(("open", "Obligatoire"))
    return chips


def _facts(row: SessionRow) -> str:
    """« 09:00–12:00 · Cité administrative · 3,5 h · Bureau »."""
    training_session, training = row.session, row.training
    parts = (
        f"{training_session.starts}–{training_session.ends}"
        if training_session.starts and training_session.ends
        else "",
        training_session.place or "lieu à préciser",
        f"{french.number(training.hours)} h",
        TrainingAudience(training.audience).label,
    )
    return " · ".join(part for part in parts if part)


def _session(
    scope: Scope, row: SessionRow, own_state: S | None, chips: list[tuple[str, str]]
) -> None:
    training_session, training = row.session, row.training
    with st.container(
        border=True,
        horizontal=True,
        vertical_alignment="center",
        key=f"cp_offered_{training_session.id}",
    ):
        draw(
            "academy/offered.html",
            on=training_session.on,
            title=training.title,
            href=address("academie", scope, formation=training.code),
            facts=_facts(row),
            chips=chips,
        )
        if (
            own_state is None
            and training_session.capacity > 0
            and may(scope.reader, "seat.register")
        ):
            hint = f"{training.title}, {french.day_long(training_session.on)}"
            register_button(Where(session_id=training_session.id), row.has_seat, hint)


TONES = {
    TrainingStanding.never: "late",
    TrainingStanding.lapsed: "late",
    TrainingStanding.soon: "open",
    TrainingStanding.valid: "good",
}


def obligations_of(scope: Scope) -> list[Obligation]:
    """The trainings the reader must follow, and those of hers that expire, as of today."""
    if not scope.reader.is_known:
        return []
    return obligations_of_person(scope.reader.person_id)


def own_trainings(
    scope: Scope, registrations: Sequence[Mine], obligations: Sequence[Obligation]
) -> None:
    my_registrations(scope, registrations)
    _obligations(scope, obligations)
    followed_block(scope, registrations)
    if not registrations and not obligations:
        empty_nothing_yet(
            "Vous n'êtes encore inscrit ou inscrite à aucune formation.",
            ("Choisir une date", address("academie", scope)),
        )


def _obligations(scope: Scope, obligations: Sequence[Obligation]) -> None:
    if not obligations:
        return
    heading("Ce que je dois suivre")
    rows = [
        (
            link(
                obligation.training.title,
                address("academie", scope, formation=obligation.training.code),
            ),
            macros().chip(obligation.standing.label, TONES[obligation.standing]),
            obligation_in_words(obligation.training),
            french.day(obligation.last_on) if obligation.last_on else "–",
            french.day(obligation.lapses_on) if obligation.lapses_on else "–",
        )
        for obligation in obligations
    ]
    table(
        ("Formation", "État", "À savoir", "Suivie le", "Valable jusqu'au"),
        rows,
        "Formations obligatoires ou à renouveler",
    )
    small_print(
        "Les formations obligatoires pour vous, et celles que vous avez suivies et qui sont à"
        " renouveler. Un rappel vous vient trois mois avant l'échéance."
    )
