"""Blocks of a workshop (atelier): planning, the opening questions, the grid that mirrors the
paper sheet, and the wall.

The grid is our component (`static/atelier.js`): typing must not wait for the server nor be lost
with it. Its messages are not trusted: `actions.workshops.typed_lines` parses them and the acts
check them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.meetings.presences import record_counts
from dashboard.actions.meetings.records import cancel_meeting, plan_meeting
from dashboard.actions.meetings.workshops import (
    MOST_HANDS,
    cell_of,
    count_hands,
    count_voices,
    file_lines,
    keep_draft,
    show_on_wall,
    take_off_wall,
    typed_lines,
)
from dashboard.queries.ideas.records import View
from dashboard.queries.meetings.records import (
    MeetingAt,
    count_unread,
    draft,
    filed_keys,
    hands,
    lines,
)
from dashboard.scope import Scope
from dashboard.screens.meetings.agenda import audience, hours_fields
from dashboard.ui.components import component, draw, paragraph
from dashboard.ui.forms import Form, rerun_after_act
from dashboard.visit import signin
from dashboard.visit.navigation import address, current_scope
from models.database import fetch, reading, writing
from models.directions import Unit, UnitKind
from models.ideas import Idea
from models.meetings import WORKSHOPS, Meeting, OpeningQuestion
from models.texts import Invalid, Refused

EVERY = 8.0  # seconds between two reads of the lines sent by phones
_EVER_SINCE = timedelta(days=365)
_FURTHEST = timedelta(days=730)
_CRAFTS = 4  # empty lines for crafts, after those already counted

_sheet = component("cp_atelier", "workshops/grid.html", "atelier.js")


# --- planning one ---------------------------------------------------------------------------------


def plan_form(scope: Scope, expanded: bool) -> None:
    """The form of a workshop: kind, day, place, and the default direction of its lines."""
    form = Form("workshop")
    with st.expander(
        "Préparer un atelier ou une rencontre de terrain",
        expanded=expanded,
        icon=":material/add:",
        key="w_new_workshop",
    ):
        st.segmented_control(
            "C'est…",
            list(WORKSHOPS),
            format_func=lambda kind: kind.label,
            key=form.default("kind", WORKSHOPS[0]),
            required=True,
        )
        paragraph(audience(form.value("kind").rules.open_to_all))
        _day_and_place(form, cached.today())
        units = {0: "Toute l'administration"} | units_of(scope)
        st.selectbox(
            "Direction ou service",
            list(units),
            format_func=units.get,
            key=form.default("direction", 0),
        )
        form.error("direction_id")
        campaign_field(form)
        form.field("title", st.text_input, "Titre (facultatif)", default="", max_chars=255)
        form.send(
            "Préparer",
            lambda session, reader: _plan(session, reader, form),
            icon=":material/event_available:",
        )


def _day_and_place(form: Form, today: date) -> None:
    left, right = st.columns(2)
    with left:
        form.field(
            "day",
            st.date_input,
            "Jour",
            default=today,
            format="DD/MM/YYYY",
            min_value=today - _EVER_SINCE,
            max_value=today + _FURTHEST,
        )
    with right:
        form.field(
            "place",
            st.text_input,
            "Lieu",
            default="",
            max_chars=255,
            placeholder="Dépôt, crèche, hall…",
        )
    hours_fields(form)


def campaign_field(form: Form, current: int | None = None) -> None:
    """The campaign whose question the meeting puts; nothing where none is under way."""
    under_way = {c.id: c.question for c in cached.campaigns() if not c.restituted_on}
    questions = {0: "Aucune"} | under_way
    if len(questions) > 1:
        form.field(
            "campaign_id",
            st.selectbox,
            "Campagne (facultatif)",
            list(questions),
            default=current if current in questions else 0,
            format_func=questions.get,
        )


def campaign_question(meeting: MeetingAt) -> str:
    """The question that is put at the meeting; empty without a campaign."""
    return next((c.question for c in cached.campaigns() if c.id == meeting.campaign_id), "")


def _plan(session: Session, reader: Reader, form: Form) -> str:
    meeting = plan_meeting(
        session,
        reader,
        Meeting(
            kind=form.value("kind"),
            title=form.text("title"),
            place=form.text("place"),
            direction_id=form.value("direction") or None,
            starts=form.text("starts"),
            ends=form.text("ends"),
            campaign_id=form.value("campaign_id") or None,
        ),
        form.value("day"),
    )
    st.query_params["reunion"] = str(meeting.id)
    return f"L'atelier du {french.day(form.value('day'))} est prêt : la grille est ouverte."


def units_of(scope: Scope, services: bool = True) -> dict[int, str]:
    """Id → name of the directions, optionally with their services, in the order of the chart."""
    kinds = (UnitKind.direction, UnitKind.service) if services else (UnitKind.direction,)
    return {
        unit.id: ("\u2003" if unit.kind == UnitKind.service else "") + unit.name
        for unit, _ in scope.tree.walk()
        if unit.kind in kinds
    }


def place_of(meeting: MeetingAt, scope: Scope) -> str:
    """« 30 juin 2023 · 09:00–11:00 · Dépôt de la Voirie · Voirie »."""
    unit = scope.tree.by_id.get(meeting.direction_id) if meeting.direction_id else None
    day = french.day_long(meeting.day)
    parts = (day, meeting.hours, meeting.place, unit.name if unit else "")
    return " · ".join(filter(None, parts))


def concerned(meeting: MeetingAt, scope: Scope) -> Unit | None:
    """The default direction of the lines: the workshop's, or that of its service."""
    return scope.tree.ancestor(meeting.direction_id, UnitKind.direction) or scope.tree.by_id.get(
        meeting.direction_id or 0
    )


# --- the opening ----------------------------------------------------------------------------------


@st.fragment
def opening_form(meeting: MeetingAt) -> None:
    """How many people are present, the two questions answered by show of hands, and the crafts."""
    counted = fetch(hands, meeting.id)
    rerun_after_act()
    # The fields are reset when the stored values change.
    digest = sha256(repr(counted).encode()).hexdigest()[:8]
    form = Form(f"opening_{meeting.id}_{digest}")
    room, *questions = st.columns(1 + len(OpeningQuestion), vertical_alignment="bottom")
    with room:
        _number("Combien êtes-vous ?", form, "present", counted.present)
    for column, question in zip(questions, OpeningQuestion, strict=True):
        with column:
            _number(
                f"{question.label} (mains levées)",
                form,
                str(question),
                counted.questions.get(question),
            )
    _craft_fields(form, list(counted.crafts.items()))
    form.send(
        "Noter l'ouverture",
        lambda session, reader: _open(session, reader, form, meeting),
        primary=False,
        icon=":material/front_hand:",
    )


def _number(label: str, form: Form, field: str, value: int | None) -> None:
    form.field(
        field,
        st.number_input,
        label,
        default=value,
        min_value=0,
        max_value=MOST_HANDS,
        step=1,
        placeholder="–",
    )


def _craft_fields(form: Form, crafts: Sequence[tuple[str, int]]) -> None:
    draw("jobs/sentence.html", sentence="Quels métiers sont dans la salle ?")
    shown = [*crafts, *[("", None)] * _CRAFTS]
    for i, (name, n) in enumerate(shown):
        # Rows of two columns: on a phone they stay in order.
        if i % 2 == 0:
            columns = st.columns(2)
        with columns[i % 2], st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                f"Métier {i + 1}",
                key=form.default(f"craft_{i}", name),
                max_chars=80,
                placeholder="Jardinier, aide-soignante…",
            )
            st.number_input(
                f"Nombre, métier {i + 1}",
                min_value=0,
                max_value=MOST_HANDS,
                step=1,
                key=form.default(f"crafts_{i}", n),
                width=150,
                placeholder="–",
            )
    form.error("crafts")
    st.session_state[form.key("lines")] = len(shown)


def _open(session: Session, reader: Reader, form: Form, meeting: MeetingAt) -> str:
    crafts = [
        (form.text(f"craft_{i}"), form.value(f"crafts_{i}")) for i in range(form.value("lines", 0))
    ]
    count_hands(
        session, reader, meeting.id, {q: form.value(str(q)) for q in OpeningQuestion}, crafts
    )
    present = form.value("present")
    if present and present != hands(session, meeting.id).present:
        record_counts(
            session, reader, meeting.id, min(meeting.day, cached.today()), present, present
        )
    return "C'est noté."


@st.fragment
def cancel_form(meeting: MeetingAt) -> None:
    """« Annuler » a workshop that was not held, with its reason."""
    rerun_after_act()
    form = Form(f"cancel_{meeting.id}")
    with st.expander(
        "Annuler cet atelier", icon=":material/event_busy:", key=f"w_cancel_{meeting.id}"
    ):
        form.field("reason", st.text_input, "Pourquoi ?", default="", max_chars=255)
        form.send(
            "Annuler l'atelier",
            lambda session, reader: cancel_meeting(
                session, reader, meeting.id, form.text("reason")
            ),
            primary=False,
            done="L'atelier est annulé.",
        )


# --- the grid -------------------------------------------------------------------------------------


@st.fragment(run_every=EVERY)
def grid(meeting: MeetingAt) -> None:
    """The sheet: five ambitions, improvements under way and ideas; filed lines are above those
    being typed. It refreshes itself: phones send lines too.
    """
    # Read at each refresh: a fragment runs without the frame.
    reader = signin.current_reader()
    if not reader.is_known:
        st.rerun()
    scope = replace(current_scope(), reader=reader)
    state = st.session_state
    name = f"_cp_atelier_{meeting.id}"
    answer = state.setdefault(
        f"{name}_answer", {"n": 0, "said": "", "refused": False, "errors": {}}
    )
    with reading() as session:
        saved = lines(session, scope, meeting.id)
        stored = draft(session, scope.reader, meeting.id)
        filed = filed_keys(session, meeting.id, state.get(f"{name}_keys", ()))
        unread = count_unread(session, meeting.id)
    if unread:
        draw(
            "workshops/unread.html",
            message=_unread_in_words(unread),
            href=address("idees", scope, vue=View.unread)
            if may(scope.reader, "idea.publish")
            else "",
        )
    unit = concerned(meeting, scope)
    key = f"w_atelier_{meeting.id}"
    _sheet(
        key=key,
        data={
            # Part of the key of the tab's unsaved text: the next person at this computer does not
            # find it.
            "keep": f"{signin.whose(scope.reader)}-{meeting.id}",
            "lines": stored,
            "filed": filed,
            "kept": state.get(f"{name}_kept", 0),
            "answer": answer,
            "saved": [_shown(*line) for line in saved],
            "ambitions": [{"id": a.id, "code": a.code, "name": a.name} for a in cached.ambitions()],
            "direction": unit.id if unit else None,
            "units": [
                {"id": i, "name": label.strip()}
                for i, label in units_of(scope, services=False).items()
            ],
        },
        on_typed_change=_act(meeting, key, "typed", _save_typed),
        on_save_change=_act(meeting, key, "save", _save),
        on_voices_change=_act(meeting, key, "voices", _voices),
        on_wall_change=_act(meeting, key, "wall", _wall),
    )


def _unread_in_words(n: int) -> str:
    sent = french.counted(n, "ligne envoyée", "lignes envoyées")
    waits = french.plural(n, "attend d'être lue", "attendent d'être lues")
    return f"{sent} sans nom depuis un téléphone {waits} avant d'être sur la feuille."


def _shown(line: Idea, on_wall: int | None) -> dict:
    return {
        "number": line.number,
        "ambition": line.ambition_id,
        "cell": cell_of(line.kind, line.good),
        "text": (line.body or line.title)[:600],
        "voices": line.voices,
        "wall": on_wall is not None,
    }


Gesture = Callable[[Session, Reader, MeetingAt, dict], str]


def _act(meeting: MeetingAt, key: str, gesture: str, act: Gesture) -> Callable[[], None]:
    """The act of one message of the grid, in one transaction, then its sentence or the refusal."""

    def acted() -> None:
        sent = getattr(st.session_state.get(key), gesture, None)
        name = f"_cp_atelier_{meeting.id}"
        if not isinstance(sent, dict):
            return
        last = st.session_state.get(f"{name}_answer", {"n": 0})
        answer = {"n": last["n"] + 1, "said": "", "refused": False, "errors": {}}
        try:
            with writing() as session:
                answer["said"] = act(session, signin.current_reader(), meeting, sent)
        except Invalid as error:
            answer |= {"errors": error.errors, "refused": True, "said": _errors_in_words(error)}
        except Refused as refusal:
            answer |= {"refused": True, "said": str(refusal)}
        # Silent while typing: only a refusal is shown.
        if gesture != "typed" or answer["refused"]:
            st.session_state[f"{name}_answer"] = answer

    return acted


def _errors_in_words(error: Invalid) -> str:
    """The sentence about the whole grid, else how many lines have an error."""
    for field, sentence in error.errors.items():
        if field in ("form", "voices"):
            return sentence
    lines_in_words = french.counted(len(error.errors), "ligne")
    return f"Rien n'est encore enregistré : {lines_in_words} à corriger."


def _save_typed(session: Session, reader: Reader, meeting: MeetingAt, sent: dict) -> str:
    keep_draft(session, reader, meeting.id, sent.get("lines"))
    _remember(meeting, sent, stored=sent.get("n", 0))
    return ""


def _save(session: Session, reader: Reader, meeting: MeetingAt, sent: dict) -> str:
    typed = typed_lines(sent.get("lines"))
    _remember(meeting, sent)
    numbers, due_on = file_lines(session, reader, meeting.id, typed)
    n = len(numbers)
    return (
        f"{french.counted(n, 'ligne enregistrée', 'lignes enregistrées')}. Réponse promise pour le "
        f"{french.day_long(due_on)} au plus tard."
    )


def _remember(meeting: MeetingAt, sent: dict, stored: int | None = None) -> None:
    """Notes the lines sent by this tab, to show which of them are filed."""
    name = f"_cp_atelier_{meeting.id}"
    st.session_state[f"{name}_keys"] = tuple(item["key"] for item in sent["lines"])
    if isinstance(stored, int):
        st.session_state[f"{name}_kept"] = stored


def _voices(session: Session, reader: Reader, meeting: MeetingAt, sent: dict) -> str:
    number = sent.get("number")
    voices = sent.get("voices")
    if not isinstance(number, int) or not (voices is None or isinstance(voices, int)):
        raise Refused("Ce nombre de voix ne peut pas être lu.")
    count_voices(session, reader, meeting.id, number, voices)
    if voices is None:
        return f"N° {number} : voix non comptées."
    return f"N° {number} : {french.counted(voices, 'voix')}."


def _wall(session: Session, reader: Reader, meeting: MeetingAt, sent: dict) -> str:
    number = sent.get("number")
    if not isinstance(number, int):
        raise Refused("Cette ligne ne peut pas être lue : rechargez la page.")
    if sent.get("show"):
        show_on_wall(session, reader, meeting.id, number)
        return f"Le n° {number} est au mur."
    take_off_wall(session, reader, meeting.id, number)
    return f"Le n° {number} n'est plus au mur."
