"""The kinds, channels and states of an entry (états d'une idée), and the rules of each state."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from models.scales import Word


class IdeaKind(Word):
    """Genre. Only an idée or a suggestion is decided; the others are answered, « prises en compte
    ».
    """

    idea = "idee", "Idée"
    suggestion = "suggestion", "Suggestion"
    finding = "constat", "Constat"
    improvement = "amelioration", "Amélioration en cours"
    expectation = "attente", "Attente"
    objection = "objection", "Objection"
    comment = "commentaire", "Commentaire"

    @property
    def is_decided(self) -> bool:
        return self in (IdeaKind.idea, IdeaKind.suggestion)


class Channel(Word):
    """Canal: how the entry reached us."""

    workshop = "atelier", "Atelier ou rencontre"
    form = "formulaire", "Formulaire"
    paper = "papier", "Papier"
    relay = "relais", "Relais d'un ambassadeur"
    mail = "courriel", "Courriel"
    phone = "telephone", "Téléphone"
    survey = "questionnaire", "Questionnaire"
    imported = "import", "Import"


class Audience(Word):
    agents = "agents", "Les agents"
    citizens = "citoyens", "Les citoyens"
    politics = "politique", "Le politique"


class Phase(Enum):
    """The part of an entry's life that a state belongs to."""

    open = "not decided yet"
    retained = "decided, and to be done"
    otherwise = "decided, and nothing is to be done"
    postponed = "answered, and taken up again later"
    heard = "answered, and nothing is to be decided"
    elsewhere = "answered by another service"
    gone = "over without an answer: its life goes on in another entry, or nowhere"


class FunnelStage(IntEnum):
    """Étape: the stage that an entry in a state has reached, for the funnel; in order."""

    filed = 0
    read = 1
    studied = 2
    decided = 3
    retained = 4
    done = 5

    @property
    def label(self) -> str:
        labels = ("Déposées", "Lues", "À l'étude", "Décidées", "Retenues", "Réalisées")
        return labels[self]


@dataclass(frozen=True)
class StatusRules:
    """The rules of a state.

    `message` is the notice to the author, after « votre idée » ({e}: the feminine ending);
    `leads_to` lists the codes of the next states. `only_decided`: for ideas and suggestions only.
    `by_own_act`: set by a separate act, not chosen in an answer. `is_usual`: one of the buttons
    of an answer; the others are in its list. `contrary` are words that contradict it.
    """

    phase: Phase
    stage: FunnelStage
    message: str
    leads_to: str = ""
    only_decided: bool = False
    by_own_act: bool = False
    is_usual: bool = False
    contrary: tuple[str, ...] = ()


_ANSWERED = " retenue deja-en-place reportee non-retenue"
_NO = ("malheureusement", "nous ne pouvons pas", "n'est pas possible", "n'est pas retenue")
_YES = ("c'est fait", "est retenue", "bonne nouvelle", "est commandé", "sera réalisé")


class IdeaStatus(Word):
    """État: code, label and rules. A new state is one entry here; lists, tone, funnel, notices and
    figures use its rules.
    """

    rules: StatusRules

    received = (
        "recue",
        "Reçue",
        StatusRules(
            Phase.open,
            FunnelStage.filed,
            "est reçu{e}",
            "lue a-l-etude en-groupe soumise fusionnee reorientee retiree" + _ANSWERED,
        ),
    )
    read = (
        "lue",
        "Lue",
        StatusRules(
            Phase.open,
            FunnelStage.read,
            "est lu{e}",
            "a-l-etude en-groupe soumise fusionnee reorientee retiree" + _ANSWERED,
            by_own_act=True,
        ),
    )
    studied = (
        "a-l-etude",
        "À l'étude",
        StatusRules(
            Phase.open,
            FunnelStage.studied,
            "est à l'étude",
            "en-groupe soumise fusionnee reorientee retiree" + _ANSWERED,
            is_usual=True,
        ),
    )
    in_group = (
        "en-groupe",
        "En groupe de progrès",
        StatusRules(
            Phase.open,
            FunnelStage.studied,
            "est confié{e} à un groupe de progrès",
            "a-l-etude soumise fusionnee retiree" + _ANSWERED,
        ),
    )
    submitted = (
        "soumise",
        "Soumise au CODIR",
        StatusRules(
            Phase.open,
            FunnelStage.studied,
            "est soumis{e} au CODIR",
            "a-l-etude en-groupe retiree" + _ANSWERED,
            only_decided=True,
        ),
    )
    accepted = (
        "retenue",
        "Retenue",
        StatusRules(
            Phase.retained,
            FunnelStage.retained,
            "est retenu{e}",
            "realisee reportee non-retenue",
            only_decided=True,
            is_usual=True,
            contrary=_NO,
        ),
    )
    implemented = (
        "realisee",
        "Réalisée",
        StatusRules(
            Phase.retained,
            FunnelStage.done,
            "est réalisé{e}",
            only_decided=True,
            is_usual=True,
            contrary=_NO,
        ),
    )
    already = (
        "deja-en-place",
        "Déjà en place",
        StatusRules(
            Phase.otherwise,
            FunnelStage.decided,
            "est déjà en place",
            only_decided=True,
            contrary=_NO,
        ),
    )
    postponed = (
        "reportee",
        "Reportée",
        StatusRules(
            Phase.postponed,
            FunnelStage.studied,
            "est reporté{e}",
            "a-l-etude retenue non-retenue retiree",
            only_decided=True,
        ),
    )
    refused = (
        "non-retenue",
        "Non retenue",
        StatusRules(
            Phase.otherwise,
            FunnelStage.decided,
            "n'est pas retenu{e}",
            "a-l-etude",
            only_decided=True,
            is_usual=True,
            contrary=_YES,
        ),
    )
    taken_in = (
        "prise-en-compte",
        "Prise en compte",
        StatusRules(Phase.heard, FunnelStage.read, "est pris{e} en compte", is_usual=True),
    )
    merged = (
        "fusionnee",
        "Fusionnée",
        StatusRules(Phase.gone, FunnelStage.filed, "en rejoint un{e} autre", by_own_act=True),
    )
    redirected = (
        "reorientee",
        "Réorientée",
        StatusRules(Phase.elsewhere, FunnelStage.filed, "est transmis{e} au service qui convient"),
    )
    withdrawn = (
        "retiree",
        "Retirée",
        StatusRules(Phase.gone, FunnelStage.filed, "est retiré{e}", by_own_act=True),
    )

    @property
    def is_open(self) -> bool:
        """« Idées à décider »: not decided yet."""
        return self.rules.phase is Phase.open

    @property
    def is_retained(self) -> bool:
        """Accepted: to be done or done."""
        return self.rules.phase is Phase.retained

    @property
    def is_decided(self) -> bool:
        return self.rules.phase in (Phase.retained, Phase.otherwise)

    @property
    def is_answer(self) -> bool:
        """Entering this state is a first answer to the author."""
        return self.rules.phase not in (Phase.open, Phase.gone)

    @property
    def is_gone(self) -> bool:
        """Merged or withdrawn: it receives no more answers."""
        return self.rules.phase is Phase.gone

    @property
    def is_off_path(self) -> bool:
        """Merged, withdrawn or passed to another service: in no list of pending work, nor on a
        wall.
        """
        return self.rules.phase in (Phase.gone, Phase.elsewhere)

    @property
    def needs_reason(self) -> bool:
        """Every state from Retenue on is explained to the author; a withdrawal is the author's own
        act.
        """
        return not self.is_open and self is not IdeaStatus.withdrawn

    @property
    def tone(self) -> str:
        if self.is_open:
            return "open"
        return "accepted" if self.is_retained else "closed"


OPEN = tuple(status for status in IdeaStatus if status.is_open)
RETAINED = tuple(status for status in IdeaStatus if status.is_retained)
DECIDED = tuple(status for status in IdeaStatus if status.is_decided)
ANSWERS = tuple(status for status in IdeaStatus if status.is_answer)
GONE = tuple(status for status in IdeaStatus if status.is_gone)
OFF_PATH = tuple(status for status in IdeaStatus if status.is_off_path)


def next_statuses(kind: IdeaKind, status: IdeaStatus) -> list[IdeaStatus]:
    """The next states of an entry of this kind, in the order of the vocabulary."""
    following = {IdeaStatus(code) for code in status.rules.leads_to.split()}
    if not kind.is_decided:
        following = {state for state in following if not state.rules.only_decided}
        if status.is_open:
            following.add(IdeaStatus.taken_in)
    return [state for state in IdeaStatus if state in following]
