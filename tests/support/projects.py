"""One project of the PST as it was on a day."""

from datetime import date

from sqlmodel import Session

from dashboard.queries.projects import ProjectAt, projects_at


def project_at(session: Session, code: str, on: date) -> ProjectAt | None:
    """None where there is none of this code."""
    return next((p for p in projects_at(session, on) if p.code == code), None)
