"""Forms of the organiser of a meeting: planning it, moving it."""

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.meetings.agendas import make_poster, renew_poster, revoke_poster
from dashboard.actions.meetings.records import FURTHEST, SEATS_MAX, change_meeting, plan_meeting
from dashboard.queries.meetings.agenda import MeetingCard, open_groups, places
from dashboard.queries.meetings.calendars import SitePoster
from dashboard.scope import Scope
from dashboard.screens.meetings.agenda import audience, hours_fields
from dashboard.screens.workshops.grid import campaign_field, units_of
from dashboard.ui.components import heading, paragraph
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import table, unit_name
from dashboard.ui.unfolding import Fold, unfolding
from dashboard.visit.navigation import public_address
from models.database import reading as reading_database
from models.meetings import Meeting, MeetingKind

_NONE = 0


def plan_form(scope: Scope) -> None:
    """« Prévoir une réunion »."""
    if not may(scope.reader, "meeting.record"):
        return
    form = Form("meeting")
    unfolding(
        "Prévoir une réunion", _plan_fields, form, scope, key="w_new_meeting", icon=":material/add:"
    )


def _plan_fields(form: Form, scope: Scope) -> None:
    now = Meeting(kind=MeetingKind.information)
    _fields(form, scope, now, cached.today(), list(MeetingKind))
    form.send(
        "Prévoir",
        lambda session, reader: _plan(session, reader, form),
        icon=":material/event_available:",
    )


def change_fold(scope: Scope, card: MeetingCard) -> Fold:
    """« Modifier ou déplacer » an upcoming meeting."""
    title, icon = "Modifier ou déplacer la réunion", ":material/edit_calendar:"
    return Fold(title, _change_fields, (scope, card), "w_change_meeting", icon)


def _change_fields(scope: Scope, card: MeetingCard) -> None:
    form = Form(f"change_{card.meeting.id}")
    st.caption(
        "Les personnes inscrites sont prévenues d'un autre jour, d'une autre heure ou d'un autre"
        " lieu."
    )
    _fields(form, scope, card.meeting, card.day, [card.kind])
    form.send(
        "Enregistrer",
        lambda session, reader: change_meeting(
            session, reader, card.meeting.id, _given(form), form.value("day")
        ),
        icon=":material/check:",
        done="La réunion est modifiée.",
    )


def _fields(form: Form, scope: Scope, now: Meeting, on: date, kinds: Sequence[MeetingKind]) -> None:
    with reading_database() as session:
        sites = {site.id: site.name for site in places(session)}
        groups = {group.id: f"{group.code} — {group.title}" for group in open_groups(session)}
    kind = form.default("kind", MeetingKind(now.kind))
    # An existing meeting keeps its kind.
    if len(kinds) > 1:
        st.selectbox("Genre", kinds, format_func=lambda kind: kind.label, key=kind)
    form.error("kind")
    paragraph(audience(form.value("kind").rules.open_to_all))
    _text(form, "title", "Titre (facultatif)", now.title)
    _when(form, now, on)
    left, right = st.columns(2)
    with left:
        _choice(form, "site_id", "Site", "Aucun en particulier", sites, now.site_id)
    with right:
        _text(form, "place", "Lieu", now.place, "Salle, réfectoire, dépôt…")
    _choice(
        form,
        "direction_id",
        "Direction ou service",
        "Toute l'administration",
        units_of(scope),
        now.direction_id,
    )
    campaign_field(form, now.campaign_id)
    if form.value("kind") is MeetingKind.group:
        _choice(form, "group_id", "Groupe de progrès", "Aucun", groups, now.group_id)
    form.field("enrols", st.checkbox, "On s'inscrit à cette réunion", default=now.enrols)
    form.field(
        "capacity",
        st.number_input,
        "Places (vide : sans limite)",
        default=now.capacity,
        min_value=0,
        max_value=SEATS_MAX,
        step=1,
        placeholder="–",
    )


def _when(form: Form, now: Meeting, on: date) -> None:
    day, hours = st.columns([1, 2], vertical_alignment="bottom")
    with day:
        form.field(
            "day",
            st.date_input,
            "Jour",
            default=on,
            format="DD/MM/YYYY",
            min_value=cached.programmes().first_day,
            max_value=cached.today() + FURTHEST,
        )
    with hours:
        hours_fields(form, now.starts, now.ends)


def _text(
    form: Form, field: str, label: str, value: str, hint: str = "", longest: int = 255
) -> None:
    form.field(
        field, st.text_input, label, default=value, max_chars=longest, placeholder=hint or None
    )


def _choice(
    form: Form, field: str, label: str, nothing: str, choices: dict[int, str], value: int | None
) -> None:
    options = {_NONE: nothing} | choices
    form.field(
        field,
        st.selectbox,
        label,
        list(options),
        default=value if value in options else _NONE,
        format_func=options.get,
    )


_CHOSEN = ("direction_id", "site_id", "group_id", "campaign_id")


def _given(form: Form) -> Meeting:
    words = {name: str(form.value(name) or "") for name in ("title", "place", "starts", "ends")}
    chosen = {name: form.value(name) or None for name in _CHOSEN}
    if form.value("kind") is not MeetingKind.group:
        # The state still holds a group chosen before the kind was changed.
        chosen["group_id"] = None
    return Meeting(
        kind=form.value("kind"),
        **words,
        **chosen,
        capacity=form.value("capacity"),
        enrols=bool(form.value("enrols")),
    )


def _plan(session: Session, reader: Reader, form: Form) -> str:
    meeting = plan_meeting(session, reader, _given(form), form.value("day"))
    # Continue on the page of the meeting: it has its code, its list and its minutes.
    st.query_params["reunion"] = str(meeting.id)
    return f"La réunion du {french.day_long(form.value('day'))} est prévue."


_COLUMNS = ("Site", "Direction", "Agents", "Affiche", "Mot")


def posters_table(scope: Scope, posters: Sequence[SitePoster]) -> None:
    rows = [
        (
            item.site.name,
            unit_name(scope.tree, item.site.direction_id),
            item.site.agents,
            f"depuis le {french.day(item.since)}" if item.since else "–",
            _whole(item.word) or "–",
        )
        for item in posters
    ]
    table(_COLUMNS, rows, "Les sites et leur affiche", frozenset({2}))


def make_missing(scope: Scope, posters: Sequence[SitePoster]) -> None:
    """Actions for all sites: making the missing posters, and printing all of them."""
    missing = [item.site.id for item in posters if not item.word]
    with_poster = [item for item in posters if item.word]
    with st.container(horizontal=True, vertical_alignment="center"):
        if missing:
            Form("posters").button(
                f"Faire les affiches qui manquent ({len(missing)})",
                lambda session, reader: _make_all(session, reader, missing),
                icon=":material/qr_code_2:",
            )
        if with_poster:
            count = french.counted(len(with_poster), "affiche", "affiches")
            _print_button(scope, with_poster, f"Imprimer {count} (PDF)", "affiches.pdf")
    Form("posters").first_error()


def one_site(scope: Scope, posters: Sequence[SitePoster]) -> None:
    """One chosen site: its poster made, printed, renewed or revoked."""
    heading("Un site")
    by_id = {item.site.id: item for item in posters}
    chosen = st.selectbox(
        "Site",
        list(by_id),
        format_func=lambda ident: by_id[ident].site.name,
        key="w_poster_site",
        width=440,
    )
    item = by_id[chosen]
    form = Form(f"poster_{chosen}")
    if not item.word:
        paragraph("Ce site n'a pas d'affiche.")
        form.button(
            "Faire l'affiche",
            lambda session, reader: _said(
                make_poster(session, reader, chosen), "L'affiche est faite"
            ),
            icon=":material/qr_code_2:",
        )
    else:
        _standing(scope, form, item)
    form.first_error()


def _standing(scope: Scope, form: Form, item: SitePoster) -> None:
    ident = item.site.id
    since = french.day_long(item.since)
    paragraph(f"Le mot de l'affiche est {_whole(item.word)}, depuis le {since}.")
    with st.container(horizontal=True, vertical_alignment="center"):
        _print_button(scope, [item], "Imprimer (PDF)", f"affiche-{ident}.pdf")
        with form.popover("Renouveler", ":material/autorenew:"):
            paragraph("Un nouveau mot : celui qui est au mur n'ouvre plus rien.")
            form.button(
                "Renouveler l'affiche",
                lambda session, reader: _said(
                    renew_poster(session, reader, ident), "L'affiche est renouvelée"
                ),
                field="renew",
            )
        with Form(f"end_poster_{ident}").popover("Retirer", ":material/link_off:"):
            paragraph("Son mot n'ouvre plus rien, et le site n'a plus d'affiche.")
            form.button(
                "Retirer l'affiche",
                lambda session, reader: (
                    revoke_poster(session, reader, ident)
                    or "L'affiche est retirée : son mot n'ouvre plus rien."
                ),
                field="revoke",
            )


def _whole(word: str) -> str:
    """The word with non-breaking hyphens."""
    return word.replace("-", "\u2011")


def _make_all(session: Session, reader: Reader, site_ids: Sequence[int]) -> str:
    for site_id in site_ids:
        make_poster(session, reader, site_id)
    made = french.counted(len(site_ids), "affiche est faite", "affiches sont faites")
    return f"{made} : imprimez-les ci-dessous."


def _said(_poster: object, done: str) -> str:
    return f"{done} : imprimez-la, puis accrochez-la."


def _print_button(scope: Scope, items: Sequence[SitePoster], label: str, name: str) -> None:
    download(label, _printing(scope, tuple(items)), name, "application/pdf", key=name, icon="print")


def _printing(scope: Scope, items: Sequence[SitePoster]) -> Callable[[], bytes]:
    base = public_address()  # read now: a file is made outside the page's run

    def printed() -> bytes:
        # Typst is imported when a sheet is printed, not by every server.
        from dashboard.report.posters import posters

        return posters(scope, items, base)

    return printed
