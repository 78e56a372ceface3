"""The cast (les personnages) of the demonstration: the accounts one can sign in with, and the
mandates.
"""

from dataclasses import dataclass
from datetime import date

import bcrypt
from sqlalchemy import update

from models.people import Account, Mandate, Person, Role
from models.preferences import LAST_VISIT, Preference
from seed.stage import START, Agent, Stage

DEMO_PASSWORD = "chaque-petite-action"
# A fixed salt, so that two loads are identical; the password is public anyway.
_SALT = b"$2b$10$cPossibleDemonstratioe"
_CHIEFS = 30
_LAST_VISIT = date(2023, 6, 5)


@dataclass(frozen=True)
class Part:
    """One account of the demonstration: login, service, and the sentence that says what to
    look at.
    """

    login: str
    given_name: str
    family_name: str
    service: str
    function: str
    role: str
    sentence: str
    is_woman: bool = True
    has_workstation: bool = True
    stored: tuple[Role, ...] = ()
    mandate: str | None = None


CAST = (
    Part(
        "alice",
        "Alice",
        "Lambotte",
        "VC-JSP-1",
        "Maître-nageuse",
        "Agent",
        "dépose une idée, la suit, s'inscrit à une formation",
        has_workstation=False,
    ),
    Part(
        "bruno",
        "Bruno",
        "Ferrero",
        "AD-VER-1",
        "Jardinier",
        "Ambassadeur",
        "relaie les idées de collègues sans ordinateur et leur rapporte les réponses",
        is_woman=False,
        has_workstation=False,
    ),
    Part(
        "carine",
        "Carine",
        "Delvaux",
        "VC-JSP-3",
        "Directrice de la Jeunesse et des Sports",
        "Manager",
        "répond aux idées qui concernent sa direction (Jeunesse et sports)",
        mandate="VC-JSP",
    ),
    Part(
        "didier",
        "Didier",
        "Masson",
        "DG-RAT-2",
        "Animateur de la cellule transformation",
        "Animateur",
        "trie et modère les idées, tient les communautés et l'académie",
        is_woman=False,
        stored=(Role.animateur,),
    ),
    Part(
        "elise",
        "Élise",
        "Vandamme",
        "DG-SEC-1",
        "Directrice générale adjointe",
        "CODIR",
        "pilote la feuille de route au comité de direction",
        stored=(Role.codir,),
    ),
    Part(
        "farid",
        "Farid",
        "Benali",
        "RI-INF-1",
        "Administrateur systèmes",
        "Administrateur",
        "tient les comptes, les référentiels et l'état du système",
        is_woman=False,
        stored=(Role.admin,),
    ),
    Part(
        "gaelle",
        "Gaëlle",
        "Thonnard",
        "DG-SEC-1",
        "Directrice générale",
        "Directeur général",
        "préside le CODIR et publie la situation de la feuille de route",
        stored=(Role.codir,),
        mandate="ADM",
    ),
)
DEMO_ACCOUNTS: tuple[tuple[str, str, str], ...] = tuple(
    (part.login, part.role, part.sentence) for part in CAST
)

# The service of the head of a department.
_DEPARTMENT_HEADS = {"DF": "DF-BUD-1", "AD": "AD-URB-1", "RI": "RI-GRH-1", "VC": "VC-POP-1"}
_FEMININE = (
    ("Directeur financier", "Directrice financière"),
    ("Directeur", "Directrice"),
    ("Inspecteur général", "Inspectrice générale"),
    ("Secrétaire général", "Secrétaire générale"),
    ("Chef ", "Cheffe "),
)


def give_roles(stage: Stage) -> None:
    """Turns some agents into the cast and the managers; called before the agents are written."""
    for part in CAST:
        agent = _pick(stage, part.service, part.has_workstation)
        agent.given_name = part.given_name
        agent.family_name = part.family_name
        agent.function = part.function
        agent.is_woman = part.is_woman
        stage.cast[part.login] = agent
        if part.mandate:
            stage.managers[part.mandate] = agent
    for code, service in _DEPARTMENT_HEADS.items():
        _promote(stage, code, service, stage.heads[code])
    directions = dict.fromkeys(service.direction for service in stage.services.values())
    for code in directions:
        if code not in stage.managers:
            first = next(
                service.code for service in stage.services.values() if service.direction == code
            )
            _promote(stage, code, first, stage.heads[code])
    for service in sorted(stage.services.values(), key=lambda service: -service.agents)[:_CHIEFS]:
        _promote(stage, service.code, service.code, f"Chef de service, {service.name}")


def write_accounts(stage: Stage) -> None:
    hashed = bcrypt.hashpw(DEMO_PASSWORD.encode(), _SALT).decode()
    stage.insert(
        Account,
        [
            {
                "id": stage.next_id(Account),
                "person_id": stage.cast[part.login].id,
                "login": part.login,
                "password_hash": hashed,
                "roles": ",".join(part.stored),
                "disabled": False,
                "failures": 0,
            }
            for part in CAST
        ],
    )
    stage.insert(
        Preference,
        [
            {
                "person_id": stage.cast[part.login].id,
                "name": LAST_VISIT,
                "value": _LAST_VISIT.isoformat(),
            }
            for part in CAST
        ],
    )
    # A domain that does not exist: a demonstration must not send mails to anybody.
    stage.session.execute(
        update(Person),
        [
            {"id": stage.cast[part.login].id, "email": f"{part.login}@exemple.invalid"}
            for part in CAST
        ],
    )
    stage.insert(
        Mandate,
        [
            {
                "id": stage.next_id(Mandate),
                "person_id": agent.id,
                "direction_id": stage.units[code],
                "since": START,
            }
            for code, agent in stage.managers.items()
        ],
    )


def _promote(stage: Stage, code: str, service: str, function: str) -> None:
    agent = _pick(stage, service, has_workstation=True)
    agent.function = _feminine(function) if agent.is_woman else function
    stage.managers[code] = agent


def _feminine(function: str) -> str:
    return next(
        (function.replace(man, woman, 1) for man, woman in _FEMININE if function.startswith(man)),
        function,
    )


def _pick(stage: Stage, service: str, has_workstation: bool) -> Agent:
    """The first agent of the service, employed since the beginning, without a role yet."""
    with_role = {agent.id for agent in (*stage.cast.values(), *stage.managers.values())}
    return next(
        agent
        for agent in stage.agents
        if agent.places == [(START, service)]
        and agent.has_workstation == has_workstation
        and agent.id not in with_role
    )


def manager_of(stage: Stage, concerns: str | None, day: date) -> Agent:
    """The manager of a unit: its own, else the nearest one above; the programme's office for
    entries without a unit.
    """
    code = concerns
    while code:
        manager = stage.managers.get(code)
        if manager and manager.service_on(day):
            return manager
        code = code.rpartition("-")[0]
    return stage.cast["didier"]
