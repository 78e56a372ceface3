"""The ambassador's kit (kit de l'ambassadeur), offered as one PDF."""

from sqlmodel import Session

from dashboard.scope import Scope
from dashboard.screens.workshops.papers import PDF, filing_address, made
from dashboard.ui.components import heading, reading
from dashboard.ui.downloads import download


def kit_block(scope: Scope) -> None:
    """The kit and its download: the whole administration, on the day looked at."""
    address = filing_address()  # read now: the file is made outside the page's run

    def make(session: Session, scope: Scope) -> bytes:
        from dashboard.report.kit import kit

        return kit(session, scope, address)

    heading("Le kit de l'ambassadeur")
    reading("Ce qu'il faut dire, cinq diapositives, une affiche : avec les chiffres du jour.")
    download(
        "Kit de l'ambassadeur (PDF)",
        made(scope.whole(), make),
        f"c-possible-kit-{scope.on.isoformat()}.pdf",
        PDF,
        key="kit",
        icon="campaign",
    )
