"""The code that follows an entry without a name (code de suivi): sixteen signs in four groups, 80
bits, kept as a hash.

It is derived from the token of the form and the key of the installation. So a form that is sent
again, because the answer was lost on the way or the page was loaded anew, finds the entry that it
made and shows the same code; whoever has only the database cannot derive it.
"""

import base64
import hashlib

from models.signing import keyed_hash

# Crockford's base 32: no letter that is read as a digit, and none that completes a word.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OF_RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_CROCKFORD = str.maketrans(_OF_RFC_4648, _SIGNS)
_MISREAD = str.maketrans("OIL", "011")
_BYTES, _LENGTH, _GROUP = 10, 16, 4
# The codes of before: 128 bits in hexadecimal.
_OLDER_LENGTH, _OLDER_SIGNS = 32, frozenset("0123456789abcdef")
_SPACING = " -\u00a0\u202f\u2010\u2011\u2013"


def code_of(token: str) -> str:
    """The code of the entry that the form with this token makes: « 7K3M-Q9XA-01ZT-B5WC »."""
    drawn = bytes.fromhex(keyed_hash(f"receipt:{token}"))[:_BYTES]
    return in_groups(base64.b32encode(drawn).decode().translate(_TO_CROCKFORD))


def in_groups(signs: str) -> str:
    return "-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))


def hash_of_code(code: str) -> str:
    """What is kept of a code, however it was typed: in small letters, spaced otherwise, an O for a
    nought. The code of an entry of before is kept as it was then.
    """
    typed = "".join(sign for sign in code if sign not in _SPACING)
    if len(typed) == _OLDER_LENGTH and _OLDER_SIGNS.issuperset(typed.lower()):
        return _hashed(typed.lower())
    return _hashed(typed.upper().translate(_MISREAD))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
