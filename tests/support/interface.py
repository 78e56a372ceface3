"""A program that reads the interface: its address space is the product's, its database the test's."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
from sqlalchemy import Engine
from sqlmodel import select
from starlette.applications import Starlette

from dashboard.access import OPERATOR
from dashboard.actions.tokens import make_token
from dashboard.interface import mounting
from models import database as house
from models.database import writing
from models.directions import Direction
from models.settings import settings

ADDRESS = mounting.ADDRESS


class Program:
    """What a tool of the town does with its token."""

    def __init__(self, engine: Engine, token: str = ""):
        self.engine = engine
        self.token = token

    def get(self, address: str, **headers: str) -> httpx.Response:
        if self.token:
            headers.setdefault("authorization", f"Bearer {self.token}")
        whole = address if address.startswith("http") else f"{ADDRESS}{address}"
        return self.ask("GET", whole, headers)

    def rows(self, address: str) -> list[dict]:
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        return answer.json()["rows"]

    def ask(self, method: str, address: str, headers: dict[str, str]) -> httpx.Response:
        async def asked() -> httpx.Response:
            app = httpx.ASGITransport(Starlette(routes=mounting.routes()))
            async with httpx.AsyncClient(
                transport=app, base_url="http://possible.example:8501"
            ) as client:
                return await client.request(method, address, headers=headers)

        # A browser test before this one leaves its own loop running in this thread.
        with ThreadPoolExecutor(1) as apart:
            return apart.submit(asyncio.run, asked()).result()


def served_from(engine: Engine, monkeypatch) -> None:
    """From now on the settings name this database, as those of a server do."""
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    settings.cache_clear()
    house.engine.cache_clear()


def token_for(engine: Engine, unit: str = "", **given: object) -> str:
    with writing(engine) as session:
        name = f"Lecteur {unit or 'de tout'}"
        return make_token(
            session,
            OPERATOR,
            name,
            session.exec(select(Direction.id).where(Direction.code == unit)).first(),
            **given,
        )


Reads = Callable[..., Program]
