"""Set-up of a process before the first page (préparation)."""

from functools import cache
from threading import Lock

from dashboard.visit import gate, signin
from models.database import migrate

_ONE_AT_A_TIME = Lock()


def prepare() -> None:
    """Installs the gate; under `streamlit run` also migrates, which our own server has done
    already.
    """
    with _ONE_AT_A_TIME:
        _prepare()


@cache
def _prepare() -> None:
    gate.install()
    if not signin.served_by_us():
        migrate()
