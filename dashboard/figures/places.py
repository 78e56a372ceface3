"""Where each figure is shown: with its workstream (chantier), with its ambitions.

Both follow from the declarations, in the order of the catalogue; values of one ambition come before
those of all.
"""

from dashboard.figures.kinds import EVERY_AMBITION, REGISTRY, every_value

_VALUES = [(declared, value) for declared in REGISTRY.values() for value in declared.values]


def of_workstream(code: str, stream: int) -> tuple[str, ...]:
    """The codes of the values shown with the workstream of this code and number."""
    return tuple(
        value.code
        for declared, value in every_value([stream])
        if declared.of_stream or code == (value.workstream or declared.workstream)
    )


def of_ambition(code: str) -> tuple[str, ...]:
    """The codes of the values shown with this ambition."""
    own = [value.code for _, value in _VALUES if code in value.ambitions]
    shared = [value.code for _, value in _VALUES if value.ambitions == EVERY_AMBITION]
    return (*own, *shared)


# Manually entered data is stale after a year.
FRESH_DAYS = 366
TYPED = tuple(declared.code for declared in REGISTRY.values() if declared.typed)
