"""The desk of accounts: one opened beside the list, several invited together."""

from collections.abc import Sequence
from functools import partial

from dashboard.actions.notices.keys import invite_by_mail
from dashboard.actions.people import accounts
from dashboard.queries.people.accounts import AccountRow, account_file
from dashboard.scope import Scope
from dashboard.screens.people.account import account_blocks
from dashboard.screens.people.states import roles_in_words, state_of
from dashboard.ui import desk as ui
from dashboard.ui.desk import Desk, Line, Noun, Opened
from dashboard.ui.several import Gesture, several
from dashboard.visit.navigation import whole_number
from models.clock import now
from models.database import reading

_NOUN = Noun("compte", "comptes", is_feminine=False)
_GESTURES = (
    Gesture(
        "Inviter par courriel",
        lambda session, reader, key, _text: invite_by_mail(session, reader, int(key)),
        "une invitation part à chaque adresse.",
        "mail",
    ),
    Gesture(
        "Fermer toutes leurs connexions",
        lambda session, reader, key, _text: accounts.close_sign_ins(session, reader, int(key)),
        "toutes les connexions sont fermées, les liens n'ouvrent plus rien.",
        "logout",
    ),
)


def account_desk(
    scope: Scope, rows: Sequence[AccountRow], total: int, page: int, **keep: str
) -> None:
    lines = [_line(row) for row in rows]
    ui.desk(
        Desk(
            scope=scope,
            screen="comptes",
            entry="compte",
            has_sheet=False,
            noun=_NOUN,
            lines=lines,
            total=total,
            page=page,
            keep=keep,
            opens=partial(_opened, scope),
            reply=("w_account_", "w_accounts_many_"),
            several=several("accounts_many", "Agir sur", _NOUN, lines, _GESTURES),
        )
    )


def _line(row: AccountRow) -> Line:
    facts = (row.login, state_of(row), roles_in_words(row.roles))
    return Line(str(row.id), row.name, list(filter(None, facts)))


def _opened(scope: Scope, key: str) -> Opened | None:
    number = whole_number(key)
    with reading() as session:
        account = account_file(session, scope.reader, number, now()) if number else None
    if account is None:
        return None
    return Opened(
        account.row.name,
        partial(account_blocks, scope, account),
        under=account.row.login,
    )
