"""The single sign-on (/connexion/…): to the issuer and back, and signing out. No Streamlit.

What a sign-in began with is in a sealed cookie of the browser that began it; the issuer accepts its
code once.

On return the cookie is set by a page that redirects by itself: on a redirect started by another
site, a Strict cookie would not be sent (measured). Without an issuer in the settings these
addresses are 404.
"""

import hmac
import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import anyio.to_thread
from anyio import CapacityLimiter
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dashboard.actions import limits
from dashboard.actions.people import logins, sign_on
from dashboard.rendering import render
from dashboard.web.answers import NO_STORE, HttpRefused, body_of, sentence
from dashboard.web.issuer import SKEW, Claims, InvalidAnswer, Issuer, IssuerUnavailable, issuer_of
from dashboard.web.session import put_cookie, set_cookie
from models.clock import now
from models.database import writing
from models.faults import report_fault
from models.settings import settings
from models.sign_on import MAIL, MAIL_CLAIM, Identity, SignOn
from models.signing import sealed, unsealed
from models.texts import Refused

SEAL = "sign-on token"
_VISIT = "sign-on visit"
REQUEST_LIFE = timedelta(minutes=10)

NOT_BEGUN = (
    "Cette connexion n'a pas commencé dans ce navigateur, ou elle a trop attendu : recommencez."
)
NOT_GIVEN = "La connexion de la commune n'a pas été donnée : rien n'est changé."
NOT_SOUND = (
    "La réponse de la connexion de la commune n'est pas valable : recommencez, et si cela se"
    " répète, prévenez l'administrateur."
)
UNAVAILABLE = (
    "La connexion de la commune ne répond pas : réessayez dans un instant, ou utilisez votre mot de"
    " passe si vous en avez un."
)

_log = logging.getLogger("c-possible.sign-on")
_T = TypeVar("_T")
# A slow issuer blocks these threads only.
_threads: dict[str, CapacityLimiter] = {}


async def _in_thread(act: Callable[..., _T], *args: object) -> _T:
    limiter = _threads.setdefault("all", CapacityLimiter(8))
    return await anyio.to_thread.run_sync(lambda: act(*args), limiter=limiter)


# ── To the issuer ───────────────────────────────────────────────────────────────────────────────


async def redirect_to_issuer(request: Request, rules: SignOn) -> Response:
    """GET ?suite=…: redirects to the issuer; a cookie stores what this sign-in began with."""
    leads_to = local_address(request.query_params.get("suite", ""))
    address = request.client.host if request.client else None
    try:
        visit, there = await _in_thread(_start, issuer_of(rules), leads_to, address)
    except Refused as refused:
        return _problem(429, str(refused))
    except IssuerUnavailable as error:
        return _unavailable(error)
    except DBAPIError as error:
        return _problem(503, report_fault(error))
    answer = RedirectResponse(there, status_code=303, headers=NO_STORE)
    set_cookie(answer, _state_name(), visit, int(REQUEST_LIFE.total_seconds()), "lax")
    return answer


def _start(issuer: Issuer, leads_to: str, address: str | None) -> tuple[str, str]:
    """The cookie of this sign-in, and the address at the issuer. Raises TooMany past the limit."""
    with writing() as session:
        limits.count(session, limits.Act.sign_on, address)
    state, nonce, verifier = (secrets.token_urlsafe(size) for size in (32, 32, 48))
    there = issuer.authorization_address(state, nonce, verifier)
    until = (now() + REQUEST_LIFE).timestamp()
    # In the order in which the callback reads them.
    return sealed(json.dumps([state, nonce, verifier, leads_to, until]), _VISIT), there


def local_address(text: str) -> str:
    """The address of a screen of ours, else the front page: an open redirect is impossible."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    fits = (
        len(text) <= 1000  # it is stored in a cookie, of 4 kB at most
        and re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", text) is not None
        and not (parts.scheme or parts.netloc or parts.fragment)
        # Not the routes of signing in or out: that would loop, or let a link sign the user out.
        and not parts.path.startswith(("/connexion", "/session"))
        and "//" not in parts.path
    )
    return text if fits else "/"


# ── Back from the issuer ────────────────────────────────────────────────────────────────────────


async def callback(request: Request, rules: SignOn) -> Response:
    """GET ?code=…&state=…: verifies the answer of the issuer, opens the login, and redirects to
    where the user came from.
    """
    try:
        token, leads_to = await _in_thread(
            _callback, issuer_of(rules), request.query_params, request.cookies.get(_state_name())
        )
    except InvalidAnswer as fault:
        _log.warning("a sign-on was refused: %s", fault)
        answer = _problem(400, NOT_SOUND)
    except HttpRefused as refused:
        answer = _problem(refused.status, str(refused))
    except Refused as refused:
        answer = _problem(403, str(refused))
    except IssuerUnavailable as failure:
        answer = _unavailable(failure)
    except DBAPIError as error:
        answer = _problem(503, report_fault(error))
    else:
        answer = HTMLResponse(render("web/sign_on_done.html", leads_to=leads_to), headers=NO_STORE)
        put_cookie(answer, token, None)
    set_cookie(answer, _state_name(), "", 0, "lax")
    return answer


def _callback(issuer: Issuer, answer: Mapping[str, str], cookie: str | None) -> tuple[str, str]:
    opened = unsealed(cookie or "", _VISIT)
    # Not begun in this browser, or too long ago.
    unknown = HttpRefused(400, NOT_BEGUN)
    if not opened:
        raise unknown
    state, nonce, verifier, leads_to, until = json.loads(opened)
    # The state is in the address, which others may know: only the browser that began has the
    # cookie. (Otherwise an attacker could sign her in to his account.)
    is_its_own = hmac.compare_digest(state.encode(), answer.get("state", "").encode())
    if until <= now().timestamp() or not is_its_own:
        raise unknown
    issuer.check_sender(answer.get("iss"))
    if "error" in answer or not answer.get("code"):
        # The user cancelled, or has no access.
        _log.info("a sign-on was not given: %r", answer.get("error", "no code")[:60])
        raise HttpRefused(403, NOT_GIVEN)
    claims, id_token = issuer.redeem(answer["code"], verifier, nonce, now().timestamp())
    identity = identity_in(claims, issuer.rules, id_token)
    with writing() as session:
        account = sign_on.recognise(session, identity, issuer.rules)
    with writing() as session:
        sign_on.follow_roles(session, account, identity, issuer.rules)
    with writing() as session:
        return logins.open_login(session, account, remember=False, by=identity), leads_to


def identity_in(claims: Claims, rules: SignOn, id_token: str) -> Identity:
    """The person in the claims of an ID token, by the settings."""
    claim = claims.get(rules.match_claim)
    sid = claims.get("sid")
    by_mail = rules.match_by == MAIL
    if isinstance(claim, int) and not isinstance(claim, bool) and not by_mail:
        # A matricule may be a JSON number.
        claim = str(claim)
    # It is sent again in an address, whose length is limited.
    hint = id_token if len(id_token) <= 4000 else ""
    return Identity(
        issuer=rules.issuer,
        subject=claims["sub"],
        claim=claim.strip() if isinstance(claim, str) else "",
        mail_verified=(
            rules.match_claim == MAIL_CLAIM and claims.get("email_verified") in (True, "true")
        ),
        groups=_groups(claims, rules.roles_claim),
        sid=sid if isinstance(sid, str) and 0 < len(sid) <= 255 else None,
        # Encrypted with our key: the row may be copied with the store, the token must not leak.
        sealed_token=sealed(hint, SEAL),
    )


def _groups(claims: Claims, name: str) -> frozenset[str] | None:
    """The values of the roles claim. Issuers omit an empty list; one with too many values gives a
    reference instead, and nothing is known.
    """
    roles = claims.get(name, [])
    elsewhere = claims.get("_claim_names")
    if name not in claims and (isinstance(elsewhere, dict) and name in elsewhere):
        return None
    listed = roles if isinstance(roles, list) else [roles]
    return frozenset(item for item in listed if isinstance(item, str))


# ── Signing out ─────────────────────────────────────────────────────────────────────────────────


async def end_session(request: Request, rules: SignOn) -> Response:
    """GET ?jeton=…: after the login here has ended, redirects to the issuer to end its session too;
    needs the token of such a login.
    """
    token = unsealed(request.query_params.get("jeton", ""), SEAL)
    out = ""
    if token is not None:
        try:
            out = await _in_thread(issuer_of(rules).end_session_address, token)
        except IssuerUnavailable as error:
            _log.warning("the issuer is away at a sign-out: %s", error)
    return RedirectResponse(out or "/", status_code=303, headers=NO_STORE)


async def backchannel_logout(request: Request, rules: SignOn) -> Response:
    """POST logout_token=…: the issuer reports that a session has ended (back-channel); its logins
    are closed.
    """
    body = await body_of(request, 128 * 1024)
    if body is None:
        return _refused_notice(413, "too large")
    try:
        token = parse_qs(body.decode("ascii"), strict_parsing=True)["logout_token"][0]
    except (ValueError, KeyError):
        return _refused_notice(400, "no logout_token")
    try:
        ended = await _in_thread(_end_logins, issuer_of(rules), token)
    except InvalidAnswer as fault:
        return _refused_notice(400, str(fault))
    except (IssuerUnavailable, DBAPIError) as trouble:
        return _refused_notice(503, type(trouble).__name__)
    _log.info("the issuer ended %d logins", ended)
    return Response(status_code=200, headers=NO_STORE)


def _end_logins(issuer: Issuer, token: str) -> int:
    claims = issuer.check_sign_out(token, now().timestamp())
    until = datetime.fromtimestamp(claims["iat"] + SKEW, UTC)
    with writing() as session:
        return sign_on.end_by_issuer(
            session, issuer.rules.issuer, claims.get("sid"), claims.get("sub"), until
        )


def _refused_notice(status: int, cause: str) -> Response:
    _log.warning("a notice of sign-out was refused: %s", cause)
    return JSONResponse({"error": "invalid_request"}, status_code=status, headers=NO_STORE)


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────


def _state_name() -> str:
    return "__Host-cp-sign-on" if settings().cp_https else "cp-sign-on"


def _unavailable(error: IssuerUnavailable) -> Response:
    _log.warning("the issuer is away: %s", error)
    return _problem(503, UNAVAILABLE)


def _problem(status: int, text: str) -> Response:
    return sentence(status, text, "La connexion n'a pas abouti")
