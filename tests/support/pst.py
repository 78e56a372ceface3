"""Files of the PST, as the town's tool writes them."""

from collections.abc import Sequence

from dashboard.files.pst.elements import HEADERS
from dashboard.files.pst.markup import Document, Node, written
from dashboard.files.writing import as_bytes

_FIELDS = (
    *("Libelle", "DateDebut", "DateFin", "Description", "Statut", "TauxAvancement"),
    *("RemarqueStatut", "ETP", "Plans", "Partenaires", "Articles", "Projections"),
)


def pst(*actions: Node, encoding: str = "UTF-8") -> bytes:
    """One volet, one objective of each level, these actions."""
    operational = _below("ObjectifOperationnel", "O", "Actions", *actions)
    strategic = _below("ObjectifStrategique", "S", "ObjectifsOperationnels", operational)
    part = _below("Volet", "V", "ObjectifStrategiques", strategic)
    told = _nodes(
        Id="commune",
        TypeAdmin="AC",
        INS="99999",
        Type="PST",
        Exercice="2023",
        Version="201805V1",
        Generateur="Outil",
    )
    described = _nodes(IdPST="PST", Libelle="PST", ExerciceDebut="2019", ExerciceFin="2024")
    inner = [Node("DescriptionPST", children=described), Node("Volets", children=[part])]
    root = [Node("Identifiants", children=told), Node("PST", children=inner)]
    return written(Document(Node("dataroot", children=root), encoding))


def action(identifier: str, **said: str) -> Node:
    """An action under way; `said` are the texts of its fields."""
    return _element("Action", identifier, **said)


def _below(tag: str, identifier: str, holder: str, *below: Node) -> Node:
    node = _element(tag, identifier)
    node.children.append(Node(holder, children=list(below)))
    return node


def _element(tag: str, identifier: str, **said: str) -> Node:
    texts = {"Libelle": f"{tag} {identifier}", "Statut": "EN_COURS", "TauxAvancement": "0"}
    texts |= {"ETP": "0"} | said
    long = ("Description", "RemarqueStatut")
    children = [
        Node(name, children=_nodes(Mode="TEXTE", Valeur=said.get(name, "")))
        if name in long
        else Node(name, texts.get(name, ""))
        for name in _FIELDS
        if name in texts or not name.startswith("Date")
    ]
    return Node(tag, "", {"ElementId": identifier, "Exercice": "2023"}, children)


def _nodes(**values: str) -> list[Node]:
    return [Node(tag, text) for tag, text in values.items()]


def sheet(*rows: Sequence[object]) -> bytes:
    """« État d'avancement » as a workbook; the cells that a row lacks are empty."""
    full = [[*row, *[""] * (len(HEADERS) - len(row))] for row in rows]
    return as_bytes("État d'avancement", HEADERS, full, ".xlsx")
