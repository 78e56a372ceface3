"""Acts on surveys asked here: writing, opening and closing them, naming answers that are codes; a
free text becomes a finding, a question feeds a figure; inviting and reminding by mail.

Once open, the questions are fixed; title, introduction and last day may still be corrected. The
link of a mail is created when it is sent and is not stored.
"""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from math import isclose

from sqlalchemy import case, insert, update
from sqlmodel import Session, delete, select

from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.acts import add_record, lock_record, note, refuse_conflict
from dashboard.actions.figures import measures
from dashboard.actions.ideas.filing import Circumstances, checked_input, file_idea, publish_idea
from dashboard.actions.notices.records import notify
from dashboard.actions.notices.sending import mail_problem
from dashboard.actions.operations.mixing import ShortAct
from dashboard.actions.surveys.answering import code_for, enter_rest, notice_key, stored_hash
from dashboard.actions.surveys.imports import SERIES_MAX
from dashboard.figures.kinds import Breakdown, Value, measured
from dashboard.files.surveys.columns import LONGEST_CHOICE, as_json
from dashboard.french import counted, day_long
from dashboard.queries.directions import organisation
from dashboard.queries.journal import last_change
from dashboard.queries.surveys.asked import (
    not_answered,
    proposed_in,
    questions_of,
    to_invite,
    used_by_direction,
    was_notified,
)
from dashboard.queries.surveys.results import (
    OTHERS,
    feeding,
    is_of_agents,
    next_number,
    pooled,
    values_for_figure,
)
from dashboard.queries.targets import measure_in_words
from models.clock import today
from models.database import leave_no_trace
from models.idea_states import IdeaKind
from models.ideas import Idea
from models.notices import Notice, NoticeKind
from models.revisions import hold
from models.roadmap import Measure
from models.scales import in_order, is_scale
from models.settings import settings
from models.surveys import (
    InvitedCount,
    Question,
    QuestionKind,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
    SurveyState,
    WaitingSheets,
)
from models.texts import Invalid, Refused, clean_text, clean_title, refuse, too_long

SUBJECT = "questionnaire"
TITLE_MAX, INTRODUCTION_MAX = 160, 2000
NO_SUCH = "Ce questionnaire n'existe pas."
# A survey's own fields, and those that may still be corrected once it is open.
_FIELDS_OPEN = ("title", "introduction", "closes_on")
_FIELDS = (*_FIELDS_OPEN, "series", "agents", "by_link", "asks_direction")


def locked(session: Session, survey_id: int) -> Survey:
    """A survey asked here, locked until the transaction ends. Raises Refused where there is
    none.
    """
    survey = lock_record(session, Survey, survey_id, NO_SUCH)
    if survey.key is None:
        raise Refused(NO_SUCH)
    return survey


def draft_of(session: Session, survey_id: int) -> Survey:
    """The same, for a draft, whose questions may still change."""
    survey = locked(session, survey_id)
    if survey.state != SurveyState.draft:
        raise Refused("Ce questionnaire est ouvert ou fermé : ses questions ne changent plus.")
    return survey


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


def write_survey(session: Session, reader: Reader, typed: Survey) -> Survey:
    """Écrire un questionnaire: a draft, visible to its editors only. The series defaults to the
    title. Raises Invalid per field.
    """
    require(reader, "survey.make")
    survey = _draft(session, _checked(session, typed))
    _note(session, reader, survey, "écrit", None, survey.title)
    return survey


def change_survey(
    session: Session, reader: Reader, survey_id: int, typed: Survey, read: str | None = None
) -> Survey:
    """Corriger un questionnaire; of an open one, only its title, introduction and last day. Raises
    Invalid per field, EditConflict.
    """
    require(reader, "survey.make")
    survey = locked(session, survey_id)
    before = survey_values(survey)
    refuse_conflict(session, reader, read, before, last_change(session, SUBJECT, survey.reference))
    if survey.state == SurveyState.closed:
        raise Refused("Ce questionnaire est fermé : il ne change plus.")
    typed = _checked(session, typed)
    for name in _FIELDS_OPEN if survey.state == SurveyState.open else _FIELDS:
        setattr(survey, name, getattr(typed, name))
    for field, value in survey_values(survey).items():
        if before[field] != value:
            _note(session, reader, survey, field, before[field], value)
    return survey


def survey_values(survey: Survey) -> dict[str, object]:
    """The fields of a survey's form."""
    return {name: getattr(survey, name) for name in _FIELDS if name != "agents"} | {
        "citizens": not survey.agents
    }


def drop_survey(session: Session, reader: Reader, survey_id: int) -> None:
    """Supprimer un brouillon, which has no answers."""
    require(reader, "survey.make")
    survey = draft_of(session, survey_id)
    # Last question first: questions may depend on earlier ones.
    asked = questions_of(session, survey.id)
    for question in [*proposed_in(session, survey.id), *reversed(asked)]:
        session.delete(question)
        session.flush()
    _note(session, reader, survey, "supprimé", survey.title, None)
    session.delete(survey)


def copy_survey(session: Session, reader: Reader, survey_id: int) -> Survey:
    """Reprendre un questionnaire: the next wave of its series, as a draft. Questions retain their
    codes, so that the waves can be compared; statements proposed and not read come along.
    """
    require(reader, "survey.make")
    source = locked(session, survey_id)
    copied = _draft(session, Survey(**{name: getattr(source, name) for name in _FIELDS}))
    copied.closes_on = max(source.closes_on, today(session))
    numbers: dict[int, int] = {}
    for question in [*questions_of(session, source.id), *proposed_in(session, source.id)]:
        again = Question(**question.model_dump(exclude={"id", "survey_id", "only_if_id"}))
        again.survey_id, again.only_if_id = copied.id, numbers.get(question.only_if_id)
        add_record(session, again)
        numbers[question.id] = again.id
    _note(session, reader, copied, "repris", None, copied.title)
    return copied


def _draft(session: Session, survey: Survey) -> Survey:
    survey.key = survey.reference = secrets.token_hex(6)
    survey.state = SurveyState.draft
    return add_record(session, survey)


def _checked(session: Session, typed: Survey) -> Survey:
    """The typed survey, cleaned, as a new record. Raises Invalid per field."""
    survey = Survey(**{name: getattr(typed, name) for name in _FIELDS})
    survey.title = clean_title(typed.title)
    survey.series = clean_title(typed.series) or survey.title[:SERIES_MAX]
    survey.introduction = clean_text(typed.introduction)
    survey.asks_direction = typed.asks_direction and typed.agents
    title = too_long(survey.title, TITLE_MAX, "Le titre")
    refuse(
        {
            "title": title if survey.title else "Donnez un titre au questionnaire.",
            "series": too_long(survey.series, SERIES_MAX, "Le nom de la série"),
            "introduction": too_long(survey.introduction, INTRODUCTION_MAX, "L'introduction"),
            "closes_on": _fault_of_end(survey.closes_on, today(session)),
        }
    )
    return survey


def _fault_of_end(closes_on: date | None, day: date) -> str:
    if closes_on is None:
        return "Donnez le dernier jour pour répondre."
    past = "Le dernier jour pour répondre est passé : choisissez-en un à venir."
    return past if closes_on < day else ""


def _note(session: Session, reader: Reader, survey: Survey, what: str, before, after) -> None:
    note(session, reader, SUBJECT, survey.reference, what, before, after)
    session.flush()


# ── Opening ───────────────────────────────────────────────────────────────────────────────────────


def open_survey(session: Session, reader: Reader, survey_id: int) -> Survey:
    """Ouvrir: from now on it accepts answers and its questions are fixed. It becomes a wave of its
    series, with no results before the close.
    """
    require(reader, "survey.make")
    # Locked, so that two surveys opened at once get different numbers.
    hold(session, "surveys")
    survey = draft_of(session, survey_id)
    day = today(session)
    if not questions_of(session, survey.id):
        raise Refused("Ce questionnaire n'a pas encore de question.")
    if fault := _fault_of_end(survey.closes_on, day):
        raise Refused(fault)
    survey.on, survey.number = day, next_number(session, survey.series, day)
    survey.state = SurveyState.open
    session.add_all([survey, WaitingSheets(survey_id=survey.id)])
    _note(session, reader, survey, "ouvert", None, survey.title)
    return survey


# ── Closing ───────────────────────────────────────────────────────────────────────────────────────


def close_survey(session: Session, reader: Reader, survey_id: int) -> Survey:
    """Fermer: stores pending answers, rewrites the wave in random order, deletes invitations and
    their mails; the number of used ones remains.
    """
    require(reader, "survey.make")
    survey = locked(session, survey_id)
    if survey.state != SurveyState.open:
        raise Refused("Ce questionnaire n'est pas ouvert.")
    leave_no_trace(session)
    enter_rest(session, survey)
    used = used_by_direction(session, survey.id)
    for direction, (_, answered) in used.items():
        session.get(InvitedCount, (survey.id, direction)).answered = answered
    session.flush()
    if used and not survey.by_link:
        survey.invited = sum(invited for invited, _ in used.values())
    session.execute(delete(SurveyInvitation).filter_by(survey_id=survey.id))
    of_it = Notice.key.in_([notice_key(survey), notice_key(survey, again=True)])
    session.execute(delete(Notice).filter_by(kind=NoticeKind.questionnaire).where(of_it))
    survey.state, survey.closed_on = SurveyState.closed, today(session)
    _note(session, reader, survey, "fermé", None, counted(survey.answered, "réponse"))
    # Results of bank questions are measures on the wave's day, unless too few answered.
    for question in questions_of(session, survey.id):
        if figure := measured().get(question.figure):
            with suppress(Refused, Invalid), session.begin_nested():
                feed_figure(session, reader, question.id, figure)
    return survey


def close_due(session: Session, day: date) -> Iterator[ShortAct]:
    """Closes surveys past their last day. A task of the round."""
    over = select(Survey.id).filter_by(state=SurveyState.open).where(Survey.closes_on < day)
    for number in session.exec(over).all():
        yield lambda session, number=number: _close_once(session, number)


def _close_once(session: Session, number: int) -> int:
    # It may have been closed meanwhile.
    if locked(session, number).state != SurveyState.open:
        return 0
    close_survey(session, OPERATOR, number)
    return 1


# ── Naming answers that came as codes ───────────────────────────────────────────────────────────


def labels_in(text: str, choices: Sequence[str]) -> dict[str, str]:
    """Code → label, from lines « A1 = Tout à fait d'accord »; lines without a label are skipped.
    Raises Invalid.
    """
    labels = {}
    for number, line in enumerate(clean_text(text).splitlines(), 1):
        code, sign, label = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not sign or code not in choices:
            raise _invalid(
                f"Ligne {number} : écrivez une réponse de cette question, puis « = », puis son"
                " libellé."
            )
        if (label := clean_title(label)) and label != code:
            labels[code] = label
    return labels


def _invalid(sentence: str) -> Invalid:
    return Invalid({"labels": sentence})


def name_answers(
    session: Session, reader: Reader, question_ids: Sequence[int], labels: Mapping[str, str]
) -> int:
    """Nommer les réponses: replaces codes with labels, for one question or the lines of one matrix;
    returns how many answers got one. Known scale labels make the question a scale. Raises Invalid,
    and Refused for a question that feeds a figure.
    """
    require(reader, "survey.import")
    questions = session.exec(
        select(Question).where(Question.id.in_(question_ids)).with_for_update()
    ).all()
    survey = session.get(Survey, questions[0].survey_id) if questions else None
    if (
        survey is None
        or len(questions) < len(set(question_ids))
        or any(q.survey_id != survey.id or q.kind == QuestionKind.free for q in questions)
    ):
        raise Refused("Cette question n'a pas de réponses à nommer.")
    refuse({"labels": not labels and "Donnez un libellé au moins."})
    fed = next((q for q in questions if q.figure), None)
    if fed is not None:
        raise Refused(
            f"« {fed.text} » alimente un chiffre : ses réponses gardent les libellés sous lesquels"
            " il a été calculé."
        )
    codes = {choice for question in questions for choice in question.options}
    for code, label in sorted(labels.items()):
        if code not in codes:
            wrong = code[:LONGEST_CHOICE]
            raise _invalid(f"« {wrong} » n'est pas une réponse de cette question.")
        if not 0 < len(label) <= LONGEST_CHOICE or label == OTHERS:
            raise _invalid(
                f"« {label[:40]} » ne peut pas être un libellé : {LONGEST_CHOICE} caractères au"
                f" plus, et autre chose que « {OTHERS} »."
            )
    for question in questions:
        _name(session, reader, survey, question, labels)
    return len(labels)


def _name(
    session: Session, reader: Reader, survey: Survey, question: Question, labels: Mapping[str, str]
) -> None:
    """Renames one question's choices and answers, and journals it."""
    was = question.options
    stored = SurveyAnswer.choice
    if QuestionKind(question.kind).is_scale:
        # Numbers that are codes: steps without answers need no label.
        stored = SurveyAnswer.number
        _require_every_mark(session, question, labels)
        was = [step for step in was if step in labels]
    of = {choice: labels[choice] for choice in was if choice in labels}
    named = [of.get(choice, choice) for choice in was]
    twice = next((label for label in named if named.count(label) > 1), None)
    if twice is not None:
        raise _invalid(f"Deux réponses porteraient le libellé « {twice} ».")
    if not of:
        return
    keys = {code: float(code) if stored is SurveyAnswer.number else code for code in of}
    session.execute(
        update(SurveyAnswer)
        .filter_by(question_id=question.id)
        .where(stored.in_(list(keys.values())))
        .values(
            choice=case({keys[code]: label for code, label in of.items()}, value=stored),
            number=None,
        )
    )
    if question.kind != QuestionKind.multiple:
        question.kind = QuestionKind.single
        # Otherwise in the order of their codes, which is the questionnaire's.
        named = in_order(named) if is_scale(named) else named
    question.choices = as_json(named)
    note(
        session,
        reader,
        "enquête",
        survey.title,
        f"libellés de {question.code}"[:80],
        " · ".join(was),
        " · ".join(of.get(c, c) for c in was),
    )


def _require_every_mark(session: Session, question: Question, labels: Mapping[str, str]) -> None:
    """A scale half in words and half in numbers could be neither counted nor sorted."""
    answered = session.exec(
        select(SurveyAnswer.number).filter_by(question_id=question.id).distinct()
    ).all()
    marks = [str(int(mark)) for mark in sorted(answered)]
    nameless = [mark for mark in marks if mark not in labels]
    if nameless:
        raise _invalid(f"Donnez un libellé à chaque note reçue : il manque {', '.join(nameless)}.")


# ── What answers become ───────────────────────────────────────────────────────────────────────────


def file_finding(
    session: Session,
    reader: Reader,
    answer_id: int,
    title: str,
    body: str,
    ambition_id: int | None = None,
    good: bool | None = None,
) -> int:
    """En faire un constat: files a free text, reviewed by a person (`body`: without names), as a
    published anonymous finding; returns its number.

    Neither direction nor function is copied. Raises Refused where it was already done.
    """
    require(reader, "survey.import")
    answer = session.get(SurveyAnswer, answer_id, with_for_update=True)
    if answer is None or not answer.text:
        raise Refused("Cette réponse n'existe pas.")
    if answer.idea_id is not None:
        raise Refused("Cette réponse est déjà devenue un constat.")
    # The locked answer prevents duplicates: no form token is needed.
    idea = checked_input(
        kind=IdeaKind.finding,
        title=title,
        body=body,
        ambition_id=ambition_id,
        good=good,
        anonymous=True,
    )
    filed = file_idea(session, reader, idea, secrets.token_urlsafe(24), Circumstances(survey=True))
    publish_idea(session, reader, filed.number, organisation(session).at(today(session)))
    answer.idea_id = session.exec(select(Idea.id).filter_by(number=filed.number)).one()
    return filed.number


def feed_figure(session: Session, reader: Reader, question_id: int, figure: Value) -> int:
    """Alimenter un chiffre: stores a question's result as a measure on the survey's day, overall
    and for the directions that may be shown; returns how many were stored. Waves of one day are
    pooled, weighted by their answers. An equal measure is left.

    Raises Refused for a question unrelated to this figure, Invalid where that day has a measure
    that is not from these waves.
    """
    require(reader, "survey.import")
    # Locked before reading: of two waves that close at once, the second includes the first.
    hold(session, "roadmap")
    question = session.get(Question, question_id)
    survey = session.get(Survey, question.survey_id) if question else None
    if survey is None:
        raise Refused("Cette question n'existe pas.")
    if survey.state != SurveyState.closed:
        raise Refused("Ce questionnaire est encore ouvert : ses réponses se lisent à la clôture.")
    if survey.agents != is_of_agents(figure.code):
        whom = "des citoyens" if survey.agents else "des agents"
        raise Refused(f"« {figure.label} » se mesure auprès {whom}.")
    has_directions = figure.figure.cut is not Breakdown.none
    own = values_for_figure(session, question, survey, figure.code, has_directions)
    if None not in own:
        raise Refused(
            f"Cette question ne mesure pas « {figure.label} », ou compte trop peu de réponses."
        )
    question.figure = figure.code
    waves, results = [survey], []
    for wave_question, wave in feeding(session, figure.code, survey.on):
        result = values_for_figure(session, wave_question, wave, figure.code, has_directions)
        if wave.id != survey.id and result:
            waves.append(wave)
            results.append(result)
    before, now, source = pooled(results), pooled([own, *results]), _source(waves)
    recorded = 0
    for place in own:
        value, n = now[place]
        measure = Measure(on=survey.on, value=value, n=n, source=source, direction_id=place)
        recorded += _measure(session, reader, figure, measure, before.get(place))
    return recorded


def _source(waves: Sequence[Survey]) -> str:
    """The titles of the waves in a measure, in the order in which they were opened."""
    ordered = sorted(waves, key=lambda wave: wave.id)
    titles = " ; ".join(dict.fromkeys(wave.title for wave in ordered))
    if len(ordered) == 1:
        return titles[: measures.SOURCE_MAX]
    many = f" ({len(ordered)} vagues du même jour)"
    return titles[: measures.SOURCE_MAX - len(many)] + many


def _measure(
    session: Session,
    reader: Reader,
    figure: Value,
    measure: Measure,
    before: tuple[float, int] | None,
) -> bool:
    """Stores the measure; returns whether it is new. `before`: the pooled result of the day's other
    waves.
    """
    existing = measures.measure_at(session, figure.code, measure.on, measure.direction_id)
    if existing is not None and measure_in_words(existing) == measure_in_words(measure):
        return False
    # Only a measure from waves is replaced, not one that was typed.
    is_of_waves = (
        existing is not None
        and before is not None
        and isclose(existing.value, before[0])
        and existing.n == before[1]
    )
    measures.record(session, reader, figure, measure, corrects=existing.id if is_of_waves else None)
    return True


def forget_invitations(session: Session, person_id: int) -> None:
    """Deletes her invitations and lowers the counts of invited persons: otherwise she would appear
    to have answered.
    """
    unused = select(SurveyInvitation).filter_by(person_id=person_id)
    for invitation in session.exec(unused.with_for_update()).all():
        place = (invitation.survey_id, invitation.direction_id or 0)
        row = session.get(InvitedCount, place, with_for_update=True)
        if row is not None:
            row.invited -= 1
        session.delete(invitation)


# ── Inviting, by one personal link each; one reminder for unused links ────────────────────────────


_ONCE = (
    "Le lien de ce courriel est le vôtre et sert une fois. Il ouvre le questionnaire sans dire qui"
    " vous êtes : ni votre nom, ni l'heure, ni l'ordre des réponses ne sont gardés."
)


def invite_all(session: Session, reader: Reader, survey_id: int) -> int:
    """Inviter all staff with an address who were not invited yet; returns how many. Raises Refused
    where no mail can be sent.
    """
    require(reader, "survey.make")
    survey = _open_to_agents(session, survey_id)
    tree = organisation(session).at(today(session))
    key = notice_key(survey)
    persons = to_invite(session, tree, key)
    if not persons:
        raise Refused("Toutes les personnes qui ont une adresse sont déjà invitées.")
    _write(session, survey, persons)
    notify(
        session,
        persons,
        key=key,
        kind=NoticeKind.questionnaire,
        title=f"Votre avis : {survey.title}",
        text=f"{survey.introduction}\n{_ONCE}\nOuvert jusqu'au {day_long(survey.closes_on)}.",
        urgent=True,
    )
    count = counted(len(persons), "personne")
    note(session, reader, SUBJECT, survey.reference, "invitations", None, count)
    return len(persons)


def remind_all(session: Session, reader: Reader, survey_id: int) -> int:
    """Rappeler, once, those whose link is unused; returns how many."""
    require(reader, "survey.make")
    survey = _open_to_agents(session, survey_id)
    key = notice_key(survey, again=True)
    if was_notified(session, key):
        raise Refused("Le rappel est déjà parti : il n'y en a qu'un.")
    persons = not_answered(session, survey.id)
    if not persons:
        raise Refused("Il n'y a personne à qui le rappeler.")
    reminded = notify(
        session,
        persons,
        key=key,
        kind=NoticeKind.questionnaire,
        title=f"Rappel : {survey.title}",
        text=f"Vous n'avez pas encore répondu, et c'est votre choix.\n{_ONCE}\n"
        f"Ouvert jusqu'au {day_long(survey.closes_on)}.",
        urgent=True,
    )
    note(session, reader, SUBJECT, survey.reference, "rappels", None, counted(reminded, "personne"))
    return reminded


def why_no_invitation(session: Session) -> str:
    """Why no invitation can be sent, in French; empty otherwise."""
    if why := mail_problem(session):
        return why
    if not settings().public_origin:
        return "Sans adresse publique, les courriels ne portent pas de lien."
    return ""


def _open_to_agents(session: Session, survey_id: int) -> Survey:
    survey = locked(session, survey_id)
    if not survey.takes_answers(today(session)):
        raise Refused("Ce questionnaire n'est pas ouvert.")
    if not survey.agents:
        raise Refused("Ce questionnaire s'adresse à des citoyens : nous n'avons pas d'adresses.")
    if why := why_no_invitation(session):
        raise Refused(why)
    return survey


def _write(session: Session, survey: Survey, persons: Mapping[int, int | None]) -> None:
    rows = [
        {
            "code": stored_hash(code_for(survey, person)),
            "survey_id": survey.id,
            "person_id": person,
            "direction_id": direction,
        }
        for person, direction in persons.items()
    ]
    session.execute(insert(SurveyInvitation.__table__), rows)
    for direction, more in Counter(persons.values()).items():
        place = direction or 0
        row = session.get(InvitedCount, (survey.id, place))
        row = row or InvitedCount(survey_id=survey.id, direction_id=place)
        row.invited += more
        session.add(row)
