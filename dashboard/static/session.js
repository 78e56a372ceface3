// Opens or closes the login on the server, which alone may set or remove its HttpOnly cookie. Written by signin.py:
//   <script src="/session.js" data-ticket="…"></script>      a one-use ticket becomes the cookie; with `data-afresh`
//                                                            (another person signed in) the page starts afresh
//   <script src="/session.js" data-action="close"></script>  the cookie goes, then the page starts afresh,
//                                                            or the browser goes where `data-then` says
(async () => {
  const tag = document.currentScript ?? [...document.querySelectorAll('script[src^="/session.js"]')].at(-1);
  const { ticket, action, then, afresh } = tag?.dataset ?? {};
  const headers = { "Content-Type": "application/json" };
  // A lost packet must not cost the sign-in: three tries, then the tab stays signed in without a cookie.
  const patiently = async (method, body) => {
    for (const pause of [500, 2000, 0]) {
      try { return await fetch("/session", { method, body, headers, credentials: "same-origin" }); } catch { await new Promise(next => setTimeout(next, pause)); }
    }
  };
  if (ticket) await patiently("POST", JSON.stringify({ ticket }));
  if (afresh) location.reload();
  if (action === "close") keepOnlyOf("");
  if (action === "close" && (await patiently("DELETE"))?.ok) then ? location.assign(then) : location.reload();
})();
