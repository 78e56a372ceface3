"""A survey asked here as Didier makes it, and people who answer it."""

from datetime import timedelta

from sqlalchemy import Engine

from dashboard.access import NOBODY
from dashboard.actions.surveys.answering import SheetInput, take_answers
from dashboard.actions.surveys.making import close_survey, open_survey, write_survey
from dashboard.actions.surveys.questions import QuestionInput, write_question
from dashboard.queries.surveys.asked import questions_of
from models.database import reading, writing
from models.surveys import QuestionKind, Survey
from tests.support.transactions import write_with
from tests.support.troupe import FROZEN

WORDS = ("Pas d'accord", "Plutôt pas d'accord", "Plutôt d'accord", "Tout à fait d'accord")
CLOSES = FROZEN + timedelta(days=14)
LINES = ("Les horaires", "Les tenues")


def drafted(engine: Engine, reader, **about: object) -> tuple[int, dict[str, int]]:
    """A draft with one question of each kind: its id, and name → the id of each question; of a matrix
    that of its first line, and of each line by its words.
    """
    given = Survey(**{"title": "Vos outils de tous les jours", "closes_on": CLOSES} | about)
    with writing(engine) as session:
        found = write_survey(session, reader, given).id
        asked: dict[str, int] = {}

        def ask(name: str, kind: QuestionKind, text: str, **how: object) -> None:
            question = QuestionInput(kind, text, **how)
            asked[name] = write_question(session, reader, found, question).id

        kinds = QuestionKind
        ask("car", kinds.single, "Avez-vous un véhicule de service ?", choices=("Oui", "Non"))
        rule = {"only_if_id": asked["car"], "only_if": "Oui"}
        ask("which", kinds.free, "Lequel ?", required=True, **rule)
        ask("tools", kinds.multiple, "Vos outils", choices=("Téléphone", "Tablette", "Papier"))
        ask("ease", kinds.one_to_five, "Est-ce facile ?", required=True)
        ask("praise", kinds.zero_to_ten, "Le recommanderiez-vous ?")
        ask("both", kinds.matrix, "Vous convient-il ?", choices=WORDS, lines=LINES)
        ask("text", kinds.free, "Autre chose ?")
        lines = {line.text: line.id for line in questions_of(session, found) if line.matrix}
    return found, asked | lines


def opened(engine: Engine, reader, **about: object) -> tuple[Survey, dict[str, int]]:
    found, asked = drafted(engine, reader, **about)
    write_with(engine, open_survey, reader, found)
    with reading(engine) as session:
        return session.get(Survey, found), asked


def statements(engine: Engine, reader, *texts: str, **about: object) -> tuple[Survey, list[int]]:
    """An open survey of statements: its row, and the id of each."""
    given = Survey(**{"title": "Sur quoi s'accorde-t-on ?", "closes_on": CLOSES} | about)
    with writing(engine) as session:
        number = write_survey(session, reader, given).id
        for text in texts:
            write_question(session, reader, number, QuestionInput(QuestionKind.statement, text))
        found = open_survey(session, reader, number)
        return found, [one.id for one in questions_of(session, number)]


def said(asked: dict[str, int], text: str = "", **more: object) -> dict[int, object]:
    """A whole sheet, with what is given in the place of what most say."""
    answers = {
        "car": "Non",
        "tools": ("Papier",),
        "ease": "4",
        "praise": "9",
        LINES[0]: WORDS[2],
        LINES[1]: WORDS[0],
        "text": text,
    } | more
    return {asked[name]: answer for name, answer in answers.items()}


def answer(
    engine: Engine,
    key: str,
    answers: dict[int, object],
    form: str,
    direction: int | None = None,
    invitation: str = "",
) -> bool:
    with writing(engine) as session:
        sheet = SheetInput(answers, form, direction, invitation)
        return take_answers(session, NOBODY, key, sheet)


def answered_by(engine: Engine, found: Survey, asked: dict[str, int], many: int) -> None:
    for n in range(many):
        assert answer(engine, found.key, said(asked, f"Mot numéro {n}"), f"jeton-prive-{n}")


def closed(engine: Engine, reader, survey_id: int) -> None:
    write_with(engine, close_survey, reader, survey_id)
