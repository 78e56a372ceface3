// The history of a table of references: what was changed, by whom, and a button for what can still be undone.

const lists = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".cp-ref-history");
  if (!lists.has(root)) lists.set(root, new History(root));
  lists.get(root).receive(component);
}

class History {
  constructor(root) {
    this.root = root;
    this.heard = -1;
    this.box = make("div", { className: "cp-ref-box", role: "region", tabIndex: 0, aria: { label: "Historique : tableau" } });
    this.status = make("p", { className: "cp-ref-said", role: "status" });
    root.replaceChildren(this.status, this.box);
  }

  receive({ data, setTriggerValue }) {
    this.ask = setTriggerValue;
    const said = JSON.stringify([data.headings, data.lines]);
    if (said !== this.drawn) this.draw(data);
    this.drawn = said;
    if (data.answer.n === this.heard) return;
    const first = this.heard < 0;
    this.heard = data.answer.n;
    this.root.ariaBusy = "false";
    if (first) return;
    this.status.textContent = data.answer.said;
    this.status.classList.toggle("cp-error", data.answer.refused);
    this.box.focus();
  }

  draw({ headings, lines }) {
    const head = make("tr", { role: "row" }, ...headings.map(textContent => make("th", { scope: "col", role: "columnheader", textContent })));
    const rows = lines.map(line => make("tr", { role: "row" },
      ...line.cells.map((textContent, place) => make("td", { role: "cell", textContent, data: { label: headings[place] } })), this.last(line, headings.at(-1))));
    this.box.replaceChildren(make("table", { role: "table" }, make("caption", { className: "cp-sr", textContent: "Historique" }),
      make("thead", { role: "rowgroup" }, head), make("tbody", { role: "rowgroup" }, ...rows)));
  }

  last(line, label) {
    const cell = make("td", { role: "cell", data: { label } });
    if (line.since) cell.append(line.since);
    if (!line.canUndo) return cell;
    const button = make("button", { type: "button", className: "cp-ref-undo", textContent: "Annuler cette modification", aria: { label: `Annuler cette modification, ${line.name}` } });
    button.onclick = () => {
      if (this.root.ariaBusy === "true") return;
      this.root.ariaBusy = "true";
      this.ask("undo", { n: Date.now(), id: line.id });
    };
    cell.append(button);
    return cell;
  }
}
