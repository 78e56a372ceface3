"""Follow-up codes (codes de suivi) of anonymous entries: sixteen characters in four groups, 80
bits, stored as a hash.

The code is derived from the form's token and the installation's key: a form that is sent again
finds the entry it made and shows the same code, and the database alone does not reveal it.
"""

import hashlib

from models.codes import drawn, read, without_spacing

_LENGTH = 16
# Codes of earlier versions: 128 bits in hexadecimal.
_OLDER_LENGTH, _OLDER_SIGNS = 32, frozenset("0123456789abcdef")


def code_of(token: str) -> str:
    """The code of the entry filed with this form token: « 7K3M-Q9XA-01ZT-B5WC »."""
    return drawn(f"receipt:{token}", _LENGTH)


def hash_of_code(code: str) -> str:
    """The stored hash of a code, whatever its spacing and case; codes of earlier versions keep
    their format.
    """
    typed = without_spacing(code)
    if len(typed) == _OLDER_LENGTH and _OLDER_SIGNS.issuperset(typed.lower()):
        return _hashed(typed.lower())
    return _hashed(read(code))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
