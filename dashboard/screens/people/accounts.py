"""The list of accounts: search, opening an account for a person of the personnel, sheets to print;
its desk, where one is opened beside the list and several are invited together.
"""

from functools import partial

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.notices.addresses import invite_by_mail, why_not_by_mail
from dashboard.actions.notices.sending import can_send_mails
from dashboard.actions.people import accounts, links
from dashboard.actions.people.accounts import add_account, proposed_login
from dashboard.queries.people.accounts import (
    COLUMNS,
    AccountRow,
    Which,
    account_file,
    accounts_page,
    count_accounts,
    persons_without_account,
    to_invite_on_paper,
)
from dashboard.scope import Scope
from dashboard.screens.people.account import (
    MOST,
    account_blocks,
    slips_box,
    state_of,
)
from dashboard.ui import desk as ui
from dashboard.ui.address import filter_line, page_asked
from dashboard.ui.components import empty_for_filters, section
from dashboard.ui.desk import (
    PAGE,
    Desk,
    Gesture,
    Line,
    Noun,
    Opened,
    several,
    sort_asked,
    sort_fields,
)
from dashboard.ui.forms import Form, rerun_after_act
from dashboard.ui.jobs import quiet_sentence
from dashboard.ui.unfolding import gesture, gestures, unfolding
from dashboard.visit import signin
from dashboard.visit.navigation import address, note_list_read, whole_number
from models.clock import now
from models.database import engine, fetch, reading
from models.people import STORED_ROLES, Person
from models.settings import settings
from models.texts import Invalid

# ── The list ──────────────────────────────────────────────────────────────────────────────────────


def accounts_list(scope: Scope) -> None:
    """Accounts filtered by words and by missing items; one is opened beside the list."""
    with filter_line("comptes", scope, "nom ou identifiant") as line:
        names = {str(item): item.label for item in Which if item is not Which.all}
        code = line.choice("Lesquels", "lesquels", names)
        sort_fields("comptes", COLUMNS)
    which = Which(code or Which.all)
    page = page_asked()
    with reading() as session:
        count = count_accounts(session, scope.reader, line.words, which)
        rows = accounts_page(
            session, scope.reader, now(), page, line.words, which, PAGE, sort_asked(COLUMNS)
        )
    note_list_read("comptes")
    if not (rows or st.query_params.get("compte")):
        return empty_for_filters(
            "Aucun compte ne répond à cette recherche.", address("comptes", scope)
        )
    lines = [_line(row) for row in rows]
    return ui.desk(
        Desk(
            scope=scope,
            screen="comptes",
            entry="compte",
            has_sheet=False,
            noun=_NOUN,
            lines=lines,
            total=count,
            page=page,
            keep={"q": line.words, "lesquels": code},
            opens=partial(_opened, scope),
            reply=("w_account_", "w_accounts_many_"),
            several=several("accounts_many", "Agir sur", _NOUN, lines, _GESTURES),
        )
    )


# ── Opening one ───────────────────────────────────────────────────────────────────────────────────


@st.fragment
def opening_button(scope: Scope) -> None:
    """« Créer un compte »."""
    rerun_after_act()
    form = Form("open_account")
    gestures(
        [gesture(form, "Créer un compte", "person_add", _opening_fields, scope, form)],
        "cp_open_account",
    )


def _opening_fields(scope: Scope, form: Form) -> None:
    """For a person of the personnel, who chooses her own password."""
    words = st.text_input(
        "Qui ? Quelques lettres du nom, ou le matricule",
        key=form.key("words"),
        max_chars=80,
    )
    # Without words the list would be the whole personnel.
    candidates = fetch(persons_without_account, scope.reader, words) if words.strip() else {}
    if words.strip() and not candidates:
        quiet_sentence("Personne de ce nom n'est sans compte : importez d'abord le personnel.")
    person_id = None
    if candidates:
        person_id = form.pick(
            "person", "La personne", candidates, placeholder="Choisissez dans la liste"
        )
    form.error("person_id")
    form.field(
        "login",
        st.text_input,
        "Identifiant",
        max_chars=100,
        placeholder="prenom.nom, si vous ne donnez rien",
        autocomplete="off",
    )
    form.field(
        "roles",
        st.pills,
        "Rôles",
        STORED_ROLES,
        selection_mode="multi",
        format_func=lambda role: role.label,
        help="Manager et Directeur général viennent des mandats, Ambassadeur de la communauté.",
    )
    st.checkbox("L'inviter tout de suite par courriel", key=form.default("invite", True))
    form.send(
        "Ouvrir le compte",
        lambda session, reader: _open(session, reader, form, person_id),
        icon=":material/check:",
    )


def _open(session: Session, reader: Reader, form: Form, person_id: int | None) -> str:
    if person_id is None:
        raise Invalid({"person_id": "Cherchez la personne, puis choisissez-la dans la liste."})
    person = session.get(Person, person_id)
    account = add_account(
        session,
        reader,
        login=form.value("login") or proposed_login(person),
        password=None,
        roles=form.value("roles") or (),
        person_id=person_id,
    )
    message = f"Le compte « {account.login} » de {person.name} est ouvert."
    if not form.value("invite"):
        return message
    # The account is open in any case: an unreachable mail is reported, not refused.
    if why := why_not_by_mail(session, person):
        return f"{message} {why}"
    return f"{message} Une invitation part à {invite_by_mail(session, reader, account.id)}."


# ── Sheets ────────────────────────────────────────────────────────────────────────────────────────


def papers_box(scope: Scope) -> None:
    """The sheets of persons without a password and without a mail address."""
    with reading() as session:
        by_mail = can_send_mails(session) and bool(settings().cp_public_url)
        waiting = to_invite_on_paper(session, scope.reader, by_mail)
    title = f"Feuillets à imprimer ({french.number(len(waiting))})"
    with st.expander(title, icon=":material/print:", key="w_slips"):
        quiet_sentence(
            "Pour qui n'a pas encore de mot de passe et que le courriel n'atteint pas : un feuillet"
            " par personne, avec un code à viser, bon une fois pendant 7 jours."
        )
        if len(waiting) > MOST:
            quiet_sentence(f"{french.number(MOST)} à la fois : recommencez pour les suivants.")
        slips_box(scope, "all", "Préparer les feuillets", waiting)


_NOUN = Noun("compte", "comptes", is_feminine=False)
_GESTURES = (
    Gesture(
        "Inviter par courriel",
        lambda session, reader, key, _text: invite_by_mail(session, reader, int(key)),
        "une invitation part à chaque adresse.",
        "mail",
    ),
    Gesture(
        "Fermer toutes leurs connexions",
        lambda session, reader, key, _text: accounts.close_sign_ins(session, reader, int(key)),
        "toutes les connexions sont fermées, les liens n'ouvrent plus rien.",
        "logout",
    ),
)


def _line(row: AccountRow) -> Line:
    facts = (row.login, state_of(row), row.roles_in_words)
    return Line(str(row.id), row.name, list(filter(None, facts)))


def _opened(scope: Scope, key: str) -> Opened | None:
    number = whole_number(key)
    with reading() as session:
        account = account_file(session, scope.reader, number, now()) if number else None
    if account is None:
        return None
    return Opened(
        account.row.name,
        partial(account_blocks, scope, account),
        under=account.row.login,
    )


_LONGEST = 200


# ── One's own ───────────────────────────────────────────────────────────────────────────────────


def new_password_fields(form: Form) -> None:
    """The new password, typed twice."""
    for field, label, hint in (
        (
            "password",
            "Nouveau mot de passe",
            "Au moins 12 caractères : une phrase courte convient très bien.",
        ),
        ("again", "Le même, encore une fois", None),
    ):
        st.text_input(
            label,
            key=form.key(field),
            type="password",
            autocomplete="new-password",
            max_chars=_LONGEST,
            help=hint,
        )
        form.error(field)


def own_password_box(scope: Scope) -> None:
    """« Changer mon mot de passe »: asks for the current one, and ends the other sign-ins."""
    if not scope.reader.is_known:
        return
    section(
        "Mot de passe",
        "Vos connexions sur d'autres appareils prennent fin ; celle-ci continue.",
    )
    unfolding(
        "Changer mon mot de passe",
        _own_password_form,
        key="w_own_password",
        icon=":material/password:",
    )


def _own_password_form() -> None:
    form = Form("own_password")
    with st.form(form.key("form"), width=440, border=False):
        form.field(
            "present",
            st.text_input,
            "Mot de passe actuel",
            type="password",
            autocomplete="current-password",
            max_chars=_LONGEST,
        )
        new_password_fields(form)
        form.submit(
            "Changer le mot de passe",
            lambda _session, reader: links.change_password(
                engine(),
                reader.login,
                form.text("present"),
                form.text("password"),
                form.text("again"),
                signin.tab_login() or "",
                signin.current_address(),
                signin.device_cookie(),
            ),
            icon=":material/check:",
            done="Votre mot de passe est changé. Vos autres connexions sont fermées.",
        )
        form.error("form")
