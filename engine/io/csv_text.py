"""The dialect of a CSV text: its encoding, delimiter, header and size, found from the content.

Conventions: rows are lists of cells, blank lines left out, counted from 1 with the header.

Reference: RFC 4180 (CSV).
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from engine.errors import InvalidInput, ResourceLimit, constraint
from engine.io import limits

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf|infinity)", re.IGNORECASE)
SAMPLE_ROWS = 50
_DELIMITERS = "\t;|,"  # where two fit equally well, the earlier one: "1,5;2,5" has decimal commas
_MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "#n/a"}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def decode_text(data: bytes, name: str) -> str:
    """Decode by the byte order mark, or else as UTF-8, or else as Latin-1 in Windows's form; lines end in a newline.

    Raises:
        InvalidInput: not text, or nothing but blank lines.
        ResourceLimit: a line longer than `limits.MAX_TABLE_LINE_CHARS`.
    """
    text = _decode(data, name).replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a\n")
    if _CONTROLS.search(text) or text.lstrip().startswith(("<", "{")):  # binary, a web page, JSON
        raise not_a_table(name)
    if not text.strip():
        raise InvalidInput(constraint("The table", "at least one row long", name, "Choose a table with content."))
    longest = max(len(line) for line in io.StringIO(text))
    if longest > limits.MAX_TABLE_LINE_CHARS:
        bound = f"at most {limits.MAX_TABLE_LINE_CHARS:,} characters long"
        raise ResourceLimit(constraint("A line of the table", bound, longest, "Put each row on a line of its own."))
    return text


def not_a_table(name: str) -> InvalidInput:
    """Return the refusal of a file that is no table."""
    advice = "Its content is something else, whatever its name says: save the table as CSV."
    return InvalidInput(constraint("The table", "a text file such as CSV", name, advice))


def sniff_delimiter(text: str) -> str:
    """Choose the delimiter that cuts the first rows into the most regular columns; the comma if none does."""
    head = "".join(itertools.islice(io.StringIO(text), SAMPLE_ROWS))
    best = max(_DELIMITERS, key=lambda delimiter: _regularity(head, delimiter))
    return best if _regularity(head, best) > 0 else ","


def rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the rows that are not blank; a quoted cell may hold line breaks.

    Raises:
        ResourceLimit: a cell too long for the parser.
    """
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for row in reader:
            if row and not (len(row) == 1 and row[0].isspace()):
                yield row
    except csv.Error as error:
        advice = "Look for a quotation mark that is never closed."
        raise _cell_too_long(f"more, near line {reader.line_num}", advice) from error


def measure(text: str, delimiter: str) -> tuple[int, int]:
    """Count (rows, columns).

    Raises:
        InvalidInput: rows of unequal length.
        ResourceLimit: more rows or columns, or a longer cell, than `limits` allows.
    """
    n_rows = n_columns = 0
    for n_rows, row in enumerate(rows(text, delimiter), 1):
        n_columns = n_columns or len(row)
        if n_columns > limits.MAX_TABLE_COLUMNS:
            bound = f"at most {limits.MAX_TABLE_COLUMNS} columns wide"
            raise ResourceLimit(constraint("The table", bound, n_columns, "Keep only the columns you need."))
        if len(row) != n_columns:
            advice = "Fill in or remove cells so that all rows are equally long."
            must_be = f"{n_columns} cells long like the first row"
            raise InvalidInput(constraint(f"Row {n_rows} of the table", must_be, len(row), advice))
        if n_rows > limits.MAX_TABLE_ROWS:
            bound = f"at most {limits.MAX_TABLE_ROWS:,} rows long"
            raise ResourceLimit(constraint("The table", bound, "more", "Keep fewer rows."))
        if max(map(len, row)) > limits.MAX_TABLE_CELL_CHARS:
            raise _cell_too_long(f"more in row {n_rows}", "Shorten it.")
    return n_rows, n_columns


def has_header(sample: Sequence[list[str]], delimiter: str) -> bool:
    """Tell whether the first row holds names: no numbers at all, or text above a column of numbers."""
    decimal = "." if delimiter == "," else ","

    def is_number(cell: str) -> bool:
        return bool(NUMBER.fullmatch(cell.strip().replace(decimal, ".")))

    def is_missing(cell: str) -> bool:
        return cell.strip().lower() in _MISSING

    if not any(is_number(cell) for cell in sample[0]):
        return not all(is_missing(cell) for cell in sample[0])
    for first, *rest in zip(*sample, strict=True):
        below = [cell for cell in rest if not is_missing(cell)]
        if not is_number(first) and not is_missing(first) and below and all(map(is_number, below)):
            return True
    return False


def unique_names(cells: Iterable[str]) -> list[str]:
    """Return names with spaces tidied; empty ones become "column 3", repeated ones "x (2)"."""
    names: list[str] = []
    for position, cell in enumerate(cells, 1):
        stem = " ".join(cell.split()) or f"column {position}"
        candidates = itertools.chain([stem], (f"{stem} ({k})" for k in itertools.count(2)))
        names.append(next(name for name in candidates if name not in names))
    return names


def _decode(data: bytes, name: str) -> str:
    for encoding in _likely_encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise not_a_table(name)


def _likely_encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    even, odd = data[:1000:2].count(0), data[1:1000:2].count(0)
    if max(even, odd) > min(len(data), 1000) / 4:  # Latin letters in two bytes, one of them zero
        return ("utf-16-le",) if odd > even else ("utf-16-be",)
    return ("utf-8-sig", "cp1252", "latin-1")


def _regularity(head: str, delimiter: str) -> float:
    """Return the share of rows that have the most common width, or 0 where that is one cell."""
    try:
        widths = Counter(len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row)
    except csv.Error:
        return 0.0
    width, count = widths.most_common(1)[0] if widths else (1, 0)
    return count / widths.total() if width > 1 else 0.0


def _cell_too_long(got: str, advice: str) -> ResourceLimit:
    bound = f"at most {limits.MAX_TABLE_CELL_CHARS:,} characters long"
    return ResourceLimit(constraint("A cell of the table", bound, got, advice))
