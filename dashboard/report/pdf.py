"""The report as PDF: a tagged PDF/UA-1 by Typst, for the CODIR (4 to 8 pages) or for the Collège
(exactly 4).

Texts are passed to Typst as data, not as markup: a comment with « #import » prints « #import ».
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from dashboard import french, theme
from dashboard.charts import figures as s_curves, plots
from dashboard.charts.figures import events_in_words as in_words_of, with_events
from dashboard.charts.ideas import filed_alt
from dashboard.figures.board import Entry
from dashboard.figures.kinds import REGISTRY, Breakdown, Theme, Unit, figure_of, value_of
from dashboard.figures.workstreams import WorkstreamState, health_of
from dashboard.formulas import slip
from dashboard.queries.meetings.agenda import in_words
from dashboard.queries.roadmap import PlanAt
from dashboard.report import fonts, wording
from dashboard.report.pack import DecisionLine, Pack
from dashboard.report.wording import printable
from dashboard.scope import Scope
from models.clock import now

TEMPLATES = Path(__file__).parent
_OF_COLLEGE = "college.typ"
HEADLINE = (
    "avancement",
    "ecart.points",
    "echeances",
    "reponse.tenue",
    "reponse.ouvertes",
    "couverture",
    "formation",
)
# Tried in order until the pages suffice: characters of a comment, milestones of a list, size.
_FITS = ((320, 99, 1.0), (160, 99, 1.0), (80, 60, 0.94), (40, 40, 0.9), (20, 30, 0.84))
_COLLEGE_FITS = (
    (0, 99, 1.0),
    (0, 99, 0.92),
    (0, 60, 0.85),
    (0, 45, 0.8),
    (0, 45, 0.74),
    (0, 30, 0.7),
)
TITLE_MAX = 140
DETAIL_MAX = 100
SENTENCE_MAX = 420
MOST_TODO = 8
MOST_DECISIONS = 12
COLLEGE_THEMES = (Theme.ideas, Theme.communities, Theme.academy, Theme.steering)


def dossier(pack: Pack, fits: Sequence[tuple[int, int, float]] = _FITS) -> bytes:
    """The report for the CODIR: 4 to 8 pages."""
    return _fitted("dossier.typ", pack, fits, 8)


def college(pack: Pack) -> bytes:
    """The same for the Collège, in exactly 4 pages, without comments, needs or names."""
    return _fitted(_OF_COLLEGE, pack, _COLLEGE_FITS, 4)


def _fitted(template: str, pack: Pack, fits: Sequence[tuple[int, int, float]], most: int) -> bytes:
    on = pack.scope.on
    chart = s_curves.chart("courbe", pack.curve, on, "", "", "Courbe en S.")
    # Reasons and owners stand in them.
    chart = with_events(chart, () if template == _OF_COLLEGE else pack.events)
    filed = plots.on_paper(plots.bars(pack.filed, "dépôt"), 620, 160)
    images = {
        "curve": {
            "svg": plots.on_paper(chart.plot, 620, 250),
            "alt": chart.alt,
            "events": in_words_of(chart),
        },
        "filed": {"svg": filed, "alt": f"Dépôts par mois. {filed_alt(pack.filed)}"}
        if any(pack.filed.values())
        else None,
    }
    attempts = (
        _content(pack, comment, lines) | {"images": images, "scale": scale}
        for comment, lines, scale in fits
    )
    return fitted(template, attempts, most, pack.made_at)


def fitted(template: str, attempts: Iterable[dict], most: int, made_at: datetime) -> bytes:
    """The first of these data that fits into `most` pages; the last one is used in any case: one
    page too many is better than no report.
    """
    for data in attempts:
        if pages(template, data) <= most:
            break
    return compiled(template, data, made_at)


def paper(template: str, scope: Scope, data: dict) -> bytes:
    """A PDF of today, with the head and foot of every page."""
    made_at = now()
    return compiled(template, frame(scope, made_at, "") | data, made_at)


def compiled(template: str, data: dict, made_at: datetime, root: Path | None = None) -> bytes:
    """The template with these data, as PDF/UA-1; it reads files below `root` only, by default this
    folder.
    """
    import typst  # loaded by the first paper, not by every server

    return typst.compile(
        TEMPLATES / template,
        root=root,
        font_paths=[fonts.FOLDER],
        # Every machine prints the same pages.
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=int(made_at.timestamp()),
    )


def pages(template: str, data: dict) -> int:
    """The number of pages of the template with these data."""
    import typst

    answer = typst.query(
        TEMPLATES / template,
        "<pages>",
        field="value",
        one=True,
        font_paths=[fonts.FOLDER],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    return int(json.loads(answer))


# ── Data of the templates ───────────────────────────────────────────────────────────────────────


def frame(scope: Scope, made_at: datetime, digest: str) -> dict:
    """Data of every page: the date and filters, the creation time, the fingerprint; and the
    colours.
    """
    return {
        "on": french.day_long(scope.on),
        "day": french.day(scope.on),
        "filters": printable(scope.sentence(), 240),
        "place": printable(scope.place),
        "ambition": printable(scope.ambition.name) if scope.ambition else "",
        "since": french.day_long(scope.since) if scope.since else "",
        "made": wording.moment(made_at),
        "digest": digest,
        "colours": theme.on_paper({}),
        "fonts": {"text": fonts.TEXT, "title": fonts.TITLE},
        "imposed-word": wording.IMPOSED,
        "statuses": statuses(),
    }


def statuses() -> dict[str, dict[str, str]]:
    """Code of a status → its word and its colour on paper."""
    return {code: {"word": s.word, "colour": s.colour.light} for code, s in theme.STATUSES.items()}


def _content(pack: Pack, comment: int, lines: int) -> dict:
    board = pack.board
    decisions = min(MOST_DECISIONS, lines // 5)
    by_theme = [code for part in Theme for code, each in REGISTRY.items() if each.theme is part]
    return (
        frame(pack.scope, pack.made_at, pack.digest)
        | {
            "sentences": [
                printable(s, SENTENCE_MAX)
                for s in (pack.sentences if comment else pack.sentences_without_needs)
            ],
            "forecast": [printable(s, SENTENCE_MAX) for s in pack.forecast],
            "streams": [
                _stream(state, state.workstream.id in pack.imposed) for state in pack.streams
            ],
            "headline": [_figure(board[code], pack.scope) for code in HEADLINE],
            "themes": [
                _theme(chapter, wording.entries_of(board, chapter), pack.scope) for chapter in Theme
            ],
            "every-stream": french.sentence_case(french.every(len(pack.streams), "chantier")),
            "of-everybody": wording.of_everybody(pack.scope),
            "milestones": _milestones(pack, comment, lines),
            "of-the-whole": not pack.milestones,
            "todo": _todo(pack) if comment else [],
            "implemented": [
                {
                    "number": str(idea.number),
                    "title": printable(idea.title, TITLE_MAX),
                    "answer": printable(answer, comment or 240),
                }
                for idea, answer in pack.implemented
            ],
            "decisions": [_decision(d) for d in pack.decisions[:decisions]],
            "more-decisions": more(
                len(pack.decisions) - decisions, "autre décision", "autres décisions"
            ),
            "definitions": _halves(_definitions(by_theme)),
        }
        | _measured(pack)
    )


def _measured(pack: Pack) -> dict:
    """The themes of the Collège version, with the figures that have a value, and their
    definitions.
    """
    themes = []
    codes = {}
    for chapter in COLLEGE_THEMES:
        every = wording.entries_of(pack.board, chapter)
        # Values by workplace are only in the CODIR report, to fit four pages.
        measured = [
            entry
            for entry in every
            if (entry.value is not None or entry.suppressed) and not value_of(entry.code).whole_only
        ]
        if measured:
            themes.append(_theme(chapter, measured, pack.scope))
            codes |= dict.fromkeys(figure_of(entry.code).code for entry in measured)
    definitions = _definitions(list(codes), by_workplace=False)
    return {"measured": themes, "definitions-measured": _halves(definitions)}


def _theme(chapter: Theme, entries: Sequence[Entry], scope: Scope) -> dict:
    return {"name": chapter.label, "figures": [_figure(entry, scope) for entry in entries]}


def _stream(state: WorkstreamState, imposed: bool) -> dict:
    return {
        "name": printable(f"{state.workstream.id}. {state.workstream.name}", TITLE_MAX),
        "earned": state.earned,
        "planned": state.planned,
        "sentence": f"{french.percent(state.earned)} fait",
        "gap": french.signed(state.gap, "point", 1) if state.gap is not None else "",
        "months": french.months_late(state.months) if state.months is not None else "",
        "health": str(state.verdict.health),
        "imposed": imposed,
        "reason": state.lowered_in_words,
        "note": french.typo(_progress(state)) if state.total else "aucun jalon à cette date",
    }


def _progress(state: WorkstreamState) -> str:
    """« 5 jalons atteints sur 6 · rapports reçus : 5 sur 6 »."""
    reached = french.plural(state.done, "jalon atteint", "jalons atteints")
    due, reports = state.reported.denominator, "aucun rapport attendu"
    if due:
        reports = french.plural(due, "rapport reçu", "rapports reçus")
        reports += f" : {state.reported.numerator} sur {due}"
    return f"{state.done} {reached} sur {state.total} · {reports}"


def _figure(entry: Entry, scope: Scope) -> dict:
    return {
        "code": entry.code,
        "label": printable(entry.label),
        "value": wording.written(entry),
        "counts": wording.counts(entry),
        "target": wording.aim(entry),
        "expected": wording.expected(entry),
        "change": wording.change(entry),
        "attainment": "" if entry.attainment is None else french.percent(entry.attainment, 0),
        "status": wording.status_on_card(entry) or "",
        "imposed": entry.imposed,
        "bar": entry.value if entry.unit == Unit.percent else None,
        "mark": entry.expected if entry.unit == Unit.percent else None,
        "fresh": french.day(entry.fresh_on) if entry.fresh_on else "",
        "of-everybody": not scope.is_whole and figure_of(entry.code).cut == Breakdown.none,
    }


def _milestones(pack: Pack, comment: int, lines: int) -> list[dict]:
    """The milestones by workstream; a list too long for the pages ends with the number of the
    rest.
    """
    remaining = lines
    groups = []
    # The Collège sees the milestones of the whole programme.
    milestones = pack.milestones if pack.milestones or comment else pack.roadmap
    for state in pack.streams:
        mine = [m for m in milestones if m.plan.workstream_id == state.workstream.id]
        if mine:
            fitting = mine[: max(remaining, 1)]
            remaining -= len(fitting)
            groups.append(
                {
                    "name": printable(f"{state.workstream.id}. {state.workstream.name}", TITLE_MAX),
                    "rows": [_milestone(m, pack, comment) for m in fitting],
                    "more": more(len(mine) - len(fitting), "autre jalon", "autres jalons"),
                }
            )
    return groups


def _milestone(m: PlanAt, pack: Pack, comment: int) -> dict:
    until = m.actual_end or (m.report.forecast_end if m.report else None)
    days = slip(m.facts())
    report = m.report if comment else None
    is_after_closing = report and pack.closing and pack.closing.is_missed_by(report.recorded_on)
    return {
        "number": m.plan.number,
        "title": printable(m.plan.title, TITLE_MAX),
        "critical": m.schedule.critical,
        "due": french.day(m.schedule.end),
        "until": french.day(until) if until else "–",
        "slip": f"{french.signed(days, decimals=0)}{french.NO_BREAK}j" if days is not None else "–",
        "progress": french.percent(100 * m.progress, 0),
        "health": str(health_of(m, pack.scope.on).health),
        "imposed": m.imposed is not None,
        "owner": printable(m.schedule.owner, 80) if comment else "",
        "comment": printable(report.comment, comment) if report else "",
        "need": printable(report.need, comment) if report else "",
        # Received late for the coming CODIR: « reçu après la clôture du 07/07/2023 ».
        "closing": in_words(pack.closing) if is_after_closing else "",
    }


def _todo(pack: Pack) -> list[dict]:
    pending = pack.wait
    items = [
        {
            "text": printable(f"{m.plan.number} — {m.plan.title}", TITLE_MAX),
            "late": True,
            "when": f"échéance passée : {french.day(m.schedule.end)}",
            "detail": printable(m.report.need or m.report.comment, DETAIL_MAX) if m.report else "",
        }
        for m in pending.late
    ]
    items += [
        _plain(
            printable(f"Décision n° {d.number} — {d.title}", TITLE_MAX),
            f"à exécuter pour le {french.day(d.due_on)}",
            late=True,
        )
        for d in pending.overdue
    ]
    if pending.undecided:
        items.append(
            _plain(
                f"{french.counted(len(pending.undecided), 'point')} en attente de décision",
                f"{'le plus ancien ' if len(pending.undecided) > 1 else ''}depuis le"
                f" {french.day(pending.undecided[0].submitted_on)}",
            )
        )
    if pending.late_ideas:
        items.append(
            _plain(
                f"{french.counted(pending.late_ideas, 'idée')} sans réponse après le délai annoncé",
                late=True,
            )
        )
    if pending.to_read:
        items.append(_plain(f"{french.counted(pending.to_read, 'dépôt')} à lire avant publication"))
    items += [
        _plain(
            printable(f"{m.plan.number} — {m.plan.title}", TITLE_MAX),
            "mise à jour attendue",
            f"dernière nouvelle le {french.day(m.report.on)}" if m.report else "aucun rapport",
        )
        for m in pending.silent
    ]
    first_items = items[: MOST_TODO if len(items) > MOST_TODO + 1 else MOST_TODO + 1]
    # A single remaining item takes the place of its « et 1 autre point ».
    if len(items) > len(first_items):
        first_items.append(
            _plain(more(len(items) - len(first_items), "autre point", "autres points"))
        )
    return first_items


def more(n: int, singular: str, plural: str) -> str:
    """« et 7 autres points », or nothing if the list is complete."""
    return f"et {french.counted(n, singular, plural)}" if n > 0 else ""


def _plain(text: str, when: str = "", detail: str = "", late: bool = False) -> dict:
    return {"text": text, "when": when, "detail": detail, "late": late}


def _decision(line: DecisionLine) -> dict:
    d, owner, state = line
    return {
        "number": str(d.number),
        "title": printable(d.title, TITLE_MAX),
        "instance": printable(d.instance.label),
        "decided": french.day(d.decided.on) if d.decided else "–",
        "outcome": printable(d.outcome.label if d.outcome else ""),
        "due": french.day(d.due_on) if d.due_on else "–",
        "owner": printable(owner, 60),
        "state": printable(state),
    }


def _halves(definitions: list[dict]) -> list[list[dict]]:
    """Two columns of about equal length."""
    lengths = [len(d["label"] + d["text"] + d["window"]) + 60 for d in definitions]
    middle = next(
        (n for n in range(len(lengths)) if sum(lengths[:n]) >= sum(lengths) / 2), len(lengths)
    )
    return [definitions[:middle], definitions[middle:]]


def _definitions(codes: Sequence[str], by_workplace: bool = True) -> list[dict]:
    """Every definition of these figures once, with or without values by workplace; all workstreams
    share one.
    """
    definitions = []
    for code in codes:
        figure = figure_of(code)
        shared = figure.of_stream is not None
        for value in (v for v in figure.values_of([1]) if by_workplace or not v.whole_only):
            definitions.append(
                {
                    "label": figure.label if shared else value.label,
                    "window": (value.window or figure.window).label,
                    "text": french.typo(
                        "Avancement pondéré des jalons de chaque chantier ; son statut est la santé"
                        " du chantier."
                        if shared
                        else value.definition
                    ),
                }
            )
    return definitions
