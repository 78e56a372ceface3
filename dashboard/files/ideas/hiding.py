"""What a source does not show (trashed, hidden, a draft, not published): told by a column of its
own, or by the word for its state.
"""

from collections.abc import Callable, Sequence

from dashboard.files.csvout import restored
from dashboard.files.ideas.values import compact

HIDING = "hiding"  # the field that these columns fill together


def _compacted(*words: str) -> frozenset[str]:
    return frozenset(map(compact, words))


_NOTHING = _compacted("", "null", "nil", "none", "n/a", "\\N")
_NO = _compacted("non", "no", "nee", "false", "faux", "0", "f", "n")
# Filled, unless by « no »: not shown.
_HIDING = _compacted(
    "hidden",
    "is_hidden",
    "hidden_at",
    "masqué",
    "masquée",
    "masqué le",
    "caché",
    "cachée",
    "trashed",
    "is_trashed",
    "trashed_at",
    "trashed_status",
    "corbeille",
    "à la corbeille",
    "deleted",
    "is_deleted",
    "deleted_at",
    "supprimé",
    "supprimée",
    "supprimé le",
    "draft",
    "is_draft",
    "brouillon",
    "unpublished",
    "unpublished_at",
    "dépublié",
    "dépubliée",
    "spam",
    "is_spam",
    "verborgen",
    "verwijderd",
    "export_proposal_trashed_at",
    "proposal_trashed_at",
    "proposal_trashedAt",
    "proposal_trashedStatus",
)
# « No », or a word for what is not shown: not shown.
_SHOWING = _compacted(
    "published",
    "is_published",
    "publié",
    "publiée",
    "visible",
    "is_visible",
    "public",
    "is_public",
    "visibility",
    "visibilité",
    "publication",
    "publication_status",
    "statut de publication",
    "état de publication",
    "gepubliceerd",
    "proposal_published",
)
# Anything but a yes: not shown.
_MODERATION = _compacted("moderation_status", "statut de modération", "modération", "moderation")
_LET = _compacted(
    "approved",
    "approuvé",
    "approuvée",
    "accepted",
    "accepté",
    "acceptée",
    "validated",
    "validé",
    "validée",
    "published",
    "publié",
    "publiée",
    "visible",
    "ok",
    "oui",
    "yes",
    "true",
    "1",
)
_OF_MODERATION = "moderation/"  # « moderation/hidden_at », in the JSON of a platform
# Empty: not published yet.
_PUBLISHED_ON = _compacted(
    "published_at",
    "date de publication",
    "publié le",
    "publiée le",
    "publication_date",
    "export_proposal_published_at",
    "proposal_publishedAt",
)
_STATE = _compacted("state", "status", "état", "statut", "toestand", "proposal_state/token")
_NOT_SHOWN = _compacted(
    "draft",
    "brouillon",
    "concept",
    "trashed",
    "trash",
    "corbeille",
    "hidden",
    "masqué",
    "masquée",
    "caché",
    "cachée",
    "private",
    "privé",
    "privée",
    "unpublished",
    "not published",
    "non publié",
    "non publiée",
    "dépublié",
    "dépubliée",
    "deleted",
    "supprimé",
    "supprimée",
    "spam",
    "à modérer",
    "en modération",
    "en attente de modération",
    "awaiting moderation",
    "pending moderation",
    "verborgen",
    "verwijderd",
    "niet gepubliceerd",
)


def is_state_not_shown(word: str) -> bool:
    """Whether a source's word for a state says that the entry is not shown."""
    return compact(word) in _NOT_SHOWN


def _says_hidden(cell: str) -> bool:
    return compact(cell) not in _NOTHING | _NO


def _says_not_shown(cell: str) -> bool:
    return compact(cell) in _NO | _NOT_SHOWN


def _is_not_let(cell: str) -> bool:
    return compact(cell) not in _LET | _NOTHING


def _has_no_day(cell: str) -> bool:
    return compact(cell) in _NOTHING


_READS: tuple[tuple[frozenset[str], Callable[[str], bool]], ...] = (
    (_HIDING, _says_hidden),
    (_SHOWING, _says_not_shown),
    (_MODERATION, _is_not_let),
    (_PUBLISHED_ON, _has_no_day),
    (_STATE, is_state_not_shown),
)


class Hiding:
    """The columns of a file by which its source hides an entry."""

    def __init__(self, headers: Sequence[str]):
        plain = [compact(restored(header)).removeprefix(_OF_MODERATION) for header in headers]
        self._columns = [
            (place, hides)
            for place, header in enumerate(plain)
            for names, hides in _READS
            if header in names
        ]
        self.headers = [restored(headers[place]) for place, _ in self._columns]

    def hides(self, cells: Sequence[str]) -> bool:
        """Whether the source shows this row to nobody."""
        return any(hides(cells[place]) for place, hides in self._columns)
