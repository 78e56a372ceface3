// The few dozen English strings that Streamlit draws itself, in French. Loaded before Streamlit.
// Only whole strings are replaced, never inside what people or pages write; there, the space before a sign that French
// keeps with its word is made unbreakable (as `french.typo` does before it is sent, which widgets' labels are not).
(() => {
  // Streamlit's numbers, dates and calendars follow the browser's language: French for everybody.
  Object.defineProperty(navigator, "language", { get: () => "fr-BE" });
  Object.defineProperty(navigator, "languages", { get: () => ["fr-BE", "fr"] });

  const WORDS = {
    // The frame
    "Skip to main content": "Aller au contenu principal", "Main": "Contenu", "Sidebar": "Menu latéral",
    "Expand sidebar": "Ouvrir le menu", "Collapse sidebar": "Replier le menu",
    "Close": "Fermer", "Dismiss": "Fermer", "Cancel": "Annuler", "Copy": "Copier", "Copied": "Copié",
    "Copy to clipboard": "Copier", "Notifications": "Notifications", "Navigate to home page": "Aller à l’accueil",
    "Home": "Accueil", "(opens in new tab)": "(nouvel onglet)", "Link to heading": "Lien vers ce titre",
    "Expander": "Volet", "Help": "Aide", "Running...": "En cours…", "Running": "En cours", "Stop": "Arrêter",
    "Stopping...": "Arrêt…", "Try again": "Réessayer", "Retry": "Réessayer", "Connecting": "Connexion",
    "Connecting to Streamlit server": "Connexion au serveur",
    "Unable to connect to Streamlit server": "Le serveur ne répond pas", "Connection error": "Connexion interrompue",
    "Connection timed out.": "Le serveur n’a pas répondu à temps.",
    "Streamlit server is not responding. Are you connected to the internet?": "Le serveur ne répond pas. Êtes-vous connecté au réseau ?",
    "Connection lost. Please wait for the app to reconnect, then try again.": "Connexion perdue. Attendez qu’elle revienne, puis réessayez.",
    "Please wait...": "Un instant…", "Loading...": "Chargement…", "Page not found": "Page introuvable",
    "Script execution error": "Erreur",
    "This app has encountered an error. The original error message is redacted to prevent data leaks. Full error details have been recorded in the logs (if you're on Streamlit Cloud, click on 'Manage app' in the lower right of your app).": "Cet écran n’a pas pu s’afficher. L’erreur est notée dans le journal du serveur : rechargez la page, et si cela recommence, prévenez la personne qui tient C-Possible.",
    "The page that you have requested does not seem to exist. Running the app's main page.": "Cette page n’existe pas. Voici l’accueil.",
    // Fields
    "(required)": "(obligatoire)", "This field is required.": "Ce champ est obligatoire.",
    "Invalid input.": "Saisie non valable.", "Choose an option": "Choisissez", "Choose options": "Choisissez",
    "Select...": "Choisissez", "No results": "Aucun résultat", "No options": "Aucun choix",
    "No options to select": "Aucun choix", "Select all": "Tout choisir", "Selected values": "Choix faits",
    "Selectbox": "Liste de choix", "Selectbox options": "Choix", "Open": "Ouvrir", "Clear": "Effacer",
    "Clear all": "Tout effacer", "Clear value": "Effacer", "Clear entry": "Effacer", "Clear date": "Effacer la date",
    "Clear selection": "Effacer la sélection", "Show password": "Afficher le mot de passe",
    "Hide password": "Masquer le mot de passe", "Increment": "Augmenter", "Decrement": "Diminuer",
    "Number is above the allowed range.": "Le nombre est trop grand.",
    "Number is below the allowed range.": "Le nombre est trop petit.", "Press Enter to apply": "Entrée pour valider",
    "Press Enter to submit form": "Entrée pour envoyer", "Press Ctrl+Enter to apply": "Ctrl+Entrée pour valider",
    "Press ⌘+Enter to apply": "⌘+Entrée pour valider", "Press Ctrl+Enter to submit form": "Ctrl+Entrée pour envoyer",
    "Press ⌘+Enter to submit form": "⌘+Entrée pour envoyer", "Error:": "Erreur : ",
    // Dates
    "dd": "jj", "yyyy": "aaaa", "Choose date": "Choisir la date", "Previous month": "Mois précédent",
    "Next month": "Mois suivant", "Previous": "Précédent", "Next": "Suivant", "None": "Aucune",
    "Use arrow keys to navigate dates. Enter to select. Escape to close.": "Flèches pour changer de date, Entrée pour choisir, Échap pour fermer.",
    // Files
    "Upload": "Choisir un fichier", "Add files": "Ajouter des fichiers",
    "Drag and drop a file here": "Déposez un fichier ici", "Drag and drop files here": "Déposez des fichiers ici",
    "Upload failed": "Envoi interrompu", "Uploading...": "Envoi…", "Too many files": "Trop de fichiers",
    "Click to retry upload": "Réessayer l’envoi", "Only one file is allowed.": "Un seul fichier à la fois.",
    "File type not allowed.": "Type de fichier refusé.",
    // Tables and charts
    "Fullscreen": "Plein écran", "Close fullscreen": "Quitter le plein écran", "Search": "Rechercher",
    "Download as PNG": "Télécharger l’image (PNG)", "Copy Vega-Lite spec": "Copier la description du graphique",
    "Show data": "Voir les données", "Show chart": "Voir le graphique", "No data": "Aucune donnée",
    "Scrollable table": "Tableau à faire défiler", "Vega visualization": "Graphique", "Toolbar": "Outils",
  };

  // « Mo » and not « MB »: octets, as French counts them.
  const octets = unit => unit.replace("B", "o");
  const whole = size => size.replace(/\.0$/, "").replace(".", ",");
  const PARTS = { day: "jour", month: "mois", year: "année", hour: "heure", minute: "minute" };
  const comma = number => number.replace(".", ",");
  const longDay = text => new Date(text).toLocaleDateString("fr-BE", { dateStyle: "long" });
  const PATTERNS = [
    [/^(\d+) options? available\.$/, (_, n) => `${n} choix possible${n < 2 ? "" : "s"}.`],
    [/^Choose date, (.+)$/, (_, month) => `Choisir la date, ${month}`],
    [/^Selected Date: (\w+ \d+, \d{4})$/, (_, day) => `Date choisie : ${longDay(day)}`],
    [/^(day|month|year|hour|minute), (.+)$/, (_, part, label) => `${PARTS[part]}, ${label}`],
    [/^(?:Error: )?Number is outside the allowed range\. Please enter a value between (\S+) and (\S+)\.$/, (_, least, most) =>
      `Donnez un nombre de ${comma(least)} à ${comma(most)}.`],
    [/^(?:Error: )?Number is below the allowed range\. Please enter a value greater than or equal to (\S+)\.$/, (_, least) =>
      `Donnez un nombre de ${comma(least)} au moins.`],
    [/^(?:Error: )?Number is above the allowed range\. Please enter a value less than or equal to (\S+)\.$/, (_, most) =>
      `Donnez un nombre de ${comma(most)} au plus.`],
    [/^(?:Error: )?Date set outside allowed range\. Please select a date between (\S+) and (\S+)\.$/, (_, first, last) =>
      `Choisissez une date du ${first} au ${last}.`],
    [/^(?:Error: )?Date set outside allowed range\. Please select a date on or (after|before) (\S+)\.$/, (_, side, day) =>
      `Choisissez une date ${side === "after" ? "à partir du" : "au plus tard le"} ${day}.`],
    [/^([\d.]+) ?([KMG]?B) per file$/, (_, size, unit) => `${size} ${octets(unit)} par fichier`],
    [/^([\d.]+) ?([KMG]?B)$/, (_, size, unit) => `${whole(size)} ${octets(unit)}`],
    [/^(\d+) more$/, (_, n) => `${n} de plus`],
    [/^Select (\d+) matches$/, (_, n) => `Choisir les ${n} résultats`],
    // The tools of a chart or a table bear its title.
    [/^(Show data|Show chart|Download as PNG|Copy Vega-Lite spec|Fullscreen|Close fullscreen|Search): (.+)$/s,
      (_, tool, title) => `${WORDS[tool]} : ${title}`],
    [/^(\d\d?) – (January|February|March|April|May|June|July|August|September|October|November|December)$/, (_, number) =>
      new Date(2000, number - 1).toLocaleDateString("fr-BE", { month: "long" })],
    [/^Help for (.+)$/, (_, text) => `Aide : ${text}`],
    [/^Remove (.+)$/, (_, text) => `Retirer ${text}`],
    [/^Cancel upload of (.+)$/, (_, text) => `Arrêter l’envoi de ${text}`],
    [/^You can only select up to (\d+) options?\. Remove an option first\.$/, (_, n) => `${n} choix au plus : retirez-en un d’abord.`],
    [/^(?:Error: )?File must be ([\d.]+) ?([KMG]?B) or smaller\.$/, (_, size, unit) =>
      `Le fichier dépasse ${comma(size.replace(/\.0+$/, ""))} ${octets(unit)} : retirez-le, ou choisissez-en un autre.`],
    [/^(?:\w*Error: )?Request failed with status code (\d+)$/, (_, code) => ({
      408: "L’envoi s’est arrêté en route : réessayez.",
      413: "Ce fichier est trop lourd : retirez-le, ou choisissez-en un autre.",
      429: "Trop de fichiers arrivent en ce moment : réessayez plus tard ; votre texte reste ici.",
    })[code] || "L’envoi n’a pas abouti : réessayez."],
    [/^(?:Error: )?.+ files are not allowed\.$/, () => "Ce genre de fichier n’est pas accepté ici : retirez-le, ou choisissez-en un autre."],
  ];

  const translated = text => {
    const key = text.trim();
    if (key.length < 2 || key.length > 400) return null;
    if (Object.hasOwn(WORDS, key)) return WORDS[key];
    const pattern = PATTERNS.find(([expression]) => expression.test(key));
    return pattern ? key.replace(...pattern) : null;
  };

  // What pages, people and charts write is theirs; the tooltip of a Streamlit button is not.
  const WRITTEN = '.stHtml, .stText, .stCode, .stJson, .stTable, .vega-embed, [data-testid="stMarkdownContainer"]';
  const STREAMLITS = '[data-testid="stTooltipContent"], [data-testid="stFileUploaderDropzone"], [data-testid="stElementToolbar"]';
  const isWritten = (element, text) =>
    // A whole sentence of Streamlit's cannot be someone's word by chance.
    text.trim().length < 40 && element.closest(WRITTEN) && !element.closest(STREAMLITS);

  const translateText = node => {
    const french = translated(node.nodeValue);
    if (french !== null && french !== node.nodeValue && !isWritten(node.parentElement, node.nodeValue))
      node.nodeValue = french;
  };
  const SPACES = [[/ (?=[;!?%](?![\p{L}\p{N}]))/gu, "\u202f"], [/ (?=[:€»](?![\p{L}\p{N}]))/gu, "\u00a0"], [/« /g, "«\u00a0"]];
  const UNSPACED = "code, pre, textarea, script, style, svg, [contenteditable]";
  const space = node => {
    if (!/ [;!?%:€»]|« /.test(node.nodeValue) || !node.parentElement || node.parentElement.closest(UNSPACED)) return;
    const spaced = SPACES.reduce((text, [sign, kept]) => text.replace(sign, kept), node.nodeValue);
    if (spaced !== node.nodeValue) node.nodeValue = spaced;
  };
  const spaceTree = root => {
    if (root.nodeType === Node.TEXT_NODE) return space(root);
    if (root.nodeType !== Node.ELEMENT_NODE || !document.body?.contains(root)) return;
    for (const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT); walker.nextNode();) space(walker.currentNode);
  };
  const ATTRIBUTES = ["aria-label", "aria-valuetext", "title", "placeholder"];
  const translateAttribute = (element, name) => {
    const value = element.getAttribute(name);
    const french = value && translated(value);
    if (french && french !== value && !element.closest(".stHtml")) element.setAttribute(name, french);
  };
  const translateTree = root => {
    if (root.nodeType === Node.TEXT_NODE) return root.parentElement && translateText(root);
    if (root.nodeType !== Node.ELEMENT_NODE || root.closest(".stHtml, svg")) return;
    for (const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT); walker.nextNode();)
      translateText(walker.currentNode);
    for (const name of ATTRIBUTES) {
      translateAttribute(root, name);
      for (const element of root.querySelectorAll(`[${name}]`)) translateAttribute(element, name);
    }
  };

  new MutationObserver(changes => {
    for (const change of changes) {
      if (change.type === "attributes") translateAttribute(change.target, change.attributeName);
      else if (change.type === "characterData") {
        if (change.target.parentElement) translateText(change.target);
        space(change.target);
      } else change.addedNodes.forEach(node => { translateTree(node); spaceTree(node); });
    }
  }).observe(document.documentElement, {
    childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
  });
})();
