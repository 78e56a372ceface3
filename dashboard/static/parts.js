// What our components share: an element, an icon, a number of things, a key, what is typed. It is put before the script of each
// (dashboard/ui/scripts.py), since what runs from a blob imports nothing.

function make(tag, properties = {}, ...children) {
  const { data = {}, aria = {}, ...plain } = properties;
  const made = Object.assign(document.createElement(tag), plain);
  for (const [name, value] of Object.entries(data)) made.dataset[name] = value;
  for (const [name, value] of Object.entries(aria)) made.setAttribute(`aria-${name}`, value);
  made.append(...children.filter(child => child !== null));
  return made;
}

const icon = name => make("span", { className: "cp-icon", textContent: name, translate: false, aria: { hidden: "true" } });
const many = (n, one) => `${n}\u00a0${one}${n > 1 ? "s" : ""}`;
// crypto.randomUUID needs HTTPS; a depot's network may have none.
const key = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), byte => byte.toString(16).padStart(2, "0")).join("");

// A component that keeps what is typed in the tab's own store: gone with the tab, found again after a reload.
const mounted = (selector, Part) => {
  const known = new WeakMap();
  return component => {
    const root = component.parentElement.querySelector(selector);
    if (!known.has(root)) known.set(root, new Part(root));
    known.get(root).receive(component);
    return () => known.get(root).leave();
  };
};
class Draft {
  store() {
    try { sessionStorage.setItem(this.place, JSON.stringify(this.typed())); } catch { /* the store is full or closed: what is typed stays in the page */ }
  }
  stored() {
    try { return JSON.parse(sessionStorage.getItem(this.place)) ?? {}; } catch { return {}; }
  }
  wait(waiting) {
    clearTimeout(this.late);
    this.waiting = waiting;
    this.root.ariaBusy = String(waiting);
    this.count();
  }
  say(sentence, wrong = false) {
    this.status.textContent = sentence;
    this.status.classList.toggle("cp-error", wrong);
  }
}
