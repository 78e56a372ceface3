"""Atelier: the reader's workshops; one of them with its sheet and its people, and its lines shown
to the room (mur).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

import streamlit as st

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.meetings.presences import record_counts
from dashboard.actions.meetings.records import cancel_meeting
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
from dashboard.cached import workshops_of
from dashboard.frame.around import Asked, without_filters
from dashboard.queries.ideas.records import View
from dashboard.queries.meetings.records import (
    MeetingAt,
    count_unread,
    draft,
    filed_keys,
    hands,
    lines,
    wall,
    workshop,
)
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.meetings.agenda import (
    campaign_question,
    units_of,
)
from dashboard.screens.meetings.form import plan_fields
from dashboard.screens.seats import call_off_box
from dashboard.screens.workshops import filing_address, minutes_button, qr_uri, sheet_buttons
from dashboard.ui.address import page_header
from dashboard.ui.components import (
    component,
    draw,
    empty_nothing_yet,
    explanation,
    heading,
    link_buttons,
    paragraph,
)
from dashboard.ui.forms import Form, rerun_after_act
from dashboard.ui.tables import link, table, unit_name
from dashboard.visit import signin
from dashboard.visit.navigation import address, current_scope, whole_number
from models.database import fetch, reading, writing
from models.directions import Unit, UnitKind
from models.ideas import Idea
from models.meetings import WORKSHOPS, MeetingState, OpeningQuestion
from models.texts import Invalid, Refused

# ── Atelier ───────────────────────────────────────────────────────────────────────────────────────


def atelier_view(scope: Scope) -> None:
    meeting_id = st.query_params.get("reunion")
    if meeting_id:
        return one(scope, fetch(workshop, whole_number(meeting_id) or 0))
    page_header("Atelier")
    if not workshops_of(scope.reader):
        empty_nothing_yet(
            "Aucun atelier n'est encore préparé. Donnez son jour et son lieu, la grille s'ouvre"
            " aussitôt."
        )
        return plan_form(scope, expanded=True)
    without_filters(every_workshop, scope)
    plan_form(scope, expanded=False)
    heading("Des fiches en papier")
    explanation(
        "Une fiche à remplir à la main, avec son talon. Le code QR ouvre le formulaire sur un"
        " téléphone."
    )
    units = units_of(scope)
    chosen = st.selectbox(
        "Pour quel service ou quelle direction ?",
        list(units),
        format_func=units.get,
        index=None,
        placeholder="Choisissez",
        key="w_fiche_unit",
    )
    if chosen:
        sheet_buttons(scope, _services(scope, chosen))


def every_workshop(scope: Scope, _asked: Asked) -> None:
    """Upcoming workshops, then past ones."""
    workshops = workshops_of(scope.reader)
    planned = [item for item in workshops if item.state == MeetingState.planned]
    coming = [item for item in planned if item.day >= cached.today()]
    coming.sort(key=lambda item: item.day)
    past = [item for item in workshops if item not in coming]
    for title, rows in (("À venir", coming), ("Passés", past)):
        if rows:
            heading(title)
            table(
                ("Jour", "Atelier", "Lieu", "Direction ou service", "État"),
                [_row(row, scope) for row in rows],
                f"Ateliers et rencontres de terrain : {title.lower()}",
            )


def _row(item: MeetingAt, scope: Scope) -> tuple:
    named = item.label if not item.place or item.title else f"{item.label}, {item.place}"
    return (
        french.day(item.day),
        link(named, address("atelier", scope, reunion=item.id)),
        item.place or "–",
        unit_name(scope.tree, item.direction_id),
        item.state.label,
    )


def _services(scope: Scope, unit_id: int) -> list[Unit]:
    """The unit itself, or each service below it."""
    return scope.tree.services(scope.tree.under(unit_id)) or [scope.tree.by_id[unit_id]]


# --- one workshop ---------------------------------------------------------------------------------


def one(scope: Scope, meeting: MeetingAt | None) -> None:
    back = ("Atelier", address("atelier", scope))
    if meeting is None:
        return page_header(
            "Atelier introuvable", "Ce numéro n'est celui d'aucun atelier.", trail=(back,)
        )
    if not may(scope.reader, "workshop.run", meeting):
        page_header(
            "Atelier",
            "Cet atelier est tenu par une autre personne : vous pouvez en préparer un vous-même.",
            trail=(back,),
        )
        return paragraph(
            macros().button_link("Préparer un atelier", address("atelier", scope), "add")
        )
    page_header(meeting.label, place_of(meeting, scope), trail=(back,))
    if meeting.state == MeetingState.cancelled:
        return explanation("Cet atelier est annulé : on n'y écrit plus.")
    link_buttons([("Ouvrir le mur", address("mur", scope, reunion=meeting.id), "cast")])
    with st.expander(
        "L'ouverture : mains levées et métiers", icon=":material/front_hand:", key="w_opening"
    ):
        opening_form(meeting)
    if question := campaign_question(meeting):
        explanation(f"La question : {question}")
    draw(
        "ui/heading_and_reading.html",
        title="La feuille",
        message=(
            "Une ligne par idée : Entrée passe à la suivante, un collage de plusieurs lignes en"
            " fait autant, Ctrl + Entrée enregistre tout. Ce que vous tapez est gardé à mesure,"
            " même si la connexion tombe."
        ),
    )
    grid(meeting)
    heading("Avant de partir")
    explanation(
        "Le PV reprend ce qui est enregistré : imprimez-le, ou envoyez-le, avant de quitter le"
        " dépôt."
    )
    with st.container(horizontal=True):
        minutes_button(scope, meeting)
    # The unit may have been closed between planning and the day.
    is_known = meeting.direction_id in scope.tree.by_id
    units = _services(scope, meeting.direction_id) if is_known else [scope.tree.root]
    sheet_buttons(scope, units, meeting)
    if meeting.state == MeetingState.planned:
        call_off_box(
            "cet atelier",
            f"cancel_{meeting.id}",
            lambda session, reader, why: (
                cancel_meeting(session, reader, meeting.id, why) or "L'atelier est annulé."
            ),
        )


EVERY = 8.0  # seconds between two reads of the lines sent by phones

_CRAFTS = 4  # empty lines for crafts, after those already counted

_sheet = component("cp_atelier", "workshops/grid.html", "atelier.js")


# --- planning one ---------------------------------------------------------------------------------


def plan_form(scope: Scope, expanded: bool) -> None:
    """The form of a workshop, as of any meeting."""
    with st.expander(
        "Préparer un atelier ou une rencontre de terrain",
        expanded=expanded,
        icon=":material/add:",
        key="w_new_workshop",
    ):
        plan_fields(scope, Form("workshop"), list(WORKSHOPS), "Préparer")


def place_of(meeting: MeetingAt, scope: Scope) -> str:
    """« 30 juin 2023 · 09:00–11:00 · Dépôt de la Voirie · Voirie »."""
    unit = scope.tree.by_id.get(meeting.direction_id) if meeting.direction_id else None
    day = french.day_long(meeting.day)
    parts = (day, meeting.hours, meeting.place, unit.name if unit else "")
    return " · ".join(filter(None, parts))


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


def _open(session, reader: Reader, form: Form, meeting: MeetingAt) -> str:
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
        sent = french.counted(unread, "ligne envoyée", "lignes envoyées")
        waits = french.plural(unread, "attend d'être lue", "attendent d'être lues")
        draw(
            "workshops/unread.html",
            message=f"{sent} sans nom depuis un téléphone {waits} avant d'être sur la feuille.",
            href=address("idees", scope, vue=View.unread)
            if may(scope.reader, "idea.publish")
            else "",
        )
    # The default direction of the lines: the workshop's, or that of its service.
    unit = scope.tree.ancestor(meeting.direction_id, UnitKind.direction) or scope.tree.by_id.get(
        meeting.direction_id or 0
    )
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


def _shown(line: Idea, on_wall: int | None) -> dict:
    return {
        "number": line.number,
        "ambition": line.ambition_id,
        "cell": cell_of(line.kind, line.good),
        "text": (line.body or line.title)[:600],
        "voices": line.voices,
        "wall": on_wall is not None,
    }


def _act(meeting: MeetingAt, key: str, gesture: str, act: Callable[..., str]) -> Callable[[], None]:
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
            lines_in_words = french.counted(len(error.errors), "ligne")
            message = f"Rien n'est encore enregistré : {lines_in_words} à corriger."
            errors_in_words = error.errors.get("form") or error.errors.get("voices") or message
            answer |= {"errors": error.errors, "refused": True, "said": errors_in_words}
        except Refused as refusal:
            answer |= {"refused": True, "said": str(refusal)}
        # Silent while typing: only a refusal is shown.
        if gesture != "typed" or answer["refused"]:
            st.session_state[f"{name}_answer"] = answer

    return acted


def _save_typed(session, reader: Reader, meeting: MeetingAt, sent: dict) -> str:
    keep_draft(session, reader, meeting.id, sent.get("lines"))
    _remember(meeting, sent, stored=sent.get("n", 0))
    return ""


def _save(session, reader: Reader, meeting: MeetingAt, sent: dict) -> str:
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


def _voices(session, reader: Reader, meeting: MeetingAt, sent: dict) -> str:
    number = sent.get("number")
    voices = sent.get("voices")
    if not isinstance(number, int) or not (voices is None or isinstance(voices, int)):
        raise Refused("Ce nombre de voix ne peut pas être lu.")
    count_voices(session, reader, meeting.id, number, voices)
    counted = "voix non comptées" if voices is None else french.counted(voices, "voix")
    return f"N° {number} : {counted}."


def _wall(session, reader: Reader, meeting: MeetingAt, sent: dict) -> str:
    number = sent.get("number")
    if not isinstance(number, int):
        raise Refused("Cette ligne ne peut pas être lue : rechargez la page.")
    if sent.get("show"):
        show_on_wall(session, reader, meeting.id, number)
        return f"Le n° {number} est au mur."
    take_off_wall(session, reader, meeting.id, number)
    return f"Le n° {number} n'est plus au mur."


# ── Le mur ────────────────────────────────────────────────────────────────────────────────────────


LINE_MAX = 240  # characters shown of a line


def mur_view(scope: Scope) -> None:
    meeting = fetch(workshop, whole_number(st.query_params.get("reunion")) or 0)
    if meeting is None:
        return page_header(
            "Le mur de l'atelier",
            "Ouvrez le mur depuis la page d'un atelier : ce numéro n'est celui d'aucun.",
        )
    message = " · ".join(part for part in (french.day_long(meeting.day), meeting.place) if part)
    draw(
        "workshops/wall_head.html",
        title=meeting.label,
        message=message,
        question=campaign_question(meeting),
        href=address("atelier", scope, reunion=meeting.id),
        code=qr_uri(filing_address(reunion=meeting.id)),
    )
    _lines(meeting)


@st.fragment(run_every=2.0)
def _lines(meeting: MeetingAt) -> None:
    """The lines chosen by the facilitator, latest first."""
    # Read at each refresh: a fragment runs without the frame.
    reader = signin.current_reader()
    if not reader.is_known:
        # Signed out meanwhile: rerun the page, so that the frame identifies the reader.
        st.rerun()
    names = {a.id: (a.code, a.name) for a in cached.ambitions()}
    shown = fetch(wall, replace(current_scope(), reader=reader), meeting.id)
    if not shown:
        return draw("workshops/wall_empty.html")
    draw(
        "workshops/wall_lines.html",
        lines=[_line(line, *names.get(line.ambition_id, ("", ""))) for line in shown],
    )


def _line(line: Idea, code: str, name: str) -> Mapping:
    text = line.body or line.title
    if len(text) > LINE_MAX:
        text = text[:LINE_MAX].rsplit(" ", 1)[0] + "…"
    return {"code": code, "ambition": name, "text": text, "voices": line.voices}
