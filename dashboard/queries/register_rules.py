"""Rules about a whole record of a register: the faults of its values, by field. A rule may fill in
empty values.
"""

import re

from sqlmodel import Session, select

from models.academy import Training, TrainingSession
from models.programmes import Programmes, programmes
from models.roadmap import Plan, Workstream
from models.seats import Seat

_STREAM = re.compile(r"[a-z0-9][a-z0-9\-]{0,29}")
_OF_SESSION = ("starts", "ends", "capacity", "place")  # what a file may change of a session
_TRAINING = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,19}")


def workstream_faults(
    session: Session, stream: Workstream | None, values: dict[str, object]
) -> dict[str, str]:
    """The faults of a workstream: its code does not change, nor does its programme once it has
    milestones.
    """
    known = programmes(session)
    if stream is None:
        return _new_workstream(session, known, values)
    faults = {}
    if values["code"] != stream.code:
        faults["code"] = f"Le chantier {stream.id} a le code {stream.code} : il le garde."
    first = known.periods[0]
    moves = (known.of(values["programme"]) or first) != (known.of(stream.programme_id) or first)
    has_milestones = select(Plan.id).where(Plan.workstream_id == stream.id)
    if moves and session.exec(has_milestones).first():
        faults["programme"] = "Ce chantier a des jalons : il reste dans son programme."
    return faults


def _new_workstream(
    session: Session, known: Programmes, values: dict[str, object]
) -> dict[str, str]:
    faults = {}
    if values["programme"] is None and len(known.periods) > 1:
        names = ", ".join(period.name for period in known.periods)
        faults["programme"] = f"Dites de quel programme : {names}."
    values["programme"] = values["programme"] or known.periods[0].id
    code = values["code"] = values["code"] or f"chantier-{values['number']}"
    other = session.exec(select(Workstream.id).where(Workstream.code == code)).first()
    if not _STREAM.fullmatch(code):
        faults["code"] = "Donnez un code court, en lettres, chiffres et traits d'union."
    elif other is not None:
        faults["code"] = f"Ce code est déjà celui du chantier {other}."
    return faults


def session_faults(
    session: Session, held: TrainingSession | None, values: dict[str, object]
) -> dict[str, str]:
    """The faults of a session: one with seats is changed on its screen, which tells their holders.
    A new one has the places of its training where nobody says how many.
    """
    faults = {}
    if held is None:
        training = session.get(Training, values["training"])
        if values["capacity"] is None and training:
            values["capacity"] = training.capacity
    elif any(values[name] != getattr(held, name) for name in _OF_SESSION):
        of_session = select(Seat.id).where(Seat.session_id == held.id)
        if held.cancelled_on or session.exec(of_session).first():
            faults["on"] = "Cette session est annulée ou a des inscrits : changez-la à l'écran."
    starts, ends = values["starts"], values["ends"]
    if bool(starts) != bool(ends) or (starts and starts >= ends):
        faults["ends"] = "La fin vient après le début : donnez les deux heures, ou aucune."
    return faults


def training_faults(
    _session: Session, training: Training | None, values: dict[str, object]
) -> dict[str, str]:
    """The faults of a training: its code has a fixed form, and approval requires an account."""
    faults = {}
    if training is None and not _TRAINING.fullmatch(values["code"] or ""):
        faults["code"] = "Le code compte 1 à 20 lettres, chiffres, points ou tirets : « F31 »."
    if values["open_to_all"] and values["needs_approval"]:
        faults["open_to_all"] = (
            "Sans compte, personne ne peut demander l'accord d'un responsable : choisissez l'un ou"
            " l'autre."
        )
    return faults
