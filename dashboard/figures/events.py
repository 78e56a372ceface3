"""Why a curve moved: the dated events about the subject of a figure, chosen by the kinds of fact it
is made of.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from dashboard import french
from dashboard.figures.board import scope_for
from dashboard.figures.kinds import Figure, Reads, Value
from dashboard.figures.reasons import target_in_words
from dashboard.queries.decisions.records import register
from dashboard.queries.figures import late_facts
from dashboard.queries.figures.events import Event, EventKind, decision_links, imports
from dashboard.queries.meetings.records import calendar
from dashboard.queries.readable import history
from dashboard.queries.roadmap import whole_roadmap
from dashboard.queries.targets import every_target
from dashboard.scope import Scope
from models.directions import DirectionPlace, Headcount
from models.facts import counting
from models.meetings import MeetingKind, MeetingState
from models.roadmap import FigureEvent, FigureStep, Plan, PlanSchedule, TargetKind

# Kind of fact → the records whose decisions explain it, and the nouns of the files that bring it.
_OF_FACTS = {
    late_facts.milestone_reports: ((), ("jalon",)),
    late_facts.ideas: (("idee",), ("idée", "commentaire")),
    late_facts.group_steps: (("groupe",), ()),
    late_facts.deliverables: (("groupe",), ()),
    late_facts.registrations: (("formation",), ("inscription", "formation", "session")),
    late_facts.members: ((), ("membre",)),
    late_facts.headcounts: ((), ("direction", "effectif")),
}
_NOTHING = (), ()


def events(reads: Reads, scope: Scope, figure: Figure, value: Value) -> list[Event]:
    """The events after the first day of the programmes and up to the day of the scope, oldest
    first; with « tel que connu alors » only those recorded by then.
    """
    about = reads, scope_for(scope, figure), figure, value
    found = {event for source in _SOURCES for event in source(*about)}
    first, kinds = scope.programmes.first_day, list(EventKind)
    return sorted(
        (event for event in found if first < event.on <= scope.on),
        key=lambda event: (event.on, kinds.index(event.kind), event.text),
    )


def _targets(reads: Reads, scope: Scope, _figure: Figure, value: Value) -> Iterator[Event]:
    decided = [t for t in reads.register(every_target) if t.figure == value.code]
    for target in counting(decided, scope.on, scope.known_by(scope.on)):
        act = "retirée" if target.kind == TargetKind.follow else "décidée"
        aim = target_in_words(target.value, value.unit)
        text = f"Cible {act} : {aim} pour le {french.day(target.for_date)}"
        yield Event(target.on, EventKind.target, text, "cibles", ("chiffre", value.code))


def _definitions(reads: Reads, scope: Scope, _figure: Figure, value: Value) -> Iterator[Event]:
    """New definitions, on the day a round first saw them; the first one is no change."""
    facts = reads.register(history, FigureEvent).at(value.code, scope.on, scope.known_by(scope.on))
    for fact in [fact for fact in facts if fact.what == FigureStep.defined][1:]:
        yield Event(fact.on, EventKind.definition, "Ce que compte ce chiffre a été redéfini")


def _decisions(reads: Reads, scope: Scope, figure: Figure, value: Value) -> Iterator[Event]:
    """Points decided, whose titles are open to all: every one for a figure of decisions, else those
    linked to its subject, or to an entry or a group that it measures.
    """
    linked = _linked(reads, scope, figure, value)
    for d in reads.register(register).at(scope.on, scope.known_by(scope.on)):
        is_about = figure.subjects == ("decisions",) or d.id in linked
        if d.outcome and is_about and scope.has(d.owner_direction_id):
            text = f"Décision n° {d.number} ({d.instance.label}) : {d.title} – {d.outcome.label}"
            param = "decision", str(d.number)
            yield Event(d.decided.on, EventKind.decision, text, "decisions", param)


def _linked(reads: Reads, scope: Scope, figure: Figure, value: Value) -> set[int]:
    """The ids of the decisions that the links of that day tie to the subject of the figure."""
    links = [
        ((link.from_kind, link.from_key), (link.to_kind, link.to_key))
        for link in reads.register(decision_links)
        if link.on <= scope.on and (link.ended_on is None or link.ended_on > scope.on)
    ]
    kinds = {kind for fact in figure.facts for kind in _OF_FACTS.get(fact, _NOTHING)[0]}
    ends = {("jalon", plan.number) for plan in _milestones(reads, scope, figure, value)}
    ends |= {("chiffre", value.code)}
    ends |= {origin for origin, end in links if end in ends}
    return {
        int(key)
        for link in links
        for (kind, key), other in (link, link[::-1])
        if kind == "decision" and (other in ends or other[0] in kinds)
    }


def _milestones(reads: Reads, scope: Scope, figure: Figure, value: Value) -> list[Plan]:
    """Those that a figure of the roadmap counts: of its workstream, of the programme asked for."""
    if late_facts.calendars not in figure.facts:
        return []
    roadmap = reads.register(whole_roadmap)
    streams = roadmap.streams_of(scope.asked) if scope.asked else roadmap.workstreams
    ids = {s.id for s in streams if not figure.of_stream or value.code.endswith(f".{s.id}")}
    return [plan for plan in roadmap.plans if plan.is_milestone and plan.workstream_id in ids]


def _revisions(reads: Reads, scope: Scope, figure: Figure, value: Value) -> Iterator[Event]:
    history_of = reads.register(whole_roadmap).schedules
    for plan in _milestones(reads, scope, figure, value):
        facts = history_of.at(plan.id, scope.on, scope.known_by(scope.on))
        if facts and scope.has(facts[-1].owner_direction_id):
            for on, what, why in effective_revisions(facts):
                text = f"Jalon {plan.number} : {what}{f' – {why}' if why else ''}"
                param = "jalon", plan.number
                yield Event(on, EventKind.revision, text, "feuille-de-route", param)


def effective_revisions(calendar: Sequence[PlanSchedule]) -> list[tuple[date, str, str]]:
    """(day, what changed, reason) of each revision, except facts that only undo one."""
    return [
        (after.on, _changed(before, after), after.reason or "")
        for before, after in pairwise(schedule for schedule in calendar if not schedule.voids)
    ]


def _changed(before: PlanSchedule, after: PlanSchedule) -> str:
    """« échéance 30/06/2023 → 31/10/2023 ; poids 2 → 3 »."""
    sentences = []
    if before.start != after.start:
        sentences.append(f"début {french.day(before.start)} → {french.day(after.start)}")
    if before.end != after.end:
        sentences.append(f"échéance {french.day(before.end)} → {french.day(after.end)}")
    if before.weight != after.weight:
        sentences.append(f"poids {french.number(before.weight)} → {french.number(after.weight)}")
    if before.critical != after.critical:
        sentences.append("devient critique" if after.critical else "n'est plus critique")
    if before.owner != after.owner:
        sentences.append(f"porteur {before.owner} → {after.owner}")
    # The direction belongs to the owner: it is named only if it alone changed.
    if before.owner_direction_id != after.owner_direction_id and before.owner == after.owner:
        sentences.append("direction du porteur")
    return " ; ".join(sentences) or "rien"


def _meetings(reads: Reads, scope: Scope, figure: Figure, _value: Value) -> Iterator[Event]:
    """The meetings held by the body or the community of the workstream that the figure belongs to;
    their titles are not open to all.
    """
    kinds = tuple(kind for kind in MeetingKind if kind == figure.workstream)
    for m in reads.register(calendar, kinds).at(scope.on, scope.known_by(scope.on)):
        if m.state == MeetingState.held:
            param = "reunion", str(m.id)
            yield Event(m.day, EventKind.meeting, m.kind.label, "agenda", param)


def _organisation(reads: Reads, scope: Scope, figure: Figure, _value: Value) -> Iterator[Event]:
    """The days on which the chart, or headcounts that the figure divides by, changed in the
    scope.
    """
    tables = {DirectionPlace: "Organigramme revu"} if "directions" in figure.subjects else {}
    tables |= {Headcount: "Effectifs revus"} if late_facts.headcounts in figure.facts else {}
    for table, words in tables.items():
        facts = reads.register(history, table)
        for unit in filter(scope.has, facts.facts):
            for fact in facts.at(unit, scope.on, scope.known_by(scope.on)):
                yield Event(fact.on, EventKind.organisation, words)


def _imports(reads: Reads, _scope: Scope, figure: Figure, _value: Value) -> Iterator[Event]:
    nouns = {noun for fact in figure.facts for noun in _OF_FACTS.get(fact, _NOTHING)[1]}
    nouns |= {"relevé"} if figure.measured else set()
    for on, noun in reads.register(imports):
        if noun in nouns:
            yield Event(on, EventKind.imported, f"Import : {french.plural(2, noun)}")


_SOURCES = _targets, _definitions, _decisions, _revisions, _meetings, _organisation, _imports
