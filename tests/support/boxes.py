"""What leaves its box on a page, and what covers another text: measured in the browser."""

from playwright.sync_api import Page
from sqlalchemy import Engine, inspect, text

WIDTHS = (360, 768, 1024, 1280, 1366, 1440, 1920)
_MORE = (
    " et développement interinstitutionnel des infrastructures intercommunales d'accompagnement"
    " psychomédicosocial, de désimperméabilisation et d'écoconstruction du territoire communal"
)
# What people name, and how long a form or a file lets it be.
_NAMES = {
    "workstream": {"name": 120, "short_name": 40},
    "ambition": {"name": 120},
    "plan": {"title": 200},
    "direction": {"name": 120},
    "meeting": {"title": 255, "place": 255},
    "training": {"title": 200, "trainer": 120},
    "site": {"name": 120},
    "progress_group": {"title": 255},
    "idea": {"title": 255},
    "decision": {"title": 255},
    "post": {"title": 120},
    "person": {"given_name": 60, "family_name": 60},
}
# Lines of text are as high as their font wants, more than their line: 30 % are left out. Text that
# is clipped is as large as what is seen of it. What floats over the page is looked at beside what
# floats.
_UNFOLD = (
    "document.querySelectorAll('.cp-fold, .cp-plan-group').forEach(one => { one.open = true; })"
)
_MEASURE = """() => {
  const NEAR = 2, found = [];
  const shown = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const style = new Map();
  const of = (node) => style.get(node) ?? style.set(node, getComputedStyle(node)).get(node);
  const clips = (s) => s.overflowX !== "visible" || s.overflowY !== "visible";
  const meet = (a, b) => ({ left: Math.max(a.left, b.left), right: Math.min(a.right, b.right),
                            top: Math.max(a.top, b.top), bottom: Math.min(a.bottom, b.bottom) });
  const is = (r) => r.right - r.left > NEAR && r.bottom - r.top > NEAR;
  const opaque = (colour) => !/rgba\\(.*, 0\\)|transparent/.test(colour);
  const paints = (s) => ["Top", "Bottom", "Left", "Right"].every((side) =>
      parseFloat(s[`border${side}Width`]) > 0 && opaque(s[`border${side}Color`])) || opaque(s.backgroundColor);
  const named = (node) => node.tagName.toLowerCase() + [...node.classList].slice(0, 2).map((c) => "." + c).join("");
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, holder = text.parentElement;
    if (!text.data.trim() || !holder || /SCRIPT|STYLE|NOSCRIPT|OPTION/.test(holder.tagName) || !shown(holder)) continue;
    if (holder.closest(".cp-sr, .cp-icon, [data-testid=stIconMaterial], [aria-hidden=true] .material-symbols-rounded")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const whole of range.getClientRects()) {
      const lead = (whole.bottom - whole.top) * 0.15;
      const line = { left: whole.left, right: whole.right, top: whole.top + lead, bottom: whole.bottom - lead };
      if (!is(line)) continue;
      let seen = line, fixed = false, box = null, cut = null, scrolls = false;
      for (let node = holder; node && node !== document.body; node = node.parentElement) {
        const s = of(node), r = node.getBoundingClientRect();
        if (s.display === "contents") continue;
        if (node.dataset.testid === "stMain") break;  // the page: what is scrolled out of sight counts
        if (/auto|scroll/.test(s.overflowX + s.overflowY)) scrolls = true;
        const leaves = seen.left < r.left - NEAR || seen.right > r.right + NEAR
          || seen.top < r.top - NEAR || seen.bottom > r.bottom + NEAR;
        if (leaves && !box && !scrolls && is(seen) && s.display !== "inline" && paints(s) && is(r)) box = node;
        if (clips(s)) {
          if (leaves && !scrolls && (seen.top < r.top - NEAR || seen.bottom > r.bottom + NEAR)) cut = node;
          seen = meet(seen, r);
        }
        if (/fixed|sticky/.test(s.position)) fixed = true;
        if (fixed && s.position === "fixed") break;
      }
      if (!is(seen) || seen.right < 0 || seen.bottom < 0) continue;
      const said = text.data.trim().slice(0, 40);
      if (box) found.push(`« ${said} » leaves ${named(box)}`);
      if (cut) found.push(`« ${said} » is cut by ${named(cut)}`);
      if (seen.right > innerWidth + NEAR || seen.left < -NEAR) found.push(`« ${said} » leaves the page`);
      lines.push({ ...seen, said, text, holder, fixed });
    }
  }
  lines.sort((a, b) => a.top - b.top);
  for (let i = 0; i < lines.length; i += 1) {
    for (let j = i + 1; j < lines.length && lines[j].top < lines[i].bottom; j += 1) {
      const [a, b] = [lines[i], lines[j]];
      if (a.text !== b.text && a.fixed === b.fixed && is(meet(a, b))) {
        found.push(`« ${a.said} » (${named(a.holder)}) and « ${b.said} » (${named(b.holder)}) cover one another`);
      }
    }
  }
  return [...new Set(found)];
}"""


def outside(page: Page, width: int) -> list[str]:
    """Each text that leaves its box or covers another at this width, in words; the folds of a page
    are open.
    """
    page.evaluate(_UNFOLD)
    return [f"{width} px: {fault}" for fault in page.evaluate(_MEASURE)]


def lengthen_names(engine: Engine) -> None:
    """Every name of the town as long as it may be."""
    there = inspect(engine)
    with engine.begin() as connection:
        for table, columns in _NAMES.items():
            held = {column["name"] for column in there.get_columns(table)}
            for column, most in columns.items():
                if column in held:
                    longer = text(
                        f"UPDATE {table} SET {column} = substr({column} || :more, 1, {most})"
                        f" WHERE {column} <> ''"
                    )
                    connection.execute(longer, {"more": _MORE})
