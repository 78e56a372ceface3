"""A questionnaire of ours as Didier makes it, and people who answer it."""

from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import select

from dashboard.access import NOBODY
from dashboard.actions.surveys.answering import SheetInput, Way, take_answers
from dashboard.actions.surveys.asked import QuestionInput, write_question
from dashboard.actions.surveys.questionnaires import (
    QuestionnaireInput,
    open_questionnaire,
    write_questionnaire,
)
from models.database import reading, writing
from models.questionnaires import AskedKind, AskedQuestion, Questionnaire

from .troupe import FROZEN

WORDS = ("Pas d'accord", "Plutôt pas d'accord", "Plutôt d'accord", "Tout à fait d'accord")
CLOSES = FROZEN + timedelta(days=14)


def drafted(engine: Engine, reader, **about: object) -> tuple[int, dict[str, int]]:
    """A draft with one question of each kind: its id, and name → the id of each question."""
    given = QuestionnaireInput(
        **{"title": "Vos outils de tous les jours", "closes_on": CLOSES} | about
    )
    with writing(engine) as session:
        found = write_questionnaire(session, reader, given).id
        asked: dict[str, int] = {}

        def ask(name: str, kind: AskedKind, text: str, **how: object) -> None:
            question = QuestionInput(kind, text, **how)
            asked[name] = write_question(session, reader, found, question).id

        kinds = AskedKind
        ask("car", kinds.single, "Avez-vous un véhicule de service ?", choices=("Oui", "Non"))
        rule = {"only_if_id": asked["car"], "only_if": "Oui"}
        ask("which", kinds.free, "Lequel ?", required=True, **rule)
        ask("tools", kinds.multiple, "Vos outils", choices=("Téléphone", "Tablette", "Papier"))
        ask("ease", kinds.one_to_five, "Est-ce facile ?", required=True)
        ask("praise", kinds.zero_to_ten, "Le recommanderiez-vous ?")
        lines = ("Les horaires", "Les tenues")
        ask("both", kinds.matrix, "Vous convient-il ?", choices=WORDS, lines=lines)
        ask("text", kinds.free, "Autre chose ?")
    return found, asked


def opened(engine: Engine, reader, **about: object) -> tuple[Questionnaire, dict[str, int]]:
    found, asked = drafted(engine, reader, **about)
    with writing(engine) as session:
        open_questionnaire(session, reader, found)
    with reading(engine) as session:
        return session.get(Questionnaire, found), asked


def said(asked: dict[str, int], text: str = "", **more: object) -> dict[int, object]:
    """A whole sheet, with what is given in the place of what most say."""
    answers = {
        "car": "Non",
        "tools": ("Papier",),
        "ease": "4",
        "praise": "9",
        "both": {"Les horaires": WORDS[2], "Les tenues": WORDS[0]},
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
        sheet = SheetInput(answers, direction)
        return take_answers(session, NOBODY, key, sheet, Way(form, invitation))


def answered_by(engine: Engine, found: Questionnaire, asked: dict[str, int], many: int) -> None:
    for n in range(many):
        assert answer(engine, found.key, said(asked, f"Mot numéro {n}"), f"jeton-prive-{n}")


def questions(session, questionnaire_id: int) -> list[AskedQuestion]:
    return session.exec(
        select(AskedQuestion)
        .where(AskedQuestion.questionnaire_id == questionnaire_id)
        .order_by(AskedQuestion.position)
    ).all()
