"""What an import did with each line of its file, and the sentences that say it."""

from dataclasses import dataclass, field

from dashboard.files.matching.fields import Fields
from dashboard.files.matching.layout import Layout
from dashboard.files.registers import ReadTable
from dashboard.files.tables import Problem, Warned
from dashboard.french import counted

_COUNTS = "rows new changed unchanged gone returned unpublished written".split()


@dataclass
class ImportReport:
    """Compte rendu d'import. `gone` counts what the source still gave the last time and this file
    lacks, `returned` what the last one lacked: nothing is deleted.
    """

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    returned: int = 0
    # Rows that their source shows to nobody: they come in, and are shown to nobody here either.
    unpublished: int = 0
    refused: list[Problem] = field(default_factory=list)
    warnings: Warned = field(default_factory=Warned)
    written: bool = False
    strict: bool = False
    source: str = ""
    elsewhere: str = ""  # another source that has most of the titles of new rows
    layout: Layout | None = None
    table: ReadTable | None = None  # of a survey, which is held in memory
    fields: Fields | None = None
    # Field → word of the file that is none of ours → ours.
    unknown: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    noun: str = ""
    # What one kind counts beside, as the JSON has it; what is to be known of it, one sentence each.
    more: dict[str, object] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    @property
    def lines_refused(self) -> int:
        """A line may have several faults: it is refused once."""
        return len({problem.line for problem in self.refused})

    def as_json(self) -> dict:
        """The stable machine-readable layout."""
        return (
            {name: getattr(self, name) for name in _COUNTS}
            | {
                "refused": [
                    {"line": p.line, "column": p.column, "reason": p.reason} for p in self.refused
                ],
                "warnings": [{"line": p.line, "reason": p.message} for p in self.warnings],
            }
            | self.more
        )

    def summary(self) -> list[str]:
        """What is to be known beside the counts, one sentence each."""
        sentences = []
        if self.unpublished:
            hidden = counted(
                self.unpublished,
                "entrée que sa source ne montre pas (corbeille, masquée, brouillon) n'est pas"
                " publiée",
                "entrées que leur source ne montre pas (corbeille, masquées, brouillons) ne sont"
                " pas publiées",
            )
            sentences.append(f"{hidden} ici non plus.")
        if self.returned:
            back = counted(self.returned, "absente est revenue", "absentes sont revenues")
            sentences.append(f"{back} dans le fichier.")
        return sentences + self.told

    def sentences(self) -> list[str]:
        """The report in French, one sentence each: the counts, what was not taken, what to look
        at.
        """
        counts = (
            (self.new, "nouvelle"),
            (self.changed, "modifiée"),
            (self.unchanged, "inchangée"),
            (self.lines_refused, "refusée"),
        )
        sentences = [
            f"{counted(self.rows, 'ligne')} : {', '.join(counted(n, word) for n, word in counts)}."
        ]
        sentences += self.summary()
        if self.layout and self.layout.columns:
            sentences.append(self.layout.read_as(self.fields))
        if self.gone:
            verb = "figure" if self.gone == 1 else "figurent"
            sentences.append(
                f"{counted(self.gone, self.noun)} de cette source ne {verb} plus dans le fichier :"
                " rien n'est supprimé."
            )
        sentences += [
            f"Refusée, ligne {p.line}{f', colonne « {p.column} »' if p.column else ''} :"
            f" {p.message}"
            for p in Warned(self.refused)
        ]
        sentences += [f"À vérifier, ligne {p.line} : {p.message}" for p in self.warnings]
        if self.written:
            return [*sentences, "L'import est enregistré."]
        if self.strict and self.refused:
            return [*sentences, "Rien n'a été écrit : des lignes sont refusées."]
        return [*sentences, "Essai : rien n'a été écrit."]
