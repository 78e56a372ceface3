"""Acts of a workshop (atelier): filing the lines of the sheet, counting hands and votes, showing a
line on the wall.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, func, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, add_record, note
from dashboard.actions.ideas.entries import drafted, drop_draft, new_entries, promised_day
from dashboard.actions.ideas.filing import checked_input, has_more_than_a_handful
from dashboard.queries.meetings.records import (
    CRAFT,
    MeetingAt,
    draft,
    draft_form,
    filed_keys,
    line_token,
    workshop,
)
from models.clock import today
from models.database import is_sqlite, leave_no_trace
from models.directions import Direction, UnitKind
from models.facts import facts_of
from models.idea_states import Channel, IdeaKind
from models.ideas import TITLE_MAX, Draft, Idea, IdeaInput
from models.ledger import Ledger
from models.meetings import HandCount, MeetingState, OpeningQuestion, WallLine
from models.roadmap import Ambition
from models.sign_on import FormToken
from models.texts import Invalid, Refused, clean_text, clean_title, refuse, too_long

MOST_LINES = 500
MOST_HANDS = 9_999
MOST_CRAFTS = 60
_KEY = re.compile(r"[0-9a-zA-Z-]{8,64}")


@dataclass(frozen=True)
class WorkshopLine:
    """One typed line of the sheet; `key` is its random id, drawn by the browser."""

    key: str
    text: str
    kind: IdeaKind
    ambition_id: int | None = None
    good: bool | None = None
    voices: int | None = None
    concerns_id: int | None = None


def run_by(session: Session, reader: Reader, meeting_id: int) -> MeetingAt:
    """The workshop, for its facilitator. Raises Refused."""
    at = workshop(session, meeting_id)
    if at is None:
        raise Refused("Cet atelier n'existe pas.")
    require(reader, "workshop.run", at)
    if at.state == MeetingState.cancelled:
        raise Refused("Cet atelier est annulé : on n'y écrit plus.")
    return at


# --- filing ---------------------------------------------------------------------------------------


def file_lines(
    session: Session, reader: Reader, meeting_id: int, lines: Sequence[WorkshopLine]
) -> tuple[list[int], date]:
    """« Tout enregistrer »: files every non-empty line as an entry, all or none.

    A line is filed once, whatever is clicked twice, reloaded or sent from two tabs: its key is its
    form token. Raises Invalid with one sentence per line (by its key, « form » for the whole),
    Refused where all are already filed.
    """
    at = run_by(session, reader, meeting_id)
    # By key: a line sent twice at once is filed once, in its last version.
    written = list({line.key: line for line in lines if clean_text(line.text)}.values())
    inputs = _checked(session, written)
    day = today(session)
    tokens = {line_token(meeting_id, line.key): line.key for line in written}
    insert = (
        (sqlite if is_sqlite(session) else postgresql)
        .insert(FormToken.__table__)
        .on_conflict_do_nothing()
    )
    # Sorted, so that concurrent acts cannot deadlock.
    rows = [{"token": token, "day": day} for token in sorted(tokens)]
    fresh = {
        tokens[token]
        for token in session.execute(insert.returning(FormToken.__table__.c.token), rows).scalars()
    }
    if not fresh:
        raise Refused("Ces lignes sont déjà enregistrées.")
    due_on = promised_day(session, day)
    typed = [(line, inputs[line.key]) for line in written if line.key in fresh]
    numbers = _file_typed(session, reader, at, typed, day, due_on)
    # The deleted draft held these lines under their typist's name.
    leave_no_trace(session)
    filed = {line.key for line in written}
    _save_draft(
        session,
        reader,
        meeting_id,
        [item for item in draft(session, reader, meeting_id) if item.get("key") not in filed],
    )
    return numbers, due_on


def _file_typed(
    session: Session,
    reader: Reader,
    at: MeetingAt,
    typed: Sequence[tuple[WorkshopLine, IdeaInput]],
    day: date,
    due_on: date,
) -> list[int]:
    """The number of each line's entry; positions continue after the existing ones."""
    # The service where the workshop was held, if it is large enough.
    unit = session.get(Direction, at.direction_id) if at.direction_id else None
    is_service = unit is not None and unit.kind == UnitKind.service
    is_large = is_service and has_more_than_a_handful(session, unit.id, day)
    origin = unit.id if is_large else None
    last = session.scalar(select(func.max(Idea.place)).where(Idea.meeting_id == at.id)) or 0
    rows = [
        drafted(
            idea_input,
            day,
            due_on,
            origin_id=origin,
            voices=line.voices,
            channel=Channel.workshop.value,
            # No author: the group is; the typist is its relay.
            relay_id=reader.person_id,
            meeting_id=at.id,
            campaign_id=at.campaign_id,
            place=place,
        )
        for place, (line, idea_input) in enumerate(typed, last + 1)
    ]
    ledger = Ledger(session)
    records = new_entries(session, ledger, rows, [reader.person_id] * len(rows))
    for record in records:
        if record.voices is not None:
            note(session, reader, "ideas", str(record.number), "voix", None, record.voices)
    ledger.write()
    return [record.number for record in records]


def _checked(session: Session, lines: Sequence[WorkshopLine]) -> dict[str, IdeaInput]:
    """Key → the cleaned input of the line."""
    many = f"Enregistrez {MOST_LINES} lignes au plus à la fois : il y en a {len(lines)}."
    fault = (len(lines) > MOST_LINES and many) if lines else "Écrivez au moins une ligne."
    refuse({"form": fault})
    ambitions = set(session.exec(select(Ambition.id)))
    directions = set(session.exec(select(Direction.id)))
    inputs = {}
    errors = {}
    for line in lines:
        try:
            inputs[line.key] = checked_input(
                **_titled(line.text),
                kind=line.kind,
                ambition_id=line.ambition_id,
                concerns_id=line.concerns_id,
                good=line.good,
            )
        except Invalid as error:
            errors[line.key] = next(iter(error.errors.values()))
        if wrong := _wrong_cell(line, ambitions, directions):
            errors[line.key] = wrong
    refuse(errors)
    return inputs


def _wrong_cell(line: WorkshopLine, ambitions: set[int], directions: set[int]) -> str:
    """What is wrong with a line besides its text (the last error found)."""
    if line.voices is not None and not 0 <= line.voices <= MOST_HANDS:
        return f"Les voix se comptent de 0 à {MOST_HANDS}."
    if line.concerns_id not in {None, *directions}:
        return "Cette direction n'existe pas."
    return "Cette ambition n'existe pas." if line.ambition_id not in {None, *ambitions} else ""


def _titled(text: str) -> dict[str, str]:
    """A short text is a title; a long one is stored whole, with its first words as title."""
    title = clean_title(text)
    if len(title) <= TITLE_MAX:
        return {"title": title, "body": ""}
    return {"title": title[: TITLE_MAX - 1].rsplit(" ", 1)[0] + "…", "body": text}


# --- the draft ------------------------------------------------------------------------------------


def typed_lines(content: object) -> list[WorkshopLine]:
    """The lines from the browser, validated. Raises Refused for anything the grid does not
    write.
    """
    if (
        not isinstance(content, list)
        or len(content) > 10 * MOST_LINES
        or not all(isinstance(item, dict) for item in content)
    ):
        raise Refused("Ces lignes ne peuvent pas être lues : rechargez la page.")
    return [_typed(item) for item in content]


_CELLS = {
    "amelioration": (IdeaKind.improvement, None),
    "idee": (IdeaKind.idea, None),
    "va": (IdeaKind.finding, True),
    "va-pas": (IdeaKind.finding, False),
}


def cell_of(kind: IdeaKind, good: bool | None) -> str:
    """The grid column of a line; « idee » for a kind the grid does not write."""
    return next((cell for cell, meaning in _CELLS.items() if meaning == (kind, good)), "idee")


def _typed(item: dict) -> WorkshopLine:
    key = item.get("key")
    text = item.get("text")
    cell = item.get("cell")
    if not (
        isinstance(key, str) and _KEY.fullmatch(key) and isinstance(text, str) and cell in _CELLS
    ):
        raise Refused("Ces lignes ne peuvent pas être lues : rechargez la page.")
    kind, good = _CELLS[cell]
    return WorkshopLine(
        key,
        text,
        kind,
        _whole(item.get("ambition")),
        good,
        _whole(item.get("voices"), -1),
        _whole(item.get("concerns")),
    )


def _whole(value: object, unreadable: int = 0) -> int | None:
    """A whole number the database can hold, None for none; `unreadable` for anything else, which no
    rule accepts.
    """
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
        return value
    return unreadable


def keep_draft(session: Session, reader: Reader, meeting_id: int, content: object) -> list[str]:
    """Saves what is being typed, replacing the previous draft; returns the keys of lines already
    filed.
    """
    run_by(session, reader, meeting_id)
    typed = typed_lines(content)
    filed = set(filed_keys(session, meeting_id, [line.key for line in typed]))
    _save_draft(
        session,
        reader,
        meeting_id,
        [
            item
            for item, line in zip(content, typed, strict=True)
            if line.key not in filed and line.text.strip()
        ],
    )
    return sorted(filed)


def _save_draft(session: Session, reader: Reader, meeting_id: int, lines: list[dict]) -> None:
    """Saves the workshop's draft, or deletes it where no line remains to be filed."""
    form = draft_form(meeting_id)
    text = json.dumps({"lines": lines}, ensure_ascii=False)
    # What one message from the browser may hold.
    if len(text) > 2_000_000:
        raise Refused("Il y a trop de texte pour être gardé : enregistrez ces lignes d'abord.")
    if lines:
        session.merge(Draft(person_id=reader.person_id, form=form, content=text, on=today(session)))
    else:
        drop_draft(session, reader, form)


# --- hands ----------------------------------------------------------------------------------------


def count_hands(
    session: Session,
    reader: Reader,
    meeting_id: int,
    questions: Mapping[OpeningQuestion, int | None],
    crafts: Sequence[tuple[str, int | None]],
) -> None:
    """Mains levées et métiers: a different count corrects the last one; None leaves a question
    unchanged.

    `crafts` is the whole list: one missing from it is counted 0. Raises Invalid per field.
    """
    run_by(session, reader, meeting_id)
    named: dict[str, int] = {}
    for name, n in ((clean_title(name), n) for name, n in crafts):
        if not name:
            continue
        is_counted = n is not None and 0 <= n <= MOST_HANDS
        count = not is_counted and f"« {name} » : indiquez combien, de 0 à {MOST_HANDS}."
        twice = CRAFT + name in named and f"« {name} » est noté deux fois."
        refuse({"crafts": too_long(name, 80, "Le nom d'un métier") or count or twice})
        named[CRAFT + name] = n
    refuse({"crafts": len(named) > MOST_CRAFTS and f"Notez {MOST_CRAFTS} métiers au plus."})
    refuse(
        {
            str(q): f"Les mains se comptent de 0 à {MOST_HANDS}."
            for q, n in questions.items()
            if n is not None and not 0 <= n <= MOST_HANDS
        }
    )
    last = {row.question: row for row in facts_of(session, HandCount, meeting_id)}
    removed = {
        question: 0 for question in last if question.startswith(CRAFT) and question not in named
    }
    for question, n in {**{str(q): n for q, n in questions.items()}, **named, **removed}.items():
        before = last.get(question)
        is_nothing = before is None and n == 0 and question.startswith(CRAFT)
        if n is None or is_nothing or (before and before.hands == n):
            continue
        fact = HandCount(meeting_id=meeting_id, question=question, hands=n)
        if before:
            fact.on, fact.voids = before.on, before.id
        add_fact(session, reader, fact)


# --- the wall -------------------------------------------------------------------------------------


def count_voices(
    session: Session, reader: Reader, meeting_id: int, number: int, voices: int | None
) -> None:
    """The hands raised for one filed line; None: not counted. Raises Invalid, Refused."""
    idea = _line(session, reader, meeting_id, number)
    is_counted = voices is None or 0 <= voices <= MOST_HANDS
    refuse({"voices": not is_counted and f"Les voix se comptent de 0 à {MOST_HANDS}."})
    if idea.voices == voices:
        return
    note(session, reader, "ideas", str(number), "voix", idea.voices, voices)
    idea.voices = voices
    idea.version += 1
    session.add(idea)


def show_on_wall(session: Session, reader: Reader, meeting_id: int, number: int) -> None:
    """« Montrer au mur »: displays a line that everybody may read. Raises Refused."""
    idea = _line(session, reader, meeting_id, number)
    if not idea.published:
        raise Refused("Cette ligne n'est pas publiée : elle ne se montre pas au mur.")
    if session.get(WallLine, idea.id) is None:
        last = session.scalar(
            select(func.max(WallLine.seq)).where(WallLine.meeting_id == meeting_id)
        )
        add_record(session, WallLine(idea_id=idea.id, meeting_id=meeting_id, seq=(last or 0) + 1))


def take_off_wall(session: Session, reader: Reader, meeting_id: int, number: int) -> None:
    """« Retirer du mur »: the line remains filed. Raises Refused."""
    idea = _line(session, reader, meeting_id, number)
    session.execute(delete(WallLine).filter_by(idea_id=idea.id))


def _line(session: Session, reader: Reader, meeting_id: int, number: int) -> Idea:
    run_by(session, reader, meeting_id)
    idea = session.scalar(
        select(Idea).filter_by(number=number, meeting_id=meeting_id).with_for_update()
    )
    if idea is None:
        raise Refused("Cette ligne n'est pas de cet atelier.")
    return idea
