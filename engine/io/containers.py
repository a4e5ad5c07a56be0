"""Opening sound and video files with libav, from memory only.

Conventions: the formats are a closed list, because libav also reads play lists and descriptions, which name other files
and hosts to be opened. Packets that cannot be decoded are passed over: what is there is decoded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from engine.errors import InvalidInput, constraint
from engine.io import limits

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.frame import Frame
    from av.video.stream import VideoStream

_FORMATS = "wav,w64,aiff,mp3,flac,ogg,aac,caf,amr,mov,mp4,m4a,3gp,matroska,webm,avi,gif,mpeg,mpegts,flv,asf"
_READABLE = {
    "audio": "a sound file that can be read (WAV, MP3, FLAC, OGG, Opus, M4A, WebM or the sound of an MP4)",
    "video": "a video that can be read (MP4, MOV, WebM, MKV, AVI or GIF)",
}
_LIBAV_QUIET = -8


@contextmanager
def open_container(data: bytes, name: str, kind: Literal["audio", "video"]) -> Iterator[InputContainer]:
    """Open a file for reading, and turn libav's errors into sentences while it is open.

    Args:
        data: the file's content.
        name: the name to show in messages, as `limits.check_upload` returns it.
        kind: what is looked for, "audio" or "video".

    Raises:
        InvalidInput: not such a file, or damaged.
    """
    import av
    import av.error
    import av.logging

    av.logging.set_libav_level(_LIBAV_QUIET)  # another library may have turned its log to the terminal on
    options = {"format_whitelist": _FORMATS, "max_pixels": str(limits.MAX_VIDEO_PIXELS)}
    try:
        with av.open(io.BytesIO(data), options=options, metadata_errors="ignore") as container:
            yield container
    except av.error.FFmpegError as error:
        raise unreadable(name, kind) from error


def unreadable(name: str, kind: Literal["audio", "video"]) -> InvalidInput:
    """Return the refusal of a file that holds nothing of `kind`."""
    advice = "Its content is something else, damaged or cut short: convert it and try again."
    return InvalidInput(constraint("The file", _READABLE[kind], name, advice))


def decode_packets(container: InputContainer, stream: AudioStream | VideoStream) -> Iterator[Frame]:
    """Yield the frames of one stream in order, passing over what is damaged."""
    import av.error

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            return
        if packet is None:
            return
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from frames


def length_s(container: InputContainer, stream: AudioStream | VideoStream) -> float:
    """Return the stream's length as declared, or else by reading the times of its packets; 0 where none has one."""
    import av.error

    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return container.duration / 1e6
    end = 0.0
    try:
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    except av.error.FFmpegError:
        pass
    container.seek(0)
    return end
