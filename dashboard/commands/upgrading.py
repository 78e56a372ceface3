"""Upgrades the database (mise à jour): what would change, and the upgrade itself."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from dashboard import french
from dashboard.access import OPERATOR
from dashboard.actions.operations import upgrading
from dashboard.commands import answering, shown_progress
from dashboard.commands.checking import report, verify
from dashboard.figures.kinds import value_of
from dashboard.files.backup_folder import backup_folder
from models import clock
from models.database import engine
from models.location import read_only_engine
from models.texts import Refused

app = typer.Typer()
SOMETHING_TO_DO = 3


@app.command("upgrade")
@answering
def upgrade_command(
    only_look: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Dit ce qui changerait, et n'écrit rien : code 0 s'il n'y a rien à faire, 3 s'il y"
            " a des étapes à faire.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Dossier de la sauvegarde d'avant, au lieu de CP_BACKUP_FOLDER."),
    ] = None,
) -> None:
    """Met la base à jour, service arrêté : sauvegarde, étapes, vérification. Ce qui échoue laisse
    la base comme elle était.
    """
    now = clock.now()
    with read_only_engine() as on:
        plan = upgrading.plan(on, OPERATOR, now)
    if not plan.steps:
        print(f"Rien à faire : la base est à l'étape {plan.here}, celle de ce programme.")
        return
    print(_in_words(plan))
    if only_look:
        print(
            "Rien n'a été écrit. Pour mettre à jour : arrêtez le service, puis « c-possible"
            " upgrade »."
        )
        raise typer.Exit(SOMETHING_TO_DO)
    with shown_progress() as progress:
        path = upgrading.upgrade(engine(), OPERATOR, plan, out or backup_folder(), now, progress)
    print(f"Base mise à jour : étape {plan.newest}. La sauvegarde d'avant est {path}.")
    try:
        report(verify())
    except Refused as refusal:
        raise Refused(
            f"{refusal} La base est à l'étape {plan.newest} : corrigez, ou revenez en arrière avec"
            f" {path} (docs/operate.md, « Going back »)."
        ) from refusal


def _in_words(plan: upgrading.Plan) -> str:
    steps = french.counted(len(plan.steps), "étape")
    most = plan.rows / upgrading.ROWS_A_SECOND + len(plan.steps) * upgrading.SECONDS_A_STEP
    time = french.counted(max(1, round(most)), "seconde")
    if most >= 120:
        time = f"{round(most / 60)} minutes"
    backup = "aucune n'est connue ; « upgrade » en fait une d'abord."
    if plan.backup:
        age = "récente" if plan.is_backup_fresh else "trop ancienne ou d'âge inconnu"
        backup = f"{plan.backup} ({age}) ; « upgrade » en fait une de plus."
    lines = [
        f"Base {plan.engine} à l'étape {plan.here} ; {steps} jusqu'à {plan.newest}. Ce que l'on"
        " en remarque :",
        *(f"  {number}  {sentence}" for number, sentence in plan.steps.items() if sentence),
        f"Taille : {french.size(plan.size)}, {french.counted(plan.rows, 'ligne')} ;"
        f" {french.size(plan.free)} libres sur le disque des données.",
        f"Durée : au plus {time} pour les étapes, comptées à"
        f" {french.number(upgrading.ROWS_A_SECOND)} lignes par seconde comme si chacune était"
        " récrite ; sauvegarde et vérification s'y ajoutent.",
        f"Sauvegarde : {backup}",
        *_figures(plan.here),
    ]
    return "\n".join(lines)


def _figures(step: str) -> Iterator[str]:
    """Each figure of closed months that changes, with the reason."""
    declared = tomllib.loads(Path(__file__).with_name("redefined.toml").read_text("utf-8"))
    changed = [
        (code, change["reason"])
        for change in declared["changes"]
        if step < change["since"]
        for code in change["codes"]
    ]
    if not changed:
        yield "Chiffres des mois clos : aucun ne change de définition."
        return
    yield "Chiffres des mois clos qui sont comptés autrement :"
    for code, reason in changed:
        yield f"  {code} ({value_of(code).label}) : {reason}."
