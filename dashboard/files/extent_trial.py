"""A workbook read for its extent alone, in a process of its own that `extents.py` starts.

As a program it takes the megabytes of memory it may take and how the file's name ends, reads a
workbook from its input, and writes [[rows, columns], …] as JSON, one pair a sheet. Of a workbook
that is damaged or protected it writes none: who opens it tells why.
"""

import json
import sys
import tempfile

import python_calamine

from dashboard.files.processes import limit_memory


def main(megabytes: int, suffix: str) -> None:
    limit_memory(megabytes)
    # From a file with its own ending: of bytes the reader tries every format, and tells no reason.
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(sys.stdin.buffer.read())
        file.flush()
        sys.stdout.write(json.dumps(_extents(file.name)))


def _extents(path: str) -> list[tuple[int, int]]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        return [_extent(book, title) for title in book.sheet_names]
    # The reader is a library in Rust: what it raises for a damaged file is of many kinds.
    except Exception as error:
        if "limit exceeded" in str(error):
            raise
        return []


def _extent(book: python_calamine.CalamineWorkbook, title: str) -> tuple[int, int]:
    try:
        sheet = book.get_sheet_by_name(title)
    except python_calamine.WorksheetNotFound:
        # A sheet of charts.
        return 0, 0
    return sheet.total_height, sheet.total_width


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
