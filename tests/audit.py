"""The whole matrix under axe-core — screens, roles, themes, widths, states — written into
dashboard/accessibility.json.

    python -m tests.audit [--out FILE] [--roles didier,sans-compte]

Exit code 1 where something is ours, or where an entry of `axe.STREAMLITS` occurs nowhere any more.
The accessibility statement (pages/accessibilite.py) says what stands in that file and nothing else.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from playwright.sync_api import Error as PlaywrightError, Page

from dashboard.visit.screens import SCREENS
from models.settings import ROOT
from tests.support.axe import OURS, STREAMLIT, STREAMLITS, TAGS, Cause, Found, version, violations
from tests.support.days import town_today
from tests.support.looks import THEMES, WIDTHS, looks, reach, role_of
from tests.support.places import Place

RESULTS = ROOT / "dashboard" / "accessibility.json"
# What no machine can judge: said in the statement until somebody has done it.
BY_HAND = (
    "Lecture de chaque écran avec un lecteur d'écran (NVDA et Firefox, VoiceOver et Safari).",
    "Essai par des agents qui utilisent une aide technique : loupe, commande vocale, contacteur.",
    "Relecture des textes de remplacement des graphiques : disent-ils l'essentiel ?",
    "Vérification des rapports PDF (PDF/UA-1) avec un lecteur d'écran.",
)


@dataclass
class Audit:
    """What was looked at and what was found, counted."""

    places: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)
    combinations: int = 0
    elements: Counter = field(
        default_factory=Counter
    )  # (rule, criterion, cause) → how many elements
    where: dict = field(default_factory=lambda: defaultdict(set))
    ours: list[str] = field(default_factory=list)
    keyboard: tuple[int, int] = (0, 0)  # tries of the keyboard alone: passed, failed

    def note(self, place: Place, theme: str, width: int, found: list[Found]) -> None:
        self.places.add(place.name)
        self.roles.add(role_of(place))
        self.combinations += 1
        for one in found:
            key = (one.rule, one.criterion, one.cause)
            self.elements[key] += 1
            self.where[key].add(place.name)
            if one.is_ours:
                self.ours.append(f"{place.name}, {role_of(place)}, {theme}, {width} px : {one}")

    @property
    def stale(self) -> list[Cause]:
        """Entries of the list of Streamlit's that were met nowhere."""
        met = {cause for _, _, cause in self.elements}
        return [cause for cause in STREAMLITS if cause not in met]

    def results(self, day: date) -> dict:
        """What is written: sorted, so that two audits of one state are the same file but for the
        day.
        """
        screens = {screen.url or "accueil" for screen in SCREENS}
        return {
            "date": day.isoformat(),
            "moteur": "axe-core",
            "version": version(),
            "regles": list(TAGS),
            "ecrans": sorted(self.places & screens),
            "etats": sorted(self.places - screens),
            "roles": sorted(self.roles),
            "themes": list(THEMES),
            "largeurs": list(WIDTHS),
            "combinaisons": self.combinations,
            "constats": [
                self._line(*key)
                for key in sorted(
                    self.elements, key=lambda key: (key[2] is not None, key[0], key[1])
                )
            ],
            "clavier": {"reussis": self.keyboard[0], "echoues": self.keyboard[1]},
            "a_la_main": list(BY_HAND),
        }

    def _line(self, rule: str, criterion: str, cause: Cause | None) -> dict:
        key = (rule, criterion, cause)
        return {
            "regle": rule,
            "critere": criterion,
            "cause": STREAMLIT if cause else OURS,
            "elements": self.elements[key],
            "ou": sorted(self.where[key]),
            "raison": cause.reason if cause else "",
            "reference": cause.upstream if cause else "",
        }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--out", type=Path, default=RESULTS)
    asked.add_argument(
        "--roles",
        type=lambda said: said.split(","),
        help="screens as these only; states are looked at all the same",
    )
    options = asked.parse_args()
    audit, keyboard = Audit(), KeyboardTries()
    for place, theme, width, page in looks(options.roles):
        look(audit, page, place, theme, width)
    audit.keyboard = keyboard.counted()
    results = audit.results(town_today())
    options.out.write_text(
        json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    tell(results, audit)
    sys.exit(bool(audit.ours or audit.stale or audit.keyboard[1]))


def look(audit: Audit, page: Page, place: Place, theme: str, width: int) -> None:
    """Notes what is found; a place that is not reached is ours to mend."""
    try:
        reach(page, place)
        found = violations(page)
    except (PlaywrightError, AssertionError) as error:
        said = str(error).splitlines()[0]
        found = [Found("ecran-non-atteint", "–", "", place.address, "", said, None)]
    audit.note(place, theme, width, found)


class KeyboardTries:
    """The tries with the keyboard alone, run beside the audit: how many pass, and how many do
    not.
    """

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.report = Path(self.folder.name) / "keyboard.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--junitxml={self.report}",
            "tests/browser/test_keyboard.py",
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)

    def counted(self) -> tuple[int, int]:
        self.process.wait()
        suite = ElementTree.parse(self.report).getroot().find("testsuite")
        failed = int(suite.get("failures")) + int(suite.get("errors"))
        self.folder.cleanup()
        return int(suite.get("tests")) - failed, failed


def tell(results: dict, audit: Audit) -> None:
    """One line a finding, then what is ours, word for word."""
    print(
        f"axe-core {results['version']} : {len(results['ecrans'])} écrans, {len(results['etats'])}"
        f" états, {len(results['roles'])} rôles, {results['combinaisons']} combinaisons ; au"
        f" clavier : {audit.keyboard[0]} essais réussis, {audit.keyboard[1]} échoués\n"
    )
    print(f"{'règle':<34}{'critère':<18}{'cause':<12}{'éléments':>8}  où")
    for line in results["constats"]:
        print(
            f"{line['regle']:<34}{line['critere']:<18}{line['cause']:<12}{line['elements']:>8} "
            f" {', '.join(line['ou'])}"
        )
    for words in audit.ours:
        print(f"\n{words}")
    for cause in audit.stale:
        print(
            f"\nN'arrive plus : {cause.rule} sur {cause.selector}. Retirez-le de"
            " tests/support/axe.py."
        )


if __name__ == "__main__":
    main()
