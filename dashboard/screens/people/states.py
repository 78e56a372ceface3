"""The state of an account, in words."""

from collections.abc import Sequence

from dashboard import french
from dashboard.queries.people.accounts import AccountRow
from models.clock import now
from models.people import Role


def roles_in_words(roles: Sequence[Role]) -> str:
    return ", ".join(role.label for role in roles) or Role.agent.label


def state_of(row: AccountRow) -> str:
    """« ● Ouvert », « ■ Fermé », « ▲ Bloqué », « ◇ Sans mot de passe »."""
    if not row.is_open:
        return "■ Fermé"
    if row.locked_until and row.locked_until > now():
        return "▲ Bloqué"
    if not row.has_key:
        return "◇ Sans mot de passe"
    return f"● Ouvert, jusqu'au {french.day(row.last_day)}" if row.last_day else "● Ouvert"
