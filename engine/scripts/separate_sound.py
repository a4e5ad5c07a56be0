"""Take a sound apart as the page did: `python separate_sound.py` writes a FLAC file for each stem.

Where the true stems are in the folder, it prints how near each found one is to its true one, in dB.
"""

import json
from pathlib import Path

from engine.io.audio import decode_audio
from engine.source_separation.ideal_masks import IdealMasks
from engine.source_separation.measures import measure_song
from engine.source_separation.median_filtering import MedianFiltering
from engine.source_separation.mixdown import export_stem
from engine.source_separation.song_job import separate_song
from engine.source_separation.ways import IDEAL_MASKS, Way


def main() -> None:
    """Read settings.json, separate, write the stems and print what is measured."""
    said = json.loads(Path("settings.json").read_text())
    read = lambda name: decode_audio(Path(name).read_bytes(), name)  # noqa: E731
    stems = {name: read(file) for name, file in (said["stems"] or {}).items()}
    truth = {name: sound for name, (sound, _) in stems.items()}
    song, rate = read(said["song"]) if not stems else (sum(truth.values()), next(iter(stems.values()))[1])
    kind = IdealMasks if said["method"] == IDEAL_MASKS else MedianFiltering
    way = Way(said["method"], kind(**said["settings"]) if said["settings"] else None)
    region = tuple(said["region_s"]) if said["region_s"] else None
    *_, found = separate_song(way, song, rate, region, truth if way.key == IDEAL_MASKS else None)
    for k, name in enumerate(found.stems):
        Path(f"found_{k + 1}.flac").write_bytes(export_stem(found, k, "flac"))
        print(f"{name}: found_{k + 1}.flac")
    if truth:
        *_, last = measure_song(found, truth, said["kinds"], rate)
        one = last.result
        rows = zip(one.stems, one.truths, one.si_sdr, one.improvement, one.sdr, one.sir, one.sar, strict=True)
        for name, true, *values in rows:
            labels = ("SI-SDR", "better than the mixture by", "SDR", "SIR", "SAR")
            told = ", ".join(f"{label} {value:.2f}" for label, value in zip(labels, values, strict=True))
            print(f"{name} against {true}: {told} dB")


if __name__ == "__main__":
    main()
