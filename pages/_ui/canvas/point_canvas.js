// Points drawn by hand, over layers that Python computes from them. The points live here while they are edited and are
// reported as {revision, sequence, moving, points: [x, y, class, x, y, class, …]}. Python answers each report with new layers and
// the sequence it has seen; the next report waits for that answer, so a slow fit is never overrun. Points that come
// from Python replace the local ones only with a new revision, and never under a finger.

const REACH = { mouse: 10, pen: 14, touch: 24, keyboard: 9 }; // px from a point that still count as on it
const SLOP = { mouse: 3, pen: 5, touch: 8 }; // px that a press may move and stay a press
const PAUSE = 60, PATIENCE = 1000; // ms between reports, and until an unanswered report no longer holds the next
const OUTSIDE = 24; // px off the plot where a dragged point is dropped
const UNDO = 200; // changes that can be taken back

const clamp = (v, low, high) => Math.min(Math.max(v, low), high);

// Round to five significant digits of the axis's extent (of the value itself on a log axis).
function tidy(axis, v) {
  const [low, high] = axis.range, extent = axis.scale === "log" ? v : high - low;
  return clamp(+v.toFixed(clamp(4 - Math.floor(Math.log10(extent)), 0, 100)), low, high);
}

class PointCanvas {
  constructor(root) {
    this.root = root; this.$ = (s) => root.querySelector(s);
    this.box = this.$(".pad"); this.canvas = this.$("canvas");
    this.points = []; this.history = []; this.class = 0; this.deleting = false;
    this.selected = this.over = -1; // indices of the point that was tapped, and of the one under the pointer
    this.grab = null; // {index, before, moved, pointer, …}: the point being moved, by a pointer or (pointer null) by keys
    this.cursor = [0.5, 0.5]; this.keys = false; // the keyboard's place as fractions of the plot; shown while keys are used
    this.sentAt = -Infinity; this.reports = this.overlays = 0;
    this.resize = new ResizeObserver(() => this.draw());
    this.resize.observe(this.box);
    const on = (target, names, handler) => names.split(" ").forEach((name) => target.addEventListener(name, handler.bind(this), { passive: false }));
    on(this.canvas, "pointerdown", this.down); on(this.canvas, "pointermove", this.move);
    on(this.canvas, "pointerup", this.up); on(this.canvas, "pointercancel", this.cancel);
    on(this.canvas, "pointerleave", () => { if (!this.grab) { this.over = -1; this.$(".tip").hidden = true; this.draw(); } });
    on(this.canvas, "touchstart", (e) => { if (this.moving() && e.cancelable) e.preventDefault(); }); // a point under the finger: do not scroll
    on(this.canvas, "focus", () => { this.keys = this.canvas.matches(":focus-visible"); this.draw(); });
    on(this.canvas, "blur", () => { if (this.moving() && this.grab.pointer === null) this.release(); this.keys = false; this.draw(); });
    on(this.box, "keydown", this.key);
    on(this.box, "click", (e) => { const b = e.target.closest("button"); if (b) this.press(b.dataset.do, +b.dataset.class); });
  }

  // ---- data in
  update(args) {
    this.args = args; this.theme = themeOf(this.root);
    if (args.data !== this.bytes) {
      this.bytes = args.data; this.scene = unpack(args.data); this.fresh = true;
      if (this.sent === undefined) this.sent = this.scene.seen;
      if (!this.moving()) this.settle();
      this.answered();
    }
    this.figure(); this.controls(); this.draw();
  }

  settle() { // take Python's points if they are new; keep only what its axes and classes allow
    const { revision, points: flat, x, y, classes } = this.scene, allowed = ([px, py, c]) =>
      px >= x.range[0] && px <= x.range[1] && py >= y.range[0] && py <= y.range[1] && c < classes;
    if (revision !== this.revision) {
      this.revision = revision; this.history = []; this.due = false; clearTimeout(this.later);
      this.points = Array.from({ length: flat.length / 3 }, (_, i) => flat.slice(3 * i, 3 * i + 3));
      this.selected = this.over = -1;
    } else if (!this.points.every(allowed)) {
      this.points = this.points.filter(allowed); this.selected = this.over = -1;
    }
    this.class = Math.min(this.class, classes - 1);
  }

  // ---- data out
  answered() { // send what waited for this answer; an overtaken or lost report is sent again
    clearTimeout(this.later);
    if (this.due) this.report();
    else if (this.scene.seen < this.sent) this.later = setTimeout(() => this.report(), PATIENCE);
  }

  report(final = false) {
    clearTimeout(this.later);
    const age = performance.now() - this.sentAt, wait = (this.scene.seen < this.sent ? PATIENCE : PAUSE) - age;
    this.due = !final && wait > 0;
    if (this.due) { this.later = setTimeout(() => this.report(), wait); return; }
    this.sentAt = performance.now(); this.sent += 1; this.reports += 1; this.box.dataset.reports = this.reports;
    const moving = !!this.moving(); // more of the same drag will follow
    this.args.setStateValue("points", { revision: this.revision, sequence: this.sent, moving, points: this.points.flat() });
  }

  // ---- changes; each leaves the array that it replaces untouched, so that history can keep it
  changed(before, text) {
    this.history.push(before);
    if (this.history.length > UNDO) this.history.shift();
    this.settle(); this.report(true); this.controls(); this.draw(); this.say(text);
  }

  put(i, point) { this.points = this.points.map((p, k) => (k === i ? point : p)); }

  add(X, Y) { // the index of the new point, or -1
    const { most, x, y } = this.scene;
    if (this.points.length >= most) { this.say(`No more than ${most} points. Delete one first.`); return -1; }
    this.points = [...this.points, [...this.place(X, Y), this.class]];
    this.selected = -1;
    return this.points.length - 1;
  }

  remove(i, before = this.points) {
    this.points = this.points.filter((_, k) => k !== i);
    this.grab = null; this.selected = this.over = -1;
    this.changed(before, "Deleted.");
  }

  undo() {
    if (this.moving()) { this.escape(); return; }
    this.selected = this.over = -1;
    if (!this.history.length) { this.say("Nothing to undo."); return; }
    this.points = this.history.pop();
    this.settle(); this.report(true); this.controls(); this.draw(); this.say("Undone.");
  }

  setClass(c) {
    if (!(c >= 0 && c < this.scene.classes)) return;
    this.class = c;
    const held = this.moving(), i = held ? this.grab.index : this.selected, before = this.points, differs = i >= 0 && before[i][2] !== c;
    if (differs) this.put(i, [...before[i].slice(0, 2), c]);
    if (differs && !held) { this.changed(before, `Class ${c + 1}.`); return; }
    if (differs) { this.grab.moved = true; this.report(); }
    this.say(`Class ${c + 1}.`); this.controls(); this.draw();
  }

  press(name, c) {
    if (name === "class") this.setClass(c);
    else if (name === "undo") this.undo();
    else if (name === "clear" && this.points.length) { const before = this.points; this.points = []; this.selected = -1; this.changed(before, "Cleared."); }
    else if (name === "delete" && this.selected >= 0) this.remove(this.selected);
    else if (name === "delete") { this.deleting = !this.deleting; this.say(this.deleting ? "Press a point to delete it." : "Delete is off."); this.controls(); }
  }

  // ---- places
  place(X, Y) {
    const f = this.frame, { x, y } = this.scene;
    return [tidy(x, f.x.inverse(clamp(X, f.left, f.right))), tidy(y, f.y.inverse(clamp(Y, f.top, f.bottom)))];
  }

  at(X, Y, reach) { // the nearest point within reach, or -1
    let best = -1, closest = reach * reach;
    this.points.forEach(([x, y], i) => {
      const d = (this.frame.x(x) - X) ** 2 + (this.frame.y(y) - Y) ** 2;
      if (d <= closest) { closest = d; best = i; }
    });
    return best;
  }

  spot() { const f = this.frame; return [f.left + this.cursor[0] * (f.right - f.left), f.bottom - this.cursor[1] * (f.bottom - f.top)]; }

  inside(X, Y) { const f = this.frame; return X >= f.left && X <= f.right && Y >= f.top && Y <= f.bottom; }

  moving() { return this.grab && this.grab.index >= 0; }

  // ---- pointer
  down(e) {
    if (!e.isPrimary || e.button !== 0 || !this.frame) return;
    if (this.moving()) this.release();
    this.keys = false;
    const X = e.offsetX, Y = e.offsetY, index = this.at(X, Y, REACH[e.pointerType] || REACH.mouse), before = this.points;
    if (index < 0 && !this.inside(X, Y)) return;
    const grab = this.grab = { index, before, X, Y, pointer: e.pointerId, kind: e.pointerType, shift: [0, 0] };
    if (index >= 0) grab.shift = [this.frame.x(before[index][0]) - X, this.frame.y(before[index][1]) - Y];
    else if (e.pointerType !== "touch" && !this.deleting) { // a finger may still turn out to scroll: it adds when it lifts
      grab.index = this.add(X, Y); grab.added = grab.index >= 0;
      if (grab.added) this.report();
    }
    if (this.moving()) this.canvas.setPointerCapture(e.pointerId);
    this.look(X, Y); this.draw();
  }

  move(e) {
    const X = e.offsetX, Y = e.offsetY, g = this.grab;
    if (!g || g.pointer === null) { if (e.isPrimary && this.frame && e.pointerType !== "touch") this.hover(X, Y); return; }
    if (e.pointerId !== g.pointer) return;
    const far = Math.hypot(X - g.X, Y - g.Y) > (SLOP[g.kind] || SLOP.mouse);
    if (g.index < 0) { if (far) this.grab = null; return; }
    if (!g.moved && !far) return;
    const f = this.frame, off = Math.max(f.left - X, X - f.right, f.top - Y, Y - f.bottom);
    g.moved = true; g.out = !g.added && off > OUTSIDE;
    this.put(g.index, [...this.place(X + g.shift[0], Y + g.shift[1]), this.points[g.index][2]]);
    this.report(); this.look(X, Y); this.draw();
  }

  up(e) {
    const g = this.grab;
    if (!g || e.pointerId !== g.pointer) return;
    if (g.index < 0 && g.kind === "touch" && !this.deleting) { g.index = this.add(g.X, g.Y); g.added = g.index >= 0; }
    const tapped = g.index >= 0 && !g.added && !g.moved;
    if (g.out || (tapped && this.deleting)) this.remove(g.index, g.before);
    else {
      if (tapped) { this.selected = this.selected === g.index ? -1 : g.index; this.say(`Point ${g.index + 1} ${this.selected < 0 ? "let go" : "selected"}.`); }
      this.release();
    }
    if (g.kind === "touch") { this.over = -1; this.$(".tip").hidden = true; } else this.hover(e.offsetX, e.offsetY);
    this.draw();
  }

  cancel(e) { if (this.grab && e.pointerId === this.grab.pointer) this.release(); } // the browser took the finger, to scroll

  release() { // let go of what was grabbed, where it is
    const g = this.grab;
    this.grab = null; this.over = -1;
    if (g.index < 0 || !(g.added || g.moved)) { this.settle(); this.draw(); return; }
    if (g.moved) this.selected = -1;
    const where = this.where(this.points[g.index]);
    this.changed(g.before, `${g.added ? "Added" : "Moved to"} ${where}.`);
  }

  hover(X, Y) { this.over = this.at(X, Y, REACH.mouse); this.look(X, Y); this.draw(); }

  look(X, Y) { // the pointer's shape, and the tip
    const g = this.moving() ? this.grab : null, i = g ? g.index : this.over, tip = this.$(".tip");
    this.canvas.style.cursor = g ? (g.out ? "no-drop" : "grabbing") : i >= 0 ? (this.deleting ? "pointer" : "grab") : this.inside(X, Y) && !this.deleting ? "crosshair" : "default";
    const found = i >= 0 ? this.tipOf(i) : this.inside(X, Y) && nearest(this.scene, this.frame, this.scene.layers, X, Y);
    tip.hidden = !found;
    if (!found) return;
    tip.textContent = g && g.out ? "Let go to delete" : found.lines.join("\n");
    const top = this.canvas.offsetTop + found.Y - tip.offsetHeight - (g && g.kind === "touch" ? 30 : 12);
    tip.style.left = `${clamp(found.X + 12, 0, Math.max(this.box.clientWidth - tip.offsetWidth - 4, 0))}px`;
    tip.style.top = `${top < 0 ? this.canvas.offsetTop + found.Y + 14 : top}px`;
  }

  tipOf(i) {
    const { x, y, classes } = this.scene, p = this.points[i], unit = (axis) => (axis.unit ? ` ${axis.unit}` : "");
    const lines = [`${x.label} ${formatNumber(p[0])}${unit(x)}`, `${y.label} ${formatNumber(p[1])}${unit(y)}`];
    if (classes > 1) lines.unshift(`Class ${p[2] + 1}`);
    return { X: this.frame.x(p[0]), Y: this.frame.y(p[1]), lines };
  }

  where([px, py]) { const { x, y } = this.scene; return `${x.label} ${formatNumber(px)}, ${y.label} ${formatNumber(py)}`; }

  // ---- keys
  key(e) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key], here = e.target === this.canvas;
    if (!this.frame || e.altKey || (this.grab && this.grab.pointer !== null)) return;
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z") this.undo();
    else if (e.ctrlKey || e.metaKey) return;
    else if (arrows && here) this.step(arrows, e.shiftKey ? 0.1 : 0.01);
    else if ((e.key === "Enter" || e.key === " ") && here) { if (!e.repeat) this.enter(); }
    else if (e.key === "Delete" || e.key === "Backspace") this.deleteHere();
    else if (e.key === "Escape" && (this.grab || this.selected >= 0 || this.deleting)) this.escape();
    else if (/^[1-8]$/.test(e.key) && this.scene.classes > 1) this.setClass(+e.key - 1);
    else return;
    e.preventDefault(); e.stopPropagation();
  }

  step([right, up], by) {
    this.keys = true;
    this.cursor = [clamp(this.cursor[0] + right * by, 0, 1), clamp(this.cursor[1] + up * by, 0, 1)];
    const spot = this.spot(), g = this.moving() ? this.grab : null, i = g ? g.index : this.at(...spot, REACH.keyboard);
    if (g) { g.moved = true; this.put(i, [...this.place(...spot), this.points[i][2]]); this.report(); }
    this.say(`${this.where(this.place(...spot))}${i < 0 ? "" : g ? "" : `, on point ${i + 1}`}`, false);
    this.draw();
  }

  enter() { // add a point, pick up the one under the cursor, or drop it
    this.keys = true;
    if (this.moving()) { this.release(); return; }
    const [X, Y] = this.spot(), index = this.at(X, Y, REACH.keyboard), before = this.points, f = this.frame;
    if (index < 0) {
      const added = this.add(X, Y);
      if (added >= 0) this.changed(before, `Added ${this.where(this.points[added])}.`);
      return;
    }
    this.grab = { index, before, pointer: null };
    this.cursor = [(f.x(before[index][0]) - f.left) / (f.right - f.left), (f.bottom - f.y(before[index][1])) / (f.bottom - f.top)];
    this.say(`Point ${index + 1} picked up. Arrow keys move it, Enter drops it, Escape puts it back.`, false); this.draw();
  }

  deleteHere() {
    const cursor = this.keys ? this.at(...this.spot(), REACH.keyboard) : this.over;
    const i = this.moving() ? this.grab.index : this.selected >= 0 ? this.selected : cursor;
    if (i >= 0) this.remove(i, this.moving() ? this.grab.before : this.points); else this.say("No point here.");
  }

  escape() {
    const g = this.grab;
    if (g) { this.points = g.before; this.grab = null; this.settle(); this.report(true); this.say("Put back."); }
    this.selected = -1; this.deleting = false; this.controls(); this.draw();
  }

  // ---- what is shown
  say(text, count = true) { this.$(".said").textContent = count ? `${text} ${this.count()}.` : text; }

  count() { const n = this.points.length; return `${n} point${n === 1 ? "" : "s"}${n >= this.scene.most ? ", the most" : ""}`; }

  color(c) { return roleColor(this.theme, this.scene.classes > 1 ? `class ${c}` : "data"); }

  figure() {
    const s = this.scene, title = document.createElement("b");
    title.textContent = s.title;
    const legend = s.layers.filter((l) => l.legend).map((l) => {
      const item = document.createElement("span"), mark = document.createElement("i");
      mark.style.setProperty("--c", roleColor(this.theme, l.role)); mark.className = l.type === "points" ? "dot" : "";
      item.append(mark, l.name);
      return item;
    });
    this.$("figcaption").replaceChildren(title, ...legend);
    this.canvas.style.setProperty("--height", `${s.height}px`);
    const classes = s.classes > 1 ? `1 to ${s.classes} set the class` : "";
    this.$(".keys").textContent = [" · keys: arrows, Enter, Delete", classes].filter(Boolean).join(" · ");
    this.canvas.setAttribute("aria-label", [s.title, `Points over ${axisTitle(s.x)} and ${axisTitle(s.y)}`,
      "Arrow keys move a cursor, with Shift in larger steps. Enter adds a point, or picks up and drops the one under the cursor. Delete removes it, Control Z takes back", classes]
      .filter(Boolean).join(". "));
    const group = this.$(".classes"), n = s.classes > 1 ? s.classes : 0;
    group.hidden = !n;
    if (group.children.length !== n) group.replaceChildren(...Array.from({ length: n }, (_, c) => {
      const button = document.createElement("button");
      button.dataset.do = "class"; button.dataset.class = c; button.title = `Class ${c + 1} (key ${c + 1})`;
      button.setAttribute("aria-label", `Class ${c + 1}`); button.append(document.createElement("i"), String(c + 1));
      return button;
    }));
  }

  controls() {
    [...this.$(".classes").children].forEach((button, c) => {
      button.style.setProperty("--c", this.color(c)); button.setAttribute("aria-pressed", c === this.class);
    });
    this.$("[data-do=delete]").setAttribute("aria-pressed", this.deleting);
    this.$("[data-do=undo]").disabled = !this.history.length; this.$("[data-do=clear]").disabled = !this.points.length;
    this.$("output").textContent = this.count();
  }

  draw() {
    if (!this.scene || this.drawing) return;
    this.drawing = requestAnimationFrame(() => { this.drawing = 0; if (this.root.host.isConnected) this.paint(); });
  }

  paint() {
    const { ctx, w, h } = fitCanvas(this.canvas), s = this.scene, theme = this.theme;
    ctx.clearRect(0, 0, w, h);
    const f = this.frame = frameOf(s, w, h, ctx, theme);
    s.layers.filter((l) => l.type === "heat").forEach((l) => drawLayer(ctx, f, l, theme));
    drawFrame(ctx, f, s, theme);
    s.layers.filter((l) => l.type !== "heat").forEach((l) => drawLayer(ctx, f, l, theme));
    this.paintPoints(ctx, f);
    if (!this.points.length) this.paintInvitation(ctx, f);
    if (this.keys) this.paintCursor(ctx);
    if (this.fresh) { this.fresh = false; this.overlays += 1; this.box.dataset.overlays = this.overlays; this.box.dataset.answered = s.seen; } // for the tests
  }

  paintPoints(ctx, f) {
    const g = this.moving() ? this.grab : null, marked = g ? g.index : this.over;
    this.points.forEach(([x, y, c], i) => {
      const X = f.x(x), Y = f.y(y), color = this.color(c), ring = (r, width) => { ctx.lineWidth = width; ctx.beginPath(); ctx.arc(X, Y, r, 0, 7); ctx.stroke(); };
      ctx.save();
      if (i === marked) { ctx.fillStyle = color; ctx.globalAlpha = 0.22; ctx.beginPath(); ctx.arc(X, Y, g ? 14 : 10, 0, 7); ctx.fill(); ctx.globalAlpha = 1; }
      ctx.strokeStyle = color;
      if (i === marked && g && g.out) ring(5, 1.6);
      else { ctx.fillStyle = color; ctx.strokeStyle = this.theme.background; ctx.lineWidth = 1.5; ctx.beginPath(); ctx.arc(X, Y, 5.5, 0, 7); ctx.fill(); ctx.stroke(); }
      if (i === this.selected) { ctx.strokeStyle = this.theme.text; ring(9, 2); }
      ctx.restore();
    });
  }

  paintInvitation(ctx, f) {
    ctx.save();
    ctx.font = `14px ${this.theme.font}`; ctx.fillStyle = this.theme.text; ctx.globalAlpha = 0.78; ctx.textAlign = "center"; ctx.textBaseline = "middle";
    ctx.fillText("Press here to add the first point", (f.left + f.right) / 2, (f.top + f.bottom) / 2 - 28);
    ctx.restore();
  }

  paintCursor(ctx) {
    const [X, Y] = this.spot();
    const arms = (color, width) => {
      ctx.strokeStyle = color; ctx.lineWidth = width; ctx.beginPath();
      for (const [a, b] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { ctx.moveTo(X + 8 * a, Y + 8 * b); ctx.lineTo(X + 17 * a, Y + 17 * b); }
      ctx.stroke();
    };
    ctx.save(); ctx.lineCap = "round"; arms(this.theme.background, 5); arms(this.theme.text, 2); ctx.restore();
  }

  close() { clearTimeout(this.later); this.resize.disconnect(); }
}

export default function (args) {
  const root = args.parentElement, pad = root.pad || (root.pad = new PointCanvas(root));
  pad.update(args);
  return () => { if (!root.host.isConnected) pad.close(); }; // also called for an update that a later one has overtaken
}
