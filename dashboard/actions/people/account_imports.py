"""Importing accounts (comptes): opened for persons of the personnel, with their roles and mandates,
and invited; nothing is closed, importing twice changes nothing.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.notices.keys import why_not_by_mail, write_invitation
from dashboard.actions.people import mandates
from dashboard.actions.people.accounts import (
    LAST_ADMINISTRATOR,
    login_fault,
    proposed_login,
    stored_roles,
)
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport
from dashboard.files.matching.fields import fields_of
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact, date_of, shown
from dashboard.french import counted
from dashboard.queries.directions import organisation
from dashboard.queries.people.accounts import invited_persons
from models.facts import counting
from models.people import STORED_ROLES, Account, Assignment, Mandate, Person, Role
from models.search import fold

ACCOUNTS = fields_of("comptes")
_DAY = r"[\d/.-]+"
_MANDATE = re.compile(
    r"(?P<code>\S+)"
    rf"(\s+(du|depuis( le)?)?\s*(?P<since>{_DAY}))?"
    rf"(\s+(au|jusqu'au)?\s*(?P<until>{_DAY}))?"
)


@dataclass(frozen=True)
class MandateRead:
    """One mandate in a file: the code of the unit, first and last day."""

    code: str
    since: date | None
    until: date | None


def roles_of(text: str) -> list[str]:
    """The roles of a cell: « codir, admin », « CODIR | administrateur »."""
    return [word.strip() for word in re.split(r"[,;|/\n]", text) if word.strip()]


def mandates_of(text: str, since: date | None, until: date | None) -> list[MandateRead]:
    """The mandates of a cell: « VC-JSP du 01/01/2023 au 31/12/2023 | RI ». Those without days
    take the days of the row's columns. Raises ValueError, in French.
    """
    return [
        _mandate(part.strip(), since, until) for part in re.split(r"[,;|\n]", text) if part.strip()
    ]


def _mandate(part: str, since: date | None, until: date | None) -> MandateRead:
    match = _MANDATE.fullmatch(part)
    if match is None:
        raise ValueError(
            f"« {part[:60]} » n'est pas un mandat : écrivez le code de l'unité, puis « du … au … »."
        )
    own_since, own_until = (date_of(match[name] or "") for name in ("since", "until"))
    has_own = own_since or own_until
    return MandateRead(
        match["code"].upper(), own_since if has_own else since, own_until if has_own else until
    )


_ROLES = {compact(word): role for role in STORED_ROLES for word in (role.value, role.label)} | {
    "agent": None,
    "administratrice": Role.admin,
    "animatrice": Role.animateur,
}


class _Import(RegisterImport):
    """Imports accounts (CSV, XLSX, XLS, ODS) of persons who are known by their matricule or their
    e-mail; importing twice changes nothing.

    Without a login name, « prénom.nom » is taken. An empty cell of roles or mandates leaves those
    that are there. Who is invited already, or has a password, is not invited again.
    """

    register = ACCOUNTS
    kind = "comptes"

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        accounts = session.exec(select(Account)).all()
        self.account_of = {account.person_id: account for account in accounts}
        self.owner = {account.login: account.person_id for account in accounts}
        self.mandates: dict[int, list[Mandate]] = defaultdict(list)
        for mandate in session.exec(select(Mandate).order_by(Mandate.since, Mandate.id)).all():
            self.mandates[mandate.person_id].append(mandate)
        self.facts: dict[int, list[Assignment]] = defaultdict(list)
        for fact in session.exec(select(Assignment).order_by(Assignment.id)).all():
            self.facts[fact.person_id].append(fact)
        self.chart = organisation(session)
        self.units = {unit.code: unit for unit in self.chart.units}
        self.invited = invited_persons(session, self.day)
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
        invites = bool(row.get("invite")) and person is not None and self._is_to_be_invited(person)
        if invites:
            self._check_address(row, person)
        # All faults of a row are told together; before this nothing of it counts.
        self.stop()
        known = self.account_of.get(person.id)
        changes = [
            self._open(person, login, roles) if known is None else self._set_roles(known, roles),
            *[self._mandate(mandate, held) for mandate, held in wanted],
            invites and self._invite(person, login),
        ]
        if known is None:
            return "new"
        if any(changes):
            return "changed"
        return "unchanged"

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
        if left := self._left(person):
            self.fault(field, mandates.left_fault(left))
        return person

    def _left(self, person: Person, on: date | None = None) -> date | None:
        known = counting(self.facts[person.id], on or self.day)
        return known[-1].on if known and known[-1].service_id is None else None

    # ── What ──────────────────────────────────────────────────────────────────────────────────────

    def _login(self, row: RegisterRow, person: Person | None) -> str:
        """The login name: of the file, else the one she has, else « prénom.nom »."""
        known = self.account_of.get(person.id) if person else None
        login = str(row.get("login", "")).lower()
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
        roles = roles_of(str(row.get("roles", "")))
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
            wanted = mandates_of(str(row.get("mandates", "")), row.get("since"), row.get("until"))
        except ValueError as error:
            self.fault("mandates", str(error))
            return []
        if person is None:
            return []
        hers = list(self.mandates[person.id])
        found = []
        for item in wanted:
            unit = self.units.get(item.code)
            if unit is None:
                self.fault("mandates", f"« {shown(item.code)} » n'est le code d'aucune unité.")
                continue
            held = self._held(item, unit.id, hers)
            first_day = item.since or (held.since if held else self.day)
            mandate = mandates.new_mandate(person.id, unit.id, first_day, item.until)
            if (held and held.until == mandate.until) or (held and item.until is None):
                continue
            others = [mandate for mandate in hers if mandate is not held]
            self._check_mandate(mandate, others, self._left(person, first_day))
            found.append((mandate, held))
            # The next mandate of this row may not overlap this one either.
            hers = [*others, mandate]
        return found

    def _held(self, wanted: MandateRead, unit_id: int, hers: list[Mandate]) -> Mandate | None:
        """The mandate that a file tells again: with the same first day, or any that holds now where
        the file does not tell one.
        """
        mine = [mandate for mandate in hers if mandate.direction_id == unit_id]
        if wanted.since:
            return next((mandate for mandate in mine if mandate.since == wanted.since), None)
        return next((m for m in mine if m.until is None or m.until > self.day), None)

    def _check_mandate(self, mandate: Mandate, others: list[Mandate], left: date | None) -> None:
        faults = mandates.mandate_faults(mandate, self.chart, others, left)
        for field, message in faults.items():
            self.fault("until" if field == "last_day" else "mandates", message)

    def _is_to_be_invited(self, person: Person) -> bool:
        account = self.account_of.get(person.id)
        has_key = account is not None and bool(account.password_hash or account.subject)
        return not has_key and person.id not in self.invited

    def _check_address(self, row: RegisterRow, person: Person) -> None:
        if person.email and len(self.persons[fold(person.email)]) > 1:
            self.fault(
                "invite" if "invite" in row.values else "key",
                f"L'adresse {person.email} est aussi celle d'une autre personne : l'invitation"
                " pourrait être lue par elle.",
            )

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────

    def _open(self, person: Person, login: str, roles: str | None) -> bool:
        account = Account(person_id=person.id, login=login, roles=roles or "")
        self.account_of[person.id] = account
        self.owner[login] = person.id
        if self.writes:
            self.session.add(account)
            self.session.flush()
            self._note(login, "compte", None, f"ouvert ({account.roles or 'agent'})")
        return True

    def _set_roles(self, account: Account, roles: str | None) -> bool:
        if roles is None or roles == account.roles:
            return False
        # Kept as the file goes: two rows may each take the role from one of the last two.
        self.administrators.discard(account.person_id)
        if Role.admin in roles.split(","):
            self.administrators.add(account.person_id)
        if self.writes:
            self._note(account.login, "rôles", account.roles, roles)
            account.roles = roles
        return True

    def _mandate(self, mandate: Mandate, held: Mandate | None) -> bool:
        code = next(code for code, unit in self.units.items() if unit.id == mandate.direction_id)
        if held is None:
            if self.writes:
                mandates.write_mandate(self.session, self.reader, mandate, code)
            self.mandates[mandate.person_id].append(mandate)
        elif self.writes:
            mandates.set_last_day(self.session, self.reader, held, mandate.last_day, code)
        return True

    def _invite(self, person: Person, login: str) -> bool:
        self.invited.add(person.id)
        by_mail = not why_not_by_mail(self.session, person)
        self.by_mail += by_mail
        self.on_paper += not by_mail
        if self.writes and by_mail:
            write_invitation(self.session, person, login)
            self._note(login, "invitation", None, "par courriel")
        return by_mail

    def _note(self, login: str, field: str, before: str | None, after: str) -> None:
        self.note("account", login, field, before, after)
