"""Vos données: what is kept, why, how long, and whom to ask."""

import json

import streamlit as st

from dashboard.access import Reader
from dashboard.actions.people.privacy import export_person
from dashboard.ui.components import escape_md, page_header
from dashboard.ui.downloads import download
from dashboard.visit.navigation import current_scope
from models.database import writing
from models.people import Person
from models.settings import settings


def _own_data(reader: Reader) -> bytes:
    """All that names the reader, machine-readable."""
    with writing() as session:
        found = export_person(session, reader, session.get(Person, reader.person_id))
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def _journal_months() -> str:
    """For how long, where there is an end."""
    months = settings().cp_journal_months
    return f" pendant {months} mois" if months else ""


def _emptied() -> str:
    """When a record is emptied."""
    months = settings().cp_left_months
    if not months:
        return "À votre demande, votre fiche est vidée"
    return f"À votre demande, ou {months} mois après votre départ, votre fiche est vidée"


page_header("Vos données", "Ce qui est gardé, pourquoi, combien de temps, et à qui vous adresser.")
st.markdown(f"""
## Ce qui est gardé
- **Votre compte** : identifiant, mot de passe sous une forme qui ne se relit pas, rôles, mandats.
  Aucun téléphone ni adresse privés.
- **Votre fiche** : nom, fonction, service et ses dates, adresse de courriel professionnelle, que
  vous changez ou retirez dans « Mon espace ».
- **Ce que vous déposez en votre nom** : l'idée, sa date, et ce qu'elle devient.
- **Vos inscriptions et présences** à l'académie, vos adhésions aux communautés (publiques avec
  votre accord).
- **Vos connexions** : un témoin (« cookie ») strictement nécessaire, 12 heures, ou 30 jours si vous
  le demandez.

## Un dépôt sans nom est sans nom
Ni auteur, ni compte, ni adresse, ni heure : seulement le jour. Votre service n'est gardé que s'il
compte plus de 20 agents. Le code de suivi est montré une fois et gardé sous une forme qui ne se
relit pas. Pour que rien ne relie votre écran à votre dépôt, déconnectez-vous d'abord. Il est lu
avant d'être montré.

## Pourquoi
Pour répondre aux idées, suivre la feuille de route et organiser les formations. **Rien de ceci ne
sert à l'évaluation ni à la discipline**, et aucun chiffre ne classe les personnes.

## Petits effectifs
Un nombre de personnes inférieur à 5 n'est jamais montré, ni ce qui permettrait de le retrouver.

## Enquêtes
Les réponses entrent sans nom, sans adresse, sans heure et dans un autre ordre que celui du fichier.
Rien n'est montré sous dix réponses ; les textes libres ne sont lus que par l'équipe du programme,
qui peut en faire un constat sans nom ni direction.

## Combien de temps
Les idées et leurs réponses restent : c'est la mémoire du programme. Une connexion expirée est
effacée. Les mots d'un courriel parti sont vidés après {settings().cp_mail_days} jours ; qu'il est
parti, et quand, reste. Un brouillon que vous n'avez pas repris est effacé après
{settings().cp_draft_days} jours. Ce que vous laissez pour être recontacté l'est dès que la suite
est donnée, au plus tard après {settings().cp_contact_months} mois. Le journal garde qui a lu ou
emporté des noms{_journal_months()}. {_emptied()} : vos idées restent,
votre nom part. De votre matricule et de votre adresse ne reste alors qu'une empreinte chiffrée, qui
ne dit pas qui vous êtes : elle évite qu'un fichier du personnel vous fasse revenir.

## Qui peut voir quoi
Votre nom sur une idée : vous, l'équipe du programme et le responsable de la direction concernée,
jamais les autres lecteurs. Aucune donnée ne quitte cette machine, sauf les courriels qui vous sont
adressés, par le serveur de courriel de l'administration : vous en choisissez le rythme, ou aucun.
Aucune mesure d'audience, aucun service extérieur. Si aucun courriel ne vous atteint, un collègue
chargé de prévenir votre service voit qu'une nouvelle vous attend, pas ce que vous avez écrit.

## À qui s'adresser
Délégué à la protection des données (DPD) : {escape_md(settings().cp_dpo)} · Équipe du programme :
{escape_md(settings().cp_contact)}
""")
reader = current_scope().reader
if reader.is_known:
    download(
        "Emporter mes données (JSON)",
        lambda: _own_data(reader),
        "mes-donnees.json",
        "application/json",
        key="own_data",
    )
st.page_link(
    st.session_state["_cp_pages"]["registre"],
    label="Registre des traitements",
    icon=":material/fact_check:",
)
st.page_link(
    st.session_state["_cp_pages"]["accessibilite"],
    label="Déclaration d'accessibilité",
    icon=":material/accessibility_new:",
)
