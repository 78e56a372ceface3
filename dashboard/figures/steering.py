"""Figures of steering (pilotage): decisions, co-steering, communication.

Their facts come with the meetings and decisions; until then they say « n.d. — pas encore mesuré ».
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from dashboard.figures.kinds import MONTHS_12, Cut, Point, Points, Unit, Value, figure
from dashboard.scope import Scope
from models.roadmap import TargetKind


def unmeasured(*codes: str):
    """The function of a figure whose facts are not recorded yet: no data, never zero."""

    def compute(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
        return {code: [Point(on, None) for on in dates] for code in codes}

    return compute


def declare_unmeasured(code: str, label: str, *values: Value, window: str, cut: Cut, reader: str, source: str) -> None:
    figure(code, label, *values, window=window, cut=cut, reader=reader, source=source,
           subjects=("roadmap",))(unmeasured(*(value.code for value in values)))


declare_unmeasured("decisions", "Décisions exécutées à temps",
         Value("decisions.taux", "Décisions exécutées à temps", Unit.percent, TargetKind.rise,
               "Décisions exécutées à leur échéance, divisées par les décisions échues.", ("à temps", "échues")),
         Value("decisions.attente", "En attente de décision", Unit.number, TargetKind.follow,
               "Points inscrits et pas encore décidés."),
         window=MONTHS_12, cut=Cut.owner, reader="DG, CODIR", source="décisions")
declare_unmeasured("copilotage", "Réunions de co-pilotage tenues",
         Value("copilotage", "Réunions de co-pilotage tenues", Unit.percent, TargetKind.rise,
               "Réunions tenues, divisées par les réunions prévues.", ("tenues", "prévues")),
         window=MONTHS_12, cut=Cut.none, reader="DG", source="réunions")
declare_unmeasured("presence-conseil", "Conseil de direction : présence",
         Value("presence-conseil", "Conseil de direction : présence", Unit.percent, TargetKind.rise,
               "Présents, divisés par les invités.", ("présents", "invités")),
         window=MONTHS_12, cut=Cut.none, reader="DG", source="réunions")
declare_unmeasured("communication", "Délai décision → communication aux services",
         Value("communication", "Délai décision → communication aux services", Unit.days, TargetKind.fall,
               "Médiane des jours entre la décision et sa communication aux services."),
         window=MONTHS_12, cut=Cut.none, reader="DG", source="décisions")
