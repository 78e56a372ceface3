"""A crowd that answers at once through the pages themselves."""

from pathlib import Path

import pytest
from sqlmodel import select
from support import crowd
from support.crossing import rest
from support.questionnaires import opened
from support.served import Served

from dashboard.actions.surveys.questionnaires import close_questionnaire
from models.database import reading, writing
from models.questionnaires import WaitingSheets
from models.signing import signing_key
from models.surveys import Survey, SurveyAnswer

pytestmark = [pytest.mark.slow, pytest.mark.locks]


@pytest.fixture
def serve(demo_copy, tmp_path):
    """A server on this database."""
    url = demo_copy.url.render_as_string(hide_password=False)
    is_file = demo_copy.dialect.name == "sqlite"
    folder = Path(demo_copy.url.database).parent if is_file else tmp_path / "var"
    folder.mkdir(exist_ok=True)
    given = {
        "CP_TICK_MINUTES": "0",
        # What waits is sealed by the server, and the test closes.
        "CP_SECRET_KEY": signing_key(),
    }
    server = Served(
        folder, settings=given if is_file else given | {"DATABASE_URL": url}, forks=True
    )
    yield server.start()
    server.stop()


# On PostgreSQL fifty phones at once are counted by tests/test_questionnaires.py.
@pytest.mark.parametrize("demo_copy", ["sqlite", *rest("postgresql")], indirect=True)
def test_answers_by_phones_a_tablet_and_paper_count_once_each(demo_copy, serve, cast):
    found, asked = opened(demo_copy, cast.didier, series="Cinq cents")
    sheet = {f"q{asked['car']}": "Non", f"q{asked['ease']}": "4"}
    address = f"/questionnaire?q={found.key}"
    told = crowd.answered(serve.url, address, sheet, f"q{asked['text']}")
    assert {answer.status_code for answer in told} == {200}
    assert all(crowd.TAKEN in answer.text for answer in told) and len(told) > crowd.ALL
    with reading(demo_copy) as session:
        waiting = session.get(WaitingSheets, found.id).n
        entered = session.get(Survey, found.survey_id).answered
    assert entered + waiting == crowd.ALL and waiting < 10
    with writing(demo_copy) as session:
        close_questionnaire(session, cast.didier, found.id)
    with reading(demo_copy) as session:
        words = session.exec(
            select(SurveyAnswer.text).where(
                SurveyAnswer.survey_id == found.survey_id, SurveyAnswer.text.is_not(None)
            )
        ).all()
    wanted = [word for stream in crowd.streams(address) for word in stream.words]
    assert sorted(words) == sorted(wanted) and len(words) == crowd.ALL
