"""Reading registrations (inscriptions) out of another academy's report: trainings, offerings,
learners, states.

A report tells the month of an offering, not its day, and often not its year: the year is given with
the file.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from dashboard.files.columns import needed_places
from dashboard.files.csvout import restored
from dashboard.files.measures import number_of
from dashboard.files.quoting import shown
from dashboard.files.tables import Warned
from dashboard.files.uploads import Problem, Row, Table
from dashboard.files.values import compact
from models.errors import Refused
from models.seats import SeatState
from models.texts import clean_text

_S = SeatState
NAMES: dict[str, tuple[str, ...]] = {
    "code": ("course_code", "code", "code de la formation"),
    "title": ("course_title_fr", "course_title", "formation", "titre", "intitulé"),
    "offering": ("offering_id", "offre", "session", "numéro de session"),
    "offering_status": ("offering_status", "état de la session", "statut de la session"),
    "month": ("month_fr", "month_en", "month", "mois"),
    "year": ("year", "année", "annee"),
    "hours": ("training_hours", "heures", "durée"),
    "number": ("reg_num", "numéro d'inscription", "inscription"),
    "status": ("reg_status", "statut", "état", "état de l'inscription"),
    "no_show": ("no_show", "absence", "absent"),
    "learner": ("student_id", "participant", "apprenant", "matricule"),
}
_NEEDED = ("code", "offering", "offering_status", "month", "number", "status", "learner")
_MONTHS = {
    compact(word): n
    for n, words in enumerate(
        (
            ("janvier", "January"),
            ("février", "February"),
            ("mars", "March"),
            ("avril", "April"),
            ("mai", "May"),
            ("juin", "June"),
            ("juillet", "July"),
            ("août", "August"),
            ("septembre", "September"),
            ("octobre", "October"),
            ("novembre", "November"),
            ("décembre", "December"),
        ),
        1,
    )
    for word in words
}
_STATUSES = {
    "confirmed": _S.booked,
    "confirmee": _S.booked,
    "inscrite": _S.booked,
    "inscrit": _S.booked,
    "cancelled": _S.cancelled,
    "annulee": _S.cancelled,
    "cancelledclasscancelled": _S.cancelled,
    "waitlisted": _S.waiting,
    "listedattente": _S.waiting,
    "offered": _S.offered,
    "placeofferte": _S.offered,
}
CLASS_CANCELLED = "cancelledclasscancelled"
_YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """One registration as the file tells it. `held` and `called_off` are the offering's;
    `no_show` is the file's word.
    """

    line: int
    code: str
    title: str
    hours: float
    offering: str
    on: date
    held: bool
    called_off: bool
    number: str
    status: SeatState
    class_cancelled: bool
    no_show: bool
    learner: str

    @property
    def contradicts(self) -> bool:
        """Cancelled and absent at once: who had cancelled was not expected."""
        return self.no_show and self.status is _S.cancelled

    @property
    def outcome(self) -> SeatState:
        """A confirmed registration of an offering that was held: she came, unless she is marked
        absent.
        """
        if self.status is _S.booked and self.held:
            return _S.no_show if self.no_show else _S.attended
        return self.status


@dataclass
class RegistrationTable:
    """The file's registrations: `rows` can be walked once; `headers` gives the file's own header
    of a field.
    """

    rows: Iterator["RegistrationRow | Problem"]
    headers: dict[str, str]
    warnings: Warned = field(default_factory=Warned)
    share: Callable[[], float] = lambda: 0.0


def read_registrations(
    table: Table, year: int | None = None, columns: Mapping[str, str] | None = None
) -> RegistrationTable:
    """The registrations of a table. Raises Refused where a needed column, or the year, is
    missing.
    """
    wanted = {compact(ours): theirs for ours, theirs in (columns or {}).items()}
    spelled = {
        name: (wanted[compact(name)],) if compact(name) in wanted else spellings
        for name, spellings in NAMES.items()
    }
    places = needed_places(table, spelled, _NEEDED)
    if year is None and "year" not in places:
        raise Refused(
            "Le fichier donne le mois des sessions sans l'année : ajoutez --year, ou la colonne «"
            " year » dans --map."
        )
    if year is not None and year not in _YEARS:
        raise Refused(
            f"L'année {year} n'est pas possible : donnez une année entre {_YEARS.start} et"
            f" {_YEARS.stop - 1}."
        )
    headers = {name: table.headers[place] for name, place in places.items()}
    return RegistrationTable(
        _rows(table, places, headers, year), headers, table.warnings, lambda: table.share()
    )


def _rows(
    table: Table, places: dict[str, int], headers: dict[str, str], year: int | None
) -> Iterator[RegistrationRow | Problem]:
    for row in table.rows:
        yield (
            Problem(row.line, "", row.problem) if row.problem else _row(row, places, headers, year)
        )


def _row(
    row: Row, places: dict[str, int], headers: dict[str, str], year: int | None
) -> RegistrationRow | Problem:
    def cell(name: str) -> str:
        return clean_text(restored(row.cells[places[name]])) if name in places else ""

    def problem(name: str, reason: str) -> Problem:
        return Problem(row.line, headers.get(name, ""), reason)

    empty = next((name for name in _NEEDED if not cell(name)), None)
    if empty:
        return problem(empty, "Cette cellule est vide.")
    month = _MONTHS.get(compact(cell("month")))
    if month is None:
        return problem("month", f"« {shown(cell('month'))} » n'est pas un mois.")
    status = _STATUSES.get(compact(cell("status")))
    if status is None:
        return problem(
            "status",
            f"« {shown(cell('status'))} » n'est pas un état d'inscription que nous connaissons.",
        )
    try:
        hours = number_of(cell("hours")) or 0.0
        own = number_of(cell("year"))
    except ValueError as error:
        return problem("hours", str(error))
    in_year = int(own) if own else year
    if in_year not in _YEARS or not 0 <= hours <= 1000:
        return problem(
            "year" if in_year not in _YEARS else "hours", "Cette valeur n'est pas possible."
        )
    state = compact(cell("offering_status"))
    return RegistrationRow(
        row.line,
        cell("code"),
        cell("title") or cell("code"),
        hours,
        cell("offering"),
        # The source gives the month alone: its first day stands for it.
        date(in_year, month, 1),
        state.startswith("delivered") or state.startswith("tenue"),
        state.startswith(("cancelled", "annul")),
        cell("number"),
        status,
        compact(cell("status")) == CLASS_CANCELLED,
        cell("no_show").lower() in ("1", "oui", "yes", "true", "vrai"),
        cell("learner"),
    )
