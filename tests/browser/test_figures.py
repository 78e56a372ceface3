"""Every figure as a reader sees it in the browser is the one of `figures --format json`, for two
scopes.
"""

import json
import re
from urllib.parse import unquote

import pytest
from support.chromium import follow_link
from support.crossing import rest
from support.served import number

from dashboard.figures import REGISTRY
from dashboard.figures.places import of_ambition

pytestmark = [pytest.mark.browser, pytest.mark.reads]

AMBITIONS = ("citoyens", "bien-etre", "modernisation", "competences", "durable")
GROUPS = ("copilotage", "ambassadeurs", "conseil", "groupes", "academie", "managers")
SCOPES = {
    "the whole": {},
    "a direction since a day": {"direction": "VC-JSP", "depuis": "2022-12-31"},
}


def cards(page) -> dict[str, str]:
    """Code → what stands on its card, from the link « Pourquoi ? » that names it."""
    found = {}
    for card in page.locator(".cp-card").all():
        code = re.search(r"chiffre=([^&]+)", card.locator("a").last.get_attribute("href"))[1]
        found[unquote(code)] = card.locator(".cp-card-value p").inner_text()
    return found


# tests/test_number_links.py compares cards with what they count, test_stories.py one with the
# command.
@pytest.mark.matrix
@pytest.mark.parametrize("name", ["a direction since a day", *rest("the whole")])
def test_every_card_says_what_the_command_says(visit, served, name):
    address = SCOPES[name]
    options = [word for key, value in address.items() for word in (f"--{key}", value)]
    query = "".join(f"&{key}={value}" for key, value in address.items())
    elise = visit("elise", "/tout")
    seen = {}
    for group in GROUPS:
        seen |= cards(follow_link(elise, f"/tableau-de-bord?volet={group}{query}"))
    # An ambition counts for itself: its screen is compared with the command for that ambition.
    wanted = {
        entry["code"]: entry
        for entry in json.loads(
            served.command("figures", "--format", "json", "--as", "elise", *options)
        )["figures"]
    }
    outside = {
        value.code
        for code in ("bien-etre", "citoyens", "durable")
        for value in REGISTRY[code].values
    }
    assert set(seen) == set(wanted) - outside
    differing = {
        code: (said, wanted[code]["value"])
        for code, said in seen.items()
        if not says(said, wanted[code])
    }
    for ambition in AMBITIONS:
        here = {
            entry["code"]: entry
            for entry in json.loads(
                served.command(
                    "figures", "--format", "json", "--as", "elise", "--ambition", ambition, *options
                )
            )["figures"]
        }
        shown = cards(follow_link(elise, f"/ambitions?ambition={ambition}{query}"))
        assert set(shown) == set(of_ambition(ambition))
        differing |= {
            f"{ambition} {code}": (said, here[code]["value"])
            for code, said in shown.items()
            if not says(said, here[code])
        }
    assert differing == {}


def says(said: str, entry: dict) -> bool:
    """The card's number is the entry's, to the digits shown; what is hidden or unknown is said
    so.
    """
    if entry["suppressed"]:
        return "Non affiché" in said
    if entry["value"] is None:
        return said.strip() == "n.d."
    digits = re.match(r"[\s\u202f\u00a0]*([−\-+]?[\d\s\u202f\u00a0]+(?:,(\d+))?)", said)
    shown, places = number(digits[1]), len(digits[2] or "")
    return abs(shown - entry["value"]) <= 0.5 * 10**-places + 1e-9
