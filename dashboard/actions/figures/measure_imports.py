"""Importing measures (relevés): each known by its figure, its day and its direction; what a file
changes is a correction, what was typed in is not overwritten.
"""

import hashlib

from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.figures.measures import (
    measure_at,
    measure_faults,
    write_measure,
)
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport
from dashboard.files.matching.fields import fields_of
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact
from dashboard.queries.directions import organisation
from dashboard.queries.figures.declared import CATALOGUE, Declared
from dashboard.queries.import_sources import MEASURE
from dashboard.queries.targets import measure_in_words
from models.programmes import programmes
from models.roadmap import Measure

SOURCE = "releves"
# Field of the act → field of the file.
_COLUMNS = {"direction_id": "direction"}


class _Import(RegisterImport):
    """Imports values measured elsewhere (CSV, JSON, XLSX, XLS, ODS); importing twice changes
    nothing.
    """

    kind = "releves"
    register = fields_of("releves")
    source = SOURCE

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.span = (programmes(session).first_day, self.day)
        self.figures = {
            compact(word): figure
            for figure in CATALOGUE[0](()).values()
            if figure.is_measured
            for word in (figure.code, figure.label)
        }
        self.tree = organisation(session).at(self.day)

    def take(self, row: RegisterRow) -> str:
        figure = self.figures.get(compact(str(row.get("figure", ""))))
        if figure is None:
            codes = sorted({each.code for each in self.figures.values()})
            word = str(row.get("figure", ""))
            self.no_word(
                "figure", word, codes, f"« {shown(word, 80)} » n'est pas un chiffre relevé"
            )
        unit = self.unit(row, "direction")
        given = Measure(
            on=row.get("on"),
            value=row.get("value"),
            n=row.get("n"),
            source=str(row.get("source", "")),
            direction_id=unit.id if unit and unit is not self.tree.root else None,
        )
        self.stop()
        for field, reason in measure_faults(figure, given, self.span, self.tree).items():
            self.fault(_COLUMNS.get(field, field), reason)
        self.stop()
        place = self.tree.by_id[given.direction_id].code if given.direction_id else ""
        key = f"{figure.code}|{given.on.isoformat()}|{place}"
        self.once("on", key, row.line, "Ce relevé figure déjà")
        self.stop()
        return self._settle_measure(figure, given, key)

    def _settle_measure(self, figure: Declared, given: Measure, key: str) -> str:
        words = measure_in_words(given)
        digest = hashlib.blake2b(words.encode(), digest_size=10).hexdigest()
        known = self.known_keys.get(key)
        ours = measure_at(self.session, figure.code, given.on, given.direction_id)
        if known is None and ours is not None and measure_in_words(ours) != words:
            self.fault(
                "on",
                f"Un autre relevé a été encodé à cette date ({measure_in_words(ours)}) :"
                " corrigez-le à l'écran.",
            )
            self.stop()
        if (known and known[1] == digest) or (known is None and ours is not None):
            return "unchanged"
        if self.writes:
            made = write_measure(self.session, self.reader, self.day, figure, given, ours)
            self.remember(key, MEASURE, made.id, digest)
        return "changed" if known else "new"
