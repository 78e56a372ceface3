"""Columns of a survey that ask who answers (a name, a mail, a telephone), in the words of a
question: what stands there is never kept.
"""

import re
from collections.abc import Sequence

from dashboard.files.csvout import restored
from models.search import fold

_WHO = re.compile(
    r"\b(?:noms?|prenoms?|patronyme|identite|e ?mails?|mails?|courriels?|adresse|telephone|gsm"
    r"|portable|mobile|coordonnees|full name|first name|last name|your name|phone|naam|voornaam"
    r"|telefoon|matricule)\b"
)
# « Téléphone ou GSM », « Q5. Nom et prénom », and not « L'usage du portable ».
_LABEL = re.compile(rf"(?:[a-z]\w*\d+ )?(?:numero de )?{_WHO.pattern}")
_ASKED = re.compile(
    r"\b(?:votre|vos|ton|ta|tes|your|uw|indiquez|indiquer|laissez|laisser|donnez|precisez"
    r"|recontacte\w*|contacter|joindre)\b"
)
# « Le nom de votre service » asks about a thing.
_OF_A_THING = re.compile(
    r"\bnoms? (?:du|de la|de l|de votre|de vos|des|d un|d une|que)\b(?! famille)"
)
_FEW_WORDS = 5
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"\+?[\d\s./()-]{8,20}")
_DIGITS = 8


def asks_who(header: str) -> bool:
    """Whether the words of a question ask for a name, a mail or a telephone."""
    plain = re.sub(r"[^a-z0-9]+", " ", fold(restored(header))).strip()
    if not _WHO.search(plain) or _OF_A_THING.search(plain):
        return False
    is_label = len(plain.split()) <= _FEW_WORDS and _LABEL.match(plain) is not None
    return is_label or _ASKED.search(plain) is not None


def tell_who(values: Sequence[str]) -> bool:
    """Whether most of what people wrote are mails or telephone numbers."""
    return bool(values) and sum(map(_is_reachable, values)) * 2 > len(values)


def _is_reachable(value: str) -> bool:
    is_phone = _PHONE.fullmatch(value) and sum(c.isdigit() for c in value) >= _DIGITS
    return bool(is_phone) or _MAIL.search(value) is not None
