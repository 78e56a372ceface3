"""Parsing of hours (heures): « 9h », « 09:00 », or both fields empty."""

import re

_HOUR = re.compile(r"([01]?\d|2[0-3])[:hH]([0-5]\d)?")


def hours_of(starts: str, ends: str) -> tuple[str, str, str | None]:
    """(« 09:00 », « 12:00 », None), or the error message as the third element."""
    first = _hour(starts)
    last = _hour(ends)
    if first is None or last is None:
        return "", "", "Écrivez les heures comme « 09:00 », ou laissez les deux cases vides."
    if bool(first) != bool(last) or (first and first >= last):
        return "", "", "La fin vient après le début : donnez les deux heures, ou aucune."
    return first, last, None


def _hour(text: str) -> str | None:
    """« 9h » → « 09:00 »; empty for empty; None where it is not an hour."""
    if not text.strip():
        return ""
    match = _HOUR.fullmatch(text.strip().replace(" ", ""))
    return f"{int(match[1]):02}:{match[2] or '00'}" if match else None
