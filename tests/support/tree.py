"""The accessibility tree of a page as Chromium hands it to a screen reader, as a text that a person
reads: one line for each thing, with its role, its name, its state and what tells of it.
"""

import re
from collections.abc import Iterator, Mapping

from playwright.sync_api import Page

# What is no more than a box around something, or is told by the line above it.
SILENT = {"generic", "none", "InlineTextBox", "LineBreak", "ListMarker", "LayoutTable", "LabelText"}
SILENT |= {"paragraph", "strong", "emphasis", "superscript", "time", "Section", "legend", "Legend"}
STATES = ("level", "invalid", "checked", "expanded", "required", "multiline", "autocomplete")
LONG, MOST_ALIKE = {"list", "table", "rowgroup", "MenuListPopup"}, 3
_CODE = re.compile(r"\b([0-9A-Z]{4}-){3}[0-9A-Z]{4}\b")
_NUMBER = re.compile(r"n° ?\d+")
_ADDRESS = re.compile(r"https?://\S+")
_SPACES = re.compile(r"\s+")

Node = Mapping[str, object]


def tree(page: Page) -> str:
    """Its lines, indented; what is drawn by chance (codes, numbers of entries) told as such."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in nodes}
    here = page.url.partition("#")[0]
    found: list[str] = []
    for line in _lines(nodes[0], by_id, 0, "", here):
        # The words of a label, which the field before them has as its name.
        is_again = (
            line.lstrip().startswith("StaticText") and found and _said(line) == _said(found[-1])
        )
        if not is_again:
            found.append(line)
    return "\n".join(found) + "\n"


def _said(line: str) -> str:
    return line.partition("« ")[2].partition(" »")[0]


def _lines(node: Node, by_id: dict, depth: int, above: str, here: str) -> Iterator[str]:
    role, name = str(node.get("role", {}).get("value", "")), _plain(node.get("name"))
    is_told = not node.get("ignored") and role not in SILENT
    if role == "StaticText":
        is_told = bool(name) and name not in above
    if is_told:
        yield "  " * depth + _line(node, role, name, here)
        depth, above = depth + 1, name or above
    children = [by_id[one] for one in node.get("childIds", []) if one in by_id]
    shown = _few(children) if role in LONG else children
    for child in shown:
        yield from _lines(child, by_id, depth, above, here)
    if len(shown) < len(children):
        yield "  " * depth + f"… {len(children) - len(shown)} de plus"


def _few(children: list[Node]) -> list[Node]:
    """The first of many that are alike: the kept text tells of the page, not of its records."""
    return children if len(children) <= 2 * MOST_ALIKE else children[:MOST_ALIKE]


def _line(node: Node, role: str, name: str, here: str) -> str:
    parts = [role]
    if name:
        parts.append(f"« {name} »")
    told = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
    states = [
        f"{state}={told[state]}"
        for state in STATES
        if (told.get(state) not in (None, "", False, "false", "none"))
    ]
    if role == "listitem":
        states = []
    if states:
        parts.append(f"[{', '.join(states)}]")
    # Where a link leads within the page: the summary of errors to each field.
    url = str(told.get("url", ""))
    if role == "link" and url.startswith(f"{here}#"):
        parts.append(f"→ {url.removeprefix(here)}")
    if description := _plain(node.get("description")):
        parts.append(f"({description})")
    return " ".join(parts)


def _plain(value: Mapping | None) -> str:
    words = _SPACES.sub(" ", str((value or {}).get("value", ""))).strip()
    words = _ADDRESS.sub("https://…", _CODE.sub("XXXX-XXXX-XXXX-XXXX", words))
    return _NUMBER.sub("n° 0", words)
