"""Rules about a whole record of a register: the faults of its values, by field (empty: none). A
rule may fill in empty values.
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
) -> dict[str, object]:
    """The faults of a workstream: its code does not change, nor does its programme once it has
    milestones.
    """
    known = programmes(session)
    if stream is None:
        return _new_workstream(session, known, values)
    first = known.periods[0]
    moves = (known.of(values["programme"]) or first) != (known.of(stream.programme_id) or first)
    has_milestones = (
        moves and session.exec(select(Plan.id).where(Plan.workstream_id == stream.id)).first()
    )
    return {
        "code": values["code"] != stream.code
        and f"Le chantier {stream.id} a le code {stream.code} : il le garde.",
        "programme": has_milestones and "Ce chantier a des jalons : il reste dans son programme.",
    }


def _new_workstream(
    session: Session, known: Programmes, values: dict[str, object]
) -> dict[str, object]:
    names = ", ".join(period.name for period in known.periods)
    needed = values["programme"] is None and len(known.periods) > 1
    values["programme"] = values["programme"] or known.periods[0].id
    code = values["code"] = values["code"] or f"chantier-{values['number']}"
    other = session.exec(select(Workstream.id).where(Workstream.code == code)).first()
    taken = other is not None and f"Ce code est déjà celui du chantier {other}."
    is_code = _STREAM.fullmatch(code)
    return {
        "programme": needed and f"Dites de quel programme : {names}.",
        "code": taken
        if is_code
        else "Donnez un code court, en lettres, chiffres et traits d'union.",
    }


def session_faults(
    session: Session, held: TrainingSession | None, values: dict[str, object]
) -> dict[str, object]:
    """The faults of a session: one with seats is changed on its screen, which tells their holders.
    A new one has the places of its training where nobody says how many.
    """
    is_taken = False
    if held is None:
        training = session.get(Training, values["training"])
        if values["capacity"] is None and training:
            values["capacity"] = training.capacity
    elif any(values[name] != getattr(held, name) for name in _OF_SESSION):
        of_session = select(Seat.id).where(Seat.session_id == held.id)
        is_taken = held.cancelled_on or session.exec(of_session).first()
    starts, ends = values["starts"], values["ends"]
    is_odd = bool(starts) != bool(ends) or (starts and starts >= ends)
    return {
        "on": is_taken and "Cette session est annulée ou a des inscrits : changez-la à l'écran.",
        "ends": is_odd and "La fin vient après le début : donnez les deux heures, ou aucune.",
    }


def training_faults(
    _session: Session, training: Training | None, values: dict[str, object]
) -> dict[str, object]:
    """The faults of a training: its code has a fixed form, and approval requires an account."""
    is_code = training is not None or _TRAINING.fullmatch(values["code"] or "")
    both = values["open_to_all"] and values["needs_approval"]
    return {
        "code": not is_code
        and "Le code compte 1 à 20 lettres, chiffres, points ou tirets : « F31 ».",
        "open_to_all": both
        and "Sans compte, personne ne peut demander l'accord d'un responsable : choisissez l'un ou"
        " l'autre.",
    }
