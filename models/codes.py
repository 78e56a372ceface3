"""Codes that people type (codes à recopier): signs of Crockford's base 32 in groups of four, drawn
from the key of the installation.
"""

import base64

from models.signing import keyed_hash

# No letter that is read as a digit, and none that completes a word.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OF_RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_CROCKFORD = str.maketrans(_OF_RFC_4648, _SIGNS)
_MISREAD = str.maketrans("OIL", "011")
_BITS, _GROUP = 5, 4
_SPACING = dict.fromkeys(map(ord, " -\u00a0\u202f\u2010\u2011\u2013"))


def drawn(seed: str, length: int) -> str:
    """As many signs, the same each time from this seed and the key: « 7K3M-Q9XA ». Whoever has
    only the seed cannot derive them.
    """
    found = bytes.fromhex(keyed_hash(seed))[: length * _BITS // 8]
    return in_groups(base64.b32encode(found).decode().rstrip("=").translate(_TO_CROCKFORD))


def in_groups(signs: str) -> str:
    return "-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))


def without_spacing(code: str) -> str:
    return code.translate(_SPACING)


def read(code: str) -> str:
    """The signs of a code, however it was typed: in small letters, spaced otherwise, an O for a
    nought.
    """
    return without_spacing(code).upper().translate(_MISREAD)
