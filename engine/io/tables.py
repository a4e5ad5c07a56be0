"""Tables: CSV text of any usual dialect to a data frame, and columns to CSV.

Conventions: numbers are float64, with NaN where a cell is empty or says so ("NA", "nan", "?" …); a column with any
other cell that is no number stays text, as the file spells it.

Reference: RFC 4180 (CSV). OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engine.errors import InvalidInput, ResourceLimit, constraint
from engine.io import archive, csv_text, limits

if TYPE_CHECKING:
    import pandas as pd

_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Excel files of before 2007
_SPREADSHEET_PARTS = {"[Content_Types].xml", "mimetype"}  # of Excel and of LibreOffice
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def read_table(data: bytes, name: str) -> pd.DataFrame:
    """Read a table from CSV text: comma, semicolon, tab or bar between cells, plain, gzipped, or alone in a zip.

    UTF-8, UTF-16 and Windows Latin-1 are recognised, and decimal commas where the comma does not separate cells. The
    first row is the header unless it holds numbers like those below it; without one the columns are "column 1" ….

    Args:
        data: the file's content.
        name: the file's name, for messages.

    Returns:
        The table: unique column names, float64 and text columns, rows numbered from 0.

    Raises:
        InvalidInput: not text, an Excel file, no rows, or rows of unequal length.
        ResourceLimit: more bytes, rows, columns, or a longer line or cell, than `limits` allows.
    """
    shown = limits.check_upload(data, name)
    text = csv_text.decode_text(_unpack(data, shown), shown)
    delimiter = csv_text.sniff_delimiter(text)
    n_rows, n_columns = csv_text.measure(text, delimiter)
    sample = list(itertools.islice(csv_text.rows(text, delimiter), csv_text.SAMPLE_ROWS))
    has_header = csv_text.has_header(sample, delimiter)
    if n_rows - has_header < 1:
        raise InvalidInput(constraint("The table", "at least one row below its header", shown, "Add rows to it."))
    names = csv_text.unique_names(sample[0] if has_header else [""] * n_columns)
    table = _parse(text, names, delimiter, has_header)
    if table.shape != (n_rows - has_header, n_columns):
        raise csv_text.not_a_table(shown)
    return table


def write_csv(columns: Mapping[str, Sequence]) -> bytes:
    """Write columns as CSV: UTF-8, comma, a header row, numbers so that they read back to the same float64.

    A text cell that a spreadsheet would run as a formula gets an apostrophe in front, unless it is a plain number.

    Args:
        columns: name → values (numbers, text, an array or a tensor), all of one length.

    Raises:
        InvalidInput: no columns, or columns of unequal length.
    """
    values = [column.tolist() if hasattr(column, "tolist") else list(column) for column in columns.values()]
    if len({len(column) for column in values}) != 1:
        lengths = [len(column) for column in values]
        raise InvalidInput(constraint("The columns", "one or more, of equal length", lengths))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([_cell(str(name)) for name in columns])
    writer.writerows([_cell(value) for value in row] for row in zip(*values, strict=True))
    return buffer.getvalue().encode()


def _cell(value: object) -> str:
    value = value.item() if hasattr(value, "item") else value  # a NumPy number
    if not isinstance(value, str):
        return "" if value is None else str(value)  # of a float, the shortest text that reads back to it
    harmful = value.startswith(_FORMULA_STARTS) and not csv_text.NUMBER.fullmatch(value)
    return f"'{value}" if harmful else value


def _unpack(data: bytes, name: str) -> bytes:
    if data.startswith(archive.GZIP_SIGNATURE):
        data = archive.gunzip(data, name, limits.MAX_TABLE_BYTES)
    elif data.startswith(archive.ZIP_SIGNATURE):
        data = _unzip(data, name)
    if data.startswith(_OLE_SIGNATURE):
        raise _spreadsheet(name)
    if len(data) > limits.MAX_TABLE_BYTES:
        bound = f"at most {limits.MAX_TABLE_BYTES / 1e6:g} MB"
        raise ResourceLimit(constraint("The table", bound, f"{len(data) / 1e6:.1f} MB", "Keep fewer rows or columns."))
    return data


def _unzip(data: bytes, name: str) -> bytes:
    with archive.open_zip(data, name) as opened:
        if _SPREADSHEET_PARTS & set(opened.namelist()):
            raise _spreadsheet(name)
        members = [member for member in opened.infolist() if not _is_hidden(member)]
        if len(members) != 1:
            got = f"{len(members)} files"
            raise InvalidInput(constraint("The zip file", "the packing of one table", got, "Put one table into it."))
        return archive.read_member(opened, members[0], name, limits.MAX_TABLE_BYTES)


def _is_hidden(member: zipfile.ZipInfo) -> bool:
    parts = member.filename.split("/")  # a folder ends in "/"
    return parts[-1] == "" or any(part == "__MACOSX" or part.startswith(".") for part in parts)


def _spreadsheet(name: str) -> InvalidInput:
    advice = "It is a spreadsheet: open it and save it as CSV."
    return InvalidInput(constraint("The table", "a text file such as CSV", name, advice))


def _parse(text: str, names: list[str], delimiter: str, has_header: bool) -> pd.DataFrame:
    """Read every column as numbers if that can be, by decimal point and then by decimal comma, or else as text."""
    import pandas as pd

    def read(columns: list[str], **options: object) -> pd.DataFrame:
        header = 0 if has_header else None
        options = {"header": header, "names": names, "usecols": columns, "low_memory": False, **options}
        return pd.read_csv(io.StringIO(text), sep=delimiter, na_values=["?"], **options)

    parsed: dict[str, pd.Series] = {}
    for decimal in "." if delimiter == "," else ".,":
        if others := [name for name in names if name not in parsed]:
            table = read(others, decimal=decimal)
            parsed |= {name: table[name].astype("float64") for name in others if _is_numeric(table[name])}
    if others := [name for name in names if name not in parsed]:
        table = read(others, dtype="str")  # True, dates and mixed cells keep the spelling of the file
        parsed |= {name: _long_integers(table[name]) for name in others}
    return pd.DataFrame({name: parsed[name] for name in names})


def _is_numeric(column: pd.Series) -> bool:
    return column.dtype.kind in "iuf"


def _long_integers(column: pd.Series) -> pd.Series:
    """Return the column as float64 where all its cells are numbers, some of more than 64 bits; else as it is."""
    cells = column.dropna()
    if all(csv_text.NUMBER.fullmatch(cell.strip()) for cell in cells):
        return column.astype("float64")
    return column
