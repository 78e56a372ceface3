"""The catalogue one chooses from: the sessions to come, narrowed by what the address says, each
with what one needs to know before one registers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached.academy import own_seats
from dashboard.queries.academy.obligations import Obligation
from dashboard.queries.seats.events import Where
from dashboard.queries.seats.records import SessionRow
from dashboard.scope import Scope
from dashboard.screens.academy.registering import seats_of, tone_of
from dashboard.screens.seats.taking import register_button
from dashboard.ui.address import NARROW, choice, chosen_filters, day, tick, words
from dashboard.ui.components import draw, empty_for_filters, empty_nothing_yet, heading
from dashboard.ui.paging import one_page, pager
from dashboard.ui.tables import training_list
from dashboard.visit.navigation import address
from models.academy import Training, TrainingAudience, TrainingStanding
from models.search import Query, parsed
from models.seats import SeatState

S = SeatState
EVERY = "toutes"
# Not « au » and « depuis »: they say which day is looked at.
_FIRST, _LAST = "du", "jusque"
_PER_PAGE = 10
# Code in the address → (its words, the shortest and the longest in hours).
_LENGTHS = {
    "courte": ("4 h au plus", 0.0, 4.0),
    "journee": ("Plus de 4 h, jusqu'à 8 h", 4.01, 8.0),
    "longue": ("Plus de 8 h", 8.01, float("inf")),
}
_AUDIENCES = (TrainingAudience.field_work, TrainingAudience.office, TrainingAudience.managers)
# What still has to be followed, and soon.
_DUE = (TrainingStanding.never, TrainingStanding.lapsed, TrainingStanding.soon)


@dataclass(frozen=True)
class Wanted:
    """What narrows the catalogue, as the address has it; empty: no matter."""

    words: str = ""
    first: date | None = None
    last: date | None = None
    place: str = ""
    audience: str = ""
    length: str = ""
    has_seat: bool = False
    is_compulsory: bool = False

    @property
    def is_backwards(self) -> bool:
        """Whether the last day comes before the first one."""
        return bool(self.first and self.last and self.last < self.first)

    def takes(self, training: Training) -> bool:
        """Whether a training is one of those that are wanted."""
        return (
            (not self.is_compulsory or training.mandatory)
            and _is_for(training, self.audience)
            and _is_as_long(training, self.length)
            and _names(training, parsed(self.words))
        )

    def takes_session(self, row: SessionRow) -> bool:
        held = row.session
        return (
            (self.first is None or self.first <= held.on)
            and (self.last is None or held.on <= self.last)
            and (not self.place or held.place == self.place)
            and (not self.has_seat or row.has_seat)
            and self.takes(row.training)
        )


def _is_for(training: Training, audience: str) -> bool:
    """Those for everybody are for each of both."""
    of_both = (TrainingAudience.field_work, TrainingAudience.office)
    if training.audience == TrainingAudience.both and audience in of_both:
        return True
    return not audience or training.audience == audience


def _is_as_long(training: Training, length: str) -> bool:
    if not length:
        return True
    _, shortest, longest = _LENGTHS[length]
    return shortest <= training.hours <= longest


def _names(training: Training, asked: Query | None) -> bool:
    """Whether its texts hold every word that is asked for, as the search of ideas understands
    it.
    """
    texts = (training.code, training.title, training.trainer, training.objectives)
    return asked is None or asked.is_answered_by(" ".join(texts))


# ── The blocks ────────────────────────────────────────────────────────────────────────────────────


def catalogue_block(scope: Scope, due: Sequence[Obligation], every: str) -> None:
    """The filters and the dates that are left; `every` is the address of all trainings."""
    coming = [
        row
        for row in cached.offered_sessions()
        if not scope.ambition or row.training.ambition_id == scope.ambition.id
    ]
    wanted = _filters(coming)
    chosen_filters("academie", scope, _chosen(wanted))
    _sessions(scope, [row for row in coming if wanted.takes_session(row)], wanted, due)
    draw("academy/every_training.html", href=every, skills=address("savoir-faire", scope))


def trainings_block(scope: Scope) -> None:
    """Every training of the catalogue, with a date or without one, and what was given of it."""
    trainings = cached.catalogue(scope)
    if not trainings:
        return _nothing_at_all(scope)
    wanted = _filters(None)
    chosen_filters("academie", scope, _chosen(wanted), vue=EVERY)
    rows = [row for row in trainings if wanted.takes(row.training)]
    if not rows:
        away = address("academie", scope, vue=EVERY)
        return empty_for_filters("Aucune formation sous ces filtres.", away)
    heading(french.counted(len(rows), "formation"))
    st.caption(
        "Sans date qui vous convienne, ouvrez la formation : sa liste d'attente vous garde une"
        " place. Aucune ne compte pour les échelles de la RGB ; chiffres de toute l'administration."
    )
    return training_list(rows, scope)


def _nothing_at_all(scope: Scope) -> None:
    if scope.ambition:
        return empty_for_filters(
            "Aucune formation pour cette ambition.",
            address("academie", scope.of_every_ambition(), vue=EVERY),
        )
    return empty_nothing_yet("Le catalogue n'est pas encore publié.")


# ── The filters ───────────────────────────────────────────────────────────────────────────────────


def _filters(coming: Sequence[SessionRow] | None) -> Wanted:
    """What is not in a vocabulary is ignored; places are those of the sessions to come. None:
    nothing is asked of dates.
    """
    dated = {}
    with st.container(key="cp_filters", horizontal=True, vertical_alignment="bottom"):
        written = words("Rechercher", "q", "mots, formateur, code")
        if coming is not None:
            dated["first"] = day("À partir du", _FIRST)
            dated["last"] = day("Jusqu'au", _LAST)
            dated["place"] = choice("Lieu", "lieu", _places(coming), width=NARROW)
        length = choice("Durée", "duree", _lengths(), width=NARROW)
        audience = choice("Public", "public", _audiences(), width=NARROW)
        if coming is not None:
            dated["has_seat"] = tick("Avec une place libre", "libre")
        is_compulsory = tick("Obligatoires", "obligatoire")
    return Wanted(written, audience=audience, length=length, is_compulsory=is_compulsory, **dated)


def _places(coming: Iterable[SessionRow]) -> dict[str, str]:
    names = sorted({row.session.place for row in coming if row.session.place})
    return {"": "Tous"} | {name: name for name in names}


def _audiences() -> dict[str, str]:
    return {"": "Tous"} | {str(audience): audience.label for audience in _AUDIENCES}


def _lengths() -> dict[str, str]:
    return {"": "Toutes"} | {code: label for code, (label, *_) in _LENGTHS.items()}


def _chosen(wanted: Wanted) -> dict[str, str]:
    """Parameter of the address → the choice in words."""
    every = {
        "q": f"« {wanted.words} »" if wanted.words else "",
        _FIRST: f"À partir du {french.day_long(wanted.first)}" if wanted.first else "",
        _LAST: f"Jusqu'au {french.day_long(wanted.last)}" if wanted.last else "",
        "lieu": wanted.place,
        "duree": _lengths()[wanted.length] if wanted.length else "",
        "public": _audiences()[wanted.audience] if wanted.audience else "",
        "libre": "Avec une place libre" if wanted.has_seat else "",
        "obligatoire": "Obligatoires" if wanted.is_compulsory else "",
    }
    return {name: label for name, label in every.items() if label}


# ── The sessions ──────────────────────────────────────────────────────────────────────────────────


def _sessions(
    scope: Scope, rows: Sequence[SessionRow], wanted: Wanted, due: Sequence[Obligation]
) -> None:
    n = len(rows)
    heading(f"{french.counted(n, 'date')} à choisir" if n else "Dates à choisir")
    if not rows:
        return _no_session(scope, wanted)
    page, shown = one_page(rows, _PER_PAGE)
    mine = own_seats(scope.reader.person_id) if scope.reader.is_known else {}
    hers = {one.training.id for one in due if one.training.mandatory and one.standing in _DUE}
    names = {ambition.id: ambition.name for ambition in cached.ambitions()}
    with st.container(key="cp_offered"):
        for row in shown:
            own = mine.get(Where(session_id=row.session.id))
            chips = _chips(row, own, row.training.id in hers)
            _session(scope, row, own, chips, _facts(row, names.get(row.training.ambition_id, "")))
    pager(page, n, _PER_PAGE)
    return None


def _no_session(scope: Scope, wanted: Wanted) -> None:
    away = address("academie", scope.of_every_ambition())
    if wanted.is_backwards:
        return empty_for_filters("Le dernier jour vient avant le premier.", away)
    if _chosen(wanted) or scope.ambition:
        return empty_for_filters("Aucune date sous ces filtres.", away)
    return empty_nothing_yet(
        "Aucune date n'est prévue pour le moment. Sur la liste d'attente d'une formation, une place"
        " vous sera proposée dès qu'une session s'ouvre."
    )


def _chips(row: SessionRow, mine: S | None, is_hers: bool) -> list[tuple[str, str]]:
    """(tone, word): her own state, the seats, whether one must."""
    found = [(tone_of(mine), mine.label)] if mine else []
    found.append(("good" if row.has_seat else "open", seats_of(row)))
    if row.training.needs_approval:
        found.append(("open", "Accord du responsable demandé"))
    if is_hers:
        found.append(("late", "À suivre : obligatoire pour vous"))
    elif row.training.mandatory:
        found.append(("open", "Obligatoire"))
    return found


def _facts(row: SessionRow, ambition: str) -> str:
    """« de 09:00 à 12:00 · Cité administrative · 3,5 h · Bureau »."""
    held, training = row.session, row.training
    parts = (
        f"de {held.starts} à {held.ends}" if held.starts and held.ends else "",
        held.place or "lieu à préciser",
        f"{french.number(training.hours)} h",
        TrainingAudience(training.audience).label,
        ambition,
    )
    return " · ".join(part for part in parts if part)


def _session(
    scope: Scope, row: SessionRow, mine: S | None, chips: list[tuple[str, str]], facts: str
) -> None:
    held, training = row.session, row.training
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", key=f"cp_offered_{held.id}"
    ):
        draw(
            "academy/offered.html",
            on=held.on,
            title=training.title,
            href=address("academie", scope, formation=training.code),
            facts=facts,
            chips=chips,
        )
        if mine is None and held.capacity > 0 and may(scope.reader, "seat.register"):
            hint = f"{training.title}, {french.day_long(held.on)}"
            register_button(Where(session_id=held.id), row.has_seat, hint)
