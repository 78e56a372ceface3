"""The kinds of error a person can do something about; everything else is a surprise and is
logged.
"""

from collections.abc import Mapping


class Refused(Exception):
    """Refus: an act that the rules do not allow. The message is one French sentence, shown as it
    is.
    """


class Invalid(Exception):
    """Saisie à corriger: one French sentence per field, shown beside the field; the input stays.

    `errors` maps the field's name to its sentence.
    """

    def __init__(self, errors: dict[str, str]):
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def refuse(faults: Mapping[str, object]) -> None:
    """Raises Invalid with the sentences of what is wrong, by field; a field without one is fine."""
    errors = {field: sentence for field, sentence in faults.items() if sentence}
    if errors:
        raise Invalid(errors)


class EditConflict(Refused):
    """The record was changed by somebody else after this writer had read it; nothing is saved.

    `current` is the record's present content, by the names of the form's fields; `mark` is what the
    form posts once its writer has seen that content.
    """

    def __init__(self, sentence: str, current: Mapping[str, object], mark: object):
        super().__init__(sentence)
        self.current = dict(current)
        self.mark = mark
