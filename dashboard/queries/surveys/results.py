"""Surveys (enquêtes): waves, the answers to each question, and the free texts for readers who may
see them. Every count of persons returned here has passed `cut` or `hidden_shares`; below ten
answers, only their number is shown.

Small cells: the directions and families of functions that may be shown separately, for one
question. Both cuts and the whole are shown together, so they are checked together: any difference
between sums of shown rows must be empty or a group that may be shown itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby, zip_longest
from statistics import median

from sqlalchemy import exists, false, func, true
from sqlmodel import Session, select

from dashboard.access import Reader, counted_units, may, require
from dashboard.queries.figures.small_cells import SMALLEST, SMALLEST_AVERAGE, protect
from dashboard.queries.readable import Readable, readable
from dashboard.scope import Scope
from models.directions import Tree, Unit
from models.ideas import Idea
from models.scales import are_codes, is_off_scale, is_scale, rank_of
from models.surveys import (
    AGREE,
    DISAGREE,
    STANCES,
    Question,
    QuestionKind,
    Survey,
    SurveyAnswer,
    SurveyState,
)
from models.texts import Refused

MOST_FAMILIES = 10
MOST_COLUMNS = 6
OTHERS = "Autres réponses"
# Persons by part: unfavourable, favourable…; for an answer that is ticked: those who ticked it and
# those who did not.
Counts = tuple[int, ...]
Key = tuple[int | None, str]  # direction, family of functions
Cells = Mapping[Key, Counts]
Answers = Mapping[Key, Mapping[str, int]]  # how many gave each answer


@dataclass(frozen=True)
class SurveyCells:
    """The rows that may be shown: direction → persons by part; family → persons by part. `columns`
    names the answers of the parts, unless they are the two sides of a scale; the last one may be
    all other answers.
    """

    places: Mapping[int, Counts] = field(default_factory=dict)
    families: Mapping[str, Counts] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


def may_be_shown(counts: Iterable[int]) -> bool:
    """Whether the shares of a group may be shown: at least ten persons, at least five in each
    part.
    """
    found = list(counts)
    return sum(found) >= SMALLEST_AVERAGE and min(found) >= SMALLEST


def cut_choices(answers: Answers, choices: Sequence[str], apart: Sequence[str]) -> SurveyCells:
    """The cut of a question with one answer per person: the first of the answers in `apart`, and
    all others together.
    """
    known = {choice for counts in answers.values() for choice, n in counts.items() if n}

    def option(many: int) -> tuple[list[str], int, Cells]:
        columns = [choice for choice in choices if choice in apart[:many]]
        at = {choice: i for i, choice in enumerate(columns)}
        if known - set(columns):
            columns.append(OTHERS)
        cells = {}
        for key, counts in answers.items():
            parts = [0] * len(columns)
            for choice, n in counts.items():
                if n:
                    parts[at.get(choice, -1)] += n
            cells[key] = tuple(parts)
        return columns, len(columns) - 1, cells

    # A single remaining answer is shown under its own name.
    numbers = range(1, min(len(apart), MOST_COLUMNS) + 1)
    return _fullest(
        option(many)
        for many in numbers
        if many == len(apart) or known - set(apart[:many]) != {apart[many]}
    )


def cut_ticks(
    answers: Answers, persons: Mapping[Key, int], choices: Sequence[str], apart: Sequence[str]
) -> SurveyCells:
    """The cut of a question with several answers per person: each answer is its own question, and
    all share the same rows, so that the number of persons is known only once.
    """

    def option(many: int) -> tuple[list[str], int, Cells]:
        columns = [choice for choice in choices if choice in apart[:many]]
        cells = {}
        for key, among in persons.items():
            ticks = [answers.get(key, {}).get(choice, 0) for choice in columns]
            # Those who ticked and those who did not: either side could single persons out.
            cells[key] = tuple(part for n in ticks for part in (n, among - n))
        return columns, many, cells

    return _fullest(map(option, range(1, min(len(apart), MOST_COLUMNS) + 1)))


def _fullest(options: Iterable[tuple[Sequence[str], int, Cells]]) -> SurveyCells:
    """The way to divide the answers (columns, number of meaningful ones, cells) that shows most:
    few columns leave more directions, many leave fewer. Only one way is shown, so that two cannot
    be compared.
    """
    best = SurveyCells()
    most = 0
    for columns, groups, cells in options:
        found = cut(cells)
        shown = groups * (len(found.places) + len(found.families))
        if shown and shown >= most:
            best = SurveyCells(found.places, found.families, tuple(columns))
            most = shown
    return best


def cut(cells: Cells) -> SurveyCells:
    """The rows of both cuts that may be shown beside the whole."""
    if not cells or not may_be_shown(map(sum, zip(*cells.values(), strict=True))):
        return SurveyCells()
    places = _margin(cells, 0)
    families = _margin(cells, 1)
    shown_places = _shown(places, None)
    shown_families = _shown(families, "")
    while len(shown_families) > MOST_FAMILIES:
        shown_families = _without_smallest(shown_families, families)
    while shown_families and (exposed := _exposed(cells, shown_places, shown_families)):
        shown_families = _without_smallest(shown_families, families, exposed)
    return SurveyCells(
        {p: places[p] for p in shown_places}, {f: families[f] for f in shown_families}
    )


def _margin(cells: Cells, side: int) -> dict:
    found: dict = {}
    for key, counts in cells.items():
        held = found.get(key[side])
        found[key[side]] = (
            counts if held is None else tuple(a + b for a, b in zip(held, counts, strict=True))
        )
    return found


def _shown(margin: Mapping, unknown) -> set:
    """The rows of one cut that may be shown, and whose total with the whole reveals no hidden
    row.
    """
    return _balanced(
        {key for key, counts in margin.items() if key != unknown and may_be_shown(counts)}, margin
    )


def _balanced(shown: set, margin: Mapping) -> set:
    """Hides the smallest rows until the hidden rest is empty or may be shown."""
    while shown:
        rest = [counts for key, counts in margin.items() if key not in shown]
        if not rest or may_be_shown(map(sum, zip(*rest, strict=True))):
            return shown
        shown = shown - {_smallest(shown, margin)}
    return shown


def _without_smallest(shown: set, margin: Mapping, among: set | None = None) -> set:
    return _balanced(
        shown - {_smallest(among & shown if among and among & shown else shown, margin)}, margin
    )


def _smallest(keys: set, margin: Mapping):
    return min(keys, key=lambda key: (sum(margin[key]), str(key)))


def _exposed(cells: Cells, places: set, families: set) -> set | None:
    """Families whose difference with directions leaves a group that may not be shown; None if there
    are none.

    The hidden rows of one side are known as a whole, as the rest of the total. A difference of sums
    is a group of persons only where one sum holds all persons of the other: for each choice of
    families, the fewest directions that hold them all and the most that they hold. More directions
    only enlarge the rest by rows that may be shown themselves; and a combination with factors other
    than one is a sum of such differences (level by level).
    """
    rows = _numbered(places)
    columns = _numbered(families)
    parts = len(next(iter(cells.values())))
    table = [[[0] * parts for _ in rows] for _ in columns]
    for (place, family), counts in cells.items():
        cell = table[columns.get(family, 0)][rows.get(place, 0)]
        for part, n in enumerate(counts):
            cell[part] += n
    # Imported here because NumPy takes 15 MiB, which a server without readers of such surveys
    # saves.
    from dashboard.queries.surveys.differences import revealing_choice

    chosen = revealing_choice(table, SMALLEST_AVERAGE, SMALLEST)
    if chosen is None:
        return None
    return {
        name for name, is_in in zip(columns, chosen, strict=True) if is_in and name is not None
    } or set(families)


def _numbered(shown: set) -> dict:
    """The row numbers of a table: the first (None) is for all rows that are not shown."""
    return {name: at for at, name in enumerate([None, *sorted(shown, key=str)])}


def hidden_shares(blocks: list[list[int]]) -> tuple[list[bool], list[list[bool]]]:
    """Which counts of a distribution are hidden: among its blocks (unfavourable, favourable…), and
    among the answers inside them.
    """
    units: list[Unit] = []
    counts: dict[int, int] = {}

    def placed(n: int, above: int | None) -> int:
        place = len(units) + 1
        units.append(Unit(place, "", "", "", above, place))
        counts[place] = n
        return place

    root = placed(sum(map(sum, blocks)), None)
    tops = [placed(sum(block), root) for block in blocks]
    inside = [[placed(n, top) for n in block] for top, block in zip(tops, blocks, strict=True)]
    hidden = protect(counts, Tree(tuple(units)))
    return (
        [top in hidden for top in tops],
        [[place in hidden for place in places] for places in inside],
    )


BAROMETER = "bien-etre.favorable"
ENPS = "bien-etre.enps"
SATISFIED = "citoyens.satisfaits"
FEEDS = (BAROMETER, ENPS, SATISFIED)


def is_of_agents(figure: str) -> bool:
    """Whether a figure is measured by the answers of agents, and not of citizens."""
    return not figure.startswith("citoyens")


# From this many answers on, a mean rounded to a tenth reveals no hidden count.
EXACT_MEAN = 100
# The blocks of a scale from 0 to 10, which the recommendation and the neutral group separate.
_BLOCKS = ((0, 1, 2, 3, 4, 5), (6,), (7, 8), (9, 10))


@dataclass(frozen=True)
class AnswerShare:
    """One answer and its number of persons; None: not shown."""

    label: str
    n: int | None


@dataclass(frozen=True)
class Result:
    """The answers to one question by `n` persons. `favourable` of `judging` persons, both None if
    not shown; the cuts hold (unfavourable, favourable), or (0-6, 7-8, 9-10) for a recommendation;
    for other questions their columns name the answers.
    """

    question_id: int
    code: str
    matrix: str
    text: str
    kind: QuestionKind
    n: int
    shares: tuple[AnswerShare, ...] = ()
    favourable: int | None = None
    judging: int | None = None
    recommends: float | None = None
    mean: float | None = None
    middle: float | None = None
    figure: str | None = None
    cut: SurveyCells = field(default_factory=SurveyCells)
    choices: tuple[str, ...] = ()

    @property
    def is_coded(self) -> bool:
        """Whether its answers are still codes of the file: no cut is shown before somebody has
        given their meaning.
        """
        return are_codes(self.choices)

    def persons_of(self, counts: Counts) -> tuple[int, Counts]:
        """A row of a cut: the number of persons, and the number for each answer of its columns."""
        if self.kind is QuestionKind.multiple:
            return (counts[0] + counts[1], counts[::2])
        return (sum(counts), counts)

    @property
    def is_statement(self) -> bool:
        """Whether people said if they agree; asked here, or imported with the same answers."""
        return not self.matrix and {AGREE, DISAGREE} <= set(self.choices) <= set(STANCES)

    @property
    def is_shown(self) -> bool:
        return self.n >= SMALLEST_AVERAGE

    @property
    def percent(self) -> float | None:
        if self.favourable is None or not self.judging:
            return None
        return 100 * self.favourable / self.judging

    @property
    def feeds(self) -> tuple[str, ...]:
        """The figures that this question can feed."""
        may_feed = self.favourable is not None and self.kind is not QuestionKind.statement
        return (
            *((ENPS,) if self.recommends is not None else ()),
            *((BAROMETER, SATISFIED) if may_feed else ()),
        )


def waves(session: Session, scope: Scope) -> list[Survey]:
    """The closed surveys up to the day shown, newest first. An open one is left out: comparing two
    reads of one direction could reveal a single answer.
    """
    allowed = true() if may(scope.reader, "survey.read") else false()
    return list(
        session.exec(
            select(Survey)
            .where(allowed, Survey.on <= scope.on, Survey.state == SurveyState.closed)
            .order_by(Survey.on.desc(), Survey.series, Survey.number.desc())
        ).all()
    )


def next_number(session: Session, series: str, on: date) -> int:
    """The number of the next wave of this series on this day."""
    of_day = select(func.max(Survey.number)).where(Survey.series == series, Survey.on == on)
    return (session.exec(of_day).one() or 0) + 1


def results(session: Session, scope: Scope, survey_id: int) -> Readable[Result]:
    """The answers question by question, with the cuts that this reader may see; empty below ten
    answers.
    """
    survey = session.get(Survey, survey_id)
    if not may(scope.reader, "survey.read") or survey is None or survey.answered < SMALLEST_AVERAGE:
        return Readable()
    if survey.state != SurveyState.closed:
        return Readable()
    open_units = counted_units(scope.reader, scope.tree)
    wanted = [units for units in (open_units, scope.counted) if units is not None]
    questions = session.exec(
        select(Question)
        .where(Question.survey_id == survey_id, ~Question.proposed)
        .order_by(Question.position)
    ).all()
    answers = _answered(session, survey_id)

    def as_seen(question: Question) -> Result:
        result = _result(question, answers[question.id])
        places = {
            place: counts
            for place, counts in result.cut.places.items()
            if all(place in units for units in wanted)
        }
        return replace(result, cut=replace(result.cut, places=places))

    return readable(questions, as_seen, lambda question: f"question {question.id}")


def together(found: Iterable[Result]) -> list[list[Result]]:
    """The lines of a matrix as one group, other questions alone; free texts and statements left
    out.
    """
    closed = (r for r in found if r.kind is not QuestionKind.free and not r.is_statement)
    return [
        list(lines) for _, lines in groupby(closed, key=lambda result: result.matrix or result.code)
    ]


@dataclass(frozen=True)
class _Answered:
    """The answers to one question, by direction and family: persons per answer (`cells`), and
    persons who answered (`persons`).
    """

    cells: Mapping[Key, Counter] = field(default_factory=dict)
    persons: Mapping[Key, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return sum(self.persons.values())

    @property
    def counts(self) -> Counter:
        found: Counter = Counter()
        for counts in self.cells.values():
            found.update(counts)
        return found

    def parted(self, parts: int, part_of: Mapping) -> dict[Key, Counts]:
        """Persons by part, for the answers in `part_of`."""
        found: dict[Key, list[int]] = {}
        for key, counts in self.cells.items():
            for choice, n in counts.items():
                if choice in part_of:
                    found.setdefault(key, [0] * parts)[part_of[choice]] += n
        return {key: tuple(counts) for key, counts in found.items()}


def _answered(
    session: Session, survey_id: int, question_id: int | None = None
) -> Mapping[int, _Answered]:
    """Question → its answers, summed by the database: a survey of 5,000 sheets is 300,000
    answers.
    """
    only = SurveyAnswer.question_id == question_id if question_id else true()
    groups = (SurveyAnswer.question_id, SurveyAnswer.direction_id, SurveyAnswer.family)
    found: dict[int, _Answered] = defaultdict(_Answered)
    for question, place, family, choice, mark, n in session.execute(
        select(*groups, SurveyAnswer.choice, SurveyAnswer.number, func.count())
        .where(SurveyAnswer.survey_id == survey_id, only)
        .group_by(*groups, SurveyAnswer.choice, SurveyAnswer.number)
    ):
        answered = found[question]
        answered.cells.setdefault((place, family), Counter())[
            choice if choice is not None else mark
        ] += n
        answered.persons[place, family] = answered.persons.get((place, family), 0) + n
    # A sheet has several answers to a multiple choice: its sheets are counted instead.
    several = select(Question.id).where(
        Question.survey_id == survey_id, Question.kind == str(QuestionKind.multiple)
    )
    for question, place, family, n in session.execute(
        select(*groups, func.count(SurveyAnswer.sheet.distinct()))
        .where(SurveyAnswer.question_id.in_(several), only)
        .group_by(*groups)
    ):
        found[question].persons[place, family] = n
    return found


def _result(question: Question, answered: _Answered) -> Result:
    kind = QuestionKind(question.kind)
    # From the least to the most favourable, as other scales; asked the other way round.
    choices = question.options[:: -1 if question.is_statement else 1]
    plain = Result(
        question.id,
        question.code,
        question.matrix,
        question.text,
        kind,
        answered.n,
        figure=question.figure,
        choices=tuple(choices),
    )
    if not plain.is_shown or kind is QuestionKind.free:
        return plain
    if kind is QuestionKind.multiple:
        return _multiple(plain, choices, answered)
    if kind.is_scale:
        return _scaled(plain, [int(choice) for choice in choices], answered)
    return _single(plain, choices, answered)


def _multiple(plain: Result, choices: Sequence[str], answered: _Answered) -> Result:
    """The result of a multiple choice: each choice is its own question, shown if at least five
    ticked it and at least five did not.
    """
    ticks = answered.counts
    n = plain.n
    sides = {choice: min(ticks[choice], n - ticks[choice]) for choice in choices}
    shares = [
        AnswerShare(choice, ticks[choice] if sides[choice] >= SMALLEST else None)
        for choice in choices
    ]
    showable = sorted(
        (choice for choice in choices if sides[choice] >= SMALLEST),
        key=lambda choice: -sides[choice],
    )
    cells = SurveyCells()
    if not plain.is_coded:
        cells = cut_ticks(answered.cells, answered.persons, choices, showable)
    return replace(plain, shares=tuple(shares), cut=cells)


def _single(plain: Result, choices: Sequence[str], answered: _Answered) -> Result:
    if not is_scale(choices):
        return _chosen(plain, choices, answered)
    blocks = [
        [c for c in choices if not is_off_scale(c) and (rank_of(c) or 0) < 1],
        [c for c in choices if (rank_of(c) or 0) >= 1],
        [c for c in choices if is_off_scale(c)],
    ]
    sides = {choice: side for side, block in enumerate(blocks[:2]) for choice in block}
    shares, hidden = _blocked([block for block in blocks if block], answered.counts)
    return _judged(replace(plain, shares=shares), answered, sides, hidden[:2])


def _chosen(plain: Result, choices: Sequence[str], answered: _Answered) -> Result:
    """The result of a question without a scale: the largest answers are cut separately, all others
    together.
    """
    named, counts = _without_rare(choices, answered.counts)
    _, [hidden] = hidden_shares([[counts[choice] for choice in named]])
    shares = _shares(named, counts, hidden)
    shown = [share for share in shares if share.n is not None and share.label != OTHERS]
    showable = [share.label for share in sorted(shown, key=lambda share: -share.n)]
    return replace(
        plain,
        shares=shares,
        cut=SurveyCells() if plain.is_coded else cut_choices(answered.cells, choices, showable),
    )


def _without_rare(choices: Sequence[str], counts: Counter) -> tuple[list[str], Counter]:
    """Groups rare answers: in a file without codes, what a few people wrote under « Autre » is
    among the choices.
    """
    rare = [choice for choice in choices if counts[choice] < SMALLEST or choice == OTHERS]
    if not rare:
        return list(choices), counts
    frequent = [choice for choice in choices if choice not in rare]
    return [*frequent, OTHERS], Counter(
        {choice: counts[choice] for choice in frequent}
        | {OTHERS: sum(counts[choice] for choice in rare)}
    )


def _scaled(plain: Result, steps: Sequence[int], answered: _Answered) -> Result:
    counts = Counter({int(mark): n for mark, n in answered.counts.items()})
    wide = plain.kind is QuestionKind.zero_to_ten
    blocks = _BLOCKS if wide else ((1, 2, 3), (4, 5))
    shares, hidden = _blocked([list(block) for block in blocks], counts)
    exact = all(share.n is not None for share in shares)
    marks = sorted(counts.elements())
    mean = None
    # A mean of few answers would reveal hidden counts.
    if exact or plain.n >= EXACT_MEAN:
        mean = round(sum(marks) / len(marks), 1)
    found = replace(plain, shares=shares, middle=median(marks), mean=mean)
    if not wide:
        sides = {step: side for side, block in enumerate(blocks) for step in block}
        return _judged(found, answered, sides, hidden)
    if any(hidden):
        return found
    low = sum(counts[step] for step in range(7))
    high = counts[9] + counts[10]
    # eNPS: up to 6 a detractor, 7 and 8 passive, 9 and 10 a promoter.
    groups = {step: (step >= 7) + (step >= 9) for step in steps}
    return replace(
        found,
        recommends=100 * (high - low) / plain.n,
        favourable=sum(counts[step] for step in range(6, 11)),
        judging=plain.n,
        cut=cut(answered.parted(3, groups)),
    )


def _judged(found: Result, answered: _Answered, sides: Mapping, hidden: Sequence[bool]) -> Result:
    """The favourable share and its cuts, if both sides may be shown."""
    cells = answered.parted(2, sides)
    if any(hidden) or not cells:
        return found
    against, favourable = map(sum, zip(*cells.values(), strict=True))
    if not may_be_shown((against, favourable)):
        return found
    return replace(found, favourable=favourable, judging=against + favourable, cut=cut(cells))


def _blocked(
    blocks: Sequence[Sequence], counts: Counter
) -> tuple[tuple[AnswerShare, ...], list[bool]]:
    tops, inside = hidden_shares([[counts[choice] for choice in block] for block in blocks])
    shares = [
        share
        for block, hidden in zip(blocks, inside, strict=True)
        for share in _shares(block, counts, hidden)
    ]
    return tuple(shares), tops


def _shares(choices: Sequence, counts: Counter, hidden: Sequence[bool]) -> tuple[AnswerShare, ...]:
    return tuple(
        AnswerShare(str(choice), None if is_hidden else counts[choice])
        for choice, is_hidden in zip(choices, hidden, strict=True)
    )


# Direction (None: the whole) → value and number of answers.
ValuesByPlace = dict[int | None, tuple[float, int]]


def values_for_figure(
    session: Session, question: Question, survey: Survey, code: str, with_directions: bool = False
) -> ValuesByPlace:
    """The value of a figure from one question, for the whole and the directions that may be shown;
    empty if the question does not feed it, or too few answered.
    """
    result = _result(question, _answered(session, question.survey_id, question.id)[question.id])
    if code not in result.feeds:
        return {}
    recommends = code == ENPS
    whole = (result.recommends, result.n) if recommends else (result.percent, result.judging)
    # A mark from 0 to 10 is only cut by its recommendation.
    is_cut = with_directions and survey.agents and (recommends or result.recommends is None)
    places = result.cut.places if is_cut else {}
    return {None: whole} | {place: (score(counts), sum(counts)) for place, counts in places.items()}


def feeding(session: Session, code: str, on: date) -> list[tuple[Question, Survey]]:
    """The questions that feed a figure in the closed waves of one day, one per wave."""
    found = session.exec(
        select(Question, Survey)
        .join(Survey, Survey.id == Question.survey_id)
        .where(Question.figure == code, Survey.on == on, Survey.state == SurveyState.closed)
        .order_by(Question.id.desc())
    ).all()
    return list({survey.id: (question, survey) for question, survey in found}.values())


def pooled(waves: Iterable[ValuesByPlace]) -> ValuesByPlace:
    """The values of several waves together, weighted by their number of answers."""
    sums: dict[int | None, tuple[float, int]] = {}
    for wave in waves:
        for place, (value, n) in wave.items():
            total, answers = sums.get(place, (0.0, 0))
            sums[place] = total + value * n, answers + n
    return {place: (total / n, n) for place, (total, n) in sums.items() if n}


def score(counts: Counts) -> float:
    """The favourable share in %; for three groups, promoters minus detractors, in points."""
    return 100 * (counts[-1] - (counts[0] if len(counts) == 3 else 0)) / sum(counts)


Column = tuple[str, list[str]]  # header and cells


def answers_file(
    session: Session, scope: Scope, survey: Survey
) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """(headers, rows) of a closed survey of ten sheets or more. Raises Refused without the right,
    and for a survey of which nothing is shown.
    """
    columns = answer_columns(session, scope, survey)
    if not columns:
        raise Refused("De cette enquête rien n'est montré : ses réponses ne s'exportent pas.")
    return [header for header, _ in columns], list(zip_longest(*(cells for _, cells in columns)))


def answer_columns(session: Session, scope: Scope, survey: Survey) -> list[Column]:
    """The questions that are shown with their answers, in no order of the sheets; a number of
    persons that is hidden is left out. Raises Refused without the right.
    """
    require(scope.reader, "survey.import")
    shown = [result for result in results(session, scope, survey.id) if result.is_shown]
    return [column for result in shown for column in _columns(session, result)]


def _columns(session: Session, result: Result) -> Sequence[Column]:
    """« Q3[SQ001]. Nos ambitions [Citoyens] », without a code that is made of the words."""
    header = f"{result.matrix} [{result.text}]" if result.matrix else result.text
    if result.code.partition("[")[0].isidentifier():
        header = f"{result.code}. {header}"
    if result.kind is QuestionKind.multiple:
        return [
            (f"{header} [{share.label}]", ["Oui"] * share.n + ["Non"] * (result.n - share.n))
            for share in result.shares
            if share.n is not None
        ]
    if result.kind is QuestionKind.free:
        texts = select(SurveyAnswer.text).where(SurveyAnswer.question_id == result.question_id)
        return [(header, list(session.exec(texts.order_by(SurveyAnswer.id))))]
    return [(header, [share.label for share in result.shares for _ in range(share.n or 0)])]


PAGE = 10


@dataclass(frozen=True)
class FreeText:
    """One free text, for a reader who may turn it into a finding; `idea` is the number of that
    finding.
    """

    id: int
    question: str
    text: str
    place: str
    idea: int | None


def count_texts(
    session: Session, reader: Reader, survey_id: int, question_id: int | None = None
) -> int:
    """The number of free texts. Raises Refused without the right."""
    require(reader, "survey.import")
    return session.exec(
        select(func.count()).select_from(SurveyAnswer).where(*_texts_of(survey_id, question_id))
    ).one()


def free_texts(
    session: Session,
    reader: Reader,
    tree: Tree,
    survey_id: int,
    question_id: int | None = None,
    page: int = 0,
) -> list[FreeText]:
    """Free texts in the order of their random number, which is unrelated to the order of the
    sheets. Raises Refused without the right.

    The direction is shown if at least ten sheets of the survey come from it; the family of
    functions is not: together they could single a person out.
    """
    require(reader, "survey.import")
    sheets = session.execute(
        select(SurveyAnswer.direction_id, func.count(SurveyAnswer.sheet.distinct()))
        .where(SurveyAnswer.survey_id == survey_id)
        .group_by(SurveyAnswer.direction_id)
    ).all()
    is_large = {place: n >= SMALLEST_AVERAGE and place in tree.by_id for place, n in sheets}
    rows = session.execute(
        select(
            SurveyAnswer.id,
            Question.text,
            SurveyAnswer.text,
            SurveyAnswer.direction_id,
            Idea.number,
        )
        .join(Question, Question.id == SurveyAnswer.question_id)
        .outerjoin(Idea, Idea.id == SurveyAnswer.idea_id)
        .where(*_texts_of(survey_id, question_id))
        .order_by(SurveyAnswer.id)
        .offset(page * PAGE)
        .limit(PAGE)
    ).all()
    return [
        FreeText(id_, question, text, tree.by_id[place].name if is_large[place] else "", number)
        for id_, question, text, place, number in rows
    ]


def _texts_of(survey_id: int, question_id: int | None) -> list:
    return [
        SurveyAnswer.survey_id == survey_id,
        SurveyAnswer.text.is_not(None),
        exists().where(Survey.id == survey_id, Survey.state == SurveyState.closed),
        *((SurveyAnswer.question_id == question_id,) if question_id else ()),
    ]
