"""Blocks of « Mise en route »: the open tasks of a new installation, each step unlocking the
next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french, theme
from dashboard.access import Reader, may
from dashboard.actions.notices.addresses import renew_invitations
from dashboard.actions.notices.sending import mail_problem
from dashboard.actions.operations.upgrading import leave_for_later, send_test_mail
from dashboard.queries.operations.health import last_backup
from dashboard.queries.operations.setup import RIGHT, SetupFacts, setup_facts
from dashboard.scope import Scope
from dashboard.ui.components import draw, fold, stacked
from dashboard.ui.forms import Form
from dashboard.visit.navigation import address
from models.clock import is_demonstration
from models.database import reading
from models.settings import settings

_BACKUP_DAYS = 7


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step: whether it is done, what exists, what it unlocks, its screen."""

    code: str
    place: int
    title: str
    is_done: bool
    found: str
    unlocks: str
    label: str = ""
    href: str = ""


# Code of a step → its title, what it unlocks, its label and its screen, if any.
_STEPS = {
    "organisation": (
        "L'organigramme",
        "L'organigramme dit quelle direction répond à chaque idée.",
        "Importer les directions et les effectifs",
        "mise-en-route",
    ),
    "personnel": (
        "Le personnel",
        "Chacun retrouve ses idées, ses formations, ses réunions ; la participation se calcule.",
        "Importer le personnel",
        "mise-en-route",
    ),
    "comptes": (
        "Les comptes",
        "Les rôles : l'équipe du programme (Animateur), le CODIR, d'autres administrateurs.",
        "Ouvrir des comptes, inviter",
        "comptes",
    ),
    "mandats": (
        "Les mandats",
        "Un responsable répond aux idées de sa direction et rapporte ses jalons.",
        "Donner un mandat, sur la fiche d'un compte",
        "comptes",
    ),
    "programme": (
        "Le programme",
        "La feuille de route, l'avancement et ses prévisions. C'est l'équipe du programme qui crée"
        " les jalons : un à un, depuis un fichier, ou en cochant parmi des jalons proposés.",
        "Ouvrir « Programme » (Animateur)",
        "programme",
    ),
    "cibles": (
        "Les cibles",
        "Un chiffre dit alors s'il est à jour, et non seulement combien.",
        "Décider des cibles (Animateur)",
        "cibles",
    ),
    "courriel": (
        "Le courriel",
        "Une fois réglé, les réponses, les invitations et les relances partiront seules.",
        "Régler le courriel",
        "etat-du-systeme",
    ),
    "integration": (
        "L'intranet",
        "Une fois réglé, le formulaire et des extraits se placeront dans ses pages.",
        "Régler l'intranet",
        "integrer",
    ),
    "sauvegarde": (
        "La sauvegarde",
        "De quoi tout reprendre ailleurs ; ensuite, le serveur en fait une chaque nuit.",
        "Faire une sauvegarde",
        "etat-du-systeme",
    ),
}
_GENRES = {"organisation": "directions", "personnel": "personnel"}  # of the file of a step


def _found(facts: SetupFacts, no_mail: str, backup: date | None) -> dict[str, tuple[bool, str]]:
    """Code of a step → whether it is done, and what is there."""

    def counted(n: int, one: str, several: str, none: str) -> tuple[bool, str]:
        return n > 0, f"{french.counted(n, one, several)}." if n else none

    lapsed = french.counted(facts.lapsed, "invitation a expiré", "invitations ont expiré")
    may_sign = facts.accounts > 1 or facts.has_sign_on
    accounts = french.counted(facts.accounts, "compte ouvert", "comptes ouverts")
    accounts += " et la connexion de la commune." if facts.has_sign_on else "."
    persons = french.counted(facts.persons, "personne", "personnes")
    return {
        "organisation": counted(facts.units, "unité", "unités", "Aucune unité encore."),
        "personnel": (facts.persons > 1, f"{persons}, vous compris."),
        "comptes": (
            may_sign and not facts.lapsed,
            f"{accounts} {lapsed} sans servir." if facts.lapsed else accounts,
        ),
        "mandats": counted(
            facts.mandates,
            "mandat en cours",
            "mandats en cours",
            "Personne ne répond encore d'une direction.",
        ),
        "programme": counted(facts.milestones, "jalon", "jalons", "Aucun jalon encore."),
        "cibles": counted(facts.targets, "cible", "cibles", "Aucune cible encore."),
        "courriel": (not no_mail, no_mail or "Le serveur de courriel est réglé."),
        "integration": (
            facts.may_embed,
            f"Autorisés : {settings().cp_frame_ancestors}."
            if facts.may_embed
            else "Aucun site ne peut encore intégrer le formulaire.",
        ),
        "sauvegarde": (
            backup is not None and (cached.today() - backup).days <= _BACKUP_DAYS,
            f"La dernière date du {french.day_long(backup)}." if backup else "Aucune encore.",
        ),
    }


def read_setup(session: Session, scope: Scope) -> tuple[SetupFacts, list[SetupStep]]:
    """The facts of the installation, and the resulting steps. Raises Refused without the right."""
    facts = setup_facts(session, scope.reader, scope.on)
    backup = last_backup(session, scope.reader)
    no_mail = mail_problem(session)
    found = _found(facts, no_mail, backup)
    steps = []
    for place, (code, (title, unlocks, label, page)) in enumerate(_STEPS.items(), start=1):
        href = address(page, scope, genre=_GENRES.get(code)) if page else ""
        steps.append(SetupStep(code, place, title, *found[code], unlocks, label, href))
    return facts, steps


def steps_left(scope: Scope) -> str:
    """How many steps of a real installation are done, for who sets it up; empty once none is left
    that was not postponed.
    """
    if not may(scope.reader, RIGHT):
        return ""
    with reading() as session:
        if is_demonstration(session):
            return ""
        facts, steps = read_setup(session, scope)
    if all(step.is_done or step.code in facts.later for step in steps):
        return ""
    return in_words(facts, steps)


def steps_list(facts: SetupFacts, steps: Sequence[SetupStep]) -> None:
    """The steps with their state; an open one may be postponed."""
    for step in filter(_has_act, steps):
        with st.container(border=True, key=f"cp_step_{step.code}"):
            _step(step, facts)
    done = [step for step in steps if not _has_act(step)]
    if done:
        with fold(f"Déjà fait : {', '.join(step.title for step in done)}", "check"), stacked():
            for step in done:
                _state_label(step, facts.later)


def _has_act(step: SetupStep) -> bool:
    """Whether the step offers an action: a done one does not, except testing mails."""
    return not step.is_done or step.code == "courriel"


def _step(step: SetupStep, facts: SetupFacts) -> None:
    _state_label(step, facts.later)
    if step.is_done:
        Form("test_mail").send(
            "M'envoyer un courriel d'essai",
            send_test_mail,
            primary=False,
            icon=":material/outgoing_mail:",
            done=lambda to: f"Un courriel d'essai part dans quelques minutes, à {to}.",
        )
        return
    if step.code == "comptes" and facts.lapsed:
        Form("renew_invitations").send(
            f"Renouveler les invitations échues ({french.number(facts.lapsed)})",
            _renewed,
            icon=":material/mail:",
        )
    form = Form(f"later_{step.code}")
    new_later = facts.later ^ {step.code}
    label = "Y revenir maintenant" if step.code in facts.later else "Plus tard"
    form.send(
        label,
        lambda session, reader: leave_for_later(session, reader, new_later) or "C'est noté.",
        primary=False,
    )


def _state_label(step: SetupStep, later: frozenset[str]) -> None:
    code, word = "sans-donnee", "À faire"
    if step.code in later:
        code, word = "en-pause", "Plus tard"
    if step.is_done:
        code, word = "atteint", "Fait"
    draw("setup/step.html", step=step, status=theme.STATUSES[code], word=word)


def _renewed(session: Session, reader: Reader) -> str:
    sent, on_paper = renew_invitations(session, reader)
    sentences = (
        [f"{french.counted(sent, 'invitation part', 'invitations partent')}."] if sent else []
    )
    if on_paper:
        sheets = french.counted(on_paper, "feuillet", "feuillets")
        sentences.append(f"À imprimer dans « Comptes », faute de courriel possible : {sheets}.")
    return " ".join(sentences)


def in_words(facts: SetupFacts, steps: Sequence[SetupStep]) -> str:
    """« 4 étapes sur 9 sont faites. »"""
    done = sum(step.is_done for step in steps)
    if done == len(steps):
        return "Tout est en place."
    left = [step.title for step in steps if not step.is_done and step.code not in facts.later]
    next_one = f" Ensuite : {left[0][0].lower()}{left[0][1:]}." if left else ""
    if not done:
        return f"Aucune des {len(steps)} étapes n'est encore faite.{next_one}"
    verb = "étape sur {} est faite" if done == 1 else "étapes sur {} sont faites"
    return f"{french.number(done)} {verb.format(len(steps))}.{next_one}"
