"""Words with two sides: the code that is stored and the French word that is shown, in one place.

Codes are stored as text, so that a new one needs no migration.
"""

from enum import StrEnum


class Word(StrEnum):
    """A stored code beside its French label; extra columns are added by each vocabulary."""

    label: str

    def __new__(cls, code: str, label: str, **_: object):
        word = str.__new__(cls, code)
        word._value_ = code
        word.label = label
        return word

    @classmethod
    def of_label(cls, label: str):
        """The word whose label is `label`, or None."""
        return next((word for word in cls if word.label == label), None)
