"""Single sign-on (connexion de la commune): matching accounts, following roles, signing out.

A person is matched once, by matricule or address, then bound to the issuer's subject, which
identifies the account from then on. A bound account is not rebound here: an administrator unbinds
it first.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.acts import add_record
from dashboard.actions.people import accounts
from dashboard.queries.people.readers import account_by_subject, account_of_person, persons_matching
from models.clock import today
from models.people import OWN_ADDRESS, Account, Person, Role
from models.short_lived import Login
from models.sign_on import MAIL, Identity, SignOn
from models.texts import Refused

_CLOSED = "Ce compte est fermé : adressez-vous à l'administrateur de C-Possible."


# ── Matching accounts ─────────────────────────────────────────────────────────────────────────────


def recognise(session: Session, identity: Identity, rules: SignOn) -> Account:
    """Reconnaître: the account of this identity; at the first visit it is bound, or opened where
    the settings allow it. Raises Refused, in one sentence, where there is none.
    """
    account = account_by_subject(session, identity.issuer, identity.subject)
    if account is None:
        person = _matched_person(session, identity, rules)
        account = account_of_person(session, person.id)
        if account is None and not rules.opens_accounts:
            raise Refused(
                "Vous n'avez pas encore de compte dans C-Possible : demandez-le à l'administrateur."
            )
        if account is not None and not account.is_open(today(session)):
            raise Refused(_CLOSED)
        if account is not None and account.subject is not None:
            raise Refused(
                "Votre compte est déjà lié à une autre identité de la commune : l'administrateur de"
                " C-Possible peut défaire ce lien."
            )
        try:
            with session.begin_nested():
                if account is None:
                    account = _open_account(session, person)
                account.issuer = identity.issuer
                account.subject = identity.subject
                herself = Reader(account.person_id, login=account.login)
                accounts.record_change(
                    session, herself, account, "connexion de la commune", None, identity.issuer
                )
        except IntegrityError as error:  # a concurrent first visit
            raise Refused("Deux premières connexions se sont croisées : recommencez.") from error
    if not account.is_open(today(session)):
        raise Refused(_CLOSED)
    return account


def _matched_person(session: Session, identity: Identity, rules: SignOn) -> Person:
    by_mail = rules.match_by == MAIL
    what = "adresse" if by_mail else "matricule"
    if not identity.claim:
        raise Refused(
            f"La connexion de la commune ne dit pas votre {what} : l'administrateur de C-Possible"
            " doit revoir ses réglages."
        )
    if by_mail and not (identity.mail_verified or rules.trusts_mail):
        raise Refused(
            "La connexion de la commune ne dit pas que votre adresse est vérifiée : elle ne suffit"
            " pas à vous reconnaître."
        )
    persons = persons_matching(session, rules.match_by, identity.claim, OWN_ADDRESS)
    if not persons:
        raise Refused(
            f"Personne, dans C-Possible, ne porte votre {what} : l'administrateur peut l'ajouter au"
            " fichier du personnel."
        )
    if len(persons) > 1:
        raise Refused(
            f"Deux personnes portent votre {what} dans C-Possible : l'administrateur doit d'abord"
            " corriger le fichier du personnel."
        )
    return persons[0]


def unbind(session: Session, reader: Reader, account_id: int) -> None:
    """Délier: the next visit matches the person again; sign-on logins end."""
    require(reader, "account.manage")
    account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None or account.subject is None:
        raise Refused("Ce compte n'est pas lié à la connexion de la commune.")
    before = account.issuer
    account.issuer = None
    account.subject = None
    session.execute(delete(Login).filter_by(account_id=account_id).where(Login.issuer.is_not(None)))
    accounts.record_change(session, reader, account, "connexion de la commune", before, None)


def _open_account(session: Session, person: Person) -> Account:
    proposed = person.email, accounts.proposed_login(person)
    wanted = (item for item in proposed if accounts.login_fault(item) is None)
    base = next(wanted, f"agent-{person.id}")[:90]
    taken = set(
        session.exec(select(Account.login).where(Account.login.startswith(base, autoescape=True)))
    )
    # One more candidate than logins taken.
    further = (f"{base}{number}" for number in range(2, len(taken) + 3))
    account = add_record(
        session,
        Account(
            person_id=person.id, login=next(item for item in (base, *further) if item not in taken)
        ),
    )
    herself = Reader(person.id, login=account.login)
    accounts.record_change(session, herself, account, "compte", None, "ouvert (agent)")
    return account


def follow_roles(session: Session, account: Account, identity: Identity, rules: SignOn) -> None:
    """Suivre les groupes: grants and removes the roles tied to the issuer's groups in the settings;
    others remain. The last administrator retains that role.
    """
    if not rules.roles or identity.groups is None:
        return
    tied = {role for role, _ in rules.roles}
    granted = {role for role, value in rules.roles if value in identity.groups}
    before = set(account.role_list)
    after = (before - tied) | granted
    if after == before:
        return
    try:
        accounts.set_roles(session, OPERATOR, account.id, after)
    except Refused:
        # The only possible refusal: this is the last administrator.
        accounts.set_roles(session, OPERATOR, account.id, after | {Role.admin})


# ── Signing out ───────────────────────────────────────────────────────────────────────────────────


def end_by_issuer(
    session: Session, issuer: str, sid: str | None, subject: str | None, until: datetime
) -> int:
    """Fermer, sur l'avis de l'émetteur, the logins of one of its sessions or of one person, opened
    `until` the notice: heard again, it ends none that began since. Returns how many.
    """
    ended = delete(Login).filter_by(issuer=issuer).where(Login.created_at <= until)
    if sid is not None:
        ended = ended.where(Login.sign_on_session == sid)
    if subject is not None:
        account = account_by_subject(session, issuer, subject)
        if account is None:
            return 0
        ended = ended.where(Login.account_id == account.id)
    return session.execute(ended).rowcount
