"""Unique keys for the rows of one file."""


class RowKeys:
    """Gives each row a unique key in its file, and remembers the first line of each identifier."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._times: dict[int, int] = {}
        self._taken: set[int] = set()
        self._contents: set[int] = set()

    def seen(self, source: str, name: str, line: int) -> int | None:
        """The first line with this identifier, or None if this is the first."""
        first = self._first.setdefault(hash((source, name)), line)
        return None if first == line else first

    def came_with(self, source: str, base: str, content: str) -> bool:
        """Whether this identifier already came with the same content."""
        mark = hash((source, base, content))
        is_known = mark in self._contents
        self._contents.add(mark)
        return is_known

    def unique(self, source: str, base: str) -> str:
        """`base`, or « base#2 », « base#3 »… for repetitions."""
        mark = hash((source, base))
        key = base
        n = self._times.get(mark, 1)
        while hash((source, key)) in self._taken:
            n += 1
            key = f"{base}#{n}"
        self._taken.add(hash((source, key)))
        self._times[mark] = n
        return key
