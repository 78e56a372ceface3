"""Acts of those who answer ideas: reading, changing the state, answering, holding, transferring,
assigning, undoing.

Each is one dated event of the idea. A closing state needs an explanation for the author; an
official answer records the function of its signatory and its date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, may, require
from dashboard.actions.acts import note, refuse_conflict
from dashboard.actions.decisions.records import follow_state
from dashboard.actions.ideas.facts import (
    idea_to_change,
    life_of,
    lives_of,
    move_facts,
    next_seq,
    undo,
    write_fact,
)
from dashboard.actions.notices.events import (
    notify_news,
    notify_owner,
    notify_state,
    notify_transfer,
    take_back,
)
from dashboard.queries.journal import LastWrite, last_change
from dashboard.queries.notices.records import in_charge
from dashboard.queries.people.readers import job_title_of, service_of
from models.clock import today, workdays
from models.directions import Tree
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaKind, IdeaStatus, next_statuses
from models.ideas import BODY_MAX, Idea
from models.ledger import Ledger
from models.notices import NoticeKind
from models.people import Person
from models.search import fold
from models.settings import settings
from models.texts import EditConflict, Invalid, Refused, clean_text, refuse, too_long

MOST_AT_ONCE = 200
_ANSWERING = (EventKind.status, EventKind.answered, EventKind.held, EventKind.moved)


@dataclass(frozen=True)
class Answer:
    """What the author receives: the new state (None: unchanged), the text, and for « Reportée » the
    date on which it is reconsidered. `ends_wait`: an intermediate answer that also stops the delay;
    it needs a text.
    """

    text: str = ""
    to: IdeaStatus | None = None
    until: date | None = None
    ends_wait: bool = False

    @property
    def is_answer(self) -> bool:
        """Whether it stops the clock (délai de réponse)."""
        return self.to is None or self.to.is_answer or self.ends_wait


def contradiction(answer: Answer) -> str:
    """The first words of an answer that contradict its new state; empty if none does."""
    text = fold(answer.text)
    contrary = answer.to.rules.contrary if answer.to else ()
    return next((words for words in contrary if fold(words) in text), "")


def states_to_choose(idea: Idea) -> list[IdeaStatus]:
    """The states that an answer may give this entry."""
    return [
        status
        for status in next_statuses(IdeaKind(idea.kind), IdeaStatus(idea.status))
        # These states have acts of their own: merging, withdrawing, reading.
        if not status.rules.by_own_act
    ]


def last_answer_of_others(session: Session, reader: Reader, idea: Idea) -> IdeaEvent | None:
    """The last event written by somebody else; opening the entry (« Lue ») does not count."""
    return _last_of_others(reader, life_of(session, idea))


def _last_of_others(reader: Reader, life: Sequence[IdeaEvent]) -> IdeaEvent | None:
    events = [
        fact
        for fact in life
        if fact.what in (*_ANSWERING, EventKind.merged)
        and (fact.what, fact.to_status) != (EventKind.status, IdeaStatus.read)
        and (fact.by is None or fact.by != reader.person_id)
    ]
    return events[-1] if events else None


def _mark(last: IdeaEvent | None) -> str:
    return str(last.id) if last else "0"


def answer_mark(session: Session, reader: Reader, idea: Idea) -> str:
    """The edit mark of an entry's answers, taken when its form is loaded."""
    return _mark(last_answer_of_others(session, reader, idea))


def answer_marks(session: Session, reader: Reader, numbers: Sequence[int]) -> dict[int, str]:
    """The edit marks of several entries, by number."""
    ids = session.exec(select(Idea.id, Idea.number).where(Idea.number.in_(numbers))).all()
    lives = lives_of(session, [idea_id for idea_id, _ in ids])
    return {number: _mark(_last_of_others(reader, lives[idea_id])) for idea_id, number in ids}


def owner_values(idea: Idea) -> dict[str, object]:
    """The person preparing the answer, as the form field shows it."""
    return {"owner": idea.owner_id or 0}


def _idea_to_answer(
    session: Session, reader: Reader, number: int, tree: Tree, read: str | None, field: str
) -> Idea:
    """The locked entry, for who may answer it. Raises EditConflict where somebody else answered
    since `read` (`field`: that of the form's text), Refused where it takes no answer any more.
    """
    idea = idea_to_change(session, number)
    require(reader, "idea.answer", idea, tree)
    if read is not None:
        last = last_answer_of_others(session, reader, idea)
        refuse_conflict(
            session,
            reader,
            read,
            # The state set by the other answer remains unless the form chooses another.
            {"to": "", field: (last.text if last else None) or ""},
            LastWrite(last.by, last.on) if last else LastWrite(),
            mark=_mark(last),
            did="vient de répondre",
        )
    _refuse_silent(idea)
    return idea


def read_idea(session: Session, reader: Reader, number: int, tree: Tree) -> bool:
    """« Lue »: marks the entry as read; returns whether this was the first time. Readers who are
    not in charge of it leave it unread.
    """
    idea = idea_to_change(session, number)
    require(reader, "idea.answer", idea, tree)
    is_read = idea.status != IdeaStatus.received
    if is_read or reader.person_id not in in_charge(session, tree, idea, today(session)):
        return False
    write_fact(session, reader, idea, EventKind.status, to=IdeaStatus.read)
    return True


def answer_idea(
    session: Session,
    reader: Reader,
    number: int,
    answer: Answer,
    tree: Tree,
    *,
    read: str | None = None,
) -> Idea:
    """Répondre: records the official answer, with or without a new state. Raises Invalid per field,
    Refused where it is not possible, EditConflict where somebody answered since the mark `read`.
    """
    idea = _idea_to_answer(session, reader, number, tree, read, "text")
    text = clean_text(answer.text)
    refuse(_faults(idea, answer, text, today(session)))
    if answer.to is IdeaStatus.postponed:
        idea.postponed_until = answer.until
    elif answer.to:
        idea.postponed_until = None
    if answer.to is IdeaStatus.redirected:
        idea.published = False
    before = idea.status
    write_fact(
        session,
        reader,
        idea,
        EventKind.status if answer.to else EventKind.answered,
        to=answer.to,
        answers=answer.is_answer,
        text=text or None,
        function=job_title_of(session, reader.person_id) or None,
    )
    follow_state(session, reader, idea, before)
    if answer.to:
        notify_state(session, idea, before, text, by=reader.person_id)
    else:
        got = NoticeKind.answer, "reponse", "a reçu une réponse"
        notify_news(session, idea, *got, text, reader.person_id)
    return idea


def answer_many(
    session: Session,
    reader: Reader,
    numbers: Sequence[int],
    answer: Answer,
    tree: Tree,
    *,
    read: Mapping[int, str] | None = None,
) -> list[Idea]:
    """Répondre à plusieurs: the same answer to several entries, all or none. Raises Refused naming
    the first entry that cannot be answered, EditConflict, with the other entries as its `current`,
    where one was answered since the marks `read`.
    """
    many = f"{MOST_AT_ONCE} idées au plus à la fois."
    none = "Choisissez au moins une idée."
    refuse({"numbers": (len(numbers) > MOST_AT_ONCE and many) if numbers else none})
    done = []
    # In the order of the numbers, so that two acts on the same entries cannot deadlock.
    for number in sorted(set(numbers)):
        mark = None if read is None else read.get(number, "")
        try:
            done.append(answer_idea(session, reader, number, answer, tree, read=mark))
        except EditConflict as conflict:
            others = [other for other in numbers if other != number]
            marks = {**read, number: conflict.mark}
            message = f"Idée n° {number} : {conflict}"
            raise EditConflict(message, {"numbers": others}, marks) from conflict
        except Invalid as error:
            message = next(iter(error.errors.values()))
            raise Invalid(
                {"form": f"Idée n° {number} : {message} Rien n'est enregistré."}
            ) from error
        except Refused as refusal:
            raise Refused(f"Idée n° {number} : {refusal} Rien n'est enregistré.") from refusal
    return done


def hold_answer(
    session: Session,
    reader: Reader,
    number: int,
    text: str,
    until: date | None,
    tree: Tree,
    *,
    read: str | None = None,
) -> Idea:
    """Réponse d'attente: postpones the promised day, once per entry. Raises Invalid per field,
    Refused, EditConflict.
    """
    idea = _idea_to_answer(session, reader, number, tree, read, "text")
    if idea.answered_on is not None:
        raise Refused("Cette idée a déjà sa réponse.")
    if any(fact.what == EventKind.held for fact in life_of(session, idea)):
        raise Refused("Une réponse d'attente a déjà été donnée ; il n'y en a qu'une par idée.")
    text = clean_text(text)
    refuse(
        {
            "text": not text and "Dites à l'auteur pourquoi il faut plus de temps.",
            "until": _fault_of_new_day(session, idea, until),
        }
    )
    write_fact(
        session,
        reader,
        idea,
        EventKind.held,
        due_on=until,
        text=text,
        function=job_title_of(session, reader.person_id) or None,
    )
    text = f"La réponse est maintenant attendue pour le {french.day_long(until)}.\n{text}"
    waits = NoticeKind.holding, f"attente-{until}", "attend encore sa réponse"
    notify_news(session, idea, *waits, text, reader.person_id)
    return idea


def _fault_of_new_day(session: Session, idea: Idea, until: date | None) -> str:
    day = today(session)
    after = max(day, idea.due_on or day)
    furthest = workdays(session).add(day, 3 * settings().cp_answer_days)
    if until is None:
        return "Donnez la nouvelle date."
    if after < until <= furthest:
        return ""
    return (
        f"La nouvelle date se trouve après le {after:%d/%m/%Y} et au plus tard le"
        f" {furthest:%d/%m/%Y}."
    )


def transfer_idea(
    session: Session,
    reader: Reader,
    number: int,
    unit_id: int | None,
    reason: str,
    tree: Tree,
    *,
    read: str | None = None,
) -> Idea:
    """Transférer: moves the entry to another unit, which takes over the promised day. Raises
    Invalid per field, EditConflict.
    """
    idea = _idea_to_answer(session, reader, number, tree, read, "reason")
    reason = clean_text(reason)
    unit = "Choisissez la direction qui reçoit l'idée."
    same = unit_id == idea.concerns_id and "L'idée est déjà dans cette direction."
    why = "Dites pourquoi : la direction qui reçoit et l'auteur le lisent."
    refuse({"unit": same if unit_id in tree.by_id else unit, "reason": not reason and why})
    day = today(session)
    ledger = Ledger(session)
    # The previous owner works for the unit that transfers the entry.
    idea.owner_id = None
    for row in move_facts(
        idea,
        {"concerns_id": unit_id},
        next_seq(session, idea),
        day,
        day,
        reader.person_id,
        EventKind.moved,
        text=reason,
        function=job_title_of(session, reader.person_id) or None,
    ):
        ledger.add(row)
    session.flush()
    ledger.write()
    notify_transfer(session, idea, unit_id, by=reader.person_id)
    return idea


def entrust_idea(
    session: Session,
    reader: Reader,
    number: int,
    person_id: int | None,
    tree: Tree,
    *,
    read: str | None = None,
) -> Idea:
    """Confier: assigns the preparation of the answer to a person of the direction concerned (None:
    nobody). Raises EditConflict where the owner was changed meanwhile.
    """
    idea = idea_to_change(session, number)
    require(reader, "idea.answer", idea, tree)
    chosen = last_change(session, "idea", idea.id)
    refuse_conflict(session, reader, read, owner_values(idea), chosen)
    _refuse_silent(idea)
    if person_id is not None:
        person = session.get(Person, person_id)
        is_known = person is not None and person.erased_on is None
        services = tree.under(idea.concerns_id) if idea.concerns_id is not None else ()
        works_there = is_known and service_of(session, person_id, today(session)) in services
        refuse({"owner": not works_there and "Choisissez une personne de la direction concernée."})
    note(session, reader, "idea", str(idea.id), "responsable", idea.owner_id, person_id)
    idea.owner_id = person_id
    idea.version += 1
    session.flush()
    notify_owner(session, idea, by=reader.person_id)
    return idea


def undo_answer(session: Session, reader: Reader, number: int, tree: Tree) -> Idea:
    """Annuler: undoes the reader's last act of today on an entry. Raises Refused where there is
    none.
    """
    idea = idea_to_change(session, number)
    facts = undoable(session, reader, idea)
    right, entry = _right_and_entry(session, idea, facts)
    require(reader, right, entry, tree)
    if not facts:
        raise Refused("Il n'y a rien à annuler : seul votre dernier geste du jour s'annule.")
    before = idea.status
    take_back(session, idea)
    undo(session, reader, idea, facts)
    follow_state(session, reader, idea, before)
    return idea


def may_undo(session: Session, reader: Reader, idea: Idea, tree: Tree) -> bool:
    """Whether the reader may undo the last act on this entry."""
    facts = undoable(session, reader, idea)
    right, entry = _right_and_entry(session, idea, facts)
    return bool(facts) and may(reader, right, entry, tree)


def _right_and_entry(session: Session, idea: Idea, facts: Sequence[IdeaEvent]) -> tuple[str, Idea]:
    """The right these events need, and the entry as it was before them, since a transfer changes
    who has that right.
    """
    what = {fact.what for fact in facts}
    if EventKind.published in what:
        return "idea.publish", idea
    if EventKind.moved not in what:
        return "idea.answer", idea
    done = {fact.id for fact in facts}
    before = [fact for fact in life_of(session, idea) if fact.id not in done]
    return "idea.answer", Idea(**idea.model_dump() | {"concerns_id": before[-1].concerns_id})


def undoable(session: Session, reader: Reader, idea: Idea) -> list[IdeaEvent]:
    """The events of the reader's last act of today on this entry (a transfer writes two)."""
    life = life_of(session, idea)
    last = life[-1]
    # Publishing also marks as read; other states with an act of their own are not undone here.
    status = IdeaStatus(last.to_status) if last.to_status else None
    is_own_act = status and status.rules.by_own_act and last.what != EventKind.published
    if (
        # The filing itself is not undone here either: its author withdraws it.
        len(life) == 1
        or last.by != reader.person_id
        or last.on != today(session)
        or last.what not in (*_ANSWERING, EventKind.published)
        or is_own_act
    ):
        return []
    return life[-2:] if last.what == EventKind.moved else [last]


def _refuse_silent(idea: Idea) -> None:
    status = IdeaStatus(idea.status)
    if status.is_gone:
        raise Refused(f"Une idée « {status.label} » ne reçoit plus de réponse.")


def _faults(idea: Idea, answer: Answer, text: str, day: date) -> dict[str, object]:
    is_wrong = answer.to is not None and answer.to not in states_to_choose(idea)
    needs_text = answer.to is None or answer.to.needs_reason or answer.ends_wait
    is_early = answer.until is None or answer.until <= day
    later = f"Donnez le jour, après le {day:%d/%m/%Y}, où l'idée sera reprise."
    return {
        "to": is_wrong
        and f"Une idée « {IdeaStatus(idea.status).label} » ne peut pas devenir «"
        f" {answer.to.label} ».",
        "text": too_long(text, BODY_MAX, "La réponse")
        or (not text and needs_text and "Écrivez la réponse : l'auteur doit savoir pourquoi."),
        "until": answer.to is IdeaStatus.postponed and is_early and later,
    }
