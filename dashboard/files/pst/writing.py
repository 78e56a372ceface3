"""Writes a file of the PST, after validating it and reading it back."""

from dashboard.files.pst import markup, schema
from dashboard.files.pst.elements import elements_of, repeated
from dashboard.files.pst.markup import Document
from models.errors import Refused

XML = "application/xml"


def checked(document: Document) -> bytes:
    """The serialised tree, validated and read back. Raises Refused with its first error."""
    content = markup.written(document)
    back = markup.parse(content, "PST")
    faults = schema.faults(back.root) or list(repeated(elements_of(back.root)))
    if faults:
        first = faults[0]
        raise Refused(
            f"Ce PST ne peut pas partir : ligne {first.line}, « {first.column} » : {first.reason}"
        )
    if back.root.means() != document.root.means():
        raise Refused("Ce PST ne peut pas partir : relu, il ne dit pas la même chose.")
    return content
