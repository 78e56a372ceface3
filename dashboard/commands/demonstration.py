"""The demonstration (démonstration) as the commands load it: the fictive administration and its
first publication.

A publication is computed from figures, which the seed cannot import: it is made here.
"""

from datetime import date

from sqlmodel import Session

from dashboard.actions.news import publish
from dashboard.queries import directions
from dashboard.queries.figures.small_cells import declared_values
from dashboard.queries.people.readers import account_by_login, reader_of
from dashboard.report.public import situation
from dashboard.scope import Scope
from models.clock import today
from models.discussions import Subject, SubjectFollow
from models.programmes import programmes
from models.roadmap import FigureEvent, FigureStep, Progress, without_progress
from seed.demonstration import IDEAS, PEOPLE, SEED, load_demo

AU = date(2023, 5, 31)
FOLLOWED = "reponse.tenue"
WORD = (
    "Voici où nous en sommes, avec ce qui avance et ce qui prend du retard. Merci à celles et ceux"
    " qui font chaque jour une marche de plus."
)


def load_demonstration(
    session: Session,
    people: int = PEOPLE,
    ideas: int = IDEAS,
    seed: int = SEED,
    progress: Progress = without_progress,
) -> None:
    """Fills the database in the open transaction. Raises Refused if it already contains data."""
    load_demo(session, people, ideas, seed, progress)
    day = today(session)
    general = reader_of(session, account_by_login(session, "gaelle"), day)
    scope = Scope.for_reader(
        general,
        {"au": AU.isoformat()},
        day,
        directions.organisation(session).at,
        directions.ambitions(session),
        programmes(session),
    )
    publish(session, general, AU, WORD, situation(session, scope))
    _own_figures(session, day)


def _own_figures(session: Session, day: date) -> None:
    """Two figures with an owner: the definition of one is verified, that of the other has changed
    since; the Directeur général follows the first.
    """
    didier, gaelle = (account_by_login(session, login).person_id for login in ("didier", "gaelle"))
    units = directions.organisation(session).at(day).by_code
    mark = declared_values(session)[FOLLOWED].mark
    for code, owner, unit, on in (
        (FOLLOWED, "Cellule transformation", "DG", date(2023, 5, 16)),
        ("formation", "Directrice de la formation", "RI-GRH", date(2022, 9, 20)),
    ):
        by = {"figure": code, "on": on, "recorded_on": on, "by": didier}
        own = {"owner": owner, "owner_direction_id": units[unit].id}
        session.add(FigureEvent(what=FigureStep.owned, **own, **by))
        seen = mark if code == FOLLOWED else "ancienne"
        session.add(FigureEvent(what=FigureStep.verified, mark=seen, **by))
    follow = {"key": FOLLOWED, "person_id": gaelle, "on": day}
    session.add(SubjectFollow(subject=Subject.figure, **follow))
