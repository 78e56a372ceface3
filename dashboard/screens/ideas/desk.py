"""The desk of entries (poste de travail des idées): one is answered beside the list, several
together; the list on screen as a file.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.files.writing import FORMATS, MIME, as_bytes
from dashboard.files.ideas.columns import COLUMNS
from dashboard.french import typo
from dashboard.queries.ideas.export import idea_rows
from dashboard.queries.ideas.records import Filters, IdeaPage
from dashboard.scope import Scope
from dashboard.screens.ideas.answer import answer_many_box, form_of_many
from dashboard.screens.ideas.entry import entry_in_full, entry_of
from dashboard.ui import desk as ui
from dashboard.ui.desk import Desk, Line, Noun, Opened, Several
from dashboard.ui.downloads import download
from dashboard.ui.highlight import around_first, marked
from dashboard.ui.tables import concerns_in_words, voices_of
from dashboard.visit.navigation import address, whole_number
from models.database import reading
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.search import Query

_NOUN = Noun("idée", "idées")


def idea_desk(
    scope: Scope,
    screen: str,
    results: IdeaPage,
    page: int,
    waits: bool,
    query: Query | None = None,
    **more: object,
) -> None:
    """`waits`: the entries of the list are pending an answer, and several may be answered at once;
    `more`: other parameters of the list.
    """
    ui.desk(
        Desk(
            scope=scope,
            screen=screen,
            entry="idee",
            noun=_NOUN,
            lines=[_line(row, scope, waits, query) for row in results.rows],
            total=results.total,
            more=results.more,
            page=page,
            opens=partial(_opened, scope),
            reply=("w_answer_", "w_many_"),
            act="répondre",
            form="answer_",
            several=_several(scope, results.rows) if waits else None,
            **more,
        )
    )


def _line(row: Idea, scope: Scope, waits: bool, query: Query | None) -> Line:
    filed = f"déposée le {french.day(row.filed_on)}"
    promised = f"pour le {french.day(row.due_on)}" if row.due_on else ""
    # Lateness counts from the promised day.
    is_late = row.is_late(cached.today())
    on = promised if promised and (waits or is_late) else filed
    concerned = [concerns_in_words(row, scope.tree)] if row.concerns_id else []
    facts = [IdeaStatus(row.status).label, *concerned, *voices_of(row)]
    if not row.published:
        facts.insert(0, "Pas encore publiée")
    excerpt = marked(around_first(row.body, query), query) if query else ""
    return Line(str(row.number), marked(row.title, query), facts, on, is_late, excerpt)


def _opened(scope: Scope, key: str) -> Opened | None:
    entry = entry_of(scope, whole_number(key) or 0, reads=not ui.is_preview("idee"))
    if entry is None:
        return None
    idea = entry[0].idea
    return Opened(
        idea.title,
        partial(entry_in_full, scope, entry),
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


def export_box(scope: Scope, filters: Filters) -> None:
    """Exports every entry of the list, not only this page, as the command line does; draws nothing
    for readers who may not export.
    """
    if not may(scope.reader, "idea.export"):
        return
    with st.popover("Exporter cette liste", icon=":material/download:", key="w_export"):
        st.caption(
            typo(
                "Aucun nom d'auteur n'est exporté. Le classeur explique chaque colonne dans sa"
                " feuille « Colonnes »."
            )
        )
        for suffix, label in FORMATS.items():
            download(
                label,
                # Bound now: the files are made after the loop has ended.
                lambda suffix=suffix: _file(scope, filters, suffix),
                f"idees{suffix}",
                MIME[suffix],
                key=f"export_{suffix[1:]}",
                wide=True,
            )


def _file(scope: Scope, filters: Filters, suffix: str) -> bytes:
    with reading() as session:
        fields = [column.field for column in COLUMNS]
        rows = idea_rows(session, scope, filters, cached.today(), fields=fields)
        headers = [column.header for column in COLUMNS]
        return as_bytes("Idées", headers, rows, suffix, COLUMNS)
