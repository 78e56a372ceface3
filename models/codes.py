"""Codes that people type (codes à recopier): Crockford base 32 characters in groups of four,
derived from the key of the installation.
"""

import base64

from models.signing import keyed_hash

# Without letters that look like digits, or vowels that would form words.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OF_RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_CROCKFORD = str.maketrans(_OF_RFC_4648, _SIGNS)
_MISREAD = str.maketrans("OIL", "011")
_BITS, _GROUP = 5, 4
_SPACING = dict.fromkeys(map(ord, " -\u00a0\u202f\u2010\u2011\u2013"))


def drawn(seed: str, length: int) -> str:
    """The code derived from this seed and the key, always the same: « 7K3M-Q9XA ». The seed alone
    does not reveal it.
    """
    digest = bytes.fromhex(keyed_hash(seed))[: length * _BITS // 8]
    return in_groups(base64.b32encode(digest).decode().rstrip("=").translate(_TO_CROCKFORD))


def in_groups(signs: str) -> str:
    return "-".join(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))


def without_spacing(code: str) -> str:
    return code.translate(_SPACING)


def read(code: str) -> str:
    """The characters of a typed code: lower case, other spacing, or O for zero are accepted."""
    return without_spacing(code).upper().translate(_MISREAD)
