"""Meetings of a body; the package of a point for iA.Délib."""

import base64
import io
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import jsonschema_rs
import pytest
from pypdf import PdfReader
from sqlmodel import select
from support.pages import enter, html_of, visit
from support.post import plain
from support.transactions import errors_of, read_with, refuses, select_all, write_with
from support.troupe import FROZEN

from dashboard.access import Reader
from dashboard.actions.decisions.records import PointInput, submit_point
from dashboard.actions.decisions.steps import tie_figure, write_sheet
from dashboard.actions.meetings.agendas import (
    FILES,
    MINUTES_MAX,
    amend_minutes,
    approve_minutes,
    arrange_points,
    send_papers,
    treat_point,
)
from dashboard.actions.meetings.presences import add_present, record_counts, take_off
from dashboard.actions.meetings.records import cancel_meeting, plan_meeting, write_minutes
from dashboard.actions.notices import sending
from dashboard.actions.operations.jobs import ask
from dashboard.queries.decisions.records import register
from dashboard.queries.journal import mark_of
from dashboard.queries.meetings.agenda import (
    Appointment,
    agenda_values,
    drafted_minutes,
    last_with_points,
    next_of,
    papers,
    points,
    stored_places,
    written_minutes,
)
from dashboard.queries.meetings.records import calendar
from dashboard.queries.operations.jobs import ready
from dashboard.report import decision
from dashboard.report.decision import package
from dashboard.report.pack import gather
from dashboard.report.slides import slides
from dashboard.web.calendars import events
from models.clock import now
from models.database import reading, writing
from models.decisions import (
    Decision,
    DecisionEvent,
    DecisionSheet,
    DecisionStep,
    Instance,
    Outcome,
    Verdict,
)
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.jobs import Job, JobState
from models.meetings import AgendaPoint, Meeting, MeetingKind, PaperStep
from models.notices import Notice
from models.seats import Seat, SeatState
from models.texts import EditConflict

# ── Meetings of a body ────────────────────────────────────────────────────────────────────────────
# Its points are in order with their minutes, those who sit there read them, and nothing that waits
# is forgotten.

S = DecisionStep
CODIR = MeetingKind.codir
NEXT, WITH_POINTS, LAST = date(2023, 7, 11), date(2023, 6, 13), date(2023, 6, 27)


def meeting_on(engine, day: date) -> int:
    meetings = read_with(engine, calendar).at(FROZEN)
    return next(m.id for m in meetings if m.kind == CODIR and m.day == day)


def agenda(engine, scope_for, reader, day: date = NEXT, **address) -> list[tuple[int, int]]:
    """(number, minutes) of each point of that meeting of the CODIR, as this reader sees them."""
    with reading(engine) as session:
        found = points(session, scope_for(session, reader, **address), meeting_on(engine, day))
    return [(point.decision.number, point.minutes) for point in found]


def ids(engine, *numbers: int) -> list[int]:
    by_number = {d.number: d.id for d in read_with(engine, register).at(FROZEN)}
    return [by_number[number] for number in numbers]


def arrange(engine, reader, *order: tuple[int, int], day: date = NEXT, **more) -> None:
    decisions = ids(engine, *(number for number, _ in order))
    wanted = list(zip(decisions, (minutes for _, minutes in order), strict=True))
    write_with(engine, arrange_points, reader, meeting_on(engine, day), wanted, **more)


# --- the agenda -----------------------------------------------------------------------------------


def test_the_next_codir_has_its_points_in_order_and_the_review_that_is_due(demo, cast, scope_for):
    assert agenda(demo, scope_for, cast.elise) == [(26, 20), (28, 15), (27, 10), (2, 15)]
    # On 28 June nobody had arranged it: what waits, in the order of its arrival, then the review.
    before = agenda(demo, scope_for, cast.elise, au="2023-06-28")
    assert [number for number, _ in before] == [26, 27, 28, 2]
    assert [number for number, _ in agenda(demo, scope_for, cast.elise, WITH_POINTS)] == [12, 26]


def test_only_those_who_sit_there_read_the_points(demo, cast, scope_for):
    for reader in (cast.alice, cast.bruno, cast.carine, cast.nobody):
        assert agenda(demo, scope_for, reader) == []
    for reader in (cast.didier, cast.farid, cast.gaelle):
        assert len(agenda(demo, scope_for, reader)) == 4


def test_only_those_who_sit_there_read_the_pv(demo, cast, scope_for):
    meeting = meeting_on(demo, WITH_POINTS)
    reads = (written_minutes, drafted_minutes, papers)
    with reading(demo) as session:
        for reader in (cast.alice, cast.bruno, cast.carine, cast.nobody):
            scope = scope_for(session, reader)
            assert not any(read(session, scope, meeting) for read in reads)
        assert all(read(session, scope_for(session, cast.elise), meeting) for read in reads)


def test_didier_moves_a_point_and_each_day_remembers_its_order(demo_copy, cast, scope_for):
    arrange(demo_copy, cast.didier, (2, 15), (26, 20), (28, 25), (27, 0))
    assert agenda(demo_copy, scope_for, cast.elise) == [(2, 15), (26, 20), (28, 25), (27, 0)]
    yesterday = agenda(demo_copy, scope_for, cast.elise, au="2023-06-29")
    assert yesterday == [(26, 20), (28, 15), (27, 10), (2, 15)]
    # What stays as it was leaves no fact.
    written = len(select_all(demo_copy, select(AgendaPoint.id)))
    arrange(demo_copy, cast.didier, (2, 15), (26, 20), (28, 25), (27, 0))
    assert len(select_all(demo_copy, select(AgendaPoint.id))) == written


def test_a_new_point_is_on_the_agenda_by_itself(sqlite_copy, cast, scope_for):
    point = PointInput("Un local de réunion par dépôt", Instance.codir)
    number = write_with(sqlite_copy, submit_point, cast.didier, point).number
    assert (number, 10) in agenda(sqlite_copy, scope_for, cast.elise)
    college = PointInput("Un avis", Instance.college)
    other = write_with(sqlite_copy, submit_point, cast.didier, college).number
    assert other not in dict(agenda(sqlite_copy, scope_for, cast.elise))


def test_a_point_placed_on_a_later_meeting_waits_there(sqlite_copy, cast, scope_for):
    later = NEXT + timedelta(days=14)
    write_with(sqlite_copy, plan_meeting, cast.didier, Meeting(kind=CODIR), later)
    arrange(sqlite_copy, cast.didier, (27, 30), day=later)
    assert 27 in dict(agenda(sqlite_copy, scope_for, cast.elise)), "placed here before"
    arrange(sqlite_copy, cast.didier, (27, 0))
    assert agenda(sqlite_copy, scope_for, cast.elise, later) == [(27, 30)]
    write_with(sqlite_copy, cancel_meeting, cast.didier, meeting_on(sqlite_copy, NEXT), "Congés")
    waiting = agenda(sqlite_copy, scope_for, cast.elise, later)
    assert {number for number, _ in waiting} == {26, 27, 28, 2}, "nothing is lost with a meeting"


def test_minutes_are_within_reason_and_a_past_agenda_stays(sqlite_copy, cast):
    [first] = ids(sqlite_copy, 26)
    meeting = meeting_on(sqlite_copy, NEXT)
    too_long = [(first, MINUTES_MAX + 1)]
    faults = errors_of(write_with, sqlite_copy, arrange_points, cast.didier, meeting, too_long)
    assert set(faults) == {f"minutes_{first}"}
    held = meeting_on(sqlite_copy, WITH_POINTS)
    refuses(write_with, sqlite_copy, arrange_points, cast.didier, held, [(first, 5)])


def test_a_point_of_another_body_is_on_no_agenda_of_the_codir(sqlite_copy, cast, scope_for):
    council = PointInput("Un point du Conseil de direction", Instance.council)
    other = write_with(sqlite_copy, submit_point, cast.didier, council).number
    for stranger in (*ids(sqlite_copy, other), 10**6):
        wanted = [(*ids(sqlite_copy, 26), 5), (stranger, 5)]
        refuses(
            *(write_with, sqlite_copy, arrange_points, cast.didier),
            *(meeting_on(sqlite_copy, NEXT), wanted),
            match="pas devant cette instance",
        )
    stored = read_with(sqlite_copy, stored_places, meeting_on(sqlite_copy, NEXT))
    assert not {10**6, *ids(sqlite_copy, other)} & stored.keys()


def test_two_who_arrange_at_once_do_not_overwrite_each_other(sqlite_copy, cast):
    stored = read_with(sqlite_copy, stored_places, meeting_on(sqlite_copy, NEXT))
    read = mark_of(agenda_values(stored))
    arrange(sqlite_copy, cast.didier, (2, 15), (26, 20), read=read)
    refuses(arrange, sqlite_copy, cast.didier, (26, 5), (2, 5), read=read, error=EditConflict)


def test_what_slipped_is_counted_from_the_last_meeting_that_had_points(demo):
    """The CODIR of 27 June had none: three days before the next preparation nothing has moved."""
    meetings = [m for m in read_with(demo, calendar).at(FROZEN) if m.kind == CODIR]
    decisions = read_with(demo, register).at(FROZEN)
    assert last_with_points(meetings, decisions, FROZEN) == WITH_POINTS
    assert last_with_points(meetings, (), FROZEN) == LAST
    assert next_of(meetings, CODIR, FROZEN).day == NEXT


# --- in the room, and its PV ----------------------------------------------------------------------


def convene(engine, reader, day: date = FROZEN) -> int:
    return write_with(engine, plan_meeting, reader, Meeting(kind=CODIR), day).id


def treat(engine, scope_for, reader, meeting: int, number: int, what: DecisionStep, **more) -> None:
    with writing(engine) as session:
        tree = scope_for(session, reader).tree
        [ident] = [d.id for d in register(session).at(FROZEN) if d.number == number]
        treat_point(session, reader, meeting, ident, DecisionEvent(what=what, **more), tree)


def known(engine, number: int):
    return next(d for d in read_with(engine, register).at(FROZEN) if d.number == number)


def test_each_outcome_is_written_at_once_and_the_pv_is_drafted_from_it(demo_copy, cast, scope_for):
    meeting = convene(demo_copy, cast.didier)
    order = [(ident, 10) for ident in ids(demo_copy, 26, 28, 27, 2)]
    write_with(demo_copy, arrange_points, cast.didier, meeting, order)
    later, sports = date(2023, 9, 29), known(demo_copy, 27).owner_direction_id
    treat(demo_copy, scope_for, cast.didier, meeting, 26, S.postponed, text="Chiffrer l'outil")
    adopted = {"outcome": Outcome.adopted, "due_on": later}
    treat(
        *(demo_copy, scope_for, cast.didier, meeting, 28, S.decided),
        **{**adopted, "text": "Dès octobre", "owner_direction_id": sports},
    )
    noted = {"outcome": Outcome.noted, "text": "Les assurances répondent en août"}
    treat(demo_copy, scope_for, cast.didier, meeting, 27, S.decided, **noted)
    assert known(demo_copy, 26).is_waiting and not known(demo_copy, 27).is_waiting
    assert known(demo_copy, 28).owner_direction_id == sports, "an action is entrusted as well"
    write_with(demo_copy, record_counts, cast.didier, meeting, FROZEN, 8, 7)
    with reading(demo_copy) as session:
        text = drafted_minutes(session, scope_for(session, cast.elise), meeting).replace(
            "\xa0", " "
        )
    for line in (
        "Présents : 7 sur 8.",
        "Point reporté. Chiffrer l'outil",
        "Adoptée, pour le 29/09/2023. Dès octobre",
        "Confiée à Jeunesse et sports",
        "Prise d'acte. Les assurances répondent en août",
        "Point non abordé.",
        "Prochaine séance : le 11 juillet 2023.",
    ):
        assert line in text
    # What waits goes on to the next meeting, with its minutes.
    assert agenda(demo_copy, scope_for, cast.elise) == [(26, 20), (2, 15)]


def test_an_outcome_waits_for_the_day_and_for_who_records_it(sqlite_copy, cast, scope_for):
    ahead, now = meeting_on(sqlite_copy, NEXT), convene(sqlite_copy, cast.didier)
    refuses(treat, sqlite_copy, scope_for, cast.didier, ahead, 26, S.postponed, match="jour")
    refuses(treat, sqlite_copy, scope_for, cast.elise, now, 26, S.postponed, match="droit")
    treat(sqlite_copy, scope_for, cast.gaelle, now, 26, S.postponed)


def test_a_meeting_treats_the_points_of_its_own_body_alone(sqlite_copy, cast, scope_for):
    meeting = convene(sqlite_copy, cast.didier)
    given = sqlite_copy, scope_for, cast.gaelle, meeting, 24, S.postponed
    refuses(treat, *given, match="pas devant cette instance")


def test_the_pv_is_corrected_approved_then_only_amended(demo_copy, cast, scope_for):
    meeting = convene(demo_copy, cast.didier)
    refuses(write_with, demo_copy, write_minutes, cast.didier, meeting, "Trop tôt")
    write_with(demo_copy, record_counts, cast.didier, meeting, FROZEN, 8, 8)
    refuses(write_with, demo_copy, approve_minutes, cast.gaelle, meeting, match="Enregistrez")
    write_with(demo_copy, write_minutes, cast.didier, meeting, "Le CODIR a tout vu.")
    refuses(write_with, demo_copy, amend_minutes, cast.didier, meeting, "Et encore", match="pas")
    refuses(write_with, demo_copy, approve_minutes, cast.elise, meeting, match="droit")
    write_with(demo_copy, approve_minutes, cast.gaelle, meeting)
    refuses(
        write_with, demo_copy, write_minutes, cast.didier, meeting, "Autre chose", match="approuvé"
    )
    refuses(write_with, demo_copy, approve_minutes, cast.gaelle, meeting, match="déjà")
    write_with(demo_copy, amend_minutes, cast.didier, meeting, "L'annexe manquait.")
    with reading(demo_copy) as session:
        found = papers(session, scope_for(session, cast.elise), meeting)
        before = papers(session, scope_for(session, cast.elise, au="2023-06-29"), meeting)
        text = session.get(Meeting, meeting).minutes
    assert [(step.what, step.by) for step in found] == [
        (PaperStep.approved, cast.gaelle.person_id),
        (PaperStep.amended, cast.didier.person_id),
    ]
    assert before == [] and text == "Le CODIR a tout vu."


# --- looked at again ------------------------------------------------------------------------------


def test_a_decision_is_looked_at_again_on_its_day_and_leaves_the_agenda(demo_copy, cast, scope_for):
    meeting = convene(demo_copy, cast.didier)
    answer = {"text": "Deux agents sur trois s'y forment", "verdict": Verdict.kept}
    late = errors_of(treat, demo_copy, scope_for, cast.didier, meeting, 2, S.reviewed)
    assert set(late) == {"verdict", "text"}
    treat(demo_copy, scope_for, cast.didier, meeting, 2, S.reviewed, **answer)
    assert known(demo_copy, 2).verdict is Verdict.kept and known(demo_copy, 2).review_on is None
    assert 2 not in dict(agenda(demo_copy, scope_for, cast.elise))
    # As it was known the day before, the review was still to come.
    earlier = read_with(demo_copy, register).at(date(2023, 6, 29))
    assert next(d for d in earlier if d.number == 2).review_on == date(2023, 6, 30)


def test_what_a_review_ends_is_no_longer_to_be_carried_out(sqlite_copy, cast, scope_for):
    assert known(sqlite_copy, 20).is_to_execute
    meeting = convene(sqlite_copy, cast.didier)
    ends = {"text": "Personne ne vient après 18 h", "verdict": Verdict.ended}
    treat(sqlite_copy, scope_for, cast.didier, meeting, 20, S.reviewed, **ends)
    ended = known(sqlite_copy, 20)
    assert not ended.is_to_execute and ended.state(FROZEN) == "Arrêtée"


def test_a_review_is_planned_with_the_figure_that_is_to_move(demonstration, cast, scope_for):
    meeting, ahead = convene(demonstration, cast.didier), date(2023, 7, 5)
    [ident] = ids(demonstration, 20)
    treat(demonstration, scope_for, cast.didier, meeting, 20, S.review_planned, review_on=ahead)
    write_with(demonstration, tie_figure, cast.didier, ident, "formation", {"formation"})
    wrong = (cast.didier, ident, "inconnu", {"formation"})
    assert set(errors_of(write_with, demonstration, tie_figure, *wrong)) == {"key"}
    write_with(demonstration, record_counts, cast.didier, meeting, FROZEN, 8, 8)
    assert 20 in dict(agenda(demonstration, scope_for, cast.elise))
    page = visit(enter(demonstration, "elise"), "decisions", "decision=20")
    shown = " ".join(html_of(page)).replace("\xa0", " ")
    assert "Chiffre visé" in shown and "le 18/04/2023" in shown and "5 juillet 2023" in shown


# --- sent -----------------------------------------------------------------------------------------


def told(engine, meeting: int) -> list[Notice]:
    begins = Notice.key.startswith(f"seance-{meeting}-")
    return select_all(engine, select(Notice).where(begins).order_by(Notice.person_id))


def test_the_agenda_then_the_pv_go_to_each_member_once_a_day(demo_copy, cast, scope_for):
    meeting = convene(demo_copy, cast.didier)
    write_with(demo_copy, send_papers, cast.didier, meeting)
    members = {cast.elise.person_id, cast.gaelle.person_id}
    assert {notice.person_id for notice in told(demo_copy, meeting)} == members
    refuses(write_with, demo_copy, send_papers, cast.didier, meeting, match="déjà")
    refuses(write_with, demo_copy, send_papers, cast.elise, meeting, match="droit")
    write_with(demo_copy, record_counts, cast.didier, meeting, FROZEN, 8, 8)
    refuses(write_with, demo_copy, send_papers, cast.didier, meeting, match="approuvé")
    write_with(demo_copy, write_minutes, cast.didier, meeting, "Tout est dit.")
    write_with(demo_copy, approve_minutes, cast.gaelle, meeting)
    write_with(demo_copy, send_papers, cast.didier, meeting)
    mails = told(demo_copy, meeting)
    assert len(mails) == 4, "the agenda and the PV, to each of the two"
    assert all(notice.href.endswith(f"reunion={meeting}") for notice in mails)
    assert not any("Tout est dit" in notice.text for notice in mails), "read on its page only"


def test_what_is_sent_on_one_day_leaves_in_one_mail(town, cast, post):
    meeting = convene(town, cast.didier)
    write_with(town, send_papers, cast.didier, meeting)
    write_with(town, record_counts, cast.didier, meeting, FROZEN, 8, 8)
    write_with(town, write_minutes, cast.didier, meeting, "Tout est dit.")
    write_with(town, approve_minutes, cast.gaelle, meeting)
    write_with(town, send_papers, cast.didier, meeting)
    sending.send(town, FROZEN)
    addresses = [address for address, _ in post.received]
    assert len(addresses) == len(set(addresses)) == 2, "one for Élise, one for Gaëlle"


def prepared(engine, reader, kind: str, content: bytes, hours: int = 0, **more: str) -> str:
    """A file that this reader has prepared for the meeting, so long ago: the job that made it."""
    name = {"dossier": "dossier.pdf", "diapositives": "diapositives.pptx"}[kind]
    params = {"au": FROZEN.isoformat()} | more
    with writing(engine) as session:
        ident = ask(session, reader, kind, params, now() - timedelta(hours=hours)).id
        job = session.get(Job, ident)
        job.state, job.file_name, job.result = JobState.done, name, content
    return ident


def joined(post, login: str) -> dict[str, bytes]:
    [mail] = post.mails_for(login)
    return {part.get_filename(): part.get_content() for part in mail.iter_attachments()}


def test_the_files_that_were_prepared_leave_with_the_mail(town, cast, post):
    meeting = convene(town, cast.didier)
    prepared(town, cast.didier, "dossier", b"%PDF of another scope", direction="VC-JSP")
    prepared(town, cast.elise, "dossier", b"%PDF of somebody else")
    prepared(town, cast.didier, "dossier", b"%PDF an earlier one", hours=2)
    wanted = prepared(town, cast.didier, "dossier", b"%PDF the dossier")
    slides = prepared(town, cast.didier, "diapositives", b"PK the slides")
    with writing(town) as session:
        params = {"au": FROZEN.isoformat()}
        files = ready(session, cast.didier, FILES, params, now())
        assert set(files) == {wanted, slides}
        foreign = ready(session, cast.elise, FILES, params, now())
        send_papers(session, cast.didier, meeting, [*files, *foreign])
    sending.send(town, FROZEN)
    for login in ("elise", "gaelle"):
        assert joined(post, login) == {
            "dossier.pdf": b"%PDF the dossier",
            "diapositives.pptx": b"PK the slides",
        }
        [mail] = post.mails_for(login)
        assert "Joints à ce courriel : diapositives.pptx, dossier.pdf." in plain(mail)
        assert f"reunion={meeting}" in plain(mail)
    held = select_all(town, select(Notice).where(Notice.key.startswith("seance-")))
    assert not any("%PDF" in str(notice.model_dump()) for notice in held), "stored once, as jobs"


def test_files_too_large_for_a_mail_stay_and_a_sentence_says_so(town, cast, post, monkeypatch):
    monkeypatch.setattr("dashboard.actions.notices.records.FILES_MB", 0)
    meeting = convene(town, cast.didier)
    files = [prepared(town, cast.didier, "dossier", b"%PDF")]
    write_with(town, send_papers, cast.didier, meeting, files)
    sending.send(town, FROZEN)
    assert joined(post, "elise") == {}
    [mail] = post.mails_for("elise")
    assert "trop lourds pour un courriel" in plain(mail) and f"reunion={meeting}" in plain(mail)


def test_who_may_not_read_all_of_a_dossier_gets_the_link_alone(town, cast, post):
    day = FROZEN + timedelta(days=2)
    about = Meeting(kind=MeetingKind.council)
    meeting = write_with(town, plan_meeting, cast.didier, about, day).id
    files = [prepared(town, cast.didier, "dossier", b"%PDF the dossier")]
    write_with(town, send_papers, cast.didier, meeting, files)
    sending.send(town, FROZEN)
    assert joined(post, "elise") == {"dossier.pdf": b"%PDF the dossier"}
    assert joined(post, "carine") == {}, "head of a direction, not of the CODIR"
    [mail] = post.mails_for("carine")
    assert "Joints" not in plain(mail) and f"reunion={meeting}" in plain(mail)


STEERING = MeetingKind.steering


def test_the_steering_committee_is_who_came_to_its_meetings_or_is_expected(
    demo_copy, cast, scope_for
):
    soon = FROZEN + timedelta(days=3)
    meeting = write_with(demo_copy, plan_meeting, cast.didier, Meeting(kind=STEERING), soon).id
    refuses(write_with, demo_copy, send_papers, cast.didier, meeting, match="inscrivez-les")
    assert told(demo_copy, meeting) == [], "nobody stands in for its members"
    held = write_with(demo_copy, plan_meeting, cast.didier, Meeting(kind=STEERING), FROZEN).id
    for reader in (cast.elise, cast.gaelle, cast.alice):
        write_with(demo_copy, add_present, cast.didier, held, reader.person_id)
    write_with(demo_copy, take_off, cast.didier, held, cast.gaelle.person_id)
    with writing(demo_copy) as session:
        book = Seat(meeting_id=meeting, person_id=cast.carine.person_id, status=SeatState.booked)
        session.add(book)
    write_with(demo_copy, send_papers, cast.didier, meeting)
    # Alice came once and may not read its page: nothing is sent to her.
    assert {notice.person_id for notice in told(demo_copy, meeting)} == {
        cast.elise.person_id,
        cast.carine.person_id,
    }


# --- on the screen --------------------------------------------------------------------------------


def order_shown(tab) -> list[str]:
    titles = [part for part in html_of(tab) if "cp-point" in part]
    return [part.split(". ", 1)[1].split("<")[0] for part in titles]


def test_didier_arranges_with_the_keyboard_and_saves_once(demonstration):
    tab = visit(enter(demonstration, "didier"), "preparer")
    before = order_shown(tab)
    down = next(b for b in tab.button if b.label == "Descendre le point n° 26")
    down.click().run()
    moved = [before[1], before[0], *before[2:]]
    assert order_shown(tab) == moved
    assert order_shown(visit(enter(demonstration, "didier"), "preparer")) == before
    next(b for b in tab.button if b.label == "Enregistrer l'ordre du jour").click().run()
    assert not tab.exception
    assert order_shown(visit(enter(demonstration, "didier"), "preparer")) == moved


def test_elise_reads_the_agenda_and_the_old_address_leads_there(demonstration):
    for address in ("preparer", "depuis"):
        page = visit(enter(demonstration, "elise"), address)
        shown = " ".join(html_of(page)).replace("\xa0", " ")
        assert "Demande de congé par téléphone" in shown and "De la séance du 13 juin 2023" in shown
        assert "cp-point" not in shown, "she reads it only"


# ── The package of a point for iA.Délib ───────────────────────────────────────────────────────────
# Documented fields, a schema of ours, only what everybody may read; the open dates as iMio's
# `@events` names them.

POINT = 24  # before the Collège
SCHEMA = json.loads(
    Path(decision.__file__).with_name("iadelib.schema.json").read_text(encoding="utf-8")
)
# Those of `POST @item`, as plonemeeting.restapi documents them.
FIELDS = set(
    "config_id title proposingGroup externalIdentifier category description motivation decision"
    " notes groupsInCharge associatedGroups optionalAdvisers in_name_of ignore_validation_for"
    " ignore_not_used_data wf_transitions __children__".split()
)
ANNEX = {"@type", "title", "content_category", "decision_related", "file"}
FILE = {"data", "encoding", "filename", "content-type"}
SECRET = "Le vestiaire de la rue Basse"


def files_of(content: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(content)) as made:
        return {name: made.read(name) for name in made.namelist()}


def point_of(files: dict[str, bytes]) -> dict:
    found = json.loads(files["point.json"])
    jsonschema_rs.validate(SCHEMA, found)
    return found


@pytest.fixture
def typed(sqlite_copy, cast) -> None:
    """Point 24 with its sheet, in words that HTML would run."""
    with writing(sqlite_copy) as session:
        point = session.exec(select(Decision).where(Decision.number == POINT)).one()
        sheet = DecisionSheet(
            problem="Trop de <b>signatures</b>\nUn dossier attend 12 jours.",
            options="Déléguer jusqu'à 1 000 €.",
            cost=1200,
        )
        write_sheet(session, cast.didier, point.id, sheet)


def made(engine, scope_for, reader: Reader, number: int = POINT) -> dict[str, bytes]:
    with reading(engine) as session:
        return files_of(package(session, scope_for(session, reader), number))


def test_the_package_has_the_documented_fields_and_its_annexes_twice(
    sqlite_copy, cast, scope_for, typed
):
    files = made(sqlite_copy, scope_for, cast.didier)
    assert set(files) == {
        "point.json",
        "LISEZMOI.txt",
        f"fiche-decision-{POINT}.pdf",
        f"chiffres-{POINT}.csv",
    }
    point = point_of(files)
    assert set(point) <= FIELDS and point["externalIdentifier"] == str(POINT)
    assert point["config_id"] == "meeting-config-college"
    assert point["title"] == "Délégations de signature simplifiées (jalon 3.6)"
    assert "<p>Trop de &lt;b&gt;signatures&lt;/b&gt;</p><p>Un dossier" in point["motivation"]
    assert point["decision"] == "<p>Déléguer jusqu&#39;à 1 000 €.</p>"
    for annex in point["__children__"]:
        assert set(annex) <= ANNEX and set(annex["file"]) <= FILE
        assert base64.b64decode(annex["file"]["data"]) == files[annex["file"]["filename"]]
    sheet = PdfReader(io.BytesIO(files[f"fiche-decision-{POINT}.pdf"]))
    assert len(sheet.pages) == 2
    assert "Coût estimé;1 200 €" in files[f"chiffres-{POINT}.csv"].decode("utf-8-sig").replace(
        "\u202f", " "
    ).replace("\u00a0", " ")
    note = files["LISEZMOI.txt"].decode()
    assert "@item" in note and f"externalIdentifier={POINT}" in note and "rien n'est" in note


def test_the_town_names_its_bodies_and_organisations(sqlite_copy, cast, scope_for, data_folder):
    code = point_of(made(sqlite_copy, scope_for, cast.didier))["proposingGroup"].upper()
    data_folder.mkdir(exist_ok=True)
    (data_folder / "iadelib.toml").write_text(
        'annexe = "annexe-point"\ncategorie = "personnel"\n'
        '[organes]\ncollege = "meeting-config-zcollege"\n'
        f'[organisations]\n"{code}" = "juridique"\n',
        encoding="utf-8",
    )
    point = point_of(made(sqlite_copy, scope_for, cast.didier))
    assert point["config_id"] == "meeting-config-zcollege" and point["category"] == "personnel"
    assert point["proposingGroup"] == "juridique" != code.lower()
    assert {annex["content_category"] for annex in point["__children__"]} == {"annexe-point"}


@pytest.mark.slow
def test_a_linked_title_leaves_only_with_its_own_right(sqlite_copy, cast, scope_for):
    """An entry that is not published leads to the point: who reads it reads it on the sheet, but
    neither package nor slides take it out of the house.
    """
    with writing(sqlite_copy) as session:
        idea = session.exec(
            select(Idea).where(Idea.status == IdeaStatus.studied, Idea.published.is_(True))
        ).first()
        about = ("idee", str(idea.number))
        point = submit_point(
            session, cast.didier, PointInput("Un vestiaire", Instance.college, about=about)
        )
        number = point.number
        submit_point(session, cast.didier, PointInput("Une douche", Instance.codir, about=about))
        idea.title = idea.body = SECRET
        session.add(idea)
    assert SECRET in made(sqlite_copy, scope_for, cast.didier, number)["point.json"].decode()
    with writing(sqlite_copy) as session:
        idea = session.exec(select(Idea).where(Idea.title == SECRET)).one()
        idea.published = False
        session.add(idea)
    for reader in (cast.didier, cast.elise):
        files = made(sqlite_copy, scope_for, reader, number)
        pages = PdfReader(io.BytesIO(files[f"fiche-decision-{number}.pdf"])).pages
        printed = " ".join(page.extract_text() for page in pages)
        assert SECRET not in files["point.json"].decode() and SECRET not in printed
        with reading(sqlite_copy) as session:
            deck = files_of(slides(gather(session, scope_for(session, reader))))
        assert "Une douche" in "".join(
            part.decode() for name, part in deck.items() if name.startswith("ppt/slides/slide")
        )
        assert not [name for name, part in deck.items() if SECRET.encode() in part]


def test_only_who_makes_reports_takes_a_package(sqlite_demo, cast, scope_for):
    with reading(sqlite_demo) as session:
        refuses(package, session, scope_for(session, cast.alice), POINT, match="pas le droit")
        refuses(package, session, scope_for(session, cast.didier), 999, match="n'existe pas")


def test_open_dates_have_the_names_of_events():
    day = date(2023, 7, 4)
    timed = Appointment("reunion-1", day, "09:00", "12:30", "Café", "Hall", "", 0, day, "/agenda")
    whole = Appointment("session-2", day, "", "", "Formation : Excel", "", "", 0, day, "/academie")
    found = json.loads(events([timed, whole], "https://exemple.be"))["items"]
    assert set(found[0]) == {"UID", "title", "description", "start", "end", "category"}
    assert found[0]["start"] == "2023-07-04T09:00:00+02:00"
    assert found[0]["end"] == "2023-07-04T12:30:00+02:00"
    assert found[0]["UID"] == "reunion-1@exemple.be"
    assert found[0]["description"] == "Hall · https://exemple.be/agenda"
    begin, end = (datetime.fromisoformat(found[1][name]) for name in ("start", "end"))
    assert (end - begin).days == 1 and found[1]["category"] == "Formation"
