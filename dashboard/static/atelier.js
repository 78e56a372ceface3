// The grid of a workshop (grille d'atelier): the paper sheet on the screen, for a keyboard or for a thumb.
// What is typed lives here, is written at once into the tab's own store (a reload, a lost connection) and sent to the
// server a moment later, which keeps it as a draft. The server's answer never touches a line that is being typed; it
// only takes away the lines it says are filed. Every text is set as text, never as HTML.
// Without network one goes on: lines that were to be filed are kept with the others and leave by themselves once the
// server answers again, after a reload too. A line's key makes it filed once, however often it is sent.

const PAUSE = 500, PATIENCE = 4000, STORE = "cp-atelier-";

// « • Des gants ⇥ 12 » → the text and its voices: a list or two columns of a spreadsheet may be pasted.
function pasted(text) {
  return text.split(/\r\n|\r|\n/).map(line => {
    const found = line.match(/^(.*\S)\t\s*(\d{1,4})\s*$/);
    const words = (found ? found[1] : line).replace(/\t/g, " ").replace(/^\s*(?:[•◦▪*]|[-–—](?=\s))\s*/, "").trim();
    return { text: words, voices: found ? Number(found[2]) : null };
  }).filter(line => line.text);
}

// Streamlit says on its own element whether its socket is open.
const app = () => document.querySelector("[data-test-connection-state]");
const isReachable = () => navigator.onLine && (app()?.dataset.testConnectionState ?? "CONNECTED") === "CONNECTED";
// -1: what is written is no count, which the server says.
const voicesOf = field => field.value === "" ? null : Number.isInteger(Number(field.value)) ? Number(field.value) : -1;
const keptLines = n => `${many(n, "ligne")} ${n > 1 ? "gardées" : "gardée"}`;
const same = ({ text, voices, concerns }) => JSON.stringify([text, voices, concerns]);

class Grid extends Draft {
  lines = [];
  pending = [];  // keys of lines that were to be filed and are not yet
  sentAs = new Map();  // key → the line as it was sent to be filed
  sent = Date.now();  // the server remembers the numbers of an earlier visit
  turn = this.sent;
  edits = 0;
  sentEdits = 0;

  // ── What the server says ───────────────────────────────────────────────────────────────────────────────────────────
  receive({ data, setStateValue, setTriggerValue }) {
    this.data = data;
    this.tell = setStateValue;
    this.ask = setTriggerValue;
    if (!this.built) this.build();
    if (!this.seeing) this.watch();
    const filed = new Set(data.filed);
    if (filed.size) this.lines.filter(line => filed.has(line.key)).forEach(line => this.letGo(line));
    if (data.kept >= this.sent && this.edits === this.sentEdits) this.dirty = false;
    if (data.answer.n !== this.heard) this.hear(data.answer);
    this.drawSaved();
    this.store();
    this.count();
    this.leaveNow();
  }

  // A line that is filed goes; one that was changed after it was sent stays, as a line of its own.
  letGo(line) {
    const was = this.sentAs.get(line.key);
    this.pending = this.pending.filter(key => key !== line.key);
    if (!was || was === same(line)) return this.remove(line);
    line.key = key();
    this.changed();
  }

  hear(answer) {
    if (!this.isNews(answer)) return;
    if (answer.refused) this.pending = [];
    for (const line of this.lines) this.blame(line.field, line.error, answer.errors[line.key]);
    this.say(answer.said, Object.keys(answer.errors).length > 0 || answer.refused);
    if (this.dirty) this.changed();  // what was sent to be filed and is not yet
    const wrong = this.lines.find(line => answer.errors[line.key]);
    if (wrong) {
      this.go(wrong.ambition, wrong.cell);
      wrong.field.focus();
    }
  }

  // ── What is typed ──────────────────────────────────────────────────────────────────────────────────────────────────
  changed() {
    this.dirty = true;
    ++this.edits;
    this.store();
    this.count();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), PAUSE);
  }

  plain() {
    return this.lines.filter(line => line.text.trim()).map(({ key, ambition, cell, text, voices, concerns }) => ({ key, ambition, cell, text, voices, concerns }));
  }

  send() {
    clearTimeout(this.timer);
    this.sentEdits = this.edits;
    this.tell("typed", { n: ++this.sent, lines: this.plain() });
  }

  get place() { return STORE + this.data.keep; }
  typed() { return { lines: this.plain(), dirty: !!this.dirty, pending: this.pending, here: this.here, wide: this.wide }; }

  // ── Building ───────────────────────────────────────────────────────────────────────────────────────────────────────
  build() {
    this.built = true;
    const kept = this.stored(), byKey = new Map(this.data.lines.map(line => [line.key, line]));
    if (kept.dirty) for (const line of kept.lines ?? []) byKey.set(line.key, line);
    const lines = [...byKey.values()];
    this.wide = kept.wide || lines.some(line => line.cell.startsWith("va"));
    this.here = kept.here ?? [this.data.ambitions[0].id, "idee"];
    this.fill();
    for (const line of lines) this.add(line.ambition, line.cell, line);
    this.widen(this.wide);
    this.go(...this.here);
    this.pending = (kept.pending ?? []).filter(key => byKey.has(key));
    if (kept.dirty && lines.length) this.changed();
  }

  // ── The network ────────────────────────────────────────────────────────────────────────────────────────────────────
  watch() {
    this.was = isReachable();
    this.turned = () => this.lookAround();
    for (const name of ["online", "offline"]) addEventListener(name, this.turned);
    this.seeing = new MutationObserver(this.turned);
    if (app()) this.seeing.observe(app(), { attributeFilter: ["data-test-connection-state"] });
  }

  lookAround() {
    const is = isReachable();
    this.count();
    if (is === this.was) return;
    this.was = is;
    if (!is) { this.wait(false); return this.say("Hors connexion : continuez, tout est gardé sur cet appareil."); }
    this.say("");
    this.leaveNow();
  }

  leaveNow() {
    const lines = this.plain().filter(line => this.pending.includes(line.key));
    if (lines.length && !this.waiting && isReachable()) this.file(lines);
  }

  // What stands in the template, and a row of the sheet for each ambition.
  fill() {
    const find = selector => this.root.querySelector(selector), { ambitions } = this.data;
    [this.choice, this.apart, this.loose] = [".cp-atelier-chooser select", ".cp-atelier-apart", ".cp-atelier-apart > ul"].map(find);
    [this.button, this.status, this.keeping, this.toggle] = [".cp-atelier-save", ".cp-atelier-said", ".cp-atelier-keeping", ".cp-atelier-toggle input"].map(find);
    this.kinds = [...this.root.querySelectorAll(".cp-atelier-chooser fieldset label")];
    this.choice.replaceChildren(...ambitions.map(a => make("option", { value: a.id, textContent: a.name })));
    this.choice.onchange = () => this.go(Number(this.choice.value), this.here[1]);
    for (const label of this.kinds) label.firstElementChild.onchange = () => this.go(this.here[0], label.dataset.cell);
    this.button.onclick = () => this.save();
    this.toggle.onchange = () => { this.widen(this.toggle.checked); this.store(); };
    this.options = new DocumentFragment();
    const unknown = make("option", { value: "", textContent: "Direction concernée : je ne sais pas" });
    this.options.append(unknown, ...this.data.units.map(unit => make("option", { value: unit.id, textContent: unit.name })));
    this.cells = new Map();
    // What phones send has no ambition, or one that is no row of this sheet: it stands apart, below.
    this.apart.before(...ambitions.map(ambition => make("section", { className: "cp-atelier-row", data: { ambition: ambition.code }, aria: { labelledby: `cp-atelier-${ambition.id}` } },
      make("h3", { id: `cp-atelier-${ambition.id}`, textContent: ambition.name }), ...this.kinds.map(label => this.cell(ambition, label.dataset.cell, label.textContent.trim())))));
  }

  cell(ambition, code, name) {
    const saved = make("ul", { className: "cp-atelier-saved", aria: { label: `${ambition.name}, ${name} : lignes enregistrées` } });
    const typed = make("ul", { className: "cp-atelier-typed", aria: { label: `${ambition.name}, ${name} : à enregistrer` } });
    const cell = { name: `${ambition.name}, ${name}`, saved, typed, block: make("div", { className: "cp-atelier-cell", data: { cell: code } }, make("p", { className: "cp-atelier-name", textContent: name }), saved, typed) };
    this.cells.set(`${ambition.id}-${code}`, cell);
    this.add(ambition.id, code, {}, cell);
    return cell.block;
  }

  widen(wide) {
    this.wide = this.toggle.checked = wide;
    this.root.classList.toggle("is-wide", wide);
    if (!wide && this.here[1].startsWith("va")) this.go(this.here[0], "idee");
  }

  // On a phone one cell is shown: the ambition and the kind stay until another one is chosen.
  go(ambition, cell) {
    this.here = [ambition, cell];
    this.choice.value = ambition;
    for (const label of this.kinds) label.firstElementChild.checked = label.dataset.cell === cell;
    for (const [name, { block }] of this.cells) block.classList.toggle("is-here", name === `${ambition}-${cell}`);
    for (const row of this.root.querySelectorAll(".cp-atelier-row")) row.classList.toggle("is-here", row.contains(this.cells.get(`${ambition}-${cell}`).block));
    this.store();
  }

  // ── One line ───────────────────────────────────────────────────────────────────────────────────────────────────────
  // The last line of a cell is always empty: what is typed there becomes a line, and another empty one follows.
  add(ambition, cell, values = {}, where = this.cells.get(`${ambition}-${cell}`), after = null) {
    if (!where) return null;
    const line = { key: values.key ?? key(), ambition, cell, text: values.text ?? "", voices: values.voices ?? null,
      concerns: values.concerns === undefined ? this.data.direction : values.concerns };
    this.lines.push(line);
    line.field = make("textarea", { rows: 1, value: line.text, spellcheck: true, enterKeyHint: "next", placeholder: "Une ligne…", aria: { label: `${where.name} : ligne` } });
    line.hands = make("input", { type: "number", min: 0, max: 9999, inputMode: "numeric", value: line.voices ?? "", placeholder: "voix", className: "cp-atelier-voices", aria: { label: "Voix" } });
    line.unit = make("select", { className: "cp-atelier-unit", aria: { label: "Direction concernée" } }, this.options.cloneNode(true));
    line.unit.value = line.concerns ?? "";
    const gone = make("button", { type: "button", className: "cp-atelier-gone", title: "Retirer cette ligne", aria: { label: "Retirer cette ligne" } }, icon("close"));
    line.error = make("p", { className: "cp-error", id: `cp-atelier-error-${line.key}`, hidden: true });
    line.item = make("li", {}, line.field, line.hands, gone, line.unit, line.error);
    this.listen(line, gone);
    const last = where.typed.lastElementChild;
    if (after) after.item.after(line.item);
    else if (line.text && last) last.before(line.item);
    else where.typed.append(line.item);
    this.shape(line);
    return line;
  }

  listen(line, gone) {
    line.field.oninput = () => {
      if (/[\r\n]/.test(line.field.value)) return this.spread(line, line.field.value);
      this.write(line, line.field.value);
    };
    line.field.onpaste = event => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (!/[\r\n\t]/.test(text.trim())) return;
      event.preventDefault();
      this.spread(line, line.text.slice(0, line.field.selectionStart) + text + line.text.slice(line.field.selectionEnd));
    };
    line.field.onkeydown = event => this.press(event, line);
    line.hands.oninput = () => {
      line.voices = voicesOf(line.hands);
      this.blame(line.field, line.error);
      this.changed();
    };
    line.hands.onkeydown = event => { if (event.key === "Enter") { event.preventDefault(); this.next(line)?.field.focus(); } };
    line.unit.onchange = () => { line.concerns = line.unit.value ? Number(line.unit.value) : null; this.shape(line); this.changed(); };
    gone.onclick = () => { const next = this.next(line); this.remove(line); next?.field.focus(); this.changed(); };
    line.field.onblur = () => { if (this.edits !== this.sentEdits) this.send(); };
  }

  write(line, text) {
    const began = !line.text && text;
    line.text = text;
    this.blame(line.field, line.error);
    if (began && !line.item.nextElementSibling) this.add(line.ambition, line.cell);
    this.shape(line);
    this.changed();
  }

  // Several lines at once: the first takes the place of this one, the others follow it.
  spread(line, text) {
    const found = pasted(text), pressed = /[\r\n]$/.test(text);
    line.field.value = found[0]?.text ?? "";
    if (found[0]?.voices != null) line.hands.value = line.voices = found[0].voices;
    this.write(line, line.field.value);
    let last = line;
    for (const one of found.slice(1)) last = this.add(line.ambition, line.cell, { ...one, concerns: line.concerns }, undefined, last);
    this.changed();
    (pressed || found.length > 1 ? this.next(last) ?? last : last).field.focus();
  }

  press(event, line) {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); return this.save(); }
    if (event.key === "Enter") { event.preventDefault(); if (line.text.trim()) (this.next(line) ?? this.add(line.ambition, line.cell)).field.focus(); return; }
    if (event.key === "ArrowDown" && line.field.selectionEnd === line.text.length) return this.next(line)?.field.focus();
    if (event.key === "ArrowUp" && line.field.selectionStart === 0) return this.before(line)?.field.focus();
    if (event.key === "Backspace" && !line.text && line.item.nextElementSibling) {
      event.preventDefault();
      const before = this.before(line) ?? this.next(line);
      this.remove(line);
      before?.field.focus();
      this.changed();
    }
  }

  of(item) { return this.lines.find(line => line.item === item); }
  next(line) { return this.of(line.item.nextElementSibling); }
  before(line) { return this.of(line.item.previousElementSibling); }

  remove(line) {
    const focused = line.item.contains(document.activeElement) ? this.next(line) : null;
    if (!line.item.nextElementSibling) this.add(line.ambition, line.cell);
    line.item.remove();
    this.lines = this.lines.filter(other => other !== line);
    focused?.field.focus();
  }

  shape(line) {
    line.item.classList.toggle("is-empty", !line.text);
    line.item.classList.toggle("is-elsewhere", line.concerns !== this.data.direction);
    if (CSS.supports("field-sizing", "content")) return;
    line.field.style.height = "auto";
    line.field.style.height = `${line.field.scrollHeight}px`;
  }

  // ── Filing ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  save() {
    if (this.waiting) return;
    const lines = this.plain();
    if (!lines.length) return this.say("Écrivez au moins une ligne.", true);
    this.file(lines);
  }

  file(lines) {
    clearTimeout(this.timer);
    this.pending = lines.map(line => line.key);
    this.dirty = true;
    if (!isReachable()) {
      this.store();
      this.count();
      return this.say(`Hors connexion : ${keptLines(lines.length)} ici, ${lines.length > 1 ? "elles partiront" : "elle partira"} au retour du réseau.`);
    }
    for (const line of lines) this.sentAs.set(line.key, same(line));
    this.wait(true);
    this.ask("save", { n: ++this.turn, lines });
    this.late = setTimeout(() => {
      this.wait(false);
      this.changed();
      this.say(`Le serveur ne répond pas : ${keptLines(lines.length)} ici, ${lines.length > 1 ? "elles repartiront" : "elle repartira"} dès qu'il répond.`);
    }, PATIENCE);
  }

  // What was sent waits for its answer, a few seconds; all else goes on.
  wait(waiting) {
    super.wait(waiting);
    for (const line of this.lines) line.field.readOnly = line.hands.readOnly = waiting && this.pending.includes(line.key);
  }

  count() {
    const n = this.plain().length;
    this.button.lastChild.textContent = this.waiting ? "Un instant…" : n ? `Tout enregistrer (${many(n, "ligne")})` : "Tout enregistrer";
    this.button.ariaDisabled = String(!!this.waiting || !n);
    this.keeping.textContent = !n ? "" : !isReachable() ? `Hors connexion : ${keptLines(n)} sur cet appareil` : this.dirty ? "Gardé sur cet appareil" : "Brouillon gardé";
    for (const option of this.choice.options) {
      const here = this.lines.filter(line => line.ambition === Number(option.value) && line.text.trim()).length;
      option.textContent = this.data.ambitions.find(a => a.id === Number(option.value)).name + (here ? ` (${here})` : "");
    }
  }

  // ── What is filed: its number, its voices, the wall ──────────────────────────────────────────────────────────────────
  drawSaved() {
    const said = JSON.stringify(this.data.saved);
    if (said === this.drawn) return;
    this.drawn = said;
    const focused = document.activeElement?.dataset?.saved;
    for (const { saved } of this.cells.values()) saved.replaceChildren();
    this.loose.replaceChildren();
    for (const line of this.data.saved) (this.cells.get(`${line.ambition}-${line.cell}`)?.saved ?? this.loose).append(this.savedLine(line));
    this.apart.hidden = !this.loose.children.length;
    if (this.data.saved.some(line => line.cell.startsWith("va"))) this.widen(true);
    if (focused) this.root.querySelector(`[data-saved="${focused}"]`)?.focus();
  }

  savedLine(line) {
    const name = `n° ${line.number}`;
    const hands = make("input", { type: "number", min: 0, max: 9999, inputMode: "numeric", value: line.voices ?? "", placeholder: "voix", className: "cp-atelier-voices",
      data: { saved: `voices-${line.number}` }, aria: { label: `Voix, ${name}` } });
    hands.onchange = () => this.ask("voices", { n: ++this.turn, number: line.number, voices: voicesOf(hands) });
    hands.onkeydown = event => { if (event.key === "Enter") hands.blur(); };
    const label = line.wall ? "Retirer du mur" : "Montrer au mur";
    const wall = make("button", { type: "button", className: `cp-atelier-wall${line.wall ? " is-shown" : ""}`, data: { saved: `wall-${line.number}` }, aria: { label: `${label}, ${name}` } },
      icon(line.wall ? "cancel_presentation" : "cast"), make("span", { textContent: label }));
    wall.onclick = () => this.ask("wall", { n: ++this.turn, number: line.number, show: !line.wall });
    return make("li", {}, make("p", {}, make("span", { textContent: line.text }), make("small", { textContent: ` ${name}` })), hands, wall);
  }

  leave() {
    super.leave();
    clearTimeout(this.timer);
    this.seeing?.disconnect();
    this.seeing = null;
    for (const name of ["online", "offline"]) removeEventListener(name, this.turned);
  }
}

export default mounted(".cp-atelier", Grid);
