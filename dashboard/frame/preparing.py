"""What a process does once before anything is drawn (préparation)."""

from functools import cache
from threading import Lock

from dashboard.visit import gate, signin
from models.database import migrate

_ONE_AT_A_TIME = Lock()


def prepare() -> None:
    """The gate, and under `streamlit run` the tables: our own server has made them before it
    answers.
    """
    with _ONE_AT_A_TIME:
        _prepare()


@cache
def _prepare() -> None:
    gate.install()
    if not signin.served_by_us():
        migrate()
