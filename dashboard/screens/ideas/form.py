"""The idea form (formulaire de dépôt): one component, also used on other pages.

A fragment rather than `st.form`: the title is proposed and similar ideas are shown while typing.
Double clicks file one idea: the form holds a token that the database accepts once.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import cached
from dashboard.access import Reader, may
from dashboard.actions.ideas.entries import drop_draft
from dashboard.actions.ideas.filing import Circumstances, FilingOutcome, checked_input, file_idea
from dashboard.actions.ideas.photos import HEAVIEST, MOST, pictures
from dashboard.cached import memory
from dashboard.scope import Scope
from dashboard.screens.ideas import fields
from dashboard.screens.ideas.fields import (
    ANONYMOUS,
    COLLEAGUE,
    NAMED,
    SIGNED,
    autosave_draft,
    contacts,
    discard_draft,
    mark_draft_restored,
    restore_draft,
    similar_block,
    store_draft,
)
from dashboard.ui.components import copyable, draw, escape_md, field_error, paragraph
from dashboard.ui.forms import FormState, form_state
from dashboard.ui.tables import link
from dashboard.visit import signin
from dashboard.visit.navigation import address, current_stay
from dashboard.visit.signin import sign_in_form
from models.database import writing
from models.directions import Unit, UnitKind
from models.idea_states import IdeaKind
from models.ideas import DETAILS, TITLE_MAX, Detail
from models.texts import Invalid, Refused, first_line

UNKNOWN = 0
# The fields behind « Préciser ».
_OPTIONAL = ("ambition_id", "concerns_id", *(detail.column for detail in DETAILS))


@dataclass(frozen=True)
class About:
    """Values the form starts with: the ambition, the direction, the meeting, or the record it is
    about (kind, key, title). An answer to a campaign has a short form, with its directions.
    """

    ambition_id: int | None = None
    concerns_id: int | None = None
    meeting_id: int | None = None
    record: tuple[str, str, str] | None = None
    campaign_id: int | None = None
    directions: Sequence[Unit] = ()


@st.fragment
def idea_form(scope: Scope, key: str = "deposer", about: About | None = None) -> None:
    """The form, or the thanks once it is sent. `key` distinguishes several forms; `about` prefills
    it.
    """
    # A fragment runs without the frame: the reader is read again, and one moment holds for the
    # whole run, as on a page.
    with memory.one_run():
        _form(signin.current_reader(), scope, key, about or About())


def _form(reader: Reader, scope: Scope, key: str, about: About) -> None:
    form = form_state(key)
    sent: FilingOutcome | None = form.get("sent")
    if sent:
        _forget_fields(key)
        return _thanks(sent, scope, key)
    form.setdefault("token", secrets.token_urlsafe(24))
    errors = form.errors()
    with st.container(key=f"cp_idea_form_{key}"):
        restore_draft(reader, key)
        if about.record:
            draw("ui/reading.html", text=f"Au sujet de : {about.record[2]}")
        _text_part(key, errors, about)
        if about.campaign_id:
            _direction_field(about.directions, key, about, errors)
        # Nothing is preselected: until the choice, nothing is stored on the server.
        if reader.is_known:
            _signature_field(scope, reader, key, form)
        elif form.get("who") in SIGNED:
            _sign_in_again(key, form)
        else:
            draw("ideas/nameless.html")
        if not about.campaign_id:
            with st.container(horizontal=True, key=f"cp_more_{key}"):
                _idea_part(scope, key, about, errors)
            similar_block(
                scope,
                st.session_state.get(f"w_{key}_title") or "",
                st.session_state.get(f"w_{key}_body") or "",
                key,
            )
        with st.expander(
            "Une situation de harcèlement, un danger, le nom d'une personne ?",
            icon=":material/health_and_safety:",
        ):
            lines = [f"- {name} : {escape_md(contact)}" for name, contact in contacts()]
            st.markdown(
                "Ce formulaire n'est pas le bon endroit : parlez-en d'abord à l'un de ces contacts."
                " N'écrivez pas le nom d'une personne.\n\n" + "\n".join(lines)
            )
    with st.container(key=f"cp_send_{key}"):
        field_error(errors.get("form"))
        st.button(
            "Envoyer",
            type="primary",
            key=f"w_{key}_send",
            on_click=_send,
            args=(key, about),
            width="stretch",
            icon=":material/send:",
        )
    draw(
        "ideas/promise.html",
        day=cached.promised_day(cached.today()),
    )


def _idea_part(scope: Scope, key: str, about: About, errors: dict[str, str]) -> None:
    """What an answer to a campaign is not asked."""
    is_wrong = not errors.keys().isdisjoint(_OPTIONAL)
    with st.expander("Préciser (facultatif)", icon=":material/tune:", expanded=is_wrong):
        _subject_part(scope, key, about, errors)
    with st.expander(
        "Ajouter des photos", icon=":material/photo_camera:", expanded="photos" in errors
    ):
        st.file_uploader(
            f"{MOST} photos au plus (JPEG, PNG, WebP)",
            type=["jpg", "jpeg", "png", "webp", "gif"],
            accept_multiple_files=True,
            key=f"w_{key}_photos",
            max_upload_size=HEAVIEST // 1024 // 1024,
        )
        st.caption(
            "Le lieu et l'heure que l'appareil y a notés sont effacés. Les photos sont vérifiées"
            " avant d'être montrées : ni visage ni nom, merci."
        )
        st.checkbox(
            "Ce sont des photos d'une feuille papier",
            key=f"w_{key}_paper",
            help="Elles restent entre ceux qui répondent.",
        )
        field_error(errors.get("photos"))


def _signature_field(scope: Scope, reader: Reader, key: str, form: FormState) -> None:
    if form.pop("ended", False):
        form.refuse({}, current_stay())
        # Rerun the whole page: the frame lets the browser fetch its cookie.
        st.rerun()
    errors = form.errors()
    choices = {NAMED: "En mon nom", ANONYMOUS: "Sans donner mon nom"}
    sentences = [
        "Vous suivez votre idée, la réponse vous revient.",
        "Ni votre nom, ni votre compte, ni l'heure ne sont gardés. Un code de suivi, donné une"
        " fois, mène à la réponse.",
    ]
    if may(reader, "idea.relay"):
        choices[COLLEAGUE] = "Pour un ou une collègue sans ordinateur"
        sentences.append("Son nom n'est pas demandé. Vous lui transmettez la réponse.")
    if form.get("who"):
        st.session_state.setdefault(f"w_{key}_who", form["who"])  # chosen before the session ended
    # Nothing is preselected (`index=None`): signing is the author's own choice.
    who = st.radio(
        "Comment déposez-vous ?",
        list(choices),
        index=None,
        format_func=choices.get,
        captions=sentences,
        horizontal=True,
        key=f"w_{key}_who",
        on_change=autosave_draft,
        args=(key,),
    )
    form["who"] = who
    if who not in SIGNED:
        draw("ideas/kept_in_tab.html", has_chosen=bool(who))
    field_error(errors.get("who"))
    if who == COLLEAGUE:
        _colleague_fields(scope, reader, key, errors)


def _sign_in_again(key: str, form: FormState) -> None:
    """Shown if the session ended after a signed choice: the entry must not lose its name
    silently.
    """
    form["ended"] = True
    draw("ideas/session_ended.html")
    sign_in_form("Se reconnecter", level=2)
    st.button(
        "Déposer sans donner mon nom",
        key=f"w_{key}_without_name",
        on_click=_choose_anonymous,
        args=(form,),
    )


def _choose_anonymous(form: FormState) -> None:
    form["who"] = ANONYMOUS
    form.refuse({}, current_stay())


def _colleague_fields(scope: Scope, reader: Reader, key: str, errors: dict[str, str]) -> None:
    st.checkbox("Mon ou ma collègue est d'accord que je dépose ceci", key=f"w_{key}_consent")
    field_error(errors.get("consent"))
    services = {UNKNOWN: fields.NOT_KNOWN} | {
        unit.id: unit.name for unit, _ in scope.tree.walk() if unit.kind == UnitKind.service
    }
    st.session_state.setdefault(
        f"w_{key}_service", min(reader.covered) if len(reader.covered) == 1 else UNKNOWN
    )
    st.selectbox(
        "Son service",
        list(services),
        format_func=services.get,
        key=f"w_{key}_service",
        help="Il n'est gardé que s'il compte plus de 20 personnes.",
    )
    field_error(errors.get("service"))


def _text_part(key: str, errors: dict[str, str], about: About) -> None:
    if st.session_state.get(f"_cp_{key}_is_draft"):
        with st.container(horizontal=True, vertical_alignment="center", key=f"cp_draft_{key}"):
            st.caption("Votre brouillon est repris.")
            st.button(
                "L'effacer",
                key=f"w_{key}_drop",
                on_click=_delete_draft,
                args=(key,),
                icon=":material/delete:",
            )
    st.text_area(
        fields.ANSWER if about.campaign_id else fields.BODY,
        key=f"w_{key}_body",
        height=110,
        on_change=_propose_title,
        args=(key,),
        placeholder=None if about.campaign_id else fields.BODY_HINT,
    )
    field_error(errors.get("body"))
    if about.campaign_id:
        # The title is the first line: it is missing where nothing is written.
        return field_error("title" in errors and fields.NO_ANSWER)
    # Not « 300ms »: Streamlit would import pandas to read it.
    st.text_input("Titre (proposé d'après la première ligne)", key=f"w_{key}_title", live=True)
    field_error(errors.get("title"))


def _delete_draft(key: str) -> None:
    discard_draft(signin.current_reader(), key)
    reset(key)
    # Set to empty rather than deleted: otherwise a field still drawn keeps its text in the browser.
    for name in ("body", "title"):
        st.session_state[f"w_{key}_{name}"] = ""


def _propose_title(key: str) -> None:
    """The first line is the title until the author types another one."""
    state = st.session_state
    # A second click sends the text of the entry already filed.
    if "sent" in form_state(key):
        return
    if state.get(f"w_{key}_title", "").strip() in ("", state.get(f"_cp_{key}_proposed", "")):
        title = first_line(state.get(f"w_{key}_body", ""))
        state[f"w_{key}_title"] = title
        state[f"_cp_{key}_proposed"] = title
    autosave_draft(key)


def _subject_part(scope: Scope, key: str, about: About, errors: dict[str, str]) -> None:
    ambitions = {a.id: a.name for a in cached.ambitions()} | {UNKNOWN: fields.NOT_KNOWN}
    st.session_state.setdefault(f"w_{key}_ambition", about.ambition_id or UNKNOWN)
    st.pills(
        fields.AMBITION,
        list(ambitions),
        format_func=ambitions.get,
        key=f"w_{key}_ambition",
        required=True,
        width="stretch",
    )
    field_error(errors.get("ambition_id"))
    _direction_field(scope.tree.directions(), key, about, errors)
    st.session_state.setdefault(f"w_{key}_kind", IdeaKind.idea.value)
    st.pills(
        fields.KIND,
        list(fields.KINDS),
        format_func=fields.KINDS.get,
        key=f"w_{key}_kind",
        required=True,
    )
    if st.session_state.get(f"w_{key}_kind") == IdeaKind.finding:
        words = fields.GOODS
        st.segmented_control(fields.GOOD, list(words), format_func=words.get, key=f"w_{key}_good")
    for detail in DETAILS:
        _detail_field(detail, key)
        field_error(errors.get(detail.column))


def _direction_field(units: Sequence[Unit], key: str, about: About, errors: dict[str, str]) -> None:
    """The directions in the order of the chart, after « je ne sais pas »."""
    names = {UNKNOWN: fields.NOT_KNOWN} | {unit.id: unit.name for unit in units}
    st.session_state.setdefault(f"w_{key}_concerns", about.concerns_id or UNKNOWN)
    st.selectbox(fields.CONCERNS, list(names), format_func=names.get, key=f"w_{key}_concerns")
    field_error(errors.get("concerns_id"))


def _detail_field(detail: Detail, key: str) -> None:
    """The field of a detail: choices of its vocabulary, or a text line."""
    field = {"key": f"w_{key}_{detail.column}", "on_change": autosave_draft, "args": (key,)}
    if detail.vocabulary is None:
        return st.text_input(detail.asked, max_chars=TITLE_MAX, **field)
    words = {word.value: word.label for word in detail.vocabulary}
    st.pills(detail.asked, list(words), format_func=words.get, **field)


def _send(key: str, about: About) -> None:
    """Files the entry; errors are shown beside their fields and nothing typed is lost."""
    form = form_state(key)
    reader = signin.current_reader()
    stay = current_stay()
    with form.lock:
        # The second click of a double click finds the result of the first.
        if "sent" not in form:
            _file(key, about, form, reader, stay)
        was_filed = "sent" in form
    if not was_filed:
        store_draft(key)


def _file(key: str, about: About, form: FormState, reader: Reader, stay: int) -> None:
    state = st.session_state
    who = state.get(f"w_{key}_who") or form.get("who")
    name_error = _missing_signature(reader, who)
    try:
        if who in SIGNED and not reader.is_known:
            raise Refused(
                "Votre session a pris fin : rien n'est envoyé. Reconnectez-vous pour déposer en"
                " votre nom, ou choisissez de déposer sans le donner."
            )
        kind = {"kind": IdeaKind.suggestion} if about.campaign_id else {}
        typed = fields.answered(lambda name: state.get(f"w_{key}_{name.removesuffix('_id')}"))
        idea = checked_input(**typed | kind, anonymous=who == ANONYMOUS)
        circumstances = _circumstances(key, about, who == COLLEAGUE)
        # After the other checks, so that all errors are shown at once.
        if name_error:
            raise Invalid({})
        # In a transaction of its own: in that of an anonymous entry it would link it to a person.
        if who not in SIGNED:
            discard_draft(reader, key)
        with writing() as session:
            filed = file_idea(session, reader, idea, form["token"], circumstances)
            if who in SIGNED:
                drop_draft(session, reader, key)
    except Invalid as error:
        form.refuse(name_error | error.errors, stay)
    except Refused as refusal:
        form.refuse({"form": str(refusal)}, stay)
    else:
        form["sent"] = filed


def _missing_signature(reader: Reader, who: str | None) -> dict[str, str]:
    if who or not reader.is_known:
        return {}
    return {"who": "Dites d'abord comment vous déposez : en votre nom, ou sans le donner."}


def _circumstances(key: str, about: About, relayed: bool) -> Circumstances:
    state = st.session_state
    shots = pictures([upload.getvalue() for upload in state.get(f"w_{key}_photos") or []])
    return Circumstances(
        relayed,
        bool(state.get(f"w_{key}_consent")),
        state.get(f"w_{key}_service") or None if relayed else None,
        about.meeting_id,
        about.record[:2] if about.record else None,
        shots,
        bool(state.get(f"w_{key}_paper")),
        campaign_id=about.campaign_id,
        address=signin.current_address(),
    )


def reset(key: str) -> None:
    """An empty form with a new token."""
    _forget_fields(key)
    form_state(key).clear()
    # After sending or deleting there is no draft left; a visitor may still sign in and have one.
    if signin.OWNER in st.session_state:
        mark_draft_restored(key)


def _forget_fields(key: str) -> None:
    # Copied to a list: the state is changed while iterating.
    for name in [
        name for name in st.session_state if str(name).startswith((f"w_{key}_", f"_cp_{key}_"))
    ]:
        del st.session_state[name]


def _thanks(filed: FilingOutcome, scope: Scope, key: str) -> None:
    draw("ideas/thanks.html", number=filed.number, due_on=filed.due_on)
    if filed.receipt:
        draw("ideas/receipt.html")
        copyable(filed.receipt)
    else:
        if filed.is_relayed:
            draw("ideas/relayed.html", number=filed.number, title=filed.title, due_on=filed.due_on)
        label = "Voir et suivre son idée" if filed.is_relayed else "Voir et suivre mon idée"
        paragraph(link(label, address("idees", scope, idee=filed.number)))
    st.button("Déposer une autre idée", key=f"w_{key}_again", on_click=reset, args=(key,))
