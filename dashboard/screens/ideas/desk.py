"""The desk of entries (poste de travail des idées): one is answered beside the list, several
together.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from dashboard import cached, french
from dashboard.queries.ideas.ordering import COLUMNS
from dashboard.queries.ideas.records import Filters, IdeaPage
from dashboard.scope import Scope
from dashboard.screens.ideas.answer import answer_many_box, form_of_many
from dashboard.screens.ideas.entry import entry_beside_list, entry_of
from dashboard.ui import desk as ui
from dashboard.ui.desk import Desk, Line, Noun, Opened, Several
from dashboard.ui.tables import concerns_in_words
from dashboard.visit.navigation import address, whole_number
from models.idea_states import IdeaStatus
from models.ideas import Idea

_NOUN = Noun("idée", "idées")
_HINT = "Choisissez une idée de la liste : elle s’ouvre ici, avec sa réponse."


def idea_desk(
    scope: Scope, screen: str, found: IdeaPage, page: int, waits: bool, **keep: str
) -> None:
    """`waits`: each entry of the list waits for an answer, and several may be answered at once."""
    ui.desk(
        Desk(
            scope=scope,
            screen=screen,
            entry="idee",
            noun=_NOUN,
            hint=_HINT,
            lines=[_line(row, scope, waits) for row in found.rows],
            total=found.total,
            more=found.more,
            page=page,
            keep=keep,
            opens=partial(_opened, scope),
            reply=("w_answer_", "w_many_"),
            act="répondre",
            several=_several(scope, found.rows) if waits else None,
        )
    )


def in_order(filters: Filters) -> Filters:
    """The same, in the order of a column where the address asks for one."""
    sort = ui.sort_asked(COLUMNS)
    return replace(filters, sort=sort) if sort else filters


def _line(row: Idea, scope: Scope, waits: bool) -> Line:
    filed = f"déposée le {french.day(row.filed_on)}"
    promised = f"pour le {french.day(row.due_on)}" if row.due_on else ""
    # What is late is so by the day that was promised.
    is_late = row.is_late(cached.today())
    on = promised if promised and (waits or is_late) else filed
    facts = [IdeaStatus(row.status).label, concerns_in_words(row, scope.tree)]
    return Line(str(row.number), row.title, facts, on, is_late)


def _opened(scope: Scope, key: str) -> Opened | None:
    entry = entry_of(scope, whole_number(key) or 0)
    if entry is None:
        return None
    idea = entry[0].idea
    return Opened(
        idea.title,
        partial(entry_beside_list, scope, entry),
        under=f"N° {idea.number}",
        full=address("idees", scope, idee=idea.number),
    )


def _several(scope: Scope, rows: Sequence[Idea]) -> Several:
    def numbers(keys: Sequence[str]) -> list[int]:
        return [number for key in keys if (number := whole_number(key))]

    return Several(
        "Répondre à",
        form=lambda keys: form_of_many(numbers(keys)),
        draw=lambda keys: answer_many_box(scope, numbers(keys), rows),
    )
