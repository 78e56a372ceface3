"""The code that follows an entry without a name (code de suivi): sixteen signs in four groups, 80
bits, kept as a hash.

It is derived from the token of the form and the key of the installation. So a form that is sent
again, because the answer was lost on the way or the page was loaded anew, finds the entry that it
made and shows the same code; whoever has only the database cannot derive it.
"""

import hashlib

from models.codes import drawn, read, without_spacing

_LENGTH = 16
# The codes of before: 128 bits in hexadecimal.
_OLDER_LENGTH, _OLDER_SIGNS = 32, frozenset("0123456789abcdef")


def code_of(token: str) -> str:
    """The code of the entry that the form with this token makes: « 7K3M-Q9XA-01ZT-B5WC »."""
    return drawn(f"receipt:{token}", _LENGTH)


def hash_of_code(code: str) -> str:
    """What is kept of a code, however it was typed. The code of an entry of before is kept as it
    was then.
    """
    typed = without_spacing(code)
    if len(typed) == _OLDER_LENGTH and _OLDER_SIGNS.issuperset(typed.lower()):
        return _hashed(typed.lower())
    return _hashed(read(code))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
