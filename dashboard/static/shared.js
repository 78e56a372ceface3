// What our pages, light or not, and the components in them share.

// ── Whose words this browser keeps ───────────────────────────────────────────────────────────────
// Each page says under which sign-in it was drawn (empty without one): what was typed under another one goes.
// A stranger's own words stay: they come along when she signs in.
const WHOSE = "cp-whose";
const stores = ["sessionStorage", "localStorage"].flatMap(name => {
  try { return window[name] ?? []; } catch { return []; /* a frame of others may be refused its own memory */ }
});

function keepOnlyOf(whose) {
  for (const store of stores) {
    const before = store.getItem(WHOSE);
    if (before === whose) continue;
    if (before !== "") Object.keys(store).filter(key => key.startsWith("cp-")).forEach(key => store.removeItem(key));
    try { store.setItem(WHOSE, whose); } catch { /* full */ }
  }
}

// Another tab of this browser signed out, or in as somebody else: what stands here is not hers.
addEventListener("storage", ({ key, oldValue, newValue }) => {
  if (key === WHOSE && oldValue && oldValue !== newValue) {
    keepOnlyOf(newValue ?? "");
    location.reload();
  }
});

// What is kept in this tab alone; nothing where the browser refuses it.
const memory = stores[0] ?? null;
// A page that the phone kept does not know who is signed in: the tab is still whose it was.
const whoseTab = () => memory?.getItem(WHOSE) ?? "";

// ── Elements ─────────────────────────────────────────────────────────────────────────────────────
function make(tag, properties = {}, ...children) {
  const { data = {}, aria = {}, ...plain } = properties;
  const made = Object.assign(document.createElement(tag), plain);
  for (const [name, value] of Object.entries(data)) made.dataset[name] = value;
  for (const [name, value] of Object.entries(aria)) made.setAttribute(`aria-${name}`, value);
  made.append(...children.filter(child => child !== null));
  return made;
}

const find = selector => document.querySelector(selector);
const icon = name => make("span", { className: "cp-icon", textContent: name, translate: false, aria: { hidden: "true" } });
const many = (n, one) => `${n}\u00a0${one}${n > 1 ? "s" : ""}`;
// crypto.randomUUID needs HTTPS; a depot's network may have none.
const key = () => Array.from(crypto.getRandomValues(new Uint8Array(18)), byte => byte.toString(16).padStart(2, "0")).join("");

// The words of a search, without accents or capitals.
const plainly = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const wordsOf = text => plainly(text).split(/\s+/).filter(Boolean);

// Inside another page nothing changes page: every link opens a tab of its own.
const framed = window !== top || new URLSearchParams(location.search).get("embed") === "true";
if (framed) document.head.append(make("base", { target: "_blank" }));

// A modified click is the browser's own.
const isPlainClick = event => !(event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

// ── Components ───────────────────────────────────────────────────────────────────────────────────
const mounted = (selector, Part) => {
  const known = new WeakMap();
  return component => {
    const root = component.parentElement.querySelector(selector);
    if (!known.has(root)) known.set(root, new Part(root));
    known.get(root).receive(component);
    return () => known.get(root).leave?.();
  };
};

// What is typed in a grid: in the tab's own store, gone with the tab, found again after a reload.
class Draft {
  constructor(root) {
    this.root = root;
    this.heard = -1;
  }
  store() {
    try { sessionStorage.setItem(this.place, JSON.stringify(this.typed())); } catch { /* the store is full or closed: what is typed stays in the page */ }
  }
  stored() {
    try { return JSON.parse(sessionStorage.getItem(this.place)) ?? {}; } catch { return {}; }
  }
  // An answer that was there before the grid says nothing new.
  isNews(answer) {
    const isFirst = this.heard < 0;
    this.heard = answer.n;
    this.wait(false);
    return !isFirst;
  }
  wait(waiting) {
    clearTimeout(this.late);
    this.waiting = waiting;
    this.root.ariaBusy = String(waiting);
    this.count();
  }
  leave() { clearTimeout(this.late); }
  say(sentence, wrong = false) {
    this.status.textContent = sentence;
    this.status.classList.toggle("cp-error", wrong);
  }
  // What is wrong with a field stands under it; whatever stands there is read with it.
  blame(field, error, sentence = "", ...others) {
    error.textContent = sentence;
    error.hidden = !sentence;
    field.ariaInvalid = sentence ? "true" : null;
    const shown = [error, ...others].filter(part => !part.hidden).map(part => part.id).join(" ");
    if (shown) field.setAttribute("aria-describedby", shown); else field.removeAttribute("aria-describedby");
  }
}
