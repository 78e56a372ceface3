"""Importing (importer) ideas: one file, one transaction, a report of every row; twice changes
nothing. Comments (commentaires) from a file beside it are attached to the idea of the same source
that they name; no author is read or stored.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, islice
from operator import itemgetter, length_hint

from sqlalchemy import insert, update

from dashboard import french
from dashboard.actions.decisions.records import follow_state
from dashboard.actions.ideas.facts import move_facts
from dashboard.actions.ideas.imported_rows import (
    HELD_BY,
    OWN_FIELDS,
    Matches,
    changed_fields,
    changed_values,
    digest_of,
    free_numbers,
    hidden_at_source,
    joined,
    moved_by_idea,
    moved_by_state,
    new_comments,
    new_idea,
    new_state,
    refusal_of_state,
)
from dashboard.actions.ideas.photos import recount_comments
from dashboard.actions.register_imports import ImportOptions, ImportReport, RegisterImport
from dashboard.files.ideas.columns import IDEAS, CommentRead, is_html, plain_text
from dashboard.files.ideas.reading import IdeaTable, read_ideas
from dashboard.files.ideas.rows import NO_KEY, IdeaRead, RefusedRow
from dashboard.files.matching.fields import Correspondence
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact, shown
from dashboard.french import counted
from dashboard.queries import import_sources as sources
from models.clock import workdays
from models.discussions import COMMENT_MAX, Contribution
from models.idea_states import IdeaStatus
from models.ideas import OWN_SOURCE, Idea, SourceKey
from models.inserts import insert_rows
from models.ledger import Ledger
from models.programmes import programmes
from models.search import index_words
from models.texts import Refused, clean_text, too_long


def _chunks(rows: Iterable) -> Iterator[list]:
    rows = iter(rows)
    while chunk := list(islice(rows, 5000)):
        yield chunk


class IdeaImport(RegisterImport):
    """Imports ideas; `how.agents` declares the entries as the agents' own. Without a `how.source`,
    it is the one that has given most of these entries, else a new one.
    """

    kind = IDEAS.kind
    register = IDEAS

    def begin(self) -> None:
        self.by = self.reader.person_id
        self.day = self.how.on or self.day
        self.moves: set[str] = set()
        self.undated = 0
        self.elsewhere: Counter[str] = Counter()  # how many titles are here under each source
        self.keys_elsewhere: Counter[str] = Counter()
        self.matches = Matches(self.session, self.day)
        self.calendar = workdays(self.session)
        self.first_day = programmes(self.session).first_day
        self.ledger = Ledger(self.session)
        self.merges: list[tuple[int, str]] = []
        self.submitted: dict[int, str] = {}
        self.renumbered: dict[int | None, int] = {}
        self.keys: set[str] = set()

    @classmethod
    def rows_of(cls, table, how: ImportOptions, stored: Sequence[Correspondence]) -> IdeaTable:
        return read_ideas(table, how.given, stored)

    @classmethod
    def whole(cls, table: IdeaTable, how: ImportOptions) -> IdeaTable:
        """With the search words, which take as long as the rest."""
        table = super().whole(table, how)
        for row in table.rows:
            if isinstance(row, IdeaRead):
                row.words = index_words(row.title, row.body)
        return table

    def run(self, table: IdeaTable) -> ImportReport:
        chunks = _chunks(table.rows)
        first = next(chunks, [])
        self.source = self.how.source or table.source or self.source_of(first, table)
        self.columns = table.fields
        self.held = {name for name in sources.FIELDS if HELD_BY[name] & table.fields}
        for chunk in chain([first], chunks):
            self.take_chunk(chunk, table)
            known = length_hint(table.rows)
            self.tell_progress(self.report.rows / known if known else table.share())
        self.join_merged(table)
        # What was submitted to the CODIR, or is no more, and its point.
        ideas = sources.ideas_by(self.session, Idea.id, list(self.submitted))
        for idea_id, before in self.submitted.items():
            follow_state(self.session, self.reader, ideas[idea_id], before)
        if self.writes:
            self.ledger.write()
        # An export of ours may hold one direction only: what it leaves out is not gone.
        for key, digest in [] if table.is_own else sources.idea_keys(self.session, self.source):
            if key not in self.keys and not digest.startswith(sources.AWAY):
                self.report.gone += 1
                self.note_digest(key, sources.AWAY + digest)
        self.report.warnings += self.matches.warnings
        self.report.unknown = self.matches.words | table.unknown
        self.report.source = self.source
        self.report.told += [*self.already_here(), *self.moved()]
        return self.close(table)

    def already_here(self) -> list[str]:
        """What of the new rows is here under another source: one sentence each."""
        here = self.elsewhere | self.keys_elsewhere
        named = {source: n for source, n in here.items() if source}
        self.report.elsewhere = max(named, key=named.get, default="")
        sentences = []
        for source, times in sorted(here.items()):
            by_key = self.keys_elsewhere[source]
            what = f"{french.counted(times, 'titre')} de ce fichier"
            known = f"{french.number(by_key)} de ces identifiants" if by_key else what
            titles = f"{known} sont déjà là"
            where = (
                f", sous la source « {source} » : les mettre à jour ? Donnez ce nom de source,"
                " sinon ils entreront une seconde fois."
            )
            sentences.append(f"{titles}{where if source else ', sans source.'}")
        return sentences

    def moved(self) -> list[str]:
        """The figures that the file moves, and what of it moves none of a period."""
        if self.writes:
            return []
        undated = french.counted(
            self.undated,
            "entrée sans date de dépôt n'entre dans aucune période des chiffres",
            "entrées sans date de dépôt n'entrent dans aucune période des chiffres",
        )
        names = ", ".join(f"« {name} »" for name in sorted(self.moves))
        moved = f"Chiffres qui bougent : {names}." if names else "Aucun chiffre ne bouge."
        return [f"{undated}.", moved] if self.undated else [moved]

    def source_of(self, rows: list[IdeaRead | RefusedRow], table: IdeaTable) -> str:
        """The source that has given these entries already, by their identifiers and titles; a new
        one where none has. Raises Refused where titles alone say so, and something is written.
        """
        titles = {row.key: row.title for row in rows if isinstance(row, IdeaRead)}
        known = sources.likely_source(self.session, titles)
        if known:
            return known
        here = sources.titles_elsewhere(self.session, "", set(titles.values()))
        most, times = next(iter(here.most_common(1)), ("", 0))
        if self.writes and most and times * 2 >= len(titles):
            raise Refused(
                f"{french.counted(times, 'titre')} de ce fichier sont déjà là, sous la source"
                f" « {most} » : donnez ce nom de source pour les mettre à jour, ou un autre pour"
                " les ajouter."
            )
        name = (table.layout.profile if table.layout else "") or "Fichier"
        return sources.free_name(self.session, f"{name} du {french.day(self.day)}")

    def take_chunk(self, chunk: list[IdeaRead | RefusedRow], table: IdeaTable) -> None:
        """One chunk: refused, new, known and unchanged, known and changed."""
        self.report.rows += len(chunk)
        self.report.refused += [row.problem for row in chunk if isinstance(row, RefusedRow)]
        rows = [row for row in chunk if isinstance(row, IdeaRead)]
        known = self.known(chunk)
        self.name_by_title(rows, known)
        # A row that is refused was seen all the same: its entry has not gone from the source.
        self.keys.update(row.key for row in chunk)
        fresh, stale = [], []
        for row in rows:
            found = known.get((row.source or self.source, row.key))
            self.report.unpublished += not row.published
            places = self.matches.places(row)
            digest = digest_of(row, places)
            # An export of ours says nothing of what is in its source today.
            if found and found[1].startswith(sources.AWAY) and not table.is_own:
                self.report.returned += 1
                found = found[0], found[1].removeprefix(sources.AWAY)
                self.note_digest(row.key, found[1])
            if found is None:
                fresh.append((row, places, digest))
            elif found[1] != joined(found[1], digest, self.held):
                stale.append((row, places, digest, found))
            else:
                self.report.unchanged += 1
        if table.is_own:
            fresh = self.recognised(fresh, stale)
        self.change(stale)
        self.add(fresh)

    def known(self, chunk: list[IdeaRead | RefusedRow]) -> dict[tuple[str, str], tuple[int, str]]:
        """(source, key) → (record id, digest) of what we already have."""
        by_source: dict[str, list[str]] = {}
        for row in chunk:
            by_source.setdefault(row.source or self.source, []).append(row.key)
        return {
            (source, key): found
            for source, keys in by_source.items()
            for key, found in sources.known_keys(self.session, source, keys).items()
        }

    def recognised(self, fresh: list, stale: list) -> list:
        """Our own export come back: an entry that never came from a file is known by its number,
        day and text.
        """
        ours = sources.ideas_by(
            self.session, Idea.number, [row.number for row, *_ in fresh if row.number]
        )
        left = []
        for row, places, digest in fresh:
            idea = ours.get(row.number) if row.source == OWN_SOURCE else None
            # Numbers are drawn at random: in another database the same one may be another idea's.
            if (
                idea
                and idea.filed_on == row.filed_on
                and (idea.title == row.title or idea.body == row.body)
            ):
                stale.append((row, places, digest, (idea.id, "")))
            else:
                left.append((row, places, digest))
        return left

    def name_by_title(self, rows: list[IdeaRead], known: dict) -> None:
        """Rows that have no identifier in this file, or had none in the last one, are known by
        their title, where one row and one entry alone have it.
        """
        rows = [row for row in rows if not row.source and (self.source, row.key) not in known]
        times = Counter(row.title for row in rows)
        found = sources.known_by_title(self.session, self.source, times)
        for row in rows:
            key, record = found.get(row.title, ("", None))
            is_unnamed = row.key.startswith(NO_KEY) or key.startswith(NO_KEY)
            is_free = key not in self.keys and (self.source, key) not in known
            if key and times[row.title] == 1 and is_unnamed and is_free:
                row.key = key
                known[self.source, key] = record

    def add(self, fresh: list) -> None:
        """New ideas with their facts, search words and source keys."""
        self.report.new += len(fresh)
        if not self.writes:
            return self.foresee(fresh)
        ideas, keys, comments = [], [], []
        numbers = self.numbers_for([row for row, *_ in fresh])
        for (row, places, digest), its_number in zip(fresh, numbers, strict=True):
            idea, facts = self.made(row, its_number, places)
            ideas.append(idea)
            keys.append(
                {
                    "source": row.source or self.source,
                    "key": row.key,
                    "subject": sources.IDEA,
                    "record_id": idea["id"],
                    "digest": digest,
                }
            )
            comments += new_comments(idea["id"], row.comments, 0, self.day)
            for fact in facts:
                self.ledger.add(fact)
            if row.words is None:
                self.ledger.index(idea["id"], row.title, row.body)
            else:
                self.ledger.index_words(idea["id"], row.words)
            if row.merged_into:
                self.merges.append((idea["id"], row.merged_into))
            if row.status is IdeaStatus.submitted:
                self.submitted[idea["id"]] = IdeaStatus.received
        # Rows, not objects: of thousands at a time the mapper would keep a copy each.
        insert_rows(self.session, Idea, sorted(ideas, key=itemgetter("id")))
        insert_rows(self.session, SourceKey, keys)
        insert_rows(self.session, Contribution, comments)
        self.ledger.write()

    def made(self, row: IdeaRead, number: int, places: tuple) -> tuple[dict, list[dict]]:
        """The record and the facts of a new entry."""
        return new_idea(
            row,
            number,
            places,
            counts=self.how.agents,
            today=self.day,
            by=self.by,
            calendar=self.calendar,
            first_day=self.first_day,
        )

    def foresee(self, fresh: list) -> None:
        """What a trial tells of new ideas: those without a date, the figures that move, and what
        is already here under another source.
        """
        titles: dict[str, dict[str, str]] = defaultdict(dict)
        for row, places, _ in fresh:
            idea, facts = self.made(row, 0, places)
            self.undated += not idea["dated"]
            self.moves.update(moved_by_idea(idea, facts, self.day))
            titles[row.source or self.source][row.key] = row.title
        for source, by_key in titles.items():
            self.keys_elsewhere += sources.keys_elsewhere(self.session, by_key)
            self.elsewhere += sources.titles_elsewhere(self.session, source, set(by_key.values()))

    def numbers_for(self, rows: list[IdeaRead]) -> list[int]:
        """The number of each new idea: the file's where it is free, else one of ours."""
        wanted = [row.number for row in rows if row.number]
        taken = sources.numbers_taken(self.session, wanted)
        # One for each row, though most may not need theirs: never a number that a later row brings.
        free = free_numbers(self.session, len(rows), wanted)
        found = []
        for row in rows:
            is_free = row.number and row.number not in taken
            found.append(row.number if is_free else free.pop())
            taken.add(found[-1])
            self.renumbered[row.number] = found[-1]
        return found

    def change(self, stale: list) -> None:
        """Known ideas whose row is no longer the one we had."""
        if not stale:
            return
        ids = [found[0] for *_, found in stale]
        ideas = sources.ideas_by(self.session, Idea.id, ids)
        last = sources.last_places(self.session, ids)
        comments = sources.comments_known(
            self.session, [found[0] for row, *_, found in stale if row.comments or not row.number]
        )
        for row, places, digest, (record, old) in stale:
            idea = ideas.get(record)
            if idea is None:
                raise Refused(
                    f"La clé « {row.key} » désigne une idée qui n'existe plus : rien n'a été"
                    " importé."
                )
            # Our own export has no digest of the source's row: all its fields are compared with the
            # record.
            foreign = bool(old) and not row.number
            # A word that is none of ours leaves what stands, and what was known of its column.
            told = self.held - self.matches.unknown(row, places)
            fields = told & (changed_fields(old, digest) if foreign else set(OWN_FIELDS))
            touched = self.change_one(idea, row, places, fields, last[record])
            if "comments" in fields:
                touched |= self.add_comments(idea, row, comments[record])
            self.report.changed += touched
            self.report.unchanged += not touched
            if foreign:
                self.note_digest(row.key, joined(old, digest, told))
        if self.writes:
            self.session.flush()
            self.ledger.write()

    def note_digest(self, key: str, digest: str) -> None:
        """What the source's row says now, so that the next import compares with it."""
        if self.writes:
            self.session.execute(
                update(SourceKey).filter_by(source=self.source, key=key).values(digest=digest)
            )

    def change_one(
        self,
        idea: Idea,
        row: IdeaRead,
        places: tuple,
        fields: set[str],
        last: tuple[int, date],
    ) -> bool:
        """Brings one record up to the source's row; whether anything differs."""
        values = changed_values(idea, row, places, fields)
        differs = "status" in fields and row.status != idea.status
        refusal = refusal_of_state(idea, row, last[1]) if differs else None
        if refusal:
            self.warn(row.line, refusal)
        is_other_kind = "kind" in self.columns and row.kind != idea.kind
        is_other_day = row.filed_on is not None and row.filed_on != idea.filed_on
        if "fixed" in fields and (is_other_kind or is_other_day):
            self.warn(
                row.line,
                f"La date de dépôt ou le genre de l'idée n° {idea.number} a changé dans le fichier"
                " : les nôtres restent.",
            )
        takes_state = differs and not refusal
        hides = "published" in fields and idea.published and not row.published
        if self.writes:
            self.write_one(idea, row, values, last, takes_state, hides)
        elif takes_state:
            self.moves.update(moved_by_state(idea, row.status, self.day))
        return bool(values) or takes_state or hides

    def write_one(
        self,
        idea: Idea,
        row: IdeaRead,
        values: dict[str, object],
        last: tuple[int, date],
        takes_state: bool,
        hides: bool,
    ) -> None:
        seq, last_on = last
        # Not before the last fact: a source may date its facts ahead of today, and they follow each
        # other.
        on = max(self.day, last_on)
        if values:
            for name, value in values.items():
                self.note("idea", str(idea.id), name, getattr(idea, name), value)
            for fact in move_facts(idea, values, seq + 1, on, self.day, self.by):
                self.ledger.add(fact)
                seq += 1
            self.ledger.index(idea.id, idea.title, idea.body)
        if takes_state:
            if IdeaStatus.submitted in (idea.status, row.status):
                # Its point before the CODIR follows.
                self.submitted[idea.id] = idea.status
            seq += 1
            when = {"today": self.day, "by": self.by, "calendar": self.calendar}
            self.ledger.add(new_state(idea, row, seq, last_on, **when))
        if hides and idea.published:
            self.ledger.add(hidden_at_source(idea, seq + 1, on, self.day, self.by))

    def add_comments(self, idea: Idea, row: IdeaRead, known: tuple[int, Counter[str]]) -> bool:
        """Comments that the source did not have before, and whether there are some; those it no
        longer has stay, and that is told.
        """
        last, texts = known
        texts = Counter(texts)
        fresh = []
        for comment in row.comments:
            if texts[comment.text] > 0:
                texts[comment.text] -= 1
            else:
                fresh.append(comment)
        if gone := texts.total():
            missing = french.counted(
                gone, "commentaire ne figure plus", "commentaires ne figurent plus"
            )
            self.warn(
                row.line,
                f"Idée n° {idea.number} : {missing} dans le fichier ; rien n'est supprimé.",
            )
        if fresh and self.writes:
            self.session.execute(
                insert(Contribution.__table__), new_comments(idea.id, fresh, last, self.day)
            )
            idea.comments += len(fresh)
        return bool(fresh)

    def join_merged(self, table: IdeaTable) -> None:
        """Merged entries point at the one that stands for them, once all are there."""
        for chunk in _chunks(self.merges):
            names = {name for _, name in chunk}
            if table.is_own:
                # The number that the file knows; here the entry may have another one.
                numbers = [int(name) for name in names if name.isdecimal()]
                ours = {number: self.renumbered.get(number, number) for number in numbers}
                ideas = sources.ideas_by(self.session, Idea.number, ours.values())
                found = {str(n): ideas[our].id for n, our in ours.items() if our in ideas}
            else:
                known = sources.known_keys(self.session, self.source, names)
                found = {key: record for key, (record, _) in known.items()}
            for idea_id, name in chunk:
                if found.get(name, idea_id) != idea_id:
                    self.session.execute(
                        update(Idea).filter_by(id=idea_id).values(merged_into=found[name])
                    )


# ── Comments, from a file beside that of their ideas ──────────────────────────────────────────────


_IN_ADDRESS = re.compile(r"/proposals/(\d+)")


class CommentImport(RegisterImport):
    """Imports comments; importing twice changes nothing. A comment is known by its identifier in
    its source, by ours, or by its text.
    """

    kind = "commentaires"
    source = ""

    def begin(self) -> None:
        self.touched: Counter[int] = Counter()

    def in_order(self, rows: list[RegisterRow]) -> Iterable[RegisterRow]:
        """The same rows, once the ideas that they name and their comments are known."""
        self.answered = {
            str(row.get("key")): str(row.get("idea")) for row in rows if self._is_reply(row)
        }
        found = sources.ideas_named(self.session, {self._named(row) for row in rows})
        self.sources = Counter(source for source, _ in found).most_common(2)
        own = {self._named(row) for row in rows if row.get("source") == OWN_SOURCE}
        self.ideas = sources.own_ideas(self.session, own) | found
        self.known = sources.comment_keys(self.session)
        self.comments = sources.comments_on(self.session, self.ideas.values())
        self.last = sources.comments_known(self.session, self.ideas.values())
        return rows

    def take(self, row: RegisterRow) -> str:
        source, key, text = self._source(row), row.text("key"), self._text(row)
        idea = self.ideas.get((source, self._named(row)))
        if source and idea is None:
            name = shown(self._named(row))
            reason = f"« {name} » n'est aucune idée de « {source} » : importez d'abord les idées."
            self.fault("idea", reason)
        if key:
            self.once("key", (source, key), row.line, "Ce commentaire figure déjà")
        self.stop()
        self.touched[idea] += 0
        comment = self._known(source, key, idea, text)
        if comment is None:
            return self.written(None, lambda: self._add(row, source, key, idea, text))
        if comment.text == text:
            return "unchanged"
        if comment.person_id is not None:
            self.reject("body", "Ce commentaire a été écrit ici : un fichier ne le change pas.")
        if self.writes:
            comment.text = text
        return "changed"

    def finish(self) -> None:
        if self.source:
            ideas = counted(len(self.touched), "idée")
            where = f"Ces commentaires vont à {ideas} de « {self.source} »"
            self.report.told.append(f"{where} : vérifiez que ce sont les leurs.")
        self.report.gone = sum(
            source == self.source and (source, key) not in self.seen for source, key in self.known
        )
        if self.writes:
            self.session.flush()
            for idea in sources.ideas_by(self.session, Idea.id, [*(+self.touched)]).values():
                recount_comments(self.session, idea)

    # ── What a row says ───────────────────────────────────────────────────────────────────────────

    def _is_reply(self, row: RegisterRow) -> bool:
        # The type of what a reply comments on.
        return "comment" in compact(row.text("about"))

    def _named(self, row: RegisterRow) -> str:
        """The identifier of the idea; of a reply that of the idea where its thread begins."""
        name = row.text("idea")
        if not self._is_reply(row):
            return name
        passed: set[str] = set()
        while name in self.answered and name not in passed:
            passed.add(name)
            name = self.answered[name]
        in_address = _IN_ADDRESS.search(row.text("address"))
        return in_address[1] if in_address else name

    def _source(self, row: RegisterRow) -> str:
        """The source that the row names, else the one that knows most of these ideas."""
        if row.get("source"):
            return str(row.get("source"))
        if len({times for _, times in self.sources}) < len(self.sources):
            names = " et ".join(f"« {source} »" for source, _ in self.sources)
            self.fault("source", f"{names} ont ces identifiants : dites de quelle source ils sont.")
            return ""
        self.source = self.sources[0][0] if self.sources else ""
        if not self.source:
            self.fault("idea", "Aucune source n'a ces identifiants : importez d'abord les idées.")
        return self.source

    def _text(self, row: RegisterRow) -> str:
        given = row.text("body")
        text = clean_text(plain_text(given) if is_html(given) else given)
        if not text:
            self.fault("body", "Écrivez le texte du commentaire.")
        self.faults_of({"body": too_long(text, COMMENT_MAX)})
        return text

    # ── What it comes to ──────────────────────────────────────────────────────────────────────────

    def _known(self, source: str, key: str, idea: int, text: str) -> Contribution | None:
        there = self.comments.get(idea, [])
        record = self.known.get((source, key), int(key) if key.isdecimal() else None)
        known = next((comment for comment in there if comment.id == record), None)
        known = known or next((comment for comment in there if comment.text == text), None)
        if known:
            there.remove(known)
            self._remember(source, key, known)
        return known

    def _add(self, row: RegisterRow, source: str, key: str, idea: int, text: str) -> None:
        after = self.last[idea][0] + self.touched[idea]
        self.touched[idea] += 1
        [made] = new_comments(idea, [CommentRead(text, row.get("on"))], after, self.day)
        comment = Contribution(**made)
        self.session.add(comment)
        self._remember(source, key, comment)

    def _remember(self, source: str, key: str, comment: Contribution) -> None:
        is_ours = source == OWN_SOURCE or key in ("", str(comment.id))
        if self.writes and not is_ours and (source, key) not in self.known:
            about = {"subject": sources.COMMENT, "record_id": comment.id, "digest": ""}
            stored = SourceKey(source=source, key=f"{sources.COMMENT}|{key}", **about)
            self.session.add(stored)
