// The grid of a table of references (référentiel): its rows as they stand, each cell edited where it is.
//
// It is a table of the plain kind, whose cells hold plain fields: it is read and written with a keyboard alone and with a
// screen reader. What is typed lives here and in the tab's own store until it is saved or given up; nothing is sent before.
// A row that was touched keeps the mark of what its writer has read, whatever the server says meanwhile. Every text is
// set as text, never as HTML.

const STORE = "cp-ref-", WIDE = 50, NARROW = 10, LONG = 100, PATIENCE = 20000;
const phone = matchMedia("(max-width: 640px)");

const capital = text => text.charAt(0).toUpperCase() + text.slice(1);
const plainly = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

class Sheet extends Draft {
  constructor(root) {
    super();
    this.root = root;
    this.edits = new Map();  // key → { mark, base: field → text, cells: field → text }
    this.added = [];         // { name, cells }
    this.steps = [];         // what Ctrl+Z takes back, the last one last
    this.errors = {};
    this.meanwhile = {};
    this.page = 0;
    this.words = "";
    this.heard = -1;
    this.turned = () => this.draw();
  }

  // ── What the server says ───────────────────────────────────────────────────────────────────────────────────────────

  receive({ data, setTriggerValue }) {
    this.ask = setTriggerValue;
    phone.addEventListener("change", this.turned);
    const said = JSON.stringify([data.code, data.rows, data.columns]);
    const isOther = this.data?.code !== data.code;
    this.data = data;
    if (isOther) this.begin();
    if (isOther || said !== this.drawn) {
      this.drawn = said;
      this.byKey = new Map(data.rows.map(row => [row.key, row]));
      this.forget();
      this.draw();
    }
    if (data.answer.n !== this.heard) this.hear(data.answer);
  }

  // A row that says again what stands is no longer touched.
  forget() {
    for (const [key, edit] of this.edits) {
      const row = this.byKey.get(key);
      if (row) for (const [field, text] of Object.entries(edit.cells)) if (text === this.standing(row, field)) delete edit.cells[field];
      if (row && !Object.keys(edit.cells).length) this.edits.delete(key);
    }
  }

  begin() {
    Object.assign(this, { edits: new Map(), added: [], steps: [], errors: {}, meanwhile: {}, page: 0, words: "", heard: -1 });
    const kept = this.stored();
    for (const [key, edit] of kept.edits ?? []) this.edits.set(key, edit);
    this.added = kept.added ?? [];
    this.build();
  }

  hear(answer) {
    const first = this.heard < 0;
    this.heard = answer.n;
    this.wait(false);
    if (first) return this.count();
    this.errors = answer.errors;
    this.meanwhile = answer.meanwhile;
    if (!answer.refused) this.saved();
    this.draw();
    this.say(answer.said, answer.refused);
    this.store();
    if (answer.refused) this.toFirstFault();
  }

  clear() {
    Object.assign(this, { edits: new Map(), added: [], steps: [], errors: {}, meanwhile: {} });
  }

  // What was typed while the answer was on its way waits for the next save, on what stands now.
  saved() {
    const sent = this.sent ?? { known: [], added: [] }, later = [];
    for (const [name, edit] of this.edits) {
      const cells = sent.known.find(row => row.name === name)?.cells ?? {}, row = this.byKey.get(name);
      const left = Object.fromEntries(Object.entries(edit.cells).filter(([field, text]) => cells[field] !== text));
      if (row && Object.keys(left).length) later.push([name, { ...this.opened(row), cells: left }]);
    }
    const added = this.added.filter(row => !sent.added.includes(row.name));
    this.clear();
    this.edits = new Map(later);
    this.added = added;
  }

  leave() {
    clearTimeout(this.late);
    phone.removeEventListener("change", this.turned);
  }

  get place() { return STORE + this.data.keep; }
  typed() { return { edits: [...this.edits], added: this.added }; }

  // ── Building ───────────────────────────────────────────────────────────────────────────────────────────────────────

  build() {
    this.look = make("input", { type: "search", value: "", autocomplete: "off", oninput: () => { this.words = this.look.value; this.page = 0; this.draw(); } });
    this.found = make("span", { className: "cp-ref-found", role: "status" });
    const tools = make("div", { className: "cp-ref-tools" }, make("label", {}, make("span", { textContent: "Chercher une ligne" }), this.look), this.found);
    const head = make("tr", { role: "row" }, ...this.data.columns.map(column => make("th", { scope: "col", role: "columnheader", textContent: capital(column.title) })));
    this.body = make("tbody", { role: "rowgroup" });
    this.box = make("div", { className: "cp-ref-box", role: "region", tabIndex: 0, aria: { label: `${this.data.title} : tableau` } },
      make("table", { role: "table" }, make("caption", { className: "cp-sr", textContent: this.data.title }), make("thead", { role: "rowgroup" }, head), this.body));
    this.before = make("button", { type: "button", textContent: "Page précédente", onclick: () => this.go(this.page - 1) });
    this.after = make("button", { type: "button", textContent: "Page suivante", onclick: () => this.go(this.page + 1) });
    this.where = make("span", {});
    this.pages = make("nav", { className: "cp-ref-pages", aria: { label: `${this.data.title} : pages` } }, this.before, this.where, this.after);
    const more = this.data.mayAdd ? make("button", { type: "button", className: "cp-ref-more", onclick: () => this.add() }, icon("add"), make("span", { textContent: `Ajouter une ligne (${this.data.one})` })) : null;
    this.button = make("button", { type: "button", className: "cp-ref-save", onclick: () => this.save() }, icon("check"), make("span"));
    this.back = make("button", { type: "button", title: "Ctrl+Z", onclick: () => this.undo() }, icon("undo"), make("span", { textContent: "Défaire" }));
    this.drop = make("button", { type: "button", textContent: "Annuler mes changements", onclick: () => this.giveUp() });
    this.status = make("p", { className: "cp-ref-said", role: "status" });
    const foot = make("div", { className: "cp-ref-foot" }, make("div", {}, this.button, this.back, this.drop), this.status);
    this.root.replaceChildren(tools, this.box, make("div", { className: "cp-ref-under" }, ...[more, this.pages].filter(Boolean)), foot);
    this.root.onkeydown = event => this.press(event);
    this.body.addEventListener("focusin", event => this.uncover(event.target));
  }

  shown() {
    const words = plainly(this.words).split(/\s+/).filter(Boolean);
    return this.data.rows.filter(row => {
      if (!words.length) return true;
      const text = plainly([...row.cells, ...Object.values(this.edits.get(row.key)?.cells ?? {})].join(" "));
      return words.every(word => text.includes(word));
    });
  }

  get size() { return phone.matches ? NARROW : WIDE; }

  draw() {
    if (!this.box) return;
    const active = document.activeElement, focused = active?.dataset?.cell, from = active?.selectionStart, to = active?.selectionEnd;
    const rows = this.shown(), pages = Math.max(1, Math.ceil(rows.length / this.size));
    this.page = Math.min(Math.max(this.page, 0), pages - 1);
    const here = rows.slice(this.page * this.size, (this.page + 1) * this.size);
    this.body.replaceChildren(...here.flatMap(row => this.row(row.key, row)), ...this.added.flatMap((row, place) => this.row(row.name, null, place + 1)));
    if (!this.body.children.length) this.body.append(make("tr", { role: "row" }, make("td", { role: "cell", colSpan: this.data.columns.length, textContent: this.words ? "Aucune ligne ne contient ces mots." : "Aucune ligne encore." })));
    this.found.textContent = this.words ? `${many(rows.length, "ligne")} sur ${this.data.rows.length}` : many(rows.length, "ligne");
    this.pages.hidden = pages < 2;
    this.where.textContent = `Page ${this.page + 1} sur ${pages}`;
    this.before.disabled = !this.page;
    this.after.disabled = this.page >= pages - 1;
    this.count();
    if (focused && this.focus(focused) && Number.isInteger(from)) document.activeElement.setSelectionRange?.(from, to);
  }

  go(page) {
    this.page = page;
    this.draw();
    this.box.scrollTop = 0;
    this.box.focus();
  }

  // ── One row ────────────────────────────────────────────────────────────────────────────────────────────────────────

  row(name, row, nth = 0) {
    const called = row ? `${this.data.one} ${row.key}` : `nouvelle ligne ${nth}`;
    const line = make("tr", { role: "row", data: { row: name } });
    this.data.columns.forEach((column, place) => line.append(this.cell(name, row, column, place, called)));
    const whole = this.errors[name]?.[""], met = this.meanwhile[name];
    if (!row) line.lastChild.append(make("button", { type: "button", className: "cp-ref-gone", aria: { label: `Retirer, ${called}` }, onclick: () => this.remove(name) }, icon("close"), make("span", { textContent: "Retirer" })));
    const more = [];
    if (whole) more.push(this.under(make("p", { className: "cp-error", textContent: whole })));
    if (met) more.push(this.under(this.choice(name, met, called)));
    return [line, ...more];
  }

  under(...children) {
    return make("tr", { role: "row", className: "cp-ref-note" }, make("td", { role: "cell", colSpan: this.data.columns.length }, ...children));
  }

  cell(name, row, column, place, called) {
    const isHead = place === 0, id = `cp-ref-${this.data.code}-${this.number(name)}-${column.field}`;
    const cell = make(isHead ? "th" : "td", isHead ? { scope: "row", role: "rowheader" } : { role: "cell" });
    cell.dataset.label = capital(column.title);
    cell.dataset.control = column.control;
    if (column.most >= LONG) cell.dataset.wide = "";
    if (row && column.isKey && !this.data.canRename) {
      cell.append(make("span", { className: "cp-ref-key", textContent: this.label(column, row.cells[place]) }));
      return cell;
    }
    const field = this.field(column, this.text(name, row, column.field));
    field.dataset.cell = `${name}\n${column.field}`;
    field.setAttribute("aria-label", `${capital(column.title)}, ${called}`);
    const note = make("small", { className: "cp-ref-was", id: `${id}-was`, hidden: true });
    const error = make("p", { className: "cp-error", id: `${id}-error`, hidden: true });
    field.oninput = () => this.write(name, column.field, field.value);
    field.onchange = () => { this.open = null; this.store(); };
    field.onblur = () => { this.open = null; };
    cell.append(field, note, error);
    this.mark(cell, name, row, column);
    return cell;
  }

  field(column, text) {
    if (column.choices) {
      const known = column.choices.some(([value]) => value === text);
      const options = [...(column.needed && known ? [] : [["", "–"]]), ...(known || !text ? [] : [[text, text]]), ...column.choices];
      const list = make("select", {}, ...options.map(([value, label]) => make("option", { value, textContent: label })));
      list.value = text;
      return list;
    }
    if (column.control === "long") return make("textarea", { rows: 1, value: text, spellcheck: true, ...(column.most ? { maxLength: column.most } : {}) });
    const input = make("input", { type: "text", value: text, autocomplete: "off", ...(column.most ? { maxLength: column.most } : {}) });
    if (column.control === "whole") input.inputMode = "numeric";
    if (column.control === "number") input.inputMode = "decimal";
    if (column.control === "date") input.placeholder = "JJ/MM/AAAA";
    return input;
  }

  // What a cell held, and what is wrong with it, stand under it; both are read with it.
  mark(cell, name, row, column) {
    const field = cell.querySelector("[data-cell]");
    const [note, error] = cell.querySelectorAll(".cp-ref-was, .cp-error");
    const edit = this.edits.get(name), isChanged = row ? column.field in (edit?.cells ?? {}) : !!field.value;
    const before = edit?.base[column.field] ?? "", wrong = this.errors[name]?.[column.field] ?? "";
    cell.classList.toggle("is-changed", isChanged);
    note.hidden = !isChanged || !row;
    note.textContent = note.hidden ? "" : `Modifié, avant : ${this.label(column, before) || "vide"}`;
    error.hidden = !wrong;
    error.textContent = wrong;
    field.ariaInvalid = wrong ? "true" : null;
    const told = [error, note].filter(part => !part.hidden).map(part => part.id);
    if (told.length) field.setAttribute("aria-describedby", told.join(" ")); else field.removeAttribute("aria-describedby");
  }

  label(column, text) {
    return column.choices?.find(([value]) => value === text)?.[1] ?? text;
  }

  // Ids take no spaces: each row has a number for as long as the grid is there.
  number(name) {
    this.numbers ??= new Map();
    if (!this.numbers.has(name)) this.numbers.set(name, this.numbers.size);
    return this.numbers.get(name);
  }

  standing(row, field) { return row.cells[this.data.columns.findIndex(column => column.field === field)] ?? ""; }

  text(name, row, field) {
    if (!row) return this.added.find(each => each.name === name)?.cells[field] ?? "";
    return this.edits.get(name)?.cells[field] ?? this.standing(row, field);
  }

  // ── What is typed ──────────────────────────────────────────────────────────────────────────────────────────────────

  write(name, field, text, isStep = true) {
    const row = this.byKey.get(name), now = this.text(name, row, field);
    if (isStep) this.step(name, field, now);
    if (row) this.change(row, field, text);
    else this.added.find(each => each.name === name).cells[field] = text;
    if (this.errors[name]) delete this.errors[name][field];
    const found = this.at(name, field);
    if (found) this.mark(found.closest("td, th"), name, row, this.data.columns.find(column => column.field === field));
    this.say("");
    this.count();
    this.store();
  }

  change(row, field, text) {
    let edit = this.edits.get(row.key);
    if (!edit) this.edits.set(row.key, edit = { ...this.opened(row), cells: {} });
    if (text === edit.base[field]) delete edit.cells[field]; else edit.cells[field] = text;
    if (!Object.keys(edit.cells).length && !this.meanwhile[row.key]) this.edits.delete(row.key);
  }

  // What its writer has before her eyes as she begins.
  opened(row) {
    return { mark: row.mark, base: Object.fromEntries(this.data.columns.map((column, place) => [column.field, row.cells[place]])) };
  }

  // What is typed in one cell without leaving it is one step.
  step(name, field, before) {
    if (this.open?.name === name && this.open.field === field) return;
    this.open = { name, field, before };
    this.steps.push(this.open);
  }

  undo() {
    const last = this.steps.pop();
    this.open = null;
    if (!last) return this.say("Rien à défaire.");
    if (last.row) this.added.splice(last.place, 0, last.row);
    else if (last.made) this.added = this.added.filter(row => row.name !== last.made);
    else if (this.byKey.has(last.name) || this.added.some(row => row.name === last.name)) this.write(last.name, last.field, last.before, false);
    this.draw();
    this.store();
    const cell = last.made ? null : `${last.row?.name ?? last.name}\n${last.field ?? this.data.columns[0].field}`;
    if (cell) this.show(cell);
    this.say("Le dernier changement est défait.");
  }

  giveUp() {
    const n = this.changes();
    this.clear();
    this.draw();
    this.store();
    this.say(n ? `${many(n, "changement")} ${n > 1 ? "annulés" : "annulé"} : rien n'a été enregistré.` : "");
    this.look.focus();
  }

  add() {
    const row = { name: `+${key()}`, cells: {} };
    this.added.push(row);
    this.steps.push({ made: row.name });
    this.draw();
    this.store();
    this.focus(`${row.name}\n${this.data.columns[0].field}`);
  }

  remove(name) {
    const place = this.added.findIndex(row => row.name === name);
    this.steps.push({ row: this.added[place], place });
    this.added.splice(place, 1);
    delete this.errors[name];
    this.draw();
    this.store();
    this.root.querySelector(".cp-ref-more").focus();
  }

  changes() {
    let n = this.added.length;
    for (const edit of this.edits.values()) n += Object.keys(edit.cells).length;
    return n;
  }

  count() {
    const n = this.changes();
    this.button.lastChild.textContent = this.waiting ? "Un instant…" : n ? `Enregistrer ${n > 1 ? `les ${n} changements` : "le changement"}` : "Enregistrer";
    this.button.ariaDisabled = String(!n || !!this.waiting);
    this.back.disabled = !this.steps.length || !!this.waiting;
    this.drop.disabled = !n || !!this.waiting;
  }

  // ── The keyboard ───────────────────────────────────────────────────────────────────────────────────────────────────

  press(event) {
    if (event.isComposing) return;
    const command = event.ctrlKey || event.metaKey, letter = event.key.toLowerCase();
    if (command && !event.shiftKey && letter === "z" && event.target !== this.look) { event.preventDefault(); return this.undo(); }
    if (command && (letter === "s" || event.key === "Enter")) { event.preventDefault(); return this.save(); }
    const field = event.target;
    if (!field.dataset?.cell || command || event.altKey) return;
    const isList = field.tagName === "SELECT", isLong = field.tagName === "TEXTAREA";
    if (event.key === "Escape") return this.takeBack(field);
    if (event.key === "Enter" && !(isLong && event.shiftKey)) { event.preventDefault(); return this.move(field, event.shiftKey ? -1 : 1); }
    if (isList) return;
    if (event.key === "ArrowDown" && (!isLong || field.selectionEnd === field.value.length)) { event.preventDefault(); return this.move(field, 1); }
    if (event.key === "ArrowUp" && (!isLong || field.selectionStart === 0)) { event.preventDefault(); return this.move(field, -1); }
  }

  takeBack(field) {
    const [name, column] = field.dataset.cell.split("\n"), row = this.byKey.get(name);
    const before = row ? this.edits.get(name)?.base[column] : "";
    if (before === undefined || field.value === before) return;
    field.value = before;
    this.write(name, column, before);
    this.open = null;
  }

  move(field, by) {
    const column = field.dataset.cell.split("\n")[1];
    const all = [...this.body.querySelectorAll("[data-cell]")].filter(each => each.dataset.cell.endsWith(`\n${column}`));
    const next = all[all.indexOf(field) + by];
    if (!next) return;
    next.focus();
    next.select?.();
  }

  at(name, field) { return [...this.body.querySelectorAll("[data-cell]")].find(each => each.dataset.cell === `${name}\n${field}`); }

  focus(cell) {
    const [name, field] = cell.split("\n"), found = this.at(name, field);
    found?.focus();
    return !!found;
  }

  // What has the focus stands neither under the headers nor under the foot.
  uncover(field) {
    const place = field.getBoundingClientRect(), [head] = this.box.getElementsByTagName("thead");
    const roof = phone.matches ? 0 : head.getBoundingClientRect().bottom, floor = this.status.parentElement.getBoundingClientRect().top;
    if (place.top < roof || place.bottom > floor) field.scrollIntoView({ block: "center", inline: "nearest" });
  }

  // A cell that another page or the search hides is shown.
  show(cell) {
    if (this.focus(cell)) return;
    const name = cell.split("\n")[0];
    if (!this.shown().some(row => row.key === name)) this.words = this.look.value = "";
    this.page = Math.max(0, Math.floor(this.shown().findIndex(row => row.key === name) / this.size));
    this.draw();
    this.focus(cell);
  }

  // ── Saving ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  save() {
    if (this.waiting) return;
    if (!this.changes()) return this.say("Rien n'est changé.");
    const known = [...this.edits].filter(([, edit]) => Object.keys(edit.cells).length)
      .map(([name, { mark, cells }]) => ({ name, key: name, read: mark, cells: { ...cells } }));
    const added = this.added.map(({ name, cells }) => ({ name, key: null, read: null, cells: { ...cells } }));
    this.sent = { known, added: added.map(row => row.name) };
    this.wait(true);
    this.ask("save", { n: Date.now(), rows: [...known, ...added] });
    this.late = setTimeout(() => {
      this.wait(false);
      this.say("Pas de réponse du serveur : vos changements sont gardés ici. Réessayez dans un instant.", true);
    }, PATIENCE);
  }

  toFirstFault() {
    const order = [...this.data.rows.map(row => row.key), ...this.added.map(row => row.name)];
    const name = order.find(each => this.errors[each] || this.meanwhile[each]);
    if (name === undefined) return;
    const faults = Object.keys(this.errors[name] ?? {}).filter(Boolean);
    const touched = Object.keys(this.edits.get(name)?.cells ?? {});
    const column = this.data.columns.find(each => faults.includes(each.field)) ?? this.data.columns.find(each => touched.includes(each.field)) ?? this.data.columns[0];
    this.show(`${name}\n${column.field}`);
  }

  // ── What somebody wrote meanwhile ──────────────────────────────────────────────────────────────────────────────────

  choice(name, met, called) {
    const edit = this.edits.get(name);
    const both = this.data.columns.filter(column => column.field in edit.cells && met.stands[column.field] !== edit.base[column.field]);
    const lines = both.map(column => make("li", { textContent: `${capital(column.title)} : écrit entre-temps « ${this.label(column, met.stands[column.field]) || "vide"} », vous avez écrit « ${this.label(column, edit.cells[column.field]) || "vide"} ».` }));
    const dropped = both.length ? both.map(column => column.field) : Object.keys(edit.cells);
    const mine = make("button", { type: "button", textContent: "Garder le mien", aria: { label: `Garder le mien, ${called}` }, onclick: () => this.settle(name, met, []) });
    const theirs = make("button", { type: "button", textContent: "Prendre le sien", aria: { label: `Prendre le sien, ${called}` }, onclick: () => this.settle(name, met, dropped) });
    return make("div", { className: "cp-ref-met" }, make("p", { className: "cp-error", textContent: met.said }), make("ul", {}, ...lines), make("div", {}, mine, theirs));
  }

  // What somebody else wrote takes the place of mine in the cells that are dropped; the others stay mine.
  settle(name, met, dropped) {
    const kept = { ...this.edits.get(name).cells };
    for (const field of dropped) delete kept[field];
    for (const [field, text] of Object.entries(kept)) if (text === met.stands[field]) delete kept[field];
    delete this.meanwhile[name];
    this.steps = [];
    if (Object.keys(kept).length) this.edits.set(name, { mark: met.mark, base: met.stands, cells: kept }); else this.edits.delete(name);
    this.draw();
    this.store();
    this.say(this.changes() ? "Rien n'est encore enregistré : relisez la ligne, puis enregistrez." : "La ligne est comme elle a été écrite entre-temps.");
    this.button.focus();
  }
}

export default mounted(".cp-ref", Sheet);
