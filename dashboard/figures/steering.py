"""Figures of steering (pilotage): decisions, co-steering, communication, progress groups.

Their facts come with the meetings, decisions and groups; until then they say « n.d. — pas encore mesuré ».
"""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from dashboard.figures.kinds import MONTHS_12, STOCK, Cut, Point, Points, Unit, Value, figure
from dashboard.scope import Scope
from models.roadmap import TargetKind


def unmeasured(*codes: str):
    """The function of a figure whose facts are not recorded yet: no data, never zero."""

    def compute(session: Session, scope: Scope, dates: Sequence[date]) -> Points:
        return {code: [Point(on, None) for on in dates] for code in codes}

    return compute


def _declare(code: str, label: str, *values: Value, window: str, cut: Cut, reader: str, source: str) -> None:
    figure(code, label, *values, window=window, cut=cut, reader=reader, source=source,
           subjects=("roadmap",))(unmeasured(*(value.code for value in values)))


_declare("decisions", "Décisions exécutées à temps",
         Value("decisions.taux", "Décisions exécutées à temps", Unit.percent, TargetKind.rise,
               "Décisions exécutées à leur échéance, divisées par les décisions échues.", ("à temps", "échues")),
         Value("decisions.attente", "En attente de décision", Unit.number, TargetKind.follow,
               "Points inscrits et pas encore décidés."),
         window=MONTHS_12, cut=Cut.owner, reader="DG, CODIR", source="décisions")
_declare("copilotage", "Réunions de co-pilotage tenues",
         Value("copilotage", "Réunions de co-pilotage tenues", Unit.percent, TargetKind.rise,
               "Réunions tenues, divisées par les réunions prévues.", ("tenues", "prévues")),
         window=MONTHS_12, cut=Cut.none, reader="DG", source="réunions")
_declare("presence-conseil", "Conseil de direction : présence",
         Value("presence-conseil", "Conseil de direction : présence", Unit.percent, TargetKind.rise,
               "Présents, divisés par les invités.", ("présents", "invités")),
         window=MONTHS_12, cut=Cut.none, reader="DG", source="réunions")
_declare("communication", "Délai décision → communication aux services",
         Value("communication", "Délai décision → communication aux services", Unit.days, TargetKind.fall,
               "Médiane des jours entre la décision et sa communication aux services."),
         window=MONTHS_12, cut=Cut.none, reader="DG", source="décisions")
_declare("groupes-delais", "Groupes de progrès : livrables à temps",
         Value("groupes-delais", "Groupes de progrès : livrables à temps", Unit.percent, TargetKind.rise,
               "Livrables remis à temps, divisés par les livrables échus.", ("à temps", "échus")),
         window=MONTHS_12, cut=Cut.none, reader="CODIR", source="groupes de progrès")
_declare("groupes-adoption", "Propositions des groupes adoptées",
         Value("groupes-adoption", "Propositions des groupes adoptées", Unit.percent, TargetKind.follow,
               "Propositions adoptées, divisées par les propositions décidées.", ("adoptées", "décidées")),
         window=STOCK, cut=Cut.none, reader="CODIR", source="groupes de progrès")
