"""What a reader sees as French: each story fails if a space, a sign or a plural is wrong."""

from datetime import date
from decimal import Decimal

import pytest

from dashboard import french

NARROW, NO_BREAK, MINUS = "\u202f", "\u00a0", "\u2212"


@pytest.mark.parametrize(
    ("x", "decimals", "read"),
    [
        (3200, None, f"3{NARROW}200"),
        (1234567.85, 2, f"1{NARROW}234{NARROW}567,85"),
        (13.66, None, "13,7"),
        (13.0, None, "13"),
        (13, 1, "13,0"),
        (0, None, "0"),
        (-7.8, None, f"{MINUS}7,8"),
        (2.25, 1, "2,3"),  # half up, where Python and Babel would say 2,2
        (1.005, 2, "1,01"),
        (Decimal("0.05"), 1, "0,1"),
        (-0.04, 1, "0,0"),  # nobody reads « −0,0 »
        (None, None, "n.d."),
        (float("nan"), 1, "n.d."),
    ],
)
def test_a_number_reads_as_french(x, decimals, read):
    assert french.number(x, decimals) == read


def test_a_percentage_is_kept_from_0_to_100_and_holds_its_sign():
    assert french.percent(13.73) == f"13,7{NARROW}%"
    assert french.percent(100, 0) == f"100{NARROW}%"
    assert french.percent(None) == "n.d."


def test_a_rate_shows_both_counts_or_says_it_does_not_know():
    assert french.rate(412, 3000) == f"13,7{NARROW}% (412{NO_BREAK}/{NO_BREAK}3{NARROW}000)"
    assert french.rate(0, 20) == f"0,0{NARROW}% (0{NO_BREAK}/{NO_BREAK}20)"
    assert french.rate(0, 0) == "n.d."
    assert french.rate(5, None) == "n.d."
    assert french.rate(None, 5) == "n.d."


@pytest.mark.parametrize(
    ("x", "unit", "read"),
    [
        (-7.8, "point", f"{MINUS}7,8{NO_BREAK}points"),
        (1.7, "point", f"+1,7{NO_BREAK}point"),
        (-1.9, "mois", f"{MINUS}1,9{NO_BREAK}mois"),
        (2, "point", f"+2{NO_BREAK}points"),
        (0, "point", f"0{NO_BREAK}point"),
        (4, "%", f"+4{NARROW}%"),
        (-3, "", f"{MINUS}3"),
        (None, "point", "n.d."),
    ],
)
def test_a_change_carries_its_sign_and_its_unit(x, unit, read):
    assert french.signed(x, unit) == read


def test_a_change_that_rounds_to_nothing_has_no_sign():
    assert french.signed(0.04, "point", 1) == f"0,0{NO_BREAK}point"
    assert french.signed(-0.04, "point", 1) == f"0,0{NO_BREAK}point"


def test_french_is_singular_below_two():
    assert [french.plural(n, "idée") for n in (0, 1, 1.9, 2, -1.5, -2)] == [
        "idée", "idée", "idée", "idées", "idée", "idées",
    ]  # fmt: skip
    assert french.plural(5, "mois") == "mois"
    assert french.plural(5, "ETP") == "ETP"
    assert french.plural(3, "journal", "journaux") == "journaux"
    assert french.counted(1200, "idée") == f"1{NARROW}200{NO_BREAK}idées"


def test_a_delay_is_said_in_words():
    assert french.months_late(-1.7) == f"1,7{NO_BREAK}mois de retard"
    assert french.months_late(0.5) == f"0,5{NO_BREAK}mois d’avance"
    assert french.months_late(0.04) == french.months_late(-0.04) == "à l’heure"
    assert french.months_late(None) == "n.d."


def test_dates_for_tables_sentences_and_curves():
    frozen = date(2023, 6, 30)
    assert french.day(frozen) == "30/06/2023"
    assert french.day_long(frozen) == f"30{NO_BREAK}juin 2023"
    assert french.day_long(date(2023, 7, 1)) == f"1er{NO_BREAK}juillet 2023"
    assert french.month(date(2022, 8, 15)) == "août 2022"
    assert french.day(None) == french.day_long(None) == french.month(None) == "n.d."


@pytest.mark.parametrize(
    ("written", "set_"),
    [
        ("Pourquoi ce chiffre ?", f"Pourquoi ce chiffre{NARROW}?"),
        ("Bravo! Encore?", f"Bravo{NARROW}! Encore{NARROW}?"),
        ("Note : lu", f"Note{NO_BREAK}: lu"),
        ("Note: lu", f"Note{NO_BREAK}: lu"),
        ("13,7 % et 5€", f"13,7{NARROW}% et 5{NO_BREAK}€"),
        ("13,7%", f"13,7{NARROW}%"),
        ("« Retenue »", f"«{NO_BREAK}Retenue{NO_BREAK}»"),
        ("«Retenue»", f"«{NO_BREAK}Retenue{NO_BREAK}»"),
        ("(« Retenue ») ?", f"(«{NO_BREAK}Retenue{NO_BREAK}»){NARROW}?"),
        ("un ; deux", f"un{NARROW}; deux"),
        ("5 voix · 1 soutien", f"5 voix{NO_BREAK}· 1 soutien"),
        ("à 10:30", "à 10:30"),
        ("https://intranet/?a=b;c", "https://intranet/?a=b;c"),
        ("", ""),
    ],
)
def test_punctuation_gets_its_spaces_and_addresses_stay_whole(written, set_):
    assert french.typo(written) == set_
    assert french.typo(set_) == set_, "setting twice must change nothing"


@pytest.mark.parametrize(
    "n,said",
    [
        (0, "les chantiers"),
        (1, "le chantier"),
        (6, "les six chantiers"),
        (16, "les seize chantiers"),
        (17, "les 17 chantiers"),
    ],
)
def test_all_of_a_kind_are_counted_in_words(n, said):
    assert french.every(n, "chantier") == said


def test_a_heading_begins_with_a_capital():
    assert french.sentence_case("les six chantiers") == "Les six chantiers"
    assert french.sentence_case("") == ""


def test_hours_stay_on_one_line():
    """A line may end after a dash: « 13:30– » above « 15:30 » on a phone."""
    assert french.hours("13:30", "15:30") == "13:30\u2060–\u206015:30"
