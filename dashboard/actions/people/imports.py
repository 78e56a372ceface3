"""Importing people and their accounts: arrivals, moves and departures become dated assignments, and
accounts are opened and invited; nobody is deleted, nothing is closed, no day before is changed.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import cached_property

from sqlalchemy import delete
from sqlmodel import select

from dashboard.actions.acts import add_record
from dashboard.actions.notices.addresses import why_not_by_mail, write_invitation
from dashboard.actions.people.accounts import (
    LAST_ADMINISTRATOR,
    left_fault,
    login_fault,
    mandate_faults,
    mandates_of_person,
    new_mandate,
    proposed_login,
    set_last_day,
    stored_roles,
    write_mandate,
)
from dashboard.actions.people.privacy import erased_mark, key_mark
from dashboard.actions.register_imports import RegisterImport, units_by_word
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact, date_of, shown
from dashboard.french import counted, day
from dashboard.queries.directions import organisation
from dashboard.queries.people.accounts import invited_persons
from dashboard.queries.people.readers import left_on
from models.directions import Unit
from models.facts import History
from models.people import (
    OWN_ADDRESS,
    STORED_ROLES,
    Account,
    Assignment,
    ErasedKey,
    Mandate,
    Person,
    Preference,
    Role,
    is_address,
)
from models.search import fold
from models.texts import too_long

SOURCE = "personnel"
SUBJECT = "person"
_TEXT_MAX = 120


class PersonImport(RegisterImport):
    """Imports people (CSV, XLSX, XLS, ODS) by their matricule, or their e-mail; importing twice
    changes nothing.

    « depuis » is the day from which somebody works in the service of the row (today where there is
    none), « parti le » the first day she no longer does. Who is no longer in the file is counted,
    and stays. Who was erased stays so, unless `how.take_erased`.
    """

    kind = "personnel"
    source = SOURCE

    def begin(self) -> None:
        self.people = {
            person.key: person
            for person in self.session.exec(select(Person).where(Person.key.is_not(None)))
        }
        facts = self.session.exec(select(Assignment).order_by(Assignment.id)).all()
        self.facts = History(Assignment, facts)
        own_address = select(Preference.person_id).filter_by(name=OWN_ADDRESS)
        self.own_address = set(self.session.exec(own_address))
        self.erased = {erased.key: erased for erased in self.session.exec(select(ErasedKey))}
        self.arrived: list[tuple[Person, list[Assignment], bool]] = []
        self.left_out: Counter[date] = Counter()  # by the day of their erasure
        self.taken_up = 0

    def take(self, row: RegisterRow) -> str:
        key = str(row.get("matricule") or row.text("email").lower())
        no_key = (
            "Donnez le matricule ou l'adresse e-mail : c'est ce qui fait reconnaître la personne."
        )
        long = len(key) > _TEXT_MAX and f"Cette clé compte plus de {_TEXT_MAX} caractères."
        self.faults_of({_key_field(row): long} if key else {"matricule": no_key})
        if key:
            self.once(_key_field(row), key, row.line, "Cette personne figure déjà")
        if row.get("active") is False and not row.get("left"):
            self.warn(
                row.line,
                "Ce compte est désactivé : la ligne est laissée de côté. Un départ se dit par «"
                " parti le ».",
            )
            return ""
        person = self.people.get(key)
        # What recognises her as one who was erased: her matricule, or her address.
        is_new = person is None and not self.faults and self.erased
        keys = {key, row.text("email")} - {""} if is_new else ()
        marks = [self.erased[mark] for mark in map(erased_mark, keys) if mark in self.erased]
        if marks and not self.how.take_erased:
            self.left_out[min(mark.on for mark in marks)] += 1
            self.warn(
                row.line,
                "Cette personne a été effacée : elle n'est pas reprise. Retirez-la du fichier"
                " d'origine.",
            )
            return ""
        self._check(row)
        service = self._service(row, person)
        left = row.get("left")
        self.stop()
        if person is None:
            self._arrive(key, row, service, left, marks)
            return "new"
        return "changed" if self._change(person, row, service, left) else "unchanged"

    def _check(self, row: RegisterRow) -> None:
        email, since, left = row.text("email"), row.get("since"), row.get("left")
        long = {
            name: too_long(row.text(name), _TEXT_MAX, "Ce texte")
            for name in ("given_name", "family_name", "function", "family", "email")
        }
        days = since and left and f"Le départ ({left:%d/%m/%Y}) ne suit pas l'affectation"
        faults = {
            "given_name": not row.get("given_name") and "Donnez le prénom.",
            "family_name": not row.get("family_name") and "Donnez le nom.",
            "email": email
            and not is_address(email)
            and f"« {email[:60]} » n'est pas une adresse e-mail.",
            "left": days and left <= since and f"{days} ({since:%d/%m/%Y}).",
        }
        self.faults_of(long)
        self.faults_of(faults)

    def _service(self, row: RegisterRow, person: Person | None) -> int | None:
        """The unit of the row; of a known person an empty cell is the unit that she is in."""
        if person and not row.get("service"):
            known = self.facts.at(person.id, date.max)
            return next((f.service_id for f in reversed(known) if f.service_id), None)
        if not row.get("service"):
            self.fault("service", "Donnez l'unité où elle travaille : son code ou son nom.")
        unit = self.unit(row, "service", "n'est pas une de nos unités")
        return unit.id if unit else None

    @cached_property
    def units(self) -> dict[str, Unit]:
        """Those of the latest chart known: somebody may arrive in a unit to come."""
        return units_by_word(organisation(self.session).at(date.max))

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────

    def _arrive(
        self,
        key: str,
        row: RegisterRow,
        service: int,
        left: date | None,
        marks: Sequence[ErasedKey],
    ) -> None:
        """A new person; written with the others once every row is read, which takes a fifth of
        the time.
        """
        if left and left <= self.day and not row.get("since"):
            self.reject(
                "since", "Donnez le premier jour de cette personne : son départ est déjà passé."
            )
        since = row.get("since", self.day)
        self.taken_up += bool(marks)
        if not self.writes:
            return
        person = Person(
            key=key,
            given_name=row.get("given_name"),
            family_name=row.get("family_name"),
            function=row.get("function", ""),
            email=row.text("email").lower(),
        )
        workstation = row.get("workstation", True) is not False
        facts = [self._fact(None, since, service, row.text("family"), workstation)]
        if left:
            facts.append(self._fact(None, left))
        self.arrived.append((person, facts, bool(marks)))
        for mark in marks:
            del self.erased[mark.key]
        if marks:
            self.session.execute(
                delete(ErasedKey).where(ErasedKey.key.in_([mark.key for mark in marks]))
            )

    def _change(self, person: Person, row: RegisterRow, service: int, left: date | None) -> bool:
        """What a row changes of a person we know: all of it is found before any is written."""
        wanted = {
            name: str(row.get(name))
            for name in ("given_name", "family_name", "function")
            if row.get(name)
        }
        if row.get("email") and person.id not in self.own_address:
            wanted["email"] = str(row.get("email")).lower()
        texts = {name: value for name, value in wanted.items() if getattr(person, name) != value}
        known = self.facts.at(person.id, date.max)
        moves = self._moves(row, service, known)
        if moves:
            known = [fact for fact in known if fact.id != moves[0].voids] + moves
        departures = self._departures(left, known) if left else []
        self.stop()
        if self.writes and texts:
            for name, value in texts.items():
                setattr(person, name, value)
            self.note("person", str(person.id), "import", None, ", ".join(texts))
        if self.writes:
            for fact in moves + departures:
                fact.person_id = person.id
                self.session.add(fact)
        return bool(texts or moves or departures)

    def _moves(self, row: RegisterRow, service: int, known: list[Assignment]) -> list[Assignment]:
        """An assignment that the file tells otherwise than the last one known."""
        last = known[-1] if known else None
        # Said to have left, by the file as by us: what the row says is where she worked before.
        if last is not None and last.service_id is None and row.get("left"):
            last = next((fact for fact in reversed(known) if fact.service_id is not None), None)
        family = str(row.get("family", last.function_family if last else ""))
        workstation = row.get("workstation", last.has_workstation if last else True) is not False
        if last is not None and _place(last) == (service, family, workstation):
            return []
        since = row.get("since", self.day)
        if known and since < known[-1].on:
            self.fault(
                "since",
                f"Une affectation plus récente, du {known[-1].on:%d/%m/%Y}, est déjà connue : «"
                " depuis » doit dire le jour du changement.",
            )
            return []
        return [self._fact(known[-1] if known else None, since, service, family, workstation)]

    def _departures(self, left: date, known: list[Assignment]) -> list[Assignment]:
        """A departure, or the correction of one; one that would undo a move is a fault."""
        last = known[-1] if known else None
        if last is None or (last.service_id is None and last.on == left):
            return []
        undone = [fact for fact in known if fact.on >= left] if last.service_id is None else []
        before = next(
            (fact for fact in reversed(known) if fact.on < left and fact.service_id is not None),
            None,
        )
        if (
            before is None
            or (last.service_id is not None and left <= last.on)
            or any(_place(fact) != _place(before) for fact in undone if fact is not last)
        ):
            self.fault(
                "left",
                "Ce départ précède l'affectation du"
                f" {(undone or known)[0 if undone else -1].on:%d/%m/%Y}.",
            )
            return []
        made = [self._fact(fact, left) for fact in undone or [None]]
        # She left later than was known: until then she was there.
        if last.service_id is None and left > last.on:
            made.insert(0, self._fact(last, last.on, *_place(before)))
        return made

    def _fact(
        self,
        last: Assignment | None,
        on: date,
        service: int | None = None,
        family: str = "",
        workstation: bool = False,
    ) -> Assignment:
        """One dated fact; it voids the last one where it corrects it: the same day, or what a
        departure comes before.
        """
        corrects = last is not None and (last.on == on or (service is None and on < last.on))
        return Assignment(
            on=on,
            recorded_on=self.day,
            by=self.reader.person_id,
            voids=last.id if corrects else None,
            service_id=service,
            function_family=family,
            has_workstation=workstation,
        )

    def finish(self) -> None:
        """Who arrives; who came from this source, is no longer in the file and has not left."""
        self.session.add_all(person for person, _, _ in self.arrived)
        self.session.flush()
        for person, facts, was_erased in self.arrived:
            for fact in facts:
                fact.person_id = person.id
            self.session.add_all(facts)
            self.remember(person.key, SUBJECT, person.id)
            # Without the day: it would lead to what is kept of her from before.
            if was_erased:
                self.note("person", str(person.id), "reprise après effacement", None, None)
        if any(erased.made_with != key_mark() for erased in self.erased.values()):
            self.warn(
                0,
                "Des personnes ont été effacées sous une autre clé de signature : si ce fichier les"
                " nomme encore, elles ne peuvent pas être reconnues. Remettez la clé d'alors, ou"
                " retirez-les du fichier.",
            )
        erased = sorted(self.left_out.items())
        self.report.more["erased"] = [{"on": on.isoformat(), "persons": n} for on, n in erased]
        self.report.told += [
            f"{counted(n, 'personne effacée', 'personnes effacées')} le {day(on)} :"
            f" {'non reprises' if n > 1 else 'non reprise'}."
            for on, n in erased
        ]
        if self.taken_up:
            many = self.taken_up > 1
            both = ("personne effacée reprise", "personnes effacées reprises")
            words = counted(self.taken_up, *both)
            self.report.told.append(
                f"{words} comme {'nouvelles' if many else 'nouvelle'}, sans lien avec ce qui est"
                " resté d'avant."
            )
        missing = [record for key, (record, _) in self.known_keys.items() if key not in self.seen]
        self.report.gone = sum(
            1
            for record in missing
            if (known := self.facts.at(record, date.max)) and known[-1].service_id is not None
        )


def _key_field(row: RegisterRow) -> str:
    return "matricule" if row.get("matricule") else "email"


def _place(fact: Assignment) -> tuple:
    return fact.service_id, fact.function_family, fact.has_workstation


# ── Accounts ──────────────────────────────────────────────────────────────────────────────────────


_DAY = r"[\d/.-]+"


def _mandate(
    part: str, since: date | None, until: date | None
) -> tuple[str, date | None, date | None]:
    """One mandate in a file: the code of the unit, first and last day."""
    match = re.compile(
        r"(?P<code>\S+)"
        rf"(\s+(du|depuis( le)?)?\s*(?P<since>{_DAY}))?"
        rf"(\s+(au|jusqu'au)?\s*(?P<until>{_DAY}))?"
    ).fullmatch(part)
    if match is None:
        raise ValueError(
            f"« {part[:60]} » n'est pas un mandat : écrivez le code de l'unité, puis « du … au … »."
        )
    own_since, own_until = (date_of(match[name] or "") for name in ("since", "until"))
    has_own = own_since or own_until
    days = (own_since, own_until) if has_own else (since, until)
    return match["code"].upper(), *days


_ROLES = {compact(word): role for role in STORED_ROLES for word in (role.value, role.label)} | {
    "agent": None,
    "administratrice": Role.admin,
    "animatrice": Role.animateur,
}


class AccountImport(RegisterImport):
    """Imports accounts (CSV, XLSX, XLS, ODS) of persons who are known by their matricule or their
    e-mail; importing twice changes nothing.

    Without a login name, « prénom.nom » is taken. An empty cell of roles or mandates leaves those
    that are there. Who is invited already, or has a password, is not invited again.
    """

    kind = "comptes"

    def begin(self) -> None:
        accounts = self.session.exec(select(Account)).all()
        self.account_of = {account.person_id: account for account in accounts}
        self.owner = {account.login: account.person_id for account in accounts}
        self.chart = organisation(self.session)
        self.units = {unit.code: unit for unit in self.chart.units}
        self.invited = invited_persons(self.session, self.day)
        self.administrators = {
            account.person_id
            for account in accounts
            if Role.admin in account.role_list and account.is_open(self.day)
        }
        self.by_mail = self.on_paper = 0

    def take(self, row: RegisterRow) -> str:
        person = self._person(row)
        login = self._login(row, person)
        roles = self._roles(row, person)
        wanted = self._mandates(row, person)
        known = self.account_of.get(person.id) if person else None
        has_key = known is not None and bool(known.password_hash or known.subject)
        invites = bool(row.get("invite") and person and not has_key)
        invites = invites and person.id not in self.invited
        if invites and person.email and len(self.persons[fold(person.email)]) > 1:
            self.fault(
                "invite" if "invite" in row.values else "key",
                f"L'adresse {person.email} est aussi celle d'une autre personne : l'invitation"
                " pourrait être lue par elle.",
            )
        # All faults of a row are told together; before this nothing of it counts.
        self.stop()
        if known is None:
            account = Account(person_id=person.id, login=login, roles=roles or "")
            self.owner[login] = person.id
            if self.writes:
                add_record(self.session, account)
                self.note("account", login, "compte", None, f"ouvert ({account.roles or 'agent'})")
        is_changed = known is not None and self._set_roles(known, roles)
        for mandate, held in wanted if self.writes else ():
            self._mandate(mandate, held)
        by_mail = invites and not why_not_by_mail(self.session, person)
        self.by_mail += by_mail
        self.on_paper += invites and not by_mail
        if self.writes and by_mail:
            write_invitation(self.session, person, login)
            self.note("account", login, "invitation", None, "par courriel")
        if known is None:
            return "new"
        return "changed" if is_changed or wanted or by_mail else "unchanged"

    def finish(self) -> None:
        """How many are invited by mail, and how many wait for a sheet on paper."""
        self.report.more = {"invited": self.by_mail, "on_paper": self.on_paper}
        if self.by_mail:
            self.report.told.append(f"{counted(self.by_mail, 'invitation')} par courriel.")
        if self.on_paper:
            self.report.told.append(
                f"{counted(self.on_paper, 'personne')} sans courriel : imprimez les feuillets sur"
                " l'écran « Comptes »."
            )

    # ── Who ───────────────────────────────────────────────────────────────────────────────────────

    def _person(self, row: RegisterRow) -> Person | None:
        """The person of a row; None, with its fault, where nobody can tell."""
        person = self.person(row, "key", "email")
        if person is None:
            return None
        field = "key" if row.get("key") else "email"
        said = "Un seul compte par personne : elle figure déjà"
        if not self.once(field, person.id, row.line, said):
            return None
        if left := left_on(self.session, person.id, self.day):
            self.fault(field, left_fault(left))
        return person

    # ── What ──────────────────────────────────────────────────────────────────────────────────────

    def _login(self, row: RegisterRow, person: Person | None) -> str:
        """The login name: of the file, else the one she has, else « prénom.nom »."""
        known = self.account_of.get(person.id) if person else None
        login = row.text("login").lower()
        if known is not None:
            if login and login != known.login:
                self.fault(
                    "login",
                    f"Cette personne a déjà un compte, sous l'identifiant « {known.login} ».",
                )
            return known.login
        login = login or (proposed_login(person) if person else "")
        if person and (fault := login_fault(login)):
            self.fault("login", fault)
        elif person and self.owner.get(login, person.id) != person.id:
            self.fault("login", f"L'identifiant « {login} » est déjà pris : donnez-en un autre.")
        return login

    def _roles(self, row: RegisterRow, person: Person | None) -> str | None:
        """The stored roles; None where the file says nothing of them."""
        roles = [word.strip() for word in re.split(r"[,;|/\n]", row.text("roles")) if word.strip()]
        if not roles:
            return None
        unknown = [word for word in roles if compact(word) not in _ROLES]
        if unknown:
            self.fault(
                "roles",
                f"« {shown(unknown[0])} » n'est pas un rôle que l'on donne :"
                f" {', '.join(STORED_ROLES)}, ou agent.",
            )
            return None
        roles = [role for word in roles if (role := _ROLES[compact(word)])]
        if person and Role.admin not in roles and self.administrators == {person.id}:
            self.fault("roles", LAST_ADMINISTRATOR)
        return stored_roles(roles)

    def _mandates(
        self, row: RegisterRow, person: Person | None
    ) -> list[tuple[Mandate, Mandate | None]]:
        """The mandates of a row that are new or end otherwise, each with the one it changes."""
        try:
            wanted = [
                _mandate(part.strip(), row.get("since"), row.get("until"))
                for part in re.split(r"[,;|\n]", row.text("mandates"))
                if part.strip()
            ]
        except ValueError as error:
            self.fault("mandates", str(error))
            return []
        if person is None:
            return []
        hers = list(mandates_of_person(self.session, person.id))
        found = []
        for code, since, until in wanted:
            unit = self.units.get(code)
            if unit is None:
                self.fault("mandates", f"« {shown(code)} » n'est le code d'aucune unité.")
                continue
            held = self._held(since, unit.id, hers)
            first_day = since or (held.since if held else self.day)
            mandate = new_mandate(person.id, unit.id, first_day, until)
            if held and (held.until == mandate.until or until is None):
                continue
            others = [mandate for mandate in hers if mandate is not held]
            left = left_on(self.session, person.id, first_day)
            faults = mandate_faults(mandate, self.chart, others, left)
            columns = {"last_day": "until", "person_id": "mandates", "unit_id": "mandates"}
            self.faults_of(faults, columns)
            found.append((mandate, held))
            # The next mandate of this row may not overlap this one either.
            hers = [*others, mandate]
        return found

    def _held(self, since: date | None, unit_id: int, hers: list[Mandate]) -> Mandate | None:
        """The mandate that a file tells again: with the same first day, or any that holds now where
        the file does not tell one.
        """
        mine = [mandate for mandate in hers if mandate.direction_id == unit_id]
        if since:
            return next((mandate for mandate in mine if mandate.since == since), None)
        return next((m for m in mine if m.until is None or m.until > self.day), None)

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────

    def _set_roles(self, account: Account, roles: str | None) -> bool:
        if roles is None or roles == account.roles:
            return False
        # Kept as the file goes: two rows may each take the role from one of the last two.
        self.administrators.discard(account.person_id)
        if Role.admin in roles.split(","):
            self.administrators.add(account.person_id)
        if self.writes:
            self.note("account", account.login, "rôles", account.roles, roles)
            account.roles = roles
        return True

    def _mandate(self, mandate: Mandate, held: Mandate | None) -> None:
        code = next(code for code, unit in self.units.items() if unit.id == mandate.direction_id)
        if held is None:
            write_mandate(self.session, self.reader, mandate, code)
        else:
            set_last_day(self.session, self.reader, held, mandate.last_day, code)
