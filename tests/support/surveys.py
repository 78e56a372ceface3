"""Answers to a survey as the files that others send."""

import csv
import io
from datetime import date
from random import Random

import xlsxwriter

from dashboard.actions.imports import act_of
from dashboard.actions.register_imports import ImportOptions
from dashboard.queries.surveys import results as survey_results
from models.database import reading
from models.surveys import Survey
from support.transactions import write_with

WORDS = ("Pas du tout d'accord", "Plutôt pas d'accord", "Plutôt d'accord", "Tout à fait d'accord")
MAY = date(2023, 5, 12)
HEADERS = (
    "id",
    "submitdate",
    "lastpage",
    "startlanguage",
    "seed",
    "token",
    "ipaddr",
    "refurl",
    "email. Votre courriel",
    "direction. Votre direction",
    "famille. Votre famille de fonction",
    "Q1. Mon travail a du sens",
    "Q2[SQ001]. Ce qui compte [Le salaire]",
    "Q2[SQ002]. Ce qui compte [Les collègues]",
    "Q3[SQ001]. Nos ambitions [Citoyens]",
    "Q3[SQ002]. Nos ambitions [Modernisation]",
    "Q4. Recommanderiez-vous la Ville ?",
    "Q5. Une chose à changer ?",
)


def sheets(n: int = 120, seed: int = 1, finished: bool = True) -> list[tuple]:
    """Rows of an export: places of very different sizes, one of them tiny."""
    chance = Random(seed)
    found = []
    for i in range(n):
        place = "VC-JSP" if i % 2 else "AD-VOI" if i % 3 else "VC-CUL" if i > 20 else "Une autre"
        found.append(
            (
                i + 1,
                "2023-05-12 10:00:00" if finished else "",
                4,
                "fr",
                1234567,
                "secret-token",
                "10.0.0.7",
                "https://intranet.example",
                "jean.dupont@example.be",
                place,
                ("Technique", "Expertise", "Accueil")[i % 3],
                chance.choice(WORDS),
                chance.choice(("Y", "")),
                chance.choice(("Y", "N")),
                chance.choice(WORDS),
                chance.choice(WORDS),
                chance.randrange(11),
                (
                    f"Il faudrait vraiment revoir l'horaire du dépôt, proposition {i}"
                    if i % 4 == 0
                    else ""
                ),
            )
        )
    return found


def as_csv(rows, headers=HEADERS, separator: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([headers, *rows])
    return out.getvalue().encode()


def as_xlsx(rows, headers=HEADERS) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate([headers, *rows]):
            sheet.write_row(line, 0, cells)
    return out.getvalue()


def wave(**more: object) -> Survey:
    """What Didier says of the file, with what is given in its place."""
    given = {"series": "Essai", "on": MAY, "title": "Essai de mai", "invited": 200}
    return Survey(**given | more)


def brought(
    engine,
    who,
    content: bytes,
    about: Survey | None = None,
    name: str = "reponses.csv",
    **options,
):
    about = about or wave()
    how = ImportOptions(
        on=about.on,
        series=about.series,
        title=about.title,
        invited=about.invited,
        number=about.number,
        citizens=not about.agents,
        **options,
    )
    return write_with(engine, act_of("enquetes"), who, content, name, how)


def told(engine, scope_for, who, survey: int, **address) -> dict[str, survey_results.Result]:
    with reading(engine) as session:
        return {
            r.code: r
            for r in survey_results.results(session, scope_for(session, who, **address), survey)
        }


CODED = (
    "direction. Votre direction",
    "Q1. Mon travail a du sens",
    "Q2[SQ001]. Nos ambitions [Citoyens]",
    "Q2[SQ002]. Nos ambitions [Modernisation]",
    "Q3. Où déjeunez-vous ?",
    "Q3[other]. Où déjeunez-vous ? [Autre]",
    "Q4. Avez-vous un vestiaire ?",
    "Q5. Et l'accueil ?",
)
STEPS = (
    "A1 = Tout à fait d'accord\nA2 = Plutôt d'accord\n\nA3=Plutôt pas d'accord\n A4 = Pas du tout"
    " d'accord"
)


def coded_sheets(n: int = 120) -> list[tuple]:
    chance = Random(7)
    return [
        (
            ("VC-JSP", "AD-VOI")[i % 2],
            *(chance.choice(("A1", "A2", "A3", "A4")) for _ in range(3)),
            chance.choice(("A1", "A2", "-oth-")),
            "Sur un banc" if i % 9 == 0 else "",
            chance.choice("YN"),
            chance.choice((1, 2, 4)),
        )
        for i in range(n)
    ]
