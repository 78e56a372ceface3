"""Layouts of other tools (dispositions): which header holds which of our fields.

One TOML file of `words/` per tool, known by the headers that only it has; what a layout does not
name is looked for in `headers.toml`, which holds plain French, English and Dutch headers. A civil
servant's own correspondence goes before both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.files.ideas.columns import OWN_HEADERS, OWN_SOURCE
from dashboard.files.ideas.words import words_of
from dashboard.files.tables import Known
from dashboard.files.values import compact
from models.idea_states import DETAILS


def _with_own(name: str, headers: list[str]) -> tuple[str, ...]:
    """The headers of a field, that of our own export first where no other spelling is it."""
    own = OWN_HEADERS.get(name, "")
    is_new = own and compact(own) not in map(compact, headers)
    return (own, *headers) if is_new else tuple(headers)


_HEADERS = words_of("headers")
_ONLY = _HEADERS.pop("only")
# Field → headers, the preferred ones first; each column of a file serves one field.
NAMES: dict[str, tuple[str, ...]] = {
    **{name: _with_own(name, headers) for name, headers in _HEADERS.items()},
    **{detail.column: (detail.title, *detail.headers) for detail in DETAILS},
}
# Headers that only an export of comments has.
COMMENTS_ALONE = frozenset(map(compact, _ONLY["comments"]))
# Parts of headers under which tools count who is for an entry.
VOICES_WORDS = tuple(_ONLY["voices"])


@dataclass(frozen=True)
class Profile:
    """Disposition: `marks` are sets of headers, one of which a file of this tool has whole.
    `source` names it where all its files are of one source; else a source is called by the name
    of its file.
    """

    label: str
    marks: tuple[tuple[str, ...], ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""

    def fits(self, headers: Iterable[str]) -> bool:
        there = {compact(header) for header in headers}
        return any(all(compact(mark) in there for mark in marks) for marks in self.marks)


_OWN = Profile(
    "Export de C-Possible",
    ((OWN_HEADERS["source"], OWN_HEADERS["key"]),),
    {name: (header,) for name, header in OWN_HEADERS.items() if name in NAMES},
    OWN_SOURCE,
)
_TOOLS = words_of("tools")["order"]
PROFILES = (_OWN, *(Profile(**words_of(f"tool-{tool}")) for tool in _TOOLS))

# What a person may say of a file's columns: field → its name in a correspondence, its label, what
# it is for.
ASKED = {
    "title": ("titre", "Titre", "obligatoire"),
    "body": ("texte", "Texte", ""),
    "key": ("identifiant", "Identifiant", "fait reconnaître l'idée au prochain import"),
    "filed_on": ("date_depot", "Date de dépôt", ""),
    "theme": ("theme", "Thème ou ambition", ""),
    "direction": ("direction", "Direction concernée", ""),
    "kind": ("genre", "Genre", ""),
    "status": ("etat", "État", ""),
    "status_on": ("date_etat", "Date de l'état", ""),
    "answer": ("reponse", "Réponse donnée", ""),
    "voices": ("voix", "Votes", "repris comme voix"),
    "comments": ("commentaires", "Commentaires", "leurs textes"),
    "merged_into": ("fusion", "Fusionnée dans", "identifiant de l'autre idée"),
}


def profile_of(headers: Iterable[str]) -> Profile | None:
    """The layout that these headers show, or None."""
    headers = list(headers)
    return next((profile for profile in PROFILES if profile.fits(headers)), None)


def known_headers(
    more: Iterable[str] = (), titles: Iterable[str] = (), comments: Iterable[str] = ()
) -> Known:
    """Every header that is known, with those that a correspondence names; `titles` and
    `comments` are its own for these.
    """
    spellings = [name for names in NAMES.values() for name in names] + [
        name for profile in PROFILES for names in profile.columns.values() for name in names
    ]
    main = [
        *NAMES["title"],
        *(name for profile in PROFILES for name in profile.columns.get("title", ())),
        *titles,
    ]
    names = frozenset(map(compact, [*spellings, *more, *main])) - {""}
    return Known(
        names,
        frozenset(map(compact, main)) - {""},
        frozenset(map(compact, [*NAMES["comments"], *comments])) - {""},
    )
