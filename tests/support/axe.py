"""axe-core over a page that is open: what it finds, and whether we or Streamlit's own markup caused
it.

The engine comes from PyPI (`axe-playwright-python`); it is written into the page, whose policy
refuses that: the browser's context needs `bypass_csp=True`.
"""

import re
from dataclasses import dataclass

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OURS, STREAMLIT = "nous", "Streamlit"
GOOD_PRACTICE, NO_TICKET = "bonne pratique", "pas de ticket trouvé"


@dataclass(frozen=True)
class Cause:
    """One thing of Streamlit's that we cannot mend: a rule of axe, and the elements on which it
    is not ours.
    """

    rule: str
    selector: str
    criterion: str
    reason: str
    upstream: str = NO_TICKET


# What Streamlit 1.67 draws and offers no way to change. An entry that occurs nowhere any more fails
# `make audit`.
_CALENDAR = (
    "le calendrier d'une date ouvre un panneau hors du contenu, avec un en-tête (<header>) sans nom"
)
_UPLOADER = "la zone où l'on dépose un fichier est dite sans rôle et porte pourtant un nom"
_SINCE = "pas de ticket trouvé ; composant introduit par streamlit/streamlit#{}"
STREAMLITS: tuple[Cause, ...] = (
    Cause(
        "landmark-banner-is-top-level",
        "[role=dialog] header",
        GOOD_PRACTICE,
        _CALENDAR,
        _SINCE.format(16460),
    ),
    Cause(
        "landmark-no-duplicate-banner",
        ".stAppHeader",
        GOOD_PRACTICE,
        _CALENDAR,
        _SINCE.format(16460),
    ),
    Cause("landmark-unique", ".stAppHeader", GOOD_PRACTICE, _CALENDAR, _SINCE.format(16460)),
    Cause(
        "presentation-role-conflict",
        "[data-testid=stFileUploaderDropzone]",
        GOOD_PRACTICE,
        _UPLOADER,
    ),
)


@dataclass(frozen=True)
class Found:
    """One element that breaks one rule."""

    rule: str
    criterion: str
    impact: str
    target: str
    html: str
    says: str
    cause: Cause | None

    @property
    def is_ours(self) -> bool:
        return self.cause is None

    def __str__(self) -> str:
        return f"{self.rule} ({self.criterion}) {self.target}\n    {self.html}\n    {self.says}"


# Elements are matched in the page, where their ancestors are. A target that a bar at the foot
# happens to cover where the page stands is looked at again in the middle of the screen, where its
# reader can bring it.
_RUN = """async ([tags, causes, leftOut]) => {
  const rules = Object.fromEntries(leftOut.map(rule => [rule, { enabled: false }]));
  const found = await axe.run(document, { runOnly: tags, rules, resultTypes: ["violations"] });
  const place = target => document.querySelector(target.flat()[0]);
  const isUncovered = async target => {
    place(target)?.scrollIntoView({ block: "center" });
    return !(await axe.run(place(target), { runOnly: ["target-size"], resultTypes: ["violations"] })).violations.length;
  };
  for (const rule of found.violations.filter(rule => rule.id === "target-size")) {
    const kept = [];
    for (const node of rule.nodes) if (!(await isUncovered(node.target))) kept.push(node);
    rule.nodes = kept;
  }
  const cause = (rule, target) => causes.findIndex(([name, selector]) => name === rule && place(target)?.matches(selector));
  return found.violations.flatMap(rule => rule.nodes.map(node => ({
    rule: rule.id, tags: rule.tags, impact: node.impact ?? "", target: node.target.flat().join(" "),
    html: node.html.slice(0, 200), says: node.failureSummary, cause: cause(rule.id, node.target),
  })));
}"""


def violations(
    page: Page, causes: tuple[Cause, ...] = STREAMLITS, left_out: tuple[str, ...] = ()
) -> list[Found]:
    """Every element of the page that breaks a rule, but for the rules that are left out."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    listed = [[cause.rule, cause.selector] for cause in causes]
    found = page.evaluate(_RUN, [list(TAGS), listed, list(left_out)])
    return [
        Found(
            node["rule"],
            criterion(node["tags"]),
            node["impact"],
            node["target"],
            " ".join(node["html"].split()),
            " ".join(node["says"].split()),
            causes[node["cause"]] if node["cause"] >= 0 else None,
        )
        for node in found
    ]


def criterion(tags: list[str]) -> str:
    """« 1.4.3 » from the tags of a rule (`wcag143`); a good practice belongs to no criterion."""
    numbers = [
        ".".join(re.fullmatch(r"wcag(\d)(\d)(\d+)", tag).groups())
        for tag in tags
        if re.fullmatch(r"wcag\d{3,}", tag)
    ]
    return ", ".join(numbers) or GOOD_PRACTICE


def version() -> str:
    """The engine's own version, as its file says it."""
    return re.search(r"axe v(\d+\.\d+\.\d+)", AXE_SCRIPT)[1]
