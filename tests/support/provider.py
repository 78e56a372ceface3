"""An OpenID provider on this machine that keeps the rules, and lies where a test asks it to."""

import base64
import hashlib
import json
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qs, unquote, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

CLIENT, SECRET = "c-possible", "un secret : partagé/100%"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
Signer = Callable[[dict, dict], str]


@cache
def key_named(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def half_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Provider:
    """`person` is who has just signed in there; `lies` replace claims of the ID token (None: leaves
    one out); `sign` makes the token; `discovery` replaces what is published.
    """

    person: dict = field(
        default_factory=lambda: {
            "sub": "s-1",
            "email": "alice@commune.example",
            "email_verified": True,
        }
    )
    lies: dict = field(default_factory=dict)
    discovery: dict = field(default_factory=dict)
    in_userinfo: dict = field(default_factory=dict)
    answer: dict = field(default_factory=dict)  # what replaces the parameters of the way back
    kid: str = "k1"
    kid_said: str | None = None
    drips: bool = False
    bulk: int = 0
    asked: Counter = field(default_factory=Counter)
    ended: list[dict] = field(default_factory=list)
    codes: dict[str, dict] = field(default_factory=dict)
    sid: str = "session-1"

    def __post_init__(self) -> None:
        self.sign: Signer = self.well_signed
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(self._app(), log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def start(self) -> "Provider":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)
        self._socket.close()

    def settings(self, base: str) -> dict[str, str]:
        return {
            "CP_OIDC_ISSUER": self.url,
            "CP_OIDC_CLIENT_ID": CLIENT,
            "CP_OIDC_CLIENT_SECRET": SECRET,
            "CP_PUBLIC_URL": base,
        }

    # ── What it signs ─────────────────────────────────────────────────────────────────────────────

    def well_signed(self, header: dict, claims: dict) -> str:
        return jwt.encode({"alg": "RS256"} | header, claims, key_named(self.kid))

    def id_token(self, nonce: str, access_token: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "sid": self.sid,
            "at_hash": half_hash(access_token),
        }
        claims |= self.person | self.lies
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.sign({"kid": self.kid_said or self.kid}, claims)

    def logout_token(self, **lies: object) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "sid": self.sid,
            "events": {EVENT: {}},
        } | lies
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.sign({"kid": self.kid, "typ": "logout+jwt"}, claims)

    # ── What it answers ───────────────────────────────────────────────────────────────────────────

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discover),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._userinfo),
                Route("/end", self._end),
            ]
        )

    async def _discover(self, _request: Request) -> Response:
        self.asked["discovery"] += 1
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "end_session_endpoint": f"{self.url}/end",
        } | self.discovery
        if self.drips:
            return StreamingResponse(self._drops(json.dumps(said)))
        return JSONResponse(said | {"padding": "x" * self.bulk})

    async def _drops(self, text: str):
        import anyio

        for letter in text:
            yield letter
            await anyio.sleep(0.05)

    async def _keys(self, _request: Request) -> Response:
        self.asked["keys"] += 1
        return JSONResponse({"keys": [key_named(self.kid).as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"]} | self.answer
        back = {name: value for name, value in back.items() if value is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", status_code=302)

    async def _token(self, request: Request) -> Response:
        form = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        name, _, secret = base64.b64decode(pair).decode().partition(":") if pair else ("", "", "")
        if scheme != "Basic" or (unquote(name), unquote(secret)) != (CLIENT, SECRET):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        challenge = unpadded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or asked["redirect_uri"] != form.get("redirect_uri")
            or asked.get("code_challenge") != challenge
            or asked.get("code_challenge_method") != "S256"
        ):
            return JSONResponse(
                {"error": "invalid_grant", "error_description": f"verifier {form}"},
                status_code=400,
            )
        access = secrets.token_urlsafe(16)
        token = self.id_token(asked["nonce"], access)
        return JSONResponse({"access_token": access, "token_type": "Bearer", "id_token": token})

    async def _userinfo(self, request: Request) -> Response:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return Response(status_code=401)
        return JSONResponse({"sub": self.person["sub"]} | self.in_userinfo)

    async def _end(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.ended.append(asked)
        return RedirectResponse(asked["post_logout_redirect_uri"], status_code=302)
