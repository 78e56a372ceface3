"""Blocks of one account: state, keys, roles, mandates, last day, last acts, the slip to print."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.notices.addresses import invite_by_mail, make_slips
from dashboard.actions.people import accounts, second_factor, sign_on
from dashboard.actions.people.accounts import end_mandate, give_mandate, new_mandate
from dashboard.queries.people.accounts import AccountFile, AccountRow
from dashboard.queries.people.readers import mandates, period
from dashboard.queries.reference_history import line_in_french, subject_in_french
from dashboard.report.processing import HEADINGS, register
from dashboard.scope import Scope
from dashboard.ui.components import draw, fold, heading
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form, form_state
from dashboard.ui.jobs import quiet_sentence
from dashboard.ui.tables import table, terms
from dashboard.visit.navigation import public_address
from models import installation
from models.clock import now
from models.database import fetch
from models.directions import Direction
from models.people import STORED_ROLES, Mandate, Role
from models.settings import settings
from models.texts import Invalid


def account_blocks(scope: Scope, account: AccountFile) -> None:
    """All its blocks, on the screen of the account and beside the list."""
    about(account)
    keys_box(scope, account)
    roles_box(account)
    mandates_box(scope, account)
    heading("Ce que ce compte a modifié en dernier")
    if not account.acts:
        return quiet_sentence("Rien encore dans le journal des modifications.")
    table(
        ("Jour", "Quoi", "Sur", "Champ"),
        [
            (
                french.day(act.on),
                subject_in_french(act.subject),
                act.record,
                line_in_french(act)[0],
            )
            for act in account.acts
        ],
        "Dernières modifications",
    )


def about(account: AccountFile) -> None:
    """The holder and state of the account."""
    row = account.row
    # A locked account's state says so already: failed tries would repeat it.
    locked = row.locked_until if row.locked_until and row.locked_until > now() else None
    if account.mail_waits:
        invitation = "Un courriel attend de partir"
    else:
        invitation = (
            f"Bonne jusqu'au {french.day(account.invited_until)}" if account.invited_until else ""
        )
    terms(
        [
            ("Identifiant", row.login),
            ("Service", account.service),
            ("Matricule", account.matricule),
            ("Courriel", account.email or "Aucune adresse connue"),
            ("Rôles donnés", ", ".join(role.label for role in row.roles) or Role.agent.label),
            ("Par mandat ou communauté", ", ".join(role.label for role in row.follows)),
            ("État", state_of(row)),
            ("Invitation", invitation),
            ("Essais manqués", french.number(row.failures) if row.failures and not locked else ""),
            ("Connexions ouvertes", french.number(row.open_logins)),
            ("Dernière connexion", french.day(row.last_use.date()) if row.last_use else "–"),
        ]
    )


# ── Keys ──────────────────────────────────────────────────────────────────────────────────────────


def keys_box(scope: Scope, account: AccountFile) -> None:
    """The acts on the keys of an account that its state allows, and its slip."""
    row = account.row
    heading("Clés")
    with st.container(horizontal=True, key="cp_account_keys"):
        for name, key in _key_acts(row).items():
            if key.is_offered:
                with st.container(key=f"cp_account_{name}", width="content"):
                    Form(f"account_{row.id}_{name}").send(
                        key.label,
                        lambda session, reader, act=key.act: act(session, reader, row.id),
                        primary=False,
                        icon=f":material/{key.icon}:",
                        done=key.done.format,
                    )
    if row.is_open:
        slips_box(scope, f"one_{row.id}", "Préparer un feuillet", [row.id])


class _KeyAct(NamedTuple):
    """An act on the keys of an account: whether it is offered, its button, its message (« {} » is
    what the act returns).
    """

    is_offered: bool
    label: str
    icon: str
    act: Callable
    done: str


def _key_acts(row: AccountRow) -> dict[str, _KeyAct]:
    return {
        "invite": _KeyAct(
            row.is_open,
            "Inviter par courriel",
            "mail",
            invite_by_mail,
            "Une invitation part à {}.",
        ),
        "unlock": _KeyAct(
            row.is_open and row.failures > 0,
            "Débloquer",
            "lock_open",
            accounts.unlock,
            "Le blocage est levé.",
        ),
        "close_all": _KeyAct(
            row.is_open and row.open_logins > 0,
            "Fermer toutes les connexions",
            "logout",
            accounts.close_sign_ins,
            "Toutes les connexions de ce compte sont fermées ; ses liens n'ouvrent plus rien.",
        ),
        "factor": _KeyAct(
            row.is_open and row.has_second_factor,
            "Retirer le second facteur",
            "phonelink_erase",
            second_factor.remove,
            "Le second facteur est retiré : le mot de passe suffit jusqu'au prochain réglage.",
        ),
        "unbind": _KeyAct(
            row.is_open and row.is_bound,
            "Délier de la connexion de la commune",
            "link_off",
            sign_on.unbind,
            "Le lien est défait ; la prochaine visite par la commune lie à nouveau.",
        ),
        "disable": _KeyAct(
            row.is_open,
            "Fermer le compte",
            "block",
            accounts.disable_account,
            f"Le compte « {row.login} » est fermé.",
        ),
        "enable": _KeyAct(
            not row.is_open,
            "Rouvrir le compte",
            "lock_open",
            accounts.enable_account,
            f"Le compte « {row.login} » est rouvert.",
        ),
    }


# ── Roles and end ─────────────────────────────────────────────────────────────────────────────────


def roles_box(account: AccountFile) -> None:
    """The assigned roles, and the last day of the account."""
    row = account.row
    heading("Rôles et terme")
    form = Form(f"account_{row.id}_roles")
    st.pills(
        "Rôles",
        STORED_ROLES,
        selection_mode="multi",
        format_func=lambda role: role.label,
        key=form.default("roles", list(row.roles)),
    )
    form.send(
        "Enregistrer les rôles",
        lambda session, reader: accounts.set_roles(
            session, reader, row.id, form.value("roles") or ()
        ),
        primary=False,
        icon=":material/check:",
        done=f"Les rôles de « {row.login} » sont enregistrés.",
    )
    form = Form(f"account_{row.id}_end")
    with st.container(width=300, key="cp_account_end"):
        form.field(
            "last_day",
            st.date_input,
            "Dernier jour du compte (facultatif)",
            value=None,
            default=row.last_day,
            format="DD/MM/YYYY",
        )
        form.send(
            "Enregistrer le terme",
            lambda session, reader: accounts.set_end(
                session, reader, row.id, form.value("last_day")
            ),
            primary=False,
            icon=":material/event_busy:",
            done=lambda _account: (
                f"Le compte se ferme après le {french.day(form.value('last_day'))}."
                if form.value("last_day")
                else "Le compte n'a plus de terme."
            ),
        )


# ── Mandates ──────────────────────────────────────────────────────────────────────────────────────


def mandates_box(scope: Scope, account: AccountFile) -> None:
    """The person's mandates, each can be ended, and the form of a new one."""
    heading("Mandats")
    rows = fetch(mandates, scope.reader, person_id=account.row.person_id)
    if not rows:
        quiet_sentence("Aucun mandat : cette personne ne répond d'aucune unité.")
    for mandate, _, unit, _ in rows:
        _mandate(mandate, unit)
    _new_mandate(account)


def _mandate(row: Mandate, unit: Direction) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"cp_mandate_{row.id}"):
        st.text(f"{unit.name} ({unit.code}), {period(row.since, row.until)}")
        if row.until and row.until <= cached.today():
            return
        form = Form(f"mandate_{row.id}")
        with form.popover("Y mettre fin", ":material/event_busy:"):
            form.field(
                "last_day",
                st.date_input,
                "Dernier jour",
                default=cached.today(),
                format="DD/MM/YYYY",
            )
            form.send(
                "Mettre fin au mandat",
                lambda session, reader: _end(session, reader, row, unit, form.value("last_day")),
            )


def _end(session: Session, reader: Reader, row: Mandate, unit: Direction, last_day) -> str:
    if last_day is None:
        raise Invalid({"last_day": "Donnez le dernier jour."})
    end_mandate(session, reader, row.id, last_day)
    return f"Le mandat sur {unit.name} prend fin le {french.day(last_day)}."


def _new_mandate(account: AccountFile) -> None:
    form = Form(f"give_mandate_{account.row.id}")
    units = cached.tree_at(cached.today())
    fold = st.expander("Donner un mandat", icon=":material/badge:", key="w_give_mandate")
    with fold, st.container(width=560, key="cp_give_mandate"):
        st.selectbox(
            "Unité",
            [unit.id for unit, _ in units.walk()],
            index=None,
            format_func=lambda unit: units.by_id[unit].label,
            placeholder="Choisissez une direction, un département, toute l'administration",
            key=form.key("unit"),
            help="Sur toute l'administration, c'est le Directeur général.",
        )
        form.error("unit_id")
        form.field(
            "first_day",
            st.date_input,
            "Premier jour",
            default=cached.today(),
            format="DD/MM/YYYY",
        )
        form.field(
            "last_day",
            st.date_input,
            "Dernier jour (facultatif)",
            value=None,
            format="DD/MM/YYYY",
        )
        form.button(
            "Donner ce mandat",
            lambda session, reader: _save_mandate(session, reader, account, form),
            icon=":material/check:",
        )
        form.error("person_id")
        form.error("form")


def _save_mandate(session: Session, reader: Reader, account: AccountFile, form: Form) -> str:
    first_day = form.value("first_day")
    if first_day is None:
        raise Invalid({"first_day": "Donnez le premier jour."})
    mandate = new_mandate(
        account.row.person_id, form.value("unit"), first_day, form.value("last_day")
    )
    made = give_mandate(session, reader, mandate)
    return f"Mandat donné à {account.row.name}, {period(made.since, made.until)}."


def state_of(row: AccountRow) -> str:
    """« ● Actif », « ■ Fermé », « ▲ Bloqué », « ◇ Sans mot de passe »."""
    if not row.is_open:
        return "■ Fermé"
    if row.locked_until and row.locked_until > now():
        return "▲ Bloqué"
    if not row.has_key:
        return "◇ Sans mot de passe"
    return f"● Actif, jusqu'au {french.day(row.last_day)}" if row.last_day else "● Actif"


MOST = 200  # sheets made at once


def slips_box(scope: Scope, name: str, label: str, account_ids: Sequence[int]) -> None:
    """The button that makes the links of these accounts, then the file to print. The links exist
    only in this tab, until it is closed.
    """
    form = Form(f"slips_{name}")
    made = form_state(f"made_{name}")
    form.send(
        label,
        lambda session, reader: _make(session, reader, account_ids[:MOST], made),
        primary=False,
        icon=":material/qr_code_2:",
    )
    if slips := made.get("slips"):
        count = french.counted(len(slips), "feuillet est prêt", "feuillets sont prêts")
        quiet_sentence(f"{count}. Prenez le fichier maintenant : rien n'en est gardé.")
        found = tuple(slips)
        base = (
            settings().cp_public_url.rstrip("/") or public_address()
        )  # read now: a file is made outside the page's run

        def printed() -> bytes:
            # Typst is imported when a sheet is printed, not by every server; a job would store the
            # links.
            from dashboard.report.posters import slips

            return slips(scope, found, base)

        download(
            "Télécharger les feuillets (PDF)",
            printed,
            "feuillets.pdf",
            "application/pdf",
            key=f"slips_{name}",
            icon="print",
        )


def _make(
    session: Session, reader: Reader, account_ids: Sequence[int], made: dict[str, object]
) -> str:
    slips = make_slips(session, reader, account_ids)
    made["slips"] = slips
    return f"{french.counted(len(slips), 'feuillet prêt', 'feuillets prêts')} à imprimer."


REGISTER = "Registre des traitements"
YOUR_DATA = "Ce qui est gardé, pourquoi, combien de temps, et à qui vous adresser."


def your_data() -> None:
    """The whole text, under its title."""
    draw("privacy/your_data.html", settings=settings(), installation=installation)


def register_lead() -> str:
    return (
        "Ce que C-Possible fait de données sur des personnes (RGPD, article 30). Responsable :"
        " l'administration communale. Délégué à la protection des données :"
        f" {settings().cp_dpo}."
    )


def processing_register() -> None:
    """The activities of the processing register, each under its title."""
    for name, *values in register():
        rows = zip(HEADINGS[1:], map(french.typo, values), strict=True)
        with fold(name):
            terms(list(rows))
