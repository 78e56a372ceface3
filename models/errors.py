"""The errors a person can do something about; any other exception is unexpected and is logged."""

from collections.abc import Mapping


class Refused(Exception):
    """Refus: an act that the rules do not allow. The message is one French sentence, shown as it
    is.
    """


class Invalid(Exception):
    """Saisie à corriger: one French sentence per field, shown beside the field; the input is
    preserved.

    `errors` maps the field's name to its sentence.
    """

    def __init__(self, errors: dict[str, str]):
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def refuse(faults: Mapping[str, object]) -> None:
    """Raises Invalid with the sentences by field, if any is not empty."""
    errors = {field: sentence for field, sentence in faults.items() if sentence}
    if errors:
        raise Invalid(errors)


class EditConflict(Refused):
    """Entre-temps: somebody else changed the record after this form had read it. Nothing is saved.

    `current` is the current content of the record, by field name; `mark` is what the form must post
    once its user has seen it.
    """

    def __init__(self, sentence: str, current: Mapping[str, object], mark: object):
        super().__init__(sentence)
        self.current = dict(current)
        self.mark = mark
