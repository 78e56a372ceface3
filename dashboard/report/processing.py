"""The record of processing activities (registre des activités de traitement, RGPD art. 30): what is
done with personal data, why, how long; one entry per activity. For the screen, and as PDF.
"""

import tomllib
from pathlib import Path

from dashboard import french
from dashboard.scope import Scope
from models import installation
from models.settings import settings

_DECLARED = tomllib.loads(Path(__file__).with_name("processing.toml").read_text("utf-8"))
HEADINGS = tuple(_DECLARED["activities"][0])
# One activity, in the order of `HEADINGS`.
Processing = tuple[str, ...]


def register() -> list[Processing]:
    """The activities, with the retention periods of this installation."""
    left, journal = settings().cp_left_months, settings().cp_journal_months
    asked = "à la demande"
    terms = {
        "after_leaving": f"{left} mois après le départ, ou {asked}" if left else asked,
        "journal": f"{journal} mois" if journal else "Sans terme",
        "draft_days": installation.DRAFT_DAYS,
        "contact_months": installation.CONTACT_MONTHS,
        "guest_days": installation.GUEST_DAYS,
        "mail_days": installation.MAIL_DAYS,
    }
    entries = _DECLARED["activities"]
    return [tuple(text.format(**terms) for text in entry.values()) for entry in entries]


def document(scope: Scope) -> bytes:
    """The record as PDF, for the data protection officer or the supervisory authority."""
    # Typst takes long to load, and the screen does not need it.
    from dashboard.report.pdf import paper

    activities = []
    for entry in register():
        name, *values = map(french.typo, entry)
        activities.append({"name": name, "facts": list(zip(HEADINGS[1:], values, strict=True))})
    return paper("registre.typ", scope, {"officer": settings().cp_dpo, "activities": activities})
