"""The round (passage) on the command line, for cron: cleans up, reminds, sends pending mails."""

from typing import Annotated

import typer

from dashboard import french
from dashboard.actions.operations import tick
from dashboard.commands import answering
from models.texts import Refused

app = typer.Typer()


@app.command("tick")
@answering
def tick_command(
    confirm_day: Annotated[
        bool,
        typer.Option(help="Le jour de l'horloge est le bon, même avant celui du dernier passage."),
    ] = False,
) -> None:
    """Fait un passage : range, relance, envoie les courriels qui attendent ; sans danger si un
    autre est en cours.
    """
    done = tick.run(is_day_confirmed=confirm_day)
    if not done.was_alone:
        print("Un autre passage est en cours : rien à faire.")
        return
    print(_in_words(done))
    if done.sent.message and not done.sent.unreachable:
        print(done.sent.message)
    if done.troubles:
        raise Refused(" ".join(dict.fromkeys(done.troubles)))


def _in_words(done: tick.Round) -> str:
    parts = [french.counted(n, item, many) for item, many, n in done.done]
    parts.append(
        f"{french.counted(done.sent.mails, 'courriel envoyé', 'courriels envoyés')} "
        f"({french.counted(done.sent.notices, 'avis', 'avis')})"
    )
    if done.sent.refused:
        parts.append(french.counted(done.sent.refused, "courriel refusé", "courriels refusés"))
    if done.was_backed_up:
        parts.append("sauvegarde du jour faite")
    return f"Passage fait : {', '.join(parts)}."
