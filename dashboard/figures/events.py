"""Why a curve moved: the dated events about the subject of a figure, chosen by the kinds of fact it
is made of.
"""

from collections import defaultdict
from collections.abc import Iterator

from sqlmodel import Session

from dashboard import french
from dashboard.figures.board import scope_for
from dashboard.figures.kinds import Figure, Value
from dashboard.figures.reads import Reads
from dashboard.figures.reasons import target_in_words
from dashboard.queries.decisions.records import register
from dashboard.queries.figures import late_facts
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.figures.events import Event, EventKind, decision_links, imports
from dashboard.queries.history import history
from dashboard.queries.meetings.records import calendar
from dashboard.queries.roadmap import whole_roadmap
from dashboard.queries.targets import every_target
from dashboard.scope import Scope
from models.directions import DirectionPlace, Headcount
from models.facts import History, counting
from models.meetings import MeetingKind, MeetingState
from models.roadmap import FigureEvent, FigureStep, Plan, TargetKind, Workstream

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
_OF_MEASURES = "relevé"


def events(reads: Reads, scope: Scope, figure: Figure, value: Value) -> list[Event]:
    """The events after the first day of the programmes and up to the day of the scope, oldest
    first; with « tel que connu alors » only those recorded by then.
    """
    about = reads, scope_for(scope, figure), figure, value
    found = [event for source in _SOURCES for event in source(*about)]
    first = scope.programmes.first_day
    return sorted(
        (event for event in found if first < event.on <= scope.on),
        key=lambda event: (event.on, list(EventKind).index(event.kind), event.text),
    )


def _targets(reads: Reads, scope: Scope, _figure: Figure, value: Value) -> Iterator[Event]:
    decided = [t for t in reads.register(every_target) if t.figure == value.code]
    for target in counting(decided, scope.on, known_by(scope, scope.on)):
        act = "retirée" if target.kind == TargetKind.follow else "décidée"
        aim = target_in_words(target.value, value.unit)
        text = f"Cible {act} : {aim} pour le {french.day(target.for_date)}"
        yield Event(target.on, EventKind.target, text, "cibles", ("chiffre", value.code))


# --- decisions ----------------------------------------------------------------------------------


def _decisions(reads: Reads, scope: Scope, figure: Figure, value: Value) -> Iterator[Event]:
    """Points decided, whose titles are open to all: every one for a figure of decisions, else those
    linked to its subject, or to an entry or a group that it measures.
    """
    linked = _linked(reads, scope, figure, value)
    for d in reads.register(register).at(scope.on, known_by(scope, scope.on)):
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


# --- the roadmap, meetings, the organisation, imports -------------------------------------------


def _streams(reads: Reads, scope: Scope, figure: Figure, value: Value) -> list[Workstream]:
    """The workstreams that a figure is about: its own, or those of the programme asked for."""
    roadmap = reads.register(whole_roadmap)
    streams = roadmap.streams_of(scope.asked) if scope.asked else roadmap.workstreams
    if figure.of_stream:
        return [stream for stream in streams if value.code.endswith(f".{stream.id}")]
    return list(streams)


def _milestones(reads: Reads, scope: Scope, figure: Figure, value: Value) -> list[Plan]:
    if late_facts.calendars not in figure.facts:
        return []
    ids = {stream.id for stream in _streams(reads, scope, figure, value)}
    plans = reads.register(whole_roadmap).plans
    return [plan for plan in plans if plan.is_milestone and plan.workstream_id in ids]


def _revisions(reads: Reads, scope: Scope, figure: Figure, value: Value) -> Iterator[Event]:
    """One event a day; the first calendar of a milestone is no revision."""
    revised = defaultdict(list)
    for plan in _milestones(reads, scope, figure, value):
        schedules = reads.register(whole_roadmap).schedules
        for fact in schedules.at(plan.id, scope.on, known_by(scope, scope.on))[1:]:
            if scope.has(fact.owner_direction_id):
                revised[fact.on].append((plan.number, fact))
    for on, facts in revised.items():
        number, fact = facts[0]
        text = f"Jalon {number} : calendrier revu, échéance au {french.day(fact.end)}"
        text += f" ({fact.reason})" if fact.reason else ""
        if len(facts) > 1:
            text = f"Calendrier revu des jalons {', '.join(number for number, _ in facts)}"
        yield Event(on, EventKind.revision, text, "feuille-de-route", ("jalon", number))


def _meetings(reads: Reads, scope: Scope, figure: Figure, value: Value) -> Iterator[Event]:
    """The meetings held by the body or the community that the figure is about."""
    codes = {figure.workstream}
    if figure.of_stream:
        codes = {stream.code for stream in _streams(reads, scope, figure, value)}
    kinds = tuple(kind for kind in MeetingKind if kind in codes)
    for m in reads.register(calendar, kinds).at(scope.on, known_by(scope, scope.on)):
        if m.state == MeetingState.held:
            # The title of a body's meeting is not open to all.
            param = "reunion", str(m.id)
            yield Event(m.day, EventKind.meeting, m.kind.label, "agenda", param)


def _organisation(reads: Reads, scope: Scope, figure: Figure, _value: Value) -> Iterator[Event]:
    tables = {places: "Organigramme revu"} if "directions" in figure.subjects else {}
    if late_facts.headcounts in figure.facts:
        tables[headcounts] = "Effectifs revus"
    for table, words in tables.items():
        facts = reads.register(table)
        changed = defaultdict(set)
        for unit in filter(scope.has, facts.facts):
            for fact in facts.at(unit, scope.on, known_by(scope, scope.on)):
                changed[fact.on].add(unit)
        for on, units in changed.items():
            named = french.counted(len(units), "unité")
            yield Event(on, EventKind.organisation, f"{words} : {named}")


def places(session: Session) -> History[DirectionPlace]:
    return history(session, DirectionPlace)


def headcounts(session: Session) -> History[Headcount]:
    return history(session, Headcount)


def _imports(reads: Reads, _scope: Scope, figure: Figure, _value: Value) -> Iterator[Event]:
    nouns = {noun for fact in figure.facts for noun in _OF_FACTS.get(fact, _NOTHING)[1]}
    nouns |= {_OF_MEASURES} if figure.measured else set()
    for on, noun in reads.register(imports):
        if noun in nouns:
            yield Event(on, EventKind.imported, f"Import : {french.plural(2, noun)}")


def _definitions(reads: Reads, scope: Scope, _figure: Figure, value: Value) -> Iterator[Event]:
    """New definitions, on the day a round first saw them; the first one is no change."""
    facts = reads.register(definitions).at(value.code, scope.on, known_by(scope, scope.on))
    for fact in facts[1:]:
        yield Event(fact.on, EventKind.definition, "Ce que compte ce chiffre a été redéfini")


def definitions(session: Session) -> History[FigureEvent]:
    return history(session, FigureEvent, FigureEvent.what == FigureStep.defined)


_SOURCES = (_targets, _definitions, _decisions, _revisions, _meetings, _organisation, _imports)
