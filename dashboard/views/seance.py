"""Séance: a meeting prepared, then held point by point; the decisions; the report as a file; the
public version of the situation.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.meetings.agendas import FILES
from dashboard.actions.news import publish, withdraw_publication
from dashboard.actions.operations import jobs
from dashboard.cached import ideas, ideas_done, publications, situation
from dashboard.figures.board import Changes
from dashboard.figures.kinds import Unit
from dashboard.frame.around import Asked, one_block, page_at, without_filters
from dashboard.queries.decisions.records import DecisionAt, DecisionList, listed
from dashboard.queries.meetings.agenda import is_restricted, last_with_points, next_of
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.news import LastPublication, PublicFigure, Situation
from dashboard.queries.operations.jobs import JobLine, result
from dashboard.report.kinds import ReportKind
from dashboard.report.wording import measure
from dashboard.scope import Scope
from dashboard.screens import cockpit
from dashboard.screens.cockpit import changes_since, held
from dashboard.screens.decisions import running
from dashboard.screens.decisions.form import new_point_form
from dashboard.screens.decisions.running import agenda_block, files_block, meetings_table
from dashboard.screens.decisions.sheet import (
    decided_file,
    decision_desk,
    decision_in_full,
    minutes_block,
    send_form,
)
from dashboard.screens.front import situation as show
from dashboard.screens.roadmap.changes import (
    cause_of,
    moved_tables,
    owner_in_words,
    slipped_table,
)
from dashboard.screens.voices import public_quality
from dashboard.ui.address import choice, page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of, public_window
from dashboard.ui.components import (
    TodoItem,
    empty_nothing_yet,
    escape_md,
    explanation,
    fold,
    heading,
    link_buttons,
    paragraph,
    section,
    stacked,
    todo_list,
)
from dashboard.ui.desk import is_alone
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form, show_act_message
from dashboard.ui.jobs import ask_button, jobs_list
from dashboard.ui.tables import link, table, unit_name
from dashboard.visit.navigation import address, whole_number
from models.database import reading
from models.decisions import Instance
from models.idea_states import IdeaStatus
from models.meetings import BODIES, MeetingKind, MeetingState
from models.notices import WORD_MAX, Publication

# ── En séance ─────────────────────────────────────────────────────────────────────────────────────


def en_seance_view(scope: Scope) -> None:
    ident = whole_number(st.query_params.get("reunion"))
    meeting = next((m for m in cached.meetings(scope.on) if m.id == ident), None)
    if not meeting or meeting.kind not in BODIES or is_restricted(scope.reader, meeting.kind):
        trail = (("Préparer la séance", address("preparer", scope)),)
        return page_header(
            "En séance", "Ouvrez la séance depuis « Préparer la séance ».", trail=trail
        )
    found = [p for p in cached.agenda_points(scope, meeting.id) if p.minutes or p.treated]
    asked = whole_number(st.query_params.get(running.RANK)) or 1
    rank = min(max(asked, 1), len(found) + 1)
    running.head(scope, meeting, found, rank)
    # Outcomes are recorded from the day of the meeting on.
    is_now = scope.on == cached.today() and meeting.day <= cached.today()
    can_run = is_now and may(scope.reader, "decision.record")
    if rank > len(found):
        page_header("Clôture de la séance")
        if can_run:
            new_point_form(scope)
        if can_run and may(scope.reader, "meeting.record"):
            running.closing_form(scope, meeting)
        return None
    point = found[rank - 1]
    page_header(f"{rank}. {point.label}")
    if not point.is_closed:
        running.timer(f"{meeting.id}_{point.id}", point.minutes)
    if not can_run or point.is_closed:
        running.point_shown(scope, point)
        if meeting.day > cached.today():
            paragraph(f"Les issues s'inscrivent à partir du {french.day_long(meeting.day)}.")
        return None
    left, right = st.columns([3, 2], gap="large")
    with left:
        running.point_shown(scope, point)
    with right:
        running.outcome_form(scope, meeting, point)
    return None


# ── Décisions ─────────────────────────────────────────────────────────────────────────────────────


_FIGURES = (
    *("decisions.taux", "decisions.attente", "communication"),
    *("copilotage", "presence-conseil"),
)


def decisions_view(scope: Scope) -> None:
    if is_alone("decision"):
        number = whole_number(st.query_params["decision"])
        return one(scope, next((d for d in cached.decisions(scope.on) if d.number == number), None))
    decisions = [d for d in cached.decisions(scope.on) if scope.has(d.owner_direction_id)]
    page_header("Décisions")
    decision_desk(scope, decisions)
    if st.query_params.get("rang"):
        return None
    with stacked():
        decided_file(decisions, scope)
        cards(cards_of(scope, _FIGURES), level=2)
    if scope.on == cached.today():
        new_point_form(scope)
    return None


# --- one decision ---------------------------------------------------------------------------------


def one(scope: Scope, d: DecisionAt | None) -> None:
    back = ("Décisions", address("decisions", scope))
    if d is None:
        return page_header(
            "Décision introuvable", "Ce numéro n'existe pas à cette date.", trail=(back,)
        )
    page_header(
        d.title, f"Décision n° {d.number} · {d.instance.label} · {d.state(scope.on)}", trail=(back,)
    )
    decision_in_full(scope, d)


# ── Depuis la séance ──────────────────────────────────────────────────────────────────────────────


def depuis_view(_scope: Scope) -> None:
    st.switch_page(page_at("preparer"), query_params=st.query_params.to_dict())


# ── Rapport ───────────────────────────────────────────────────────────────────────────────────────


WHAT = {
    ReportKind.dossier: "4 à 8 pages : chantiers, jalons, besoins, chiffres.",
    ReportKind.slides: "Un message par diapositive, à modifier.",
    ReportKind.college: "Sans commentaires, besoins ni noms.",
    ReportKind.workbook: "Les mêmes chiffres, en nombres et en dates.",
    ReportKind.team: "Pour une réunion d'équipe : idées, jalons, chiffres.",
}
_NAME = "rapport"  # parameter of the address: « ?rapport=equipe »


def rapport_view(scope: Scope) -> None:
    page_header("Rapport")
    kinds = {
        kind.value: kind.label for kind in ReportKind if kind is not ReportKind.team or scope.units
    }
    with st.container(key="cp_report_choice", width=720):
        kind = choice(
            "Quel rapport ?",
            _NAME,
            kinds,
            next(iter(kinds)),
            key="w_report_kind",
            field=st.radio,
            captions=[WHAT[ReportKind(code)] for code in kinds],
        )
        ask_button(
            "Préparer le rapport",
            "report_make",
            lambda session, reader: jobs.ask(session, reader, kind, scope.params()),
            icon=":material/summarize:",
        )
        if not scope.units:
            st.caption("Choisissez une direction en haut pour obtenir la feuille d'équipe.")
    section(
        "Vos rapports",
        "Vous pouvez quitter cet écran pendant que le rapport se prépare ; il reste ici un jour.",
    )
    jobs_list(
        scope.reader,
        list(ReportKind),
        empty="Aucun rapport préparé ces vingt-quatre dernières heures.",
        title=lambda line: ReportKind(line.kind).label,
        done=lambda line: download_of(scope, line),
    )


def download_of(scope: Scope, line: JobLine) -> None:
    """The link to a finished report."""
    download(
        f"Télécharger {line.file_name}",
        lambda: _content(scope, line.id),
        line.file_name,
        ReportKind(line.kind).mime,
        key=f"report_{line.id}",
    )


def _content(scope: Scope, job_id: str) -> bytes:
    with reading() as session:
        return result(session, scope.reader, job_id) or b""


# ── Préparer la séance ────────────────────────────────────────────────────────────────────────────


SHOWN_STATES = tuple(status for status in IdeaStatus if status.rules.only_decided)
_MOST = 5


def since(scope: Scope, asked: dict[str, str]) -> None:
    """The changes between the meeting of `seance` and the day looked at."""
    start, end = date.fromisoformat(asked["seance"]), scope.on
    decisions = [d for d in cached.decisions(end) if scope.has(d.owner_direction_id)]
    found = changes_since(scope, start)
    explanation(f"De la séance du {french.day_long(start)} au {french.day_long(end)}.")
    _slipped(found, scope)
    items = [
        TodoItem(
            f"N° {d.number} — {d.title}",
            address("decisions", scope, decision=d.number),
            unit_name(scope.tree, d.owner_direction_id, ""),
            d.due_on,
            d.is_late(end),
        )
        for d in sorted(listed(decisions, DecisionList.to_execute, end), key=lambda d: d.due_on)
    ]
    todo_list(items, "Décisions à exécuter", "Aucune décision n'est à exécuter.", _MOST)
    with fold("Les autres changements : jalons, décisions, idées", icon="update"):
        moved_tables(found, scope)
        _decided(found, scope)
        moves = ideas.idea_moves(scope, found.start, found.end)
        parts = [
            french.counted(moves.filed, "dépôt reçu", "dépôts reçus"),
            french.counted(moves.answered, "première réponse donnée", "premières réponses données"),
        ]
        for status in SHOWN_STATES:
            if n := moves.reached[status]:
                parts.append(f"{french.number(n)} « {status.label} »")
        explanation("Idées : " + " · ".join(parts) + ".")


def _slipped(found: Changes, scope: Scope) -> None:
    """What slipped since, and the milestones that are late."""
    heading("Ce qui a glissé, et pourquoi", level=3)
    slipped_table(found, scope)
    late = [
        replace(
            cockpit.late_milestone(m, scope),
            detail=f"{owner_in_words(m, scope)} · {cause_of(m, scope)}",
        )
        for m in cockpit.what_waits(scope).late
    ]
    todo_list(late, "Jalons en retard", "Aucun jalon n'est en retard.", _MOST)


def _decided(found: Changes, scope: Scope) -> None:
    rows = [
        (*_decision(d, scope), f"{d.outcome.label} le {french.day(d.decided.on)}")
        for d in found.decided
        if d.outcome
    ]
    rows += [(*_decision(d, scope), f"Exécutée le {french.day(d.done_on)}") for d in found.executed]
    if rows:
        headings = ("Décision", "Instance", "Ce qui s'est passé")
        table(headings, rows, "Décisions prises, exécutées")
    else:
        explanation("Rien n'a été décidé ni exécuté.")


def _decision(d: DecisionAt, scope: Scope) -> tuple:
    href = address("decisions", scope, decision=d.number)
    return link(f"N° {d.number} {d.title}", href), d.instance.label


_RECENT = 12
MEETING, SINCE = "reunion", "seance"  # parameters of the address


def head(_scope: Scope, _asked: dict[str, str]) -> None:
    page_header("Préparer la séance")


def after(scope: Scope, _asked: dict[str, str]) -> None:
    show_act_message()
    body, meeting = _chosen(scope)
    if meeting is None:
        plan = ("Prévoir une séance", address("agenda", scope))
        can_plan = may(scope.reader, "meeting.record")
        empty_nothing_yet("Aucune séance n'est prévue.", plan if can_plan else None)
    else:
        _meeting(scope, meeting)
    _since(scope, body)
    if scope.on == cached.today():
        new_point_form(scope)
    meetings_table(scope, body)


def _chosen(scope: Scope) -> tuple[MeetingKind, MeetingAt | None]:
    """The body and its meeting in the address: the next one, unless another is asked for."""
    open_to = [body for body in BODIES if not is_restricted(scope.reader, body)]
    labels = {str(body): Instance(body).label for body in open_to}
    # Side by side on a phone too, so that the first points are seen at once.
    line = st.container(horizontal=True)
    with line:
        body = choice(
            *("Instance", "instance", labels, str(open_to[0])),
            **{"key": "w_body", "leaves": (MEETING, SINCE)},
            **{"width": 190, "label_visibility": "collapsed"},
        )
    known = [m for m in cached.meetings(scope.on) if m.kind == body]
    of_body = [m for m in known if m.state != MeetingState.cancelled]
    coming = [m for m in of_body if m.day >= scope.on]
    past = [m for m in reversed(of_body) if m.day < scope.on][:_RECENT]
    shown = {str(m.id): m for m in (*coming, *past)}
    upcoming = next_of(of_body, MeetingKind(body), scope.on)
    default = str(upcoming.id) if upcoming else next(iter(shown), "")
    with line:
        days = {ident: french.day(m.day) for ident, m in shown.items()}
        how = {"key": "w_meeting", "width": 122, "label_visibility": "collapsed"}
        ident = choice("Séance du", MEETING, days, default, **how) if shown else ""
    return MeetingKind(body), shown.get(ident)


def _meeting(scope: Scope, meeting: MeetingAt) -> None:
    found = cached.agenda_points(scope, meeting.id)
    when = f"{french.weekday(meeting.day)} {french.day_long(meeting.day)}"
    facts = (when.capitalize(), meeting.hours, meeting.place, meeting.title)
    agenda_block(scope, meeting, found)
    explanation(" · ".join(filter(None, facts)))
    if found and meeting.day >= scope.on:
        sitting = address("en-seance", scope, reunion=meeting.id)
        link_buttons([("Afficher la séance point par point", sitting, "present_to_all")])
    if meeting.day <= scope.on:
        minutes_block(scope, meeting)
    params = replace(scope, since=_last(scope, meeting.kind)).params()
    if may(scope.reader, "report.make") and meeting.day >= scope.on:
        heading("Les fichiers de la séance")
        files_block(params)
        jobs_list(
            scope.reader,
            FILES,
            empty="Aucun fichier préparé ces vingt-quatre dernières heures.",
            title=lambda line: ReportKind(line.kind).label,
            done=lambda line: download_of(scope, line),
        )
    if may(scope.reader, "meeting.record"):
        send_form(scope, meeting, params)
        more = address("agenda", scope, reunion=meeting.id)
        link_buttons([("Déplacer, annuler, noter les présences", more, "edit_calendar")])


def _last(scope: Scope, body: MeetingKind) -> date | None:
    return last_with_points(held(scope, body), cached.decisions(scope.on), scope.on)


def _since(scope: Scope, body: MeetingKind) -> None:
    """What changed since the last meeting with points, or since another one."""
    default = _last(scope, body)
    heading("Depuis la dernière séance")
    if default is None:
        return explanation(f"Aucune séance « {body.label} » n'a été tenue auparavant.")
    days = {m.day.isoformat(): french.day(m.day) for m in reversed(held(scope, body))}
    chosen = choice("Depuis la séance du", SINCE, days, default.isoformat(), key="w_since")
    return without_filters(since, scope, seance=chosen)


def preparer_view(_scope: Scope) -> None:
    one_block(head, after=after)


# ── Publier ───────────────────────────────────────────────────────────────────────────────────────


QUALITY = "qualite"  # the field that publishes the quality of participation too


def publication_view(scope: Scope) -> None:
    page_header("Publier la situation")
    form = Form("publication")
    made = publications()
    form.opens_with({"word": "", QUALITY: False}, made[0][0].id if made else 0)
    before = cached.published()
    published = _situation(scope, bool(form.value(QUALITY)))
    replaced = _replaced(before, published) if before else ""
    with st.container(border=True, key="cp_publish"):
        is_public = before and before.situation.as_json() == published.as_json()
        ready = " est publique : publier à nouveau ne change que votre mot"
        st.markdown(
            f"**La situation au {french.day_long(scope.on)}**"
            f"{ready if is_public else f' est prête à publier{replaced}'}."
        )
        form.field(
            "word",
            st.text_area,
            "Mot de la Direction générale (facultatif)",
            max_chars=WORD_MAX,
            height=68,
            help="Il se lit sur l'accueil public, au-dessus des chiffres.",
        )
        form.field(
            QUALITY,
            st.checkbox,
            "Publier aussi la qualité de la participation",
            help="Quels groupes d'agents s'expriment, semestre par semestre.",
        )
        # Above what opens, which would cover it.
        form.first_error()
        kind = "secondary" if is_public else "primary"
        with form.popover("Publier cette situation", ":material/public:", type=kind):
            paragraph("Tout le monde la lira, sans compte.")
            form.button(
                "Oui, la rendre publique",
                lambda session, reader: publish(
                    session, reader, scope.on, form.text("word"), published, read=form.mark
                ),
                done=lambda made: f"La situation au {french.day_long(made.au)} est publique.",
            )
    without_filters(changes, scope)
    section(
        "Ce qui sera lu",
        "Les chiffres, les chantiers, les jalons et les idées réalisées ; jamais les statuts (à"
        " jour, en difficulté), les prévisions, les commentaires ni les porteurs.",
    )
    with st.container(border=True, key="cp_publication_preview"):
        asked = {QUALITY: "oui"} if published.quality else {}
        without_filters(preview, scope, word=form.text("word"), **asked)
    _history(made)


def _situation(scope: Scope, with_quality: bool) -> Situation:
    """What is published, with the table of the half years if the Directeur général says so."""
    quality = public_quality(scope) if with_quality else ()
    return replace(situation(scope), quality=quality)


def preview(scope: Scope, asked: Asked) -> None:
    content = _situation(scope, QUALITY in asked)
    done = ideas_done(content.ideas)
    show(LastPublication(0, cached.today(), scope.on, asked["word"], content, done))


def changes(scope: Scope, _asked: Asked) -> None:
    """The current publication beside this one."""
    before = cached.published()
    heading("Ce qui change")
    if before is None:
        return empty_nothing_yet("Rien n'est encore public : tout ce qui suit sera nouveau.")
    was = {figure.code: _measured_in_words(figure) for figure in before.situation.figures}
    table(
        ("Chiffre", f"Public, au {french.day(before.au)}", f"Ici, au {french.day(scope.on)}"),
        [
            (
                f"{figure.label} {public_window(figure)}".strip(),
                was.get(figure.code, "–"),
                _measured_in_words(figure),
            )
            for figure in situation(scope).figures
        ],
        "Les chiffres publics, avant et après cette publication",
    )


def _replaced(before: LastPublication, published: Situation) -> str:
    """« , à la place de celle du 31 mai 2023 : 6 chiffres changent, dont … »."""
    was = {figure.code: measure(figure.value, figure.unit) for figure in before.situation.figures}
    now = [(figure, measure(figure.value, figure.unit)) for figure in published.figures]
    changed = [
        f", dont « {figure.label} » : {was.get(figure.code, 'n.d.')} → {value}"
        for figure, value in now
        if was.get(figure.code) != value
    ]
    counted = french.counted(len(changed), "chiffre change", "chiffres changent")
    return (
        f", à la place de celle du {french.day_long(before.au)} : {counted}{''.join(changed[:1])}"
    )


def _measured_in_words(figure: PublicFigure) -> str:
    """« 5,3 (169 / 3 200) »."""
    counts = ""
    if Unit(figure.unit).has_counts and figure.denominator:
        counts = f" {french.counts(figure.numerator, figure.denominator)}"
    return f"{measure(figure.value, figure.unit)}{counts}"


def _history(made: Sequence[tuple[Publication, Situation | None]]) -> None:
    heading("Publications")
    if not made:
        return empty_nothing_yet("Rien n'est encore public.")
    for publication, content in made:
        holds = (
            french.counted(len(content.figures), "chiffre") if content else "elle ne se lit plus"
        )
        message = (
            f"Situation au {french.day_long(publication.au)}, publiée le"
            f" {french.day_long(publication.on)} : {holds}"
        )
        if publication.withdrawn_on:
            st.caption(
                escape_md(f"{message} ; retirée le {french.day_long(publication.withdrawn_on)}.")
            )
            continue
        form = Form(f"withdraw_{publication.id}")
        with form.row(vertical_alignment="center", key=f"cp_publication_{publication.id}"):
            st.markdown(escape_md(message + "."))
            form.button(
                "Retirer",
                lambda session, reader, ident=publication.id: (
                    "La situation au"
                    f" {french.day_long(withdraw_publication(session, reader, ident).au)} n'est"
                    " plus publique."
                ),
                primary=False,
                icon=":material/visibility_off:",
            )
