"""The issuer of the sign-on (OpenID Connect): what it publishes, the exchange of a code, and
whether what it signs holds.

Everything it says is checked against what we know beforehand: its address, our name there, the
nonce of this visit, and its published keys under asymmetric algorithms alone. A fault is logged
with its cause, never with a secret; people read one sentence.
"""

import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from models.sign_on import SCOPES, SignOn, is_safe_address

PATIENCE = 5.0  # seconds for each step of an answer
LONGEST = 10.0  # seconds for the whole of it
LARGEST = 512 * 1024  # bytes of an answer
KEPT = 3600.0  # seconds for which what the issuer publishes is remembered
AFTER_A_FAILURE = 5.0  # seconds before an issuer that failed is asked again
BETWEEN_KEYS = 60.0  # seconds between two looks for a key that is not known
SKEW = 60  # seconds by which two clocks may differ
LONGEST_TOKEN = 65_536
SIGN_OUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# Never « none », and no algorithm whose key is a shared secret: a public key would then sign.
ALGORITHMS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSAKey),
    **dict.fromkeys(("ES256", "ES384", "ES512"), ECKey),
}
_REGISTRY = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)

Claims = dict[str, Any]


class InvalidAnswer(Exception):
    """What the issuer sent does not hold; the text is for the log, in English, without secrets."""


class IssuerUnavailable(Exception):
    """The issuer does not answer, or not as one; the text is for the log."""


@dataclass(frozen=True)
class Published:
    """What the issuer publishes of itself (discovery)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    names_itself: bool = False  # its answers carry `iss` (RFC 9207)
    wants_secret_in_form: bool = False


class Issuer:
    """One issuer and what is remembered of it in this process."""

    def __init__(self, rules: SignOn, clock: Callable[[], float] = time.monotonic):
        self.rules = rules
        self.clock = clock
        self._lock = threading.Lock()
        self._published: Published | None = None
        self._keys: list[Key] = []
        self._published_at = self._keys_at = self._failed_at = self._looked_at = float("-inf")
        self._failure = ""

    # ── What it publishes ─────────────────────────────────────────────────────────────────────────

    def published(self) -> Published:
        """Its addresses, read at most once an hour. Raises IssuerUnavailable."""
        with self._lock:
            if self._published is None or self.clock() - self._published_at > KEPT:
                self._published = self._carefully(self._discover)
                self._published_at = self.clock()
            return self._published

    def _carefully(self, ask: Callable[[], Any]) -> Any:
        """One that has just failed is not asked again at once."""
        if self.clock() - self._failed_at < AFTER_A_FAILURE:
            raise IssuerUnavailable(self._failure)
        try:
            return ask()
        except IssuerUnavailable as away:
            self._failed_at = self.clock()
            self._failure = str(away)
            raise

    def _discover(self) -> Published:
        answer = _as_json(
            _answer("GET", f"{self.rules.issuer.rstrip('/')}/.well-known/openid-configuration")
        )
        # Whoever answers at that address under another name could sign for it (mix-up).
        if answer.get("issuer") != self.rules.issuer:
            raise IssuerUnavailable(
                f"discovery: it calls itself {str(answer.get('issuer'))[:100]!r}"
            )
        addresses = {
            name: _endpoint(answer, name, name in _NEEDED) for name in (*_NEEDED, *_OPTIONAL)
        }
        methods = answer.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Published(
            **addresses,
            names_itself=answer.get("authorization_response_iss_parameter_supported") is True,
            wants_secret_in_form="client_secret_basic" not in methods,
        )

    def _keys_for(self, algorithm: str, kid: str | None) -> list[Key]:
        """The published keys that may have signed; one look for a key that is not known, and no
        other within a minute.
        """
        address = self.published().jwks_uri
        # Several visits at once ask for a key that is not known; the issuer is asked by one of
        # them.
        with self._lock:
            if self.clock() - self._keys_at > KEPT:
                self._read_keys(address)
            found = self._fitting(algorithm, kid)
            if not found and self.clock() - self._looked_at > BETWEEN_KEYS:
                self._looked_at = self.clock()
                self._read_keys(address)
                found = self._fitting(algorithm, kid)
        if not found:
            raise InvalidAnswer(f"no published {algorithm} key is called {str(kid)[:60]!r}")
        return found

    def _read_keys(self, address: str) -> None:
        self._keys = self._carefully(lambda: _keys_in(_as_json(_answer("GET", address))))
        self._keys_at = self.clock()

    def _fitting(self, algorithm: str, kid: str | None) -> list[Key]:
        return [
            key
            for key in self._keys
            if isinstance(key, ALGORITHMS[algorithm])
            and key.get("use") in (None, "sig")
            and key.get("alg") in (None, algorithm)
            and (kid is None or key.get("kid") == kid)
        ]

    # ── There ─────────────────────────────────────────────────────────────────────────────────────

    def authorization_address(self, state: str, nonce: str, verifier: str) -> str:
        """The address where the person signs in. Raises IssuerUnavailable."""
        asked = {
            "response_type": "code",
            "client_id": self.rules.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return _with(self.published().authorization_endpoint, asked)

    @property
    def redirect_uri(self) -> str:
        return f"{self.rules.base}/connexion/retour"

    def end_session_address(self, id_token: str) -> str:
        """The address where the issuer's own session ends; empty where it has none. Raises
        IssuerUnavailable.
        """
        end = self.published().end_session_endpoint
        asked = {
            "client_id": self.rules.client_id,
            "post_logout_redirect_uri": f"{self.rules.base}/",
        }
        hint = {"id_token_hint": id_token} if id_token else {}
        return _with(end, asked | hint) if end else ""

    def check_sender(self, iss: str | None) -> None:
        """Whether an answer in the browser is this issuer's (RFC 9207). Raises InvalidAnswer."""
        if iss is None and self.published().names_itself:
            raise InvalidAnswer("the answer does not say whose it is (iss)")
        if iss is not None and iss != self.rules.issuer:
            raise InvalidAnswer(f"the answer is of another issuer: {iss[:100]!r}")

    # ── The code ──────────────────────────────────────────────────────────────────────────────────

    def redeem(self, code: str, verifier: str, nonce: str, now: float) -> tuple[Claims, str]:
        """What the issuer says of the person of this code, and its ID token. Raises InvalidAnswer,
        IssuerUnavailable.
        """
        published = self.published()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        answer = _as_json(self._exchange(published, form))
        id_token = answer.get("id_token")
        access_token = answer.get("access_token")
        if not isinstance(id_token, str):
            raise InvalidAnswer("the answer for the code has no ID token")
        access_token = access_token if isinstance(access_token, str) else ""
        claims = self.check_id_token(id_token, nonce, access_token, now)
        return self._completed(published, claims, access_token), id_token

    def _exchange(self, published: Published, form: dict[str, str]) -> bytes:
        name = self.rules.client_id
        secret = self.rules.client_secret
        if published.wants_secret_in_form:
            form = form | {"client_id": name, "client_secret": secret}
            return _answer("POST", published.token_endpoint, form=form)
        # RFC 6749 §2.3.1: both are encoded as in a form first.
        pair = (quote(name, safe=""), quote(secret, safe=""))
        return _answer("POST", published.token_endpoint, form=form, auth=pair)

    def _completed(self, published: Published, claims: Claims, access_token: str) -> Claims:
        """Some issuers say no more than the subject in the ID token, and the rest when asked."""
        wanted = {self.rules.match_claim, self.rules.roles_claim} - {""}
        if not (wanted - claims.keys() and published.userinfo_endpoint and access_token):
            return claims
        more = _as_json(
            _answer("GET", published.userinfo_endpoint, bearer=access_token), what="userinfo"
        )
        # An answer about somebody else, mixed with these claims, would open her account (OpenID
        # Connect Core §5.3.2).
        if more.get("sub") != claims["sub"]:
            raise InvalidAnswer("userinfo is about another subject")
        return more | claims

    # ── What it signs ─────────────────────────────────────────────────────────────────────────────

    def check_id_token(self, token: str, nonce: str, access_token: str, now: float) -> Claims:
        """The claims of an ID token of this visit. Raises InvalidAnswer, IssuerUnavailable."""
        header, claims = self._signed(token, now, ("sub", "exp", "iat"))
        if not (isinstance(claims.get("nonce"), str) and _same(claims["nonce"], nonce)):
            raise InvalidAnswer("the nonce is not the one of this visit")
        at_hash = claims.get("at_hash")
        if at_hash is not None and access_token:
            made = create_half_hash(access_token, header["alg"]).decode()
            if not (isinstance(at_hash, str) and _same(at_hash, made)):
                raise InvalidAnswer("at_hash is not the access token's")
        return claims

    def check_sign_out(self, token: str, now: float) -> Claims:
        """The claims of a logout token (back-channel). Raises InvalidAnswer, IssuerUnavailable."""
        _, claims = self._signed(token, now, ("iat", "jti"))
        events = claims.get("events")
        if not (isinstance(events, dict) and isinstance(events.get(SIGN_OUT_EVENT), dict)):
            raise InvalidAnswer("the notice does not tell of a sign-out")
        # A stolen ID token would otherwise do for a notice (Back-Channel Logout §2.4).
        if "nonce" in claims:
            raise InvalidAnswer("the notice has a nonce: it is an ID token")
        for name in ("jti", "sid", "sub"):
            if name in claims and not _is_name(claims[name]):
                raise InvalidAnswer(f"the {name} of the notice is no text")
        if "sid" not in claims and "sub" not in claims:
            raise InvalidAnswer("the notice names neither a session nor a subject")
        if claims["iat"] < now - KEPT:
            raise InvalidAnswer("the notice is old")
        return claims

    def _signed(self, token: str, now: float, needed: tuple[str, ...]) -> tuple[Claims, Claims]:
        """Header and claims of a token that this issuer has signed for us, and that is of now."""
        header, claims = self._opened(token)
        missing = {"iss", "aud", *needed} - claims.keys()
        if missing:
            raise InvalidAnswer(f"claims are missing: {', '.join(sorted(missing))}")
        if claims["iss"] != self.rules.issuer:
            raise InvalidAnswer(f"another issuer: {str(claims['iss'])[:100]!r}")
        self._check_audience(claims)
        _check_times(claims, now)
        if "sub" in needed and not _is_name(claims["sub"]):
            raise InvalidAnswer("the subject is no text")
        return header, claims

    def _opened(self, token: str) -> tuple[Claims, Claims]:
        if len(token) > LONGEST_TOKEN:
            raise InvalidAnswer("the token is too long")
        try:
            header = jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
        except (JoseError, ValueError) as error:
            raise InvalidAnswer(f"the token is not readable: {type(error).__name__}") from error
        algorithm = header.get("alg")
        kid = header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise InvalidAnswer(f"the algorithm {str(algorithm)[:20]!r} is not allowed")
        if kid is not None and not isinstance(kid, str):
            raise InvalidAnswer("the name of the key is no text")
        for key in self._keys_for(algorithm, kid):
            try:
                found = jwt.decode(token, key, algorithms=[algorithm], registry=_REGISTRY)
            except (JoseError, ValueError):
                continue
            return found.header, found.claims
        raise InvalidAnswer("the signature is not the issuer's")

    def _check_audience(self, claims: Claims) -> None:
        audience = claims["aud"]
        ours = self.rules.client_id
        named = audience if isinstance(audience, list) else [audience]
        if ours not in named:
            raise InvalidAnswer("the token is for another application (aud)")
        if "azp" in claims and claims["azp"] != ours:
            raise InvalidAnswer("the token is for another application (azp)")
        if len(named) > 1 and "azp" not in claims:
            raise InvalidAnswer("the token has several audiences and no azp")


@cache
def issuer_of(rules: SignOn) -> Issuer:
    """The issuer of these settings, remembered in this process."""
    return Issuer(rules)


# ── Rules about one token ─────────────────────────────────────────────────────────────────────────


def _check_times(claims: Claims, now: float) -> None:
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InvalidAnswer(f"{name} is no time")
    if claims.get("exp") is not None and claims["exp"] <= now - SKEW:
        raise InvalidAnswer("the token has expired")
    if claims["iat"] > now + SKEW:
        raise InvalidAnswer("the token is of the future (iat)")
    if claims.get("nbf") is not None and claims["nbf"] > now + SKEW:
        raise InvalidAnswer("the token is not valid yet (nbf)")


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= 255


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


# ── What it publishes, read ───────────────────────────────────────────────────────────────────────

_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_OPTIONAL = ("userinfo_endpoint", "end_session_endpoint")


def _endpoint(published: Mapping[str, Any], name: str, is_needed: bool) -> str:
    address = published.get(name)
    if address is None and not is_needed:
        return ""
    if not isinstance(address, str) or not is_safe_address(address):
        raise IssuerUnavailable(f"discovery: {name} is no HTTPS address")
    return address


def _keys_in(published: Mapping[str, Any]) -> list[Key]:
    """The keys we can use; those of kinds or shapes that we do not know are left out."""
    listed = published.get("keys")
    found = []
    # One by one: a key of a new kind beside the others must not make all of them unreadable.
    for item in listed if isinstance(listed, list) else ():
        try:
            found += KeySet.import_key_set({"keys": [item]}).keys
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
    if not found:
        raise IssuerUnavailable("jwks: no key can be used")
    return found


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


# ── The wire ──────────────────────────────────────────────────────────────────────────────────────


def _answer(
    method: str,
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    bearer: str = "",
) -> bytes:
    """The body of a good answer: within ten seconds, of a limited size, without following anybody
    elsewhere. Raises IssuerUnavailable; InvalidAnswer where a form was refused.
    """
    headers = {"Accept": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    deadline = time.monotonic() + LONGEST
    body = bytearray()
    where = httpx.URL(address).path
    try:
        with (
            # No redirect is followed: it could lead a request of this machine to an address inside
            # the house.
            httpx.Client(timeout=PATIENCE, follow_redirects=False) as client,
            client.stream(method, address, data=form, auth=auth, headers=headers) as answer,
        ):
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise IssuerUnavailable(f"{where}: the answer is too large")
                if time.monotonic() > deadline:
                    raise IssuerUnavailable(f"{where}: the answer takes too long")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise IssuerUnavailable(f"{where}: {type(error).__name__}") from error
    if answer.status_code != httpx.codes.OK:
        message = f"{where}: status {answer.status_code} {_error_in(bytes(body))}".strip()
        raise (
            InvalidAnswer(message)
            if form is not None and answer.is_client_error
            else IssuerUnavailable(message)
        )
    return bytes(body)


def _error_in(body: bytes) -> str:
    """The code of an OAuth error, which holds no secret; its description may."""
    try:
        answer = json.loads(body)
        return repr(answer["error"][:60])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _as_json(body: bytes, what: str = "the answer") -> Claims:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise IssuerUnavailable(f"{what} is no JSON") from error
    if not isinstance(answer, dict):
        raise IssuerUnavailable(f"{what} is no JSON object")
    return answer
