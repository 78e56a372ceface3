// What Streamlit leaves open.

//    One look at the page per frame that was drawn, however many of its parts have changed.
const looks = [];
let due = false;
new MutationObserver(() => {
  if (due) return;
  due = true;
  requestAnimationFrame(() => { due = false; looks.forEach(look => look()); });
}).observe(document.documentElement, { childList: true, subtree: true });
const isCalm = () => find("[data-testid=stApp]")?.dataset.testScriptState === "notRunning";
const onChange = look => { looks.push(look); look(); };

document.documentElement.toggleAttribute("data-cp-embed", framed);

// 1. A link of ours (class cp-go) changes page inside the running session, as the menu does: Streamlit follows the
//    browser's history, so a new entry is enough. A new tab, a modified click or a failure here is a plain link.
addEventListener("click", event => {
  const link = event.target.closest?.("a.cp-go");
  // Without an account the next page may be a light one, which the server alone can tell.
  if (!link || framed || !find(".cp-who") || link.target || !isPlainClick(event)) return;
  if (link.origin !== location.origin || link.hash) return;
  event.preventDefault();
  // « Pourquoi ce chiffre ? » opens over the page, by the filters of its link; from there, as a page.
  const over = link.pathname === "/pourquoi" && location.pathname !== "/pourquoi" && !link.closest("[role=dialog]");
  const page = new URL(over ? location : link);
  if (over) page.searchParams.set("pourquoi", link.search.slice(1));
  history.pushState({}, "", page);
  dispatchEvent(new PopStateEvent("popstate"));
});

//    The guide stands beside the work, in a tab of its own (Streamlit takes `target` off what a page draws).
addEventListener("click", event => {
  const link = event.target.closest?.("a.cp-help, a.cp-tab, a[href^='/guide']");
  if (link) Object.assign(link, { target: "_blank", rel: "noopener" });
}, true);

//    « Page précédente » is the browser's own; where there is none, the link leads home.
addEventListener("click", event => {
  const link = event.target.closest?.("a.cp-back");
  if (!link || history.length < 2) return;
  event.preventDefault();
  history.back();
}, true);  // before the links of 1.

// 2. Dialogs and popovers are drawn outside the application, which alone has the theme's color-scheme: the root
//    takes it too, so that light-dark() says the same thing everywhere.
//    A change of theme changes its class: nothing else is looked at, since asking for a style makes the browser lay the page out.
let followed;
onChange(() => {
  const app = find(".stApp");
  if (!app || app === followed) return;
  followed = app;
  const take = () => { document.documentElement.style.colorScheme = getComputedStyle(app).colorScheme; };
  take();
  new MutationObserver(take).observe(app, { attributeFilter: ["class"] });
});

//    What stands somewhere on the page and changes its frame is said at the root: asked by `:has()` of the whole
//    application, the browser works out the style of everything anew at each change of anything.
const ATTRIBUTES = { "data-cp-wall": "cp-mur", "data-cp-sitting": "cp-sitting", "data-cp-bar": "cp-phone" };
onChange(() => {
  for (const [attribute, name] of Object.entries(ATTRIBUTES))
    document.documentElement.toggleAttribute(attribute, document.getElementsByClassName(name).length > 0);
});

// 3. On a phone the menu opens from the bar at the foot.
addEventListener("click", event => {
  if (event.target.closest?.("button.cp-menu")) find('[data-testid="stExpandSidebarButton"] button, button[data-testid="stExpandSidebarButton"]')?.click();
});

//    Streamlit remembers an open menu for the next visit: on a phone, where it covers the page, that is forgotten first.
if (innerWidth <= 768) stores.forEach(store => store.removeItem("stSidebarCollapsed-"));

// 4. Streamlit opens its folds by a script, which the style sheet cannot still: whoever asked for less motion sees them open at once.
const stillness = matchMedia("(prefers-reduced-motion: reduce)"), animate = Element.prototype.animate;
Element.prototype.animate = function (frames, options) {
  return animate.call(this, frames, stillness.matches ? { ...(typeof options === "number" ? {} : options), duration: 0 } : options);
};

//    The frame says under which sign-in it was drawn.
onChange(() => {
  const frame = find(".cp-brand[data-whose]");
  if (frame) keepOnlyOf(frame.dataset.whose);
});

// 5. What is written without a name is kept in this tab alone until it is sent: a reload brings it back, the next person not.
const FORM = '[class*="st-key-cp_idea_form_"]';
const kept = form => `cp-draft-${[...form.classList].find(name => name.startsWith("st-key-cp_idea_form_"))}`;

//    What was written on the light page before one signed in comes along, once.
function writtenBefore() {
  try { return new Map(JSON.parse(memory.getItem("cp-draft") ?? "[]")).get("body") ?? ""; } catch { return ""; }
}

function bringBack(form) {
  const text = form.querySelector("textarea"), isNameless = form.querySelector(".cp-nameless");
  if (text && !isNameless) memory.removeItem(kept(form));
  if (!text || text.disabled || text.dataset.cpBrought) return;
  text.dataset.cpBrought = "yes";
  const before = writtenBefore() || memory.getItem(kept(form));
  if (before && !text.value) put(text, before);
}

//    As if it were typed: React listens to its own setter alone.
function put(text, value) {
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(text, value);
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
}

if (memory) {
  addEventListener("input", event => {
    const form = event.target.closest?.(FORM);
    // Whoever goes on writing has found it.
    if (form && event.isTrusted) memory.removeItem("cp-draft");
    if (form?.querySelector(".cp-nameless") && event.target.matches("textarea")) memory.setItem(kept(form), event.target.value);
  });
  onChange(() => {
    if (find(".cp-thanks")) for (const key of Object.keys(memory)) if (key.startsWith("cp-draft")) memory.removeItem(key);
    document.querySelectorAll(FORM).forEach(bringBack);
  });
}

// 6. What a field does not admit (a number or a day out of its bounds, a file of another kind or too big) never reaches the server,
//    which keeps what was there before: a button of the same form would then do its act with what nobody typed, or without the
//    file. It leads to the field instead. A fold without a button of its own belongs to the form around it.
const BUTTON = '[data-testid="stButton"] button', FORM_BOX = '[data-testid="stExpander"], [data-testid="stPopoverBody"], [role="dialog"], [data-testid="stMain"]';
const REFUSED = ["stNumberInput", "stDateInput", "stFileUploader"].map(field => `[data-testid="${field}"] [aria-invalid="true"]`).join(", ");
const boxOf = element => {
  let box = element.closest(FORM_BOX);
  while (box && !box.querySelector(BUTTON)) box = box.parentElement?.closest(FORM_BOX);
  return box;
};
addEventListener("click", event => {
  const button = event.target.closest?.(BUTTON), box = button && boxOf(button);
  const field = box && [...box.querySelectorAll(REFUSED)].find(one => boxOf(one) === box);
  if (!field) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  field.scrollIntoView({ block: "center" });
  (field.querySelector("button") ?? field).focus({ preventScroll: true });
}, true);

// 7. A file of a page (class cp-download) is fetched where one stands: what is refused is said beside the link, nothing typed is lost.
const saidBeside = (link, text) => {
  if (link.nextElementSibling?.matches(".cp-error")) link.nextElementSibling.remove();
  if (text) link.after(make("p", { className: "cp-error", role: "alert", textContent: text }));
};
const save = (content, name) => {
  const link = make("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};
addEventListener("click", async event => {
  const link = event.target.closest?.("a.cp-download");
  if (!link || !isPlainClick(event)) return;
  event.preventDefault();
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  saidBeside(link, "");
  try {
    const answer = await fetch(link.href);
    if (answer.ok) save(await answer.blob(), link.dataset.file);
    else saidBeside(link, decodeURIComponent(answer.headers.get("X-Sentence") ?? "") || "Le fichier n'a pas pu être préparé ; réessayez dans un instant.");
  } catch {
    saidBeside(link, "Le serveur ne répond pas ; réessayez dans un instant.");
  } finally {
    link.ariaBusy = null;
  }
});

// 8. A text to take along (button cp-copy): where the browser gives no clipboard (plain HTTP), the text is selected for Ctrl+C.
addEventListener("click", async event => {
  const button = event.target.closest?.("button.cp-copy");
  if (!button) return;
  const text = button.previousElementSibling, said = button.querySelector("[role=status]");
  try {
    await navigator.clipboard.writeText(text.innerText);
    said.textContent = "Copié";
  } catch {
    getSelection().selectAllChildren(text);
    said.textContent = "Sélectionné : Ctrl+C pour copier";
  }
});

// 9. The frame's links (menu, bar, mark) carry the scope of the address: they follow where a filter changed it without a new page.
const SCOPE = ["au", "direction", "ambition", "services", "depuis", "programme"];
let scopeShown = location.search;
onChange(() => {
  if (location.search === scopeShown) return;
  scopeShown = location.search;
  const here = new URLSearchParams(scopeShown);
  for (const link of document.querySelectorAll(":is(.cp-nav, .cp-phone, .cp-who) a.cp-go[href*='?']")) {
    const there = new URLSearchParams(link.search);
    for (const name of SCOPE) here.has(name) ? there.set(name, here.get(name)) : there.delete(name);
    link.search = `?${there}`;
  }
});

// 10. « / » where nothing is typed, and Ctrl+K, lead to « Chercher »; its field has the focus, and what is typed is found without Enter.
let field, typing;
onChange(() => {
  const there = location.pathname === "/tout" && find(".st-key-w_q input");
  if (there && there !== field && !location.search.includes("q=")) there.focus();
  field = there;
});
addEventListener("input", event => {
  clearTimeout(typing);
  if (event.target !== field) return;
  const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true });
  typing = setTimeout(() => event.target.dispatchEvent(enter), 400);
});
addEventListener("keydown", event => {
  const writes = event.target.closest?.("input, textarea, select, [contenteditable], [role=dialog]");
  const asks = event.key === "k" ? event.ctrlKey || event.metaKey : event.key === "/" && !writes;
  const link = asks && find(".cp-nav a[href^='/tout']");
  if (!link) return;
  event.preventDefault();
  field ? field.focus() : link.click();
});
