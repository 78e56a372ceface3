"""Files of the PST, as the town's tool writes them; the PST of the town's tool comes in, stands beside
our roadmap, and leaves again; files of the PST.
"""

from collections.abc import Sequence
from datetime import date
from html import unescape

import pytest
from hypothesis import assume, given, strategies as st
from sqlalchemy import Engine, func
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from support.commands import run_command
from support.pages import enter, parts_of, visit
from support.transactions import errors_of, read_with, refusal, refuses, select_one, write_with
from support.troupe import FROZEN

from dashboard.access import Reader
from dashboard.actions.imports import act_of, read_whole
from dashboard.actions.people.privacy import erase_person
from dashboard.actions.register_imports import ONCE, ImportOptions, ImportReport
from dashboard.actions.roadmap.plan_imports import tie_element, withdraw_pst
from dashboard.figures.pst import (
    Beside,
    Comparison,
    comparison,
    computed_rates,
    export_progress,
    export_received,
    export_roadmap,
)
from dashboard.figures.workstreams import earned_at
from dashboard.files.pst import markup
from dashboard.files.pst.elements import HEADERS, PstElement, PstFile, checked, read_pst
from dashboard.files.pst.markup import Document, Node, parse, written
from dashboard.files.writing import as_bytes
from dashboard.queries.roadmap import statements, whole_roadmap
from models.database import reading, writing
from models.ledger import Change
from models.people import Person
from models.programmes import PstHealth, PstLevel, PstState, PstStatement
from models.settings import ROOT
from models.texts import Refused

# ── Files of the PST, as the town's tool writes them ──────────────────────────────────────────────

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


# ──────────────────────────────────────────────────────────────────────────────────────────────────
# The PST of the town's tool comes in, stands beside our roadmap, and leaves again; files of the
# PST

# ── The PST of the town's tool comes in, stands beside our roadmap, and leaves again ──────────────
# Didier brings it, everybody reads both.

DEMO = (ROOT / "seed" / "demo" / "pst.xml").read_bytes()
MAY, JULY = date(2023, 5, 15), date(2023, 7, 1)
LIST = action("1", Libelle="Planter des arbres", TauxAvancement="40")


def bring(
    engine: Engine, who: Reader, content: bytes, name: str = "outil.xml", how: ImportOptions = ONCE
) -> ImportReport:
    return write_with(engine, act_of("pst"), who, content, name, how)


def tie(engine: Engine, who: Reader, element: str, subject: str) -> None:
    write_with(engine, tie_element, who, element, subject, {"jalon:1.7", "jalon:1.8", "chantier:2"})


def known_at(engine: Engine, on: date = FROZEN) -> Comparison | None:
    return read_with(engine, comparison, on)


def line(engine: Engine, key: str, on: date = FROZEN) -> Beside:
    return next(one for one in known_at(engine, on).lines if one.element.key == key)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.gone


def files(engine: Engine) -> int:
    with reading(engine) as session:
        return session.execute(select(func.count()).select_from(PstStatement)).scalar_one()


# ── Who is in charge there ────────────────────────────────────────────────────────────────────────


def test_an_erasure_tells_which_files_name_her_in_whichever_form(sqlite_copy, cast):
    """They are kept as they came, with whoever is in charge: whoever erases her learns of it."""
    held = ("A", "1. Planter", "En cours", "", "", "Zoé ÉVRARD-MÜLLER, Jean Dupont")
    for name, content in {
        "outil.xml": pst(action("1", Libelle="Planter, dit Evrard-Müller")),
        "autre.xml": pst(action("1", Libelle="Planter, dit Évrard")),
        "avancement.xlsx": sheet(held),
    }.items():
        bring(sqlite_copy, cast.didier, content, name)
    with writing(sqlite_copy) as session:
        person = Person(given_name="Zoé", family_name="Évrard-Müller")
        session.add(person)
        session.flush()
        found = erase_person(session, cast.farid, person.id)
    labels = [one.label.partition(",")[0] for one in found if one.noun == "fichier du PST"]
    assert labels == ["outil.xml", "avancement.xlsx"]


# ── In ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_tried_then_brought_and_twice_changes_nothing(demo_copy, cast):
    content = pst(LIST)
    tried = bring(demo_copy, cast.didier, content, how=ImportOptions(dry_run=True))
    assert (tried.new, tried.written, files(demo_copy)) == (4, False, 1)
    brought = bring(demo_copy, cast.didier, content)
    assert counts(brought) == (4, 0, 0, 18) and brought.written
    again = bring(demo_copy, cast.didier, content, how=ImportOptions(on=MAY))
    assert counts(again) == (0, 0, 4, 0) and files(demo_copy) == 2
    assert "Ce fichier est déjà là, au 30/06/2023." in again.sentences()
    spaced = bring(demo_copy, cast.didier, content.replace(b"<Plans/>", b"<Plans></Plans>"))
    assert counts(spaced) == (0, 0, 4, 0) and files(demo_copy) == 2
    told = select_one(demo_copy, select(Change).where(Change.subject == "pst"))
    assert (told.record, told.after) == ("outil.xml", "30/06/2023")


def test_what_was_said_at_each_date_remains(demo_copy, cast):
    later = action("1", Libelle="Planter des arbres", TauxAvancement="60")
    bring(demo_copy, cast.didier, pst(LIST), how=ImportOptions(on=MAY))
    report = bring(demo_copy, cast.didier, pst(later))
    # Against the file of the 15th of June, which has none of these.
    assert counts(report) == (4, 0, 0, 18)
    assert line(demo_copy, "action:1", MAY).element.progress == 40
    assert line(demo_copy, "action:1").element.progress == 60
    assert known_at(demo_copy, date(2023, 6, 20)).statement.name == "pst.xml"
    assert known_at(demo_copy, date(2023, 5, 14)) is None


def test_a_file_with_a_fault_is_not_taken_at_all(demo_copy, cast):
    content = pst(LIST, action("2", TauxAvancement="140"))
    report = bring(demo_copy, cast.didier, content)
    assert (report.written, files(demo_copy)) == (False, 1)
    assert "Un PST entre entier ou pas du tout" in " ".join(report.sentences())
    assert any("140 n'est pas un nombre de 0 à 100." in one for one in report.sentences())
    refuses(
        bring,
        demo_copy,
        cast.didier,
        pst(LIST),
        how=ImportOptions(on=JULY),
        match="La date d'un fichier va du",
    )
    with reading(demo_copy) as session:
        most = ImportOptions(most=2)
        content, said = pst(LIST), "plus de 2 lignes"
        refuses(read_whole, session, "pst", content, "outil.xml", most, match=said)


def test_a_file_that_is_taken_back_gives_way_to_the_one_before(demo_copy, cast):
    bring(demo_copy, cast.didier, pst(LIST))
    last = read_with(demo_copy, statements, FROZEN)[-1]
    write_with(demo_copy, withdraw_pst, cast.didier, last.id)
    assert known_at(demo_copy).statement.name == "pst.xml"
    refusal(demo_copy, withdraw_pst, cast.didier, last.id, match="déjà été retiré")
    assert bring(demo_copy, cast.didier, pst(LIST)).new == 4
    assert known_at(demo_copy).statement.name == "outil.xml"


# ── Side by side ──────────────────────────────────────────────────────────────────────────────────


def test_both_stand_side_by_side_and_disagreements_come_first(demo):
    known = known_at(demo)
    assert (known.statement.on, len(known.actions)) == (date(2023, 6, 15), 10)
    first = known.lines[0]
    assert (first.element.key, first.ours.subject) == ("action:1011", "jalon:1.7")
    assert first.differences == (
        "état",
        "taux (−50\N{NO-BREAK SPACE}points ici)",
        "échéance (+183\N{NO-BREAK SPACE}jours ici)",
    )
    agree = [one.element.key for one in known.lines if one.ours and not one.differences]
    assert agree == ["action:1012", "action:2011"]
    numbers = [len(one.differences) for one in known.lines]
    assert numbers == sorted(numbers, reverse=True)


def test_an_action_is_tied_by_hand_from_a_day_on_and_untied(demo_copy, cast):
    bring(demo_copy, cast.didier, pst(LIST))
    assert line(demo_copy, "action:1").ours is None
    tie(demo_copy, cast.didier, "action:1", "chantier:2")
    assert line(demo_copy, "action:1").ours.subject == "chantier:2"
    tie(demo_copy, cast.didier, "action:1", "")
    assert line(demo_copy, "action:1").ours is None
    for element, subject, field in (
        ("action:1", "", "form"),
        ("action:9", "jalon:1.7", "element"),
        ("action:1", "jalon:99", "subject"),
    ):
        assert list(errors_of(tie, demo_copy, cast.didier, element, subject)) == [field]


def test_the_rate_of_an_objective_is_what_its_actions_have_earned():
    def element(key: str, parent: str, progress: float, state=PstState.under_way) -> PstElement:
        level = PstLevel(key.partition(":")[0])
        return PstElement(key, level, key, state, progress, parent=parent)

    elements = [
        element("os:1", "", 0),
        element("oo:1", "os:1", 0),
        element("oo:2", "os:1", 0),
        element("action:1", "oo:1", 50),
        element("action:2", "oo:1", 10, PstState.done),
        element("action:3", "oo:1", 90, PstState.given_up),
        element("action:4", "oo:2", 0),
    ]
    assert computed_rates(elements) == {"oo:1": 75, "oo:2": 0, "os:1": 50}


# ── Out ───────────────────────────────────────────────────────────────────────────────────────────


def test_our_roadmap_leaves_as_a_pst_that_finds_itself_again(demo_copy, cast):
    with reading(demo_copy) as session:
        content = export_roadmap(session, cast.didier, FROZEN)
        whole = earned_at(whole_roadmap(session).at(FROZEN))
    found = {one.key: one for one in read_pst(content, "nous.xml").elements}
    assert found["os:programme:2021"].progress == pytest.approx(whole, abs=0.01)
    assert found["action:jalon:1.7"].parent == "oo:chantier:1"
    assert found["action:jalon:1.7"].progress == 50
    bring(demo_copy, cast.didier, content, "nous.xml")
    known = known_at(demo_copy)
    tied = [one for one in known.lines if one.ours]
    assert len(tied) == len(known.lines) - 2, "all but the volet and the programme"
    assert not [
        one.differences for one in tied if one.element.level == "action" and one.differences
    ]


def test_the_progress_report_of_ours_comes_back_tied_by_its_titles(demo_copy, cast):
    content = read_with(demo_copy, export_progress, cast.didier, FROZEN)
    bring(demo_copy, cast.didier, content, "nous.xlsx")
    found = line(demo_copy, "action:1.7")
    assert (found.ours.subject, found.differences) == ("jalon:1.7", ())
    assert found.element.health is not None


def test_the_pst_received_leaves_as_it_came_or_with_our_states_and_rates(demo, cast):
    with reading(demo) as session:
        same, name = export_received(session, cast.didier, FROZEN)
        completed, _ = export_received(session, cast.didier, FROZEN, completed=True)
    assert (same, name) == (DEMO, "pst.xml")
    before = {one.key: one for one in read_pst(DEMO, name).elements}
    after = {one.key: one for one in read_pst(completed, name).elements}
    assert (after["action:1011"].state, after["action:1011"].progress) == (PstState.under_way, 50)
    # A milestone of 0 or 100 % has no rate to give, an action without a tie keeps what it says.
    assert after["action:2022"] == before["action:2022"]
    assert before["oo:101"].progress == 0
    assert after["oo:101"].progress == pytest.approx((50 + 0 + 50) / 3, abs=0.01)


def test_without_a_town_nothing_is_invented(database, cast):
    with reading(database) as session, pytest.raises(Refused, match="numéro INS"):
        export_roadmap(session, cast.operator, FROZEN)
    with reading(database) as session, pytest.raises(Refused, match="Aucun PST en XML"):
        export_received(session, cast.operator, FROZEN)


def test_the_commands_bring_a_file_of_a_day_and_take_it_away(installed, tmp_path):
    file, out = tmp_path / "outil.xml", tmp_path / "loin.xml"
    file.write_bytes(pst(LIST))
    brought = run_command("import", "pst", str(file), "--le", "15/05/2023", "--write")
    assert brought.exit_code == 0 and "est enregistré" in brought.output, brought.output
    for words in (["--recu"], ["--complete"], []):
        taken = run_command("export", "pst", "--out", str(out), *words)
        assert taken.exit_code == 0, taken.output
        assert read_pst(out.read_bytes(), out.name).problems == ()
    wrong = run_command("export", "pst", "--out", str(tmp_path / "loin.pdf"))
    assert wrong.exit_code and "finit par .xml ou .xlsx" in wrong.output


# ── On the screen ─────────────────────────────────────────────────────────────────────────────────


def words(tab: AppTest) -> str:
    assert not tab.exception, tab.exception
    parts = [*(element.proto.body for element in tab.get("html")), *parts_of(tab)]
    said = unescape(" ".join(parts)).replace("\u202f", " ").replace("\xa0", " ")
    return " ".join(said.split())


@pytest.mark.slow
def test_everybody_reads_both_and_didier_ties_by_words(demonstration):
    alice = visit(enter(demonstration, "alice"), "feuille-de-route", "volet=pst")
    said = words(alice)
    assert "10 lignes, 9 liées aux nôtres" in said and "« pst.xml » du 15/06/2023" in said
    assert "État, taux (−50 points ici), échéance (+183 jours ici)" in said
    narrow = words(visit(alice, "feuille-de-route", "volet=pst&chantier=5"))
    assert "2 lignes, 2 liées aux nôtres" in narrow and "1.7 Tableau" not in narrow
    assert "jalon=1.7" in said and "Lier" not in [b.label for b in alice.button]
    didier = visit(enter(demonstration, "didier"), "feuille-de-route", "volet=pst")
    tie_, ours = (
        next(box for box in didier.selectbox if "pst_tie" in box.key and name in box.key)
        for name in ("element", "subject")
    )
    tie_.set_value("action:2022")
    ours.set_value("jalon:5.9")
    next(b for b in didier.button if b.label == "Lier").click().run()
    assert line(demonstration, "action:2022").ours.subject == "jalon:5.9"
    next(b for b in didier.button if b.label == "Retirer ce fichier").click().run()
    assert "Aucun fichier du PST n'a été importé" in words(didier)


# ── Files of the PST ──────────────────────────────────────────────────────────────────────────────
# What is read, what is refused and in which words, what leaves as it came.

DEMO_FILE = ROOT / "seed" / "demo" / "pst.xml"


def faults(content: bytes, name: str = "pst.xml") -> list[tuple[int, str, str]]:
    return [(p.line, p.column, p.reason) for p in read_pst(content, name).problems]


def reading_refused(content: bytes, name: str = "pst.xml") -> str:
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
    assert "DOCTYPE n'est pas acceptée" in reading_refused(content)


def test_what_is_too_large_too_deep_or_broken_is_refused_in_one_sentence():
    assert "20 Mo" in reading_refused(b"<dataroot>" + b" " * (50 << 20) + b"</dataroot>")
    assert "trop imbriqués" in reading_refused(b"<a>" * 100)
    assert "XML bien formé (une balise" in reading_refused(b"<dataroot><PST></dataroot>")
    assert "ligne 2" in reading_refused(b"<dataroot>\n<PST")
    assert reading_refused(b"  \n") == "« pst.xml » est vide."
    assert "n'est pas un PST que nous sachions lire" in reading_refused(b"bonjour", "lettre.txt")


def test_an_encoding_that_is_not_the_declared_one_is_told():
    text = pst(action("1", Libelle="Crèche")).decode()
    latin = text.replace("UTF-8", "ISO-8859-1")
    assert by_key(read_pst(latin.encode("latin-1"), "a.xml"))["action:1"].title == "Crèche"
    assert "se dit en ISO-8859-1, mais" in reading_refused(latin.encode())
    assert "n'est pas en UTF-8" in reading_refused(text.encode("latin-1"))
    assert "se dit en utf-7" in reading_refused(text.replace("UTF-8", "utf-7").encode())


def test_what_was_read_leaves_as_it_came():
    for encoding in ("UTF-8", "ISO-8859-1"):
        text = DEMO_FILE.read_text("latin-1").replace("ISO-8859-1", encoding)
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
    document = parse(DEMO_FILE.read_bytes(), "pst.xml")
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
