// What the phone keeps for when there is no network: the form and its words, never a list, a name or an answer.
const KEPT = "deposer-1", FORM = "/deposer", PATIENCE = 6000;

addEventListener("install", event => event.waitUntil(skipWaiting()));
addEventListener("activate", event => event.waitUntil(clients.claim().then(keepForm)));

// Asked for without the cookie of a sign-in: whoever reads it later may be somebody else.
async function keepForm() {
  const answer = await fetch(FORM, { credentials: "omit" });
  if (!answer.ok || answer.headers.get("X-Form") !== "whole") return;
  const cache = await caches.open(KEPT);
  // Nor does it say that nobody is signed in, who may be as it is read.
  const html = (await answer.text()).replace(/ data-whose="[^"]*"/, "");
  await cache.put(FORM, new Response(html, { headers: answer.headers }));
  const parts = [...html.matchAll(/(?:href|src)="(\/[^"]+\.(?:css|js|svg|png)[^"]*)"/g)].map(found => found[1]);
  for (const old of await cache.keys()) {
    const { pathname, search } = new URL(old.url);
    if (pathname !== FORM && !parts.includes(pathname + search)) await cache.delete(old);
  }
  await cache.addAll(parts);
}

addEventListener("fetch", event => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === FORM && !url.searchParams.has("connexion")) event.respondWith(form(event));
  else if (request.mode === "navigate" && LIGHT.test(url.pathname)) event.respondWith(fetch(request).catch(elsewhere));
  else if (/^\/(leger|shared|icon)/.test(url.pathname)) event.respondWith(part(request));
});

async function form(event) {
  const late = new Promise((_, failed) => setTimeout(failed, PATIENCE));
  try {
    const answer = await Promise.race([fetch(event.request), late]);
    if (answer.headers.get("X-Form") === "whole") event.waitUntil(keepForm().catch(() => {}));
    return answer;
  } catch {
    return (await caches.match(FORM, { ignoreVary: true })) ?? Response.error();
  }
}
// A screen that asks for an account is left alone: its reader sees that nothing answers.
const LIGHT = /^\/(accueil|suivre|agenda|affiche|actualites|marques-interet)?$/;
// A light page that cannot be read without network leads to the form, which can be written.
async function elsewhere() {
  return (await caches.match(FORM, { ignoreVary: true })) ? Response.redirect(FORM) : Response.error();
}
async function part(request) {
  try { return await fetch(request); } catch { return (await caches.match(request, { ignoreVary: true })) ?? Response.error(); }
}
