// Several tracks played in step. A song is a row of pieces, each with one encoded sound for every track; more pieces may come
// while it plays. Only the pieces near the playhead are decoded, so that a long song needs no more memory than a short one.

const AHEAD = 0.6, TICK = 120, SOON = 0.04, NEAR = 3; // s queued ahead; ms between two looks; s until a start; pieces kept each side
const EPSILON = 1e-4; // s
const AGAIN = 1000, TRIES = 5; // ms until a part that could not be fetched is asked for again; how often before it is given up

class Timeline {
  constructor(heard) {
    this.heard = heard; // called when what is shown may have changed
    this.pieces = []; this.tracks = []; this.duration = 0; this.place = 0; this.loop = null;
    this.playing = false; this.waiting = false; this.sounds = new Map(); this.queue = []; this.voices = new Set();
  }

  load({ pieces, tracks, duration, rate }) {
    if (this.ctx && (rate !== this.rate || tracks.length !== this.tracks.length)) this.close();
    this.pieces = pieces; this.tracks = tracks; this.duration = duration; this.rate = rate;
    this.place = Math.min(this.place, duration);
    if (this.playing) this.pump();
  }

  open() { // only after a touch or a key may a page make a sound
    this.ctx = new AudioContext({ sampleRate: this.rate });
    this.master = new GainNode(this.ctx); this.master.connect(this.ctx.destination);
    this.lanes = this.tracks.map(() => {
      const gain = new GainNode(this.ctx, { gain: 0 }), pan = new StereoPannerNode(this.ctx), meter = new AnalyserNode(this.ctx, { fftSize: 1024 });
      gain.connect(pan).connect(meter).connect(this.master);
      return { gain, pan, meter, samples: new Float32Array(1024) };
    });
    this.level(true);
  }

  // ---- what is heard: gains are amplitudes, pans from −1 to 1
  set(levels) { this.levels = levels; this.level(false); }

  level(at_once) {
    if (!this.ctx || !this.levels) return;
    this.levels.forEach(({ gain, pan }, k) => {
      const lane = this.lanes[k], now = this.ctx.currentTime;
      if (at_once) { lane.gain.gain.value = gain; lane.pan.pan.value = pan; return; }
      lane.gain.gain.setTargetAtTime(gain, now, 0.015); lane.pan.pan.setTargetAtTime(pan, now, 0.015); // a jump would click
    });
  }

  meter(k) { // highest sample of the last 23 ms
    if (!this.playing || !this.lanes) return 0;
    const { meter, samples } = this.lanes[k];
    meter.getFloatTimeDomainData(samples);
    return samples.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  }

  // ---- time
  now() {
    if (!this.playing) return this.place;
    const t = this.ctx.currentTime;
    while (this.queue.length > 1 && this.queue[1].time <= t) this.queue.shift();
    const [own] = this.queue;
    if (own) this.place = own.place + Math.min(Math.max(t - own.time, 0), own.length);
    return this.place;
  }

  end() { return this.loop ? this.loop[1] : this.duration; }

  async play() {
    if (!this.ctx) this.open();
    if (this.ctx.state === "suspended") await this.ctx.resume();
    this.playing = true; this.failed = null;
    if (this.place >= this.end() - EPSILON || (this.loop && this.place < this.loop[0])) this.place = this.loop ? this.loop[0] : 0;
    this.from(this.place);
    this.timer = setInterval(() => this.pump(), TICK);
  }

  pause() {
    this.now();
    this.playing = this.waiting = false;
    clearInterval(this.timer);
    this.silence(); this.heard();
  }

  seek(place) {
    this.place = Math.min(Math.max(place, 0), this.duration);
    if (this.playing) this.from(this.place);
    this.heard();
  }

  repeat(region) {
    this.loop = region;
    if (this.playing) this.from(this.now());
  }

  from(place) {
    this.silence();
    this.next = { time: this.ctx.currentTime + SOON, place };
    this.pump();
  }

  silence() {
    this.voices.forEach((voice) => voice.stop());
    this.voices.clear(); this.queue = [];
  }

  // ---- queueing
  pump() {
    if (!this.playing) return;
    const was = this.waiting;
    this.waiting = false;
    while (this.next.time < this.ctx.currentTime + AHEAD) {
      const { place } = this.next, end = this.end();
      if (place >= end - EPSILON) {
        if (this.loop) { this.next.place = this.loop[0]; continue; }
        if (this.ctx.currentTime >= this.next.time) { this.place = this.duration; this.pause(); }
        break;
      }
      const k = this.pieces.findIndex((p) => p.start <= place + EPSILON && place < p.end - EPSILON), sounds = k < 0 ? [] : this.take(k);
      if (k < 0 || sounds.some((s) => !s)) { this.waiting = this.ctx.currentTime >= this.next.time - SOON; break; }
      this.start(this.pieces[k], sounds, Math.min(this.pieces[k].end, end));
    }
    if (this.waiting !== was) this.heard();
  }

  start(piece, sounds, stop) {
    const { place } = this.next, time = Math.max(this.next.time, this.ctx.currentTime + SOON / 2), length = stop - place;
    sounds.forEach((buffer, k) => {
      const voice = new AudioBufferSourceNode(this.ctx, { buffer });
      voice.connect(this.lanes[k].gain);
      voice.start(time, Math.max(place - piece.start, 0), length);
      voice.onended = () => this.voices.delete(voice);
      this.voices.add(voice);
    });
    this.queue.push({ time, place, length });
    this.next = { time: time + length, place: stop };
  }

  // The decoded sounds of piece k, one a track, undefined while they are on their way; the next piece is asked for as well.
  take(k) {
    for (const address of [...this.sounds.keys()]) if (!this.pieces.slice(Math.max(0, k - NEAR), k + NEAR + 1).some((p) => p.sounds.includes(address))) this.sounds.delete(address);
    if (this.pieces[k + 1]) this.pieces[k + 1].sounds.forEach((address) => this.fetch(address));
    return this.pieces[k].sounds.map((address) => this.fetch(address));
  }

  fetch(address) {
    if (!this.sounds.has(address)) {
      if (this.failed && performance.now() < this.failed.at + AGAIN) return undefined;
      this.sounds.set(address, null);
      fetch(new URL(address, location.origin))
        .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(answer.status))))
        .then((bytes) => this.ctx.decodeAudioData(bytes))
        .then((buffer) => { this.sounds.set(address, buffer); this.failed = null; this.pump(); })
        .catch(() => { this.sounds.delete(address); this.miss(); });
    }
    return this.sounds.get(address) || undefined;
  }

  miss() { // without a part there is nothing to play: after some tries the play button is the way on
    const at = performance.now(), last = this.failed;
    this.failed = last && at < last.at + AGAIN ? last : { at, tries: (last ? last.tries : 0) + 1 }; // the tracks of a part fail together
    if (this.failed.tries >= TRIES && this.playing) this.pause();
    this.heard();
  }

  get gone() { return Boolean(this.failed) && this.failed.tries >= TRIES; }

  close() {
    clearInterval(this.timer);
    this.playing = this.waiting = false;
    this.voices.clear(); this.queue = []; this.sounds.clear();
    if (this.ctx) this.ctx.close();
    this.ctx = undefined;
  }
}
