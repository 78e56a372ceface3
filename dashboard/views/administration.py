"""Administration: accounts by person, the open steps of a new installation, the journal, the health
of the system with its jobs and backups.
"""

import json
import tomllib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from dashboard import cached, french, theme
from dashboard.access import Reader, may
from dashboard.actions.acts import note_export
from dashboard.actions.notices.sending import mail_problem
from dashboard.actions.operations import jobs
from dashboard.actions.operations.heartbeats import read_health
from dashboard.actions.tokens import LONGEST_NAME, make_token, revoke_token
from dashboard.files import csvout
from dashboard.interface.mounting import ADDRESS
from dashboard.interface.rows import SETS
from dashboard.queries.journal import (
    EXPORTED,
    PAGE,
    Filters,
    Sort,
    journal_lines,
    journal_months,
    journal_page,
)
from dashboard.queries.notices.records import mail_state
from dashboard.queries.operations.health import Connection, HealthState, Level, reached
from dashboard.queries.operations.jobs import (
    JobLine,
    counts,
    last_looked_over,
    result,
    result_file,
)
from dashboard.queries.operations.setup import system
from dashboard.queries.people.accounts import count_accounts
from dashboard.queries.reader_tokens import tokens
from dashboard.queries.reference_history import line_in_french, subject_in_french
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.imports import imports_box, imports_list
from dashboard.screens.people.accounts import accounts_list, opening_button, papers_box
from dashboard.screens.setup import in_words, read_setup, steps_list
from dashboard.ui.address import beginning, filter_line, page_asked, page_header, pager
from dashboard.ui.components import (
    copyable,
    draw,
    empty_for_filters,
    fold,
    heading,
    link_buttons,
    paragraph,
    section,
    small_print,
    stacked,
)
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.jobs import ask_button, jobs_list, moment, quiet_sentence
from dashboard.ui.tables import table, terms
from dashboard.ui.unfolding import Fold, unfoldings
from dashboard.visit.navigation import address, public_address
from dashboard.visit.signin import current_address, text_of
from dashboard.web.files import JOB_RESULT
from models.clock import local, now
from models.database import fetch, reading, writing
from models.directions import UnitKind
from models.jobs import JOBS, REGISTERS
from models.ledger import Change
from models.schema import known_steps
from models.settings import settings
from models.sign_on import ReaderToken

# ── Comptes ───────────────────────────────────────────────────────────────────────────────────────


def comptes_view(scope: Scope) -> None:
    n = french.counted(fetch(count_accounts, scope.reader), "compte")
    page_header(
        "Comptes",
        f"{n}. Ouvrez une personne pour changer son rôle.",
        ways=[("Voir le journal", address("journal", scope))],
    )
    is_list = not st.query_params.get("compte")
    if is_list:
        opening_button(scope)
    accounts_list(scope)
    if is_list:
        papers_box(scope)
        into = address("mise-en-route", scope, genre="comptes")
        link_buttons([("Importer des comptes (CSV, XLSX)", into, "upload_file")], after=True)


# ── Mise en route ─────────────────────────────────────────────────────────────────────────────────


def mise_en_route_view(scope: Scope) -> None:
    facts, steps = fetch(read_setup, scope)
    page_header("Mise en route", f"{in_words(facts, steps)} Vérifié à l'ouverture de l'écran.")
    if st.query_params.get("genre"):  # a step leads to its file
        _imports(scope)
        steps_list(facts, steps)
    else:
        steps_list(facts, steps)
        _imports(scope)
    link_buttons(
        [("Référentiels : voir et corriger", address("referentiels", scope), "table_edit")],
        after=True,
    )


def _imports(scope: Scope) -> None:
    """What an installation is filled with: the chart, the personnel, the accounts; its trials."""
    heading("Importer un fichier")
    kinds = [kind for kind, register in REGISTERS.items() if not register.is_on_imports]
    imports_box(scope, kinds, "register")
    imports_list(scope, kinds, limit=4)


# ── Journal ───────────────────────────────────────────────────────────────────────────────────────


HEADINGS = ("Jour", "Qui", "Quoi", "Sur", "Champ", "Avant", "Après")
_SHOWN = 160


def journal_view(scope: Scope) -> None:
    page_header("Journal")
    filters = _filters(scope)
    page = page_asked()
    with reading() as session:
        lines = journal_page(session, scope.reader, filters, page)
        total = journal_lines(session, scope.reader, filters)
    if not lines:
        return empty_for_filters(
            "Aucune ligne du journal ne répond à ces filtres.", address("journal", scope)
        )
    table(HEADINGS, [_cells(*line) for line in lines], "Journal")
    pager(page, total, PAGE)
    download(
        "Télécharger ces lignes (CSV)",
        lambda: _file(scope.reader, filters),
        "journal.csv",
        "text/csv",
        key="journal",
    )
    note = "Le journal retient le jour, jamais l'heure."
    if months := settings().cp_journal_months:
        note += f" Les lignes sur des personnes sont effacées après {months} mois."
    return small_print(note)


def _filters(scope: Scope) -> Filters:
    by_code = {f"{month:%Y-%m}": month for month in fetch(journal_months, scope.reader)}
    with filter_line("journal", scope, "nom, numéro ou code") as line:
        sort = line.choice("Nature", "nature", {str(sort): sort.label for sort in Sort}, "Toutes")
        names = {code: french.month(month) for code, month in by_code.items()}
        month = by_code.get(line.choice("Mois", "mois", names))
    return {"month": month, "sort": Sort(sort) if sort else None, "words": line.words}


def _cells(line: Change, who: str) -> Sequence[object]:
    field, *values = line_in_french(line)
    return (
        french.day(line.on),
        who,
        subject_in_french(line.subject),
        line.record,
        field,
        *(beginning(value, _SHOWN) for value in values),
    )


def _file(reader: Reader, filters: Filters) -> bytes:
    """All filtered lines as a file; the export is noted in the journal."""
    with writing() as session:
        lines = journal_page(session, reader, filters, size=EXPORTED)
        note_export(session, reader, "journal", f"{len(lines)} lignes")
    rows = [
        (line.on, who, subject_in_french(line.subject), line.record, *line_in_french(line))
        for line, who in lines
    ]
    return csvout.as_bytes(HEADINGS, rows)


# ── État du système ───────────────────────────────────────────────────────────────────────────────


_NEW_TOKEN = "_cp_reader_token"
_READING = Path(__file__).parents[1] / "guide" / "reading.toml"


def reading_programs(scope: Scope) -> None:
    """The tokens, for readers who manage them."""
    if not may(scope.reader, "token.manage"):
        return
    section(
        "Lecture par des programmes",
        (
            "Power BI, Excel ou un autre programme lit les chiffres, la feuille de route et les"
            " idées publiées avec un jeton. Il ne peut rien écrire, et ne lit aucun nom."
        ),
    )
    # Shown once: the database stores only the hash, and a rerun no longer has it.
    if new := st.session_state.pop(_NEW_TOKEN, None):
        draw("reading/new_token.html")
        copyable(new)
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
        parts = [
            row.name,
            unit or "toute l'administration",
            f"lu le {french.day(row.used_on)}" if row.used_on else "pas encore utilisé",
        ]
        in_words = ", ".join(parts + ([f"jusqu'au {french.day(row.until)}"] if row.until else []))
        st.text(in_words)
        with form.popover("Révoquer", ":material/key_off:"):
            paragraph("Le programme qui s'en sert ne lira plus rien, dès maintenant.")
            form.send(
                f"Révoquer « {row.name} »",
                lambda session, reader: (
                    f"Le jeton « {revoke_token(session, reader, row.id)} » n'ouvre plus rien."
                ),
            )


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
            done="Le jeton est créé : copiez-le ci-dessous.",
        )


def _make(session, reader, form: Form) -> None:
    st.session_state[_NEW_TOKEN] = make_token(
        session, reader, form.text("name"), form.value("unit_id"), form.value("last_day")
    )


def _how_to_read() -> None:
    """How Excel, Power BI and other programs read, with the installation's own address."""
    paragraph("Toutes les listes sont sous une seule adresse :")
    copyable(f"{public_address()}{ADDRESS}/")
    lists = [(name, data_set.row.about()) for name, data_set in SETS.items()]
    draw("reading/lists.html", lists=lists)
    written = _READING.read_text(encoding="utf-8").replace("ORIGINE", public_address())
    for part in tomllib.loads(written)["parts"]:
        heading(part["title"], 3)
        draw("reading/steps.html", steps=part["steps"])
        for query in part["queries"]:
            paragraph(query["text"])
            copyable(query["code"])


_BACKUP, _CHECKS = "sauvegarde", "verifications"  # tiles that have their button
ELSEWHERE = "Ce fichier est sur une autre machine : demandez-en un autre ici."


def etat_du_systeme_view(scope: Scope) -> None:
    page_header(
        "État du système",
        f"État lu aujourd'hui à {local(now()):%H h %M}. Ce qui demande une action vient d'abord.",
    )
    with reading() as session:
        database = system(session, scope.reader)
        states = read_health(session)
        under_way = counts(session, scope.reader, now())
        looked_over = last_looked_over(session, scope.reader, now())
    lost = sum(n for (_, state), n in under_way.items() if state == "perdu")
    # On the machine itself there is no network to judge.
    reached_checks = [
        check for check in reached(scope.reader, _connection()) if check.level is not Level.unknown
    ]
    tiles = [
        _database(*database),
        _last_verification(looked_over),
        *states,
        *reached_checks,
        _lost_jobs(lost),
    ]
    wrong = [tile for level in (Level.bad, Level.watch) for tile in tiles if tile.level is level]
    others = [tile for tile in tiles if tile not in wrong]
    _vitals([tile for tile in wrong if tile.code not in (_BACKUP, _CHECKS)])
    backups, checks = st.columns(2, gap="medium")
    with backups:
        _backups(scope, [tile for tile in wrong if tile.code == _BACKUP])
    with checks:
        _checks(scope, [tile for tile in wrong if tile.code == _CHECKS])
    if remedies := [(tile.name, tile.remedy) for tile in tiles if tile.remedy]:
        with fold("Pour le service informatique : commandes et réglages", icon="terminal"):
            terms(remedies)
    states = {Level.good: "Va bien", Level.unknown: "Sans objet ici"}
    named = [(level, ", ".join(t.name for t in others if t.level is level)) for level in states]
    with fold(". ".join(f"{states[level]} : {names}" for level, names in named if names)):
        terms([(tile.name, f"{tile.value} · {tile.message}") for tile in others])
    with stacked():
        _mails(scope)
    reading_programs(scope)


def _vitals(tiles: Sequence[HealthState]) -> None:
    if tiles:
        draw("system/vitals.html", wrong=tiles, statuses=theme.STATUSES)


def _connection() -> Connection:
    """The connection of this browser, as the browser and the server report it."""
    shown, headers = urlsplit(text_of(st.context.url) or ""), st.context.headers
    return Connection(
        f"{shown.scheme}://{shown.netloc}",
        text_of(headers.get("Host")) or "",
        current_address() or "127.0.0.1",
        text_of(headers.get("X-Forwarded-For")) or "",
    )


def _database(engine: str, revision: str, n: int) -> HealthState:
    step = f"{engine}, étape {revision} des migrations"
    is_newest = revision == known_steps()[0]
    level = Level.good if is_newest else Level.bad
    message = f"{step}, la dernière" if is_newest else f"{step} : migration à faire"
    return HealthState("base", "Base de données", french.size(n), level, message)


def _last_verification(verification: tuple[datetime, int, int] | None) -> HealthState:
    """The result of the last verification, requested below."""

    tile = partial(HealthState, _CHECKS, "Vérifications")
    if verification is None:
        return tile("aucune depuis hier", Level.watch, "")
    asked_at, failed, checks = verification
    when = f"Vérifié {moment(asked_at)}"
    if failed:
        value = f"{french.number(failed)} sur {french.number(checks)}"
        return tile(value, Level.bad, f"{when} : ce qui ne tient pas est ci-dessous")
    return tile("Tout tient", Level.good, when)


def _lost_jobs(lost: int) -> HealthState:
    message = "Arrêtés" if lost else "Aucun ne s'est arrêté"
    return HealthState(
        "travaux-arretes",
        "Travaux inachevés",
        french.number(lost),
        Level.watch if lost else Level.good,
        f"{message} avant la fin depuis un jour",
    )


# ── Backup ────────────────────────────────────────────────────────────────────────────────────────


def _backups(scope: Scope, tiles: Sequence[HealthState]) -> None:
    if not may(scope.reader, "backup.make"):
        return
    heading("Sauvegarde")
    _vitals(tiles)
    ask_button(
        "Faire une sauvegarde",
        "backup_make",
        lambda session, reader: jobs.ask(session, reader, "sauvegarde", {}),
        icon=":material/save:",
    )
    quiet_sentence(
        "Un fichier .zip de toute la base, sans connexions, jetons ni clé de signature. Il contient"
        " des données personnelles : gardez-le chiffré, hors de cette machine, et ne l'envoyez pas"
        " par courriel. Ici, il est effacé après un jour."
    )
    jobs_list(
        scope.reader,
        ["sauvegarde"],
        title=lambda line: JOBS[line.kind].name,
        done=lambda line: _result(scope, line),
        limit=4,
    )


def _result(scope: Scope, line: JobLine) -> None:
    """The download link, valid for its requester only; or why there is none here."""
    file = fetch(result_file, scope.reader, line.id)
    if file is None:
        return quiet_sentence(ELSEWHERE)
    # Streamed by our own route: a backup may exceed what a page can hold.
    path, name = file
    draw(
        "system/file.html",
        href=f"{JOB_RESULT}{line.id}",
        name=name,
        size=french.size(path.stat().st_size),
    )


# ── Mails ─────────────────────────────────────────────────────────────────────────────────────────


def _mails(scope: Scope) -> None:
    with reading() as session:
        waiting, oldest, dropped, errors = mail_state(session, scope.reader)
        closed = mail_problem(session)
    section(
        "Courriels",
        "Les avis d'une personne partent ensemble ; un envoi refusé est essayé six fois.",
    )
    if closed:
        return quiet_sentence(
            f"{closed} Les personnes sont prévenues depuis l'écran « À prévenir »."
        )
    since = f", le plus ancien du {french.day(oldest)}" if oldest else ""
    quiet_sentence(
        f"{french.counted(waiting, 'avis en attente', 'avis en attente')}{since} ;"
        f" {french.counted(dropped, 'avis abandonné', 'avis abandonnés')} après des refus, à"
        " transmettre de vive voix."
    )
    if errors:
        table(
            ("Ce que dit le serveur de courriel", "Avis"),
            [(message, french.number(n)) for message, n in errors],
            "Erreurs des courriels",
            frozenset({1}),
        )


# ── Checks ────────────────────────────────────────────────────────────────────────────────────────


def _checks(scope: Scope, tiles: Sequence[HealthState]) -> None:
    heading("Vérifications")
    _vitals(tiles)
    ask_button(
        "Vérifier maintenant",
        "check_now",
        lambda session, reader: jobs.ask(session, reader, "verification", {}),
        icon=":material/fact_check:",
        primary=False,
    )
    quiet_sentence(
        "Toute la base est vérifiée : cumuls, états, liens, dates, comptes, disque. Ce qui ne tient"
        " pas est nommé."
    )
    jobs_list(
        scope.reader,
        ["verification"],
        title=lambda line: JOBS[line.kind].name,
        done=lambda line: _findings(scope, line),
        limit=1,
    )


def _findings(scope: Scope, line: JobLine) -> None:
    findings = json.loads(fetch(result, scope.reader, line.id) or b"[]")
    failed = [finding for finding in findings if not finding["holds"]]
    title = (
        f"{french.counted(len(findings) - len(failed), 'tient', 'tiennent')} sur"
        f" {french.counted(len(findings), 'vérification')}"
    )
    with st.expander(title, expanded=bool(failed), key=f"w_findings_{line.id}"):
        table(
            ("Vérification", "Tient", "Constat"),
            [
                (
                    finding["name"],
                    ("● Oui" if finding["holds"] else macros().late_word("■ Non")),
                    finding["said"],
                )
                for finding in sorted(findings, key=lambda finding: finding["holds"])
            ],
            "Vérifications",
        )
