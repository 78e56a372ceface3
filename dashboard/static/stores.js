// Whose words this browser keeps. Each page says under which sign-in it was drawn (empty without one): what was typed under
// another one goes. A stranger's own words stay: they come along when she signs in.
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

// A page that the phone kept does not know who is signed in: the tab is still whose it was.
const whoseTab = () => stores[0]?.getItem(WHOSE) ?? "";
