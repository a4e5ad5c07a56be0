from __future__ import annotations

import gzip
import io
import math
import struct
import subprocess
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest
import torch

from engine.errors import InvalidInput, ResourceLimit
from engine.io import limits
from engine.io.tables import read_table, write_csv

PLAIN = "name,x,y\na,1.5,2\nb,,-3e2\n"


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def check_plain(data: bytes, name: str = "x.csv") -> None:
    table = read_table(data, name)
    assert list(table.columns) == ["name", "x", "y"]
    assert table["name"].tolist() == ["a", "b"]
    assert [str(table[c].dtype) for c in ("x", "y")] == ["float64", "float64"]
    assert table["x"].iloc[0] == 1.5 and math.isnan(table["x"].iloc[1]) and table["y"].tolist() == [2, -300]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_dialects(delimiter: str, encoding: str, newline: str) -> None:
    check_plain(PLAIN.replace(",", delimiter).replace("\n", newline).encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_beyond_ascii(encoding: str) -> None:
    table = read_table("größe,preis\nÄpfel,3\n“é”,4\n".encode(encoding), "x")
    assert list(table.columns) == ["größe", "preis"] and table["größe"].tolist() == ["Äpfel", "“é”"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_decimal_comma(delimiter: str) -> None:
    text = "a;b;c;d\n1,5;2.5;3;x,y\n-2,25e1;3.5;4;z\n".replace(";", delimiter)
    table = read_table(text.encode(), "x")
    assert table["a"].tolist() == [1.5, -22.5] and table["b"].tolist() == [2.5, 3.5]
    assert table["c"].tolist() == [3, 4] and table["d"].tolist() == ["x,y", "z"]


def test_decimal_comma_is_exact() -> None:
    values = np.random.default_rng(0).standard_normal(1000)
    text = "a;b\n" + "".join(f"{v!r};1\n".replace(".", ",") for v in values.tolist())
    assert np.array_equal(read_table(text.encode(), "x")["a"], values)


@pytest.mark.parametrize(
    ("text", "names", "n_rows"),
    [
        ("1,2\n3,4\n", ["column 1", "column 2"], 2),
        ("1,5;2,5\n3,5;4,5\n", ["column 1", "column 2"], 2),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", ["column 1", "column 2", "column 3"], 2),
        ("x,2019,2020\n1,2,3\n4,5,6\n", ["x", "2019", "2020"], 2),
        ("red,green\nblue,black\n", ["red", "green"], 1),
        ("7\n", ["column 1"], 1),
        ("size\n7\n8\n", ["size"], 2),
    ],
)
def test_header_or_none(text: str, names: list[str], n_rows: int) -> None:
    table = read_table(text.encode(), "x")
    assert (list(table.columns), len(table)) == (names, n_rows)


def test_names_become_unique() -> None:
    table = read_table(b"x,x,,x (2),  a   b ,x\n1,2,3,4,5,6\n", "x")
    assert list(table.columns) == ["x", "x (2)", "column 3", "x (2) (2)", "a b", "x (3)"]
    assert table.iloc[0].tolist() == [1, 2, 3, 4, 5, 6]


def test_text_stays_as_it_is_spelled() -> None:
    text = 'flag,day,code,mixed,quoted\nTRUE,2020-01-02,0x10,1,"a, ""b""\nc"\nFalse,2021-01-01,1_0,007b,d\n'
    table = read_table(text.encode(), "x")
    assert table.iloc[0].tolist() == ["TRUE", "2020-01-02", "0x10", "1", 'a, "b"\nc']
    assert table.iloc[1].tolist() == ["False", "2021-01-01", "1_0", "007b", "d"]


def test_missing_cells() -> None:
    table = read_table(b"a,b,c\nNA,?,\nnan,x,\n1,,\n", "x")
    assert str(table["a"].dtype) == str(table["c"].dtype) == "float64"
    assert table.isna().to_numpy().tolist() == [[True, True, True], [True, False, True], [False, True, True]]


def test_numbers_of_every_size() -> None:
    cells = ["18446744073709551615", "-1", "123456789012345678901234567890", "1e400", "-inf", " 5 ", "+.5", "4.9e-324"]
    for end in (2, 3, len(cells)):
        values = read_table(("a\n" + "\n".join(cells[:end])).encode(), "x")["a"]
        assert values.dtype == np.float64 and values.tolist() == [float(cell) for cell in cells[:end]]


def test_blank_lines_are_passed_over() -> None:
    check_plain(b"\n" + PLAIN.replace("\n", "\n\n").encode() + b"   \n\n")
    assert len(read_table(b'a\n1\n\n""\n2\n', "x")) == 3  # an empty cell in quotes is a cell


def test_compressed() -> None:
    check_plain(gzip.compress(PLAIN.encode()), "x.csv.gz")
    check_plain(gzip.compress(PLAIN[:9].encode()) + gzip.compress(PLAIN[9:].encode()))  # in two members
    check_plain(zipped(**{"folder/": b"", "folder/t.csv": PLAIN.encode(), "__MACOSX/folder/._t.csv": b"\0"}))


def test_zip_refusals() -> None:
    for members in ({"a.csv": b"1", "b.csv": b"2"}, {"__MACOSX/a": b""}):
        with pytest.raises(InvalidInput, match="the packing of one table"):
            read_table(zipped(**members), "x.zip")
    whole = zipped(**{"t.csv": PLAIN.encode() * 50})
    for broken in (whole[:-30], whole[:60], whole.replace(b"t.csv", b"u.csv", 1)):
        with pytest.raises(InvalidInput, match="a complete zip file"):
            read_table(broken, "x.zip")
    locked = bytearray(whole)
    locked[6] |= 1
    locked[locked.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(InvalidInput, match="without a password"):
        read_table(bytes(locked), "x.zip")
    misnamed = whole.replace(b"t.csv", b"\xff.csv").replace(b"\x14\0\0\0\x08\0", b"\x14\0\0\x08\x08\0")  # "UTF-8"
    with pytest.raises(InvalidInput, match="a complete zip file"):
        read_table(misnamed, "x.zip")
    nameless = whole.replace(b"t.csv", b"\0.csv")
    with pytest.raises(InvalidInput):
        read_table(nameless, "x.zip")


def test_gzip_cut_short() -> None:
    with pytest.raises(InvalidInput, match="a complete gzip file"):
        read_table(gzip.compress(PLAIN.encode() * 50)[:-9], "x.csv.gz")


def refused_with_little_memory(data: bytes, bound: str, most_bytes: float) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ResourceLimit, match=bound):
            read_table(data, "bomb")
        assert tracemalloc.get_traced_memory()[1] < most_bytes
    finally:
        tracemalloc.stop()


def test_gzip_bomb() -> None:
    bomb = gzip.compress(b"1,2\n" * 2_500_000) * 200
    assert len(bomb) < 5e6  # and 2,000 MB of content
    refused_with_little_memory(bomb, "at most 50 MB when decompressed", 2.5 * limits.MAX_TABLE_BYTES)


def test_zip_bomb_by_its_header_and_by_its_content() -> None:
    bomb = zipped(**{"t.csv": b"1,2\n" * 15_000_000})
    refused_with_little_memory(bomb, "at most 50 MB when decompressed", 1e6)
    size = struct.pack("<I", 60_000_000)
    assert bomb.count(size) == 2
    with pytest.raises(InvalidInput, match="a complete zip file"):
        read_table(bomb.replace(size, struct.pack("<I", 100)), "lies.zip")


def test_zip_with_a_million_names() -> None:
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65_535, 65_535, 4_000_000, 60, 0)
    with pytest.raises(ResourceLimit, match="index is at most 100,000 bytes"):
        read_table(b"PK\3\4" + b"PK\1\2" * 1_000_000 + end, "x.zip")


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("a\n" + "1\n" * 500_001, "at most 500,000 rows"),
        (",".join("a" * 201) + "\n", "at most 200 columns wide; got 201"),
        ("," * 2_000_000, "at most 1,000,000 characters long; got 2000000"),
        ("a,b\n1," + "x" * 100_001, "cell of the table must be at most 100,000 characters"),
        ('a,b\n1,"' + "x\n" * 100_000, "quotation mark that is never closed"),
    ],
)
def test_limits(text: str, bound: str) -> None:
    with pytest.raises(ResourceLimit, match=bound):
        read_table(text.encode(), "x")


def test_limits_themselves_are_allowed() -> None:
    assert read_table(b"a\n" + b"1\n" * 499_999, "x").shape == (499_999, 1)
    assert read_table((",".join("a" * 200) + "\n" + ",".join("1" * 200)).encode(), "x").shape == (1, 200)


def test_wide_rows_of_long_text() -> None:
    """By any other delimiter such a row is one cell, too long for the parser."""
    assert read_table(b"\n".join([b",".join([b"x" * 800] * 200)] * 2), "x").shape == (1, 200)


def test_plain_bytes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TABLE_BYTES", 1_000_000)
    with pytest.raises(ResourceLimit, match=r"at most 1 MB; got '1\.2 MB'"):
        read_table(b"1,2\n" * 300_000, "x")


def test_spreadsheets_are_named() -> None:
    excel = zipped(**{"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"})
    libre = zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet")
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
    for data in (excel, libre, old, gzip.compress(old)):
        with pytest.raises(InvalidInput, match="save it as CSV"):
            read_table(data, "x.csv")


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 4,
        b"a,b\n1,\0\n",
        b"\x89PNG\r\n\x1a\n\0",
        b"<!DOCTYPE html>",
        b'{"a": 1}',
        b"\xff\xfea",
        b"\1\2",
    ],
)
def test_what_is_no_text_table(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="whatever its name says"):
        read_table(data, "x.csv")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not empty"),
        (b"\n \n\r\n", "at least one row long"),
        (b"\xef\xbb\xbf", "at least one row long"),
        (b"a,b\n", "at least one row below its header"),
        (b"a,b\n1,2\n3\n", "Row 3 of the table must be 2 cells long like the first row; got 1"),
        (b"a,b\n1,2,3\n", "Row 2 of the table must be 2 cells long like the first row; got 3"),
    ],
)
def test_empty_and_ragged(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read_table(data, "x.csv")


def test_floats_read_back_exactly() -> None:
    bits = np.random.default_rng(0).integers(0, 2**64, 20_000, dtype=np.uint64).view(np.float64)
    values = np.concatenate([bits[np.isfinite(bits)], [0.1, 5e-324, 1.7976931348623157e308, np.inf, -np.inf, np.nan]])
    table = read_table(write_csv({"as array": values, "as list": values.tolist(), "t": torch.from_numpy(values)}), "x")
    for name in table:
        assert np.array_equal(table[name].to_numpy(), values, equal_nan=True)
    assert np.signbit(read_table(write_csv({"z": [-0.0, 1.0]}), "x")["z"].iloc[0])


def test_formulas_are_made_harmless_and_numbers_left() -> None:
    texts = ["=1+1", "+cmd", "-x", "@sum", "\ttab", "\rreturn", "plain", "-5", "+1e3", None, 'q"uo,te']
    written = write_csv({"=name": texts, "n": [-1, -2.5, *range(9)]}).decode()
    rows = [line.split(",", 1) for line in written.split("\r\n")]
    assert rows[0][0] == "'=name" and rows[1] == ["'=1+1", "-1"] and rows[2] == ["'+cmd", "-2.5"]
    table = read_table(written.encode(), "x")
    names = table["'=name"].tolist()
    assert names[2:4] == ["'-x", "'@sum"] and names[6:9] == ["plain", "-5", "+1e3"] and names[10] == 'q"uo,te'
    assert table["n"].tolist() == [-1, -2.5, *range(9)]
    assert "'\ttab" in written and "'\rreturn" in written


def test_write_csv_values() -> None:
    written = write_csv({"a": [np.float64(0.1), 1, True], "b": ["x", None, "ü"]})
    assert written.decode() == "a,b\r\n0.1,x\r\n1,\r\nTrue,ü\r\n"
    for columns in ({}, {"a": [1], "b": [1, 2]}):
        with pytest.raises(InvalidInput, match="of equal length"):
            write_csv(columns)


def test_reading_tables_does_not_bring_torch() -> None:
    program = "import engine.io.tables, sys; print({'torch', 'av', 'PIL', 'pandas', 'streamlit'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("set()\n", "")
