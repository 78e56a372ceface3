"""Académie: the catalogue, the reader's own trainings, and management for others; what colleagues
can teach or want to learn (savoir-faire).
"""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached import (
    obligations_of as obligations_of_person,
    open_skills,
    own_seats,
    revealed_skills,
)
from dashboard.queries.academy.counts import TrainingRow
from dashboard.queries.academy.obligations import Obligation, compulsory_units
from dashboard.queries.interests import Revealed
from dashboard.queries.seats.records import Mine, SessionRow, Where
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.academy import not_trained
from dashboard.screens.academy.desk import (
    VIEW as MANAGEMENT,
    answers_block,
    followed_block,
    management,
    manages,
    training_management,
)
from dashboard.screens.academy.registering import (
    TONES,
    approvals_count,
    my_registrations,
    registrations_of,
    seats_of,
    sessions_block,
    to_answer,
    tone_of,
)
from dashboard.screens.academy.trainings import holds, materials_block, session_screen
from dashboard.screens.discussions import talk_fold
from dashboard.screens.ideas.form import About, idea_form
from dashboard.screens.interests import offer_fields, offers
from dashboard.screens.seats import register_button
from dashboard.ui.address import asked, filter_line, one_page, page_header, pager
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import (
    draw,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    link_buttons,
    segments,
    small_print,
    with_count,
)
from dashboard.ui.desk import is_alone
from dashboard.ui.tables import link, obligation_in_words, table, terms, training_list, unit_name
from dashboard.ui.unfolding import Fold, unfolding, unfoldings
from dashboard.visit.navigation import address, whole_number
from models.academy import Training, TrainingAudience
from models.communities import InterestKind
from models.database import fetch
from models.discussions import Subject
from models.search import parsed
from models.seats import SeatState

# ── Académie ──────────────────────────────────────────────────────────────────────────────────────


# Parts of the screen, by code in the address (« ?vue=… »).
_CATALOGUE, _MINE = "", "mes-formations"
_ASKED = "Votre accord est attendu ; l'agent est prévenu aussitôt de votre réponse."
_FIGURES = (
    *("remplissage", "presence.taux", "presence.non-excusees"),
    *("formation", "heures", "attente"),
)


def academie_view(scope: Scope) -> None:
    code = st.query_params.get("formation", "")
    if code:
        return _one(scope, code)
    session_id = whole_number(st.query_params.get("session"))
    if session_id and is_alone("session"):
        return session_screen(scope, session_id)
    registrations, approvals = registrations_of(scope), approvals_count(scope)
    views = _views(scope, len(to_answer(registrations)), approvals)
    view = asked("vue", views, _CATALOGUE)
    page_header("Académie", _ASKED if approvals else "")
    segments(
        "Parties de l'académie",
        [
            (label, address("academie", scope, vue=code), code == view)
            for code, label in views.items()
        ],
    )
    if view == MANAGEMENT:
        return management(scope, approvals)
    if approvals and view == _CATALOGUE:
        label = f"Donner votre accord : {french.counted(approvals, 'inscription')}"
        link_buttons([(label, address("academie", scope, vue=MANAGEMENT), "check", True)])
    if view == not_trained.VIEW:
        return not_trained.not_trained(scope)
    return _for_oneself(scope, view, registrations)


def _for_oneself(scope: Scope, view: str, registrations: Sequence[Mine]) -> None:
    if view == EVERY:
        trainings_block(scope)
        return cards(cards_of(scope, _FIGURES), "Les chiffres de l'académie")
    # The trainings the reader must follow, and those of hers that expire, as of today.
    reader = scope.reader
    obligations = obligations_of_person(reader.person_id) if reader.is_known else []
    if view == _MINE:
        return own_trainings(scope, registrations, obligations)
    coming = [
        row
        for row in cached.offered_sessions()
        if not scope.ambition or row.training.ambition_id == scope.ambition.id
    ]
    rows, is_filtered = _filtered(scope, coming, True)
    _sessions(scope, rows, is_filtered or bool(scope.ambition), obligations)


def _views(scope: Scope, offers: int, approvals: int) -> dict[str, str]:
    """The parts open to this reader, with the count of pending answers."""
    views = {_CATALOGUE: "Dates à choisir"}
    if manages(scope.reader):
        views[MANAGEMENT] = with_count("Gestion", approvals)
    views |= {EVERY: "Toutes les formations", _MINE: with_count("Mes formations", offers)}
    # Where there is a service whose persons the reader may list by name.
    if scope.listed is None or scope.listed:
        views[not_trained.VIEW] = not_trained.LABEL
    return views


# --- one training ---------------------------------------------------------------------------------


def _one(scope: Scope, code: str) -> None:
    """One training: its sheet, its figures, and the form of an idea about it; its management
    apart, for trainers.
    """
    row = next(
        (row for row in cached.catalogue(scope.of_every_ambition()) if row.training.code == code),
        None,
    )
    trail = (("Académie", address("academie", scope)),)
    if row is None:
        return page_header(
            "Formation introuvable", "Aucune formation du catalogue ne porte ce code.", trail=trail
        )
    training = row.training
    page_header(
        training.title,
        f"{french.number(training.hours)} h · {TrainingAudience(training.audience).label}",
        trail=trail,
    )
    views = {_CATALOGUE: "La fiche"}
    if holds(scope, training):
        views[MANAGEMENT] = "Tenir la formation"
    view = asked("vue", views, _CATALOGUE)
    if len(views) > 1:
        where = {other: address("academie", scope, formation=code, vue=other) for other in views}
        segments(
            "Parties de la formation",
            [(label, where[other], other == view) for other, label in views.items()],
        )
    if view == MANAGEMENT:
        return training_management(scope, training)
    return _sheet(scope, row)


def _sheet(scope: Scope, row: TrainingRow) -> None:
    training = row.training
    message = "Formation de l'académie : elle ne compte pas pour les échelles de la RGB"
    if training.career:
        message = "Formation de carrière, hors académie"
    kind = " · ".join(filter(None, (obligation_in_words(training), message)))
    # None: the whole audience, or nobody if it is optional.
    found = fetch(compulsory_units, [training.id]) if training.mandatory else {}
    terms(
        [
            ("Objectifs", training.objectives),
            ("À savoir", kind),
            (
                "Obligatoire pour",
                ", ".join(unit_name(scope.tree, unit) for unit in found.get(training.id, [])),
            ),
            ("Formateur", training.trainer),
            ("Sessions tenues", row.held),
            ("Remplissage", french.rate(row.booked, row.capacity)),
            ("En attente", row.waiting),
            ("Prochaine session", french.day_long(row.next_on) if row.next_on else ""),
        ]
    )
    materials_block(scope, training)
    sessions_block(scope, training)
    answers_block(training, scope.on)
    talk_fold(scope, Subject.training, training.code)
    heading("Une idée, un besoin à ce sujet ?")
    idea_form(
        scope,
        key=f"formation-{training.id}",
        about=About(training.ambition_id, record=("formation", training.code, training.title)),
    )


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


# ── The blocks ────────────────────────────────────────────────────────────────────────────────────


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
    rows, _ = _filtered(scope, trainings, False, vue=EVERY)
    if not rows:
        return empty_for_filters(
            "Aucune formation sous ces filtres.", address("academie", scope, vue=EVERY)
        )
    heading(french.counted(len(rows), "formation"))
    st.caption(
        "Sans date qui vous convienne, ouvrez la formation : sa liste d'attente vous garde une"
        " place. Aucune ne compte pour les échelles de la RGB ; chiffres de toute l'administration."
    )
    return training_list(rows, scope)


# ── The filters ───────────────────────────────────────────────────────────────────────────────────


def _filtered(
    scope: Scope, rows: Sequence[SessionRow] | Sequence[TrainingRow], dated: bool, **keep: str
) -> tuple[list, bool]:
    """The rows that pass the filters of the address, and whether there are any; unknown codes are
    ignored. `dated`: the rows are sessions, with a day, a place and seats.
    """
    first, last, place, has_seat = None, None, "", False
    with filter_line("academie", scope, "mots, formateur, code", **keep) as line:
        if dated:
            first = line.day("À partir du", _FIRST) or date.min
            last = line.day("Jusqu'au", _LAST) or date.max
            names = sorted({row.session.place for row in rows if row.session.place})
            place = line.choice("Lieu", "lieu", {name: name for name in names})
            has_seat = line.tick("Avec une place libre", "libre")
        lengths = {code: label for code, (label, *_) in _LENGTHS.items()}
        length = line.choice("Durée", "duree", lengths, "Toutes")
        audience = line.choice("Public", "public", {str(a): a.label for a in _AUDIENCES})
        is_compulsory = line.tick("Obligatoires", "obligatoire")
    if dated:
        rows = [
            row
            for row in rows
            if first <= row.session.on <= last
            if place in ("", row.session.place) and (row.has_seat or not has_seat)
        ]
    _, shortest, longest = _LENGTHS.get(length, ("", 0.0, float("inf")))
    # A training for both audiences matches field work and office alike.
    is_both = audience in (TrainingAudience.field_work, TrainingAudience.office)
    audiences = {audience, TrainingAudience.both} if is_both else {audience}
    query = parsed(line.words)
    taken = [
        row
        for row in rows
        if row.training.mandatory or not is_compulsory
        if not audience or row.training.audience in audiences
        if shortest <= row.training.hours <= longest
        if query is None or query.is_answered_by(_texts(row.training))
    ]
    return taken, bool(line.words or line.active)


def _texts(training: Training) -> str:
    """The texts of a training, which are searched as those of ideas."""
    return " ".join((training.code, training.title, training.trainer, training.objectives))


# ── The sessions ──────────────────────────────────────────────────────────────────────────────────


def _sessions(
    scope: Scope, rows: Sequence[SessionRow], is_filtered: bool, due: Sequence[Obligation]
) -> None:
    n = len(rows)
    heading(f"{french.counted(n, 'date')} à choisir", hidden=True)
    if not rows:
        reset_href = address("academie", scope.of_every_ambition())
        if is_filtered:
            return empty_for_filters("Aucune date sous ces filtres.", reset_href)
        return empty_nothing_yet(
            "Aucune date n'est prévue pour le moment. Sur la liste d'attente d'une formation, une"
            " place vous sera proposée dès qu'une session s'ouvre."
        )
    own_seats_by_event = own_seats(scope.reader.person_id) if scope.reader.is_known else {}
    due_ids = {
        obligation.training.id
        for obligation in due
        if obligation.training.mandatory and obligation.is_due
    }
    due_first = sorted(rows, key=lambda row: row.training.id not in due_ids)
    page, shown = one_page(due_first, _PER_PAGE)
    with st.container(key="cp_offered"):
        for row in shown:
            own_state = own_seats_by_event.get(Where(session_id=row.session.id))
            chips = _chips(row, own_state, row.training.id in due_ids)
            _session(scope, row, own_state, chips)
    pager(page, n, _PER_PAGE)


def _chips(row: SessionRow, own_state: S | None, is_due: bool) -> list[tuple[str, str]]:
    """(tone, word) of: the reader's own state, the seats, the approval, the obligation."""
    chips = [(tone_of(own_state), own_state.label)] if own_state else []
    chips.append(("good" if row.has_seat else "open", seats_of(row)))
    if row.training.needs_approval:
        chips.append(("open", "Accord du responsable demandé"))
    if is_due:
        chips.append(("late", "Obligatoire pour vous"))
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


def own_trainings(
    scope: Scope, registrations: Sequence[Mine], obligations: Sequence[Obligation]
) -> None:
    my_registrations(scope, registrations)
    if obligations:
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
    followed_block(scope, registrations)
    if not registrations and not obligations:
        empty_nothing_yet(
            "Vous n'êtes encore inscrit ou inscrite à aucune formation.",
            ("Choisir une date", address("academie", scope)),
        )


# ── Savoir-faire ──────────────────────────────────────────────────────────────────────────────────


_TEACHES, _LEARNS = InterestKind.teaches, InterestKind.learns
_TITLES = {
    _TEACHES: "Ce que des collègues peuvent transmettre",
    _LEARNS: "Ce que des collègues voudraient apprendre",
}


def savoir_faire_view(scope: Scope) -> None:
    page_header("Savoir-faire")
    if may(scope.reader, "seat.register"):
        unfoldings(
            [
                _declaring(_TEACHES, "J'ai un savoir-faire à transmettre", ":material/school:"),
                _declaring(_LEARNS, "Ce que je voudrais apprendre", ":material/lightbulb:"),
            ]
        )
    skills = open_skills()
    if not skills:
        return empty_nothing_yet(
            "Personne n'a encore dit ce qu'il peut transmettre ou voudrait apprendre : commencez."
        )
    for kind, title in _TITLES.items():
        if rows := [item for item in skills if item.record.kind == kind]:
            heading(title)
            offers(scope, rows)
    # Skills that ideas mention as missing, and colleagues who may have them.
    if rows := revealed_skills(scope):
        unfolding(
            "Ce que des idées laissent voir : un savoir-faire manque",
            *(_revealed, scope, rows),
            key="w_revealed",
            icon=":material/lightbulb:",
        )


def _declaring(kind: InterestKind, title: str, icon: str) -> Fold:
    words = ("En quelques mots", "Précision (facultatif)")
    note = "Votre nom et votre fonction sont affichés à côté, pour que l'on puisse vous contacter."
    return Fold(title, offer_fields, (kind, words, note, "Publier"), f"w_skill_{kind}", icon)


def _revealed(scope: Scope, rows: Sequence[Revealed]) -> None:
    table(
        ("Idée", "Qui pourrait y répondre"),
        [
            (
                link(row.title, address("idees", scope, idee=row.number)),
                " ; ".join(row.meets) or "personne encore",
            )
            for row in rows
        ],
        "Idées qui disent qu'un savoir-faire manque",
    )
