"""The fictive administration: organisation chart, dated headcounts, agents and their services."""

import random
import re
from datetime import date
from types import SimpleNamespace

import bcrypt

from models.directions import Direction, DirectionPlace, Headcount, UnitKind
from models.people import LAST_VISIT, Account, Assignment, Mandate, Person, Preference
from seed.stage import DATA, START, TODAY, Agent, Service, Stage, read, share

DEMO_PASSWORD = "chaque-petite-action"
# A fixed salt, so that two loads are identical; the password is public anyway.
_SALT = b"$2b$10$cPossibleDemonstratioe"
_CHIEFS = 30
_LAST_VISIT = date(2023, 6, 5)


# One account of the demonstration is a line of comptes.csv, with what its owner looks at.
CAST = tuple(
    SimpleNamespace(
        **row.cells
        | {"stored": row.words("stored", ",")}
        | {name: row.get(name, bool) for name in ("is_woman", "has_workstation")}
    )
    for row in read(DATA / "comptes.csv", "login")
)
DEMO_ACCOUNTS = tuple((part.login, part.role, part.sentence) for part in CAST)

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
        for name in ("given_name", "family_name", "function", "is_woman"):
            setattr(agent, name, getattr(part, name))
        stage.cast[part.login] = agent
        if part.mandate:
            stage.managers[part.mandate] = agent
    for code, service in _DEPARTMENT_HEADS.items():
        _promote(stage, code, service, stage.heads[code])
    directions = dict.fromkeys(service.direction for service in stage.services.values())
    for code in directions:
        if code not in stage.managers:
            _promote(stage, code, stage.services_of(code)[0], stage.heads[code])
    for service in sorted(stage.services.values(), key=lambda service: -service.agents)[:_CHIEFS]:
        _promote(stage, service.code, service.code, f"Chef de service, {service.name}")


def write_accounts(stage: Stage) -> None:
    hashed = bcrypt.hashpw(DEMO_PASSWORD.encode(), _SALT).decode()
    for part in CAST:
        person = stage.cast[part.login].id
        account = {"login": part.login, "password_hash": hashed, "roles": ",".join(part.stored)}
        stage.add(Account, person_id=person, **account)
        stage.add(Preference, person_id=person, name=LAST_VISIT, value=_LAST_VISIT.isoformat())
    for code, agent in stage.managers.items():
        stage.add(Mandate, person_id=agent.id, direction_id=stage.units[code], since=START)


def _promote(stage: Stage, code: str, service: str, function: str) -> None:
    agent = _pick(stage, service, has_workstation=True)
    agent.function = function
    if agent.is_woman:
        for man, woman in _FEMININE:
            agent.function = re.sub(f"^{man}", woman, agent.function)
    stage.managers[code] = agent


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


# The code of the whole of this fictive administration.
ROOT_CODE = "ADM"
# Day → thirds of the way from the first headcount to the last one.
_STEPS = {
    START: 0,
    date(2021, 10, 1): 0,
    date(2022, 1, 1): 1,
    date(2022, 7, 1): 2,
    date(2023, 1, 1): 3,
    TODAY: 3,
}
_HIRED_ONE_IN = 12
_MOVED = 60
_LEFT = 90


def load_organisation(stage: Stage) -> None:
    """Units, their places on the chart and their headcounts."""
    for row in read(DATA / "services.csv", "code"):
        stage.services[row.need("code")] = Service(
            row.need("code"),
            row.need("name"),
            row.need("agents", int),
            row.need("without_computer", int),
            row.need("family"),
            row.words("field_trades"),
            row.words("office_trades"),
        )
    for row in read(DATA / "directions.csv", "code"):
        code = row.need("code")
        stage.heads[code] = row.get("head")
        _add_unit(stage, code, row.need("name"), row.need("kind"), row.get("head"))
        services = [service for service in stage.services.values() if service.direction == code]
        for service in services:
            _add_unit(stage, service.code, service.name, UnitKind.service)
        sizes = [service.agents for service in services]
        first = row.get("first_agents", int) or 0
        for day, thirds in _STEPS.items() if first else ():
            total = first + round((sum(sizes) - first) * thirds / 3)
            for service, agents in zip(services, share(total, sizes), strict=True):
                without = agents * service.without_computer / max(service.agents, 1)
                stage.add(
                    Headcount,
                    on=day,
                    agents=agents,
                    service_id=stage.units[service.code],
                    without_computer=round(without),
                )


def _add_unit(stage: Stage, code: str, name: str, kind: str, head: str = "") -> None:
    """DG-COM-1 is under DG-COM, DG-COM under DG, DG under the root."""
    position = len(stage.units) + 1
    unit = stage.add(Direction, code=code, name=name, kind=kind, head=head, position=position)
    parent = stage.units.get(code.rpartition("-")[0] or ROOT_CODE)
    stage.units[code] = unit["id"]
    stage.add(DirectionPlace, on=START, direction_id=unit["id"], parent_id=parent)


def load_people(stage: Stage) -> None:
    """The agents of the frozen day, service by service, and former ones."""
    chance = stage.chance("people")
    names = _names(chance)
    for service in stage.services.values():
        for place in range(service.agents):
            stage.agents.append(
                _agent(stage, chance, next(names), service, place >= service.without_computer)
            )
    # A few come from another service of their department.
    never_moved = [agent for agent in stage.agents if agent.places[0][0] == START]
    for agent in chance.sample(never_moved, min(_MOVED, len(never_moved))):
        service = stage.services[agent.service]
        others = [
            code
            for code, other in stage.services.items()
            if other.code[:2] == service.code[:2] and code != service.code
        ]
        moved_on = stage.open_day(
            _some_day(chance, date(2021, 10, 4), date(2023, 4, 3)).replace(day=1)
        )
        agent.places = [(START, chance.choice(others)), (moved_on, service.code)]
    for _ in range(_LEFT):
        service = chance.choice(list(stage.services.values()))
        has_workstation = chance.random() * service.agents >= service.without_computer
        agent = _agent(stage, chance, next(names), service, has_workstation)
        left_on = stage.open_day(_some_day(chance, date(2021, 11, 1), date(2023, 5, 31)))
        agent.places = [(START, service.code), (left_on, None)]
        stage.agents.append(agent)


def write_people(stage: Stage) -> None:
    """The agents, after the cast has been given its roles."""
    # A domain that does not exist: a demonstration must not send mails to anybody.
    logins = {agent.id: login for login, agent in stage.cast.items()}
    for agent in stage.agents:
        stage.add(
            Person,
            id=agent.id,
            key=f"{100_000 + agent.id}",
            given_name=agent.given_name,
            family_name=agent.family_name,
            function=agent.function,
            email=f"{logins[agent.id]}@exemple.invalid" if agent.id in logins else "",
        )
        for since, service in agent.places:
            stage.add(
                Assignment,
                on=since,
                person_id=agent.id,
                service_id=stage.units[service] if service else None,
                function_family=stage.services[service].family if service else "",
                has_workstation=agent.has_workstation,
            )


def _agent(
    stage: Stage,
    chance: random.Random,
    name: tuple[str, str, bool],
    service: Service,
    has_workstation: bool,
) -> Agent:
    given, family, is_woman = name
    trades = service.office_trades if has_workstation else service.field_trades
    trade = chance.choice(trades or service.office_trades or service.field_trades)
    forms = trade.split("|")
    since = START
    if chance.randrange(_HIRED_ONE_IN) == 0:
        since = stage.open_day(_some_day(chance, date(2021, 2, 1), date(2023, 3, 1)).replace(day=1))
    return Agent(
        stage.next_id(Person),
        given,
        family,
        forms[0 if is_woman else -1],
        is_woman,
        has_workstation,
        [(since, service.code)],
    )


def _some_day(chance: random.Random, first: date, last: date) -> date:
    return date.fromordinal(chance.randint(first.toordinal(), last.toordinal()))


def _names(chance: random.Random):
    """Random names, without repeats until the lists are exhausted: no real person is meant."""
    women, men, families = (row.words("names", " ") for row in read(DATA / "noms.csv"))
    used: set[tuple[str, str]] = set()
    limit = len(families) * (len(women) + len(men)) * 3 // 4
    while True:
        is_woman = chance.random() < 0.52
        name = (chance.choice(women if is_woman else men), chance.choice(families))
        if name in used and len(used) < limit:
            continue
        used.add(name)
        yield *name, is_woman
