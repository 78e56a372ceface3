"""Blocks of sheets (feuillets): links for persons without a mail address, made once and printed."""

from collections.abc import Callable, Sequence

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.notices.keys import AccessSlip, make_slips
from dashboard.scope import Scope
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form, form_state
from dashboard.ui.jobs import quiet_sentence
from dashboard.visit.navigation import public_address
from models.settings import settings

MOST = 200  # sheets made at once


def slips_box(scope: Scope, name: str, label: str, account_ids: Sequence[int]) -> None:
    """The button that makes the links of these accounts, then the file to print. The links exist
    only in this tab, until it is closed.
    """
    form = Form(f"slips_{name}")
    made = form_state(f"made_{name}")
    form.send(
        label,
        lambda session, reader: _make(session, reader, account_ids[:MOST], made),
        primary=False,
        icon=":material/qr_code_2:",
    )
    if slips := made.get("slips"):
        count = french.counted(len(slips), "feuillet est prêt", "feuillets sont prêts")
        quiet_sentence(f"{count}. Prenez le fichier maintenant : rien n'en est gardé.")
        download(
            "Télécharger les feuillets (PDF)",
            _printing(scope, tuple(slips)),
            "feuillets.pdf",
            "application/pdf",
            key=f"slips_{name}",
            icon="print",
        )


def _printing(scope: Scope, found: Sequence[AccessSlip]) -> Callable[[], bytes]:
    base = (
        settings().cp_public_url.rstrip("/") or public_address()
    )  # read now: a file is made outside the page's run

    def printed() -> bytes:
        # Typst is imported when a sheet is printed, not by every server; a job would store the
        # links.
        from dashboard.report.slips import slips

        return slips(scope, found, base)

    return printed


def _make(
    session: Session, reader: Reader, account_ids: Sequence[int], made: dict[str, object]
) -> str:
    slips = make_slips(session, reader, account_ids)
    made["slips"] = slips
    return f"{french.counted(len(slips), 'feuillet prêt', 'feuillets prêts')} à imprimer."
