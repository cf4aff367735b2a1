"""The room's sound: a quiet hiss, keystrokes, and two voices by espeak-ng."""

import pathlib
import subprocess
import tempfile
import wave

import numpy as np

import timeline

RATE = 48000


def say(voice, pitch, speed, text):
    """Speech by espeak-ng at 48 kHz, without silence at the ends, its peak at 1."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "speech.wav")
        subprocess.run(["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "-w", str(path), text], check=True)
        with wave.open(str(path)) as file:
            rate, data = file.getframerate(), file.readframes(file.getnframes())
    samples = np.frombuffer(data, "<i2").astype(np.float32) / 32768
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    samples = samples[loud[0]:loud[-1] + 1]
    times = np.arange(int(len(samples) * RATE / rate)) * (rate / RATE)
    return np.interp(times, np.arange(len(samples)), samples / np.abs(samples).max())


def in_room(dry, rng):
    """The voice with the echo of a small furnished room (0.25 s), so that it sounds as through a webcam."""
    length = RATE // 4
    echo = rng.normal(0, 1, length) * np.exp(-np.arange(length) / (0.05 * RATE)) * 0.03
    echo[0] = 1.0
    size = 1 << int(np.ceil(np.log2(len(dry) + length)))
    return np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(echo, size), size)[:len(dry) + length]


def hiss(count, rng):
    """Brownish noise near -64 dBFS."""
    spectrum = np.fft.rfft(rng.normal(0, 1, count))
    shape = 1 / np.sqrt(1 + (np.fft.rfftfreq(count, 1 / RATE) / 300) ** 2)
    noise = np.fft.irfft(spectrum * shape, count)
    return noise * (10 ** (-64 / 20) / noise.std())


def keystrokes(track, rng):
    """Typing while the candidate sits alone."""
    for begin, end in ((2, 13), (20, 27), (39, 43), (64, 69)):
        t = begin + 0.3
        while t < end:
            click = rng.normal(0, 1, 900) * np.exp(-np.arange(900) / 110) * rng.uniform(0.006, 0.015)
            at = int(t * RATE)
            track[at:at + 900] += click
            t += rng.uniform(0.12, 0.5) if rng.random() < 0.9 else rng.uniform(1, 2)


def render(path, rng):
    """Writes the sound as WAV; returns when somebody speaks."""
    track = hiss(int(timeline.DURATION * RATE), rng)
    keystrokes(track, rng)
    spoken = []
    for begin, voice, pitch, speed, text in timeline.SPEECH:
        dry = say(voice, pitch, speed, text)
        voiced = in_room(dry, rng) * 0.25
        at = int(begin * RATE)
        track[at:at + len(voiced)] += voiced
        spoken.append((begin, round(begin + len(dry) / RATE, 3)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(track, -1, 1) * 32767).astype("<i2").tobytes())
    return spoken
