// What our components share: an element, an icon, a number of things, a key. It is put before the script of each
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
