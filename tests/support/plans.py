"""Elements of the PST as tests look at them."""

from datetime import date

from sqlmodel import Session

from dashboard.queries.roadmap import PlanAt, whole_roadmap


def project_at(session: Session, code: str, on: date) -> PlanAt | None:
    """One element of the PST as it was on a day; None where there is none of this code."""
    known = whole_roadmap(session).elements(on)
    return next((at for at in known if at.plan.number == code), None)
