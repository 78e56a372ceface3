"""The fields of a file of ideas: those of `fields-idees.toml` and the details of an idea."""

from dashboard.files.ideas.columns import OWN_HEADERS
from dashboard.files.matching.correspondences import Correspondence
from dashboard.files.matching.fields import Field, Fields, fields_of
from models.idea_states import DETAILS
from models.import_sources import OWN_SOURCE

KIND = "idees"
_DETAILS = [Field(one.column, (one.title, *one.headers), asked=False) for one in DETAILS]
IDEAS = Fields(KIND, [*fields_of(KIND).values(), *_DETAILS])
OWN = Correspondence(
    "Export de C-Possible",
    marks=((OWN_HEADERS["source"], OWN_HEADERS["key"]),),
    source=OWN_SOURCE,
    columns={name: (header,) for name, header in OWN_HEADERS.items() if name in IDEAS},
)
