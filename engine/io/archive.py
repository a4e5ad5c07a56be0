"""Bounded decompression of gzip and zip: no more bytes are ever produced than the limit allows, plus one."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib

from engine.errors import InvalidInput, ResourceLimit, constraint
from engine.io import limits

GZIP_SIGNATURE = b"\x1f\x8b"
ZIP_SIGNATURE = b"PK\x03\x04"
_ZIP_END = struct.Struct("<4s4H2LH")  # the record that closes a zip file; the sixth field is the size of its index


def gunzip(data: bytes, name: str, max_bytes: int) -> bytes:
    """Decompress a gzip file of at most `max_bytes` of content.

    Raises:
        InvalidInput: damaged or cut short.
        ResourceLimit: more content than `max_bytes`.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            return _read_bounded(stream, max_bytes)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged("gzip", name) from error


def open_zip(
    data: bytes,
    name: str,
    max_index_bytes: int = limits.MAX_ARCHIVE_INDEX_BYTES,
    advice: str = "Put one table alone into it.",
) -> zipfile.ZipFile:
    """Open a zip file whose index is small enough to be read whole.

    Args:
        data, name: the file.
        max_index_bytes: of its list of names.
        advice: what to do where that is longer.

    Raises:
        InvalidInput: damaged, cut short, or of the 64-bit kind.
        ResourceLimit: too many files inside.
    """
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or end + _ZIP_END.size > len(data) or data[max(0, end - 20) :][:4] == b"PK\x06\x07":
        raise _damaged("zip", name)
    if _ZIP_END.unpack_from(data, end)[5] > max_index_bytes:
        bound = f"an archive whose index is at most {max_index_bytes:,} bytes"
        raise ResourceLimit(constraint("The zip file", bound, name, advice))
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _damaged("zip", name) from error


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, max_bytes: int) -> bytes:
    """Decompress one file of a zip archive, of at most `max_bytes` of content.

    Raises:
        InvalidInput: damaged, encrypted, or packed by a method other than "stored" and "deflated".
        ResourceLimit: more content than `max_bytes`, declared or real.
    """
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        advice = "Pack it again in the ordinary way, without a password."
        raise InvalidInput(constraint("The zip file", "packed by deflate without a password", name, advice))
    if member.file_size > max_bytes:
        raise _too_large(max_bytes)
    try:
        with archive.open(member) as stream:
            return _read_bounded(stream, max_bytes)
    except (zipfile.BadZipFile, RuntimeError, ValueError, EOFError, zlib.error) as error:
        raise _damaged("zip", name) from error


def _read_bounded(stream: io.BufferedIOBase, max_bytes: int) -> bytes:
    content = stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    return content


def _too_large(max_bytes: int) -> ResourceLimit:
    bound = f"at most {max_bytes / 1e6:g} MB when decompressed"
    return ResourceLimit(constraint("The file", bound, "more", "Keep fewer rows or columns."))


def _damaged(kind: str, name: str) -> InvalidInput:
    return InvalidInput(constraint("The file", f"a complete {kind} file", name, "Make it again, or bring it unpacked."))
