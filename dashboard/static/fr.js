// The few dozen English strings that Streamlit draws itself, in French (WORDS and PHRASES: web/streamlit.toml, put before this script by
// web/first_page.py). Loaded before Streamlit.
// Only whole strings are replaced, never inside what people or pages write; there, the space before a sign that French
// keeps with its word is made unbreakable (as `french.typo` does before it is sent, which widgets' labels are not).
(() => {
  // Streamlit's numbers, dates and calendars follow the browser's language: French for everybody.
  Object.defineProperty(navigator, "language", { get: () => "fr-BE" });
  Object.defineProperty(navigator, "languages", { get: () => ["fr-BE", "fr"] });

  // « Mo » and not « MB »: octets, as French counts them.
  const whole = size => size.replace(/\.0$/, "").replace(".", ",");
  const PARTS = { day: "jour", month: "mois", year: "année", hour: "heure", minute: "minute" };
  const comma = number => number.replace(".", ",");
  const longDay = text => new Date(text).toLocaleDateString("fr-BE", { dateStyle: "long" });
  const PATTERNS = [
    ...Object.entries(PHRASES).map(([expression, french]) => [new RegExp(expression), french]),
    [/^Selected Date: (\w+ \d+, \d{4})$/, (_, day) => `Date choisie : ${longDay(day)}`],
    [/^(day|month|year|hour|minute), (.+)$/, (_, part, label) => `${PARTS[part]}, ${label}`],
    [/^(?:Error: )?Number is outside the allowed range\. Please enter a value between (\S+) and (\S+)\.$/, (_, least, most) =>
      `Donnez un nombre de ${comma(least)} à ${comma(most)}.`],
    [/^(?:Error: )?Number is below the allowed range\. Please enter a value greater than or equal to (\S+)\.$/, (_, least) =>
      `Donnez un nombre de ${comma(least)} au moins.`],
    [/^(?:Error: )?Number is above the allowed range\. Please enter a value less than or equal to (\S+)\.$/, (_, most) =>
      `Donnez un nombre de ${comma(most)} au plus.`],
    [/^([\d.]+) ?([KMG]?)B$/, (_, size, unit) => `${whole(size)} ${unit}o`],
    // The tools of a chart or a table bear its title.
    [/^(Show data|Show chart|Download as PNG|Copy Vega-Lite spec|Fullscreen|Close fullscreen|Search): (.+)$/s,
      (_, tool, title) => `${WORDS[tool]} : ${title}`],
    [/^(\d\d?) – (January|February|March|April|May|June|July|August|September|October|November|December)$/, (_, number) =>
      new Date(2000, number - 1).toLocaleDateString("fr-BE", { month: "long" })],
    [/^(?:Error: )?File must be ([\d.]+) ?([KMG]?)B or smaller\.$/, (_, size, unit) =>
      `Le fichier dépasse ${comma(size.replace(/\.0+$/, ""))} ${unit}o : retirez-le, ou choisissez-en un autre.`],
  ];

  const translated = text => {
    const key = text.trim();
    if (key.length < 2 || key.length > 400) return null;
    if (Object.hasOwn(WORDS, key)) return WORDS[key];
    const pattern = PATTERNS.find(([expression]) => expression.test(key));
    return pattern ? key.replace(...pattern) : null;
  };

  // What pages, people and charts write is theirs; the tooltip of a Streamlit button is not.
  const WRITTEN = '.stHtml, .stText, .stJson, .stTable, .vega-embed, [data-testid="stMarkdownContainer"]';
  const STREAMLITS = '[data-testid="stTooltipContent"], [data-testid="stFileUploaderDropzone"], [data-testid="stElementToolbar"]';
  const isWritten = (element, text) =>
    // A whole sentence of Streamlit's cannot be someone's word by chance.
    text.trim().length < 40 && element.closest(WRITTEN) && !element.closest(STREAMLITS);

  const OURS = ".stHtml, svg";
  const translateText = node => {
    const french = translated(node.nodeValue);
    if (french !== null && french !== node.nodeValue && !isWritten(node.parentElement, node.nodeValue))
      node.nodeValue = french;
  };
  const SPACES = [[/ (?=[;!?%](?![\p{L}\p{N}]))/gu, "\u202f"], [/ (?=[:€»](?![\p{L}\p{N}]))/gu, "\u00a0"], [/« /g, "«\u00a0"]];
  const UNSPACED = "code, pre, textarea, script, style, svg, [contenteditable]";
  const space = node => {
    if (!/ [;!?%:€»]|« /.test(node.nodeValue) || node.parentElement.closest(UNSPACED)) return;
    const spaced = SPACES.reduce((text, [sign, kept]) => text.replace(sign, kept), node.nodeValue);
    if (spaced !== node.nodeValue) node.nodeValue = spaced;
  };
  const readText = node => {
    if (!node.parentElement) return;
    if (!node.parentElement.closest(OURS)) translateText(node);
    space(node);
  };
  const ATTRIBUTES = ["aria-label", "aria-valuetext", "title", "placeholder"];
  const translateAttribute = (element, name) => {
    const value = element.getAttribute(name);
    const french = value && translated(value);
    if (french && french !== value && !element.closest(".stHtml")) element.setAttribute(name, french);
  };
  const readTree = root => {
    if (root.nodeType === Node.TEXT_NODE) return readText(root);
    if (root.nodeType !== Node.ELEMENT_NODE || !document.body?.contains(root)) return;
    for (const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT); walker.nextNode();) readText(walker.currentNode);
    if (root.closest(OURS)) return;
    for (const name of ATTRIBUTES) {
      translateAttribute(root, name);
      for (const element of root.querySelectorAll(`[${name}]`)) translateAttribute(element, name);
    }
  };

  new MutationObserver(changes => {
    for (const change of changes) {
      if (change.type === "attributes") translateAttribute(change.target, change.attributeName);
      else if (change.type === "characterData") readText(change.target);
      else change.addedNodes.forEach(readTree);
    }
  }).observe(document.documentElement, {
    childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
  });
})();
