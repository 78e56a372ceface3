"""A crowd that answers at once through the pages themselves."""

from pathlib import Path

import pytest
from sqlmodel import select
from support import crowd
from support.questionnaires import opened
from support.served import Served

from dashboard.actions.surveys.making import close_survey
from models.database import reading, writing
from models.signing import signing_key
from models.surveys import Survey, SurveyAnswer, WaitingSheets

pytestmark = [pytest.mark.slow, pytest.mark.locks]


@pytest.fixture
def serve(sqlite_copy):
    """A server on this database."""
    given = {
        "CP_TICK_MINUTES": "0",
        # What waits is sealed by the server, and the test closes.
        "CP_SECRET_KEY": signing_key(),
    }
    server = Served(Path(sqlite_copy.url.database).parent, settings=given, forks=True)
    yield server.start()
    server.stop()


# On PostgreSQL fifty phones at once are counted by tests/test_questionnaires.py.
def test_answers_by_phones_a_tablet_and_paper_count_once_each(sqlite_copy, serve, cast):
    found, asked = opened(sqlite_copy, cast.didier, series="Cinq cents")
    sheet = {f"q{asked['car']}": "Non", f"q{asked['ease']}": "4"}
    address = f"/questionnaire?q={found.key}"
    told = crowd.answered(serve.url, address, sheet, f"q{asked['text']}")
    assert {answer.status_code for answer in told} == {200}
    assert all(crowd.TAKEN in answer.text for answer in told) and len(told) > crowd.ALL
    with reading(sqlite_copy) as session:
        waiting = session.get(WaitingSheets, found.id).n
        entered = session.get(Survey, found.id).answered
    assert entered + waiting == crowd.ALL and waiting < 10
    with writing(sqlite_copy) as session:
        close_survey(session, cast.didier, found.id)
    with reading(sqlite_copy) as session:
        words = session.exec(
            select(SurveyAnswer.text).where(
                SurveyAnswer.survey_id == found.id, SurveyAnswer.text.is_not(None)
            )
        ).all()
    wanted = [word for stream in crowd.streams(address) for word in stream.words]
    assert sorted(words) == sorted(wanted) and len(words) == crowd.ALL
