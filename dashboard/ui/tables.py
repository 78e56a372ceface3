"""Blocks for lists and records: ideas, one idea in full, members, trainings, plain tables."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from markupsafe import Markup

from dashboard import cached, french
from dashboard.files import csvout
from dashboard.queries.academy.counts import TrainingRow
from dashboard.queries.communities import Member
from dashboard.queries.ideas.card import IdeaCard
from dashboard.rendering import macros, plain, render
from dashboard.scope import Scope
from dashboard.ui.address import around_first, beginning, marked
from dashboard.ui.components import draw, place
from dashboard.ui.downloads import data_link, download
from dashboard.visit.navigation import address
from dashboard.web.files import ScopeFile
from models.academy import Training, TrainingAudience
from models.communities import AmbassadorReach
from models.directions import Tree
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import Channel, IdeaKind, IdeaStatus
from models.ideas import DETAILS, Idea
from models.search import Query

_STEPS = {
    EventKind.filed: "Déposée",
    EventKind.status: "",
    EventKind.answered: "Réponse",
    EventKind.published: "Lue et publiée",
    EventKind.held: "Réponse d'attente",
    EventKind.hidden: "Masquée",
    EventKind.moved: "Transférée",
    EventKind.merged: "Fusionnée",
}
_ANSWERS = (EventKind.status, EventKind.answered, EventKind.held)


def idea_list(rows: Sequence[Idea], scope: Scope) -> None:
    """One card per entry, linked to the entry."""
    place(ideas_html(rows, scope.tree, None, lambda number: address("idees", scope, idee=number)))


def ideas_html(
    rows: Sequence[Idea],
    tree: Tree,
    query: Query | None,
    where: Callable[[int], str],
) -> Markup:
    """The cards of entries; `where`: number of an entry → the address of its page."""
    today = cached.today()
    ambitions = {ambition.id: ambition.name for ambition in cached.ambitions()}
    ideas = [
        {
            "href": where(idea.number),
            "title": marked(idea.title, query),
            "status": IdeaStatus(idea.status),
            "is_late": idea.is_late(today),
            "is_published": idea.published,
            "excerpt": marked(
                around_first(idea.body, query) if query else beginning(idea.body), query
            ),
            "facts": _facts(idea, tree, ambitions),
        }
        for idea in rows
    ]
    return render("ideas/list.html", ideas=ideas)


def _facts(idea: Idea, tree: Tree, ambitions: Mapping[int, str]) -> str:
    facts = (
        IdeaKind(idea.kind).label,
        ambitions.get(idea.ambition_id, ""),
        tree.name_of(idea.concerns_id),
        f"déposée le{french.NO_BREAK}{french.day(idea.filed_on)}",
        *voices_of(idea),
        answer_in_words(idea, tree),
    )
    return " · ".join(filter(None, facts))


def answer_in_words(idea: Idea, tree: Tree) -> str:
    """When the answer was given, or for when it is promised, and by whom if no direction is
    concerned; empty if neither.
    """
    if idea.answered_on:
        waits = IdeaKind(idea.kind).is_decided and IdeaStatus(idea.status).is_open
        decision = ", pas encore décidée" if waits else ""
        return f"réponse donnée le {french.day(idea.answered_on)}{decision}"
    if not (idea.due_on and IdeaStatus(idea.status).is_open):
        return ""
    who = "" if tree.name_of(idea.concerns_id) else " (par : l'équipe du programme)"
    return f"réponse attendue pour le {french.day(idea.due_on)}{who}"


def voices_of(idea: Idea) -> list[str]:
    """« 12 soutiens », « 3 commentaires »: counted in meetings and here."""
    counts = (
        (idea.voices, "voix en réunion", "voix en réunion"),
        (idea.supports, "soutien", "soutiens"),
        (idea.comments, "commentaire", "commentaires"),
    )
    return [french.counted(n, one, many) for n, one, many in counts if n]


def concerns_in_words(idea: Idea, tree: Tree) -> str:
    """The name of the direction that an entry concerns."""
    return tree.name_of(idea.concerns_id) or "Direction non précisée"


def idea_in_full(card: IdeaCard, tree: Tree) -> None:
    """What an entry says, and its last answer."""
    idea = card.idea
    has_author = card.author or idea.anonymous or idea.author_id
    line = [
        tree.name_of(idea.concerns_id),
        f"déposée le{french.NO_BREAK}{french.day(idea.filed_on)}",
        (card.author or _who(card)) if has_author else "",
        *voices_of(idea),
        answer_in_words(idea, tree),
    ]
    since = [step.on for step in card.steps if step.to_status != step.from_status]
    draw(
        "ideas/in_full.html",
        status=IdeaStatus(idea.status),
        since=since[-1] if since else None,
        is_late=idea.is_late(cached.today()),
        body=idea.body,
        line=french.sentence_case(" · ".join(filter(None, line))),
        step=_last_answer(card.steps),
        step_word=_step_word,
    )


def _last_answer(steps: Sequence[IdeaEvent]) -> IdeaEvent | None:
    answers = [step for step in steps if step.text and step.what in _ANSWERS]
    return answers[-1] if answers else None


def idea_facts(card: IdeaCard, tree: Tree) -> None:
    """The data about an entry."""
    idea = card.idea
    ambition = next((a.name for a in cached.ambitions() if a.id == idea.ambition_id), "")
    questions = [c.question for c in cached.campaigns() if c.id == idea.campaign_id]
    facts = [
        *(("En réponse à", question) for question in questions),
        ("Genre", IdeaKind(idea.kind).label),
        ("Ambition", ambition or "Non précisée"),
        ("Direction concernée", unit_name(tree, idea.concerns_id, "Non précisée")),
        ("Canal", Channel(idea.channel).label),
        ("Déposée le", french.day_long(idea.filed_on)),
        ("Déposée par", card.author or _who(card)),
    ]
    for detail in DETAILS:
        if words := detail.in_words(getattr(idea, detail.column)):
            facts.append((detail.title, words))
    if idea.postponed_until:
        facts.append(("Reprise le", french.day_long(idea.postponed_until)))
    if card.owner and card.may_answer:
        facts.append(("Responsable de la réponse", card.owner))
    draw("ideas/facts.html", facts=facts)


def _who(card: IdeaCard) -> str:
    if card.idea.anonymous:
        return "Sans nom"
    return "Un agent" if card.idea.author_id else "Notée en réunion ou transmise"


def timeline(steps: Sequence[IdeaEvent], has_answer_above: bool = True) -> None:
    """The life of an entry, oldest first; an answer that stands above it is not repeated."""
    above = _last_answer(steps) if has_answer_above else None
    timeline_of(
        "Le fil de l'idée",
        [(_step_word(step), step.on, "" if step is above else step.text or "") for step in steps],
    )


def timeline_of(title: str, steps: Sequence[tuple[str, date, str]]) -> None:
    """Dated steps, oldest first: (event, day, words)."""
    draw("ui/timeline.html", title=title, steps=steps)


def _step_word(step: IdeaEvent) -> str:
    if step.what == EventKind.status and step.to_status != step.from_status:
        word = IdeaStatus(step.to_status).label
    else:
        word = _STEPS.get(EventKind(step.what)) or "Suivi"
    return f"{word} — {step.function}" if step.function else word


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    caption: str,
    numbers: frozenset[int] = frozenset(),
    download: str = "",
) -> None:
    """A plain table with its caption; the columns in `numbers` are right-aligned. On a phone the
    rows of a wide one become cards (`styles/tables.css`). A long one shows its first rows and
    folds the others. `download`: the file name of the same rows.
    """
    columns = [(heading, i in numbers) for i, heading in enumerate(headings)]
    is_wide = len(headings) >= _WIDE
    draw(
        "ui/table.html",
        columns=columns,
        rows=[zip(row, columns, strict=False) for row in rows],
        caption=caption,
        is_wide=is_wide,
        more_cards=_hidden(len(rows), _CARDS) if is_wide else "",
        more_lines=_hidden(len(rows), _LINES),
    )
    if download:
        # The rows as shown, already limited to what this reader may see.
        csv_button(download, headings, lambda: rows)


_WIDE = 4  # columns from which rows become cards on a phone
# Rows shown first, as cards on a phone and as lines elsewhere; changes together with
# `styles/tables.css`.
_CARDS = 5
_LINES = 8


def _hidden(total: int, seen: int) -> str:
    """How many rows are folded, in words; empty if they take no more room than the fold itself."""
    return french.number(total - seen) if total > seen + 2 else ""


def csv_button(
    name: str,
    headings: Sequence[str],
    rows: Callable[[], Iterable[Sequence[object]]],
    label: str = "Télécharger (CSV)",
) -> None:
    """The rows as CSV for French spreadsheets; read and written on request."""
    download(
        label,
        lambda: csvout.as_bytes(headings, ([plain(cell) for cell in row] for row in rows())),
        f"{name}.csv",
        "text/csv",
        key=f"csv_{name}",
    )


def rows_file(
    name: str,
    right: str,
    headings: Sequence[str],
    rows: Callable[[Scope], Iterable[Sequence[object]]],
) -> ScopeFile:
    """The rows of a table as a file built from the scope alone."""

    def as_csv(scope: Scope) -> bytes:
        return csvout.as_bytes(headings, ([plain(cell) for cell in row] for row in rows(scope)))

    return ScopeFile(f"{name}.csv", "text/csv", right, as_csv)


def terms(pairs: Sequence[tuple[str, object]]) -> None:
    """Terms and their text, one line each; empty texts are left out."""
    draw("ui/terms.html", pairs=[(term, text) for term, text in pairs if text])


def link(label: str, href: str, about: str = "") -> Markup:
    """A link that stays in the session, for a cell or a sentence; `about` is for screen readers."""
    return macros().link(label, href, about)


MEMBER_HEADINGS = ("Nom", "Fonction", "Service", "Portée", "Couvre aussi", "Depuis")


def member_rows(members: Sequence[Member], tree: Tree) -> list[tuple]:
    """One line per member, in their order."""
    return [
        (
            member.name,
            member.function,
            unit_name(tree, member.own_service),
            AmbassadorReach(member.reach).label,
            ", ".join(
                unit_name(tree, unit_id)
                for unit_id in sorted(member.covered - {member.own_service})
            )
            or "–",
            french.month(member.since),
        )
        for member in members
    ]


def unit_name(tree: Tree, unit_id: int | None, none: str = "–") -> str:
    """« Voirie »; `none` without a unit, or for one missing from the chart of the day."""
    return tree.name_of(unit_id) or none


def training_list(rows: Sequence[TrainingRow], scope: Scope) -> None:
    """The trainings of the scope, one line each, with their file."""
    table(
        _CATALOGUE,
        _training_lines(rows, scope),
        "Catalogue de l'académie",
        frozenset({6, 7, 8}),
    )
    data_link(CATALOGUE_FILE, scope, "Télécharger (CSV)")


_CATALOGUE = (
    "Code",
    "Formation",
    "Formateur",
    "Public",
    "Durée",
    "À savoir",
    "Sessions",
    "Remplissage",
    "En attente",
    "Prochaine session",
)


def _training_lines(rows: Sequence[TrainingRow], scope: Scope) -> list[tuple]:
    return [
        (
            row.training.code,
            link(row.training.title, address("academie", scope, formation=row.training.code)),
            row.training.trainer,
            TrainingAudience(row.training.audience).label,
            f"{french.number(row.training.hours)} h",
            obligation_in_words(row.training) or "–",
            row.held,
            french.rate(row.booked, row.capacity),
            row.waiting,
            french.day(row.next_on) if row.next_on else "–",
        )
        for row in rows
    ]


def obligation_in_words(training: Training) -> str:
    """« Obligatoire · valable 12 mois »; empty if neither applies."""
    holds = f"valable {training.validity} mois" if training.validity else ""
    parts = ("obligatoire" if training.mandatory else "", holds)
    return french.sentence_case(" · ".join(part for part in parts if part))


CATALOGUE_FILE = rows_file(
    "catalogue",
    "page.everyone",
    _CATALOGUE,
    lambda scope: _training_lines(cached.catalogue(scope), scope),
)
