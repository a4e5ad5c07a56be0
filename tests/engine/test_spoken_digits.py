"""The world of spoken digits, and how words and phrases are recorded: seeded, bounded, as described."""

import math
import stat

import pytest
import torch

from engine.datasets.recording import Clips, Recording, channel, noise, recorded
from engine.datasets.recording.microphone import mu_law
from engine.datasets.spoken_digits import DIGITS, LABELS, OTHER, OTHER_WORDS, Batches, Voice, mostly_gone, voices
from engine.datasets.spoken_digits.examples import shortened
from engine.datasets.spoken_digits.speech import SAMPLE_RATE_HZ, Manner, say, trimmed, written
from engine.datasets.spoken_digits.voices import HELD_OUT_VARIANTS, VARIANTS
from engine.datasets.spoken_digits.words import SPELLED
from engine.errors import EngineError, InvalidInput
from engine.io.audio import encode_audio
from engine.recipes import spoken_digit_pool
from engine.recipes.spoken_digit_pool import HELD_OUT_SEED, draw, draw_part, groups, pool_file
from engine.runtime.seeds import generator

PLAIN = {
    "slowest": 1.0,
    "fastest": 1.0,
    "equaliser_db": 0.0,
    "telephone": 0.0,
    "in_room": 0.0,
    "noisy": 0.0,
    "distorted": 0.0,
}


def tone(hz, seconds=0.5, rate=16_000):
    return torch.sin(2 * torch.pi * hz * torch.arange(round(seconds * rate)) / rate)


def as_clips(*sounds):
    lengths = torch.tensor([len(sound) for sound in sounds])
    return torch.stack([torch.nn.functional.pad(sound, (0, 16_000 - len(sound))) for sound in sounds]), lengths


@pytest.fixture
def clips():
    sounds = [0.5 * tone(300 + 100 * k, 0.3 + 0.02 * k) for k in range(2 * len(LABELS))]
    labels = [k % len(LABELS) for k in range(len(sounds))]
    return Clips.join(sounds, labels, labels)


# ---- words and voices


def test_words_are_told_apart():
    assert (*DIGITS, "other") == LABELS and LABELS[OTHER] == "other" and len(DIGITS) == 10
    assert all(len(spelled) == 10 and all(spelled) for spelled in SPELLED.values())
    spoken = {*DIGITS, *(word for spelled in SPELLED.values() for word in spelled), "to", "too", "for", "won", "ate"}
    assert not spoken & {word.lower() for word in OTHER_WORDS} and len(set(OTHER_WORDS)) > 150


def test_whole_voices_are_held_out():
    every = voices()
    assert len({voice.name for voice in every}) == len(every) > 1000
    assert set(VARIANTS) > HELD_OUT_VARIANTS and len(HELD_OUT_VARIANTS) == 16
    learned, held_out = (groups(which) for which in (False, True))
    assert all(learned.values()) and all(held_out.values())
    variants = [{every[k].voice.split("+")[-1] for k in one["English"]} for one in (learned, held_out)]
    assert not variants[0] & variants[1] and variants[1] == HELD_OUT_VARIANTS
    assert {every[k].voice for k in learned["flite"]}.isdisjoint({every[k].voice for k in held_out["flite"]})


def test_a_digit_is_spelled_as_the_language_of_the_voice_has_it():
    german, scot = Voice("espeak-ng", "de+m1"), Voice("espeak-ng", "en-gb-scotland+f2")
    assert written(7, german) == "ßewen" and written(7, scot) == "seven" and written("hello", german) == "hello"
    assert written(0, Voice("flite", "slt", 180)) == "zero"


# ---- speech


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a program of this name on the path that says a tone of half a second, and notes how it was called."""

    def put(name):
        sound = torch.cat([torch.zeros(4000), 0.5 * tone(500), torch.zeros(4000)])
        (tmp_path / "tone.wav").write_bytes(encode_audio(sound, SAMPLE_RATE_HZ))
        file = tmp_path / name
        is_out = '[ "$before" = -w ] || [ "$before" = -o ]'
        copy = f'for last; do if {is_out}; then cp "{tmp_path}/tone.wav" "$last"; fi; before="$last"; done'
        file.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/called"\nbefore=\n{copy}\nexit 0\n')
        file.chmod(file.stat().st_mode | stat.S_IEXEC)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        return lambda: (tmp_path / "called").read_text()

    return put


def test_what_a_program_says_is_trimmed(program):
    called = program("espeak-ng")
    said = say("seven", Voice("espeak-ng", "en-us+f2"), Manner(pace=1.5, pitch=1.2))
    assert 0.5 <= len(said) / SAMPLE_RATE_HZ < 0.53 and said.abs().max() == pytest.approx(0.5, abs=0.01)
    assert called().startswith("-v en-us+f2 -p 60 -s 255 -w ") and called().endswith("seven\n")


def test_flite_is_asked_for_pitch_and_pace(program):
    called = program("flite")
    say("seven", Voice("flite", "rms", 100), Manner(pace=2, pitch=0.9, range=2))
    for part in ("-voice rms", "duration_stretch=0.500", "int_f0_target_mean=90.000", "int_f0_target_stddev=30.000"):
        assert part in called()


def test_a_program_that_is_not_there_or_says_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="flite must be installed"):
        say("one", Voice("flite", "slt", 180), Manner())
    mute = tmp_path / "flite"
    mute.write_text("#!/bin/sh\nexit 0\n")
    mute.chmod(0o755)
    with pytest.raises(EngineError, match="must be a sound"):
        say("one", Voice("flite", "slt", 180), Manner())


def test_trimming_keeps_what_can_be_heard_and_at_most_a_second():
    word = torch.cat([torch.zeros(1600), tone(200, 0.3), 0.5 * tone(200, 0.1), torch.zeros(3200)])
    assert 6400 <= len(trimmed(word)) <= 6400 + 4 * 80
    assert len(trimmed(tone(200, 2.0))) == SAMPLE_RATE_HZ
    assert len(trimmed(torch.zeros(800))) == 800


# ---- clips


def test_clips_keep_their_sounds(tmp_path, clips):
    k = 5
    torch.testing.assert_close(clips.sound(k), 0.5 * tone(800, 0.4), atol=1 / 32767, rtol=0)
    batch, lengths = clips.batch(torch.tensor([k, 0]), 5000)
    assert batch.shape == (2, 5000) and lengths.tolist() == [5000, 4800] and not batch[1, 4800:].any()
    torch.testing.assert_close(batch[0], clips.sound(k)[:5000])
    spoken_digit_pool._write(clips, tmp_path / "clips.safetensors")
    again = Clips.load(tmp_path / "clips.safetensors")
    assert torch.equal(again.samples, clips.samples) and len(again) == len(clips)
    with pytest.raises(InvalidInput, match="drawn before a training"):
        Clips.load(tmp_path / "none.safetensors")


# ---- recording


def test_the_same_seed_records_the_same(clips):
    batch, lengths = clips.batch(torch.arange(12), 16_000)
    first, again, other = (recorded(batch, lengths, Recording(), generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.shape == (12, 8000) and first.abs().max() <= 1 and torch.isfinite(first).all()
    assert first.abs().amax(1).min() > 10 ** (-43 / 20)


def test_what_is_plainly_recorded_is_the_clip():
    batch, lengths = as_clips(tone(440, 0.5), tone(1000, 0.25))
    out = recorded(batch, lengths, Recording(**PLAIN, trimmed=1.0), generator(0))
    for sound, hz, seconds in zip(out, (440, 1000), (0.5, 0.25), strict=True):
        inside = torch.nonzero(sound).flatten()
        assert len(inside) == pytest.approx(seconds * 8000, abs=4)
        part = sound[inside[0] : inside[-1] + 1]
        own = torch.sin(2 * torch.pi * hz * torch.arange(len(part)) / 8000)
        spectrum, wanted = (torch.fft.rfft(one * torch.hann_window(len(one))).abs() for one in (part, own))
        assert spectrum.argmax() == wanted.argmax()


def test_speed_moves_pitch_and_length():
    batch, lengths = as_clips(tone(500, 0.5))
    out = recorded(batch, lengths, Recording(**{**PLAIN, "slowest": 1.2, "fastest": 1.2}, trimmed=1.0), generator(0))[0]
    inside = torch.nonzero(out).flatten()
    assert (inside[-1] - inside[0]).item() == pytest.approx(0.5 / 1.2 * 8000, abs=5)
    assert torch.fft.rfft(out).abs().argmax().item() == pytest.approx(600, abs=2)  # bins of 1 Hz


def test_nothing_is_left_above_half_the_new_rate():
    batch, lengths = as_clips(tone(5000, 1.0) + 0.01 * tone(1000, 1.0))
    out = recorded(batch, lengths, Recording(**PLAIN), generator(0))[0]
    spectrum = torch.fft.rfft(out[400:7600] * torch.hann_window(7200)).abs()
    assert spectrum.argmax().item() == 900 and spectrum[2600:2800].max() < 0.01 * spectrum[900]  # 3 kHz: the alias


def test_silence_stays_silence_without_noise():
    out = recorded(torch.zeros(3, 16_000), torch.zeros(3, dtype=torch.long), Recording(**PLAIN), generator(0))
    assert out[:, 0].isfinite().all()
    quiet = noise.hum(1, 8000, 8000, generator(0))
    assert quiet.square().mean().sqrt() == pytest.approx(1, abs=1e-4)


def test_noise_is_as_loud_as_asked_for():
    flat = {**PLAIN, "noisy": 1.0, "least_snr_db": 49.999}
    batch, lengths = as_clips(*[tone(1000, 1.0)] * 16)
    out = recorded(batch, lengths, Recording(**flat, trimmed=0.0), generator(1))
    spectrum = torch.fft.rfft(out * torch.hann_window(8000)).abs().square()
    tone_power = spectrum[:, 995:1006].sum(1)
    rest_db = 10 * ((spectrum.sum(1) - tone_power) / tone_power).log10()
    assert rest_db.max() < -25  # noise at −50 dB, hum up to as much, and the onset of the tone


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_the_colours_it_is_drawn_with(seed):
    sound = noise.coloured(64, 8192, 8000, generator(seed))
    torch.testing.assert_close(sound.square().mean(1), torch.ones(64))
    power = torch.fft.rfft(sound).abs().square()
    low, high = power[:, 60:300].mean(1), power[:, 1500:4000].mean(1)
    db = 10 * (low / high).log10()
    assert db.max() > 12 and db.min() < -4 and 0 < db.median() < 15


def test_a_band_ends_at_its_corners():
    hz = torch.tensor([10.0, 300.0, 1000.0, 3400.0, 7900.0])
    gains = channel.band(hz, torch.tensor([[300.0]]), torch.tensor([[3400.0]]))[0]
    assert gains[[1, 3]].tolist() == pytest.approx([math.sqrt(0.5)] * 2, rel=1e-3)
    assert gains[2] > 0.99 and gains[0] < 1e-6 and gains[4] < 0.01


def test_rooms_die_away():
    tail = torch.fft.irfft(channel.room(20_000, 16_000, 8, generator(0)), 20_000)
    torch.testing.assert_close(tail.square().sum(1), torch.ones(8))
    assert (tail[:, :1000].square().sum(1) > tail[:, 2000:4000].square().sum(1)).all() and tail[
        :, 4000:
    ].abs().max() < 1e-5


def test_the_mu_law_has_fine_steps_for_soft_sounds():
    x = torch.linspace(-1, 1, 2001)
    y = mu_law(x)
    assert y[[0, 1000, 2000]].tolist() == pytest.approx([-1, 0, 1], abs=1e-6) and (y.diff() >= 0).all()
    assert (y - x).abs().max() < 0.025 and (y - x).abs()[990:1011].max() < 0.0005
    assert len(mu_law(torch.linspace(-1, 1, 200_001)).unique()) == 255


def test_settings_out_of_range_are_refused():
    with pytest.raises(InvalidInput, match="share with noise"):
        Recording(noisy=1.5)


# ---- batches


def test_every_digit_is_drawn_and_nothing_is_other(clips):
    sound, labels = Batches(clips, Recording()).draw(400, generator(0))
    assert sound.shape == (400, 8000) and sound.abs().max() <= 1
    shares = labels.bincount(minlength=11) / 400
    assert 0.12 < shares[OTHER] < 0.28 and shares[:10].min() > 0.04
    again = Batches(clips, Recording()).draw(400, generator(0))
    assert torch.equal(sound, again[0]) and torch.equal(labels, again[1])


def test_what_is_mostly_gone_keeps_an_end():
    batch, lengths = as_clips(*[torch.linspace(1, 2, 8000)] * 60)
    is_cut = torch.arange(60) < 50
    left, kept = mostly_gone(batch, lengths, is_cut, generator(0))
    assert kept[50:].tolist() == [8000] * 10 and torch.equal(left[50:], batch[50:])
    assert kept[:50].min() >= 0.1 * 8000 - 1 and kept[:50].max() <= 0.3 * 8000
    firsts = left[:50, 0]
    assert ((firsts == 1) | (firsts > 1.6)).all() and (firsts == 1).any() and (firsts > 1.6).any()


def test_little_is_taken_off_the_ends():
    batch, lengths = as_clips(*[torch.linspace(1, 2, 8000)] * 40)
    left, kept = shortened(batch, lengths, generator(0))
    assert kept.min() >= 8000 * (1 - 2 * 0.08) - 2 and kept.max() <= 8000 and left[:, 0].max() <= 1.081


# ---- the pool


def test_the_pool_is_drawn_in_parts_and_goes_on(tmp_path, monkeypatch, capsys):
    said = []

    def fake(text, voice, manner):
        said.append(voice)
        if len(said) == 3:
            raise EngineError("no sound")
        return 0.3 * tone(200 + 10 * len(said), 0.2)

    monkeypatch.setattr(spoken_digit_pool, "say", fake)
    monkeypatch.setattr(spoken_digit_pool, "PART", 20)
    draw(tmp_path, 50, HELD_OUT_SEED)
    pool = Clips.load(pool_file(tmp_path, HELD_OUT_SEED))
    assert len(pool) == 50 and len(said) == 51 and "does not say" in capsys.readouterr().out
    assert all(voices()[k].is_held_out for k in pool.sources.tolist())
    assert 0 < (pool.labels == OTHER).sum() < 20 and pool.sound(0).abs().max() == pytest.approx(1, abs=1e-4)
    (tmp_path / f"words_{HELD_OUT_SEED}_20.safetensors").unlink()
    draw(tmp_path, 50, HELD_OUT_SEED)
    assert len(said) == 71  # only the missing part
    torch.testing.assert_close(Clips.load(pool_file(tmp_path, HELD_OUT_SEED)).labels, pool.labels)


def test_what_is_learned_from_is_no_held_out_voice(monkeypatch):
    monkeypatch.setattr(spoken_digit_pool, "say", lambda text, voice, manner: 0.3 * tone(200, 0.1))
    first, again = (draw_part(0, 60, 0) for _ in range(2))
    assert not any(voices()[k].is_held_out for k in first.sources.tolist())
    assert torch.equal(first.labels, again.labels) and torch.equal(first.sources, again.sources)
