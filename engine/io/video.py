"""Video: bytes to a stream of frames, and frames to an MP4 that browsers play.

Conventions: a frame is uint8 (H, W, 3), RGB, as it should be shown: rotated, and with square pixels. Times in seconds
from the first frame. Files are written as H.264, yuv420p, BT.709.

Reference: ITU-T H.264; ITU-R BT.709.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import InvalidInput, ResourceLimit, ShapeError, constraint
from engine.io import limits
from engine.io.containers import decode_packets, length_s, open_container, unreadable

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame as AVFrame
    from av.video.stream import VideoStream

_MAX_FPS = 120
_BT709 = 1  # the same code in H.264 for matrix, primaries and transfer


@dataclass(frozen=True)
class VideoInfo:
    """What a video says of itself.

    Attributes:
        width_px, height_px: size as shown, after rotation and with square pixels.
        fps: frames a second, on average.
        duration_s: length; 0 where the file does not tell.
        n_frames: how many frames; None where the file does not tell.
        has_audio: whether there is sound as well.
    """

    width_px: int
    height_px: int
    fps: float
    duration_s: float
    n_frames: int | None
    has_audio: bool


@dataclass(frozen=True)
class VideoFrame:
    """One picture of a video.

    Attributes:
        time_s: when it is shown, from the first frame.
        image: uint8 (H, W, 3), RGB.
    """

    time_s: float
    image: np.ndarray


def probe_video(data: bytes, name: str) -> VideoInfo:
    """Read a video's description; only its first frame is decoded.

    Raises:
        InvalidInput: no video in it, or damaged.
        ResourceLimit: too long, too many pixels, or the file is too large.
    """
    shown = limits.check_upload(data, name)
    with open_container(data, shown, "video") as container:
        stream = _picture_of(container, shown)
        duration_s = length_s(container, stream)
        if duration_s > limits.MAX_VIDEO_DURATION_S:
            raise _too_long(f"{duration_s:.0f} s")
        first = next(_decode(container, stream, shown))
        width_px, height_px = _shown_size(first, _pixel_aspect(stream), None)
        if round(first.rotation / 90) % 2:
            width_px, height_px = height_px, width_px
        fps = float(stream.average_rate or stream.guessed_rate or 0)
        has_audio = bool(container.streams.audio)
        return VideoInfo(width_px, height_px, fps, duration_s, stream.frames or None, has_audio)


def frames(
    data: bytes,
    name: str,
    max_side_px: int | None = None,
    max_frames: int = limits.MAX_VIDEO_FRAMES,
    every: int = 1,
) -> Iterator[VideoFrame]:
    """Decode a video as a stream: one frame is held at a time. The file is checked before this returns.

    Args:
        data: the file's content.
        name: the file's name, for messages.
        max_side_px: shrink each frame so that its longer side is at most this many pixels.
        max_frames: stop after this many frames.
        every: yield the first frame and then each `every`-th one.

    Yields:
        `VideoFrame`s, all of one size.

    Raises:
        InvalidInput: no video in it, damaged, or an argument below 1.
        ResourceLimit: too long, too many pixels or frames, or the file is too large.
    """
    for label, value in (("max_side_px", max_side_px), ("max_frames", max_frames), ("every", every)):
        if value is not None and value < 1:
            raise InvalidInput(constraint(label, "at least 1", value))
    probe_video(data, name)
    return _frames(data, limits.check_upload(data, name), max_side_px, max_frames, every)


class VideoWriter:
    """Write frames as an H.264 MP4.

    `with VideoWriter(640, 480, 30) as writer: writer.add(frame); data = writer.finish()`. A width or height that is odd
    is made even by repeating the last column or row, since yuv420p halves both.

    Args:
        width_px, height_px: the size of every frame, together at most `limits.MAX_VIDEO_PIXELS`.
        fps: frames a second, up to 120.

    Raises:
        InvalidInput: a size or rate outside the limits.
    """

    def __init__(self, width_px: int, height_px: int, fps: float) -> None:
        import av

        if min(width_px, height_px) < 2 or width_px * height_px > limits.MAX_VIDEO_PIXELS:
            bound = f"at least 2 × 2 and at most {limits.MAX_VIDEO_PIXELS / 1e6:g} megapixels"
            raise InvalidInput(constraint("The frame size", bound, f"{width_px} × {height_px}"))
        if not 0.1 <= fps <= _MAX_FPS:
            raise InvalidInput(constraint("fps", f"from 0.1 to {_MAX_FPS}", fps))
        self._shape = (height_px, width_px, 3)
        self._n_frames = 0
        self._buffer = io.BytesIO()
        self._container = av.open(self._buffer, "w", format="mp4")
        self._rate = Fraction(fps).limit_denominator(1001)
        self._stream = self._container.add_stream("libx264", rate=self._rate)
        self._stream.width, self._stream.height = width_px + width_px % 2, height_px + height_px % 2
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = 1  # 16 to 235, what players take for granted

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of a video that is not to be finished; after `finish` this does nothing."""
        self._container.close()

    def add(self, frame: np.ndarray) -> None:
        """Append one frame, uint8 (H, W, 3) RGB.

        Raises:
            ShapeError: of another shape or type.
            ResourceLimit: more than `limits.MAX_VIDEO_FRAMES` frames.
        """
        import av

        if frame.shape != self._shape or frame.dtype != np.uint8:
            raise ShapeError(constraint("frame", f"uint8 of shape {self._shape}", f"{frame.dtype} {frame.shape}"))
        if self._n_frames >= limits.MAX_VIDEO_FRAMES:
            raise ResourceLimit(constraint("A video", f"at most {limits.MAX_VIDEO_FRAMES:,} frames", "more"))
        padding = ((0, self._shape[0] % 2), (0, self._shape[1] % 2), (0, 0))
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(np.pad(frame, padding, "edge")), format="rgb24")
        picture = picture.reformat(format="yuv420p", dst_colorspace="ITU709")
        picture.pts = self._n_frames
        picture.time_base = 1 / self._rate
        self._n_frames += 1
        self._container.mux(self._stream.encode(picture))

    def finish(self) -> bytes:
        """Close the video and return the file.

        Raises:
            InvalidInput: no frame was added.
        """
        if not self._n_frames:
            raise InvalidInput(constraint("A video", "at least one frame long", 0))
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._buffer.getvalue()


def _picture_of(container: InputContainer, name: str) -> VideoStream:
    from av.stream import Disposition

    covers = Disposition.attached_pic  # the cover of a song is no video
    streams = [s for s in container.streams.video if s.codec_context and not s.disposition & covers]
    if not streams:
        advice = "It holds no pictures: choose a file that does."
        raise InvalidInput(constraint("The file", "a video", name, advice))
    streams[0].thread_type = "AUTO"
    _check_pixels(streams[0].codec_context.width, streams[0].codec_context.height)
    return streams[0]


def _check_pixels(width_px: int, height_px: int) -> None:
    if width_px * height_px > limits.MAX_VIDEO_PIXELS:
        bound = f"at most {limits.MAX_VIDEO_PIXELS / 1e6:g} megapixels a frame"
        got = f"{width_px} × {height_px}"
        raise ResourceLimit(constraint("The video", bound, got, "Save it at 1920 × 1080 or less."))


def _too_long(got: str) -> ResourceLimit:
    bound = f"at most {limits.MAX_VIDEO_DURATION_S:g} s long and {limits.MAX_VIDEO_FRAMES:,} frames"
    return ResourceLimit(constraint("The video", bound, got, "Cut out the part you want."))


def _decode(container: InputContainer, stream: VideoStream, name: str) -> Iterator[AVFrame]:
    """Yield the decoded frames, counted and measured; at least one, or an error."""
    count = 0
    for count, frame in enumerate(decode_packets(container, stream), 1):
        if count > limits.MAX_VIDEO_FRAMES:
            raise _too_long(f"more than {limits.MAX_VIDEO_FRAMES:,} frames")
        _check_pixels(frame.width, frame.height)
        yield frame
    if not count:
        raise unreadable(name, "video")


def _frames(data: bytes, name: str, max_side_px: int | None, max_frames: int, every: int) -> Iterator[VideoFrame]:
    with open_container(data, name, "video") as container:
        stream = _picture_of(container, name)
        period_s = 1 / float(stream.average_rate or stream.guessed_rate or 25)
        aspect, size, start_s = _pixel_aspect(stream), None, None
        for index, frame in enumerate(_decode(container, stream, name)):
            time_s = frame.time if frame.time is not None else index * period_s
            size = size or _shown_size(frame, aspect, max_side_px)
            start_s = time_s if start_s is None else start_s
            if time_s - start_s > limits.MAX_VIDEO_DURATION_S:
                raise _too_long(f"{time_s - start_s:.0f} s")
            if index % every == 0:
                yield VideoFrame(time_s - start_s, _to_rgb(frame, size))
            if index // every + 1 >= max_frames:
                return


def _pixel_aspect(stream: VideoStream) -> float:
    """Return width over height of one pixel; odd values are what damage looks like, and are ignored."""
    aspect = float(stream.sample_aspect_ratio or 1)
    return aspect if 0.25 <= aspect <= 4 else 1.0


def _shown_size(frame: AVFrame, pixel_aspect: float, max_side_px: int | None) -> tuple[int, int]:
    """Return (width, height) before rotation."""
    width, height = frame.width * pixel_aspect, float(frame.height)
    scale = 1.0 if max_side_px is None else min(1.0, max_side_px / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _to_rgb(frame: AVFrame, size: tuple[int, int]) -> np.ndarray:
    image = frame.reformat(width=size[0], height=size[1], format="rgb24", interpolation="AREA").to_ndarray()
    quarter_turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarter_turns))
