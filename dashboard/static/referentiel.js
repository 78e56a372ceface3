// The grid of a table of references (référentiel): its rows as they stand, each cell edited where it is.
// It is a table of the plain kind, whose cells hold plain fields: it is read and written with a keyboard alone and with a
// screen reader. What is typed lives here and in the tab's own store until it is saved or given up; nothing is sent before.
// A row that was touched keeps the mark of what its writer has read, whatever the server says meanwhile. Every text is
// set as text, never as HTML.

const STORE = "cp-ref-", LONG = 100, PATIENCE = 20000;

const TYPED = { whole: { inputMode: "numeric" }, number: { inputMode: "decimal" }, date: { placeholder: "JJ/MM/AAAA" } };
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);

class Sheet extends Draft {
  // ── What the server says ───────────────────────────────────────────────────────────────────────────────────────────
  receive({ data, setTriggerValue }) {
    this.ask = setTriggerValue;
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
    this.clear();
    this.heard = -1;
    const kept = this.stored();
    this.edits = new Map(kept.edits);
    this.added = kept.added ?? [];
    this.build();
  }

  hear(answer) {
    if (!this.isNews(answer)) return;
    this.errors = answer.errors;
    this.meanwhile = answer.meanwhile;
    if (!answer.refused) this.saved();
    this.draw();
    this.say(answer.said, answer.refused);
    this.store();
    if (answer.refused) this.toFirstFault();
  }

  clear() {
    this.edits = new Map();  // key → { mark, base: field → text, cells: field → text }
    this.added = [];  // { name, cells }
    this.errors = {};
    this.meanwhile = {};
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

  get place() { return STORE + this.data.keep; }
  typed() { return { edits: [...this.edits], added: this.added }; }

  // ── What stands in the template ────────────────────────────────────────────────────────────────────────────────────
  build() {
    const find = selector => this.root.querySelector(selector), { data } = this;
    [this.look, this.found, this.box, this.body] = ["input[type=search]", ".cp-ref-found", ".cp-ref-box", "tbody"].map(find);
    [this.more, this.button, this.drop, this.status] = [".cp-ref-more", ".cp-ref-save", ".cp-ref-drop", ".cp-ref-said"].map(find);
    find("thead tr").replaceChildren(...data.columns.map(column => make("th", { scope: "col", role: "columnheader", textContent: capital(column.title) })));
    find("caption").textContent = data.title;
    this.box.ariaLabel = `${data.title} : tableau`;
    this.more.hidden = !data.mayAdd;
    this.more.lastElementChild.textContent = `Ajouter une ligne (${data.one})`;
    this.look.value = "";
    this.look.oninput = () => this.narrow();
    this.more.onclick = () => this.add();
    this.button.onclick = () => this.save();
    this.drop.onclick = () => this.giveUp();
    this.root.onkeydown = event => this.press(event);
  }

  draw() {
    const active = document.activeElement, focused = active?.dataset?.cell, from = active?.selectionStart, to = active?.selectionEnd;
    this.body.replaceChildren(...this.data.rows.flatMap(row => this.row(row.key, row)), ...this.added.flatMap((row, place) => this.row(row.name, null, place + 1)));
    this.narrow();
    this.count();
    const again = focused && this.at(focused);
    again?.focus();
    if (again && Number.isInteger(from)) again.setSelectionRange?.(from, to);
  }

  // Rows that hold all the words, those that are new too.
  narrow() {
    const words = wordsOf(this.look.value), { rows } = this.data;
    const text = row => plainly([...row.cells, ...Object.values(this.edits.get(row.key)?.cells ?? {})].join(" "));
    const away = new Set(rows.filter(row => !words.every(word => text(row).includes(word))).map(row => row.key));
    for (const line of this.body.children) line.hidden = away.has(line.dataset.row);
    const there = many(rows.length - away.size, "ligne");
    this.found.textContent = words.length ? `${there} sur ${rows.length}` : there;
  }

  // ── One row ────────────────────────────────────────────────────────────────────────────────────────────────────────
  row(name, row, nth = 0) {
    const called = row ? `${this.data.one} ${row.key}` : `nouvelle ligne ${nth}`;
    const line = make("tr", { role: "row", data: { row: name } });
    this.data.columns.forEach((column, place) => line.append(this.cell(name, row, column, place, called)));
    const whole = this.errors[name]?.[""], met = this.meanwhile[name];
    if (!row) line.lastChild.append(make("button", { type: "button", className: "cp-ref-gone", aria: { label: `Retirer, ${called}` }, onclick: () => this.remove(name) }, icon("close"), make("span", { textContent: "Retirer" })));
    const more = [];
    if (whole) more.push(this.under(name, make("p", { className: "cp-error", textContent: whole })));
    if (met) more.push(this.under(name, this.choice(name, met, called)));
    return [line, ...more];
  }

  under(name, ...children) {
    return make("tr", { role: "row", className: "cp-ref-note", data: { row: name } }, make("td", { role: "cell", colSpan: this.data.columns.length }, ...children));
  }

  cell(name, row, column, place, called) {
    const isHead = place === 0;
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
    const note = make("small", { className: "cp-ref-was", id: `cp-ref-${key()}`, hidden: true });
    const error = make("p", { className: "cp-error", id: `cp-ref-${key()}`, hidden: true });
    field.oninput = () => this.write(name, column.field, field.value);
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
    const most = column.most ? { maxLength: column.most } : {};
    if (column.control === "long") return make("textarea", { rows: 1, value: text, spellcheck: true, ...most });
    return make("input", { type: "text", value: text, autocomplete: "off", ...most, ...TYPED[column.control] });
  }

  // What a cell held, and what is wrong with it, stand under it; both are read with it.
  mark(cell, name, row, column) {
    const field = cell.querySelector("[data-cell]");
    const [note, error] = cell.querySelectorAll(".cp-ref-was, .cp-error");
    const edit = this.edits.get(name), isChanged = row ? column.field in (edit?.cells ?? {}) : !!field.value;
    const before = edit?.base[column.field] ?? "";
    cell.classList.toggle("is-changed", isChanged);
    note.hidden = !isChanged || !row;
    note.textContent = note.hidden ? "" : `Modifié, avant : ${this.label(column, before) || "vide"}`;
    this.blame(field, error, this.errors[name]?.[column.field], note);
  }

  label(column, text) {
    return column.choices?.find(([value]) => value === text)?.[1] ?? text;
  }

  standing(row, field) { return row.cells[this.data.columns.findIndex(column => column.field === field)] ?? ""; }

  text(name, row, field) {
    if (!row) return this.added.find(each => each.name === name)?.cells[field] ?? "";
    return this.edits.get(name)?.cells[field] ?? this.standing(row, field);
  }

  // ── What is typed ──────────────────────────────────────────────────────────────────────────────────────────────────
  write(name, field, text) {
    const row = this.byKey.get(name);
    if (row) this.change(row, field, text);
    else this.added.find(each => each.name === name).cells[field] = text;
    if (this.errors[name]) delete this.errors[name][field];
    const found = this.at(`${name}\n${field}`);
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
    this.draw();
    this.store();
    this.at(`${row.name}\n${this.data.columns[0].field}`).focus();
  }

  remove(name) {
    this.added = this.added.filter(row => row.name !== name);
    delete this.errors[name];
    this.draw();
    this.store();
    this.more.focus();
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
    this.drop.disabled = !n || !!this.waiting;
  }

  // ── The keyboard ───────────────────────────────────────────────────────────────────────────────────────────────────
  press(event) {
    if (event.isComposing) return;
    const command = event.ctrlKey || event.metaKey, letter = event.key.toLowerCase();
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
  }

  move(field, by) {
    const column = field.dataset.cell.split("\n")[1];
    const all = [...this.body.querySelectorAll("[data-cell]")].filter(each => each.dataset.cell.endsWith(`\n${column}`));
    const next = all[all.indexOf(field) + by];
    if (!next) return;
    next.focus();
    next.select?.();
  }

  at(cell) { return [...this.body.querySelectorAll("[data-cell]")].find(each => each.dataset.cell === cell); }

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
    const field = this.at(`${name}\n${column.field}`);
    // A cell that the search hides is shown.
    if (field.closest("tr").hidden) this.look.value = "";
    this.narrow();
    field.focus();
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
    if (Object.keys(kept).length) this.edits.set(name, { mark: met.mark, base: met.stands, cells: kept }); else this.edits.delete(name);
    this.draw();
    this.store();
    this.say(this.changes() ? "Rien n'est encore enregistré : relisez la ligne, puis enregistrez." : "La ligne est comme elle a été écrite entre-temps.");
    this.button.focus();
  }
}

export default mounted(".cp-ref", Sheet);
