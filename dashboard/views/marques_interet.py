"""Marques d'intérêt: offering to take part, with or without an account; for the programme
office, the follow-up.
"""

from datetime import timedelta
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.interests import (
    IntegrateInput,
    follow_interest,
    integrate_interest,
    mark_interest,
    take_care,
)
from dashboard.queries import interests
from dashboard.queries.academy import counts
from dashboard.queries.groups import GroupAt
from dashboard.queries.interests import ACADEMY, COMMUNITIES, GROUPS, InterestRow
from dashboard.queries.people.readers import colleagues
from dashboard.queries.seats.records import sessions_ahead
from dashboard.scope import Scope
from dashboard.screens.interests import LEAD, MARKED, ROLES, reach_fields
from dashboard.ui.address import one_page, page_asked, page_header
from dashboard.ui.components import (
    empty_for_filters,
    empty_nothing_yet,
    escape_md,
    heading,
    segments,
)
from dashboard.ui.desk import PAGE, Desk, Gesture, Line, Noun, Opened, desk, several, sort_asked
from dashboard.ui.forms import Form
from dashboard.ui.tables import (
    csv_button,
    table,
    terms,
    unit_name,
)
from dashboard.visit import signin
from dashboard.visit.navigation import address, whole_number
from models.communities import AmbassadorReach, Community, Interest, InterestState
from models.database import fetch, reading


def marques_interet_view(scope: Scope) -> None:
    page_header("Marques d'intérêt", LEAD)
    if may(scope.reader, "interest.follow"):
        interest_desk(scope)
        if st.query_params.get("marque"):
            return
        _suggestions(scope)
        heading("Poser une marque d'intérêt")
    # Without an account it is a light page.
    if scope.reader.is_known:
        if scope.on == cached.today():
            interest_form()
        mine = fetch(interests.my_interests, scope)
        if mine:
            heading("Les miennes")
            table(
                ("Activité", "Précision", "Posée le", "Où en est-elle"),
                [
                    (
                        item.activity_name,
                        precision(item) or "–",
                        french.day(item.record.on),
                        _state_for_author(item),
                    )
                    for item in mine
                ],
                "Mes marques d'intérêt",
            )


def _state_for_author(marked: InterestRow) -> str:
    """The state of a mark, for its author; internal notes are not shown."""
    return {
        InterestState.new: f"Notée : nous vous recontactons pour le {french.day(marked.due_on)}",
        InterestState.contacted: "Vous avez été contactée ou contacté",
        InterestState.joined: marked.last_note or "C'est fait",
        InterestState.dropped: "Close",
    }[marked.state]


def _suggestions(scope: Scope) -> None:
    suggestions = fetch(interests.suggestions, scope)
    if not suggestions:
        return
    with st.expander(
        f"Qui pourrait couvrir {french.every(len(suggestions), 'service')} sans ambassadeur ?",
        icon=":material/lightbulb:",
        key="w_suggestions",
    ):
        table(
            ("Service", "Agents", "À qui le proposer"),
            [
                (
                    item.service.name,
                    item.agents,
                    " ; ".join(f"{one.name} ({one.why})" for one in item.candidates)
                    or "personne encore dans cette direction",
                )
                for item in suggestions
            ],
            "Services sans ambassadeur, et à qui le proposer",
            frozenset({1}),
        )


def interest_form() -> None:
    """Activity, role and reach."""
    form = Form("interest")
    names = {activity.code: activity.name for activity in cached.activities()}
    asked_activity = st.query_params.get("activite")
    with st.container(width=640, key="cp_interest"):
        form.field(
            "activity",
            st.radio,
            "À quoi voudriez-vous participer ?",
            list(names),
            default=asked_activity if asked_activity in names else None,
            format_func=lambda code: escape_md(names[code]),
            index=None,
        )
        _role(form)
        form.field(
            "text",
            st.text_area,
            "Un mot de plus (facultatif)",
            default="",
            max_chars=2000,
            height=90,
        )
        form.send(
            "Envoyer",
            lambda session, reader: mark_interest(
                session, reader, _interest(form), signin.current_address()
            ),
            icon=":material/send:",
            done=MARKED,
        )


def _role(form: Form) -> None:
    activity = form.value("activity")
    if activity == "ambassadeurs":
        st.radio(
            "Jusqu'où ?",
            list(AmbassadorReach),
            format_func=lambda r: r.label,
            key=form.default("reach", AmbassadorReach.one_service),
        )
    elif activity in ROLES:
        st.radio(
            "Comment ?", ROLES[activity], key=form.default(f"role_{activity}", ROLES[activity][0])
        )
    if activity == GROUPS:
        groups = {
            g.id: f"{g.code} — {g.title}" for g in cached.groups(cached.today()) if g.is_looking
        }
        form.pick("group", "Un groupe en particulier ?", groups, placeholder="N'importe lequel")
    if activity == ACADEMY:
        trainings = dict(fetch(counts.trainings))
        form.pick(
            "training",
            "Une formation en particulier ?",
            trainings,
            placeholder="N'importe laquelle",
        )


def _interest(form: Form) -> Interest:
    """The mark as typed: the state still holds the fields of an activity chosen earlier."""
    activity = form.text("activity")
    return Interest(
        activity=activity,
        role=form.text(f"role_{activity}"),
        reach=form.value("reach") if activity == "ambassadeurs" else None,
        group_id=form.value("group") if activity == GROUPS else None,
        training_id=form.value("training") if activity == ACADEMY else None,
        text=form.text("text"),
    )


def follow_forms(scope: Scope, marked: InterestRow) -> None:
    """Assigning it to oneself, noting the contact, turning it into a membership, or closing it with
    a reason.
    """
    is_open = marked.state in (InterestState.new, InterestState.contacted)
    if not (is_open and may(scope.reader, "interest.follow")):
        return
    heading("La suite")
    with st.container(width=640, key=f"cp_follow_{marked.record.id}"):
        if not marked.owner:
            Form(f"care_{marked.record.id}").send(
                "Je m'en occupe",
                take_care,
                marked.record.id,
                done="C'est noté : vous vous en occupez.",
                primary=False,
                icon=":material/assignment_ind:",
            )
        if marked.state == InterestState.new:
            contact = Form(f"contacted_{marked.record.id}")
            text = "Ce qui s'est dit (facultatif)"
            contact.field("text", st.text_input, text, default="", max_chars=500)
            contact.send(
                "La personne est contactée",
                lambda session, reader: follow_interest(
                    *(session, reader, marked.record.id, InterestState.contacted),
                    contact.text("text"),
                ),
                icon=":material/call:",
                done="C'est noté : contactée.",
            )
        _integrate(scope, marked)
        _close_form(marked)


def _integrate(scope: Scope, marked: InterestRow) -> None:
    form = Form(f"integrate_{marked.record.id}")
    with st.expander(
        "L'intégrer", icon=":material/how_to_reg:", key=f"w_integrate_{marked.record.id}"
    ):
        if marked.record.person_id is None:
            people = fetch(colleagues, scope)
            form.pick("person", "Qui est-ce ?", people, placeholder="Cherchez son nom")
        _where(form, scope, marked)
        form.send(
            "Intégrer",
            lambda session, reader: integrate_interest(
                session,
                reader,
                marked.record.id,
                IntegrateInput(
                    form.value("person"),
                    frozenset(form.value("services") or ()),
                    form.value("reach"),
                    form.value("group"),
                    form.value("session"),
                ),
            ),
            icon=":material/check:",
        )


def _where(form: Form, scope: Scope, marked: InterestRow) -> None:
    if COMMUNITIES.get(marked.record.activity) == Community.ambassadors:
        reach_fields(form, scope, marked.record.reach or AmbassadorReach.one_service)
    elif marked.record.activity == GROUPS:
        # The requested group is offered even if it no longer looks for members.
        groups: dict[int, GroupAt] = {
            group.id: group
            for group in cached.groups(cached.today())
            if group.is_looking or group.id == marked.record.group_id
        }
        form.field(
            "group",
            st.selectbox,
            "Dans quel groupe ?",
            list(groups),
            default=marked.record.group_id if marked.record.group_id in groups else None,
            index=None,
            format_func=lambda i: f"{groups[i].code} — {groups[i].title}",
            placeholder="Choisissez",
        )
    elif marked.record.activity == ACADEMY:
        coming = {
            row.session.id: f"{row.training.title}, {row.session.on:%d/%m/%Y}"
            for row in fetch(sessions_ahead, cached.today() + timedelta(days=1))
            if row.session.capacity > 0 and marked.record.training_id in (None, row.training.id)
        }
        form.pick(
            "session",
            "À quelle session ?",
            coming,
            placeholder="Choisissez" if coming else "Aucune session ouverte",
        )


def _close_form(marked: InterestRow) -> None:
    form = Form(f"drop_{marked.record.id}")
    with st.expander(
        "Classer sans suite", icon=":material/archive:", key=f"w_drop_{marked.record.id}"
    ):
        form.field("text", st.text_input, "Pourquoi ?", default="", max_chars=500)
        form.send(
            "Classer sans suite",
            lambda session, reader: (
                follow_interest(
                    session,
                    reader,
                    marked.record.id,
                    InterestState.dropped,
                    form.text("text"),
                )
                or "Classée sans suite."
            ),
            primary=False,
        )


_SCREEN = "marques-interet"

_NOUN = Noun("marque d'intérêt", "marques d'intérêt")

_STATE = "etat"

LATE = "en-retard"


_GESTURES = (
    Gesture(
        "Je m'en occupe",
        lambda session, reader, key, _text: take_care(session, reader, int(key)),
        "vous vous en occupez.",
        "assignment_ind",
    ),
    Gesture(
        "Classer sans suite",
        lambda session, reader, key, text: follow_interest(
            session, reader, int(key), InterestState.dropped, text
        ),
        "c'est classé sans suite.",
        "archive",
        asks="Pourquoi classer sans suite ?",
    ),
)


def interest_desk(scope: Scope) -> None:
    """The marks of interest in a state; counts on other screens link to the late ones."""
    with reading() as session:
        counts = interests.counts(session, scope)
        late = interests.late(session, scope)
    state, is_late = _state(scope, counts, len(late))
    if is_late:
        total, (page, marks) = len(late), one_page(late, PAGE)
    else:
        total, page = counts[state] if state else sum(counts.values()), page_asked()
        marks = fetch(
            interests.pipeline, scope, state, PAGE, (page - 1) * PAGE, sort_asked(interests.COLUMNS)
        )
    if not (marks or st.query_params.get("marque")):
        if scope.is_whole and not (_STATE in st.query_params or "vue" in st.query_params):
            return empty_nothing_yet("Aucune marque d'intérêt n'a encore été posée.")
        return empty_for_filters(
            "Aucune marque d'intérêt pour ces filtres.", address(_SCREEN, scope.whole())
        )
    lines = [_line(item, scope) for item in marks]
    is_open = state in (None, InterestState.new, InterestState.contacted)
    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="marque",
            has_sheet=False,
            noun=_NOUN,
            lines=lines,
            total=total,
            page=page,
            keep={"vue": LATE} if is_late else {_STATE: state} if state else {},
            columns=() if is_late else interests.COLUMNS,
            opens=partial(_opened, scope),
            reply=("w_contacted_", "w_care_", "w_interest_many_"),
            several=several("interest_many", "Suivre", _NOUN, lines, _GESTURES)
            if is_open and scope.on == cached.today()
            else None,
        )
    )
    return csv_button(
        "marques-interet",
        ("Qui", "Activité", "Posée le", "Issue", "Note"),
        lambda: _closed_file(scope),
    )


def _state(
    scope: Scope, counts: dict[InterestState, int], late: int
) -> tuple[InterestState | None, bool]:
    """The state given by the address, with the count of each state; and whether only late marks are
    listed.
    """
    is_late = st.query_params.get("vue") == LATE
    asked = st.query_params.get(_STATE)
    chosen = next((state for state in InterestState if state == asked and not is_late), None)
    where = partial(address, _SCREEN, scope)
    ways = [("Toutes", where(), chosen is None and not is_late)]
    ways += [
        (f"{state.label} ({french.number(n)})", where(**{_STATE: state.value}), state is chosen)
        for state, n in counts.items()
    ]
    ways.append((f"Délai passé ({french.number(late)})", where(vue=LATE), is_late))
    segments("État", ways)
    return chosen, is_late


def _closed_file(scope: Scope) -> list[tuple]:
    return [
        (item.name, item.activity_name, item.record.on, item.state.label, item.last_note or "–")
        for item in fetch(interests.pipeline, scope)
        if item.state not in (InterestState.new, InterestState.contacted)
    ]


def _line(item: InterestRow, scope: Scope) -> Line:
    is_new = item.state == InterestState.new
    due = f"à contacter pour le {french.day(item.due_on)}"
    return Line(
        str(item.record.id),
        f"{item.name} — {item.activity_name}",
        [
            *filter(None, [precision(item), unit_name(scope.tree, item.record.direction_id, "")]),
            item.state.label,
            f"suivie par {item.owner}" if item.owner else "sans responsable",
        ],
        on=due if is_new else f"posée le {french.day(item.record.on)}",
        is_late=item.is_late(scope.on),
    )


def precision(marked: InterestRow) -> str:
    """The reach, the role and the subject."""
    reach = AmbassadorReach(marked.record.reach).label if marked.record.reach else ""
    return " · ".join(filter(None, (reach, marked.record.role, marked.about)))


def _opened(scope: Scope, key: str) -> Opened | None:
    mark = fetch(interests.interest, scope, whole_number(key) or 0)
    if mark is None:
        return None

    def draw() -> None:
        terms(
            [
                ("Ce qui l'intéresse", precision(mark)),
                ("Direction ou service", unit_name(scope.tree, mark.record.direction_id, "")),
                ("Comment la joindre", mark.record.contact),
                ("Posée le", french.day_long(mark.record.on)),
                (
                    "À contacter pour le",
                    french.day_long(mark.due_on) if mark.state == InterestState.new else "",
                ),
                ("Suivie par", mark.owner),
                ("Ce qu'elle a écrit", mark.record.text),
                ("Note", mark.last_note),
            ]
        )
        if scope.on == cached.today():
            follow_forms(scope, mark)

    return Opened(mark.name, draw, under=f"{mark.activity_name} · {mark.state.label}")
