"""What surveys know of a person who is erased: that she was invited and has not answered."""

from sqlmodel import Session, select

from models.surveys import InvitedCount, SurveyInvitation


def forget_invitations(session: Session, person_id: int) -> None:
    """Her invitations go, and nobody counts her among those who were invited: whoever is left out
    would else look as if she had answered.
    """
    left = select(SurveyInvitation).where(SurveyInvitation.person_id == person_id)
    for invitation in session.exec(left.with_for_update()).all():
        place = (invitation.survey_id, invitation.direction_id or 0)
        row = session.get(InvitedCount, place, with_for_update=True)
        if row is not None:
            row.invited -= 1
            session.add(row)
        session.delete(invitation)
