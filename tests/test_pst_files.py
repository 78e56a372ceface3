"""Files of the PST: what is read, what is refused and in which words, what leaves as it came."""

import pytest
from hypothesis import assume, given, strategies as st
from support.pst import action, pst, sheet

from dashboard.files.pst import markup
from dashboard.files.pst.elements import HEADERS, PstElement, PstFile, checked, read_pst
from dashboard.files.pst.markup import Document, Node, parse
from dashboard.files.writing import as_bytes
from models.programmes import PstHealth, PstLevel, PstState
from models.settings import ROOT
from models.texts import Refused

DEMO = ROOT / "seed" / "demo" / "pst.xml"


def faults(content: bytes, name: str = "pst.xml") -> list[tuple[int, str, str]]:
    return [(p.line, p.column, p.reason) for p in read_pst(content, name).problems]


def refusal(content: bytes, name: str = "pst.xml") -> str:
    with pytest.raises(Refused) as refused:
        read_pst(content, name)
    return str(refused.value)


def is_utf8(content: bytes) -> bool:
    try:
        return bool(content.decode())
    except UnicodeDecodeError:
        return False


def by_key(file: PstFile) -> dict[str, PstElement]:
    assert file.problems == ()
    return {element.key: element for element in file.elements}


# ── XML ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_levels_of_a_file_stand_below_one_another():
    found = by_key(read_pst(pst(action("12", Libelle="Planter des arbres")), "pst.xml"))
    assert [(e.level, e.parent) for e in found.values()] == [
        (PstLevel.part, ""),
        (PstLevel.strategic, "volet:V"),
        (PstLevel.operational, "os:S"),
        (PstLevel.action, "oo:O"),
    ]
    assert found["action:12"].title == "Planter des arbres"
    assert found["action:12"].state is PstState.under_way


@pytest.mark.parametrize(
    ("changed", "column", "words"),
    [
        (("201805V1", "202301V2"), "Version", "202301V2"),
        (("<ETP>0</ETP>", ""), "ETP", "Il manque « ETP » dans « Action »"),
        (("<TauxAvancement>40<", "<TauxAvancement>140<"), "TauxAvancement", "de 0 à 100"),
        (("<TauxAvancement>40<", "<TauxAvancement>4,5<"), "TauxAvancement", "un point"),
        (("EN_COURS", "FINI"), "Statut", "« FINI » n'est pas admis"),
        (("<ETP>0<", "<ETP>-1<"), "ETP", "plus petit que 0"),
        (("Libelle>Une action", f"Libelle>{'x' * 256}"), "Libelle", "255 au plus"),
        (('ElementId="1"', 'Ident="1"'), "ElementId", "Il manque l'attribut « ElementId »"),
        (("<Plans/>", "<Plans/><Chef/>"), "Chef", "n'est pas attendu à cette place"),
        (("<Plans/>", "<Plans/>du texte"), "Action", "hors de sa place"),
        (("<Plans/>", "<Plans>un</Plans>"), "Plans", "hors de sa place"),
        (("<ETP>0</ETP>", "<ETP><b/></ETP>"), "ETP", "Un texte est attendu"),
        (("<INS>99999<", "<INS>Namur<"), "INS", "un nombre entier"),
    ],
)
def test_each_fault_is_one_sentence_with_its_line_and_its_field(changed, column, words):
    text = pst(action("1", Libelle="Une action", TauxAvancement="40")).decode()
    assert changed[0] in text
    # The last one is that of the action: objectives above it have the same fields.
    before, _, after = text.rpartition(changed[0])
    broken = before + changed[1] + after
    found = faults(broken.encode())
    assert [c for _, c, _ in found if c == column], found
    line, _, reason = next(fault for fault in found if fault[1] == column)
    assert words in reason and reason.endswith(".")
    assert line > 0


def test_a_date_and_another_root_are_told_too():
    wrong = pst(action("1", DateFin="31/12/2023"))
    assert "AAAA-MM-JJ" in faults(wrong)[0][2]
    assert "commence par « rss »" in faults(b"<rss/>")[0][2]


def test_the_same_identifier_twice_is_refused_with_both_lines():
    (fault,) = faults(pst(action("7"), action("8"), action("7")))
    assert fault[1] == "ElementId" and "« 7 » est déjà l'identifiant de la ligne" in fault[2]


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE dataroot [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<dataroot>&b;</dataroot>"""
FETCH = b'<!DOCTYPE dataroot SYSTEM "http://example.org/pst.dtd"><dataroot/>'


@pytest.mark.parametrize("content", [BOMB, FETCH])
def test_no_entity_is_read_and_nothing_is_fetched(content):
    assert "DOCTYPE n'est pas acceptée" in refusal(content)


def test_what_is_too_large_too_deep_or_broken_is_refused_in_one_sentence():
    assert "20 Mo" in refusal(b"<dataroot>" + b" " * (50 << 20) + b"</dataroot>")
    assert "trop imbriqués" in refusal(b"<a>" * 100)
    assert "XML bien formé (une balise" in refusal(b"<dataroot><PST></dataroot>")
    assert "ligne 2" in refusal(b"<dataroot>\n<PST")
    assert refusal(b"  \n") == "« pst.xml » est vide."
    assert "n'est pas un PST que nous sachions lire" in refusal(b"bonjour", "lettre.txt")


def test_an_encoding_that_is_not_the_declared_one_is_told():
    text = pst(action("1", Libelle="Crèche")).decode()
    latin = text.replace("UTF-8", "ISO-8859-1")
    assert by_key(read_pst(latin.encode("latin-1"), "a.xml"))["action:1"].title == "Crèche"
    assert "se dit en ISO-8859-1, mais" in refusal(latin.encode())
    assert "n'est pas en UTF-8" in refusal(text.encode("latin-1"))
    assert "se dit en utf-7" in refusal(text.replace("UTF-8", "utf-7").encode())


def test_what_was_read_leaves_as_it_came():
    for encoding in ("UTF-8", "ISO-8859-1"):
        text = DEMO.read_text("latin-1").replace("ISO-8859-1", encoding)
        document = parse(text.encode(encoding), "pst.xml")
        back = checked(document)
        assert back.decode(encoding) == text
        assert document.encoding == encoding


# What XML may hold at all, control characters apart.
TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff").filter(
        lambda c: c >= " " or c in "\t\n\r"
    ),
    max_size=60,
)


@given(said=TEXT, identifier=TEXT, encoding=st.sampled_from(["UTF-8", "ISO-8859-1"]))
def test_any_text_comes_back_with_its_white_space(said, identifier, encoding):
    text = Node("Description", children=[Node("Mode", "HTML"), Node("Valeur", said)])
    root = Node("Action", attributes={"ElementId": identifier}, children=[text])
    content = markup.written(Document(root, encoding))
    # « Ã© » and nothing else beyond ASCII cannot be told from UTF-8 that is declared wrongly.
    assume(encoding == "UTF-8" or content.isascii() or not is_utf8(content))
    assert parse(content, "a.xml").root.means() == root.means()


def test_nothing_leaves_that_the_schema_refuses():
    document = parse(DEMO.read_bytes(), "pst.xml")
    document.root.child("Identifiants").child("Version").text = "1"
    with pytest.raises(Refused, match="Ce PST ne peut pas partir : ligne"):
        checked(document)


# ── A workbook ─────────────────────────────────────────────────────────────────────────

ROWS = (
    ("OS", "1 Une ville verte", "En cours", "", "", "", None, 0, "", "", ""),
    ("OO", "1.1 Des arbres", "En cours", "", "", "", None, 0, "", "", ""),
    (
        "A",
        "1.1.1 Planter",
        "En attente",
        "",
        "",
        "M. A, Mme B",
        "31/12/2023",
        45,
        "",
        "risque",
        "x",
    ),
    ("SA", "Choisir les arbres", "Terminé", "", "", "", None, 100, "", "bon", ""),
    ("T", "Visiter", "Non commencé", "", "", "", None, "", "", "", ""),
)


def test_a_workbook_is_read_by_its_types_and_their_order():
    found = by_key(read_pst(as_bytes("État d'avancement", HEADERS, ROWS, ".xlsx"), "a.xlsx"))
    planting = found["action:1.1.1"]
    assert (planting.parent, planting.health) == ("oo:1.1", PstHealth.risk)
    assert (planting.progress, f"{planting.end:%d/%m/%Y}") == (45, "31/12/2023")
    assert found["sous-action:Choisir les arbres"].parent == "action:1.1.1"
    assert found["tache:Visiter"].parent == "sous-action:Choisir les arbres"


def test_each_fault_of_a_workbook_has_its_row_and_column():
    wrong = sheet(
        ("X", "Un", "En cours"),
        ("A", "", "En cours"),
        ("A", "Deux", "Fini !"),
        ("A", "Trois", "En cours", "", "", "", "hier", 140, "", "moyen", ""),
    )
    found = faults(wrong, "a.xlsx")
    assert [(line, column) for line, column, _ in found] == [
        (2, "Types"),
        (3, "Titres"),
        (4, "États"),
        (5, "Échéance"),
        (5, "Indice de santé"),
        (5, "Progression"),
    ]
    assert "140 n'est pas un nombre de 0 à 100" in found[-1][2]
