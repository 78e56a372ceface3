"""État du système: health, running jobs, and a backup to download."""

import json
from datetime import datetime
from urllib.parse import urlsplit

import streamlit as st

from dashboard import french, theme
from dashboard.access import may
from dashboard.actions.notices.sending import mail_problem
from dashboard.actions.operations import jobs
from dashboard.actions.operations.alerts import read_health
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
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.reading_programs import reading_programs
from dashboard.ui.address import page_header
from dashboard.ui.components import draw, fold, stacked
from dashboard.ui.jobs import ask_button, heading, jobs_list, moment, quiet_sentence
from dashboard.ui.tables import table, terms
from dashboard.visit.signin import current_address, text_of
from dashboard.web.documents import JOB_RESULT
from models.clock import now
from models.database import fetch, reading
from models.jobs import JOBS
from models.steps import known_steps

IN_IT = "Un fichier .zip de toute la base, sans connexions, jetons ni clé de signature."
PERSONAL = (
    "Il contient des données personnelles : gardez-le chiffré, hors de cette machine, et ne"
    " l'envoyez pas par courriel. Ici, il est effacé après un jour."
)
ELSEWHERE = "Ce fichier est sur une autre machine : demandez-en un autre ici."


def render(scope: Scope) -> None:
    page_header("État du système")
    if not may(scope.reader, "system.check"):
        st.warning("L'état du système n'est pas ouvert à votre rôle.", icon=":material/lock:")
        return
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
    wrong = [tile for tile in tiles if tile.level in (Level.bad, Level.watch)]
    wrong.sort(key=lambda tile: tile.level is not Level.bad)
    others = [tile for tile in tiles if tile not in wrong]
    draw("system/vitals.html", wrong=wrong, statuses=theme.STATUSES)
    if remedies := [(tile.name, tile.remedy) for tile in tiles if tile.remedy]:
        with fold("Pour le service informatique : commandes et réglages", icon="terminal"):
            terms(remedies)
    with fold(f"Le reste va bien ou est sans objet : {', '.join(tile.name for tile in others)}"):
        terms([(tile.name, f"{tile.value} · {tile.message}") for tile in others])
    backups, checks = st.columns(2, gap="medium")
    with backups:
        _backups(scope)
    with checks:
        _checks(scope)
    with stacked():
        _mails(scope)
    reading_programs(scope)


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
    return HealthState("base", "Base de données", size(n), level, message)


def _last_verification(verification: tuple[datetime, int, int] | None) -> HealthState:
    """The result of the last verification, requested below."""

    def tile(value: str, level: Level, message: str) -> HealthState:
        return HealthState("verifications", "Vérifications", value, level, message)

    if verification is None:
        return tile(
            "Aucune",
            Level.watch,
            "Aucune demandée depuis un jour",
        )
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
        "Travaux arrêtés",
        french.number(lost),
        Level.watch if lost else Level.good,
        f"{message} avant la fin depuis un jour",
    )


def size(n: int) -> str:
    """« 12,4 Mo », « 3,1 Go »."""
    if n >= 10**9:
        return f"{french.number(n / 10**9, 1)}{french.NO_BREAK}Go"
    if n >= 10**6:
        return f"{french.number(n / 10**6, 1)}{french.NO_BREAK}Mo"
    return f"{french.number(n / 1000, 1)}{french.NO_BREAK}ko"


# ── Backup ────────────────────────────────────────────────────────────────────────────────────────


def _backups(scope: Scope) -> None:
    if not may(scope.reader, "backup.make"):
        return
    heading("Sauvegarde", IN_IT)
    with st.container(border=True, key="cp_backup"):
        quiet_sentence(PERSONAL)
        ask_button(
            "Faire une sauvegarde",
            "backup_make",
            lambda session, reader: jobs.ask(session, reader, "sauvegarde", {}),
            icon=":material/save:",
        )
    jobs_list(
        scope.reader,
        ["sauvegarde"],
        empty="Aucune sauvegarde demandée depuis un jour.",
        title=lambda line: JOBS[line.kind].name,
        done=lambda line: _file(scope, line),
        limit=4,
    )


def _file(scope: Scope, line: JobLine) -> None:
    """The download link, valid for its requester only; or why there is none here."""
    file = fetch(result_file, scope.reader, line.id)
    if file is None:
        return quiet_sentence(ELSEWHERE)
    # Streamed by our own route: a backup may exceed what a page can hold.
    path, name = file
    draw(
        "system/file.html", href=f"{JOB_RESULT}{line.id}", name=name, size=size(path.stat().st_size)
    )


# ── Mails ─────────────────────────────────────────────────────────────────────────────────────────


def _mails(scope: Scope) -> None:
    with reading() as session:
        waiting, oldest, dropped, errors = mail_state(session, scope.reader)
        closed = mail_problem(session)
    heading(
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


def _checks(scope: Scope) -> None:
    heading(
        "Vérifications",
        "Toute la base est vérifiée : cumuls, états, liens, dates, comptes, disque. Ce qui ne tient"
        " pas est nommé.",
    )
    ask_button(
        "Vérifier maintenant",
        "check_now",
        lambda session, reader: jobs.ask(session, reader, "verification", {}),
        icon=":material/fact_check:",
        primary=False,
    )
    jobs_list(
        scope.reader,
        ["verification"],
        empty="Aucune vérification demandée depuis un jour.",
        title=lambda line: JOBS[line.kind].name,
        done=lambda line: _findings(scope, line),
        limit=1,
    )


def _findings(scope: Scope, line: JobLine) -> None:
    findings = json.loads(fetch(result, scope.reader, line.id) or b"[]")
    failed = [finding for finding in findings if not finding["holds"]]
    if failed:
        broken = french.counted(
            len(failed), "vérification ne tient pas", "vérifications ne tiennent pas"
        )
        quiet_sentence(f"{broken} sur {french.number(len(findings))}.")
    else:
        quiet_sentence(f"Les {french.number(len(findings))} vérifications tiennent.")
    with st.expander(
        "Le détail des vérifications", expanded=bool(failed), key=f"w_findings_{line.id}"
    ):
        table(
            ("Vérification", "Tient", "Constat"),
            [
                (finding["name"], _holds(finding["holds"]), finding["said"])
                for finding in sorted(findings, key=lambda finding: finding["holds"])
            ],
            "Vérifications",
        )


def _holds(holds: bool) -> str:
    return "● Oui" if holds else macros().late_word("■ Non")
