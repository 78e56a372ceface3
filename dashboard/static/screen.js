// A screen in one element: its filters, then the parts of its body. What is chosen here becomes an address, which the server
// reads; it answers with the parts of that address, and only those that differ are drawn again.
(() => {
  const screens = new WeakMap();

  window.cpScreen = component => {
    const root = component.parentElement.querySelector(".cp-screen");
    if (!screens.has(root)) screens.set(root, new Screen(root));
    screens.get(root).receive(component);
  };

  const make = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children.filter(child => child !== null));
    return made;
  };
  const icon = name => {
    const made = make("span", { className: "cp-icon", textContent: name, translate: false });
    made.setAttribute("aria-hidden", "true");
    return made;
  };
  const plainly = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  class Screen {
    constructor(root) {
      this.root = root;
      this.filters = null;
      this.parts = [];
      this.row = root.querySelector(".cp-filter-row");
      [this.place, this.summary] = root.querySelectorAll(".cp-filters > span:nth-of-type(2) > span");
      this.body = root.querySelector(".cp-parts");
      root.addEventListener("click", event => this.follow(event));
    }

    receive({ data: [data], setTriggerValue }) {
      this.go = search => setTriggerValue("go", search);
      this.draw(data.parts ?? []);
      this.root.toggleAttribute("data-filtered", Boolean(data.filters));
      this.root.toggleAttribute("data-folds", Boolean(data.filters?.folds));
      if (data.filters) {
        // The direction has its field beside this line where there is room.
        this.place.textContent = data.filters.place && `${data.filters.place} · `;
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
      if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      if (!this.filters || link.pathname !== location.pathname || link.hash || link.target) return;
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
      const has = new Set(this.data.has);
      this.row.replaceChildren();
      if (has.has("direction")) this.row.append(this.directions());
      if (has.has("ambition")) this.row.append(this.ambitions());
      if (has.has("au")) this.row.append(this.day("au", "Situation au"));
      if (has.has("depuis")) this.row.append(this.day("depuis", "Évolution depuis"));
    }

    fill() {
      const { data } = this, has = new Set(data.has);
      if (has.has("direction")) this.fillDirections();
      if (has.has("ambition")) this.ambition.value = data.ambition;
      for (const name of ["au", "depuis"]) {
        if (!has.has(name)) continue;
        const field = this[name];
        if (field !== document.activeElement || field.validity.valid) field.value = data[name];
        this.judge(field);
      }
    }

    directions() {
      this.label = make("span", { className: "cp-filter-label", textContent: "Direction", id: "cp-filter-direction" });
      this.chosen = make("span", { className: "cp-filter-chosen" });
      this.opener = make("button", { type: "button", className: "cp-filter-open" }, this.chosen, icon("expand_more"));
      // What is chosen is the value of a list that opens, « Direction » its name.
      this.opener.setAttribute("role", "combobox");
      this.opener.setAttribute("aria-haspopup", "dialog");
      this.opener.setAttribute("aria-labelledby", "cp-filter-direction");
      this.opener.setAttribute("aria-expanded", "false");
      this.opener.setAttribute("aria-controls", "cp-filter-panel");
      this.search = make("input", { type: "search", placeholder: "Chercher une direction ou un service", autocomplete: "off" });
      this.search.setAttribute("aria-label", "Chercher une direction ou un service");
      this.found = make("p", { className: "cp-filter-found" });
      this.found.setAttribute("role", "status");
      this.list = make("ul", {}, ...this.data.units.map(unit => this.choice(unit)));
      this.list.setAttribute("aria-label", "Directions et services");
      this.whole = make("button", { type: "button", className: "cp-filter-whole", textContent: "Toute l’administration" });
      this.panel = make("div", { className: "cp-filter-panel", id: "cp-filter-panel", hidden: true }, this.search, this.found, this.list, this.whole);
      this.panel.setAttribute("role", "dialog");
      this.panel.setAttribute("aria-label", "Choisir des directions");
      this.below = make("input", { type: "checkbox" });
      this.services = make("label", { className: "cp-filter-services" }, this.below, make("span", { textContent: "Avec les services en dessous" }));
      const field = make("div", { className: "cp-filter cp-filter-wide" }, this.label, this.opener, this.panel, this.services);

      this.opener.addEventListener("click", () => this.open(this.panel.hidden));
      this.search.addEventListener("input", () => this.narrow());
      this.list.addEventListener("change", () => this.choose());
      this.whole.addEventListener("click", () => { this.open(false); this.opener.focus(); this.change({ direction: this.data.root, services: "" }); });
      this.below.addEventListener("change", () => this.change({ services: this.below.checked ? "" : this.data.without }));
      field.addEventListener("keydown", event => this.move(event));
      field.addEventListener("focusout", event => { if (event.relatedTarget && !field.contains(event.relatedTarget)) this.open(false); });
      document.addEventListener("pointerdown", event => { if (field.isConnected && !field.contains(event.target)) this.open(false); });
      return field;
    }

    choice([code, name, depth]) {
      const box = make("input", { type: "checkbox", value: code });
      const line = make("li", {}, make("label", {}, box, make("span", { textContent: name })));
      line.style.setProperty("--cp-depth", depth);
      line.dataset.words = plainly(`${name} ${code}`);
      return line;
    }

    fillDirections() {
      const { data } = this, chosen = new Set(data.chosen);
      const names = data.units.filter(([code]) => chosen.has(code)).map(([, name]) => name);
      this.chosen.textContent = names.join(", ") || "Toute l’administration";
      this.list.querySelectorAll("input").forEach(box => { box.checked = chosen.has(box.value); });
      this.whole.hidden = !chosen.size;
      this.services.hidden = data.services === null;
      this.below.checked = Boolean(data.services);
    }

    choose() {
      const codes = [...this.list.querySelectorAll("input:checked")].map(box => box.value);
      this.change({ direction: codes.join(",") || this.data.root });
    }

    open(wanted) {
      if (this.panel.hidden !== wanted) return;
      this.panel.hidden = !wanted;
      this.opener.setAttribute("aria-expanded", String(wanted));
      if (!wanted) return;
      this.search.value = "";
      this.narrow();
      this.search.focus();
    }

    narrow() {
      const words = plainly(this.search.value).split(/\s+/).filter(Boolean), lines = [...this.list.children];
      lines.forEach(line => { line.hidden = !words.every(word => line.dataset.words.includes(word)); });
      const n = lines.filter(line => !line.hidden).length;
      this.found.textContent = !words.length ? "" : n ? `${n}\u00a0${n > 1 ? "trouvées" : "trouvée"}` : "Aucune direction de ce nom.";
    }

    move(event) {
      if (this.panel.hidden) {
        if (event.target === this.opener && event.key === "ArrowDown") { event.preventDefault(); this.open(true); }
        return;
      }
      if (event.key === "Escape") {
        event.preventDefault();
        this.open(false);
        return this.opener.focus();
      }
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const stops = [this.search, ...[...this.list.children].filter(line => !line.hidden).map(line => line.querySelector("input"))];
      stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(document.activeElement) + step))].focus();
    }

    ambitions() {
      this.ambition = make("select", {}, ...this.data.ambitions.map(([code, name]) => make("option", { value: code, textContent: name })));
      this.ambition.addEventListener("change", () => this.change({ ambition: this.ambition.value }));
      return make("label", { className: "cp-filter" }, make("span", { className: "cp-filter-label", textContent: "Ambition" }), this.ambition);
    }

    day(name, label) {
      const { first, today } = this.data;
      const field = make("input", { type: "date", min: first, max: today, required: name === "au", id: `cp-filter-${name}` });
      field.wrong = make("span", { className: "cp-filter-wrong", id: `cp-filter-${name}-wrong`, hidden: true });
      field.wrong.setAttribute("role", "alert");
      field.setAttribute("aria-describedby", field.wrong.id);
      this[name] = field;
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
      return make("label", { className: "cp-filter" }, make("span", { className: "cp-filter-label", textContent: label }), field, field.wrong);
    }

    judge(field) {
      const written = day => day.split("-").reverse().join("/");
      const wrong = !field.validity.valid;
      field.setAttribute("aria-invalid", String(wrong));
      field.wrong.hidden = !wrong;
      field.wrong.textContent = wrong ? `Choisissez un jour du ${written(field.min)} au ${written(field.max)}.` : "";
      return !wrong;
    }
  }
})();
