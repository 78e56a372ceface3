"""Erasing a person from surveys: her unused invitations."""

from sqlmodel import Session, select

from models.surveys import InvitedCount, SurveyInvitation


def forget_invitations(session: Session, person_id: int) -> None:
    """Deletes her invitations and lowers the counts of invited persons: otherwise she would appear
    to have answered.
    """
    unused = select(SurveyInvitation).where(SurveyInvitation.person_id == person_id)
    for invitation in session.exec(unused.with_for_update()).all():
        place = (invitation.survey_id, invitation.direction_id or 0)
        row = session.get(InvitedCount, place, with_for_update=True)
        if row is not None:
            row.invited -= 1
            session.add(row)
        session.delete(invitation)
