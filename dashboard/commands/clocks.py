"""The clock (horloge) on the command line: whether its day is believed, and confirming it."""

from typing import Annotated

import typer

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.actions.keeping.doubted_day import confirm_day
from dashboard.commands import answering
from dashboard.queries.keeping.health import in_words
from models import clock
from models.database import reading, writing
from models.doubted_day import doubt
from models.errors import Refused

app = typer.Typer()


@app.command("clock")
@answering
def clock_command(
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Confirme le jour que dit l'horloge.")
    ] = False,
) -> None:
    """Dit si le jour de l'horloge est sûr ; une horloge qui a fait un bond n'enregistre rien tant
    que son jour n'est pas confirmé.
    """
    if confirm:
        with writing(dates_nothing=True) as session:
            print(confirm_day(session, OPERATOR))
        return
    with reading() as session:
        found, day = doubt(session), clock.today(session)
    if found:
        raise Refused(in_words(found))
    print(f"L'horloge suit le temps qui passe : nous sommes le {french.day(day)}.")
