"""The fictive administration: organisation chart, dated headcounts, agents and their services."""

import random
from datetime import date

from models.directions import Direction, DirectionPlace, Headcount, UnitKind
from models.people import Assignment, Person
from seed.demo_cast import FAMILY_NAMES, MEN, WOMEN
from seed.stage import DATA, START, TODAY, Agent, Service, Stage, read, share

PEOPLE = 3200
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
    lines = read(DATA / "services.csv", "code")
    sizes = share(stage.people, [row.whole("agents") for row in lines])
    for row, agents in zip(lines, sizes, strict=True):
        stage.services[row.needed("code")] = Service(
            row.needed("code"),
            row.needed("nom"),
            agents,
            round(agents * row.whole("sans poste") / row.whole("agents")),
            row.needed("famille"),
            row.words("métiers sans poste"),
            row.words("métiers avec poste"),
        )
    for row in read(DATA / "directions.csv", "code"):
        code = row.needed("code")
        stage.heads[code] = row.text("responsable")
        _add_unit(stage, code, row.needed("nom"), row.needed("type"), row.text("responsable"))
        services = [service for service in stage.services.values() if service.direction == code]
        for service in services:
            _add_unit(stage, service.code, service.name, UnitKind.service)
        if row.text("agents au 01/10/2021"):
            _add_headcounts(stage, services, row.whole("agents au 01/10/2021"))


def _add_unit(stage: Stage, code: str, name: str, kind: str, head: str = "") -> None:
    """DG-COM-1 is under DG-COM, DG-COM under DG, DG under the root."""
    position = len(stage.units) + 1
    unit = stage.add(Direction, code=code, name=name, kind=kind, head=head, position=position)
    parent = stage.units.get(code.rpartition("-")[0] or ROOT_CODE)
    stage.units[code] = unit["id"]
    stage.add(DirectionPlace, on=START, direction_id=unit["id"], parent_id=parent)


def _add_headcounts(stage: Stage, services: list[Service], published: int) -> None:
    sizes = [service.agents for service in services]
    first = round(published * stage.people / PEOPLE)
    for day, thirds in _STEPS.items():
        total = first + round((sum(sizes) - first) * thirds / 3)
        for service, agents in zip(services, share(total, sizes), strict=True):
            stage.add(
                Headcount,
                on=day,
                agents=agents,
                service_id=stage.units[service.code],
                without_computer=round(agents * service.without_computer / max(service.agents, 1)),
            )


def load_people(stage: Stage) -> None:
    """The agents of the frozen day, service by service, and former ones."""
    chance = stage.chance("people")
    names = _names(chance)
    for service in stage.services.values():
        for place in range(service.agents):
            stage.agents.append(
                _agent(stage, chance, next(names), service, place >= service.without_computer)
            )
    _move_some(stage, chance)
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


def _move_some(stage: Stage, chance: random.Random) -> None:
    """A few come from another service of their department."""
    never_moved = [agent for agent in stage.agents if agent.places[0][0] == START]
    for agent in chance.sample(never_moved, min(_MOVED, len(never_moved))):
        service = stage.services[agent.service]
        others = [
            code
            for code, other in stage.services.items()
            if other.department == service.department and code != service.code
        ]
        moved_on = stage.open_day(
            _some_day(chance, date(2021, 10, 4), date(2023, 4, 3)).replace(day=1)
        )
        agent.places = [(START, chance.choice(others)), (moved_on, service.code)]


def _some_day(chance: random.Random, first: date, last: date) -> date:
    return date.fromordinal(chance.randint(first.toordinal(), last.toordinal()))


def _names(chance: random.Random):
    """Random names, without repeats until the lists are exhausted: no real person is meant."""
    used: set[tuple[str, str]] = set()
    limit = len(FAMILY_NAMES) * (len(WOMEN) + len(MEN)) * 3 // 4
    while True:
        is_woman = chance.random() < 0.52
        name = (chance.choice(WOMEN if is_woman else MEN), chance.choice(FAMILY_NAMES))
        if name in used and len(used) < limit:
            continue
        used.add(name)
        yield *name, is_woman
