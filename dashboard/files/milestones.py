"""The milestones of the roadmap (jalons) as a file, in and out: one row a milestone, with the
calendar that is in force. What goes out comes back without a change.
"""

from datetime import date
from functools import cache

from dashboard.files.registers import RegisterLayout, RegisterRow, read_register
from dashboard.files.uploads import open_table
from models.settings import ROOT

# The first day of the programme for which the proposed milestones were written.
PROPOSED_FROM = date(2021, 1, 1)
_PROPOSED = ROOT / "seed" / "jalons.csv"

HEADERS = (
    "numéro",
    "chantier",
    "titre",
    "poids",
    "critique",
    "échelle",
    "début",
    "échéance",
    "porteur",
    "direction",
    "raison",
)
MILESTONES = RegisterLayout(
    names={
        "number": ("numéro", "n°", "numero", "number", "code"),
        "workstream": ("chantier", "workstream", "axe"),
        "title": ("titre", "title", "jalon", "action", "intitulé"),
        "weight": ("poids", "weight", "pondération"),
        "critical": ("critique", "critical"),
        "ladder": ("échelle", "ladder", "par paliers"),
        "start": ("début", "start", "date de début"),
        "end": ("échéance", "fin", "end", "date de fin", "date prévue"),
        "owner": ("porteur", "responsable", "owner", "pilote"),
        "direction": ("direction", "direction du porteur", "service"),
        "reason": ("raison", "motif", "raison de la révision"),
    },
    needed=("number",),
    reads={
        "weight": "number",
        "critical": "flag",
        "ladder": "flag",
        "start": "date",
        "end": "date",
    },
    main="number",
)


@cache
def proposed() -> list[RegisterRow]:
    """The milestones that come along as a proposal (jalons proposés): nobody has them before she
    takes them.
    """
    table = read_register(open_table(_PROPOSED, known=MILESTONES.known), MILESTONES)
    return [row for row in table.rows if isinstance(row, RegisterRow)]
