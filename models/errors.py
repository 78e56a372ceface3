"""The two kinds of error a person can do something about; everything else is a surprise and is
logged.
"""


class Refused(Exception):
    """Refus: an act that the rules do not allow. The message is one French sentence, shown as it
    is.
    """


class Invalid(Exception):
    """Saisie à corriger: one French sentence per field, shown beside the field; the input is kept.

    `errors` maps the field's name to its sentence.
    """

    def __init__(self, errors: dict[str, str]):
        super().__init__(" ".join(errors.values()))
        self.errors = errors
