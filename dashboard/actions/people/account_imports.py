"""Importing accounts (comptes): opened for persons of the personnel, with their roles and mandates,
and invited; nothing is closed, importing twice changes nothing.
"""

import re
from datetime import date

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
from dashboard.actions.register_imports import RegisterImport
from dashboard.files.registers import RegisterRow
from dashboard.files.values import compact, date_of, shown
from dashboard.french import counted
from dashboard.queries.directions import organisation
from dashboard.queries.people.accounts import invited_persons
from dashboard.queries.people.readers import left_on
from models.people import STORED_ROLES, Account, Mandate, Person, Role
from models.search import fold

_DAY = r"[\d/.-]+"
# One mandate in a file: the code of the unit, first and last day.
MandateRead = tuple[str, date | None, date | None]


def _mandate(part: str, since: date | None, until: date | None) -> MandateRead:
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


class _Import(RegisterImport):
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
