// What moves: panels drawn from a trace, and the player that walks along it. Python sends the whole trace; time is kept here,
// so that play, scrub and step need no server. Reported back: the step at rest, a picked place, and the player's commands.

const PULL_MS = 40; // between two questions for new frames
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

// A heat map may be drawn of the logarithm or the root of its field; this is the field itself.
// Of "bytes" the field is the part of 255.
function fieldValue(field, v) { return field.map === "log" ? 10 ** v : field.map === "root" ? field.low + v * v : field.map === "bytes" ? v / 255 : v; }

// A run with a `name` may bring its newest frames alone, as a `part`: they take their place among those that came under
// this name. What is already here beyond them stays, for an older message may come late.
function joined(old, fresh) {
  const same = old && fresh.name && old.name === fresh.name;
  if (!same) return fresh.part ? { ...fresh, lost: true } : fresh;
  const [first, last] = [fresh.step[0], fresh.step[fresh.step.length - 1]], steps = Array.from(old.step);
  const head = fresh.part ? steps.filter((s) => s < first).length : 0, tail = steps.filter((s) => s > last).length;
  if (!head && !tail) return fresh;
  const out = { name: fresh.name, lost: fresh.part && old.lost };
  for (const name in fresh) if (fresh[name].shape) {
    const each = fresh[name].length / fresh[name].shape[0], from = (steps.length - tail) * each;
    out[name] = new fresh[name].constructor((head + tail) * each + fresh[name].length);
    out[name].set(old[name].subarray(0, head * each)); out[name].set(fresh[name], head * each);
    out[name].set(old[name].subarray(from), head * each + fresh[name].length);
    out[name].shape = [head + tail + fresh[name].shape[0], ...fresh[name].shape.slice(1)];
  }
  return out;
}

class Live {
  constructor(root) {
    this.root = root; this.$ = (s) => root.querySelector(s);
    this.step = 0; this.last = 0; this.follow = true; this.reported = null; this.playing = false; this.speed = 1; this.token = undefined; this.views = {};
    this.box = this.$(".live");
    this.resize = new ResizeObserver(() => this.draw());
    this.resize.observe(this.box);
    this.$(".player").addEventListener("click", (e) => { const b = e.target.closest("button"); if (b) this.command(b.dataset.do); });
    const slider = this.$("input");
    slider.addEventListener("input", () => { this.pause(); this.seek(Math.round(+slider.value)); });
    slider.addEventListener("keydown", (e) => this.key(e));
    this.box.addEventListener("keydown", (e) => { if (e.target.tagName === "CANVAS") this.canvasKey(e); });
  }

  // ---- data in
  update(args) {
    this.args = args; this.theme = themeOf(this.root);
    const old = this.scene, fresh = args.data;
    if (fresh !== this.bytes) {
      this.bytes = fresh; this.scene = unpack(fresh);
      for (const name in this.scene.runs) this.scene.runs[name] = joined(old && old.runs[name], this.scene.runs[name]);
      this.acknowledge(Object.values(this.scene.runs));
    }
    const scene = this.scene, player = scene.player;
    this.box.style.setProperty("--bad", roleColor(this.theme, "bad"));
    if (!old || this.shape !== JSON.stringify(scene.panels.map((p) => [p.key, p.span, p.height]))) this.build();
    this.last = Math.max(0, ...Object.values(scene.runs).map((r) => r.step[r.step.length - 1]));
    if (player && player.token !== this.token) {
      this.token = player.token;
      if (player.at === "start") { this.pause(); this.step = 0; this.follow = false; this.report(); }
      else if (player.at === "end") { this.pause(); this.wanted = undefined; this.follow = true; this.step = this.last; this.report(); }
      else if (!old && typeof player.rest === "number") { this.wanted = player.rest; this.follow = false; }
    }
    this.step = this.follow && !this.playing ? this.last : Math.min(this.wanted ?? this.step, this.last);
    if (!player || !player.growing) this.wanted = undefined; // a step from a link may still be on its way
    this.captions(); this.controls(); this.draw(); this.pull();
  }

  // While a run grows, its newest frames are fetched from its feed (pages/_ui/feed.py).
  async pull() {
    const ask = () => this.root.host.isConnected && this.scene.player && this.scene.player.growing && this.scene.player.feed;
    if (this.pulling || !ask()) return;
    this.pulling = true;
    for (let feed = ask(); feed; feed = ask()) {
      const began = performance.now(), steps = this.scene.runs[feed.run].step;
      try {
        const answer = await fetch(new URL(`${feed.path}?after=${steps[steps.length - 1]}`, location.origin));
        if (answer.status !== 200) break;
        const more = unpack(new Uint8Array(await answer.arrayBuffer()));
        this.grow(more.runs);
        if (!more.growing) break;
      } catch { break; } // the page's own redrawing goes on
      await new Promise((done) => setTimeout(done, Math.max(PULL_MS - (performance.now() - began), 5)));
    }
    this.pulling = false;
  }

  grow(runs) {
    for (const name in runs) if (runs[name].step.length) {
      const held = this.scene.runs[name];
      if (held && held.name === runs[name].name) this.scene.runs[name] = joined(held, runs[name]);
    }
    this.last = Math.max(0, ...Object.values(this.scene.runs).map((r) => r.step[r.step.length - 1]));
    if (this.follow && !this.playing) this.step = this.last;
    this.draw();
  }

  acknowledge(runs) { // tell which named runs are here, so that the rest of them may follow in parts
    const held = runs.filter((r) => r.name && !r.lost).map((r) => r.name).join(" ");
    if (held === (this.held || "") && !runs.some((r) => r.lost)) return;
    this.held = held; this.args.setStateValue("held", held);
  }

  build() {
    const panels = this.$(".panels");
    panels.replaceChildren(...this.scene.panels.map((panel) => {
      const figure = document.createElement("figure"), caption = document.createElement("figcaption"), canvas = document.createElement("canvas");
      figure.style.setProperty("--span", panel.span || 12);
      if (panel.height) figure.style.setProperty("--height", `${panel.height}px`);
      canvas.dataset.key = panel.key; canvas.tabIndex = 0; canvas.setAttribute("role", "img");
      canvas.addEventListener("pointermove", (e) => this.hover(panel.key, e));
      canvas.addEventListener("pointerleave", () => { this.$(".tip").hidden = true; this.mark(panel.key, undefined); });
      canvas.addEventListener("click", (e) => this.pick(panel.key, e.offsetX, e.offsetY));
      if (panel.kind === "surface") this.turnable(canvas, panel.key);
      figure.append(caption, canvas);
      return figure;
    }));
    this.shape = JSON.stringify(this.scene.panels.map((p) => [p.key, p.span, p.height]));
  }

  captions() {
    this.scene.panels.forEach((panel, n) => {
      const figure = this.$(".panels").children[n];
      showCaption(figure.firstChild, this.fill(panel.title), panel.layers, this.theme);
      const canvas = figure.lastChild;
      fitHeight(canvas, panel); canvas.classList.toggle("pick", Boolean(panel.pick)); canvas.classList.toggle("turn", panel.kind === "surface");
    });
  }

  // ---- the trace
  indexOf(run) { // last recorded step not after the playhead
    const steps = run.step;
    let low = 0, high = steps.length - 1;
    while (low < high) { const mid = (low + high + 1) >> 1; steps[mid] <= this.step + 1e-9 ? (low = mid) : (high = mid - 1); }
    return low;
  }

  value(source, run, i) {
    const channel = run[source.channel], width = channel.shape[1] || 1;
    if (source.basis) { // rows of the basis times this step's vector
      const [rows, columns] = source.basis.shape, out = new Float32Array(rows);
      for (let r = 0; r < rows; r++) { let s = 0; for (let c = 0; c < columns; c++) s += source.basis[r * columns + c] * channel[i * width + c]; out[r] = s; }
      return out;
    }
    if (source.frame) { const n = channel.length / channel.shape[0], part = channel.subarray(i * n, (i + 1) * n); part.shape = channel.shape.slice(1); return part; }
    const key = `${source.channel}/${source.column || 0}`, cache = run.columns || (run.columns = {});
    if (!cache[key]) cache[key] = width === 1 ? channel : Float32Array.from({ length: channel.shape[0] }, (_, k) => channel[k * width + source.column]);
    return source.now ? [cache[key][i]] : cache[key];
  }

  resolve(layer) {
    if (!layer.run) return layer;
    const run = this.scene.runs[layer.run], i = this.indexOf(run), out = layer.resolved || (layer.resolved = { ...layer });
    for (const name in layer) if (layer[name] && layer[name].channel !== undefined) out[name] = this.value(layer[name], run, i);
    out.upto = i; out.steps = layer.type === "path" ? run.step : undefined;
    return out;
  }

  // ---- drawing
  draw() {
    if (!this.scene || this.drawing) return;
    this.drawing = requestAnimationFrame(() => { this.drawing = 0; this.paint(); });
  }

  paint() {
    if (!this.root.host.isConnected) return;
    this.scene.panels.forEach((panel, n) => this.paintPanel(panel, this.$(".panels").children[n].lastChild));
    this.painted = (this.painted || 0) + 1; this.box.dataset.painted = this.painted; // read by the tests
    this.readouts();
  }

  paintPanel(panel, canvas) {
    const { ctx, w, h } = fitCanvas(canvas), layers = panel.layers.map((l) => this.resolve(l)), view = this.view(panel.key);
    view.layers = layers;
    if (!this.playing) this.describe(panel, canvas, layers);
    if (panel.kind === "surface") { ctx.clearRect(0, 0, w, h); return drawSurface(ctx, w, h, panel, layers, this.theme, view); }
    const f = (view.frame = drawPlot(ctx, w, h, panel, layers, this.theme, () => this.draw()));
    if (view.over) drawLayer(ctx, f, { type: "outline", layer: view.over.layer, i: view.over.i }, this.theme);
    if (view.cross) drawLayer(ctx, f, { type: "cross", role: "text", x: [f.x.inverse(view.cross[0])], y: [f.y.inverse(view.cross[1])] }, this.theme);
  }

  describe(panel, canvas, layers) { // for who cannot see it
    const keys = panel.pick ? "Arrow keys move a cross, Enter picks its place." : "";
    const label = [this.fill(panel.title), panel.alt, ...listBoxes(layers), keys].filter(Boolean).join(". ");
    if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
  }

  view(key) { return this.views[key] || (this.views[key] = { turn: 0.7, tilt: 0.55 }); }

  readouts() {
    const { equations = [], stats = [], player } = this.scene;
    const lines = equations.map((t) => this.fill(t)).join("\n"), numbers = stats.map((s) => this.fill(s.text));
    if (lines !== this.lines) {
      this.lines = lines;
      this.$(".equations").replaceChildren(...lines.split("\n").filter(Boolean).map((t) => { const d = document.createElement("div"); d.textContent = t; return d; }));
    }
    const list = this.$(".stats"), names = stats.map((s) => s.label).join("|");
    if (list.dataset.names !== names) {
      list.dataset.names = names;
      list.replaceChildren(...stats.map((s) => {
        const box = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
        dt.textContent = s.label; box.title = s.help || ""; box.append(dt, dd);
        return box;
      }));
    }
    this.scene.panels.forEach((panel, n) => { // titles that follow the playhead
      if (panel.title.includes("{")) this.$(".panels").children[n].querySelector("b").textContent = this.fill(panel.title);
    });
    numbers.forEach((t, i) => { const dd = list.children[i].lastChild; if (dd.textContent !== t) dd.textContent = t; });
    if (!player) return;
    const shown = Math.floor(this.step + 1e-9);
    this.$("output").textContent = `step ${shown} of ${this.last}`;
    const slider = this.$("input");
    slider.max = this.last; slider.value = this.step; slider.setAttribute("aria-valuetext", `step ${shown} of ${this.last}`);
  }

  fill(template) { // {run.channel:column}; {+…} writes the sign as an operator
    return template.replace(/\{(\+?)(\w+)\.(\w+)(?::(\d+))?\}/g, (_, plus, name, channel, column) => {
      const run = this.scene.runs[name];
      if (!run) return "–";
      const data = run[channel];
      if (Array.isArray(data)) return data[this.indexOf(run)]; // words
      const width = data.shape[1] || 1, v = data[this.indexOf(run) * width + +(column || 0)];
      return plus ? `${v < 0 ? "−" : "+"} ${formatNumber(Math.abs(v))}` : formatNumber(v, channel === "step" ? 12 : 4);
    });
  }

  controls() {
    const p = this.scene.player, bar = this.$(".player");
    bar.hidden = !p;
    const note = this.$(".note");
    note.textContent = this.scene.note ? this.scene.note.text : "";
    note.hidden = !this.scene.note; note.classList.toggle("bad", Boolean(this.scene.note && this.scene.note.bad));
    if (!p) return;
    for (const name of ["reseed", "branch", "unbranch", "stop"]) this.$(`[data-do=${name}]`).hidden = !(p.offers || []).includes(name);
    this.offerMore(p.more || []);
    this.$("[data-do=speed]").textContent = `${SPEEDS.includes(this.speed) ? this.speed : 1}×`;
    bar.classList.toggle("playing", this.playing);
    this.$("[data-do=play]").setAttribute("aria-label", this.playing ? "Pause" : "Play");
  }

  offerMore(more) { // commands of the page's own
    const place = this.$(".more"), names = more.map((m) => m.name).join("|");
    if (place.dataset.names === names) return;
    place.dataset.names = names;
    place.replaceChildren(...more.map((m) => {
      const button = document.createElement("button");
      button.dataset.do = m.name; button.className = "text"; button.textContent = m.label; button.title = m.title;
      return button;
    }));
  }

  // ---- the player
  command(name) {
    const p = this.scene.player;
    this.wanted = undefined;
    if (name === "play") this.playing ? this.pause(true) : this.play();
    else if (name === "rewind") { this.pause(); this.seek(0); }
    else if (name === "back" || name === "forward") { this.pause(); this.nudge(name === "back" ? -1 : 1); }
    else if (name === "save") this.save();
    else if (name === "speed") { this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length]; this.controls(); }
    else this.args.setTriggerValue("command", { name, step: Math.round(this.step), token: p.token });
  }

  save() { // the panels with their titles, as they stand
    const ratio = 2, area = this.$(".panels"), from = area.getBoundingClientRect(), sheet = document.createElement("canvas"), pad = 16;
    sheet.width = (from.width + 2 * pad) * ratio; sheet.height = (from.height + 2 * pad) * ratio;
    const ctx = sheet.getContext("2d");
    ctx.scale(ratio, ratio); ctx.fillStyle = this.theme.background; ctx.fillRect(0, 0, sheet.width, sheet.height);
    ctx.fillStyle = this.theme.text; ctx.font = `600 13px ${this.theme.font}`; ctx.textBaseline = "top";
    for (const figure of area.children) {
      const canvas = figure.lastChild, box = canvas.getBoundingClientRect(), x = box.left - from.left + pad, y = box.top - from.top + pad;
      ctx.fillText(figure.querySelector("b").textContent, x, figure.getBoundingClientRect().top - from.top + pad + 3);
      ctx.drawImage(canvas, x, y, box.width, box.height);
    }
    sheet.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob); link.download = `tangent-step-${Math.round(this.step)}.png`; link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
  }

  play() {
    if (this.step >= this.last) this.step = 0;
    this.playing = true; this.clock = performance.now(); this.controls();
    requestAnimationFrame((t) => this.tick(t));
  }

  tick(now) {
    if (!this.playing || !this.root.host.isConnected) return;
    const seconds = Math.min(Math.max(this.last / 10, 2), 8) / this.speed, elapsed = (now - this.clock) / 1000;
    if (!CALM.matches || elapsed > 0.25) {
      this.clock = now;
      this.step = Math.min(this.step + (elapsed * this.last) / seconds, this.last);
      this.paint();
    }
    if (this.step >= this.last && !this.scene.player.growing) return this.pause(true);
    requestAnimationFrame((t) => this.tick(t));
  }

  pause(report) {
    if (this.playing) { this.playing = false; this.step = Math.floor(this.step + 1e-9); this.follow = this.step >= this.last; this.draw(); }
    this.controls();
    if (report) this.report();
  }

  seek(step) { this.step = Math.min(Math.max(step, 0), this.last); this.follow = this.step >= this.last; this.draw(); this.report(); }

  nudge(direction) { // to the neighbouring recorded step of any run
    const steps = Object.values(this.scene.runs).flatMap((r) => Array.from(r.step));
    const ahead = steps.filter((s) => (direction > 0 ? s > this.step + 1e-9 : s < this.step - 1e-9));
    if (ahead.length) this.seek(direction > 0 ? Math.min(...ahead) : Math.max(...ahead));
  }

  report() {
    if (!this.scene.player || !this.scene.player.report) return;
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      if (this.playing) return; // told when it rests
      const value = this.step >= this.last ? null : Math.round(this.step);
      if (value !== this.reported) { this.reported = value; this.args.setStateValue("step", value); }
    }, 350);
  }

  key(e) {
    const keys = { ArrowLeft: "back", ArrowRight: "forward", Home: "rewind", " ": "play" };
    if (keys[e.key]) { e.preventDefault(); this.command(keys[e.key]); }
    if (e.key === "End") { e.preventDefault(); this.pause(); this.seek(this.last); }
  }

  // ---- pointing
  panel(key) { return this.scene.panels.find((p) => p.key === key); }

  hover(key, e) {
    const panel = this.panel(key), view = this.view(key), tip = this.$(".tip");
    if (panel.kind === "surface" || !view.frame) return;
    const f = view.frame, X = e.offsetX, Y = e.offsetY, inside = X >= f.left && X <= f.right && Y >= f.top && Y <= f.bottom;
    let found = inside && nearest(panel, f, view.layers, X, Y);
    if (!found && inside && panel.field) found = { X, Y, lines: this.fieldLines(panel, view, f.x.inverse(X), f.y.inverse(Y)) };
    showTip(tip, this.box, e.currentTarget, found || null);
    this.mark(key, found ? found.box : undefined);
  }

  mark(key, box) { // the box under the pointer
    const view = this.view(key), old = view.over;
    view.over = box;
    if ((old && old.i) !== (box && box.i) || (old && old.layer) !== (box && box.layer)) this.draw();
  }

  fieldLines(panel, view, x, y) {
    const lines = [`${panel.x.label} ${formatNumber(x)}`, `${panel.y.label} ${formatNumber(y)}`], l = view.layers.find((l) => l.type === "heat");
    if (!l) return lines;
    const [rows, columns] = l.grid.shape, i = Math.round(((x - l.extent[0]) / (l.extent[1] - l.extent[0])) * (columns - 1)),
      j = Math.round(((y - l.extent[2]) / (l.extent[3] - l.extent[2])) * (rows - 1)), v = l.grid[j * columns + i];
    return v === undefined ? lines : [`${panel.field.label} ${formatNumber(fieldValue(panel.field, v))}`, ...lines];
  }

  pick(key, X, Y) {
    const panel = this.panel(key), f = this.view(key).frame;
    if (!panel.pick || !f || X < f.left || X > f.right || Y < f.top || Y > f.bottom) return;
    this.args.setTriggerValue("pick", { panel: key, x: f.x.inverse(X), y: f.y.inverse(Y) });
  }

  canvasKey(e) {
    const key = e.target.dataset.key, panel = this.panel(key), view = this.view(key), d = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] }[e.key];
    if (d && panel.kind === "surface") { view.turn += d[0] / 60; view.tilt = Math.min(Math.max(view.tilt + d[1] / 80, 0.1), 1.4); }
    else if (d && panel.pick) { const f = view.frame; view.cross = view.cross || [(f.left + f.right) / 2, (f.top + f.bottom) / 2]; view.cross[0] += d[0]; view.cross[1] += d[1]; }
    else if (e.key === "Enter" && view.cross) { this.pick(key, ...view.cross); view.cross = null; }
    else if (e.key === " " && this.scene.player) this.command("play");
    else return;
    e.preventDefault(); this.draw();
  }

  turnable(canvas, key) {
    canvas.addEventListener("pointerdown", (e) => { canvas.setPointerCapture(e.pointerId); this.view(key).from = [e.clientX, e.clientY]; });
    canvas.addEventListener("pointerup", () => { this.view(key).from = null; });
    canvas.addEventListener("pointermove", (e) => {
      const view = this.view(key);
      if (!view.from) return;
      view.turn += (e.clientX - view.from[0]) / 120; view.tilt = Math.min(Math.max(view.tilt + (e.clientY - view.from[1]) / 160, 0.1), 1.4);
      view.from = [e.clientX, e.clientY]; this.draw();
    });
  }

  close() { this.playing = false; clearTimeout(this.later); this.resize.disconnect(); }
}

export default function (args) {
  const root = args.parentElement, live = root.live || (root.live = new Live(root));
  live.update(args);
  return () => { // also called for an update that a newer one has overtaken: only leaving the page ends it
    if (root.host.isConnected) return;
    live.close(); root.live = undefined;
  };
}
