"""What other platforms export comes in whole; files of platforms that the product had not seen; files
as people really send them.
"""

import io
import json
import re
import zipfile
from datetime import date

import pytest
import xlsxwriter
from sqlmodel import select
from support.commands import run_command
from support.imports import TODAY, as_workbook, bring, counts, entries, ods_of
from support.registers import bring as bring_register
from support.transactions import add_rows, bytes_of, contents, read_with, refuses, select_all
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.actions.register_imports import ImportOptions
from dashboard.files.ideas.columns import IDEAS, comments_of, plain_text
from dashboard.files.ideas.reading import read_ideas
from dashboard.files.matching.fields import Correspondence
from dashboard.files.matching.layout import known_for
from dashboard.files.uploads import open_table
from dashboard.files.writing import as_bytes
from dashboard.queries.exported_tables import EXPORTED, comment_rows
from models.database import reading, writing
from models.discussions import COMMENT_MAX, Contribution, Subject, about_idea
from models.idea_events import IdeaEvent
from models.ideas import BODY_MAX, Idea
from models.installation import Installation
from models.people import Person
from models.settings import settings

# ── What other platforms export comes in whole ────────────────────────────────────────────────────
# Texts, states, votes, comments and dates; a later snapshot brings what is new.

DECIDIM = (
    "id;category/id;category/name/fr;scope/name/fr;participatory_space/id;component/id;title/fr;body/fr;state;reference;answer/fr;supports;comments;published_at;url\n41;3;Mobilité;Unité"
    ' AD-VOI;2;9;Une piste cyclable;"<p>Le long du'
    " canal.</p><ul><li>sûre</li><li>large</li></ul>\";accepted;VL-PROP-41;<p>C'est"
    " prévu.</p>;128;4;2023-01-09 10:12:13 +0100;https://ville.invalid/41\n42;;;;2;9;Un banc;Près"
    " de l'école;not_answered;VL-PROP-42;;0;0;2023-02-01;\n"
)
FIDER = (
    "number,title,description,created_at,created_by,votes_count,comments_count,status,responded_by,responded_at,response,original_number,original_title,tags\n7,Mode"
    " sombre,Pour les"
    " yeux,2023-01-02T08:00:00Z,Zoé,31,2,completed,Equipe,2023-03-01T09:00:00Z,C'est"
    " fait,,,ui\n8,Thème"
    " noir,Pareil,2023-01-05T08:00:00Z,Max,4,0,duplicate,Equipe,2023-01-06T09:00:00Z,,7,Mode"
    " sombre,\n"
)
CAP = (
    "proposal_id,contribution_type,proposal_title,proposal_description,proposal_status_name,proposal_publishedAt,proposal_theme_title,proposal_votes_id,proposal_comments_body,proposal_comments_publishedAt\np1,proposal,Un"
    ' compost de quartier,"<p>Près du <b>parc</b></p>",En cours d\'étude,2023-01-03'
    " 10:00:00,Environnement,,,\np1,proposalVote,,,,,,v1,,\np1,proposalVote,,,,,,v2,,\np1,proposalComment,,,,,,,Très"
    " bonne idée,2023-01-08 11:00:00\np2,proposal,Une fontaine,,Refusée,2023-01-04 10:00:00,,,,\n"
)
CONSUL = (
    "id,title,summary,description,cached_votes_up,comments_count,public_created_at,geozone_name,tags\n5,Un"
    " marché,Le samedi,Des producteurs,412,0,2023-02-03,VC-JSP,commerce\n"
)
DUTCH = (
    "nummer;titel;omschrijving;thema;dienst;toestand;stemmen;datum\n1;Een bank;Aan het"
    " kanaal;Mobiliteit;VC-JSP;in behandeling;12;03/02/2023\n2;Een"
    " boom;;;;afgewezen;1;04/02/2023\n3;Een pad;;;;uitgevoerd;;5 februari 2023\n"
)


def comments(engine, title: str) -> list[Contribution]:
    return list(
        select_all(
            engine,
            select(Contribution)
            .join(Idea, about_idea(Contribution))
            .where(Idea.title == title)
            .order_by(Contribution.seq),
        )
    )


# ── Each platform ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "tool"),
    [
        (DECIDIM, "Decidim, propositions"),
        (FIDER, "Fider"),
        (CAP, "Cap Collectif"),
        (CONSUL, "Consul"),
    ],
)
def test_a_layout_is_known_by_its_headers(content, tool):
    table = read_ideas(open_table(content.encode(), "x.csv", known_for(IDEAS)))
    assert table.layout.profile == tool


def test_decidim_brings_states_votes_answers_and_plain_texts(small_town):
    report = bring(small_town, DECIDIM, "decidim.csv")
    assert counts(report) == (2, 2, 0, 0, 0)
    track, bench = entries(small_town)["Une piste cyclable"], entries(small_town)["Un banc"]
    assert (
        track.body == "Le long du canal.\n\n- sûre\n- large"
        and track.status == "retenue"
        and track.voices == 128
        and track.concerns_id == 3
    )
    assert (
        track.filed_on == date(2023, 1, 9)
        and track.comments == 0
        and bench.voices == 0
        and bench.status == "recue"
    )
    assert "C'est prévu." in select_all(
        small_town, select(IdeaEvent.text).where(IdeaEvent.idea_id == track.id)
    )
    assert any("nombre de commentaires" in problem.reason for problem in report.warnings), (
        "a count is no comment, and that is told"
    )


# What Decidim exports beside its proposals: replies name the comment that they answer.
TALK = (
    "id;created_at;body;locale;author/id;author/name;alignment;depth;user_group/id;user_group/name;"
    "commentable_id;commentable_type;root_commentable_url"
)
SAID = (
    "7;2023-01-10 09:15:00 UTC;<p>Et le <b>soir</b> ?</p>;fr;31;Zoé Vandermeulen;1;0;;;41;"
    "Decidim::Proposals::Proposal;https://ville.invalid/f/9/proposals/41",
    "8;2023-01-11 10:00:00 UTC;Éclairée.;fr;32;Yves Hooghe;0;1;4;Gracq Huy;7;"
    "Decidim::Comments::Comment;https://ville.invalid/f/9/proposals/41",
    "9;2023-02-02 08:00:00 UTC;À l'ombre.;fr;31;Zoé Vandermeulen;-1;0;;;42;"
    "Decidim::Proposals::Proposal;",
)


def talk(engine, *lines: str, **how):
    return bring_register(engine, OPERATOR, "commentaires", TALK, *lines, how=ImportOptions(**how))


def test_decidim_brings_its_comments_beside_its_proposals_and_no_name(small_town):
    bring(small_town, DECIDIM, "proposals.csv", source="Decidim")
    tried = talk(small_town, *SAID, dry_run=True)
    assert (tried.new, tried.lines_refused) == (3, 0)
    assert "vont à 2 idées de « Decidim »" in " ".join(" ".join(tried.sentences()).split())
    assert talk(small_town, *SAID).new == 3
    found = comments(small_town, "Une piste cyclable")
    assert [(c.text, c.on, c.person_id, c.seq) for c in found] == [
        ("Et le soir ?", date(2023, 1, 10), None, 1),
        ("Éclairée.", date(2023, 1, 11), None, 2),
    ]
    assert entries(small_town)["Une piste cyclable"].comments == 2
    before = contents(small_town)
    again = talk(small_town, *SAID)
    assert (again.new, again.changed, again.unchanged, again.gone) == (0, 0, 3, 0)
    proposals = bring(small_town, DECIDIM, "proposals (1).csv")
    assert (proposals.new, proposals.changed) == (0, 0) and contents(small_town) == before
    later = (SAID[0].replace("soir", "matin"), SAID[1], "10" + SAID[1][1:].replace("É", "Bien é"))
    report = talk(small_town, *later)
    assert (report.new, report.changed, report.unchanged, report.gone) == (1, 1, 1, 1)
    assert [c.text for c in comments(small_town, "Une piste cyclable")] == [
        "Et le matin ?",
        "Éclairée.",
        "Bien éclairée.",
    ]
    raw = bytes_of(small_town)
    assert "Bien éclairée.".encode() in raw
    for name in ("Vandermeulen", "Hooghe", "Yves", "Gracq"):
        assert name.encode() not in raw


def test_comments_without_their_ideas_or_of_two_sources_are_asked_about(small_town):
    alone = talk(small_town, *SAID)
    assert alone.lines_refused == 3 and "importez d'abord les idées" in alone.refused[0].reason
    for source in ("Decidim", "Fider"):
        bring(small_town, DECIDIM, "proposals.csv", source=source)
    doubt = talk(small_town, *SAID)
    assert doubt.new == 0 and "dites de quelle source" in doubt.refused[0].reason
    named = talk(small_town, *SAID, given=Correspondence(fixed={"source": "Fider"}))
    assert (named.new, named.lines_refused) == (3, 0)


def test_a_comment_written_here_goes_out_without_a_name_and_is_not_changed_by_a_file(
    sqlite_copy, cast
):
    rows = read_with(sqlite_copy, comment_rows, cast.didier, FROZEN)
    headers = ";".join(EXPORTED["commentaires"].headers)
    first = ";".join(map(str, (*rows[0][:4], "Autre chose")))
    report = bring_register(sqlite_copy, cast.didier, "commentaires", headers, first)
    assert report.changed == 0 and "écrit ici" in report.refused[0].reason
    out = as_bytes("Commentaires", headers.split(";"), rows, ".csv").decode()
    texts = "".join(str(row[4]) for row in rows)
    written = {said.text for said in select_all(sqlite_copy, select(Contribution))}
    assert written >= {row[4] for row in rows}, "whole"
    for person in select_all(sqlite_copy, select(Person)):
        assert person.family_name not in out or person.family_name in texts


def test_fider_brings_votes_dates_of_answers_and_duplicates(small_town):
    bring(small_town, FIDER, "fider.csv")
    dark, black = entries(small_town)["Mode sombre"], entries(small_town)["Thème noir"]
    assert (dark.voices, dark.status, dark.answered_on) == (31, "realisee", date(2023, 3, 1))
    assert (black.status, black.merged_into) == ("fusionnee", dark.id)


def test_cap_collectif_gives_votes_and_comments_on_lines_of_their_own(small_town):
    assert counts(bring(small_town, CAP, "cap.csv")) == (2, 2, 0, 0, 0)
    compost = entries(small_town)["Un compost de quartier"]
    assert (compost.voices, compost.comments, compost.status, compost.body) == (
        2,
        1,
        "a-l-etude",
        "Près du parc",
    )
    (said,) = comments(small_town, compost.title)
    assert (said.text, said.on, said.person_id, said.kind, said.seq) == (
        "Très bonne idée",
        date(2023, 1, 8),
        None,
        "commentaire",
        1,
    )
    assert entries(small_town)["Une fontaine"].status == "non-retenue"


def test_consul_and_dutch_tables_come_in(small_town):
    bring(small_town, CONSUL, "consul.csv")
    report = bring(small_town, DUTCH, "antwerpen.csv")
    assert (
        report.new == 3
        and entries(small_town)["Un marché"].voices == 412
        and entries(small_town)["Un marché"].concerns_id == 2
    )
    assert {
        title: entries(small_town)[title].status for title in ("Een bank", "Een boom", "Een pad")
    } == {"Een bank": "a-l-etude", "Een boom": "non-retenue", "Een pad": "realisee"}
    assert entries(small_town)["Een pad"].filed_on == date(2023, 2, 5)


def test_an_unknown_state_is_told_and_read_as_received(small_town):
    report = bring(small_town, "id;titre;statut\n1;Banc;Mystère\n2;Arbre;Mystère\n")
    assert {idea.status for idea in entries(small_town).values()} == {"recue"}
    assert [
        (
            p.line,
            "« Mystère » n'est pas reconnu" in p.reason,
            "2\N{NO-BREAK SPACE}lignes" in p.message,
        )
        for p in report.warnings
    ] == [(2, True, True)]


# ── Comments ──────────────────────────────────────────────────────────────────────────────────────

THREAD = [
    {
        "body": {"fr": "Oui !"},
        "created_at": "2023-03-01T10:00:00Z",
        "replies": [{"body": "<p>Pourquoi pas.</p>", "created_at": "2023-03-02"}],
    },
    {"text": "Caché", "hidden": True},
    "Sans date",
]


def test_comments_in_json_are_public_texts_of_nobody(small_town):
    bring(
        small_town,
        json.dumps([{"id": 1, "title": "Banc", "comments": THREAD, "votes": "12"}]),
        "boite.json",
    )
    assert [(c.text, c.on, c.person_id) for c in comments(small_town, "Banc")] == [
        ("Oui !", date(2023, 3, 1), None),
        ("Pourquoi pas.", date(2023, 3, 2), None),
        ("Sans date", TODAY, None),
    ]
    assert entries(small_town)["Banc"].comments == 3 and entries(small_town)["Banc"].voices == 12


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("Oui\n\nNon, merci", ["Oui", "Non, merci"]),
        ("Oui | Non", ["Oui", "Non"]),
        ("2023-01-05 : Oui\n---\n06/01/2023 - Non", ["Oui", "Non"]),
        ("Une seule\nsur deux lignes", ["Une seule\nsur deux lignes"]),
        ("[pas du JSON", ["[pas du JSON"]),
        ("", []),
    ],
)
def test_comments_in_one_cell_are_told_apart(cell, texts):
    assert [said.text for said in comments_of(cell)[0]] == texts


def test_a_comment_that_is_too_long_is_told_and_the_idea_comes_in(small_town):
    report = bring(
        small_town,
        json.dumps(
            [
                {
                    "id": 1,
                    "titre": "Banc",
                    "commentaires": ["x" * (COMMENT_MAX + 1), "y" * COMMENT_MAX],
                }
            ]
        ),
        "boite.json",
    )
    assert [len(c.text) for c in comments(small_town, "Banc")] == [
        COMMENT_MAX
    ] and f"{COMMENT_MAX + 1} caractères" in report.warnings[0].reason


# ── A later snapshot ──────────────────────────────────────────────────────────────────────────────

FIRST = [
    {
        "id": 1,
        "titre": "Banc",
        "texte": "Bois",
        "statut": "open",
        "votes": 3,
        "commentaires": [{"text": "Oui", "date": "2023-01-02"}],
    },
    {"id": 2, "titre": "Arbre", "texte": "Chêne", "statut": "open", "votes": 1, "commentaires": []},
    {"id": 3, "titre": "Rampe", "texte": "Large", "statut": "open", "votes": 0, "commentaires": []},
]
LATER = [
    FIRST[0]
    | {
        "votes": 9,
        "commentaires": [
            {"text": "Oui", "date": "2023-01-02"},
            {"text": "Moi aussi", "date": "2023-04-02"},
        ],
    },
    FIRST[1],
    {"id": 4, "titre": "Marché", "texte": "", "statut": "open", "votes": 2, "commentaires": []},
]


def written(rows: list[dict], format: str) -> bytes:
    headers = list(rows[0])
    lines = [
        [
            (
                json.dumps(v, ensure_ascii=False)
                if isinstance(v, list) and v
                else ""
                if isinstance(v, list)
                else v
            )
            for v in row.values()
        ]
        for row in rows
    ]
    if format == "json":
        return json.dumps(rows).encode()
    if format == "xlsx":
        return as_workbook([headers, *lines])
    quoted = [
        ";".join('"' + str(cell).replace('"', '""') + '"' for cell in line)
        for line in [headers, *lines]
    ]
    return "\n".join(quoted).encode()


@pytest.mark.parametrize("format", ["csv", "xlsx", "json"])
def test_a_later_snapshot_brings_what_changed_and_deletes_nothing(small_town, format):
    name = f"boite.{format}"
    assert counts(bring(small_town, written(FIRST, format), name)) == (3, 3, 0, 0, 0)
    assert counts(bring(small_town, written(FIRST, format), name)) == (3, 0, 0, 3, 0)
    report = bring(small_town, written(LATER, format), name, on=date(2023, 9, 1))
    assert (counts(report), report.gone) == ((3, 1, 1, 1, 0), 1)
    assert {title: idea.voices for title, idea in entries(small_town).items()} == {
        "Banc": 9,
        "Arbre": 1,
        "Rampe": 0,
        "Marché": 2,
    }
    assert [c.text for c in comments(small_town, "Banc")] == ["Oui", "Moi aussi"] and entries(
        small_town
    )["Banc"].comments == 2
    assert counts(bring(small_town, written(LATER, format), name)) == (3, 0, 0, 3, 0)
    back = bring(small_town, written(FIRST, format), name)
    assert back.changed == 1 and any(
        "rien n'est supprimé" in problem.reason for problem in back.warnings
    )
    assert [c.text for c in comments(small_town, "Banc")] == ["Oui", "Moi aussi"]


def test_a_comment_of_ours_is_never_taken_for_one_of_the_source(small_town):
    bring(small_town, json.dumps(FIRST), "boite.json")
    with writing(small_town) as session:
        idea = session.exec(select(Idea).where(Idea.title == "Banc")).one()
        session.add(Person(id=1, name="Zoé"))
        session.flush()
        at = {"subject": Subject.idea, "key": str(idea.id)}
        session.add(Contribution(id=77, **at, seq=2, person_id=1, on=TODAY, text="Moi aussi"))
        idea.comments += 1
    bring(small_town, json.dumps(LATER), "boite.json")
    assert [(c.text, c.person_id, c.seq) for c in comments(small_town, "Banc")] == [
        ("Oui", None, 1),
        ("Moi aussi", 1, 2),
        ("Moi aussi", None, 3),
    ]


# ── HTML ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("<p>Un</p><p>Deux<br>lignes</p>", "Un\n\nDeux\nlignes"),
        ("<div>a</div><div>b</div>", "a\n\nb"),
        (
            'Voir <a href="https://ville.invalid/x" onclick="x()">le plan</a>',
            "Voir le plan (https://ville.invalid/x)",
        ),
        ("<p>1 &lt; 2 &amp; 3</p>", "1 < 2 & 3"),
        (
            (
                'a<img src="https://x.invalid/p.png"'
                ' onerror="alert(1)">b<script>alert(1)</script>c<br>'
            ),
            "abc",
        ),
        ('<a href="javascript:alert(1)">clic</a><br>', "clic"),
        ("<ol><li>a<li>b</ol>", "- a\n- b"),
    ],
)
def test_marked_up_texts_become_plain_ones(marked, plain):
    assert plain_text(marked) == plain


def test_a_text_that_only_looks_marked_up_stays_as_it_is(small_town):
    texts = ["a < b et c > d", "le <nom> du service", "<3 ce parc", "=SOMME(A1)"]
    bring(
        small_town,
        json.dumps([{"id": i, "titre": f"T{i}", "texte": text} for i, text in enumerate(texts)]),
        "boite.json",
    )
    assert [entries(small_town)[f"T{i}"].body for i in range(len(texts))] == texts


# ── Files of platforms that the product had not seen ──────────────────────────────────────────────
# What their sources hide stays hidden, what they repeat is one thing, and the report tells what
# really happened.


def shown(engine) -> dict[str, bool]:
    return {title: idea.published for title, idea in entries(engine).items()}


# ── What a source does not show ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "hides", "shows"),
    [
        ("hidden", "true", "false"),
        ("hidden_at", "2023-02-01 10:00", ""),
        ("trashedStatus", "INVISIBLE", "null"),
        ("deleted_at", "2023-02-01", "NULL"),
        ("isDraft", "1", "0"),
        ("Brouillon", "oui", "non"),
        ("published", "false", "true"),
        ("published_at", "", "2023-02-01"),
        ("Visibilité", "privée", "publique"),
        ("state", "draft", "accepted"),
        ("Statut de modération", "refusé", "validé"),
        ("moderation/hidden_at", "2023-02-01", ""),
        ("Statut", "En attente de modération", "Acceptée"),
    ],
)
def test_what_its_source_hides_comes_in_unpublished_and_is_counted_apart(
    small_town, header, hides, shows
):
    file = f"id;title;body;{header}\n1;Un banc;À la gare;{shows}\n2;Un secret;Chez moi;{hides}\n"
    report = bring(small_town, file)
    assert shown(small_town) == {"Un banc": True, "Un secret": False}
    assert (counts(report), report.unpublished) == ((2, 2, 0, 0, 0), 1)
    assert any("pas publiée" in sentence for sentence in report.sentences())
    assert bring(small_town, file).unchanged == 2


def test_what_its_source_hides_later_is_hidden_here_with_a_fact(small_town):
    file = "id;title;hidden\n1;Un banc;{}\n2;Un arbre;non\n"
    bring(small_town, file.format("non"))
    report = bring(small_town, file.format("oui"))
    assert shown(small_town) == {"Un banc": False, "Un arbre": True}
    assert counts(report) == (2, 0, 1, 1, 0)
    assert "La source ne le montre plus" in select_all(small_town, select(IdeaEvent.reason))
    bring(small_town, file.format("non"))
    assert not shown(small_town)["Un banc"], "whoever reads them here shows it again"


# ── What a file repeats ───────────────────────────────────────────────────────────────────────────


def test_one_identifier_with_one_content_is_one_entry_and_that_is_told(small_town):
    file = (
        "id;titre;texte;votes\n1;Un banc;À la gare;3\n2;Un arbre;Ici;1\n"
        "1;Un banc;À la gare;3\n1;Un banc;À la gare;4\n1;Autre chose;Ailleurs;0\n;Sans;x;\n;Sans;x;\n"
    )
    report = bring(small_town, file)
    titles = sorted(select_all(small_town, select(Idea.title)))
    assert titles == ["Autre chose", "Sans", "Sans", "Un arbre", "Un banc"]
    told = [problem.message for problem in report.warnings]
    assert any("une seule entrée (2" in sentence for sentence in told)
    assert any("gardé comme une autre entrée" in sentence for sentence in told)
    assert bring(small_town, file).unchanged == 5


# ── What really changed ───────────────────────────────────────────────────────────────────────────

WHOLE = (
    "id;titre;texte;theme;direction;statut;date;votes;commentaires;published\n"
    "1;Un banc;À la gare;Modernisation;VC-JSP;Acceptée;02/01/2023;12;Oui !;oui\n"
    "2;Un arbre;Ici;Modernisation;VC-JSP;Refusée;03/01/2023;4;;non\n"
)


def test_a_column_that_the_later_file_lacks_changes_nothing(small_town):
    bring(small_town, WHOLE)
    before = {title: idea.model_dump() for title, idea in entries(small_town).items()}
    report = bring(small_town, "id;titre\n1;Un banc\n2;Un arbre\n")
    assert counts(report) == (2, 0, 0, 2, 0) and not report.warnings
    assert {title: idea.model_dump() for title, idea in entries(small_town).items()} == before
    whole = bring(small_town, WHOLE.replace(";4;", ";5;"))
    assert counts(whole) == (2, 0, 1, 1, 0), "what a column said before it was left out is known"
    assert entries(small_town)["Un arbre"].voices == 5


def test_a_row_that_says_the_same_in_other_words_is_not_counted_as_changed(small_town):
    bring(small_town, WHOLE)
    file = WHOLE.replace("02/01/2023", "2023-01-02").replace("Acceptée", "accepted")
    assert counts(bring(small_town, file)) == (2, 0, 0, 2, 0)
    told = bring(small_town, WHOLE.replace("03/01/2023", "04/01/2023"))
    assert counts(told) == (2, 0, 0, 2, 0)
    assert any("les nôtres restent" in problem.reason for problem in told.warnings)
    bring(small_town, WHOLE.replace("Modernisation;VC-JSP;Acc", "Inconnu;VC-JSP;Acc"))
    with_more = WHOLE.replace("Oui !", "Oui ! | Encore")
    assert bring(small_town, with_more).changed == 1


# ── Dates that are none ───────────────────────────────────────────────────────────────────────────


def test_a_word_in_the_column_of_dates_leaves_the_row_and_is_told(small_town):
    report = bring(
        small_town,
        "id;titre;statut;date du statut;date\n"
        "1;Un banc;Retenue;bientôt;02/01/2023\n2;Un arbre;Reçue;;à préciser\n3;Un pré;Reçue;;à préciser\n",
    )
    assert counts(report) == (3, 3, 0, 0, 0)
    told = {problem.column: problem.message for problem in report.warnings}
    assert "« bientôt »" in told["date du statut"] and "laissée vide" in told["date du statut"]
    assert "(2" in told["date"] and entries(small_town)["Un banc"].filed_on == date(2023, 1, 2)


def test_what_was_done_at_no_known_day_was_not_done_today(small_town):
    bring(
        small_town,
        "id;titre;statut;date;réponse\n1;Un banc;Réalisée;02/01/2022;Il y est.\n"
        "2;Un arbre;Réalisée;;Il y est.\n3;Un pré;Retenue;02/01/2022;Oui.\n",
    )
    states = select_all(
        small_town,
        select(Idea.title, IdeaEvent.on)
        .join(Idea, Idea.id == IdeaEvent.idea_id)
        .where(IdeaEvent.to_status == Idea.status),
    )
    assert dict(states) == {
        "Un banc": date(2022, 1, 2),
        "Un arbre": settings().cp_programme_start,
        "Un pré": TODAY,
    }


# ── Many remarks that are one ─────────────────────────────────────────────────────────────────────


def test_a_remark_that_holds_for_many_lines_is_one_sentence_with_their_number(small_town):
    rows = "".join(f"{n};Idée {n}\n" for n in range(2, 3002))
    report = bring(small_town, f"id;titre;texte;votes\n{rows}", dry_run=True)
    (short,) = [problem for problem in report.warnings if "cellules pour" in problem.reason]
    assert (short.times, short.lines) == (3000, (2, 3, 4, 5, 6))
    assert "(3" in short.message and ": 2, 3, 4, 5, 6…)." in short.message
    assert sum("cellules pour" in sentence for sentence in report.sentences()) == 1
    assert report.as_json()["warnings"][0]["reason"] == short.message


def test_remarks_that_differ_in_a_value_alone_are_told_as_far_as_anybody_reads(small_town):
    rows = "".join(f"{n};Idée {n};x{n};{n} août\n" for n in range(3000))
    report = bring(small_town, f"id;titre;votes;date\n{rows}", dry_run=True)
    assert (report.new, len(report.warnings)) == (3000, 202)
    assert sum(problem.times for problem in report.warnings if problem.column == "votes") == 3000


def test_rows_refused_for_one_reason_are_one_sentence_and_each_counts(small_town):
    report = bring(small_town, "id;titre\n" + "".join(f"{n};\n" for n in range(400)), dry_run=True)
    assert report.lines_refused == len(report.as_json()["refused"]) == 400
    assert sum(sentence.startswith("Refusée") for sentence in report.sentences()) == 1


# ── What a workbook does not show ─────────────────────────────────────────────────────────────────


def test_hidden_sheets_rows_and_columns_are_read_and_told(small_town):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Accueil").write(0, 0, "Bonjour")
        sheet = book.add_worksheet("Idées & avis")
        sheet.hide()
        sheet.write_row(0, 0, ["titre", "texte", "votes"])
        for line in range(1, 5):
            sheet.write_row(line, 0, [f"Idée {line}", "À voir", line])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(4, None, None, {"hidden": True})
        sheet.set_column(2, 2, 10, None, {"hidden": True})
    report = bring(small_town, out.getvalue(), "classeur.xlsx", dry_run=True)
    told = [problem.message for problem in report.warnings]
    assert report.new == 4
    assert any("« Idées & avis » est masquée" in sentence for sentence in told)
    assert any("Des lignes ou des colonnes sont masquées" in sentence for sentence in told)


def test_hidden_rows_and_columns_of_an_open_document_are_told(small_town):
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = (
        '<table:table-column/><table:table-column table:visibility="collapse"/>',
        f"<table:table-row>{cell.format('titre')}{cell.format('texte')}</table:table-row>",
        f"<table:table-row>{cell.format('Un banc')}{cell.format('Ici')}</table:table-row>",
        '<table:table-row table:visibility="filter">'
        f"{cell.format('Un arbre')}{cell.format('Là')}</table:table-row>",
    )
    report = bring(small_town, ods_of(*rows), "tableau.ods", dry_run=True)
    told = [problem.reason for problem in report.warnings]
    assert report.new == 2 and len(told) == 1 and "masquées ou filtrées" in told[0]


# ── Lists and objects in a cell ───────────────────────────────────────────────────────────────────


def test_lists_and_objects_are_told_as_what_they_are_and_name_nobody(small_town):
    people = [{"name": "Jeanne Dupont"}, {"name": "Omer Peeters"}]
    elements = [
        {
            "id": n,
            "title": f"Idée {n}",
            "body": people,
            "category": people,
            "scope": people,
            "status": people,
            "created_at": people,
            "votes": people,
            "answer": people,
        }
        for n in range(3)
    ]
    report = bring(small_town, json.dumps(elements), "idees.json")
    told = json.dumps([report.as_json(), report.sentences()], ensure_ascii=False)
    assert report.new == 3 and "une liste de 2" in told
    assert "Dupont" not in told and "Dupont" not in str(report.layout)
    with reading(small_town) as session:
        kept = session.exec(select(Idea.body, Idea.voices)).all()
        assert kept == [("", 2)] * 3
        assert not [text for text in session.exec(select(IdeaEvent.text)).all() if text]


# ── Who is for an entry ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "header", ["endorsements", "endorsements_count", "votes_count", "likesCount", "Nb de soutiens"]
)
def test_supports_under_other_names_are_voices(small_town, header):
    bring(small_town, f"id;titre;{header}\n1;Un banc;12\n")
    assert entries(small_town)["Un banc"].voices == 12


def test_columns_of_supports_that_are_not_read_are_told(small_town):
    report = bring(small_town, "id;titre;votes;endorsements;voted_by\n1;Un banc;12;3;Omer\n")
    assert entries(small_town)["Un banc"].voices == 12
    assert report.layout.left == ["endorsements", "voted_by"]


# ── A title that is almost certain ────────────────────────────────────────────────────────────────


def test_a_title_that_is_almost_certain_is_proposed_and_taken_with_yes(
    small_town, commands_on, tmp_path
):
    add_rows(small_town, Installation(id=1))
    commands_on(small_town)
    file = tmp_path / "projets.csv"
    file.write_text(
        "ref;titre_projet_depose;montant\n1;Un banc à la gare;100\n2;Un arbre sur la place;200\n",
        encoding="utf-8",
    )
    refused = run_command("import", "ideas", str(file))
    assert refused.exit_code == 1 and entries(small_town) == {}
    assert "presque certainement « titre_projet_depose »" in " ".join(refused.output.split())
    tried = run_command("import", "ideas", str(file), "--yes")
    assert "rien n'a été écrit" in tried.output and "--write" in tried.output
    assert tried.exit_code == 0 and entries(small_town) == {}
    taken = run_command("import", "ideas", str(file), "--yes", "--write")
    assert taken.exit_code == 0 and "titre ← « titre_projet_depose »" in taken.output
    assert set(entries(small_town)) == {"Un banc à la gare", "Un arbre sur la place"}
    file.write_text("ref;machin\n1;Un banc à la gare\n", encoding="utf-8")
    assert run_command("import", "ideas", str(file), "--yes").exit_code == 1


# ── Themes and ambitions ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("theme", "ambition"),
    [
        ("Satisfaction des citoyens", 1),
        ("mobilités", 5),
        ("Mobilité douce", 5),
        ("Environnement et climat", 5),
        ("Formation continue", 4),
        ("Conditions de travail au dépôt", 2),
        ("Numérique et formation", None),
        ("Cadre de vie", None),
        ("Culture et patrimoine", None),
        ("La vie de nos quartiers et de leurs habitants", None),
    ],
)
def test_a_theme_goes_to_an_ambition_by_its_words_or_is_left_blank(small_town, theme, ambition):
    report = bring(small_town, f"id;titre;thème\n1;Un banc;{theme}\n")
    assert entries(small_town)["Un banc"].ambition_id == ambition
    told = any("ne correspond à aucune" in problem.reason for problem in report.warnings)
    assert told == (ambition is None)


# ── What goes and comes back ──────────────────────────────────────────────────────────────────────


def test_what_has_gone_is_told_once_and_its_return_too(small_town):
    one, two, three = "1;Un banc\n", "2;Un arbre\n", "3;Un pré\n"
    told = []
    for rows in (one + two + three, one + three, one, one + two, one + two + three):
        report = bring(small_town, f"id;titre\n{rows}")
        told.append((report.gone, report.returned, report.unchanged))
    assert told[1:] == [(1, 0, 2), (1, 0, 1), (0, 1, 2), (0, 1, 3)]
    assert any("revenue" in sentence for sentence in report.sentences())
    bring(small_town, f"id;titre\n{one}")
    tried = bring(small_town, f"id;titre\n{one}{two}", dry_run=True)
    again = bring(small_town, f"id;titre\n{one}2;Un grand arbre\n")
    assert (tried.returned, again.returned, again.changed) == (1, 1, 1)
    assert set(entries(small_town)) == {"Un banc", "Un grand arbre", "Un pré"}


# ── What is no idea ───────────────────────────────────────────────────────────────────────────────


def test_lines_that_the_file_calls_comments_are_no_ideas_and_that_is_told(small_town):
    report = bring(
        small_town,
        "proposal_id,contribution_type,proposal_title,proposal_comments_body\n"
        "p1,proposal,Un banc,\n"
        "p1,proposalComment,Un banc,Bravo\n"
        "p2,proposalComment,Un arbre,Oui\n"
        "p3,proposalVote,Une fontaine,\n"
        "p4,proposalComment,Un arbre,Non\n",
    )
    (bench,) = entries(small_town).values()
    assert (bench.title, bench.comments) == ("Un banc", 1)
    told = [problem.message for problem in report.warnings]
    assert told == [
        "« proposalComment » n'est pas une idée : laissé de côté (2\N{NO-BREAK SPACE}lignes : 4, 6).",
        "« proposalVote » n'est pas une idée : laissé de côté.",
    ]


def test_an_export_of_comments_alone_is_refused_as_that(small_town):
    refuses(
        bring,
        small_town,
        "id;created_at;body;commentable_id;title\n1;2023-01-02;Bravo;12;Un banc\n",
        match="export de commentaires",
    )
    assert entries(small_town) == {}


# ── Files as people really send them ──────────────────────────────────────────────────────────────
# Taken or refused, always with a sentence, never half.


def lines(*rows: str) -> str:
    return "titre;texte;date\n" + "".join(f"{row}\n" for row in rows)


def test_a_body_of_fifty_thousand_characters_comes_in_and_one_more_is_told(small_town):
    report = bring(
        small_town,
        lines(f"Long;{'é' * BODY_MAX};", f"Trop long;{'é' * (BODY_MAX + 1)};", "Court;ok;"),
    )
    assert (
        counts(report) == (3, 2, 0, 0, 1)
        and report.refused[0].line == 3
        and str(BODY_MAX)[:2] in report.refused[0].reason
    )
    assert set(entries(small_town)) == {"Long", "Court"}


def test_headers_that_stand_twice_are_told_and_the_first_is_read(small_town):
    report = bring(small_town, "titre;texte;texte\nUn;premier;second\n")
    assert any("2 fois" in problem.reason for problem in report.warnings)
    assert entries(small_town)["Un"].body == "premier"


def test_of_three_tables_in_one_file_the_one_with_titles_is_read_and_the_others_are_told(
    small_town,
):
    content = (
        "Bilan du mois;;\n\nsemaine;visites\n1;12\n2;15\n\ntitre;texte\nUn banc;Au soleil\nUn"
        " arbre;À l'ombre\n\nservice;agents;postes\nVoirie;12;3\nBâtiments;9;2\n"
    )
    report = bring(small_town, content)
    assert set(entries(small_town)) == {"Un banc", "Un arbre"}
    assert any(re.search(r"3\stableaux", problem.reason) for problem in report.warnings), (
        "what is passed over is told"
    )


def test_a_second_table_of_the_same_width_is_pointed_at_once(small_town):
    """It may be rows of ours after a blank line: they are read, and whoever imports is told
    where to look before she does.
    """
    report = bring(
        small_town,
        "titre;texte\nUn banc;Au soleil, près du"
        " bassin\n\nnom;prénom\nDurand;Paul\n\ndate;montant\n01/01/2023;5\n",
    )
    assert [
        problem.line for problem in report.warnings if "ressemble à un en-tête" in problem.reason
    ] == [4]
    report = bring(
        small_town, "titre;texte\nUn arbre;À l'ombre\n\nUn abri pour les vélos du dépôt;Il pleut\n"
    )
    assert not report.warnings, "a title of an idea is no header"


def test_a_workbook_with_several_sheets_says_which_one_it_reads(small_town):
    content = as_workbook(
        [["Notes"], ["à voir"]],
        Idées=[["Titre", "Texte"], ["Un banc", "Au soleil"]],
        Archives=[["Titre"], ["Vieux"]],
    )
    report = bring(small_town, content, "classeur.xlsx")
    assert set(entries(small_town)) == {"Un banc"}
    assert any(
        "Feuille1" in problem.reason and "Archives" in problem.reason for problem in report.warnings
    )


@pytest.mark.slow
def test_thirty_megabytes_on_one_line_are_refused_in_one_sentence(small_town):
    endless = b"titre;texte;" + b"x" * 30_000_000
    refuses(bring, small_town, endless, "grand.csv", match="16 millions de caractères")
    report = bring(small_town, lines("Un banc;" + "x" * 17_000_000 + ";", "Un arbre;ok;"))
    assert "16 millions" in report.refused[0].reason and set(entries(small_town)) == {"Un arbre"}


@pytest.mark.slow
def test_a_workbook_that_unpacks_without_end_is_refused_before_it_is_unpacked(small_town):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        bomb.writestr("xl/workbook.xml", "<workbook/>")
        bomb.writestr("xl/worksheets/sheet1.xml", b" " * (200 * 1024 * 1024))
    refuses(bring, small_town, out.getvalue(), "bombe.xlsx", match="décompressé")


def sheet_with_a_cell_at(place: str, said: str = "x") -> bytes:
    """A workbook of two rows of ideas and one cell somewhere."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["titre", "texte"])
        sheet.write_row(1, 0, ["Un banc", "À la gare"])
        if said:
            sheet.write(place, said)
        else:
            sheet.write_blank(place, None, book.add_format({"bold": True}))
    return out.getvalue()


ODS_HEADER = (
    '<table:table-row><table:table-cell office:value-type="string"><text:p>titre</text:p>'
    "</table:table-cell></table:table-row>"
)
ODS_FAR = (
    '<table:table-row table:number-rows-repeated="900000"><table:table-cell/></table:table-row>'
    '<table:table-row><table:table-cell table:number-columns-repeated="16000"/>'
    '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    "</table:table-row>"
)


def test_one_cell_very_far_away_is_a_sentence_that_says_how_to_find_it(small_town):
    refuses(bring, small_town, sheet_with_a_cell_at("QQQ123456"), "loin.xlsx", match=r"Ctrl\+Fin")
    refuses(bring, small_town, sheet_with_a_cell_at("QQ25000"), "loin.xlsx", match="cellules, 10")
    refuses(bring, small_town, ods_of(ODS_HEADER, ODS_FAR), "loin.ods", match="très loin")
    assert entries(small_town) == {}


def test_a_far_cell_that_only_has_a_style_and_a_long_sheet_are_read(small_town):
    assert bring(small_town, sheet_with_a_cell_at("QQQ123456", ""), "stylé.xlsx").new == 1
    assert bring(
        small_town, ods_of(ODS_HEADER, ODS_HEADER.replace("titre", "Un arbre")), "un.ods"
    ).new
