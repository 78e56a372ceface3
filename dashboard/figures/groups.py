"""Figures of the progress groups (groupes de progrès). Their facts come with the groups; until then n.d."""

from dashboard.figures.kinds import MONTHS_12, STOCK, Cut, Unit, Value
from dashboard.figures.steering import declare_unmeasured
from models.roadmap import TargetKind

declare_unmeasured("groupes-delais", "Groupes de progrès : livrables à temps",
         Value("groupes-delais", "Groupes de progrès : livrables à temps", Unit.percent, TargetKind.rise,
               "Livrables remis à temps, divisés par les livrables échus.", ("à temps", "échus")),
         window=MONTHS_12, cut=Cut.none, reader="CODIR", source="groupes de progrès")
declare_unmeasured("groupes-adoption", "Propositions des groupes adoptées",
         Value("groupes-adoption", "Propositions des groupes adoptées", Unit.percent, TargetKind.follow,
               "Propositions adoptées, divisées par les propositions décidées.", ("adoptées", "décidées")),
         window=STOCK, cut=Cut.none, reader="CODIR", source="groupes de progrès")
