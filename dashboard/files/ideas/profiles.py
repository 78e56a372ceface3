"""The fields of a file of ideas: those of `fields-idees.toml`, the details of an idea, the headers
of our own exports.
"""

from dashboard.files.ideas.columns import OWN_HEADERS, OWN_SOURCE
from dashboard.files.matching.correspondences import Correspondence
from dashboard.files.matching.fields import Field, Fields, fields_of
from dashboard.files.values import compact
from dashboard.files.words import words_of
from models.idea_states import DETAILS

KIND = "idees"
_ONLY = words_of("only-idees")
# Headers that only an export of comments has.
COMMENTS_ALONE = frozenset(map(compact, _ONLY["comments"]))
# Parts of headers under which tools count who is for an entry.
VOICES_WORDS = tuple(_ONLY["voices"])


def _ideas() -> Fields:
    """The header of our own export first, where no other spelling is it."""
    fields = fields_of(KIND)
    own = {
        code: {"spellings": (OWN_HEADERS[code],)}
        for code, field in fields.items()
        if compact(OWN_HEADERS.get(code, "")) not in {"", *map(compact, field.spellings)}
    }
    details = [
        Field(detail.column, (detail.title, *detail.headers), asked=False) for detail in DETAILS
    ]
    # A record's own come first in `fields_of`: here the order of the file says who claims first.
    whole = fields_of(KIND, own)
    return Fields(KIND, [*(whole[code] for code in fields), *details])


IDEAS = _ideas()
OWN = Correspondence(
    "Export de C-Possible",
    marks=((OWN_HEADERS["source"], OWN_HEADERS["key"]),),
    source=OWN_SOURCE,
    columns={name: (header,) for name, header in OWN_HEADERS.items() if name in IDEAS},
)
