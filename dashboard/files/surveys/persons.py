"""Columns of a survey that identify respondents, by header or values: they are not stored."""

import re
from collections.abc import Callable, Sequence

from dashboard.files.csvout import restored
from models.search import fold

_WHO = re.compile(
    r"\b(?:noms?|prenoms?|patronyme|identite|e ?mails?|mails?|courriels?|adresse|telephone|gsm"
    r"|portable|mobile|coordonnees|full name|first name|last name|your name|phone|naam|voornaam"
    r"|telefoon|tel|mel|matricule|identifiant|login|registre national|niss|rr?n|nrn|badge"
    r"|surname|achternaam|rijksregisternummer|(?:date|annee|lieu) de naissance|ddn|nee? (?:e )?le"
    r"|d agent|qui etes vous|qui es tu|qui repond(?= a ce| a l |$)|comment vous appelez vous"
    r"|repondante?s?|signature|initiales|contact$|auteur)\b"
)
# Matches « Téléphone ou GSM », « Q5. Nom et prénom », but not « L'usage du portable ».
_LABEL = re.compile(rf"(?:(?:[a-z]\w*)?\d+ )*(?:(?:numero|n) (?:de )?)?{_WHO.pattern}")
_ASKED = re.compile(
    r"\b(?:votre|vos|ton|ta|tes|your|uw|indiquez|indiquer|laissez|laisser|donnez|precisez"
    r"|recontacte\w*|contacter|joindre)\b"
)
# « Le nom de votre service » names a thing, « Nom de l'agent » a person.
_OF_A_THING = re.compile(
    r"\bnoms? (?:du|de la|de l|de votre|de vos|des|d un|d une|que)\b(?! (?:famille|agents?|auteur"
    r"|chef|citoyen|collaborat|collegue|employe|fonctionnaire|membre|participant|personne|referent"
    r"|repondant|responsable|salarie|travailleur)\w*)"
)
_FEW_WORDS = 5  # of a name
_LABEL_WORDS = 6
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_NUMBER = re.compile(r"\+?[\d\s./()-]{8,20}")
_DIGITS = 8
_REGISTER = re.compile(r"[A-Za-z]{1,3}[ .-]?\d{4,}")  # « M12345 », « AG-0041 »
_SHORT = 40
_NEARLY_ALL = 0.9
_FEWEST = 5  # minimum number of answers for uniqueness to be meaningful


def asks_who(header: str) -> bool:
    """Whether a question asks for a name, a mail address, a telephone or a number."""
    plain = re.sub(r"[^a-z0-9]+", " ", fold(restored(header))).strip()
    if not _WHO.search(plain) or _OF_A_THING.search(plain):
        return False
    is_label = len(plain.split()) <= _LABEL_WORDS and _LABEL.match(plain) is not None
    return is_label or _ASKED.search(plain) is not None


def tell_who(values: Sequence[str]) -> bool:
    """Whether most answers are mail addresses, numbers or names, or nearly all are short and
    unique.
    """
    distinct = len(set(values))
    if _most(_is_reachable, values):
        return True
    if distinct * 2 > len(values) and _most(_is_name, values):
        return True
    once = distinct >= _NEARLY_ALL * len(values)
    return len(values) >= _FEWEST and once and _most(_is_short, values, _NEARLY_ALL)


def _most(holds: Callable[[str], bool], values: Sequence[str], share: float = 0.5) -> bool:
    return sum(map(holds, values)) > share * len(values)


def _is_reachable(value: str) -> bool:
    is_number = _NUMBER.fullmatch(value) and sum(c.isdigit() for c in value) >= _DIGITS
    return bool(is_number or _REGISTER.fullmatch(value) or _MAIL.search(value))


def _is_name(value: str) -> bool:
    """« Anne Van den Broeck », « DUPONT Marie-Ève »."""
    words = re.sub(r"['’.-]", "", value).split()
    return (
        1 < len(words) < _FEW_WORDS
        and all(word.isalpha() for word in words)
        and words[0][0].isupper()
        and words[-1][0].isupper()
    )


def _is_short(value: str) -> bool:
    return len(value) <= _SHORT and len(value.split()) < _FEW_WORDS
