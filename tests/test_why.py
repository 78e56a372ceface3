"""« Pourquoi ce chiffre ? »: every value explains itself to every role; its numbers are those of
the board and of its rows.
"""

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
from sqlmodel import Session, select
from streamlit.testing.v1 import AppTest
from support.crossing import in_turn
from support.pages import headers, html_of, unfold
from support.transactions import read_with, select_all, write_with
from support.troupe import FROZEN, STREAMS

from dashboard.access import OPERATOR
from dashboard.actions.figures.targets import impose
from dashboard.figures import REGISTRY, Value, reasons
from dashboard.figures.board import Entry, board
from dashboard.figures.kinds import Unit, every_value, rows_behind
from dashboard.queries.figures.figure_rows import Rows
from dashboard.queries.figures.late_facts import late_facts
from dashboard.queries.roadmap import whole_roadmap
from models.database import reading, writing
from models.ledger import Change
from models.revisions import raise_revisions
from models.roadmap import MilestoneState, PlanReport, Target, TargetKind

VALUES = {value.code: value for _, value in every_value(STREAMS)}


def plain(texts: list[str] | str) -> str:
    said = " ".join(texts) if isinstance(texts, list) else texts
    said = unescape(re.sub(r"<[^>]+>", " ", said)).replace("’", "'")
    return re.sub(r"\s+", " ", said)


# --- every value, every role --------------------------------------------------------------------


READINGS = [
    ("elise", ""),
    ("alice", ""),
    ("didier", "connu=oui"),
    ("carine", "direction=VC-JSP&depuis=2022-06-30"),
    ("elise", "au=2021-01-01"),
    ("farid", "direction=VC&ambition=modernisation&connu=oui&au=2022-11-15"),
]


@pytest.mark.parametrize("login,query", READINGS)
@pytest.mark.slow
def test_each_value_explains_itself(open_page, login, query):
    """Each value to one of these readers, in turn."""
    for code in list(VALUES)[READINGS.index((login, query)) :: len(READINGS)]:
        tab = open_page(login, "pourquoi", f"chiffre={code}&{query}")
        assert not tab.exception, f"{code}: {tab.exception[0].message}"
        said = plain(html_of(tab))
        for heading in ("Le calcul en détail", "Le statut", "L'évolution"):
            assert heading in said, code
        assert headers(tab) == 1 and VALUES[code].definition[1:30] in said
        assert "Tel que connu alors" in [toggle.label for toggle in tab.toggle]
        assert not re.search(r"\b(None|nan)\b", said), code


@pytest.mark.parametrize(
    "login,back", [("alice", "Accueil"), ("bruno", "Accueil"), ("elise", "Pilotage")]
)
def test_the_way_back_leads_where_the_reader_may_go(open_page, login, back):
    for query in ("chiffre=avancement", "chiffre=rien"):
        trail = next(
            body for body in html_of(open_page(login, "pourquoi", query)) if "cp-trail" in body
        )
        assert back in trail


@pytest.mark.slow
def test_the_page_shows_the_numbers_put_into_the_formula(open_page):
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=echeances")))
    assert "14 ÷ 36 = 38,9 %" in said and "terminés à temps : 14 ; échus : 36" in said
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=avancement")))
    assert (
        "91,5 % du chemin de 0 % à 88 %, pour le 30/06/2023." in said and "reçu : 44 sur 44" in said
    )
    assert "Rythme nécessaire +3,2 points par mois pour passer de 80,6 % à 100 %" in said
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=reponse.tenue")))
    assert "Ce chiffre compte ce qui a été encodé." in said and "Fraîcheur dernier fait du" in said
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=ecart.mois")))
    assert "28,3 − 30 = −1,7 mois, soit 0,94 mois du plan par mois" in said
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=ecart.points")))
    assert "80,56 % − 88,33 % = −7,78, soit −7,8 points" in said, "not 7,7, as rounded terms give"
    assert said.index("Au 30/06/2023, −7,8 points : avancement moins prévu") < said.index(
        "Le statut"
    )


def by_direction(tab: AppTest) -> str:
    """The table with a line for each direction."""
    found = '<div class="cp-table[^>]*aria-label="[^"]* par direction".*?</table>'
    return re.search(found, " ".join(html_of(tab)), re.DOTALL)[0]


def test_an_agent_follows_her_own_direction_and_no_other(open_page):
    said = by_direction(open_page("alice", "pourquoi", "chiffre=reponse.tenue"))
    assert len(re.findall('<tr role="row">', said)) == 2 and "direction=VC-JSP" in said
    said = by_direction(open_page("elise", "pourquoi", "chiffre=reponse.tenue"))
    codes = re.findall(r"direction=(\w\w)&", said)
    assert codes == ["DG", "DF", "AD", "RI", "VC"], "the order of the organisation chart"


def test_the_reader_of_names_is_kept_in_the_journal(open_page, demonstration):
    def readings() -> int:
        return len(select_all(demonstration, select(Change).where(Change.subject == "lecture")))

    before = readings()
    assert "Présente" not in plain(
        html_of(open_page("elise", "pourquoi", "chiffre=formation&direction=VC-JSP"))
    )
    assert readings() == before, "the CODIR reads counts, no names"
    assert "Présente" in plain(
        html_of(open_page("carine", "pourquoi", "chiffre=formation&direction=VC-JSP"))
    )
    assert readings() == before + 1
    for own in ("VC-JSP", "VC-CUL"):
        for url, query in (
            ("pourquoi", f"chiffre=formation&direction={own}"),
            ("", f"pourquoi=chiffre%3Dformation%26direction%3D{own}"),  # over another page
        ):
            said = plain(html_of(open_page("carine", url, query)))
            assert ("Présente" in said) == (own == "VC-JSP"), (url, own)
    assert readings() == before + 3, "each tab, the page and the panel"


# --- the rows behind ----------------------------------------------------------------------------


def all_rows(session: Session, scope, code: str) -> list[tuple]:
    found, page = [], 1
    while (rows := rows_behind(session, scope, code, page)) and rows.rows:
        found += rows.rows
        page += 1
    return found


ADDED_UP_IN = [
    {},
    {"direction": "VC"},
    {"au": "2023-03-14"},
    {"au": "2022-11-15", "ambition": "modernisation"},
]


@pytest.mark.slow
@pytest.mark.parametrize("demo,address", in_turn(ADDED_UP_IN), indirect=["demo"], ids=str)
def test_the_rows_add_up_to_the_figure(demo, scope_for, address):
    with reading(demo) as session:
        scope = scope_for(session, OPERATOR, **address)
        found = board(session, scope)
        progress = all_rows(session, scope, "avancement")
        assert sum(row[6] or 0 for row in progress) == pytest.approx(found["avancement"].value)
        due = all_rows(session, scope, "echeances")
        assert (sum(row[5] == "oui" for row in due), len(due)) == (
            found["echeances"].numerator,
            found["echeances"].denominator,
        )
        kept = all_rows(session, scope, "reponse.tenue")
        assert (sum(row[5] == "oui" for row in kept), len(kept)) == (
            found["reponse.tenue"].numerator,
            found["reponse.tenue"].denominator,
        )
        issue = found["idees-issue.retenues"]
        decided = all_rows(session, scope, "idees-issue.retenues")
        assert (sum(row[2] in ("Retenue", "Réalisée") for row in decided), len(decided)) == (
            issue.numerator,
            issue.denominator,
        )
        services = all_rows(session, scope, "couverture")
        assert (sum(row[2] == "oui" for row in services), len(services)) == (
            found["couverture"].numerator,
            found["couverture"].denominator,
        )
        seats = all_rows(session, scope, "remplissage")
        assert (sum(row[3] for row in seats), sum(row[4] for row in seats)) == (
            found["remplissage"].numerator,
            found["remplissage"].denominator,
        )


@pytest.mark.parametrize("who", ["alice", "bruno", "elise", "farid"])
def test_names_are_for_who_answers_for_them(sqlite_demo, scope_for, cast, who):
    with reading(sqlite_demo) as session:
        for code in ("formation", "presence.taux", "heures", "attente"):
            for address in ({}, {"direction": "VC-JSP"}):
                found = rows_behind(
                    session, scope_for(session, getattr(cast, who), **address), code
                )
                assert found == Rows(found.headings, note=found.note) and "nombre" in found.note


def test_a_direction_does_not_tell_where_an_author_works(sqlite_demo, scope_for, cast):
    with reading(sqlite_demo) as session:
        assert (
            rows_behind(
                session, scope_for(session, cast.elise, direction="VC"), "idees.pour-100"
            ).rows
            == ()
        )
        own = all_rows(
            session, scope_for(session, cast.carine, direction="VC-JSP"), "idees.pour-100"
        )
        numbers = {row[0].value for row in own}
        hidden = (
            session.connection()
            .exec_driver_sql("SELECT number FROM idea WHERE anonymous = 1")
            .scalars()
            .all()
        )
    assert own and not numbers & {str(number) for number in hidden}


def test_every_figure_has_its_rows_but_where_they_would_name_who_is_not_to_be_named():
    without = {
        figure.code
        for figure in REGISTRY.values()
        if not (figure.rows or all(value.rows for value in figure.values_of(STREAMS)))
    }
    assert without == {"satisfaction", "managers"}, "anonymous sheets, and who came to a meeting"


# --- the words ----------------------------------------------------------------------------------


def entry(value: float, status: str, expected: float = 80, **more) -> Entry:
    empty = dict.fromkeys(Entry.__dataclass_fields__)
    return Entry(
        **empty
        | {
            "code": "x",
            "label": "x",
            "unit": "%",
            "suppressed": False,
            "value": value,
            "status": status,
            "expected": expected,
        }
        | more
    )


@pytest.mark.parametrize(
    "kind,value,told",
    [
        (
            TargetKind.rise,
            71.0,
            (
                "À jour à partir de 80,0 % ; à surveiller à partir de 0,9 × l'attendu = 72,0 % ;"
                " sinon en difficulté."
            ),
        ),
        (
            TargetKind.fall,
            90.0,
            (
                "À jour jusqu'à 80,0 % ; à surveiller jusqu'à 1,1 × l'attendu = 88,0 % ; sinon en"
                " difficulté."
            ),
        ),
    ],
)
def test_the_rule_gives_its_bounds(sqlite_demo, scope_for, kind, value, told):
    figure = Value("x", "x", Unit.percent, kind, "x.", ("a", "b"))
    aim = Target(
        figure="x", kind=kind, for_date=FROZEN + timedelta(days=184), value=80, on=date(2023, 1, 1)
    )
    scope = read_with(sqlite_demo, scope_for, OPERATOR)
    said = {
        r[0]: plain(r[1])
        for r in reasons.status_reasons(figure, entry(value, "en-difficulte"), [aim], scope)
    }
    assert said["Règle"] == told
    assert said["Rythme nécessaire"].startswith(
        "+1,5 point par mois" if kind == TargetKind.rise else "−1,7 point par mois"
    )
    calm = {r[0] for r in reasons.status_reasons(figure, entry(value, "a-jour"), [aim], scope)}
    assert "Rythme nécessaire" not in calm


def test_an_imposed_status_is_told_with_its_author(open_page, demonstration, cast):
    write_with(
        demonstration,
        impose,
        cast.didier,
        "figure:fraicheur",
        "a-surveiller",
        "Relevé en cours <b>*gras*</b>",
        date(2023, 9, 30),
    )
    said = plain(html_of(open_page("elise", "pourquoi", "chiffre=fraicheur")))
    assert (
        "À surveiller, imposé par" in said
        and "jusqu'au 30/09/2023. Raison : Relevé en cours <b>" in said
    ), "a text, since tags are gone"
    assert "Statut imposé" not in plain(
        html_of(open_page("elise", "pourquoi", "chiffre=fraicheur&direction=VC"))
    )


# --- as it was known then -----------------------------------------------------------------------


def test_what_was_recorded_since_is_listed_with_the_difference(open_page, demonstration):
    then = date(2023, 3, 31)
    with writing(demonstration) as session:
        milestone = next(
            m for m in whole_roadmap(session).at(then) if m.state == MilestoneState.under_way
        )
        session.add(
            PlanReport(
                plan_id=milestone.plan.id,
                on=then,
                recorded_on=date(2023, 5, 15),
                state=MilestoneState.done,
                progress=100,
                actual_end=then,
            )
        )
        raise_revisions(session, "roadmap")
    said = plain(
        html_of(open_page("elise", "pourquoi", "chiffre=avancement&au=2023-03-31&connu=oui"))
    )
    assert re.search(r"corrigé depuis : \+\d,\d points?, 1 fait inscrit après le 31/03/2023", said)
    assert f"Jalon {milestone.plan.number} : Terminé, 100 %" in said
    assert "corrigé depuis" not in plain(
        html_of(open_page("elise", "pourquoi", "chiffre=avancement&au=2023-03-31"))
    )


def test_facts_about_persons_are_counted_and_never_listed(sqlite_demo, scope_for):
    with reading(sqlite_demo) as session:
        scope = scope_for(session, OPERATOR, au="2023-03-31")
        for code in ("formation", "presence", "couverture", "attente"):
            assert late_facts(session, scope, REGISTRY[code].facts).shown == []


@pytest.mark.parametrize(
    "code,before,after,hidden",
    [
        ("formation", 40, 42, True),
        ("formation", 40, 45, False),
        ("formation", 40, 40, False),
        ("heures", 100, 110, True),
        ("idees.auteurs", 7, 8, True),
        ("reponse.tenue", 7, 8, False),
    ],
)
def test_two_counts_of_persons_that_could_be_subtracted_are_not_compared(
    code, before, after, hidden
):
    one, other = (entry(1.0, "a-jour", numerator=n, denominator=3200) for n in (before, after))
    assert reasons.reveals_a_person(VALUES[code], other, one) is hidden
    assert reasons.reveals_a_person(VALUES[code], replace(other, suppressed=True), one) is (
        code != "reponse.tenue"
    )


def test_a_status_is_imposed_today_by_who_may(open_page):
    tab = open_page("elise", "pourquoi", "chiffre=avancement")
    tab = unfold(tab, "Imposer un statut")
    assert "Imposer ce statut" in [button.label for button in tab.button]
    assert not offers_a_status(open_page("carine", "pourquoi", "chiffre=avancement"))
    past = open_page("elise", "pourquoi", "chiffre=avancement&au=2023-03-31")
    assert not offers_a_status(past), "a status is imposed today"


def offers_a_status(tab: AppTest) -> bool:
    return any(fold.label.startswith("Imposer un statut") for fold in tab.get("expander"))
