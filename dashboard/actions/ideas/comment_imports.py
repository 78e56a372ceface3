"""Importing comments (commentaires) from a file beside that of their ideas: each is attached to the
idea of the same source that it names. No author is read or stored.
"""

import re
from collections import Counter
from collections.abc import Iterable

from dashboard.actions.ideas.imported_rows import new_comments
from dashboard.actions.ideas.photos import recount_comments
from dashboard.actions.register_imports import RegisterImport
from dashboard.files.ideas.columns import CommentRead, is_html, plain_text
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact, shown
from dashboard.french import counted
from dashboard.queries import import_sources as sources
from models.discussions import COMMENT_MAX, Contribution
from models.ideas import OWN_SOURCE, Idea, SourceKey
from models.texts import clean_text, too_long

_IN_ADDRESS = re.compile(r"/proposals/(\d+)")


class _Import(RegisterImport):
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
