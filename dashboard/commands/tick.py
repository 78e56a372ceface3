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
    sent = done.sent
    parts = [french.counted(n, item, many) for item, many, n in done.done]
    mails = french.counted(sent.mails, "courriel envoyé", "courriels envoyés")
    parts.append(f"{mails} ({french.counted(sent.notices, 'avis', 'avis')})")
    if sent.refused:
        parts.append(french.counted(sent.refused, "courriel refusé", "courriels refusés"))
    if done.was_backed_up:
        parts.append("sauvegarde du jour faite")
    print(f"Passage fait : {', '.join(parts)}.")
    if sent.message and not sent.unreachable:
        print(sent.message)
    if done.troubles:
        raise Refused(" ".join(dict.fromkeys(done.troubles)))
