// « Vu de ce navigateur » (pages/etat_du_systeme.py): what this browser sees goes to the server, whose tiles come back.
(async () => {
  const place = [...document.querySelectorAll(".cp-reached")].at(-1);
  if (!place || place.dataset.asked) return;
  place.dataset.asked = "yes";
  const opened = () => new Promise(done => {
    const began = performance.now();
    const address = new URL(place.dataset.socket, location.href.replace(/^http/, "ws"));
    const socket = new WebSocket(address, ["streamlit"]);
    const end = ms => { clearTimeout(patience); done(ms); socket.close(); };
    const patience = setTimeout(end, 10000, null);
    socket.onopen = () => end(Math.round(performance.now() - began));
    socket.onerror = () => end(null);
  });
  const say = text => {
    const line = document.createElement("p");
    line.textContent = text;
    place.replaceChildren(line);
  };
  try {
    const socket = await opened();
    const body = JSON.stringify({ origin: location.origin, clock: Date.now(), socket });
    const answer = await fetch(place.dataset.address, {
      method: "POST", body, credentials: "same-origin", headers: { "Content-Type": "application/json" },
    });
    const text = await answer.text();
    const isPage = answer.ok && answer.headers.get("Content-Type")?.startsWith("text/html");
    isPage ? place.innerHTML = text : say(text || place.dataset.away);
  } catch { say(place.dataset.away); }
})();
