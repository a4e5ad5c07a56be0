"""PASCAL VOC's XML: the true boxes of one image.

    annotation / filename, object / name, difficult, bndbox / xmin, ymin, xmax, ymax

Conventions: pixels as the file counts them, which is from 1. Other elements, such as an object's parts, are skipped. A
document type is refused before anything of it is read: entities, and what they can swell to, come from there alone.

Reference: M. Everingham and J. Winn, "The PASCAL VOC Development Kit" (2012), "Annotation format".
"""

from __future__ import annotations

from xml.parsers import expat

from engine.datasets import annotation_limits as limits
from engine.datasets.annotation_limits import RawBox, corners, number
from engine.errors import EngineError, InvalidInput, ResourceLimit, constraint

_EDGES = ("xmin", "ymin", "xmax", "ymax")
_WANTED = {("name",), ("difficult",), *(("bndbox", edge) for edge in _EDGES)}  # below annotation / object
_MAX_TEXT_CHARS = 200


def read(data: bytes, key: str, name: str) -> tuple[str, list[RawBox]]:
    """Read one file.

    Args:
        data: its content.
        key: the image's key for the boxes.
        name: the file's name, for messages.

    Returns:
        The picture's file name, and the boxes.

    Raises:
        InvalidInput: not XML, not VOC's, with a document type, or a box that is none.
        ResourceLimit: longer than `MAX_XML_BYTES`, nested deeper than `MAX_XML_DEPTH`, or too many objects.
    """
    if len(data) > limits.MAX_XML_BYTES:
        bound = f"at most {limits.MAX_XML_BYTES / 1e6:g} MB"
        raise ResourceLimit(constraint("An XML file", bound, f"{len(data) / 1e6:.1f} MB", "Keep one image in it."))
    document = _Document(name)
    try:
        document.parser.Parse(data, True)
    except EngineError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two: an encoding it does not know
        advice = "Its content is damaged or something else: export it again."
        raise InvalidInput(constraint("The file", "complete XML", name, advice)) from error
    boxes = [_box(found, key, f"object {place} of {name}") for place, found in enumerate(document.objects, 1)]
    return document.title.strip() or key, boxes


class _Document:
    """Collects the texts that are wanted while the parser goes through the file."""

    def __init__(self, name: str) -> None:
        self.name, self.title = name, ""
        self.objects: list[dict[tuple[str, ...], str]] = []
        self._path: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _doctype(self, *_: object) -> None:
        advice = "Delete the line that begins with <!DOCTYPE."
        raise InvalidInput(constraint("The XML file", "free of a document type", self.name, advice))

    def _start(self, tag: str, _: object) -> None:
        self._path.append(tag)
        if self._path[0] != "annotation":
            advice = "Choose files such as VOC's Annotations/2007_000027.xml."
            raise InvalidInput(constraint("The XML file", "a VOC annotation", self.name, advice))
        if len(self._path) > limits.MAX_XML_DEPTH:
            raise ResourceLimit(constraint("The XML file", f"at most {limits.MAX_XML_DEPTH} levels deep", self.name))
        if self._path == ["annotation", "object"]:
            self.objects.append({})
            if len(self.objects) > limits.MAX_BOXES_PER_IMAGE:
                bound = f"at most {limits.MAX_BOXES_PER_IMAGE:,} objects long"
                raise ResourceLimit(constraint("The XML file", bound, self.name, "Keep one image in it."))

    def _end(self, _: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if self._path == ["annotation", "filename"]:
            self.title = (self.title + text)[:_MAX_TEXT_CHARS]
        elif self._path[:2] == ["annotation", "object"] and (place := tuple(self._path[2:])) in _WANTED:
            self.objects[-1][place] = (self.objects[-1].get(place, "") + text)[:_MAX_TEXT_CHARS]


def _box(found: dict[tuple[str, ...], str], key: str, where: str) -> RawBox:
    category = found.get(("name",), "").strip()
    if not category:
        raise InvalidInput(constraint(f"The name of {where}", "its class", category))
    edges = [found.get(("bndbox", edge), "").strip() for edge in _EDGES]
    return RawBox(
        image=key,
        category=category,
        corners=corners(edges, f"The bndbox of {where}", "xyxy"),
        is_difficult=bool(number(found.get(("difficult",), "0"), f"The difficult of {where}", 0, 1)),
    )
