"""Importing people: arrivals, moves and departures become dated assignments; nobody is deleted, no day before is changed."""

from collections import defaultdict
from datetime import date
from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.auditing import note
from dashboard.actions.imports import ImportReport
from dashboard.actions.register_imports import ONCE, Bad, How, RegisterImport, import_register
from dashboard.exchange.people import PEOPLE
from dashboard.exchange.registers import Line
from dashboard.exchange.values import compact
from dashboard.queries.directions import organisation
from models.directions import UnitKind
from models.facts import counting
from models.keeping import SourceKey
from models.people import Assignment, Person

SOURCE, SUBJECT = "personnel", "person"
_TEXT_MAX = 120


def import_people(session: Session, reader: Reader, file: Path | bytes, name: str = "", how: How = ONCE) -> ImportReport:
    """Imports people (CSV, XLSX, XLS, ODS) by their matricule, or their e-mail; importing twice changes nothing.

    « depuis » is the day from which somebody works in the service of the row (today where there is none), « parti le » the first
    day she no longer does. Who is no longer in the file is counted, and stays.
    """
    return import_register(session, reader, _Import, file, name, how)


class _Import(RegisterImport):
    register, noun, subjects = PEOPLE, "personne", ("people", "directions", "communities", "academy")

    def __init__(self, session: Session, reader: Reader, writes: bool):
        super().__init__(session, reader, writes)
        self.people = {person.key: person for person in session.exec(select(Person).where(Person.key.is_not(None))).all()}
        self.facts: dict[int, list[Assignment]] = defaultdict(list)
        for fact in session.exec(select(Assignment).order_by(Assignment.id)).all():
            self.facts[fact.person_id].append(fact)
        tree = organisation(session).at(date.max)
        self.units = {compact(word): unit for unit in tree.units for word in (unit.label, unit.name, unit.code)}
        self.known = {key: record for key, record in session.exec(select(SourceKey.key, SourceKey.record_id).where(SourceKey.source == SOURCE)).all()}
        self.seen: dict[str, int] = {}

    def take(self, row: Line) -> str:
        key = self._key(row)
        if key in self.seen:
            raise Bad("matricule" if row.get("matricule") else "email", f"Cette personne figure déjà à la ligne {self.seen[key]}.")
        self._check(row)
        service, left = self._service(row), row.get("left")
        self.seen[key] = row.line
        person = self.people.get(key)
        if person is None:
            self._arrive(key, row, service, left)
            return "new"
        texts, moved = self._texts(person, row), self._move(person, row, service)
        gone = left is not None and self._leave(person, left)
        if self.writes and key not in self.known:
            self._remember(key, person)
        return "changed" if texts or moved or gone else "unchanged"

    def _key(self, row: Line) -> str:
        key = str(row.get("matricule") or str(row.get("email", "")).lower())
        if not key:
            raise Bad("matricule", "Donnez le matricule ou l'adresse e-mail : c'est ce qui fait reconnaître la personne.")
        if len(key) > _TEXT_MAX:
            raise Bad("matricule" if row.get("matricule") else "email", f"Cette clé compte plus de {_TEXT_MAX} caractères.")
        return key

    def _check(self, row: Line) -> None:
        for name, word in (("given_name", "le prénom"), ("family_name", "le nom")):
            if not row.get(name):
                raise Bad(name, f"Donnez {word}.")
        for name in ("given_name", "family_name", "function", "family"):
            if len(str(row.get(name, ""))) > _TEXT_MAX:
                raise Bad(name, f"Ce texte compte plus de {_TEXT_MAX} caractères.")
        email = str(row.get("email", ""))
        if email and ("@" not in email.strip("@") or " " in email):
            raise Bad("email", f"« {email[:60]} » n'est pas une adresse e-mail.")
        since, left = row.get("since"), row.get("left")
        if since and left and left <= since:
            raise Bad("left", f"Le départ ({left:%d/%m/%Y}) ne suit pas l'affectation ({since:%d/%m/%Y}).")

    def _service(self, row: Line) -> int:
        said = str(row.get("service", ""))
        if not said:
            raise Bad("service", "Donnez le service : son code ou son nom.")
        unit = self.units.get(compact(said))
        if unit is None:
            raise Bad("service", f"« {said[:80]} » n'est pas un de nos services.")
        if unit.kind != UnitKind.service:
            raise Bad("service", f"{unit.label} n'est pas un service : une personne travaille dans un service.")
        return unit.id

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _arrive(self, key: str, row: Line, service: int, left: date | None) -> None:
        since = row.get("since", min(self.day, left) if left else self.day)
        self.touched(since)
        if not self.writes:
            return
        person = Person(key=key, given_name=row.get("given_name"), family_name=row.get("family_name"), function=row.get("function", ""),
                        email=str(row.get("email", "")).lower())
        self.session.add(person)
        self.session.flush()
        self.people[key] = person
        self._assign(person, None, since, service, str(row.get("family", "")), row.get("workstation", True) is not False)
        if left:
            self._leave(person, left)
        self._remember(key, person)

    def _texts(self, person: Person, row: Line) -> bool:
        """Names, function and address are current values: the journal keeps that they changed, not what they were."""
        wanted = {name: str(row.get(name)) for name in ("given_name", "family_name", "function") if row.get(name)}
        if row.get("email"):
            wanted["email"] = str(row.get("email")).lower()
        changed = [name for name, value in wanted.items() if getattr(person, name) != value]
        if self.writes and changed:
            for name in changed:
                setattr(person, name, wanted[name])
            self.session.add(person)
            note(self.session, self.reader, self.day, "person", str(person.id), "import", None, ", ".join(changed))
        return bool(changed)

    def _move(self, person: Person, row: Line, service: int) -> bool:
        """An assignment that the file tells otherwise than the last one known."""
        known = counting(self.facts[person.id], date.max)
        last = known[-1] if known else None
        if last is not None and last.service_id is None and row.get("left"):  # told to have left: compared with where she worked
            last = next((fact for fact in reversed(known) if fact.service_id is not None), None)
        family = str(row.get("family", last.function_family if last else ""))
        workstation = row.get("workstation", last.has_workstation if last else True) is not False
        if last is not None and _place(last) == (service, family, workstation):
            return False
        since = row.get("since", self.day)
        if known and since < known[-1].on:
            raise Bad("since", f"Une affectation plus récente, du {known[-1].on:%d/%m/%Y}, est déjà connue : « depuis » doit dire le jour du changement.")
        if self.writes:
            self._assign(person, known[-1] if known else None, since, service, family, workstation)
        return True

    def _leave(self, person: Person, left: date) -> bool:
        """A departure, or the correction of one; one that would undo a move is refused."""
        known = counting(self.facts[person.id], date.max)
        last = known[-1] if known else None
        if last is None or (last.service_id is None and last.on == left):
            return False
        undone = [fact for fact in known if fact.on >= left] if last.service_id is None else []
        before = next((fact for fact in reversed(known) if fact.on < left and fact.service_id is not None), None)
        if before is None or (last.service_id is not None and left <= last.on) or any(_place(fact) != _place(before) for fact in undone if fact is not last):
            raise Bad("left", f"Ce départ précède l'affectation du {(undone or known)[0 if undone else -1].on:%d/%m/%Y}.")
        if not self.writes:
            return True
        if last.service_id is None and left > last.on:  # she left later than was known: until then she was there
            self._assign(person, last, last.on, before.service_id, before.function_family, before.has_workstation)
        for fact in undone or [None]:
            self._assign(person, fact, left, None, "", False)
        return True

    def _assign(self, person: Person, last: Assignment | None, on: date, service: int | None, family: str, workstation: bool) -> None:
        """One dated fact; it voids the last one where it corrects it: the same day, or what a departure comes before."""
        corrects = last is not None and (last.on == on or (service is None and on < last.on))
        fact = Assignment(on=on, recorded_on=self.day, by=self.reader.person_id, person_id=person.id, service_id=service, function_family=family,
                          has_workstation=workstation, voids=last.id if corrects else None)
        self.session.add(fact)
        self.session.flush()
        self.facts[person.id].append(fact)
        self.touched(on)

    def _remember(self, key: str, person: Person) -> None:
        self.session.add(SourceKey(source=SOURCE, key=key, subject=SUBJECT, record_id=person.id, digest=""))

    def finish(self) -> None:
        """Who came from this source, is no longer in the file and has not left."""
        missing = [record for key, record in self.known.items() if key not in self.seen]
        self.report.gone = sum(1 for record in missing if (known := counting(self.facts[record], date.max)) and known[-1].service_id is not None)


def _place(fact: Assignment) -> tuple:
    return fact.service_id, fact.function_family, fact.has_workstation
