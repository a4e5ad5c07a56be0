"""The songs world: what is written, how it sounds, that it adds up, and that a seed says all of it."""

import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from scipy.signal import freqs

from engine.datasets.chance import Chance
from engine.datasets.songs import (
    SAMPLE_RATE_HZ,
    STEMS,
    Song,
    Sounds,
    drum_machine,
    drum_patterns,
    effects,
    make_song,
    mixing,
    syllables,
    synthesiser,
    voice,
)
from engine.datasets.songs.arrangement import arrange, drum_bars
from engine.datasets.songs.bass_lines import LINES, bass_part
from engine.datasets.songs.harmony import MODES, Chord, Key, progression, stacked, voicing
from engine.datasets.songs.melody import Range, harmonised, melody
from engine.datasets.songs.notes import METRES, Clock, Note, played
from engine.datasets.songs.parts import WRITERS
from engine.datasets.songs.rooms import ROOMS, background, echo, room
from engine.datasets.songs.styles import CHORDS_OF, PLAYERS, STYLES
from engine.errors import EngineError, InvalidInput
from engine.recipes import song_pool
from engine.runtime.seeds import generator

C_MAJOR = Key(0, "major")


def chance(seed: int = 0) -> Chance:
    return Chance(generator(seed))


def chords(n: int = 4, bar_steps: int = 16) -> list[Chord]:
    return progression(chance(), C_MAJOR, "loop", 3, 0, n * bar_steps, bar_steps)


@pytest.fixture(scope="module")
def sounds() -> Sounds:
    folder = Path(os.environ.get("SOUND_FONTS", "/usr/share/sounds"))
    pytest.importorskip("tinysoundfont", reason="tinysoundfont is not installed")
    try:
        found = Sounds.find(folder)
    except EngineError as error:
        pytest.skip(str(error))
    return replace(found, fonts=(min(found.fonts, key=lambda font: font.stat().st_size),))


# harmony


def test_chords_on_the_degrees_of_c_major_are_those_of_the_books():
    names = {1: (0, (0, 4, 7)), 2: (2, (0, 3, 7)), 5: (7, (0, 4, 7)), 6: (9, (0, 3, 7)), 7: (11, (0, 3, 6))}
    assert {degree: stacked(C_MAJOR, degree, 3) for degree in names} == names
    assert stacked(C_MAJOR, 5, 4) == (7, (0, 4, 7, 10))
    assert stacked(Key(9, "minor"), 1, 5) == (9, (0, 3, 7, 10, 14))


@pytest.mark.parametrize("mode", MODES)
def test_a_progression_covers_its_section_and_its_voicing_is_close(mode):
    found = progression(chance(3), Key(5, mode), "loop", 4, 32, 100, 16)
    ends = [chord.start + chord.length for chord in found]
    assert found[0].start == 32 and ends[-1] == 132
    assert [chord.start for chord in found[1:]] == ends[:-1]
    keys = voicing(found[0], 60)
    assert {key % 12 for key in keys} == set(found[0].pitches)
    assert all(54 <= key <= 66 for key in keys)


def test_a_blues_has_twelve_bars_of_dominant_sevenths():
    found = progression(chance(), C_MAJOR, "blues", 4, 0, 12 * 16, 16)
    assert [chord.root for chord in found] == [0, 0, 0, 0, 5, 5, 0, 0, 7, 5, 0, 7]
    assert {chord.tones for chord in found} == {(0, 4, 7, 10)}


# time


def test_the_clock_keeps_tempo_and_swings():
    assert Clock("4/4", 120).seconds(16) == pytest.approx(2.0)
    assert Clock("6/8", 60).seconds(12) == pytest.approx(2.0)
    swung = Clock("4/4", 60, swing=1.0).seconds(np.arange(5.0))
    assert swung[[0, 2, 4]] == pytest.approx([0, 2 / 3, 1])  # the second eighth is the third of a triplet
    drifting = Clock("4/4", 120, drift=np.array([0.1, 0.0])).seconds(np.array([16, 32, 48]))
    assert drifting == pytest.approx([2.2, 4.2, 6.2])


def test_people_play_near_the_beat_and_in_order():
    written = [Note(float(step), 2.0, 60, 0.7) for step in range(64)]
    heard = played(written, Clock("4/4", 120), chance(), loose_s=0.01)
    off = np.array([note.start for note in heard]) - np.arange(64) / 8
    assert 0.004 < off.std() < 0.016 and np.abs(off).max() < 0.06
    assert np.ptp([note.velocity for note in heard]) > 0.05


# parts


@pytest.mark.parametrize("beat", drum_patterns.BEATS)
@pytest.mark.parametrize("metre", METRES)
def test_drum_patterns_fill_a_bar(beat, metre):
    row = drum_patterns.random_bar(chance(), beat, metre)
    assert {len(steps) for steps in row.values()} == {METRES[metre][0]}
    assert set("".join(row.values())) <= set("xXg.")


def test_a_fill_ends_a_section():
    bars = [(0.0, 0.7, False), (16.0, 0.7, True)]
    toms = {key for n in range(20) for key in _keys_of(drum_patterns.drum_part(chance(n), "rock", "4/4", bars, 16), 16)}
    assert set(drum_patterns.TOMS) & toms
    assert not set(drum_patterns.TOMS) & _keys_of(drum_patterns.drum_part(chance(), "rock", "4/4", bars[:1], 16), 0)


def _keys_of(notes: list[Note], first: float) -> set[int]:
    return {note.key for note in notes if note.start >= first}


@pytest.mark.parametrize("line", LINES)
def test_a_bass_begins_each_chord_with_its_root_and_stays_low(line):
    found = bass_part(chance(1), line, chords(), 4)
    assert all(24 <= note.key <= 67 and note.length > 0 for note in found)
    if line not in ("groove", "offbeat"):
        for chord in chords():
            assert next(note for note in found if note.start >= chord.start).key % 12 == chord.root


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(("bar_steps", "chord_steps"), [(12, 12), (16, 16), (16, 8), (16, 32)])
def test_parts_play_notes_of_their_chords(kind, bar_steps, chord_steps):
    under = chords(4, chord_steps)
    notes = [note for seed in range(12) for note in WRITERS[kind](chance(seed), C_MAJOR, under, bar_steps)]
    assert notes and all(0 <= note.key <= 127 and note.length > 0 and 0 < note.velocity <= 1 for note in notes)
    assert {note.key % 12 for note in notes} <= set(C_MAJOR.scale) | {p for c in under for p in c.pitches} | {
        (p + 7) % 12 for c in under for p in c.pitches
    }


def test_a_melody_stays_in_its_compass_and_breathes():
    notes = melody(chance(2), C_MAJOR, chords(8), Range(57, 69), 16)
    pitches = {*C_MAJOR.scale, *(pitch for chord in chords(8) for pitch in chord.pitches)}
    assert all(55 <= note.key <= 71 and note.key % 12 in pitches for note in notes)
    sung = np.zeros(8 * 16 * 4, bool)
    for note in notes:
        sung[int(note.start * 4) : int((note.start + note.length) * 4)] = True
    assert 0.2 < sung.mean() < 0.95


def test_a_second_voice_is_a_third_above():
    assert [note.key for note in harmonised([Note(0, 1, 60, 1), Note(1, 1, 62, 1)], C_MAJOR, 2)] == [64, 65]


def test_arrangements_let_everyone_rest():
    found = [section for seed in range(60) for section in arrange(chance(seed), 64, 16, 2)]
    for name in ("drums", "bass", "vocals"):
        assert 0.3 < np.mean([getattr(section, name) for section in found]) < 0.97
    assert {section.length % 16 for section in found} == {0}
    one = arrange(chance(1), 200, 16, 1)
    assert sum(section.length for section in one) >= 200
    assert len(drum_bars(one, 16)) == sum(section.length // 16 for section in one if section.drums)


def test_every_style_names_what_there_is():
    for style in STYLES.values():
        assert set(style.beats) <= set(drum_patterns.BEATS) and set(style.lines) <= set(LINES)
        assert set(style.parts) <= set(PLAYERS) == set(WRITERS) and style.chords in CHORDS_OF
        assert set(style.metres) <= set(METRES)


# sound


@pytest.mark.parametrize(
    ("response", "numerator", "denominator"),
    [
        (effects.low_cut(100.0), [1, 0, 0], [1, 2**0.5, 1]),
        (effects.high_cut(100.0), [1], [1, 2**0.5, 1]),
    ],
)
def test_filters_are_butterworths(response, numerator, denominator):
    _, expected = freqs(numerator, denominator, effects.HZ / 100)
    assert np.allclose(response, expected)


def test_bells_and_shelves_have_their_gain_where_they_say():
    def gain(response: np.ndarray, hz: float) -> float:
        return float(np.interp(hz, effects.HZ, 20 * np.log10(np.abs(response))))

    assert gain(effects.bell(1000, 1.0, 6.0), 1000) == pytest.approx(6, abs=0.01)
    assert gain(effects.low_shelf(200, -6.0), 10) == pytest.approx(-6, abs=0.05)
    assert gain(effects.high_shelf(2000, 6.0), 20_000) == pytest.approx(6, abs=0.1)
    assert gain(effects.high_shelf(2000, 6.0), 20) == pytest.approx(0, abs=0.01)


def test_filtering_is_convolution_and_a_flat_filter_changes_nothing():
    sound = np.random.default_rng(0).standard_normal((2, 3000)).astype(np.float32)
    flat = np.ones(len(effects.HZ))
    assert np.abs(effects.filtered(sound, flat) - sound).max() < 1e-5
    later = np.zeros((2, 101), np.float32)
    later[:, 100] = 0.5
    heard = effects.filtered(sound, flat, later)
    assert np.abs(heard[:, 100:] - sound[:, 100:] - 0.5 * sound[:, :-100]).max() < 1e-5


def test_a_compressor_brings_loud_and_soft_together():
    t = np.arange(44100) / 44100
    sound = np.tile(np.sin(2 * np.pi * 220 * t) * np.where(t < 0.5, 1.0, 0.1), (2, 1)).astype(np.float32)
    heard = effects.compressed(sound, -20.0, 4.0)
    loud, soft = np.abs(heard[0, 11025:20000]).max(), np.abs(heard[0, 38000:]).max()
    assert 20 * np.log10(loud / soft) == pytest.approx(20 - 15, abs=1.0)


def test_mono_is_mono_and_the_left_is_left():
    sound = np.random.default_rng(0).standard_normal((2, 100)).astype(np.float32)
    left, right = effects.placed(sound, 0.0, 0.0)
    assert np.allclose(left, right)
    assert np.abs(effects.placed(sound, -1.0, 0.5)[1]).max() < 1e-5


@pytest.mark.parametrize("kind", ROOMS)
def test_a_room_dies_away_and_has_the_energy_asked_for(kind):
    response = room(chance(), kind, 0.4)
    assert np.sqrt((response**2).sum(1).mean()) == pytest.approx(0.4, rel=1e-3)
    third = response.shape[1] // 3
    assert (response[:, :third] ** 2).sum() > 10 * (response[:, -third:] ** 2).sum()
    assert not np.allclose(response[0], response[1])


def test_echoes_come_at_their_distance():
    response = np.abs(echo(chance(1), 0.1, 0.5)).max(0)
    assert response[:4000].max() == 0 and response[4410 - 1 : 4410 + 40].max() > 0.05


def test_a_background_hisses_and_sometimes_hums():
    heard = [background(chance(seed), 44_100, 0.01)[0] for seed in range(8)]
    assert min(sound.std() for sound in heard) == pytest.approx(0.01, rel=0.02)
    humming = [sound for sound in heard if sound.std() > 0.0105]
    assert 0 < len(humming) < 8
    power = np.abs(np.fft.rfft(humming[0])) ** 2
    assert power[[50, 60, 100, 120, 150, 180, 200, 240, 300, 360]].max() > 100 * np.median(power)


def test_a_synthesiser_plays_the_pitch_and_folds_nothing_back():
    timbre = replace(synthesiser.random_timbre(chance(), "lead"), cents=(0.0,), sustain=1.0, attack_s=0.01)
    timbre = replace(timbre, harmonics=(1 / np.arange(1, 161)).astype(np.float32))
    sound = synthesiser.synthesise([Note(0.0, 1.0, 93, 1.0)], timbre, 44100)[0]  # A6, 1760 Hz
    power = np.abs(np.fft.rfft(sound * np.hanning(44100))) ** 2
    harmonic = sum(power[1760 * k - 30 : 1760 * k + 31].sum() for k in range(1, 13))
    assert power[1700:1820].argmax() + 1700 == pytest.approx(1760, abs=2)
    assert power.sum() - harmonic < 1e-3 * power.sum()


def test_a_drum_machine_strikes_where_it_is_told():
    strokes = drum_machine.drum_set(chance())
    assert set(strokes) == set(drum_machine.MADE_HERE)
    assert all(np.isfinite(stroke).all() and np.abs(stroke).max() > 0.05 for stroke in strokes.values())
    sound = drum_machine.strike([Note(0.5, 0.1, drum_patterns.KICK, 0.9)], strokes, 44100, chance())
    assert np.abs(sound[:, :22050]).max() == 0 < np.abs(sound[:, 22050:22600]).max()
    low = np.abs(np.fft.rfft(strokes[drum_patterns.KICK], 44100)) ** 2
    assert low[20:200].sum() > 0.5 * low.sum()


# voice


def test_pulses_have_equal_harmonics_at_their_pitch():
    pulses = voice.pulse_train(np.full(44100, 200.0))
    level = np.abs(np.fft.rfft(pulses)) * 2 / 44100
    assert level[200:17_900:200] == pytest.approx(1.0, abs=0.02)
    level[200:18_100:200] = 0
    assert level[1:].max() < 0.02


def test_the_pitch_reaches_its_notes_and_swings():
    manner = voice.Manner(1.0, 5.0, 0.06, 0.0, 0.0, 0.0, 0.0, 0.0)
    notes = [Note(0.0, 1.0, 60, 0.8), Note(1.0, 2.0, 64, 0.8)]
    pitch = voice.pitch_curve(chance(), notes, manner, 3 * 44100)
    at = np.arange(len(pitch)) * voice.CONTROL / 44100
    assert pitch[(at > 0.05) & (at < 0.15)] == pytest.approx(60, abs=0.1)
    held = pitch[(at > 2) & (at < 2.9)]
    assert held.mean() == pytest.approx(64, abs=0.1) and 0.8 < np.ptp(held) < 1.3


def spoken(formants_hz: tuple[float, ...], f0_hz: float = 110.0) -> np.ndarray:
    """Return half a second of a vowel at 22.05 kHz: a pulse train through resonances."""
    t = np.arange(11025) / 22050
    k = np.arange(1, int(10_000 / f0_hz))
    gain = sum(1 / (1 + ((k * f0_hz - f) / 80) ** 2) for f in formants_hz) + 1e-3
    return (np.cos(2 * np.pi * f0_hz * np.outer(t, k)) @ gain).astype(np.float32) * 0.05


def test_a_voice_keeps_the_formants_and_takes_the_melodys_pitch():
    take = syllables.analysed(spoken((700.0, 1200.0, 2600.0)))
    assert take.vowel[1] - take.vowel[0] > 60
    flat = np.zeros(513)
    sung = syllables.pronounced(take, 1.0, flat)
    manner = voice.Manner(0.0, 5.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0)
    sound = voice.sing(chance(), [Note(0.1, 0.8, 52, 0.8)], [sung], manner, 44100)  # E3, 164.8 Hz
    part = sound[15_000:31_384] * np.hanning(16_384)
    power = np.abs(np.fft.rfft(part)) ** 2
    hz = np.fft.rfftfreq(16_384, 1 / 44100)
    lags = np.fft.irfft(power)[100:600]
    assert 44100 / (lags.argmax() + 100) == pytest.approx(164.8, rel=0.02)
    assert power[(hz > 500) & (hz < 900)].sum() > 20 * power[(hz > 1600) & (hz < 2300)].sum()
    assert power[(hz > 2400) & (hz < 2800)].sum() > 3 * power[(hz > 1700) & (hz < 2100)].sum()
    higher = syllables.pronounced(take, 1.3, flat).responses.real[40]
    ratio = higher[:300].argmax() / sung.responses.real[40][:300].argmax()
    assert ratio == pytest.approx(1.3, rel=0.08)


def test_a_rough_voice_sings_the_same_pitch_unevenly():
    sung = [syllables.pronounced(syllables.analysed(spoken((700.0, 1200.0))), 1.0, np.zeros(513))]
    smooth = voice.Manner(0.0, 5.0, 0.05, 0.0, 0.0, 0.0, 0.0, 0.0)
    clean, rough = (
        voice.sing(chance(), [Note(0.1, 0.8, 52, 0.8)], sung, replace(smooth, rough=rough), 44100)
        for rough in (0.0, 0.5)
    )
    level = [np.abs(sound[10_000:34_000]).reshape(-1, 400).max(1) for sound in (clean, rough)]
    assert level[1].std() / level[1].mean() > 1.5 * level[0].std() / level[0].mean()


def test_noise_is_not_taken_for_a_vowel():
    hiss = (np.random.default_rng(0).standard_normal(8000) * 0.1).astype(np.float32)
    take = syllables.analysed(hiss)
    assert take.vowel[1] - take.vowel[0] < 5 and take.voiced.mean() < 0.2


def test_speech_is_parted_at_silence():
    one = spoken((500.0, 1500.0))[:6000]
    gap = np.zeros(5000, np.float32)
    assert [len(part) > 5500 for part in syllables.parted(np.concatenate([gap, one, gap, one, gap]))] == [True, True]
    assert syllables.parted(gap) == []


# mixing


def random_stems(n: int = 40_000) -> np.ndarray:
    stems = np.random.default_rng(0).standard_normal((4, 2, n)).astype(np.float32) * 0.1
    stems[0, :, ::8000] = 4.0
    return stems


@pytest.mark.parametrize("seed", range(6))
def test_a_master_changes_all_stems_by_one_gain_and_nothing_exceeds_full_scale(seed):
    stems = random_stems()
    after = mixing.mastered(stems, chance(seed))
    gains = after / stems
    assert np.abs(gains - gains[:1, :1]).max() < 1e-4 * gains.max()
    assert gains.min() > 0
    assert max(np.abs(after).max(), np.abs(after.sum(0)).max()) <= 1 + 1e-6


def test_a_limiter_holds_its_ceiling():
    mix = random_stems().sum(0)
    gain = mixing.limiter_gain(mix, 1.0)
    assert np.abs(mix * gain).max() <= 1.0001 and gain.max() <= 1
    assert np.abs(np.diff(gain)).max() < 0.02


def test_levels_leave_silence_out():
    sound = np.zeros((2, 88_200), np.float32)
    sound[:, :44_100] = np.sin(np.arange(44_100) * 0.1)
    assert mixing.active_level_db(sound) == pytest.approx(-3.01, abs=0.05)
    assert mixing.active_level_db(mixing.at_level(sound, -20.0)) == pytest.approx(-20, abs=0.01)
    assert not mixing.at_level(np.zeros((2, 5000), np.float32), -20.0).any()


def test_silence_can_be_mastered():
    assert not mixing.mastered(np.zeros((4, 2, 5000), np.float32), chance()).any()


# songs


def test_a_song_is_four_stems_that_add_up_and_depends_on_its_seed_alone(sounds):
    song = make_song(3, 0, 3.0, sounds)
    assert song.stems.shape == (4, 2, 3 * SAMPLE_RATE_HZ) and song.stems.dtype == torch.float32
    assert (song.sample_rate, song.names) == (44100, STEMS)
    assert torch.equal(song.mix, song.stems[0] + song.stems[1] + song.stems[2] + song.stems[3])
    assert 0.01 < song.mix.abs().max() <= 1
    other = make_song(4, 0, 3.0, sounds)
    assert not torch.equal(other.stems, song.stems)
    assert torch.equal(make_song(3, 0, 3.0, sounds).stems, song.stems)  # whatever was played in between
    assert isinstance(pickle.loads(pickle.dumps(song)), Song) and pickle.loads(pickle.dumps(sounds)) == sounds


def test_every_stem_is_heard_in_some_song_and_not_in_every_moment(sounds):
    songs = torch.cat([make_song(i, 1, 3.0, sounds).stems for i in range(8)], 2)
    active = songs.abs().amax(1).unfold(1, 4410, 4410).amax(2) > 1e-3  # (4, parts of 0.1 s)
    assert (active.float().mean(1) > 0.2).all() and (active.float().mean(1) < 1).all()


@pytest.mark.parametrize(("index", "duration_s"), [(-1, 3.0), (0, 0.1), (0, 1e6), (0, float("nan"))])
def test_refuses_what_is_no_song(index, duration_s):
    with pytest.raises(InvalidInput):
        make_song(index, 0, duration_s, Sounds((Path("none.sf2"),), Path("none")))


def test_says_what_to_install(tmp_path, monkeypatch):
    with pytest.raises(InvalidInput, match="fluid-soundfont-gm"):
        Sounds.find(tmp_path)
    (tmp_path / "a.sf2").write_bytes(b"")
    monkeypatch.setattr("engine.datasets.songs.sounds.shutil.which", lambda name: None)
    with pytest.raises(EngineError, match="Install the package espeak-ng"):
        Sounds.find(tmp_path)
    with pytest.raises(EngineError, match="Install the package espeak-ng"):
        syllables.speak(tmp_path / "absent", ["ba"], "en", 150)


# pool


def test_a_pool_gives_crops_of_what_was_drawn(tmp_path):
    drawn = torch.randint(-30_000, 30_000, (2, 4, 2, song_pool.N_SAMPLES), dtype=torch.int16, generator=generator(0))
    files = [tmp_path / "songs_0_0.safetensors", tmp_path / "songs_0_2.safetensors"]
    for file in files:
        save_file({"stems": drawn}, file)
    pool = pickle.loads(pickle.dumps(song_pool.Pool(files, part=2)))
    assert len(pool) == 4
    assert torch.equal(pool.stems(3, 100, 50), drawn[1, :, :, 100:150] / 32767)
    assert torch.equal(pool.stem(0, 3, 7, 5), drawn[0, 3, :, 7:12] / 32767)
    batch = pool.crops(3, 1000, generator(1))
    assert batch.shape == (3, 4, 2, 1000) and torch.equal(batch, pool.crops(3, 1000, generator(1)))
    for song, start in ((4, 0), (-1, 0), (0, -1), (0, song_pool.N_SAMPLES)):
        with pytest.raises(InvalidInput):
            pool.stems(song, start, 10)


def test_a_pool_that_was_not_drawn_says_so(tmp_path):
    with pytest.raises(InvalidInput, match="song_pool"):
        song_pool.load(tmp_path, 10)


def test_drawing_goes_on_with_what_is_missing(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(song_pool, "draw_part", lambda first, n, seed, sounds: asked.append(first) or torch.zeros(1))
    song_pool._draw_to(song_pool._file(tmp_path, 0, 0), 0, 0, None)
    assert [path.name for path in tmp_path.iterdir()] == ["songs_0_0.safetensors"] and asked == [0]
    song_pool.draw(tmp_path, 10, None)  # nothing is missing: no process is started
    assert asked == [0]


def test_a_part_of_the_pool_is_the_songs_in_16_bits(sounds, monkeypatch):
    monkeypatch.setattr(song_pool, "SONG_S", 1.0)
    part = song_pool.draw_part(5, 1, 0, sounds)
    assert part.dtype == torch.int16
    assert (part[0] / 32767 - make_song(5, 0, 1.0, sounds).stems).abs().max() < 2e-5
