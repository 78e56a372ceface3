// A screen in one element: its filters, then the parts of its body. What is chosen here becomes an address, which the server
// reads; it answers with the parts of that address, and only those that differ are drawn again.
(() => {
  class Screen {
    constructor(root) {
      this.root = root;
      this.filters = null;
      this.parts = [];
      this.row = root.querySelector(".cp-filter-row");
      this.summary = root.querySelector(".cp-filters > summary > span");
      this.body = root.querySelector(".cp-parts");
      root.addEventListener("click", event => this.follow(event));
    }

    receive({ data: [data], setTriggerValue }) {
      this.go = search => setTriggerValue("go", search);
      this.draw(data.parts ?? []);
      this.root.toggleAttribute("data-filtered", Boolean(data.filters));
      if (data.filters) {
        this.summary.textContent = data.filters.summary;
        this.filters ??= new Filters(this.row, changes => this.change(changes));
        this.filters.show(data.filters);
      }
    }

    // A part that says the same stays as it is, with what is open, chosen or focused in it.
    draw(parts) {
      while (this.body.children.length > parts.length) this.body.lastElementChild.remove();
      parts.forEach((html, n) => {
        if (this.parts[n] === html && this.body.children[n]) return;
        const place = this.body.children[n] ?? this.body.appendChild(make("div", { className: "stHtml" }));
        const open = [...place.querySelectorAll("details")].map(fold => fold.open);
        const focused = place.contains(document.activeElement) ? document.activeElement.textContent : null;
        place.innerHTML = html;
        place.querySelectorAll("details").forEach((fold, i) => { fold.open = open[i] ?? false; });
        if (focused !== null) [...place.querySelectorAll("a, button, summary")].find(one => one.textContent === focused)?.focus({ preventScroll: true });
      });
      this.parts = parts;
    }

    // A link to this screen under other filters needs no change of page.
    follow(event) {
      const link = event.target.closest("a.cp-go");
      if (!link || !isPlainClick(event) || !this.filters || link.pathname !== location.pathname || link.hash || link.target) return;
      event.preventDefault();
      this.go(link.search);
    }

    change(changes) {
      const asked = new URLSearchParams(location.search);
      asked.delete("page");  // another list begins at its first page
      for (const [name, value] of Object.entries(changes)) value ? asked.set(name, value) : asked.delete(name);
      this.go(`?${asked}`);
    }
  }

  // ── The filters ───────────────────────────────────────────────────────────────────────────────────────────────────
  class Filters {
    constructor(row, change) {
      this.row = row;
      this.change = change;
      this.shown = "";
      // What stands in the template (ui/screen.html).
      row.replaceChildren(row.firstElementChild.content);
      const find = selector => row.querySelector(selector);
      [this.search, this.found, this.list, this.whole] = ["[type=search]", ".cp-filter-found", "ul", ".cp-filter-whole"].map(find);
      [this.services, this.ambition, this.below] = [".cp-filter-services", "select", ".cp-filter-services input"].map(find);
      [this.au, this.depuis] = ["#cp-filter-au", "#cp-filter-depuis"].map(find);
      this.search.addEventListener("input", () => this.narrow());
      this.list.addEventListener("change", () => this.choose());
      this.whole.addEventListener("click", () => { this.search.focus(); this.change({ direction: this.data.root, services: "" }); });
      this.below.addEventListener("change", () => this.change({ services: this.below.checked ? "" : this.data.without }));
      this.ambition.addEventListener("change", () => this.change({ ambition: this.ambition.value }));
      for (const name of ["au", "depuis"]) this.day(name);
    }

    show(data) {
      const said = JSON.stringify(data);
      if (said === this.shown) return;
      const known = this.shown ? JSON.parse(this.shown) : null;
      this.shown = said;
      this.data = data;
      // The same fields over the same choices: what they hold follows, whatever is open stays open.
      const same = known && ["has", "units", "ambitions", "first", "today"].every(part => JSON.stringify(known[part]) === JSON.stringify(data[part]));
      if (!same) this.build();
      this.fill();
    }

    build() {
      const { data } = this;
      for (const field of this.row.children) field.hidden = !data.has.includes(field.dataset.has);
      this.list.replaceChildren(...data.units.map(unit => this.choice(unit)));
      this.ambition.replaceChildren(...data.ambitions.map(([code, name]) => make("option", { value: code, textContent: name })));
      for (const field of [this.au, this.depuis]) Object.assign(field, { min: data.first, max: data.today });
    }

    fill() {
      const { data } = this, has = new Set(data.has), chosen = new Set(data.chosen);
      this.list.querySelectorAll("input").forEach(box => { box.checked = chosen.has(box.value); });
      this.whole.hidden = !chosen.size;
      this.services.hidden = data.services === null;
      this.below.checked = Boolean(data.services);
      if (has.has("ambition")) this.ambition.value = data.ambition;
      for (const name of ["au", "depuis"]) {
        if (!has.has(name)) continue;
        const field = this[name];
        if (field !== document.activeElement || field.validity.valid) field.value = data[name];
        this.judge(field);
      }
    }

    choice([code, name, depth]) {
      const box = make("input", { type: "checkbox", value: code });
      const line = make("li", {}, make("label", {}, box, make("span", { textContent: name })));
      line.style.setProperty("--cp-depth", depth);
      line.dataset.words = plainly(`${name} ${code}`);
      return line;
    }

    choose() {
      const codes = [...this.list.querySelectorAll("input:checked")].map(box => box.value);
      this.change({ direction: codes.join(",") || this.data.root });
    }

    narrow() {
      const words = wordsOf(this.search.value), lines = [...this.list.children];
      lines.forEach(line => { line.hidden = !words.every(word => line.dataset.words.includes(word)); });
      const n = lines.filter(line => !line.hidden).length;
      this.found.textContent = !words.length ? "" : n ? `${n}\u00a0${n > 1 ? "trouvées" : "trouvée"}` : "Aucune direction de ce nom.";
    }

    day(name) {
      const field = this[name];
      let waiting;
      const send = () => {
        clearTimeout(waiting);
        if (this.judge(field) && field.value !== this.data[name]) this.change({ [name]: field.value });
      };
      // A year is typed digit by digit, and each digit makes a date: the browser's own calendar and Enter send at once.
      field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(send, 700); });
      field.addEventListener("change", () => { if (field !== document.activeElement) send(); });
      field.addEventListener("blur", send);
      field.addEventListener("keydown", event => { if (event.key === "Enter") send(); });
    }

    judge(field) {
      const written = day => day.split("-").reverse().join("/");
      const wrong = !field.validity.valid, sentence = field.nextElementSibling;
      field.setAttribute("aria-invalid", String(wrong));
      sentence.hidden = !wrong;
      sentence.textContent = wrong ? `Choisissez un jour du ${written(field.min)} au ${written(field.max)}.` : "";
      return !wrong;
    }
  }

  window.cpScreen = mounted(".cp-screen", Screen);
})();
