// A sound with its pictures and its tracks: a playhead that runs over the panels, a region to choose and to repeat, and for each
// track a fader, a pan, mute and solo, or one choice which of them is heard. Mixing and time are kept here; Python hears of the
// region and of the mix when they rest. With `zoom` the region is what the panels show: Python draws them anew, and it is repeated.

const DRAG = 4, REST = 250, SKIP = 5; // px until a press is a drag; ms until a change is reported; s an arrow key moves
const LOUDEST = 1.5, EVEN = { gain: 1, pan: 0, mute: false, solo: false };

const FINEST = 1e5; // parts of a second in which a region is told

const clock = (s, digits = 1) => `${Math.floor(s / 60)}:${(s % 60).toFixed(digits).padStart(3 + digits, "0")}`;
const digitsFor = (span) => (span > 10 ? 1 : span > 1 ? 2 : span > 0.1 ? 3 : 4);
const decibels = (gain) => (gain > 0 ? `${(20 * Math.log10(gain)).toFixed(1).replace("-", "−")} dB` : "−∞ dB");

class Mixer {
  constructor(root) {
    this.root = root; this.$ = (s) => root.querySelector(s);
    this.box = this.$(".mixer"); this.mix = []; this.views = {}; this.original = false; this.region = null; this.heard = 0;
    this.timeline = new Timeline(() => this.show());
    this.resize = new ResizeObserver(() => this.draw());
    this.resize.observe(this.box);
    this.$(".bar").addEventListener("click", (e) => { const b = e.target.closest("button"); if (b) this.command(b.dataset.do); });
    this.$(".place").addEventListener("input", (e) => this.timeline.seek(+e.target.value));
    this.box.addEventListener("keydown", (e) => this.key(e));
  }

  // ---- data in
  update(args) {
    this.args = args; this.theme = themeOf(this.root);
    if (args.data !== this.bytes) { this.bytes = args.data; this.scene = unpack(args.data); }
    const { scene } = this, fresh = scene.token !== this.token;
    if (fresh) { this.token = scene.token; this.timeline.close(); this.timeline.place = 0; this.region = null; this.timeline.loop = null; this.original = false; }
    this.timeline.load(scene);
    if (this.names !== scene.tracks.map((t) => t.name).join("|")) this.rows();
    const shape = JSON.stringify(scene.panels.map((p) => [p.key, p.span, p.height]));
    if (shape !== this.shape) { this.shape = shape; this.build(); }
    scene.panels.forEach((panel, n) => showCaption(this.$(".panels").children[n].firstChild, panel.title, panel.layers, this.theme));
    this.$("[data-do=compare]").hidden = scene.one || !scene.tracks.some((t) => t.whole);
    this.$("[data-do=whole]").textContent = scene.zoom ? "Whole sound" : "Whole";
    const given = JSON.stringify(scene.region || null);
    if (scene.zoom && (fresh || given !== this.said)) this.adopt(scene.region || null, given);
    this.level(); this.show();
    const isEven = this.mix.every((m) => Object.keys(EVEN).every((key) => m[key] === EVEN[key]));
    if (fresh && !isEven) this.changed(); // faders stay as they are with another sound: Python must hear of that
  }

  build() {
    this.$(".panels").replaceChildren(...this.scene.panels.map((panel) => {
      const figure = document.createElement("figure"), caption = document.createElement("figcaption"), canvas = document.createElement("canvas");
      figure.style.setProperty("--span", panel.span || 12);
      if (panel.height) figure.style.setProperty("--height", `${panel.height}px`);
      canvas.setAttribute("role", "img"); canvas.dataset.key = panel.key;
      canvas.addEventListener("pointerdown", (e) => this.press(panel.key, e));
      canvas.addEventListener("pointermove", (e) => this.move(panel.key, e));
      canvas.addEventListener("pointerup", (e) => this.release(panel.key, e));
      canvas.addEventListener("pointercancel", () => { this.held = null; });
      canvas.addEventListener("pointerleave", (e) => { if (e.pointerType !== "touch") this.$(".tip").hidden = true; });
      figure.append(caption, canvas);
      return figure;
    }));
  }

  // A region that Python sets: from a link, or by a control.
  adopt(region, given) {
    this.said = given; this.region = region;
    this.timeline.repeat(region);
    if (region && (this.timeline.now() < region[0] || this.timeline.now() > region[1])) this.timeline.seek(region[0]);
  }

  // ---- the tracks
  rows() {
    const { tracks, one } = this.scene;
    this.names = tracks.map((t) => t.name).join("|");
    this.mix = tracks.map((t, k) => ({ ...EVEN, ...(this.scene.mix || [])[k] }));
    this.heard = Math.min(this.heard, tracks.length - 1);
    this.$(".tracks").hidden = one || tracks.filter((t) => !t.whole).length < 2;
    this.$(".choices").hidden = !one || tracks.length < 2;
    this.$(".choices").replaceChildren(...(one ? tracks : []).map((t, k) => this.choice(t, k)));
    this.$(".tracks").replaceChildren(...tracks.map((t, k) => this.row(t, k)));
  }

  choice(track, k) {
    const b = document.createElement("button"), mark = document.createElement("i");
    b.className = "text"; b.setAttribute("role", "radio"); b.setAttribute("aria-checked", k === this.heard); b.title = `Hear this (${k + 1})`;
    mark.style.setProperty("--c", roleColor(this.theme, track.role));
    b.append(mark, track.name);
    b.addEventListener("click", () => { this.heard = k; this.level(); this.show(); });
    return b;
  }

  row(track, k) {
    const row = document.createElement("div"), name = document.createElement("b"), own = this.mix[k];
    row.className = "track"; row.hidden = Boolean(track.whole); name.textContent = track.name;
    name.style.setProperty("--c", roleColor(this.theme, track.role));
    const button = (key, text, title) => {
      const b = document.createElement("button");
      b.className = "text"; b.textContent = text; b.title = title; b.setAttribute("aria-label", `${title} ${track.name}`); b.setAttribute("aria-pressed", own[key]);
      b.addEventListener("click", () => { own[key] = !own[key]; b.setAttribute("aria-pressed", own[key]); this.changed(); });
      return b;
    };
    const slider = (key, low, high, label, said) => {
      const input = document.createElement("input"), out = document.createElement("output");
      Object.assign(input, { type: "range", min: low, max: high, step: 0.01, value: own[key] });
      input.setAttribute("aria-label", `${label} of ${track.name}`);
      const tell = () => { out.textContent = said(own[key]); input.setAttribute("aria-valuetext", out.textContent); };
      input.addEventListener("input", () => { own[key] = +input.value; tell(); this.changed(); });
      input.addEventListener("dblclick", () => { own[key] = EVEN[key]; input.value = own[key]; tell(); this.changed(); });
      tell();
      return [input, out];
    };
    const meter = document.createElement("meter");
    Object.assign(meter, { min: 0, max: 1, high: 0.97, value: 0 }); meter.setAttribute("aria-hidden", "true");
    const middle = (v) => (Math.abs(v) < 0.005 ? "centre" : `${Math.round(Math.abs(v) * 100)} % ${v < 0 ? "left" : "right"}`);
    row.append(name, button("solo", "S", "Solo"), button("mute", "M", "Mute"), ...slider("gain", 0, LOUDEST, "Volume", decibels), ...slider("pan", -1, 1, "Pan", middle), meter);
    return row;
  }

  level() {
    const alone = this.mix.some((m, k) => m.solo && !this.scene.tracks[k].whole);
    this.timeline.set(this.scene.tracks.map((t, k) => {
      const { gain, pan, mute, solo } = this.mix[k], heard = this.scene.one ? k === this.heard : t.whole ? this.original : !this.original && !mute && (!alone || solo);
      return { gain: heard ? gain : 0, pan };
    }));
  }

  changed() {
    this.level();
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      this.said = JSON.stringify(this.region);
      this.args.setStateValue("mix", { token: this.token, region: this.region, tracks: this.mix });
    }, REST);
  }

  // ---- commands
  command(name) {
    const { timeline } = this;
    if (name === "play") timeline.playing ? timeline.pause() : timeline.play().then(() => this.run());
    else if (name === "start") timeline.seek(this.region ? this.region[0] : 0);
    else if (name === "loop") timeline.repeat(timeline.loop ? null : this.region || [0, timeline.duration]);
    else if (name === "whole") this.choose(null);
    else if (name === "compare") { this.original = !this.original; this.level(); }
    this.show();
  }

  key(e) {
    const typing = e.target.matches("input, button") && (e.key === " " || e.key.startsWith("Arrow") || e.key === "Enter" || e.key === "Home" || e.key === "End");
    if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
    const named = { " ": "play", Home: "start", l: "loop", L: "loop", Escape: "whole", a: "compare", A: "compare" }[e.key], k = "123456789".indexOf(e.key);
    if (named) this.command(named);
    else if (e.key === "ArrowLeft" || e.key === "ArrowRight") this.timeline.seek(this.timeline.now() + (e.key === "ArrowLeft" ? -1 : 1) * this.skip());
    else if (e.key === "[" || e.key === "]") this.edge(e.key === "[");
    else if (k >= 0 && this.scene.one) { if (this.$(".choices").children[k]) this.$(".choices").children[k].click(); }
    else if (k >= 0 && this.$(".tracks").children[k]) this.$(".tracks").children[k].querySelectorAll("button")[0].click();
    else return;
    e.preventDefault();
  }

  skip() { return this.timeline.loop ? Math.min(SKIP, (this.timeline.loop[1] - this.timeline.loop[0]) / 10) : SKIP; }

  edge(first) { // the region begins, or ends, at the playhead
    const [start, end] = this.region || [0, this.timeline.duration], place = this.timeline.now();
    if (first ? place < end : place > start) this.choose(first ? [place, end] : [start, place]);
  }

  choose(region) {
    this.region = region && region.map((s) => Math.round(s * FINEST) / FINEST);
    if (this.scene.zoom) this.timeline.repeat(this.region);
    else if (this.timeline.loop) this.timeline.repeat(region || [0, this.timeline.duration]);
    this.changed(); this.show();
  }

  // ---- pointing at a panel: a click moves the playhead, a drag chooses a region
  at(key, e) {
    const f = this.views[key], panel = this.scene.panels.find((p) => p.key === key);
    return f ? clamp(f.x.inverse(e.offsetX), Math.max(panel.x.range[0], 0), Math.min(panel.x.range[1], this.scene.duration)) : 0;
  }

  press(key, e) {
    if (e.button !== 0) return;
    this.held = { key, X: e.offsetX, from: this.at(key, e) };
    e.target.setPointerCapture(e.pointerId);
    this.tip(key, e);
  }

  move(key, e) {
    if (this.held && this.held.key === key && (this.held.dragged || Math.abs(e.offsetX - this.held.X) > DRAG)) {
      this.held.dragged = true;
      this.region = [this.held.from, this.at(key, e)].sort((a, b) => a - b);
      this.draw();
    }
    this.tip(key, e);
  }

  release(key, e) {
    const { held } = this;
    this.held = null;
    if (!held) return;
    if (held.dragged) { this.choose(this.region); this.timeline.seek(this.region[0]); } else this.timeline.seek(held.from);
  }

  tip(key, e) {
    const f = this.views[key], panel = this.scene.panels.find((p) => p.key === key);
    if (!f || e.offsetX < f.left || e.offsetX > f.right || e.offsetY < f.top || e.offsetY > f.bottom) { this.$(".tip").hidden = true; return; }
    const lines = [clock(f.x.inverse(e.offsetX), digitsFor(panel.x.range[1] - panel.x.range[0])), ...this.read(panel, f, e.offsetX, e.offsetY)];
    showTip(this.$(".tip"), this.box, e.target, { X: e.offsetX, Y: e.offsetY, lines });
  }

  // What a panel says at a place: the value on its y axis, and of a heat map with `field` the cell's row and value.
  read(panel, f, X, Y) {
    const { field, y } = panel, heat = field && panel.layers.find((l) => l.type === "heat"), own = `${y.label} ${formatNumber(f.y.inverse(Y), 3)}${y.unit ? ` ${y.unit}` : ""}`;
    if (!heat) return [own];
    const [rows, columns] = heat.grid.shape, [x0, x1, y0, y1] = heat.extent, low = f.y(y0);
    const i = Math.floor(((f.x.inverse(X) - x0) / (x1 - x0)) * columns), j = Math.floor(((low - Y) / (low - f.y(y1))) * rows);
    if (i < 0 || i >= columns || j < 0 || j >= rows) return [own];
    const value = (field.low || 0) + (field.step || 1) * heat.grid[j * columns + i], least = field.floor !== undefined && value <= field.floor ? "at most " : "";
    return [field.rows ? field.rows[j] : own, `${field.label} ${least}${formatNumber(value, field.digits || 3)}${field.unit ? ` ${field.unit}` : ""}`];
  }

  // ---- drawing
  run() { // as long as it plays
    if (!this.root.host.isConnected) return this.close();
    this.show();
    if (this.timeline.playing) requestAnimationFrame(() => this.run());
  }

  show() {
    if (!this.scene) return;
    const { timeline } = this, place = timeline.now(), slider = this.$(".place");
    slider.max = timeline.duration; slider.value = place; slider.setAttribute("aria-valuetext", clock(place));
    const digits = digitsFor(this.region ? this.region[1] - this.region[0] : Math.max(timeline.duration, 2));
    this.$(".time").textContent = `${clock(place, this.scene.zoom ? digits : 1)} of ${clock(timeline.duration)}`;
    [...this.$(".choices").children].forEach((b, k) => b.setAttribute("aria-checked", k === this.heard));
    this.box.classList.toggle("playing", timeline.playing);
    this.$("[data-do=play]").setAttribute("aria-label", timeline.playing ? "Pause" : "Play");
    this.$("[data-do=loop]").setAttribute("aria-pressed", Boolean(timeline.loop));
    this.$("[data-do=compare]").setAttribute("aria-pressed", this.original);
    this.$("[data-do=whole]").hidden = !this.region;
    const said = timeline.gone ? "The server has this sound no more. Make it again, or reload the page." : timeline.failed ? "A part of the sound could not be fetched; it is tried again." : timeline.waiting ? "Waiting for the next part …" : this.scene.note || "";
    if (this.$(".note").textContent !== said) this.$(".note").textContent = said;
    this.scene.tracks.forEach((t, k) => { if (!t.whole) this.$(".tracks").children[k].lastChild.value = timeline.meter(k); });
    this.draw();
  }

  draw() {
    if (!this.scene || this.drawing) return;
    this.drawing = requestAnimationFrame(() => { this.drawing = 0; this.paint(); });
  }

  paint() {
    if (!this.root.host.isConnected) return;
    this.scene.panels.forEach((panel, n) => this.paintPanel(panel, this.$(".panels").children[n].lastChild));
  }

  // Panels below each other share their time axis: each leaves as much room at the left as the widest labels need.
  indent(panel, ctx, w, h) {
    if (panel.bare) return 0;
    const gutter = (p) => frameOf(p, w, p.height || h, ctx, this.theme).gutter, beside = (p) => !p.bare && (p.span || 12) === (panel.span || 12);
    return Math.max(...this.scene.panels.filter(beside).map(gutter)) - gutter(panel);
  }

  // A panel is painted once on a sheet of its own; the playhead and the region go over it sixty times a second.
  paintPanel(panel, canvas) {
    const { ctx, w, h } = fitCanvas(canvas), view = this.views[panel.key] || {}, look = [this.bytes, canvas.width, canvas.height, this.theme.dark];
    if (!view.sheet || look.some((v, i) => v !== view.look[i])) {
      const sheet = document.createElement("canvas");
      sheet.width = canvas.width; sheet.height = canvas.height;
      const own = sheet.getContext("2d"), shift = this.indent(panel, own, w, h);
      own.setTransform(canvas.width / w, 0, 0, canvas.height / h, (shift * canvas.width) / w, 0);
      const f = drawPlot(own, w - shift, h, panel, panel.layers, this.theme, () => { this.views[panel.key] = {}; this.draw(); });
      const x = (v) => f.x(v) + shift;
      x.inverse = (p) => f.x.inverse(p - shift);
      this.views[panel.key] = { ...f, x, left: f.left + shift, right: f.right + shift, sheet, look };
      canvas.setAttribute("aria-label", [panel.title, panel.alt].filter(Boolean).join(". "));
    }
    const f = this.views[panel.key];
    ctx.clearRect(0, 0, w, h); ctx.drawImage(f.sheet, 0, 0, w, h);
    const between = (s) => clamp(f.x(s), f.left, f.right), [low, high] = panel.x.range, near = (high - low) / 1000;
    if (this.region && (this.region[0] > low + near || this.region[1] < high - near)) { // all of what is shown needs no mark
      const [a, b] = this.region.map(between);
      ctx.globalAlpha = 0.18; ctx.fillStyle = this.theme.accent || roleColor(this.theme, "fit");
      ctx.fillRect(a, f.top, Math.max(b - a, 1), f.bottom - f.top);
      ctx.globalAlpha = 1; ctx.strokeStyle = ctx.fillStyle; ctx.strokeRect(a + 0.5, f.top + 0.5, Math.max(b - a - 1, 1), f.bottom - f.top - 1);
    }
    if (this.timeline.now() < low - near || this.timeline.now() > high + near) return;
    const x = Math.round(between(this.timeline.now())) + 0.5;
    for (const [color, width] of [[this.theme.background, 4], [roleColor(this.theme, "bad"), 2]]) {
      ctx.strokeStyle = color; ctx.lineWidth = width; ctx.beginPath(); ctx.moveTo(x, f.top); ctx.lineTo(x, f.bottom); ctx.stroke();
    }
    ctx.lineWidth = 1;
  }

  close() { this.timeline.close(); clearTimeout(this.later); this.resize.disconnect(); }
}

export default function (args) {
  const root = args.parentElement, mixer = root.mixer || (root.mixer = new Mixer(root));
  mixer.update(args);
  return () => { // also called for an update that a newer one has overtaken: only leaving the page ends it
    if (root.host.isConnected) return;
    mixer.close(); root.mixer = undefined;
  };
}
