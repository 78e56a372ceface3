"""What other platforms export comes in whole: texts, states, votes, comments and dates; a later
snapshot brings what is new.
"""

import json
from datetime import date

import pytest
from sqlmodel import select
from support.imports import TODAY, as_workbook, bring, counts, entries
from support.registers import bring as bring_register
from support.transactions import bytes_of, contents, read_with, select_all
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
from models.database import writing
from models.discussions import COMMENT_MAX, Contribution, Subject, about_idea
from models.idea_events import IdeaEvent
from models.ideas import Idea
from models.people import Person

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
