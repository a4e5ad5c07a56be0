from __future__ import annotations

import io
import itertools
import struct
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.io import limits
from engine.io.audio import decode_audio
from engine.io.video import VideoFrame, VideoInfo, VideoWriter, frames, probe_video

REAL = Path(__file__).parents[3] / "shared" / "real"
COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128), (200, 100, 50), (255, 255, 255)]


def mp4(width: int = 64, height: int = 48, fps: float = 30, colours: list[tuple[int, int, int]] = COLOURS) -> bytes:
    with VideoWriter(width, height, fps) as writer:
        for colour in colours:
            writer.add(np.full((height, width, 3), colour, np.uint8))
        return writer.finish()


def muxed(image: np.ndarray, n_frames: int = 3, rotation: int = 0, container: str = "mp4", **stream: object) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        pictures = out.add_stream("libvpx" if container == "webm" else "libx264", rate=10)
        pictures.height, pictures.width, pictures.pix_fmt = *image.shape[:2], "yuv420p"
        for name, value in stream.items():
            setattr(pictures.codec_context, name, value)
        if rotation:
            pictures.set_display_rotation(rotation)
        for _ in range(n_frames):
            out.mux(pictures.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        out.mux(pictures.encode(None))
    return buffer.getvalue()


def gif(size: tuple[int, int] = (30, 20)) -> bytes:
    pictures = [Image.new("RGB", size, colour) for colour in COLOURS[:3]]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:], duration=100)
    return buffer.getvalue()


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47), (2, 2), (3, 5)])
def test_round_trip_keeps_colours_times_and_size(width: int, height: int) -> None:
    data = mp4(width, height)
    even = (width + width % 2, height + height % 2)
    assert probe_video(data, "x") == VideoInfo(*even, 30.0, pytest.approx(0.2), 6, False)
    decoded = list(frames(data, "x"))
    assert [frame.time_s for frame in decoded] == pytest.approx([k / 30 for k in range(6)], abs=1e-4)
    for frame, colour in zip(decoded, COLOURS, strict=True):
        assert frame.image.dtype == np.uint8 and frame.image.shape == (even[1], even[0], 3)
        assert np.abs(frame.image.astype(int) - colour).max() <= 2  # the steps of 8-bit YCbCr


def test_the_file_is_what_browsers_play() -> None:
    with av.open(io.BytesIO(mp4(63, 47, 29.97))) as container:
        context = container.streams.video[0].codec_context
        assert (container.format.name.split(",")[1], context.codec.canonical_name, context.pix_fmt) == (
            "mp4",
            "h264",
            "yuv420p",
        )
        assert (int(context.colorspace), int(context.color_primaries), int(context.color_trc)) == (1, 1, 1)
        assert float(container.streams.video[0].average_rate) == pytest.approx(29.97, abs=0.01)


def test_an_odd_edge_is_repeated() -> None:
    image = np.zeros((5, 5, 3), np.uint8)
    image[:, 4] = image[4] = 255
    with VideoWriter(5, 5, 10) as writer:
        writer.add(image)
        data = writer.finish()
    decoded = next(frames(data, "x")).image
    assert decoded[5].min() > 200 and decoded[:, 5].min() > 200


@pytest.mark.parametrize(("rotation", "corner"), [(90, (-1, 0)), (180, (-1, -1)), (-90, (0, -1))])
def test_rotation_is_applied(rotation: int, corner: tuple[int, int]) -> None:
    """A telephone stores what its sensor sees, and how far to turn it, counter-clockwise."""
    image = np.zeros((32, 64, 3), np.uint8)
    image[:16, :16] = 255  # top left
    data = muxed(image, rotation=rotation)
    shape = (32, 64) if rotation == 180 else (64, 32)
    info = probe_video(data, "x")
    assert (info.height_px, info.width_px) == shape
    decoded = next(frames(data, "x")).image
    assert decoded.shape[:2] == shape
    corners = {c: decoded[c] for c in itertools.product((0, -1), (0, -1))}
    assert [c for c, pixel in corners.items() if pixel.min() > 200] == [corner]
    assert next(frames(data, "x", max_side_px=32)).image.shape[:2] == tuple(side // 2 for side in shape)


def test_pixels_become_square() -> None:
    data = muxed(np.zeros((32, 64, 3), np.uint8), sample_aspect_ratio=Fraction(3, 2))
    info = probe_video(data, "x")
    assert (info.width_px, info.height_px) == (96, 32) == next(frames(data, "x")).image.shape[1::-1]


def test_gif() -> None:
    info = probe_video(gif(), "x.gif")
    assert (info.width_px, info.height_px, info.fps, info.has_audio) == (30, 20, 10.0, False)
    decoded = list(frames(gif(), "x.gif"))
    assert [frame.time_s for frame in decoded] == pytest.approx([0, 0.1, 0.2])
    assert [tuple(frame.image[0, 0]) for frame in decoded] == COLOURS[:3]


def test_webm() -> None:
    data = muxed(np.full((32, 64, 3), 255, np.uint8), 20, container="webm")
    assert probe_video(data, "x").duration_s == pytest.approx(2)
    assert [round(frame.time_s * 10) for frame in frames(data, "x")] == list(range(20))


def test_every_and_max_frames() -> None:
    data = mp4()
    whole = list(frames(data, "x"))
    some = list(frames(data, "x", every=2, max_frames=2))
    assert [frame.time_s for frame in some] == [whole[0].time_s, whole[2].time_s]
    assert np.array_equal(some[1].image, whole[2].image)
    assert len(list(frames(data, "x", every=5))) == 2
    for arguments in ({"every": 0}, {"max_frames": 0}, {"max_side_px": 0}):
        with pytest.raises(InvalidInput, match="must be at least 1"):
            frames(data, "x", **arguments)


def test_max_side() -> None:
    assert next(frames(mp4(64, 48), "x", max_side_px=16)).image.shape == (12, 16, 3)
    assert next(frames(mp4(64, 48), "x", max_side_px=1000)).image.shape == (48, 64, 3)


def test_it_is_checked_before_the_first_frame_is_asked_for() -> None:
    with pytest.raises(InvalidInput):
        frames(b"junk", "x.mp4")


def test_frames_are_a_stream() -> None:
    data = mp4(320, 240, 30, COLOURS * 20)
    tracemalloc.start()
    try:
        assert sum(frame.image[0, 0, 0] > 100 for frame in frames(data, "x")) == 80
        assert tracemalloc.get_traced_memory()[1] < 3e6  # one frame is 0.23 MB, all are 28
    finally:
        tracemalloc.stop()


def test_too_long_is_refused_by_its_header() -> None:
    data = mp4(16, 16, 0.1, COLOURS * 11)
    for read in (probe_video, frames):
        with pytest.raises(ResourceLimit, match="at most 600 s long and 36,000 frames; got '660 s'"):
            read(data, "x.mp4")


def test_frames_are_counted_and_timed_whatever_the_header_says(monkeypatch: pytest.MonkeyPatch) -> None:
    data = mp4()
    monkeypatch.setattr(limits, "MAX_VIDEO_FRAMES", 4)
    with pytest.raises(ResourceLimit, match="4 frames"):
        list(frames(data, "x", max_frames=100))
    assert len(list(frames(data, "x", max_frames=4))) == 4
    stream = frames(data, "x", max_frames=4)
    monkeypatch.setattr(limits, "MAX_VIDEO_DURATION_S", 0.1)
    with pytest.raises(ResourceLimit, match=r"at most 0\.1 s"):
        probe_video(data, "x")
    monkeypatch.setattr(limits, "MAX_VIDEO_DURATION_S", 0.05)
    with pytest.raises(ResourceLimit, match=r"at most 0\.05 s"):
        list(stream)


def test_too_many_pixels_are_refused_by_the_header() -> None:
    bomb = bytearray(gif())
    bomb[6:10] = struct.pack("<HH", 65_535, 65_535)
    for read in (probe_video, frames):
        with pytest.raises((ResourceLimit, InvalidInput)):
            read(bytes(bomb), "bomb.gif")
    bomb[6:10] = struct.pack("<HH", 3_001, 3_000)
    with pytest.raises(ResourceLimit, match="at most 9 megapixels a frame; got '3001 × 3000'"):
        probe_video(bytes(bomb), "bomb.gif")


def test_junk_and_files_without_pictures() -> None:
    for junk in (b"\0" * 5000, b"just text\n" * 500, bytes(range(256)) * 20):
        with pytest.raises(InvalidInput, match=r"a video that can be read \(MP4"):
            probe_video(junk, "film.mp4")
    with pytest.raises(InvalidInput, match="It holds no sound"):
        decode_audio(mp4(), "silent.mp4")


def test_a_truncated_file_gives_what_is_there() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = muxed(noise, 20, container="webm", gop_size=1)
    assert 2 < len(list(frames(data[: len(data) // 2], "x"))) < 20
    with pytest.raises(InvalidInput):
        frames(mp4()[:-400], "x.mp4")  # its index is gone


def test_writer_refuses() -> None:
    for size in ((1, 10), (10, 0), (5000, 5000)):
        with pytest.raises(InvalidInput, match=r"at most 9 megapixels"):
            VideoWriter(*size, 30)
    for fps in (0, 121, float("nan"), -1):
        with pytest.raises(InvalidInput, match=r"fps must be from 0\.1 to 120"):
            VideoWriter(16, 16, fps)
    with VideoWriter(16, 10, 30) as writer:
        for bad in (np.zeros((16, 10, 3), np.uint8), np.zeros((10, 16, 3)), np.zeros((10, 16), np.uint8)):
            with pytest.raises(ShapeError, match=r"uint8 of shape \(10, 16, 3\)"):
                writer.add(bad)
        with pytest.raises(InvalidInput, match="at least one frame"):
            writer.finish()


def test_writer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_VIDEO_FRAMES", 2)
    with pytest.raises(ResourceLimit, match="at most 2 frames"):
        mp4()


@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/real")
@pytest.mark.parametrize(
    ("path", "size", "fps", "n_frames"),
    [
        ("video/action/demo.mp4", (427, 256), 28, 280),  # stored as 340 × 256 with pixels of 64:51
        ("video/torchvision/v_SoccerJuggling_g23_c01.avi", (320, 240), 29.97, 240),
    ],
)
def test_real_clips(path: str, size: tuple[int, int], fps: float, n_frames: int) -> None:
    data = (REAL / path).read_bytes()
    info = probe_video(data, path)
    assert (info.width_px, info.height_px, info.n_frames) == (*size, n_frames)
    assert info.fps == pytest.approx(fps, abs=0.01)
    decoded: list[VideoFrame] = list(frames(data, path, max_side_px=64))
    assert len(decoded) == n_frames
    assert decoded[-1].time_s == pytest.approx((n_frames - 1) / fps, abs=0.05)


@pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/real")
def test_the_cover_of_a_song_is_no_video() -> None:
    song = next((REAL / "audio/stem_mp4").glob("*.mp4"))
    with pytest.raises(InvalidInput, match="It holds no pictures"):
        probe_video(song.read_bytes(), song.name)
