"""The sign-on of the house (/connexion/…): to the issuer and back, and out again. No Streamlit.

Back from the issuer the browser is given the cookie by a page that goes on by itself: on a redirect
that another site began, a Strict cookie would not be sent (measured). Without an issuer in the
settings these addresses are none.
"""

import hmac
import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import anyio.to_thread
from anyio import CapacityLimiter
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dashboard.actions.people import sign_on
from dashboard.rendering import render
from dashboard.web.answers import NO_STORE, body_of
from dashboard.web.issuer import Claims, InvalidAnswer, Issuer, IssuerUnavailable, issuer_of
from dashboard.web.session import put_cookie
from models.clock import now
from models.database import writing
from models.errors import Refused
from models.faults import report_fault
from models.settings import settings
from models.sign_on import MAIL, MAIL_CLAIM, Identity, SignOn
from models.signing import sealed, unsealed

SEAL = "sign-on token"
LONGEST_ADDRESS = 2000
LONGEST_HINT = 4000  # an ID token is shown again in an address, which has room for no more
MOST_BYTES = 128 * 1024

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
# A slow issuer keeps these threads waiting, and no others.
_threads: dict[str, CapacityLimiter] = {}


async def _in_thread(act: Callable[..., _T], *args: object) -> _T:
    limiter = _threads.setdefault("all", CapacityLimiter(8))
    return await anyio.to_thread.run_sync(lambda: act(*args), limiter=limiter)


# ── There ─────────────────────────────────────────────────────────────────────────────────────────


async def redirect_to_issuer(request: Request, rules: SignOn) -> Response:
    """GET ?suite=…: to the issuer; the browser keeps the state of this visit."""
    leads_to = local_address(request.query_params.get("suite", ""))
    address = request.client.host if request.client else None
    try:
        state, there = await _in_thread(_start, issuer_of(rules), leads_to, address)
    except Refused as refused:
        return _problem(429, str(refused))
    except IssuerUnavailable as away:
        return _unavailable(away)
    except DBAPIError as error:
        return _problem(503, report_fault(error))
    answer = RedirectResponse(there, status_code=303, headers=NO_STORE)
    _put_state(answer, state, int(sign_on.REQUEST_LIFE.total_seconds()))
    return answer


def _start(issuer: Issuer, leads_to: str, address: str | None) -> tuple[str, str]:
    # Asked first: an issuer that is away leaves no row.
    issuer.published()
    with writing() as session:
        state, visit = sign_on.start_request(session, leads_to, address)
        return state, issuer.authorization_address(state, visit.nonce, visit.verifier)


def local_address(text: str) -> str:
    """An address of a screen of ours, else the front page: nobody can be sent elsewhere by it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    fits = (
        len(text) <= LONGEST_ADDRESS
        and re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", text) is not None
        and not (parts.scheme or parts.netloc or parts.fragment)
        # Not to the acts of signing in or out: one would go round, or be signed out by a link.
        and not parts.path.startswith(("/connexion", "/session"))
        and "//" not in parts.path
    )
    return text if fits else "/"


# ── Back ──────────────────────────────────────────────────────────────────────────────────────────


async def callback(request: Request, rules: SignOn) -> Response:
    """GET ?code=…&state=…: checks what the issuer says, opens the login, and goes on to where one
    came from.
    """
    try:
        token, leads_to = await _in_thread(
            _callback, issuer_of(rules), request.query_params, request.cookies.get(_state_name())
        )
    except InvalidAnswer as fault:
        _log.warning("a sign-on was refused: %s", fault)
        answer = _problem(400, NOT_SOUND)
    except _Elsewhere:
        answer = _problem(400, NOT_BEGUN)
    except _NotGiven as message:
        _log.info("a sign-on was not given: %s", message)
        answer = _problem(403, NOT_GIVEN)
    except Refused as refused:
        answer = _problem(403, str(refused))
    except IssuerUnavailable as away:
        answer = _unavailable(away)
    except DBAPIError as error:
        answer = _problem(503, report_fault(error))
    else:
        answer = HTMLResponse(render("web/sign_on_done.html", leads_to=leads_to), headers=NO_STORE)
        put_cookie(answer, token, None)
    _put_state(answer, "", 0)
    return answer


class _Elsewhere(Exception):
    """The visit did not begin in this browser, or is over."""


class _NotGiven(Exception):
    """The issuer says no: the person gave up, or may not."""


def _callback(issuer: Issuer, answer: Mapping[str, str], cookie: str | None) -> tuple[str, str]:
    state = answer.get("state", "")
    # The state is in the address, which others may have: only the browser that began holds the
    # cookie (a sign-in that somebody else began would put her into his account).
    if not (cookie and hmac.compare_digest(state.encode(), cookie.encode())):
        raise _Elsewhere
    with writing() as session:
        visit = sign_on.take_request(session, state)
    if visit is None:
        raise _Elsewhere
    issuer.check_sender(answer.get("iss"))
    if "error" in answer or not answer.get("code"):
        raise _NotGiven(repr(answer.get("error", "no code")[:60]))
    claims, id_token = issuer.redeem(answer["code"], visit.verifier, visit.nonce, now().timestamp())
    return _opened(issuer.rules, identity_in(claims, issuer.rules, id_token)), visit.leads_to


def _opened(rules: SignOn, identity: Identity) -> str:
    """Three acts: who it is, which roles her groups give, the login."""
    with writing() as session:
        account = sign_on.recognise(session, identity, rules)
    with writing() as session:
        sign_on.follow_roles(session, account, identity, rules)
    with writing() as session:
        return sign_on.open_session(session, account, identity)


def identity_in(claims: Claims, rules: SignOn, id_token: str) -> Identity:
    """Whom the claims of an ID token tell of, under the settings."""
    claim = claims.get(rules.match_claim)
    sid = claims.get("sid")
    by_mail = rules.match_by == MAIL
    if isinstance(claim, int) and not isinstance(claim, bool) and not by_mail:
        # A matricule may be a number there.
        claim = str(claim)
    hint = id_token if len(id_token) <= LONGEST_HINT else ""
    return Identity(
        issuer=rules.issuer,
        subject=claims["sub"],
        claim=claim.strip() if isinstance(claim, str) else "",
        mail_verified=(
            rules.match_claim == MAIL_CLAIM and claims.get("email_verified") in (True, "true")
        ),
        groups=_groups(claims, rules.roles_claim),
        sid=sid if isinstance(sid, str) and 0 < len(sid) <= 255 else None,
        # Sealed with our key: the row may leave in a copy of the store, the token may not.
        sealed_token=sealed(hint, SEAL),
    )


def _groups(claims: Claims, name: str) -> frozenset[str] | None:
    """The values of the claim of roles. An issuer leaves an empty list out; one that had too many
    to list says where they stand instead, and nothing is known.
    """
    roles = claims.get(name, [])
    elsewhere = claims.get("_claim_names")
    if name not in claims and (isinstance(elsewhere, dict) and name in elsewhere):
        return None
    listed = roles if isinstance(roles, list) else [roles]
    return frozenset(item for item in listed if isinstance(item, str))


# ── The end ───────────────────────────────────────────────────────────────────────────────────────


async def end_session(request: Request, rules: SignOn) -> Response:
    """GET ?jeton=…: once the login here has ended, to the issuer, where its session ends too. Only
    whoever had such a login can ask for it.
    """
    token = unsealed(request.query_params.get("jeton", ""), SEAL)
    out = ""
    if token is not None:
        try:
            out = await _in_thread(issuer_of(rules).end_session_address, token)
        except IssuerUnavailable as away:
            _log.warning("the issuer is away at a sign-out: %s", away)
    return RedirectResponse(out or "/", status_code=303, headers=NO_STORE)


async def backchannel_logout(request: Request, rules: SignOn) -> Response:
    """POST logout_token=…: the issuer says that a session has ended (back-channel); its logins
    close here.
    """
    body = await body_of(request, MOST_BYTES)
    if body is None:
        return _refused_notice(413, "too large")
    try:
        token = parse_qs(body.decode("ascii"), strict_parsing=True)["logout_token"][0]
    except (ValueError, KeyError):
        return _refused_notice(400, "no logout_token")
    try:
        ended = await _in_thread(_end_logins, issuer_of(rules), token)
    except (InvalidAnswer, Refused) as fault:
        return _refused_notice(400, str(fault))
    except (IssuerUnavailable, DBAPIError) as trouble:
        return _refused_notice(503, type(trouble).__name__)
    _log.info("the issuer ended %d logins", ended)
    return Response(status_code=200, headers=NO_STORE)


def _end_logins(issuer: Issuer, token: str) -> int:
    claims = issuer.check_sign_out(token, now().timestamp())
    with writing() as session:
        return sign_on.end_by_issuer(
            session,
            issuer=issuer.rules.issuer,
            jti=claims["jti"],
            sid=claims.get("sid"),
            subject=claims.get("sub"),
            expires_at=_until(claims),
        )


def _until(claims: Claims) -> datetime:
    """Until when the notice could be said again: as long as its age would be believed."""
    return datetime.fromtimestamp(int(claims["iat"]) + 2 * 3600, UTC)


def _refused_notice(status: int, cause: str) -> Response:
    _log.warning("a notice of sign-out was refused: %s", cause)
    return JSONResponse({"error": "invalid_request"}, status_code=status, headers=NO_STORE)


# ── Answers ───────────────────────────────────────────────────────────────────────────────────────


def _state_name() -> str:
    return "__Host-cp-sign-on" if settings().cp_https else "cp-sign-on"


def _put_state(answer: Response, value: str, max_age: int) -> None:
    """Lax: it must come back with the redirect that the issuer begins."""
    answer.set_cookie(
        _state_name(),
        value,
        max_age=max_age,
        path="/",
        secure=settings().cp_https,
        httponly=True,
        samesite="lax",
    )


def _unavailable(away: IssuerUnavailable) -> Response:
    _log.warning("the issuer is away: %s", away)
    return _problem(503, UNAVAILABLE)


def _problem(status: int, sentence: str) -> Response:
    page = render("web/sign_on_problem.html", sentence=sentence)
    return HTMLResponse(page, status_code=status, headers=NO_STORE)
