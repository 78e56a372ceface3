"""Face au PST: the PST tool's data of an action beside ours, disagreements first; links between
them; exported files.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date

import streamlit as st
from markupsafe import Markup
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.roadmap.pst_imports import tie_element, withdraw_pst
from dashboard.figures import pst_files
from dashboard.figures.pst import Beside, Comparison, OurRecord
from dashboard.files.pst.elements import XML
from dashboard.files.writing import WORKBOOK
from dashboard.scope import Scope
from dashboard.ui.components import empty_nothing_yet, fold, link_buttons, section
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.database import fetch
from models.settings import settings

VIEW = "pst"
_NONE = ""


def beside(scope: Scope, subjects: Collection[str] | None) -> None:
    """The last PST file as of the day looked at, line by line; limited to the wanted subjects if
    given.
    """
    known = cached.pst(scope.on, scope.as_known_then)
    if known is None:
        empty_nothing_yet(
            f"Aucun fichier du PST n'a été importé au {french.day(scope.on)}.", _import(scope)
        )
    else:
        _lines(known, scope, subjects)
        _objectives(known)
    if may(scope.reader, pst_files.RIGHT):
        if known is not None:
            _tie_form(known)
        _files(known, scope)


def _import(scope: Scope) -> tuple[str, str] | None:
    if not may(scope.reader, "idea.import"):
        return None
    return "Importer un PST", address("imports", scope, genre="pst")


# ── Side by side ────────────────────────────────────────────────────────────────────────────────


def _lines(known: Comparison, scope: Scope, subjects: Collection[str] | None) -> None:
    lines = [
        line
        for line in known.actions
        if subjects is None or (line.ours and line.ours.subject in subjects)
    ]
    section("Le PST et nous", in_words(known, lines))
    if not lines:
        return
    table(
        (
            "Action du PST",
            "Notre jalon ou chantier",
            "Ce que nous disons",
            f"Le PST du {french.day(known.statement.on)}",
            "Ce qui diffère",
        ),
        [_line(line, scope) for line in lines],
        "Ce que disent le PST et C-Possible de chaque action",
        download="face-au-pst",
    )


def in_words(known: Comparison, lines: Sequence[Beside]) -> str:
    """« D'après « pst.xml » du 15/06/2023 (XML d'eComptes) : 9 actions, 5 liées aux nôtres ; 2
    ne disent pas la même chose. »
    """
    tied = [line for line in lines if line.ours]
    differing = sum(bool(line.differences) for line in tied)
    source = f"D'après « {known.statement.name} » du {french.day(known.statement.on)}"
    tied_in_words = french.counted(len(tied), "liée aux nôtres", "liées aux nôtres")
    counted = f"{french.counted(len(lines), 'ligne')}, {tied_in_words}"
    difference = (
        f"{french.counted(differing, 'ne dit', 'ne disent')} pas la même chose"
        if differing
        else "aucune ne dit autre chose que nous"
    )
    return f"{source} ({known.layout}) : {counted} ; {difference}."


def _line(line: Beside, scope: Scope) -> tuple:
    return (
        line.element.title,
        _link(line.ours, scope) if line.ours else "Pas de lien",
        _state_in_words(
            line.ours.state_label,
            line.ours.progress if line.ours.has_rate else None,
            line.ours.end,
            f"dit le {french.day(line.ours.on)}" if line.ours.on else "rien encore",
        )
        if line.ours
        else "–",
        _theirs(line),
        _difference(line),
    )


def _difference(line: Beside) -> str:
    if line.ours is None:
        return "–"
    return french.sentence_case(", ".join(line.differences)) or "Rien"


def _link(ours: OurRecord, scope: Scope) -> Markup:
    kind, _, code = ours.subject.partition(":")
    places = {"jalon": "feuille-de-route", "chantier": "feuille-de-route"}
    query = {kind: code} if kind in places else {}
    return link(ours.title, address(places.get(kind, "ambitions"), scope, **query))


def _theirs(line: Beside) -> str:
    """The same for the PST: its health if any, and the computed rate of an objective."""
    element = line.element
    more = [f"santé : {element.health.label.lower()}"] if element.health else []
    if line.computed is not None:
        more.append(f"calculé : {french.percent(line.computed, 0)}")
    return _state_in_words(element.state.label, element.progress, element.end, ", ".join(more))


def _state_in_words(state: str, rate: float | None, end: date | None, more: str) -> str:
    parts = (
        state,
        "" if rate is None else french.percent(rate, 0),
        f"fin le {french.day(end)}" if end else "sans échéance",
    )
    words = ", ".join(filter(None, parts))
    return f"{words} ({more})" if more else words


def _objectives(known: Comparison) -> None:
    """Each objective with the rate in the file and the rate computed from its actions."""
    lines = known.objectives
    if not lines:
        return
    with fold("Objectifs : taux lu et taux calculé", icon="percent"):
        table(
            ("Niveau", "Objectif", "Taux lu", "Taux calculé"),
            [
                (
                    line.element.level.label,
                    line.element.title,
                    french.percent(line.element.progress, 0),
                    "–" if line.computed is None else french.percent(line.computed, 0),
                )
                for line in lines
            ],
            "Taux des objectifs du PST : lu dans le fichier, et acquis par les actions",
            frozenset({2, 3}),
            download="objectifs-du-pst",
        )


# ── What those who keep the roadmap do ──────────────────────────────────────────────────────────


def _tie_form(known: Comparison) -> None:
    """The form that links an action to our subject, both chosen by words."""
    form = Form("pst_tie")
    elements = {line.element.key: line.element.title for line in known.lines}
    ours = {_NONE: "Rien chez nous"} | {word.subject: word.title for word in known.ours.values()}
    with st.expander("Lier une action du PST", icon=":material/link:", key=form.key("box")):
        form.field(
            "element",
            st.selectbox,
            "Action ou objectif du PST",
            list(elements),
            format_func=elements.get,
            index=None,
            placeholder="Choisissez ou tapez quelques mots",
        )
        form.field(
            "subject",
            st.selectbox,
            "Jalon, chantier ou projet",
            list(ours),
            format_func=ours.get,
            index=None,
            placeholder="Choisissez ou tapez quelques mots",
        )
        form.send("Lier", lambda session, reader: _tie(session, reader, form, ours), primary=False)


def _tie(session: Session, reader: Reader, form: Form, ours: dict[str, str]) -> str:
    subject = form.value("subject")
    element = form.text("element")
    tie_element(session, reader, element, subject, ours)
    return "Le lien est enregistré." if subject else "Cette action n'est plus liée."


def _files(known: Comparison | None, scope: Scope) -> None:
    """The roadmap as a PST file, and the received PST completed with our data."""
    form = Form("pst_withdraw")
    with st.expander(
        "Fichiers du PST : emporter, importer, retirer",
        icon=":material/import_export:",
        key=form.key("box"),
    ):
        if known is not None or settings().cp_ins:
            _downloads(known, scope)
        else:
            st.caption(
                "Pour emporter la feuille de route en PST, importez d'abord un fichier de votre"
                " outil, ou faites régler le numéro INS de la commune par le service informatique."
            )
        if place := _import(scope):
            link_buttons([(*place, "upload_file")])
        if known is not None:
            name, day = known.statement.name, french.day(known.statement.on)
            st.caption(
                f"Dernier fichier : « {name} », du {day}. Retiré, celui d'avant vaut de nouveau."
            )
            form.send(
                "Retirer ce fichier",
                lambda session, reader: withdraw_pst(session, reader, known.statement.id),
                primary=False,
                done=f"Le fichier « {name} » est retiré.",
            )


def _downloads(known: Comparison | None, scope: Scope) -> None:
    st.caption(
        "Notre feuille de route : le programme est un objectif stratégique du volet interne, un"
        " chantier un objectif opérationnel, un jalon une action."
    )
    with st.container(horizontal=True, key="cp_pst_files"):
        roadmap = pst_files.export_roadmap
        _file("Feuille de route (XML)", roadmap, "feuille-de-route.xml", XML, scope)
        progress = pst_files.export_progress
        _file("État d'avancement (XLSX)", progress, "avancement.xlsx", WORKBOOK, scope)
        if known is not None and known.is_markup:
            _file("PST reçu, avec nos états et nos taux (XML)", _completed, "pst.xml", XML, scope)


def _file(label: str, make: Callable, name: str, mime: str, scope: Scope) -> None:
    def made() -> bytes:
        return fetch(make, scope.reader, scope.on, scope.asked)

    download(label, made, name, mime, key=f"pst_{name}")


def _completed(session: Session, reader: Reader, on: date, _asked: object) -> bytes:
    return pst_files.export_received(session, reader, on, completed=True)[0]
