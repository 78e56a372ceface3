"""Blocks of reading programs (Power BI, Excel…): their tokens, and how each program reads."""

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.tokens import LONGEST_NAME, make_token, revoke_token
from dashboard.interface.mounting import ADDRESS
from dashboard.interface.rows import SETS
from dashboard.queries.reader_tokens import tokens
from dashboard.scope import Scope
from dashboard.ui.components import draw, paragraph
from dashboard.ui.components import heading as title
from dashboard.ui.forms import Form
from dashboard.ui.jobs import heading, quiet_sentence
from dashboard.ui.unfolding import Fold, unfoldings
from dashboard.visit.navigation import public_address
from models.database import fetch
from models.directions import UnitKind
from models.sign_on import ReaderToken

_NEW_TOKEN = "_cp_reader_token"
_LEAD = (
    "Power BI, Excel ou un autre programme lit les chiffres, la feuille de route et les idées"
    " publiées avec un jeton. Il ne peut rien écrire, et ne lit aucun nom."
)
_EXCEL = (
    "Données › Obtenir des données › À partir d'autres sources › Requête vide, puis Éditeur avancé"
    " : collez l'une des requêtes ci-dessous.",
    "À la question des informations d'identification, choisissez « De base » : nom d'utilisateur"
    " « lecture », mot de passe : le jeton. Il reste dans Excel, pas dans la requête.",
    "Au niveau de confidentialité, choisissez « Organisation ». Actualiser relit les données.",
)
_POWER_BI = (
    "Obtenir des données › Requête vide › Éditeur avancé : les mêmes requêtes.",
    "Informations d'identification : « De base », comme dans Excel ; sur le service Power BI, les"
    " mêmes, dans les paramètres du jeu de données.",
)
_QUERY = """let
    Lu = Json.Document(Web.Contents("{origin}", [
        RelativePath = "api/v1/chiffres",
        Query = [au = "mois", par = "direction"]
    ])),
    Lignes = Table.FromRecords(Lu[rows]),
    Types = Table.TransformColumnTypes(Lignes, {{
        {{"au", type date}}, {{"value", type number}}, {{"target", type number}},
        {{"numerator", type number}}, {{"denominator", type number}}
    }})
in
    Types"""
_QUERY_BY_PAGES = """let
    Lire = (suite as record) => Json.Document(Web.Contents("{origin}", [
        RelativePath = "api/v1/idees",
        Query = [limite = "500"] & suite
    ])),
    Pages = List.Generate(
        () => Lire([]),
        each _ <> null,
        each if [next] = null then null
            else Lire([apres = Uri.Parts([next])[Query][apres]])
    ),
    Lignes = Table.FromRecords(List.Combine(List.Transform(Pages, each [rows])))
in
    Lignes"""
_BY_HAND = 'curl -H "Authorization: Bearer JETON" "{origin}/api/v1/chiffres?format=csv"'


def reading_programs(scope: Scope) -> None:
    """The tokens, for readers who manage them."""
    if not may(scope.reader, "token.manage"):
        return
    heading("Lecture par des programmes", _LEAD)
    # Shown once: the database stores only the hash, and a rerun no longer has it.
    if new := st.session_state.pop(_NEW_TOKEN, None):
        draw("reading/new_token.html")
        st.code(new, language=None, wrap_lines=True)
    all_tokens = fetch(tokens, scope.reader)
    open_ones = [(token, unit) for token, unit in all_tokens if token.is_open(cached.today())]
    if not open_ones:
        quiet_sentence("Aucun jeton n'est ouvert : aucun programme ne lit.")
    for token, unit in open_ones:
        _token(token, unit)
    unfoldings(
        [
            Fold("Créer un jeton", _new_token_form, (), "w_reader_token", ":material/key:"),
            Fold(
                "Lire avec Excel, Power BI ou un autre programme",
                _how_to_read,
                (),
                "w_how_to_read",
                ":material/table_view:",
            ),
        ]
    )


def _token(row: ReaderToken, unit: str) -> None:
    form = Form(f"reader_token_{row.id}")
    with st.container(
        horizontal=True, vertical_alignment="center", key=f"cp_reader_token_{row.id}"
    ):
        st.text(_in_words(row, unit))
        with form.popover("Révoquer", ":material/key_off:"):
            paragraph("Le programme qui s'en sert ne lira plus rien, dès maintenant.")
            form.send(
                f"Révoquer « {row.name} »",
                lambda session, reader: (
                    f"Le jeton « {revoke_token(session, reader, row.id)} » n'ouvre plus rien."
                ),
            )


def _in_words(row: ReaderToken, unit: str) -> str:
    """« Power BI, toute l'administration, lu le 12/06/2023 »."""
    parts = [
        row.name,
        unit or "toute l'administration",
        f"lu le {french.day(row.used_on)}" if row.used_on else "pas encore utilisé",
    ]
    return ", ".join(parts + ([f"jusqu'au {french.day(row.until)}"] if row.until else []))


def _new_token_form() -> None:
    form = Form("reader_token")
    tree = cached.tree_at(cached.today())
    units = [unit.id for unit, _ in tree.walk() if unit.kind != UnitKind.root]
    with st.container(width=560, key="cp_reader_token"):
        form.field(
            "name",
            st.text_input,
            "Quel programme lira ?",
            max_chars=LONGEST_NAME,
            placeholder="Power BI du cabinet",
        )
        form.field(
            "unit_id",
            st.selectbox,
            "Ce qu'il ouvre",
            units,
            index=None,
            format_func=lambda unit: tree.by_id[unit].label,
            placeholder="Toute l'administration",
            help="Ou une seule direction, avec ce qui en dépend.",
        )
        form.field(
            "last_day",
            st.date_input,
            "Dernier jour (facultatif)",
            value=None,
            format="DD/MM/YYYY",
        )
        form.send(
            "Créer le jeton",
            lambda session, reader: _make(session, reader, form),
            icon=":material/key:",
        )


def _make(session: Session, reader: Reader, form: Form) -> str:
    st.session_state[_NEW_TOKEN] = make_token(
        session, reader, form.text("name"), form.value("unit_id"), form.value("last_day")
    )
    return "Le jeton est créé : copiez-le ci-dessous."


def _how_to_read() -> None:
    """How Excel, Power BI and other programs read, with the installation's own address."""
    base_address = public_address()
    paragraph("Toutes les listes sont sous une seule adresse :")
    st.code(f"{base_address}{ADDRESS}/", None, wrap_lines=True)
    draw(
        "reading/lists.html",
        lists=[(name, data_set.row.about()) for name, data_set in SETS.items()],
    )
    title("Excel (Power Query)", 3)
    draw("reading/steps.html", steps=_EXCEL)
    paragraph("Les chiffres, mois par mois et direction par direction :")
    st.code(_QUERY.format(origin=base_address), None, wrap_lines=True)
    paragraph("Toutes les idées publiées, page après page :")
    st.code(_QUERY_BY_PAGES.format(origin=base_address), None, wrap_lines=True)
    title("Power BI", 3)
    draw("reading/steps.html", steps=_POWER_BI)
    title("Un autre programme", 3)
    paragraph("Le jeton se met dans l'en-tête Authorization :")
    st.code(_BY_HAND.format(origin=base_address), None, wrap_lines=True)
