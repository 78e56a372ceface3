// What a reader who does not see the page, or has no mouse, needs and Streamlit leaves open: after a change of page the
// focus stands on its title and the title is said; what takes time is said; a focus whose place has gone finds another.
(() => {
  const isLost = () => !document.activeElement || document.activeElement === document.body;

  // ── A place where things are said, there from the start ─────────────────────────────────────────────────────────
  const voice = make("div", { className: "cp-sr", id: "cp-voice", role: "status" });
  document.body.append(voice);
  const say = text => { voice.textContent = text; };

  // ── After a change of page ──────────────────────────────────────────────────────────────────────────────────────
  const rest = element => {
    element.tabIndex = -1;
    element.focus();
  };
  let arriving;
  // Where only a part of the page is another one, its own title (data-arrives of the link) takes the place of the page's.
  const arrive = (where = "h1") => {
    const left = find(where), since = performance.now();
    clearInterval(arriving);
    arriving = setInterval(() => {
      const title = find(where), waited = performance.now() - since;
      if (waited > 20000) return clearInterval(arriving);
      // The same title may stand over another page (« Pourquoi ce chiffre ? »): then calm for a second is enough.
      if (!isCalm() || !title || (title === left && waited < 1000)) return;
      clearInterval(arriving);
      if (!find("input:focus, textarea:focus, [role=spinbutton]:focus")) rest(title);
      say(where === "h1" ? document.title : title.textContent);
    }, 30);
  };
  addEventListener("click", event => {
    const link = event.target.closest?.("a.cp-go, a[data-testid=stPageLink-NavLink]");
    if (link && isPlainClick(event) && link.origin === location.origin && !link.hash && link.target !== "_blank") arrive(link.dataset.arrives);
  }, true);
  addEventListener("popstate", event => { if (event.isTrusted) arrive(); });
  // ── While a run lasts, and once it is over ──────────────────────────────────────────────────────────────────────
  let stood, slow;
  // Place → what it says. One where something will be said later, or that is not shown, is none.
  const sayings = () => new Map([...document.querySelectorAll("main [role=alert], main [role=status]")]
    .filter(element => element.textContent.trim() && element.checkVisibility())
    .map(element => [element, element.textContent]));
  let before = new Map();
  addEventListener("focusin", event => { stood = event.target; });
  const started = () => {
    before = sayings();
    slow ??= setTimeout(() => say("En cours…"), 1500);
  };
  const over = () => {
    clearTimeout(slow);
    slow = undefined;
    if (voice.textContent === "En cours…") say("Terminé.");
    const now = sayings(), [said] = [...now.keys()].filter(element => before.get(element) !== now.get(element));
    if (said?.matches("[role=alert]")) said.scrollIntoView({ block: "nearest" });
    // The button that was pressed is not there any more: what came of it, else the title of the page.
    if (!isLost() || !stood || stood.isConnected) return;
    const there = said ?? [...now.keys()][0] ?? find("h1");
    if (there) rest(there);
    stood = undefined;
  };

  // ── The folded menu ────────────────────────────────────────────────────────────────────────────────────────────────
  // Its button goes when it opens, and is back when it closes: the focus goes with it.
  const sidebar = folded => find(`.stSidebar[data-collapsed="${folded}"]`);
  const OPEN = "[data-testid=stExpandSidebarButton]", CLOSE = "[data-testid=stSidebarCollapseButton] button";
  const follow = (folded, next, tries = 20) => {
    const there = sidebar(folded) && find(next);
    if (there && isLost()) there.focus();
    else if (!there && tries) setTimeout(follow, 50, folded, next, tries - 1);
  };
  addEventListener("click", event => {
    if (event.target.closest?.(OPEN)) follow(false, CLOSE);
    if (event.isTrusted && event.target.closest?.(CLOSE)) follow(true, OPEN);
  });
  // It closes with Escape.
  addEventListener("keydown", event => {
    const close = event.key === "Escape" && innerWidth < 768 && sidebar(false) && find(CLOSE);
    if (!close) return;
    event.preventDefault();
    close.focus();
    close.click();
    follow(true, "button.cp-menu");
  });
  // On a phone the menu lies over the page: it closes when the focus leaves it, which would else be hidden under it.
  addEventListener("focusin", event => {
    const close = sidebar(false) && find(CLOSE);
    if (close && innerWidth < 768 && event.target.closest("main")) close.click();
  });

  let was;
  new MutationObserver(() => {
    const calm = isCalm();
    if (calm !== was) (calm ? over : started)();
    was = calm;
  }).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-test-script-state"],
  });
})();
