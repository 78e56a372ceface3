// A list that one works through (ui/desk.py): several chosen by checkbox, next and previous by key.
(() => {
  const ones = () => [...document.querySelectorAll(".cp-desk-one")];
  // ── What is chosen, until another page of a list is shown: each opening draws the list afresh ───────────────────
  let list, chosen = new Set();
  const show = () => {
    const act = find(".cp-desk-act"), all = find(".cp-desk-all");
    if (!act) return;
    const there = ones().filter(one => chosen.has(one.value));
    const where = new URL(act.href);
    where.searchParams.set("choix", there.map(one => one.value).join(","));
    const href = where.pathname + where.search, { one, many } = find(".cp-desk").dataset;
    const words = `${there.length} ${there.length > 1 ? many : one}`;
    if (act.getAttribute("href") !== href) act.setAttribute("href", href);
    act.hidden = !there.length;
    if (act.lastElementChild.textContent !== words) act.lastElementChild.textContent = words;
    all.checked = there.length > 0 && there.length === ones().length;
    all.indeterminate = there.length > 0 && !all.checked;
  };
  const drawn = new WeakSet();
  onChange(() => {
    const desk = find(".cp-desk"), first = desk?.firstElementChild;
    if (!first || drawn.has(first)) return;
    drawn.add(first);
    if (desk.dataset.list !== list) {
      list = desk.dataset.list;
      chosen = new Set(ones().filter(one => one.checked).map(one => one.value));
    }
    for (const one of ones()) one.checked = chosen.has(one.value);
    find(".cp-desk-keyboard").checked = hasKeys();
    show();
  });
  addEventListener("change", event => {
    const box = event.target;
    if (box.matches?.(".cp-desk-keyboard")) return keepKeys(box.checked);
    if (!box.matches?.(".cp-desk-all, .cp-desk-one")) return;
    for (const one of box.matches(".cp-desk-all") ? ones() : [box]) {
      one.checked = box.checked;
      box.checked ? chosen.add(one.value) : chosen.delete(one.value);
    }
    show();
  });

  // ── Keys, which can be turned off: who speaks to the computer would press them with every word ──────────────────
  const hasKeys = () => { try { return localStorage.getItem("cp-keys") !== "off"; } catch { return true; } };
  const keepKeys = on => { try { on ? localStorage.removeItem("cp-keys") : localStorage.setItem("cp-keys", "off"); } catch { /* a frame of others may be refused its own memory */ } };
  // While an entry is being drawn, the form of the one before stands there still.
  const onceCalm = (act, tries = 100) => {
    if (isCalm()) act();
    else if (tries) setTimeout(onceCalm, 50, act, tries - 1);
  };
  // What is written first, else what is pressed, in the form of the record that is open.
  const reply = () => {
    const forms = find(".cp-desk").dataset.reply.split(" ").filter(Boolean).map(key => `[class*="st-key-${key}"]`);
    const within = field => forms.length && find(`:is(${forms}) ${field}`);
    return within("textarea") || within("input") || within("button");
  };
  onChange(() => {
    const head = find(".cp-desk-head[data-writes]");
    if (!head || drawn.has(head) || innerWidth <= 768 || !reply()?.matches("textarea")) return;
    drawn.add(head);
    // Where it is in sight: the text to be read comes first.
    onceCalm(() => { if (reply()?.getBoundingClientRect().top < innerHeight) reply().focus(); });
  });
  const rows = () => [...document.querySelectorAll(".cp-desk li a")];
  const acts = {
    j: () => (find(".cp-desk-head") ? find(".cp-desk-after") : rows()[0])?.click(),
    k: () => find(".cp-desk-before")?.click(),
    o: () => find(".cp-desk-full")?.click(),
    r: () => onceCalm(() => reply()?.focus()),
    x: () => find(".cp-desk-here .cp-desk-one")?.click(),
  };
  const WRITING = "input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=combobox], [role=listbox], [role=dialog], [data-testid=stPopoverBody]";
  addEventListener("keydown", event => {
    const act = find(".cp-desk") && acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !hasKeys() || event.target.closest?.(WRITING)) return;
    event.preventDefault();
    event.stopImmediatePropagation();  // Streamlit runs the page again on « r ».
    act();
  }, true);
})();
