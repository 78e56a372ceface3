"""Importing the members of a community, who agreed to it: each is notified; nobody is removed."""

from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.communities import add_member, membership_of, service_to_join
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport
from dashboard.files.matching.fields import fields_of
from dashboard.files.registers import RegisterRow
from models.communities import Community
from models.errors import Refused


class _Import(RegisterImport):
    """Imports members by their matricule, their e-mail or their name; importing twice changes
    nothing.
    """

    kind = "membres"
    register = fields_of("membres")

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        if how.community not in list(Community):
            words = ", ".join(Community)
            raise Refused(f"Dites de quelle communauté : {words}.")
        self.community = Community(how.community)

    def take(self, row: RegisterRow) -> str:
        person = self.person(row, "matricule", "email", "name")
        self.stop()
        if membership_of(self.session, person.id, self.community):
            return "unchanged"
        try:
            service_to_join(self.session, person.id, self.community)
        except Refused as refusal:
            self.fault("matricule", str(refusal))
        self.stop()
        if self.writes:
            add_member(self.session, self.reader, self.community, person.id)
        return "new"
