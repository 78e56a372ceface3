"""The report as slides (diapositives, PPTX), and what follows from a campaign: one message a slide
as its title, native charts and tables, all texts editable. The same data give the same bytes.

Layout, look and the titles of columns are those of the slides in `diapositives.pptx`; their named
shapes are filled here.
"""

import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date
from itertools import accumulate
from math import ceil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.presentation import Presentation as Deck
from pptx.shapes.graphfrm import GraphicFrame
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Inches
from sqlmodel import Session

from dashboard import french, theme
from dashboard.access import require
from dashboard.charts.figures import curve_in_words, with_ends
from dashboard.charts.ideas import BACKLOG
from dashboard.figures.board import days_later
from dashboard.figures.workstreams import CRITICAL_LATE, lost_points
from dashboard.formulas import months_between
from dashboard.queries.campaigns import (
    campaign_at,
    outcome_in_words,
    restitution,
    restitution_in_words,
)
from dashboard.queries.roadmap import PlanAt
from dashboard.report import wording
from dashboard.report.pack import DecisionLine, Pack
from dashboard.report.pdf import SENTENCE_MAX, more
from dashboard.report.wording import printable, without_scheme
from dashboard.scope import Scope
from models.clusters import Outcome
from models.decisions import Instance
from models.roadmap import Health
from models.texts import Refused

TEMPLATE = Path(__file__).parent / "diapositives.pptx"
EXPLAINED = 0.6  # share of the gap that the named workstreams explain at least
_SHARES = (
    (EXPLAINED, "plus de la moitié"),
    (2 / 3, "les deux tiers"),
    (0.75, "les trois quarts"),
    (1, "la totalité"),
)
_REACHED = (Health.trouble, Health.watch, Health.on_track)
# Inches: a row of one line, one more line, the rows of a table; letters of a line.
_ROW, _LINE, _ROWS, _LETTERS = 0.45, 0.24, 4.1, 8.5
# Lines of a cell; of an answer, which is shown whole, as many as a slide holds.
_SHORT, _WHOLE_ANSWER = 3, 15

# What fills a shape: a text (a line for each paragraph), a status, or the rows of a table.
Content = str | theme.Status | Sequence[Sequence[str | theme.Status]]
# Categories, series by name, and the text for those who do not see the chart.
Drawn = tuple[Sequence[object], Mapping[str, Sequence[float | None]], str]


def slides(pack: Pack) -> bytes:
    """The slides of a pack."""
    deck = Presentation(str(TEMPLATE))
    deck.core_properties.title = _title(pack)
    deck.core_properties.comments = f"SHA-256 {pack.digest}"
    state = f"C-Possible · {pack.scope.sentence()} · empreinte {pack.digest[:12]}"
    *pages, of_campaign = deck.slides
    _remove(deck, of_campaign)
    for slide, message in zip(pages, _MESSAGES, strict=True):
        content = {"Situation": state} | message(pack)
        if content.get("Tableau", True):
            _fill(slide, content)
        else:
            _remove(deck, slide)
    return _saved(deck)


def _saved(deck: Deck) -> bytes:
    out = io.BytesIO()
    deck.save(out)
    return _without_times(out.getvalue())


def _remove(deck: Deck, slide: Slide) -> None:
    """Takes out a slide that has nothing to list."""
    ids = deck.slides.element
    entry = next(entry for entry in ids if entry.id == slide.slide_id)
    deck.part.drop_rel(entry.rId)
    ids.remove(entry)


def _without_times(content: bytes) -> bytes:
    """The file and the workbooks in it with sorted parts, all of one fixed time."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as made, ZipFile(out, "w") as fixed:
        for name in sorted(made.namelist()):
            part = made.read(name)
            if name.endswith(".xlsx"):
                part = _without_times(part)
            if name == "docProps/core.xml":
                part = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"1980-01-01T00:00:00Z", part)
            fixed.writestr(ZipInfo(name), part, ZIP_DEFLATED)
    return out.getvalue()


# ── What follows from a campaign ─────────────────────────────────────────────────────────────────

_OUTCOMES = {
    Outcome.doing: "nous faisons",
    Outcome.refused: "nous ne ferons pas, parce que",
    Outcome.studied: "c'est à l'étude",
}


def campaign_slides(session: Session, scope: Scope, key: str, address: str) -> bytes:
    """The published outcomes of a campaign (restitution), those of one kind together; `address` is
    its public page. Raises Refused without an account, and before they are published.
    """
    require(scope.reader, "page.everyone")
    campaign = campaign_at(session, key)
    if campaign is None or campaign.restituted_on is None:
        raise Refused("La restitution de cette campagne n'est pas publiée.")
    found = restitution(session, campaign.id)
    deck = Presentation(str(TEMPLATE))
    deck.core_properties.title = printable(campaign.question)
    cover, *others, model = deck.slides
    state = {"Situation": f"C-Possible · {without_scheme(address)}"}
    sentences = [
        f"Restitution publiée le {french.day_long(campaign.restituted_on)}",
        f"{french.counted(sum(n for c, n in found if c), 'réponse')} : voici ce qui suit",
        "".join(text for title, *_, text in restitution_in_words(found) if not title),
    ]
    _fill(cover, state | {"Titre": campaign.question, "Phrases": "\n".join(sentences)})
    for outcome, words in _OUTCOMES.items():
        rows = [
            (
                c.title,
                french.number(n),
                f"{outcome_in_words(c)} : {c.answer}" if c.until else c.answer,
            )
            for c, n in found
            if c and c.outcome == outcome
        ]
        while rows:
            slide = deck.slides.add_slide(model.slide_layout)
            slide.shapes._spTree[:] = [deepcopy(shape) for shape in model.shapes._spTree]
            _fill(slide, state | {"Titre": f"Vous avez dit · {words}"})
            (table,) = [shape for shape in slide.shapes if shape.has_table]
            rows = rows[_tabulate(table, rows, _WHOLE_ANSWER) :]
    for slide in (*others, model):
        _remove(deck, slide)
    return _saved(deck)


# ── The messages: name of a shape → its content ─────────────────────────────────────────────────


def _cover(pack: Pack) -> dict[str, Content]:
    return {"Titre": _title(pack), "Phrases": "\n".join(pack.sentences)}


def _title(pack: Pack) -> str:
    return f"La transformation au {french.day_long(pack.scope.on)}"


def _standing(pack: Pack) -> dict[str, Content | Drawn]:
    """Progress against the plan, and the S-curve up to its probable end."""
    curves, on, end = pack.curve, pack.scope.on, pack.ends.whole
    if end.probable and end.prudent:
        curves = with_ends(curves, on, end.probable, end.prudent)
    days = sorted({day for points in curves.values() for day, _ in points})
    series = {
        name: [of_day.get(day) for day in days]
        for name, of_day in ((name, dict(points)) for name, points in curves.items())
    }
    status = theme.STATUSES[str(pack.board["ecart.points"].status or Health.no_data)]
    lead = "Part du poids des jalons, prévue et acquise, mois par mois"
    return {
        # Its first part, before months and workstream.
        "Titre": re.split(r" [(;]", pack.sentences[0])[0].rstrip("."),
        "Lecture": lead + wording.of_everybody(pack.scope),
        "Nombre 1": french.percent(pack.board["avancement"].value),
        # The gap, not the planned share: of two rounded numbers the reader makes another gap.
        "Nombre 2": french.signed(pack.board["ecart.points"].value, decimals=1),
        "Légende 2": "points par rapport au prévu",
        "Nombre 3": status,
        "Légende 3": french.months_late(pack.board["ecart.mois"].value),
        "Graphique": (days, series, f"Courbe en S. {curve_in_words(pack.curve, on)}"),
    }


def _workstreams(pack: Pack) -> dict[str, Content | Drawn]:
    """Planned and done by workstream, those that explain the gap first."""
    lost: Counter[int] = Counter()
    for m, points in lost_points(pack.roadmap, pack.scope.on):
        lost[m.plan.workstream_id] += points
    states = sorted(pack.streams, key=lambda s: (lost[s.workstream.id], s.workstream.id))
    title, lead = explained(
        {
            s.workstream.short_name: points
            for s in states
            if round(points := lost[s.workstream.id], 1) < 0
        }
    )
    begun = [s for s in states if s.earned is not None]
    lowered = [
        f"{s.workstream.short_name} ({', '.join(s.critical_late)})"
        for s in begun
        if s.lowered_in_words
    ]
    if lowered:
        why = f"Statut abaissé pour un {CRITICAL_LATE} : {', '.join(lowered)}"
        lead = ". ".join(filter(None, (lead, why)))
    series = {"Prévu": [s.planned for s in begun], "Fait": [s.earned for s in begun]}
    imposed = {ident: f" {wording.IMPOSED}" for ident in pack.imposed}
    names = [
        f"{s.workstream.short_name}\n{theme.STATUSES[s.verdict.health].label}"
        + imposed.get(s.workstream.id, "")
        for s in begun
    ]
    alt = "Part faite et prévue des chantiers. " + " ; ".join(
        f"{s.workstream.short_name} : {french.percent(s.earned)} fait, {french.percent(s.planned)}"
        " prévu"
        for s in begun
    )
    return {
        "Titre": title + wording.of_everybody(pack.scope),
        "Lecture": lead,
        "Graphique": (names, series, alt),
    }


def explained(late: Mapping[str, float]) -> tuple[str, str]:
    """« Deux chantiers expliquent les deux tiers du retard », with their points; `late`: the
    workstreams with the points they lack, the most first.
    """
    if not late:
        return "Aucun chantier n'est sous le prévu", ""
    total = sum(late.values())
    sums = [lacking / total for lacking in accumulate(late.values())]
    count = 1 + next(n for n, share in enumerate(sums) if share >= EXPLAINED)
    share = sums[count - 1]
    words = next((words for part, words in _SHARES if abs(part - share) < 0.035), "")
    named = [
        f"« {name} » {french.number(abs(lacking), 1)}"
        for name, lacking in list(late.items())[:count]
    ]
    verb = french.plural(count, "chantier explique", "chantiers expliquent")
    title = f"{french.in_words(count)} {verb} {words or french.percent(100 * share, 0)} du retard"
    whole = round(abs(total), 1)
    points = f"{french.number(whole, 1)} {french.plural(whole, 'point')}"
    return french.sentence_case(title), f"Sur {points} de retard : {', '.join(named)}"


def _slipped(pack: Pack) -> dict[str, Content]:
    """The milestones that slipped since the last meeting, then the late ones."""
    pairs = [pair for pair in pack.changes.slipped if days_later(*pair) > 0] if pack.changes else []
    slipped = [m for _, m in sorted(pairs, key=lambda pair: -days_later(*pair))]
    late = [m for m in pack.wait.late if m not in slipped]
    title = french.counted(len(late), "jalon est en retard", "jalons sont en retard")
    if pack.changes:
        moved = "aucune date n'a été reportée"
        if slipped:
            moved = french.counted(len(slipped), "jalon est reporté", "jalons sont reportés")
        since = french.day_long(pack.changes.start)
        title = f"{moved} depuis {'le' if pack.scope.since else 'la séance du'} {since} ; {title}"
    title = french.sentence_case(title)
    return {"Titre": title, "Tableau": [_milestone(m) for m in (*slipped, *late)]}


def _milestone(m: PlanAt) -> tuple[str, ...]:
    until = m.report.forecast_end if m.report else None
    return (
        f"{m.plan.number} {m.plan.title}",
        m.schedule.owner,
        french.day(m.schedule.end),
        french.day(until) if until else "–",
        m.report.comment if m.report else "aucun rapport",
    )


def _ending(pack: Pack) -> dict[str, Content]:
    """When the roadmap and its workstreams will be done."""
    end = pack.ends.whole.probable
    if end is None:
        return {"Tableau": []}
    due = max(m.schedule.end for m in pack.roadmap if m.is_counted)
    rows = []
    for stream in (state.workstream for state in pack.streams):
        opened = [
            m.schedule.end
            for m in pack.roadmap
            if m.plan.workstream_id == stream.id and m.plan.id in pack.ends.milestones
        ]
        if opened:
            ends = pack.ends.workstreams[stream.id]
            days = map(french.day, (max(opened), ends.probable, ends.prudent))
            rows.append((stream.short_name, str(len(opened)), *days))
    days = map(french.day, (due, end, pack.ends.whole.prudent))
    whole = (_WHOLE, french.number(len(pack.ends.milestones)), *days)
    months = round(months_between(due, end))
    later = f", {months}{french.NO_BREAK}mois après la date prévue" if months > 0 else ""
    return {
        "Titre": f"La feuille de route finira probablement en {french.month(end)}{later}",
        "Lecture": " ".join(pack.forecast[1:]),
        "Tableau": [whole, *rows],
    }


# Why its date is later than that of each workstream.
_WHOLE = "Toute la feuille de route : le plus tardif des chantiers, quel qu'il soit"


def _ideas(pack: Pack) -> dict[str, Content | Drawn]:
    """Entries received, answered in time, and waiting by age."""
    held = pack.board["reponse.tenue"]
    in_time, late = (sum(age[n] for age in pack.ages) for n in (1, 2))
    waiting = french.counted(in_time + late, "idée attend", "idées attendent")
    title = french.counted(late, "idée attend", "idées attendent") + " au-delà du délai annoncé"
    if held.value is not None:
        title = f"{wording.written(held)} des réponses sont données à temps ; {title}"
    alt = "Idées en attente selon leur âge. " + " ; ".join(
        f"{name} : {french.number(waits)} dans le délai, {french.number(overdue)} en retard"
        for name, waits, overdue in pack.ages
    )
    series = {name: [age[n] or None for age in pack.ages] for n, name in enumerate(BACKLOG) if n}
    return {
        "Titre": title,
        "Lecture": f"{waiting} une première réponse : depuis quand",
        "Nombre 1": french.number(sum(list(pack.filed.values())[-12:])),
        "Nombre 2": wording.written(held),
        "Légende 2": f"répondu à temps (cible : {wording.aim(held) or 'aucune'})",
        "Nombre 3": french.number(late),
        "Graphique": ([name for name, *_ in pack.ages], series, alt),
    }


def _targets(pack: Pack) -> dict[str, Content]:
    """The figures beside their targets, the furthest first; the workstreams have their slide."""
    aimed = [
        e
        for e in pack.board.entries
        if e.target is not None and e.status in _REACHED and not e.code.startswith("avancement")
    ]
    aimed.sort(key=lambda e: (_REACHED.index(e.status), e.attainment or 0))
    far = sum(e.status == Health.trouble for e in aimed)
    verb = french.plural(far, "est loin de sa cible", "sont loin de leur cible")
    title = f"{french.counted(far, 'chiffre')} sur {len(aimed)} {verb}"
    return {
        "Titre": title if far else "Aucun chiffre n'est loin de sa cible",
        "Tableau": [
            (
                e.label,
                wording.written(e),
                wording.expected(e),
                wording.aim(e),
                theme.STATUSES[str(e.status)],
            )
            for e in aimed
        ],
    }


def _to_execute(pack: Pack) -> dict[str, Content]:
    lines = [line for line in pack.decisions if line[0].is_to_execute]
    late = sum(d.is_late(pack.scope.on) for d, *_ in lines)
    title = french.counted(len(lines), "décision est à exécuter", "décisions sont à exécuter")
    return {
        "Titre": f"{title}, dont {late} en retard" if late else title,
        "Tableau": [_decision(line, line[0].due_on) for line in lines],
    }


def _asked(pack: Pack) -> dict[str, Content]:
    """The points that the CODIR decides, in their order (of another body if it has none), then the
    needs of the late milestones.
    """
    points = [line for line in pack.decisions if line[0].is_waiting]
    needs = [m for m in pack.wait.late if m.report and m.report.need]
    own = [line for line in points if line[0].instance == Instance.codir] or points
    title = f"On attend de la séance {french.counted(len(own), 'décision')}"
    if needs:
        title += f" et {french.counted(len(needs), 'besoin à pourvoir', 'besoins à pourvoir')}"
    rows = [_decision(line, line[0].submitted_on) for line in own]
    for m in needs:
        need = f"{m.report.need.rstrip('.')} (jalon « {m.plan.title} »)"
        rows.append((m.plan.number, need, m.schedule.owner, french.day(m.report.on), "Besoin"))
    return {"Titre": title, "Tableau": rows}


def _decision(line: DecisionLine, day: date) -> tuple[str, ...]:
    d, owner, state = line
    title = f"{d.title} ({d.instance.label})"
    # All points of that list are pending.
    remark = re.sub(r"^En attente de décision( \((.*)\))?$", r"\2", state)
    return str(d.number), title, owner or "à désigner", french.day(day), remark


_MESSAGES = (
    _cover,
    _standing,
    _workstreams,
    _slipped,
    _ending,
    _ideas,
    _targets,
    _to_execute,
    _asked,
)


# ── Filling a slide ─────────────────────────────────────────────────────────────────────────────


def _fill(slide: Slide, contents: Mapping[str, Content | Drawn]) -> None:
    """Fills the named shapes; a chart without data goes."""
    shapes = {shape.name: shape for shape in slide.shapes}
    for name, content in contents.items():
        shape = shapes[name]
        if not isinstance(shape, GraphicFrame):
            _put(shape.text_frame, content)
        elif shape.has_chart:
            _draw(shape, *content)
        else:
            rest = len(content) - _tabulate(shape, content)
            others = f", {more(rest, 'autre', 'autres')}" if rest else ""
            shapes["Lecture"].text_frame.paragraphs[0].runs[0].text += others


def _put(frame: TextFrame, content: str | theme.Status, limit: int = SENTENCE_MAX) -> None:
    """Writes in place of the template's words, in their look; a status in its own colour."""
    is_status = isinstance(content, theme.Status)
    lines = [content.label] if is_status else content.split("\n")
    for paragraph, line in zip(frame.paragraphs, lines, strict=False):
        (run,) = paragraph.runs
        run.text = printable(line, limit)
        if is_status:
            run.font.color.rgb = RGBColor.from_string(content.colour.light[1:])


def _draw(
    frame: GraphicFrame,
    categories: Sequence[object],
    series: Mapping[str, Sequence[float | None]],
    alt: str,
) -> None:
    if not categories:
        return frame.element.getparent().remove(frame.element)
    data = CategoryChartData()
    data.categories = categories
    for name, values in series.items():
        data.add_series(name, values)
    frame.chart.replace_data(data)
    frame.element.xpath(".//p:cNvPr")[0].set("descr", printable(alt))


def _tabulate(
    frame: GraphicFrame, rows: Sequence[Sequence[str | theme.Status]], lines: int = _SHORT
) -> int:
    """Fills a table with the rows that fit, each of at most `lines`, and counts them; its other
    rows go.
    """
    table = frame.table
    widths = [column.width / Inches(1) for column in table.columns]
    for y, line in enumerate(list(table.rows)[1:]):
        for x, value in enumerate(rows[y] if y < len(rows) else ()):
            _put(line.cells[x].text_frame, value, int(lines * _LETTERS * widths[x]))
    heights = []  # estimated, in inches
    for line in list(table.rows)[1 : len(rows) + 1]:
        texts = [cell.text_frame.text for cell in line.cells]
        most = max(ceil(len(t) / (_LETTERS * wide)) for t, wide in zip(texts, widths, strict=True))
        heights.append(max(_ROW, 0.1 + _LINE * most))
    fitting = sum(height <= _ROWS for height in accumulate(heights))
    for line in table._tbl.tr_lst[1 + fitting :]:
        line.getparent().remove(line)
    frame.height = sum(row.height for row in table.rows)
    return fitting
