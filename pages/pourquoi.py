"""Pourquoi ce chiffre ? — the definition, the counts, the rule of the status, and the curve of one figure."""

import streamlit as st

from dashboard import cached, french
from dashboard.components import card, empty_for_filters, page_header
from dashboard.figures import Figure, Value
from dashboard.figures.board import Entry
from dashboard.listing import table
from dashboard.navigation import address, current_scope
from dashboard.presenting import card_of, figure_of, noun, value_of
from dashboard.scope import Scope
from models.clock import month_ends
from models.roadmap import Health, TargetKind
from models.settings import settings


def render(scope: Scope) -> None:
    try:
        value = value_of(st.query_params.get("chiffre", ""))
    except (KeyError, StopIteration):
        page_header("Pourquoi ce chiffre ?")
        return empty_for_filters("Ce chiffre n'existe pas.", address("", scope))
    figure = figure_of(value.code)
    page_header("Pourquoi ce chiffre ?", value.label, trail=(("Tableau de bord", address("tableau-de-bord", scope)),))
    entry = cached.board(scope, [figure.code])[value.code]
    card(card_of(scope, entry))
    _facts(scope, figure, value, entry)
    _curve(scope, figure, value)


def _facts(scope: Scope, figure: Figure, value: Value, entry: Entry) -> None:
    rows = [("Définition", value.definition), ("Ce qui est compté", _counts(value, entry)), ("Période", figure.window),
            ("Périmètre", scope.sentence()), ("Découpe", figure.cut or "toute l'administration seulement"),
            ("Source", figure.source), ("Lecteur", figure.reader), ("Règle du statut", _rule(value, entry))]
    if entry.suppressed:
        rows.append(("Petit effectif", "Moins de 5 personnes, ou un nombre qui permettrait de les retrouver : rien n'est affiché."))
    st.html("<h2>Le calcul</h2>")
    table(("", ""), rows, "Définition et calcul du chiffre")


def _counts(value: Value, entry: Entry) -> str:
    if entry.numerator is None or entry.denominator is None:
        return f"n = {french.number(entry.n)}" if entry.n is not None else "–"
    top, bottom = value.counts or ("numérateur", "dénominateur")
    return f"{top} : {french.number(entry.numerator, 1)} ; {bottom} : {french.number(entry.denominator, 1)}"


def _rule(value: Value, entry: Entry) -> str:
    if value.thresholds:
        good, fair = value.thresholds
        return f"À jour à partir de {french.number(good)}, à surveiller à partir de {french.number(fair)}, sinon en difficulté."
    if value.kind == TargetKind.follow or entry.expected is None:
        return "Chiffre suivi, sans cible."
    status = Health(entry.status).label if entry.status else "–"
    return (f"Attendu à cette date : {french.number(entry.expected, 1)} {noun(entry.unit)} ; « À jour » au moins à l'attendu, "
            f"« À surveiller » jusqu'à un dixième de moins (ou de plus pour une baisse). Statut : {status}.")


def _curve(scope: Scope, figure: Figure, value: Value) -> None:
    dates = month_ends(scope.on, first=settings().cp_programme_start)
    points = cached.curve(scope, figure.code, value.code, dates)
    st.html("<h2>Depuis le début du programme</h2>")
    rows = [(french.month(p.on), "< 5" if p.suppressed else "n.d." if p.value is None else french.number(p.value, 1),
             french.number(p.numerator, 1) if p.numerator is not None else "–",
             french.number(p.denominator, 1) if p.denominator is not None else "–") for p in reversed(points)]
    table(("Mois", f"Valeur ({noun(str(value.unit)) or 'nombre'})", "Numérateur", "Dénominateur"), rows,
          "Valeurs mois par mois", frozenset({1, 2, 3}))


render(current_scope())
