"""The issuer of the single sign-on (OpenID Connect): its metadata, the exchange of a code, the
verification of its tokens.

Every answer is checked against what is known beforehand: its address, our client id, the nonce of
this sign-in, and its published keys with asymmetric algorithms only. A fault is logged with its
cause, without secrets; users see one sentence.
"""

import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from models.sign_on import SCOPES, SignOn, is_safe_address

PATIENCE = 5.0  # seconds for each network step
TOTAL_PATIENCE = 10.0  # seconds for the whole answer
LARGEST = 512 * 1024  # bytes of an answer
METADATA_LIFE = 3600.0  # seconds for which the metadata is cached
SKEW = 60  # seconds of clock difference that are accepted
SIGN_OUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# Neither « none », nor an algorithm with a shared secret, where a public key could sign.
ALGORITHMS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSAKey),
    **dict.fromkeys(("ES256", "ES384", "ES512"), ECKey),
}
_REGISTRY = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)

Claims = dict[str, Any]


class InvalidAnswer(Exception):
    """An answer of the issuer failed verification; the text is for the log, in English, without
    secrets.
    """


class IssuerUnavailable(Exception):
    """The issuer does not answer, or not with a valid response; the text is for the log."""


class Issuer:
    """One issuer and its cached metadata and keys in this process."""

    def __init__(self, rules: SignOn, clock: Callable[[], float] = time.monotonic):
        self.rules = rules
        self.clock = clock
        self._lock = threading.Lock()
        self._published: Claims | None = None
        self._keys: list[Key] = []
        self._published_at = self._keys_at = self._failed_at = self._looked_at = float("-inf")
        self._failure = ""

    # ── Metadata and keys ────────────────────────────────────────────────────────────────────────

    def published(self) -> Claims:
        """The metadata (discovery), its addresses checked; read at most once an hour. Raises
        IssuerUnavailable.
        """
        with self._lock:
            if self._published is None or self.clock() - self._published_at > METADATA_LIFE:
                self._published = self._unless_just_failed(self._discover)
                self._published_at = self.clock()
            return self._published

    def _unless_just_failed(self, ask: Callable[[], Any]) -> Any:
        """Does not retry an issuer that has failed in the last five seconds."""
        if self.clock() - self._failed_at < 5.0:
            raise IssuerUnavailable(self._failure)
        try:
            return ask()
        except IssuerUnavailable as away:
            self._failed_at = self.clock()
            self._failure = str(away)
            raise

    def _discover(self) -> Claims:
        address = f"{self.rules.issuer.rstrip('/')}/.well-known/openid-configuration"
        answer = _answer("GET", address)
        # A server at that address under another issuer name could sign for it (mix-up attack).
        if answer.get("issuer") != self.rules.issuer:
            raise IssuerUnavailable(
                f"discovery: it calls itself {str(answer.get('issuer'))[:100]!r}"
            )
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        for name in (*needed, "userinfo_endpoint", "end_session_endpoint"):
            address = answer.get(name)
            is_safe = isinstance(address, str) and is_safe_address(address)
            if not is_safe and (name in needed or address is not None):
                raise IssuerUnavailable(f"discovery: {name} is no HTTPS address")
        return answer

    def _keys_for(self, algorithm: str, kid: str | None) -> list[Key]:
        """The published keys that may have signed; reloads for an unknown key at most once a
        minute.
        """
        address = self.published()["jwks_uri"]
        # Several sign-ins may need an unknown key at once; one of them loads the keys.
        with self._lock:
            if self.clock() - self._keys_at > METADATA_LIFE:
                self._read_keys(address)
            keys = self._fitting(algorithm, kid)
            if not keys and self.clock() - self._looked_at > 60.0:
                self._looked_at = self.clock()
                self._read_keys(address)
                keys = self._fitting(algorithm, kid)
        if not keys:
            raise InvalidAnswer(f"no published {algorithm} key is called {str(kid)[:60]!r}")
        return keys

    def _read_keys(self, address: str) -> None:
        self._keys = self._unless_just_failed(lambda: _keys_in(_answer("GET", address)))
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

    # ── Addresses at the issuer ──────────────────────────────────────────────────────────────────

    def authorization_address(self, state: str, nonce: str, verifier: str) -> str:
        """The address where the user signs in. Raises IssuerUnavailable."""
        params = {
            "response_type": "code",
            "client_id": self.rules.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return _with(self.published()["authorization_endpoint"], params)

    @property
    def redirect_uri(self) -> str:
        return f"{self.rules.base}/connexion/retour"

    def end_session_address(self, id_token: str) -> str:
        """The address that ends the session at the issuer; empty if it has none. Raises
        IssuerUnavailable.
        """
        end = self.published().get("end_session_endpoint")
        params = {
            "client_id": self.rules.client_id,
            "post_logout_redirect_uri": f"{self.rules.base}/",
        }
        hint = {"id_token_hint": id_token} if id_token else {}
        return _with(end, params | hint) if end else ""

    def check_sender(self, iss: str | None) -> None:
        """Checks that an answer in the browser comes from this issuer (RFC 9207). Raises
        InvalidAnswer.
        """
        says_whose = self.published().get("authorization_response_iss_parameter_supported")
        if iss is None and says_whose is True:
            raise InvalidAnswer("the answer does not say whose it is (iss)")
        if iss is not None and iss != self.rules.issuer:
            raise InvalidAnswer(f"the answer is of another issuer: {iss[:100]!r}")

    # ── Exchange of the code ─────────────────────────────────────────────────────────────────────

    def redeem(self, code: str, verifier: str, nonce: str, now: float) -> tuple[Claims, str]:
        """The claims about the user of this code, and the ID token. Raises InvalidAnswer,
        IssuerUnavailable.
        """
        name, secret = self.rules.client_id, self.rules.client_secret
        published = self.published()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        methods = published.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        # RFC 6749 §2.3.1: both are form-encoded first.
        auth = (quote(name, safe=""), quote(secret, safe=""))
        if "client_secret_basic" not in methods:
            form |= {"client_id": name, "client_secret": secret}
            auth = None
        answer = _answer("POST", published["token_endpoint"], form=form, auth=auth)
        id_token = answer.get("id_token")
        access_token = answer.get("access_token")
        if not isinstance(id_token, str):
            raise InvalidAnswer("the answer for the code has no ID token")
        access_token = access_token if isinstance(access_token, str) else ""
        claims = self.check_id_token(id_token, nonce, now)
        return self._completed(published, claims, access_token), id_token

    def _completed(self, published: Claims, claims: Claims, access_token: str) -> Claims:
        """Adds the claims of the userinfo endpoint: some issuers put only the subject into the ID
        token.
        """
        wanted = {self.rules.match_claim, self.rules.roles_claim} - {""}
        address = published.get("userinfo_endpoint")
        if not (wanted - claims.keys() and address and access_token):
            return claims
        more = _answer("GET", address, bearer=access_token)
        # Claims about another user, mixed with these, would open her account (OpenID Connect Core
        # §5.3.2).
        if more.get("sub") != claims["sub"]:
            raise InvalidAnswer("userinfo is about another subject")
        return more | claims

    # ── Signed tokens ────────────────────────────────────────────────────────────────────────────

    def check_id_token(self, token: str, nonce: str, now: float) -> Claims:
        """The claims of an ID token for this sign-in. Raises InvalidAnswer, IssuerUnavailable."""
        claims = self._signed(token, now, ("sub", "exp", "iat"))
        stated = claims.get("nonce")
        if not isinstance(stated, str) or not hmac.compare_digest(stated.encode(), nonce.encode()):
            raise InvalidAnswer("the nonce is not the one of this visit")
        return claims

    def check_sign_out(self, token: str, now: float) -> Claims:
        """The claims of a logout token (back-channel). Raises InvalidAnswer, IssuerUnavailable."""
        claims = self._signed(token, now, ("iat", "jti"))
        events = claims.get("events")
        if not (isinstance(events, dict) and isinstance(events.get(SIGN_OUT_EVENT), dict)):
            raise InvalidAnswer("the notice does not tell of a sign-out")
        # A stolen ID token could otherwise pass for a logout token (Back-Channel Logout §2.4).
        if "nonce" in claims:
            raise InvalidAnswer("the notice has a nonce: it is an ID token")
        for name in ("jti", "sid", "sub"):
            if name in claims and not _is_name(claims[name]):
                raise InvalidAnswer(f"the {name} of the notice is no text")
        if "sid" not in claims and "sub" not in claims:
            raise InvalidAnswer("the notice names neither a session nor a subject")
        if claims["iat"] < now - METADATA_LIFE:
            raise InvalidAnswer("the notice is old")
        return claims

    def _signed(self, token: str, now: float, needed: tuple[str, ...]) -> Claims:
        """The claims of a valid token signed for us by this issuer."""
        claims = self._verified_claims(token)
        missing = {"iss", "aud", *needed} - claims.keys()
        if missing:
            raise InvalidAnswer(f"claims are missing: {', '.join(sorted(missing))}")
        if claims["iss"] != self.rules.issuer:
            raise InvalidAnswer(f"another issuer: {str(claims['iss'])[:100]!r}")
        self._check_audience(claims)
        _check_times(claims, now)
        if "sub" in needed and not _is_name(claims["sub"]):
            raise InvalidAnswer("the subject is no text")
        return claims

    def _verified_claims(self, token: str) -> Claims:
        if len(token) > 65_536:
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
                return jwt.decode(token, key, algorithms=[algorithm], registry=_REGISTRY).claims
            except (JoseError, ValueError):
                continue
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
    """The issuer of these settings, cached in this process."""
    return Issuer(rules)


# ── Checks of claims ────────────────────────────────────────────────────────────────────────────


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


# ── Parsing of metadata ─────────────────────────────────────────────────────────────────────────


def _keys_in(published: Mapping[str, Any]) -> list[Key]:
    """The usable keys; unknown kinds or shapes are skipped."""
    listed = published.get("keys")
    keys = []
    # One by one: a key of an unknown kind must not make all of them unreadable.
    for item in listed if isinstance(listed, list) else ():
        try:
            keys += KeySet.import_key_set({"keys": [item]}).keys
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
    if not keys:
        raise IssuerUnavailable("jwks: no key can be used")
    return keys


def _with(address: str, params: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(params)}"


# ── HTTP ────────────────────────────────────────────────────────────────────────────────────────


def _answer(
    method: str,
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    bearer: str = "",
) -> Claims:
    """The JSON object of a successful answer: within ten seconds, of limited size, without
    redirects. Raises IssuerUnavailable; InvalidAnswer if a form was refused.
    """
    headers = {"Accept": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    deadline = time.monotonic() + TOTAL_PATIENCE
    body = bytearray()
    where = httpx.URL(address).path
    try:
        with (
            # No redirect is followed: it could point to an address inside the internal network.
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
    return _as_json(bytes(body), where)


def _error_in(body: bytes) -> str:
    """The code of an OAuth error, which contains no secret, unlike its description."""
    try:
        answer = json.loads(body)
        return repr(answer["error"][:60])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _as_json(body: bytes, what: str) -> Claims:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise IssuerUnavailable(f"{what} is no JSON") from error
    if not isinstance(answer, dict):
        raise IssuerUnavailable(f"{what} is no JSON object")
    return answer
