"""The scope: what an address says, what is ignored in one sentence, and what a reader may not
ask for.
"""

from datetime import date

import pytest
from hypothesis import given, strategies as st

from dashboard.access import NOBODY, OPERATOR, Reader
from dashboard.scope import ALL_AMBITIONS, Choice, Scope
from models.directions import Tree, Unit, UnitKind
from models.people import Role

TODAY, START = date(2023, 6, 30), date(2021, 1, 1)
CHART = Tree(
    (
        Unit(1, "ADM", "Administration", UnitKind.root, None, 0),
        Unit(2, "VC", "Vie citoyenne", UnitKind.department, 1, 1),
        Unit(3, "VC-JSP", "Jeunesse et sports", UnitKind.direction, 2, 2),
        Unit(4, "VC-JSP-1", "Piscines", UnitKind.service, 3, 3),
        Unit(5, "VC-JSP-2", "Animation", UnitKind.service, 3, 4),
        Unit(6, "VC-CUL", "Culture", UnitKind.direction, 2, 5),
        Unit(7, "VC-CUL-1", "Musées", UnitKind.service, 6, 6),
    )
)
# Culture opens in 2022: before, it does not exist.
EARLY = Tree(tuple(unit for unit in CHART.units if not unit.code.startswith("VC-CUL")))
AMBITIONS = [
    Choice(1, "citoyens", "Satisfaction des citoyens"),
    Choice(3, "modernisation", "Modernisation"),
]
ALICE = Reader(11, "Alice", "alice", frozenset({Role.agent}), service_id=4)
ALINE = Reader(12, "Aline", "aline", frozenset({Role.agent}), service_id=5)
CARINE = Reader(13, "Carine", "carine", frozenset({Role.agent, Role.manager}), 4, frozenset({3}))
ELISE = Reader(14, "Élise", "elise", frozenset({Role.agent, Role.codir}), service_id=7)
DIDIER = Reader(15, "Didier", "didier", frozenset({Role.agent, Role.animateur}), service_id=7)


def chart_at(day: date) -> Tree:
    return CHART if day >= date(2022, 1, 1) else EARLY


def scope(reader: Reader = ELISE, **params: str) -> Scope:
    return Scope.for_reader(reader, params, TODAY, chart_at, AMBITIONS)


def test_an_empty_address_is_the_whole_today():
    found = scope()
    assert (found.on, found.since, found.unit, found.counted, found.ambition) == (
        TODAY,
        None,
        None,
        None,
        None,
    )
    assert found.is_whole and found.ignored == ()
    assert "Toute l'administration" in found.sentence() and "30/06/2023" in found.sentence()


def test_an_address_is_read_by_its_codes():
    found = scope(
        au="2022-06-30", depuis="2022-01-01", direction="VC-JSP", ambition="modernisation"
    )
    assert (found.on, found.since) == (date(2022, 6, 30), date(2022, 1, 1))
    assert found.unit.code == "VC-JSP" and found.counted == {3, 4, 5} and not found.is_whole
    assert found.ambition.id == 3 and found.ignored == ()
    for said in ("Jeunesse et sports (VC-JSP)", "Modernisation", "30/06/2022", "01/01/2022"):
        assert said in found.sentence()


@pytest.mark.parametrize(
    "code,ids", [("VC", {2, 3, 4, 5, 6, 7}), ("VC-JSP", {3, 4, 5}), ("VC-CUL-1", {7})]
)
def test_departments_directions_and_services_are_all_addresses(code, ids):
    assert scope(direction=code).counted == ids


@pytest.mark.parametrize(
    "params,said",
    [
        ({"au": "hier"}, "situation au"),
        ({"au": "2023-02-30"}, "situation au"),
        ({"au": "30/06/2022"}, "situation au"),
        ({"depuis": "avant"}, "évolution depuis"),
        ({"direction": "XX-YYY"}, "n'existe pas"),
        ({"ambition": "voler"}, "n'existe pas"),
        ({"au": "2030-01-01"}, "à venir"),
        ({"au": "1999-12-31"}, "commence"),
        ({"depuis": "2023-06-30"}, "précéder"),
        ({"depuis": "2024-01-01"}, "précéder"),
        ({"depuis": "2019-01-01"}, "commence"),
    ],
)
def test_what_is_not_understood_is_ignored_with_one_sentence(params, said):
    found = scope(**params)
    assert len(found.ignored) == 1 and said in found.ignored[0] and found.ignored[0].endswith(".")


def test_a_direction_that_does_not_exist_yet_is_the_whole():
    found = scope(au="2021-06-30", direction="VC-CUL")
    assert found.is_whole and len(found.ignored) == 1
    assert scope(au="2022-06-30", direction="VC-CUL").unit.code == "VC-CUL"


def test_an_agent_sees_her_direction_apart_and_no_other():
    for code in ("VC-JSP", "VC-JSP-1", "VC-JSP-2"):
        assert scope(ALICE, direction=code).unit.code == code
    for code in ("VC", "VC-CUL", "VC-CUL-1"):
        found = scope(ALICE, direction=code)
        assert found.is_whole and found.unit is None and "pas ouverts" in found.ignored[0]


def test_nobody_sees_the_whole_at_most():
    for code in ("VC", "VC-JSP", "VC-JSP-1"):
        found = scope(NOBODY, direction=code)
        assert found.is_whole and found.listed == frozenset() and found.ignored


def test_the_lists_of_names_are_cut_by_rights():
    assert scope(CARINE).listed == {3, 4, 5}
    assert scope(CARINE, direction="VC-CUL").listed == {
        3,
        4,
        5,
    }, "another direction opens no other names"
    assert scope(DIDIER).listed is None
    assert scope(ELISE).listed == scope(ALICE).listed == frozenset()


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"au": "2022-06-30"},
        {"direction": "VC-JSP-1", "depuis": "2022-01-01"},
        {"ambition": "citoyens", "direction": "VC", "au": "2023-01-01", "depuis": "2021-01-01"},
    ],
)
def test_an_address_written_back_is_the_same_scope(params):
    found = scope(**params)
    again = scope(**found.params())
    assert again == found and again.ignored == () and again.params() == found.params()


def test_an_address_says_its_defaults_too():
    assert scope().params() == {
        "au": "2023-06-30",
        "direction": "ADM",
        "ambition": ALL_AMBITIONS,
    }


def test_what_caches_are_keyed_by_holds_the_reach_and_no_person():
    assert scope(ALICE).impersonal() == scope(ALINE).impersonal() == scope(ELISE).impersonal()
    assert (
        scope(ALICE, direction="VC-JSP").impersonal()
        == scope(ELISE, direction="VC-JSP").impersonal()
    )
    assert scope(ALICE, direction="VC-CUL").impersonal() == scope(ALICE).impersonal(), (
        "what is not open is not counted"
    )
    for reader in (ALICE, CARINE, DIDIER, OPERATOR):
        assert scope(reader, direction="VC-JSP", ambition="citoyens").impersonal().reader is NOBODY


def test_every_part_of_the_address_that_counts_changes_what_caches_are_keyed_by():
    keys = [
        found.impersonal()
        for found in (
            scope(),
            scope(au="2022-06-30"),
            scope(direction="VC"),
            scope(direction="VC", services="sans"),
            scope(direction="VC-JSP"),
            scope(direction="VC-JSP,VC-CUL"),
            scope(direction="VC-JSP-1"),
            scope(ambition="citoyens"),
        )
    ]
    assert len(set(keys)) == len(keys)


def test_several_directions_are_counted_together_each_once_and_in_the_order_of_the_chart():
    both = scope(direction="VC-CUL,VC-JSP,VC-JSP,VC-JSP-1")
    assert [unit.code for unit in both.units] == ["VC-JSP", "VC-CUL"] and both.unit is None
    assert both.counted == scope(direction="VC-CUL").counted | scope(direction="VC-JSP").counted
    assert scope(direction="VC-JSP,XX").unit.code == "VC-JSP", (
        "what does not exist is left aside, the rest stays"
    )
    half_open = scope(ALICE, direction="VC-JSP,VC-CUL")
    assert half_open.unit.code == "VC-JSP" and "pas ouverts" in half_open.ignored[0]


def test_a_direction_without_its_services_counts_itself_alone():
    alone = scope(direction="VC-JSP", services="sans")
    assert alone.counted == {alone.unit.id} and "sans les services" in alone.sentence()
    assert alone.params()["services"] == "sans" and scope(**alone.params()) == alone
    assert not scope(direction="VC-JSP-1", services="sans").alone, "a service has nothing below it"
    assert scope(services="sans").is_whole


anything = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "2022-06-30",
            "0001-01-01",
            "9999-12-31",
            "VC",
            "VC-JSP",
            "ADM",
            "citoyens",
            "toutes",
            "' OR 1=1 --",
            "<script>",
            "2022-W26-4",
            "20220630",
            "-1",
            "\x00",
            "٢٠٢٢-٠٦-٣٠",
        ]
    ),
    st.dates().map(str),
)


@given(
    st.dictionaries(st.sampled_from(["au", "depuis", "direction", "ambition", "autre"]), anything),
    st.sampled_from([NOBODY, ALICE, CARINE, DIDIER, ELISE, OPERATOR]),
)
def test_a_hostile_address_never_raises_and_never_opens_more(params, reader):
    found = Scope.for_reader(reader, params, TODAY, chart_at, AMBITIONS)
    assert START <= found.on <= TODAY
    assert found.since is None or START <= found.since < found.on
    assert (found.unit is None) == (found.counted is None)
    if reader in (NOBODY, ALICE) and found.counted is not None:
        assert reader is ALICE and found.counted <= {3, 4, 5}
    assert scope(reader, **found.params()) == found
