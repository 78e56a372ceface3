"""Reads the extent of a workbook's sheets, in a process started by `workbook_reading`.

Arguments: the memory limit in megabytes and the file's suffix; the workbook is read from
standard input. Writes [[rows, columns], …] as JSON, one pair per sheet; none for a damaged or
protected workbook, whose reader reports the reason.
"""

import json
import sys
import tempfile
from contextlib import suppress

import python_calamine

from dashboard.files.processes import limit_memory


def main(megabytes: int, suffix: str) -> None:
    limit_memory(megabytes)
    # From a file with its suffix: given bytes, the library tries every format and reports no
    # reason.
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(sys.stdin.buffer.read())
        file.flush()
        sys.stdout.write(json.dumps(_extents(file.name)))


def _extents(path: str) -> list[tuple[int, int]]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        extents = []
        for title in book.sheet_names:
            with suppress(python_calamine.WorksheetNotFound):  # a chart sheet
                sheet = book.get_sheet_by_name(title)
                extents.append((sheet.total_height, sheet.total_width))
        return extents
    # The library is written in Rust: damaged files raise many kinds of exceptions.
    except Exception as error:
        if "limit exceeded" in str(error):
            raise
        return []


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
