// The light pages with a script: nothing here is needed, everything works without.
// 1. A form is sent without leaving the page: what is wrong is said beside the fields, and photos that were chosen stay.
// 2. Without network what was sent waits on this phone, visibly, and leaves once, while a page of ours is open.
// 3. What is being written stays in this tab until it is sent; a code, its slip, its way through a QR code.

const main = () => find("main");
const status = find(".cp-waiting");
const parse = html => new DOMParser().parseFromString(html, "text/html");
const DRAFT = "cp-draft", HIDDEN = ["jeton", "mot", "reunion"];
// Where the words of a form are kept in this tab; nowhere on a tablet of several people, nor those with the code of an entry.
const draftOf = form => {
  if (!memory || find("[data-again]") || form.dataset.form === "suivi") return null;
  if (form.dataset.form === "depot") return DRAFT;
  return form.dataset.form ? `${DRAFT} ${location.pathname}${location.search}` : null;
};
// Whose device it is: a computer is taken for one of several people until somebody says otherwise.
const isPhone = Math.min(screen.width, screen.height) < 600;
const isShared = form => form.querySelector("#partage")?.checked ?? !isPhone;
document.querySelectorAll("#partage").forEach(box => { box.checked = !isPhone; });
function forget(form) { memory?.removeItem(form ? draftOf(form) : DRAFT); }
keepOnlyOf(document.documentElement.dataset.whose ?? whoseTab());

// ── What stands in the page ──────────────────────────────────────────────────────────────────────
// The main part of an answer takes the place of ours; files that were chosen stay in their field.
function show(answer) {
  const chosen = new Map([...document.querySelectorAll("input[type=file]")].map(field => [field.name, field.files]));
  main().replaceChildren(...answer.querySelector("main").childNodes);
  for (const field of document.querySelectorAll("input[type=file]")) {
    if (!chosen.get(field.name)?.length) continue;
    field.files = chosen.get(field.name);
    field.closest("details")?.setAttribute("open", "");
  }
  document.title = answer.title;
  (main().querySelector(".cp-errors, .cp-wait, h1[tabindex], .cp-done-now") ?? main()).focus();
  scrollTo(0, 0);
  begin();
}

function begin() {
  document.querySelectorAll(".cp-with-script").forEach(part => { part.hidden = false; });
  bringBack();
  applyRules();
  waitForTouch();
  tellSeats();
}

function say(text, ...more) {
  status.replaceChildren(...(text ? [make("p", { textContent: text })] : []), ...more);
}

// ── Sending ──────────────────────────────────────────────────────────────────────────────────────
// Without cookie: an entry of this form has no name, whoever is signed in beside it.
const post = (address, body) => fetch(address, { method: "POST", body, credentials: "omit", redirect: "follow" });

addEventListener("submit", async event => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.form === "depot" && !form.elements.body.value.trim() && !form.elements.title.value.trim() && !navigator.onLine) {
    say("Écrivez votre idée en quelques mots avant de l'envoyer.");
    return form.elements.body.focus();
  }
  const button = event.submitter ?? form.querySelector("[type=submit]");
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  const isFiling = form.dataset.form === "depot";
  const sent = isFiling ? await withSmallerPhotos(new FormData(form, button)) : new FormData(form, button);
  try {
    await sendNow(form, sent);
  } catch {
    if (isFiling) await keep(form.action, sent, isShared(form));
    else say("Pas de réseau pour le moment : rien n'est parti, ce que vous avez écrit reste ici. Réessayez dans un instant.");
  } finally { button.removeAttribute("aria-disabled"); }
});

async function sendNow(form, body) {
  const kind = form.dataset.form, shared = isShared(form);
  const answer = await post(form.action, body);
  const html = await answer.text();
  if (!parse(html).querySelector("main")) return say(parse(html).body.textContent.trim());
  if (answer.ok) forget(form);
  if (answer.ok && kind === "depot") tooOld = "";
  isToForget = shared;
  if (answer.ok && !shared) noteSeats(parse(html), body);
  // Both leave a code; on a device of several it is not to be found by the way back.
  if (answer.ok && ["depot", "place"].includes(kind) && !shared) remember(html);
  show(parse(html));
  say("");
}

// The entry of the history holds what is shown: its own address lets the next form be another entry.
function remember(html) {
  isRemembered = true;
  history.pushState({ main: html }, "", `${location.pathname}${location.search}#merci`);
}

// A browser may keep the whole page for the way back: on a device of several what was sent, and what came of it, is not in it.
let isToForget = false;
addEventListener("pagehide", () => { if (isToForget) main().replaceChildren(); });
addEventListener("pageshow", event => { if (isToForget && event.persisted) location.reload(); });

// A reload, or the way back, finds what stood there: the code is not lost.
let isRemembered = Boolean(history.state?.main);
addEventListener("popstate", event => {
  if (event.state?.main) show(parse(event.state.main));
  else if (isRemembered) location.reload();  // not for a link within the page
});

// Which seats were taken in this tab, by the address of their date: a second one is not taken unawares. Gone with the tab.
const SEATS = "cp-seats";
const seats = () => JSON.parse(memory?.getItem(SEATS) ?? "{}");
function noteSeats(answer, sent) {
  if (!memory) return;
  const held = seats(), taken = answer.querySelector("[data-seat]")?.dataset;
  if (taken) held[taken.at] = [...new Set([...held[taken.at] ?? [], taken.seat])];
  if (sent.get("acte") === "annuler")
    for (const at in held) held[at] = held[at].filter(code => code !== sent.get("code"));
  memory.setItem(SEATS, JSON.stringify(held));
}
function tellSeats() {
  const told = find("[data-seats]"), codes = told && seats()[told.dataset.seats];
  if (!codes?.length) return;
  told.hidden = false;
  const written = codes.map(code => make("b", { textContent: code }));
  told.querySelector(".cp-code-here").replaceChildren(...written.flatMap((code, place) => place ? [", ", code] : [code]));
  told.querySelector("a").href = `/suivre#${codes[0]}`;
  find("form[data-form=place]").hidden = true;
}

// 1600 pixels a side, as the server keeps them: a photo of 8 MB leaves as 400 kB. What cannot be read here leaves as it is.
async function withSmallerPhotos(form) {
  const files = form.getAll("photos").filter(file => file.size);
  if (!files.length || !window.createImageBitmap) return form;
  const smaller = await Promise.all(files.map(file => reduce(file).catch(() => file)));
  form.delete("photos");
  smaller.forEach((file, place) => form.append("photos", file, `photo-${place + 1}.jpg`));
  return form;
}
async function drawn(file, side) {
  const picture = await createImageBitmap(file), scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = make("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}
async function reduce(file) {
  if (file.size < 400_000) return file;
  const canvas = await drawn(file, 1600), made = await new Promise(done => canvas.toBlob(done, "image/jpeg", 0.85));
  return made && made.size < file.size ? made : file;
}

// A small picture of each photo that was chosen: what leaves is seen before it does.
addEventListener("change", async event => {
  const thumbs = event.target.name === "photos" && event.target.parentNode.querySelector(".cp-thumbs");
  if (!thumbs || !window.createImageBitmap) return;
  thumbs.replaceChildren(...await Promise.all([...event.target.files].map(async file => {
    const picture = await drawn(file, 96).catch(() => null);  // its name alone
    return make("li", {}, picture, make("span", { textContent: file.name }));
  })));
});

// A statement that was answered by touch or mouse gives way to the next one; never by the keyboard, whose arrows choose.
addEventListener("click", event => {
  const next = event.detail && event.target.closest?.(".cp-statement label")?.closest(".cp-statement").querySelector("[rel=next]");
  if (next) setTimeout(() => next.click(), 250);
});

// ── Ideas alike ──────────────────────────────────────────────────────────────────────────────────
// Whoever came by a poster sees, while writing, what is published already; none of it is needed.
let pause, asked = "";
addEventListener("input", event => {
  const form = event.target.closest?.("form[data-form=depot]"), place = form?.querySelector(".cp-alike-here");
  if (!place || !["body", "title"].includes(event.target.name)) return;
  clearTimeout(pause);
  pause = setTimeout(() => showAlike(form, place).catch(() => {}), 900);
});
async function showAlike(form, place) {
  const said = new FormData();
  for (const name of ["mot", "title", "body"]) said.set(name, form.elements[name].value);
  const text = `${said.get("title")} ${said.get("body")}`.trim();
  if (text.length < 12 || text === asked || !navigator.onLine) return;
  asked = text;
  const answer = await post("/affiche", said);
  const found = parse(await answer.text()).querySelector(".cp-alike");
  if (answer.ok && asked === text) place.replaceChildren(...(found ? [found] : []));
}

// ── What waits for the network ───────────────────────────────────────────────────────────────────
const DAYS = 30;
let tooOld = "";  // what is said of an entry that waited longer, until the form is sent
const inTab = [];  // on a shared device: gone with the tab

const settled = request => new Promise((done, failed) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});
const store = async mode => {
  const asked = indexedDB.open("c-possible", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("depots", { keyPath: "jeton" });
  const database = await settled(asked);
  return database.transaction("depots", mode).objectStore("depots");
};
const all = async () => [...inTab, ...await store("readonly").then(depots => settled(depots.getAll())).catch(() => [])];
const wipe = async jeton => {
  const place = inTab.findIndex(entry => entry.jeton === jeton);
  if (place >= 0) inTab.splice(place, 1);
  else await store("readwrite").then(depots => settled(depots.delete(jeton)));
};

async function keep(address, form, isShared) {
  const entry = { jeton: form.get("jeton"), address, since: Date.now(), whose: whoseTab(), fields: [...form.entries()] };
  try {
    if (isShared) inTab.push(entry);
    else await store("readwrite").then(depots => settled(depots.put(entry)));
  } catch {
    return say("Pas de réseau, et cet appareil ne garde rien : ce que vous avez écrit reste dans cette page.");
  }
  forget();
  const form2 = find("form[data-form=depot]");
  form2?.reset();
  const token = form2?.querySelector("[name=jeton]");
  if (token) token.value = key();
  await tellWaiting();
}

// The form that this phone keeps without network is one: each time it is opened it is another entry.
document.querySelectorAll("form[data-form=depot] [name=jeton]").forEach(token => { token.value = key(); });

async function tellWaiting() {
  const waiting = await all();
  if (!waiting.length) return say(tooOld);
  const many = waiting.length > 1;
  const end = waiting.some(entry => inTab.includes(entry)) ? " Ne fermez pas cet onglet." : " Il suffit qu'une page de C-Possible soit alors ouverte.";
  const retry = make("button", { type: "button", className: "cp-quiet", textContent: "Essayer maintenant", onclick: flush });
  say(`Hors connexion : ${waiting.length} dépôt${many ? "s gardés, ils partiront" : " gardé, il partira"} au retour du réseau.${end}`, retry);
}

// Not what was written in another's sign-in, which has ended since.
const isOurs = ({ whose }) => !whose || whose === whoseTab();

let flushing = false;
async function flush() {
  if (flushing) return;
  flushing = true;
  const left = [], ofSeveral = inTab.length > 0;
  try {
    for (const entry of await all()) {
      if (Date.now() - entry.since > DAYS * 86_400_000) { await takeBack(entry); continue; }
      const form = new FormData();
      for (const [name, value] of entry.fields) form.append(name, value);
      const answer = await post(entry.address, form);
      const page = parse(await answer.text());
      if (answer.status >= 500 || answer.status === 429) break;
      await wipe(entry.jeton);
      // Its code, or what is to be corrected, with what was typed.
      if (isOurs(entry)) left.push(page);
    }
  } catch { /* still no network */ } finally { flushing = false; }
  if (left.length) {
    const [first, ...others] = left;
    for (const page of others) {
      const title = page.querySelector("main h1");
      title?.replaceWith(Object.assign(page.createElement("h2"), { innerHTML: title.innerHTML }));
      first.querySelector("main").append(...page.querySelector("main").childNodes);
    }
    isToForget = ofSeveral;
    if (!ofSeveral) remember(first.documentElement.outerHTML);
    show(first);
  }
  await tellWaiting();
}

// What has waited for too long is no longer sent unread: its words go back into the form, one entry at a time.
async function takeBack(entry) {
  if (!isOurs(entry)) return wipe(entry.jeton);
  if (!memory || memory.getItem(DRAFT)) return;
  memory.setItem(DRAFT, JSON.stringify(entry.fields.filter(([name, value]) => typeof value === "string" && name !== "jeton")));
  await wipe(entry.jeton);
  tooOld = `Un dépôt gardé plus de ${DAYS} jours n'est pas parti : relisez-le, il est dans le formulaire « Déposer ».`;
  bringBack();
}
addEventListener("online", flush);
document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
all().then(waiting => { if (waiting.length) flush(); });
setInterval(async () => { if ((await all()).length && navigator.onLine) flush(); }, 30_000);
if ("serviceWorker" in navigator && window === top) navigator.serviceWorker.register("/hors-ligne.js").catch(() => {});

// ── What is being written ────────────────────────────────────────────────────────────────────────
addEventListener("input", event => {
  const form = event.target.closest?.("form");
  if (!form || !draftOf(form)) return;
  const typed = [...new FormData(form).entries()].filter(([name, value]) => typeof value === "string" && !HIDDEN.includes(name));
  memory.setItem(draftOf(form), JSON.stringify(typed));
});
function bringBack() {
  for (const form of document.querySelectorAll("form[data-form]")) {
    if (!draftOf(form) || form.elements.body?.value) continue;
    for (const [name, value] of JSON.parse(memory.getItem(draftOf(form)) ?? "[]")) fill(form.elements[name], name, value);
  }
}
function fill(field, name, value) {
  if (!field || HIDDEN.includes(name)) return;
  for (const one of field instanceof RadioNodeList ? field : [field])
    if (!["radio", "checkbox"].includes(one.type)) one.value = value;
    else if (one.value === value) one.checked = true;
}

// ── A questionnaire ──────────────────────────────────────────────────────────────────────────────
// What is asked of some only is shown to them; the server looks again.
function applyRules() {
  for (const part of document.querySelectorAll("[data-if]")) {
    const { if: field, is } = part.dataset;
    const chosen = [...document.querySelectorAll(`[name="${field}"]:checked`)];
    part.hidden = !chosen.some(one => one.value === is && !one.closest("[data-if][hidden]"));
    part.querySelector(".cp-if-words").hidden = true;
  }
}
addEventListener("change", applyRules);

// A tablet of several people begins anew when nobody touches it any more, and says so before.
const WARNED = 15;
let toWarn, toBegin;
function waitForTouch() {
  clearTimeout(toWarn);
  clearTimeout(toBegin);
  const { again, idle, quiet } = find("[data-again]")?.dataset ?? {};
  if (!again) return;
  toBegin = setTimeout(() => location.replace(again), idle * 1000);
  if (quiet === undefined) toWarn = setTimeout(() => say(`Sans réponse de votre part, tout s'efface dans ${WARNED} secondes. Touchez l'écran pour continuer.`), (idle - WARNED) * 1000);
}
for (const kind of ["pointerdown", "keydown", "input", "wheel"])
  addEventListener(kind, () => {
    if (!find("[data-again]")) return;
    if (status.textContent.startsWith("Sans réponse")) say("");
    waitForTouch();
  }, { passive: true, capture: true });

// ── The code ─────────────────────────────────────────────────────────────────────────────────────
const following = find("form[data-form=suivi]");
if (following && location.hash.length > 1) {
  following.elements.code.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  following.requestSubmit();
}
// A second code read while the first one's page still stands.
if (location.pathname === "/suivre") addEventListener("hashchange", () => { if (/[0-9A-Z]{4}-/i.test(location.hash)) location.reload(); });
addEventListener("click", event => {
  const { act, code, number } = event.target.closest?.("button[data-act]")?.dataset ?? {};
  if (act === "print") print();
  if (act === "share") {
    const text = `Mon idée n° ${number}, code de suivi ${code}`;
    if (navigator.share) navigator.share({ text }).catch(() => {});
    else navigator.clipboard.writeText(text).then(() => say("Le code est copié."));
  }
});

// ── As the page opens ────────────────────────────────────────────────────────────────────────────
// Last, since it needs all of the above: what stood here before a reload, else what is wrong.
begin();
if (isRemembered) show(parse(history.state.main));
else find(".cp-errors, .cp-wait")?.focus();
