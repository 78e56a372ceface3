"""A list that one works through (poste de travail): dense rows on one side, the entry chosen with
its answer on the other; next and previous without going back, several answered at once.

What is open and what is chosen stand in the address: `idee`, its `rang` on the page of the list,
`choix` (numbers). Keys and checkboxes are `static/desk.js`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import french
from dashboard.queries.ideas.records import PAGE, IdeaPage, IdeaRow
from dashboard.scope import Scope
from dashboard.screens.ideas.answer import answer_many_box, form_of_many
from dashboard.screens.ideas.entry import entry_beside_list, entry_of
from dashboard.ui.components import draw
from dashboard.ui.tables import pager
from dashboard.visit.navigation import address, whole_number
from models.ideas import IdeaStatus

_ENTRY = "idee"
_RANK = "rang"
_CHOSEN = "choix"
_SIDES = (5, 7)


@dataclass(frozen=True)
class Desk:
    """One page of a list at work. `keep`: the parameters of the address that say which list;
    `waits`: each of its entries waits for an answer, and several may be answered at once.
    """

    scope: Scope
    found: IdeaPage
    page: int
    keep: dict[str, str]
    waits: bool

    @property
    def number(self) -> int:
        """The number of the entry that is open; 0 for none."""
        if number := whole_number(st.query_params.get(_ENTRY, "")):
            return number
        rank = whole_number(st.query_params.get(_RANK, ""))
        rows = self.found.rows
        return rows[min(rank, len(rows) - 1)].number if rank is not None and rows else 0

    @property
    def chosen(self) -> list[int]:
        """The numbers of the entries that are to be answered together: of the list, or of a form
        that was opened on it and has not done its work.
        """
        if not self.waits:
            return []
        asked = st.query_params.get(_CHOSEN, "").split(",")[:PAGE]
        numbers = [number for text in asked if (number := whole_number(text))]
        wait = any(row.number in numbers for row in self.found.rows)
        form = form_of_many(numbers)
        is_under_way = form.mark is not None and not form.turn
        return numbers if wait or is_under_way else []

    def at(self, **where: object) -> str:
        """The address of this list, at an entry or at another page."""
        return address("reception", self.scope, **self.keep, **where)

    def of_row(self, rank: int) -> str:
        """The address of the row at this rank of the page, from 0."""
        return self.at(page=self.page, idee=self.found.rows[rank].number, rang=rank)

    def rank(self) -> tuple[int, bool]:
        """Where the entry that is open stands on the page, and whether it still does: what was
        answered may have left the list, and the next one has then taken its place.
        """
        numbers = [row.number for row in self.found.rows]
        if self.number in numbers:
            return numbers.index(self.number), True
        return whole_number(st.query_params.get(_RANK, "")) or 0, False

    def before(self) -> str | None:
        """The address of the entry before the one that is open."""
        rank, _ = self.rank()
        rank = min(rank, len(self.found.rows))
        if rank:
            return self.of_row(rank - 1)
        return self.at(page=self.page - 1, rang=PAGE - 1) if self.page > 1 else None

    def after(self) -> str | None:
        """The address of the entry after the one that is open."""
        rank, is_there = self.rank()
        following = rank + 1 if is_there else rank
        if following < len(self.found.rows):
            return self.of_row(following)
        has_more = self.found.more or self.page < self.found.pages
        return self.at(page=self.page + 1, rang=0) if has_more else None


def desk(desk: Desk) -> None:
    """The list and, beside it, what is open; on a narrow screen the one or the other."""
    is_open = bool(desk.chosen or desk.number)
    with st.container(key="cp_desk_open" if is_open else "cp_desk"):
        listed, opened = st.columns(_SIDES, gap="medium")
        with listed:
            _list(desk)
        with opened:
            _opened(desk)


# --- the list -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _RowView:
    """One line of the list."""

    number: int
    href: str
    title: str
    facts: str
    on: str
    is_late: bool
    is_open: bool


def _list(desk: Desk) -> None:
    open_number = 0 if desk.chosen else desk.number

    def view(rank: int, row: IdeaRow) -> _RowView:
        promised = f"pour le {french.day(row.due_on)}"
        filed = f"déposée le {french.day(row.filed_on)}"
        place = row.concerns or "Direction non précisée"
        return _RowView(
            row.number,
            desk.of_row(rank),
            row.title,
            facts=f"{IdeaStatus(row.status).label} · {place}",
            on=promised if desk.waits else filed,
            is_late=row.late,
            is_open=row.number == open_number,
        )

    draw(
        "desk/list.html",
        name=f"{'-'.join(desk.keep.values())}-{desk.page}",
        rows=[view(rank, row) for rank, row in enumerate(desk.found.rows)],
        may_choose=desk.waits,
        chosen=desk.chosen,
        act=desk.at(page=desk.page, choix="") if desk.waits else "",
    )
    found = desk.found
    pager(desk.page if found.more else min(desk.page, found.pages), found.pages, found.more)


# --- what is open ---------------------------------------------------------------------------------


def _opened(desk: Desk) -> None:
    if chosen := desk.chosen:
        return _several(desk, chosen)
    if not desk.number:
        return draw("desk/nothing.html")
    entry = entry_of(desk.scope, desk.number)
    if entry is None:
        return draw("desk/gone.html", number=desk.number, back=desk.at(page=desk.page))
    rank, is_there = desk.rank()
    where = f"{rank + 1 + PAGE * (desk.page - 1)} sur {desk.found.total}"
    draw(
        "desk/head.html",
        number=desk.number,
        title=entry.card.idea.title,
        where=where if is_there and not desk.found.more else "",
        before=desk.before(),
        after=desk.after(),
        full=address("idees", desk.scope, idee=desk.number),
        back=desk.at(page=desk.page),
    )
    entry_beside_list(desk.scope, entry)


def _several(desk: Desk, chosen: Sequence[int]) -> None:
    draw(
        "desk/several.html",
        title=f"Répondre à {french.counted(len(chosen), 'idée')}",
        back=desk.at(page=desk.page),
    )
    answer_many_box(desk.scope, chosen, desk.found.rows)
