// Boxes drawn by hand on a picture, over layers that Python computes from them. A box is [x0, y0, x1, y1, class] in pixels of
// the picture, y down, with its score after it where boxes have scores.

const HANDLE = 8; // px, the side of a handle
const NEW_SCORE = 0.9;

class BoxCanvas extends Editor {
  constructor(root) {
    super(root, "boxes", "box", 4);
    this.on(this.canvas, "keyup", (e) => { if (e.key.startsWith("Arrow") && this.moving() && this.grab.pointer === null) this.release(); });
    this.on(this.$(".score input"), "input", this.rate);
    this.on(this.$(".score input"), "change", () => { if (this.moving()) this.release(); });
  }

  get boxes() { return this.items; }

  get width() { return this.scene.scores ? 6 : 5; }

  get size() { return [this.scene.x.range[1], this.scene.y.range[1]]; }

  allowed([x0, y0, x1, y1, c]) {
    const [w, h] = this.size;
    return x0 >= 0 && x0 < x1 && x1 <= w && y0 >= 0 && y0 < y1 && y1 <= h && c < this.scene.classes;
  }

  make(corners) { return [...corners, this.class, ...(this.scene.scores ? [NEW_SCORE] : [])]; }

  reshape(i, corners) { this.put(i, [...corners, ...this.boxes[i].slice(4)]); }

  holds() { return Boolean(this.grab); }

  pressDelete() { this.deleteHere(); }

  deleteHere() {
    const i = this.moving() ? this.grab.index : this.selected;
    if (i >= 0) this.remove(i, this.moving() ? this.grab.before : this.boxes); else this.say("No box is selected.");
  }

  // ---- places
  pixels(i) { const f = this.frame, b = this.boxes[i]; return [f.x(b[0]), f.y(b[1]), f.x(b[2]), f.y(b[3])]; }

  // The boxes at (X, Y), smallest first.
  hits(X, Y, reach) {
    const area = (i) => (this.boxes[i][2] - this.boxes[i][0]) * (this.boxes[i][3] - this.boxes[i][1]), out = [];
    this.boxes.forEach((_, i) => {
      const [left, top, right, bottom] = this.pixels(i);
      if (X >= left - reach && X <= right + reach && Y >= top - reach && Y <= bottom + reach) out.push(i);
    });
    return out.sort((a, b) => area(a) - area(b) || b - a);
  }

  // Which sides of the selected box a press at (X, Y) takes hold of: [−1 left | 1 right | 0, −1 top | 1 bottom | 0], or null.
  sides(X, Y, reach) {
    if (this.selected < 0) return null;
    const [left, top, right, bottom] = this.pixels(this.selected);
    const side = (v, low, high) => { // less reach inward, so that the inside of a small box can still be grabbed
      const inner = Math.min(reach, (high - low) / 4);
      return v >= low - reach && v <= low + inner ? -1 : v >= high - inner && v <= high + reach ? 1 : v > low && v < high ? 0 : null;
    };
    const found = [side(X, left, right), side(Y, top, bottom)];
    return found.includes(null) || (found[0] === 0 && found[1] === 0) ? null : found;
  }

  // ---- pointer
  down(e) {
    if (!e.isPrimary || e.button !== 0 || !this.frame) return;
    if (this.moving()) this.release();
    this.keys = false;
    const X = e.offsetX, Y = e.offsetY, reach = REACH[e.pointerType] || REACH.mouse;
    const sides = e.shiftKey ? null : this.sides(X, Y, reach), hits = e.shiftKey ? [] : this.hits(X, Y, 3);
    if (!sides && !hits.length && !this.inside(X, Y)) return;
    const grab = this.grab = { before: this.boxes, index: -1, X, Y, pointer: e.pointerId, kind: e.pointerType, hits, sides };
    if (sides) grab.index = this.selected;
    else if (hits.length) {
      grab.index = hits.includes(this.selected) ? this.selected : hits[0];
      grab.again = grab.index === this.selected;
      this.selected = grab.index;
    }
    grab.start = this.boxes[grab.index];
    this.canvas.setPointerCapture(e.pointerId);
    this.controls(); this.look(X, Y); this.draw();
  }

  move(e) {
    const X = e.offsetX, Y = e.offsetY, g = this.grab;
    if (!g || g.pointer === null) { if (e.isPrimary && this.frame && e.pointerType !== "touch") this.hover(X, Y); return; }
    if (e.pointerId !== g.pointer) return;
    if (!g.moved && Math.hypot(X - g.X, Y - g.Y) <= (SLOP[g.kind] || SLOP.mouse)) return;
    if (g.index < 0) {
      g.index = this.add(this.make(this.drawn(g, X, Y)));
      if (g.index < 0) { this.grab = null; return; }
      g.added = true; this.selected = g.index;
    }
    g.moved = true;
    this.reshape(g.index, g.added ? this.drawn(g, X, Y) : this.carried(g.start, g.sides, this.shift(g, X, Y)));
    this.report(); this.controls(); this.look(X, Y); this.draw();
  }

  shift(g, X, Y) { const f = this.frame; return [f.x.inverse(X) - f.x.inverse(g.X), f.y.inverse(Y) - f.y.inverse(g.Y)]; }

  drawn(g, X, Y) { // from the corner where the press began to the pointer
    const a = this.place(g.X, g.Y), b = this.place(X, Y);
    return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
  }

  // A box whose given sides, or which itself (sides null), is moved by a shift, kept on the picture and at least so large.
  carried(start, sides, shift) {
    const { least } = this.scene, out = [];
    [this.scene.x, this.scene.y].forEach((axis, k) => {
      const high = axis.range[1], low = start[k], up = start[k + 2], d = shift[k];
      if (!sides) { const by = clamp(d, -low, high - up); out[k] = tidy(axis, low + by); out[k + 2] = tidy(axis, up + by); return; }
      out[k] = sides[k] < 0 ? tidy(axis, clamp(low + d, 0, Math.max(up - least, 0))) : low;
      out[k + 2] = sides[k] > 0 ? tidy(axis, clamp(up + d, Math.min(low + least, high), high)) : up;
    });
    return out;
  }

  up(e) {
    const g = this.grab;
    if (!g || e.pointerId !== g.pointer) return;
    if (!g.moved && g.index < 0) this.selected = -1;
    if (!g.moved && g.again && !g.sides) this.selected = g.hits[(g.hits.indexOf(g.index) + 1) % g.hits.length]; // what lies beneath
    const chosen = this.selected;
    this.release();
    if (!g.moved && chosen >= 0) this.say(`${this.told(chosen)} selected.`);
    if (g.kind === "touch") { this.over = -1; this.$(".tip").hidden = true; } else this.hover(e.offsetX, e.offsetY);
    this.controls(); this.draw();
  }

  release() { // let go of what was grabbed, where it is
    const g = this.grab, { least } = this.scene;
    this.grab = null; this.over = -1;
    if (g.index < 0 || !g.moved) { this.settle(); this.draw(); return; }
    const box = this.boxes[g.index];
    if (g.added && Math.min(box[2] - box[0], box[3] - box[1]) < least) {
      this.items = g.before; this.selected = -1;
      this.settle(); this.report(true); this.controls(); this.draw();
      this.say(`A box must be at least ${formatNumber(least)} px wide and high. Drag further.`);
      return;
    }
    this.changed(g.before, `${g.added ? "Added" : "Now"} ${this.told(g.index)}.`);
  }

  hover(X, Y) {
    const hits = this.hits(X, Y, 3);
    this.over = hits.includes(this.selected) ? this.selected : hits.length ? hits[0] : -1;
    this.look(X, Y); this.draw();
  }

  look(X, Y) { // the pointer's shape, and the tip
    const g = this.grab, i = g ? g.index : this.over, sides = g ? g.sides : this.sides(X, Y, REACH.mouse);
    const across = sides && sides[0], along = sides && sides[1];
    this.canvas.style.cursor = sides ? (across && along ? (across === along ? "nwse-resize" : "nesw-resize") : across ? "ew-resize" : "ns-resize")
      : g && !g.added && i >= 0 ? "grabbing" : i >= 0 && !g ? "grab" : this.inside(X, Y) ? "crosshair" : "default";
    const found = i >= 0 ? { X, Y, lines: this.tipOf(this.boxes[i]) } : !g && this.inside(X, Y) && nearest(this.scene, this.frame, this.scene.layers, X, Y);
    showTip(this.$(".tip"), this.box, this.canvas, found || null, g && g.kind === "touch" ? 30 : 12);
  }

  scored(box) { return this.scene.scores && !this.scene.unscored.includes(box[4]); }

  nameOf(box) { return [this.scene.classes > 1 ? this.className(box[4]) : "", this.scored(box) ? box[5].toFixed(2) : ""].filter(Boolean).join(" "); }

  tipOf(box) {
    const [x0, y0, x1, y1] = box, n = (v) => formatNumber(+v.toFixed(1), 5);
    return [this.nameOf(box), `x ${n(x0)} – ${n(x1)} px`, `y ${n(y0)} – ${n(y1)} px`, `${n(x1 - x0)} × ${n(y1 - y0)} px`].filter(Boolean);
  }

  told(i) { return `box ${i + 1}: ${this.tipOf(this.boxes[i]).join(", ")}`; }

  // ---- keys
  key(e) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    const mine = e.target === this.canvas && !e.ctrlKey && !e.metaKey;
    if (!this.frame || e.altKey || (this.grab && this.grab.pointer !== null)) return;
    if (arrows && mine) this.step(arrows, e.shiftKey, e.repeat);
    else if (e.key === "Enter" && mine) { if (!e.repeat) this.enter(); }
    else if (e.key === " " && mine) this.next(e.shiftKey ? -1 : 1);
    else if (!this.command(e)) return;
    e.preventDefault(); e.stopPropagation();
  }

  step(direction, resize, held) { // a pixel at a time, eight while the key is held down
    const i = this.selected, by = Math.min(1, this.size[0] / 100) * (held ? 8 : 1), shift = direction.map((d) => d * by);
    if (i < 0) { this.say("No box is selected. Space selects one, Enter draws one.", false); return; }
    if (!this.moving()) this.grab = { index: i, before: this.boxes, pointer: null };
    this.grab.moved = true; this.keys = true;
    this.reshape(i, this.carried(this.boxes[i], resize ? [1, 1] : null, shift));
    this.report(); this.say(this.told(i), false); this.draw();
  }

  enter() { // a box in the middle, beside one that is there already
    const [w, h] = this.size, { x, y } = this.scene, before = this.boxes, n = this.boxes.length % 5 - (this.boxes.length ? 1 : 0);
    const corner = [0.4 * w + (0.04 * n * w), 0.4 * h + (0.04 * n * h)], i = this.add(this.make([tidy(x, corner[0]), tidy(y, corner[1]), tidy(x, corner[0] + 0.2 * w), tidy(y, corner[1] + 0.2 * h)]));
    this.keys = true;
    if (i < 0) return;
    this.selected = i;
    this.changed(before, `Added ${this.told(i)}.`);
  }

  next(by) {
    const n = this.boxes.length;
    if (!n) { this.say("There is no box. Enter draws one.", false); return; }
    this.keys = true;
    this.selected = this.selected < 0 ? (by > 0 ? 0 : n - 1) : (this.selected + by + n) % n;
    this.say(`${this.told(this.selected)} selected.`, false); this.controls(); this.draw();
  }

  // ---- scores
  rate() {
    const i = this.selected, score = +this.$(".score input").value;
    if (i < 0) return;
    if (!this.moving()) this.grab = { index: i, before: this.boxes, pointer: null, moved: true };
    this.put(i, [...this.boxes[i].slice(0, 5), score]);
    this.report(); this.controls(); this.draw();
  }

  // ---- what is shown
  color(c) { return roleColor(this.theme, this.scene.roles[c]); }

  help() {
    return {
      hint: "Shift drag draws inside a box · keys: Enter new, Space next, arrows move, Shift arrows resize, Delete",
      label: [`Boxes on a picture of ${formatNumber(this.size[0])} by ${formatNumber(this.size[1])} pixels`,
        "Enter draws a box, Space selects the next. Arrow keys move the selected box, with Shift they resize it. Delete removes it, Control Z takes back"],
    };
  }

  controls() {
    super.controls();
    const box = this.boxes[this.selected], field = this.$(".score");
    this.$("[data-do=delete]").disabled = !box;
    field.hidden = !this.scene.scores; field.classList.toggle("idle", !box || !this.scored(box));
    if (box && this.scored(box)) { field.querySelector("input").value = box[5]; field.querySelector("output").textContent = box[5].toFixed(2); }
  }

  paintItems(ctx, f) {
    const marked = this.moving() ? this.grab.index : this.over;
    ctx.save();
    ctx.beginPath(); ctx.rect(f.left - 2, f.top - 2, f.right - f.left + 4, f.bottom - f.top + 4); ctx.clip();
    this.boxes.forEach((box, i) => {
      const [left, top, right, bottom] = this.pixels(i), color = this.color(box[4]), chosen = i === this.selected;
      const stroke = (ink, width) => { ctx.strokeStyle = ink; ctx.lineWidth = width; ctx.strokeRect(left, top, right - left, bottom - top); };
      ctx.fillStyle = color; ctx.globalAlpha = chosen ? 0.16 : i === marked ? 0.2 : 0.07; ctx.fillRect(left, top, right - left, bottom - top);
      ctx.globalAlpha = 0.75; stroke(haloOf(this.theme), chosen ? 4.5 : 4);
      ctx.globalAlpha = 1; stroke(color, chosen ? 2.5 : 2);
    });
    this.boxes.forEach((box, i) => { const name = this.nameOf(box); if (name) drawTag(ctx, f, name, this.pixels(i), this.color(box[4]), 1, this.theme); });
    ctx.restore();
    if (this.selected >= 0) this.paintHandles(ctx, this.pixels(this.selected), this.color(this.boxes[this.selected][4]));
  }

  paintHandles(ctx, [left, top, right, bottom], color) {
    const middle = [(left + right) / 2, (top + bottom) / 2], r = HANDLE / 2;
    ctx.fillStyle = this.theme.background; ctx.strokeStyle = color; ctx.lineWidth = 2;
    for (const X of [left, middle[0], right]) for (const Y of [top, middle[1], bottom]) {
      const between = X === middle[0] || Y === middle[1];
      if ((X === middle[0] && Y === middle[1]) || (between && Math.min(right - left, bottom - top) < 3 * HANDLE)) continue;
      ctx.fillRect(X - r, Y - r, HANDLE, HANDLE); ctx.strokeRect(X - r, Y - r, HANDLE, HANDLE);
    }
  }

  paintInvitation(ctx, f) {
    ctx.save();
    const text = "Drag here to draw the first box", X = (f.left + f.right) / 2, Y = (f.top + f.bottom) / 2;
    ctx.font = `14px ${this.theme.font}`; ctx.textAlign = "center"; ctx.textBaseline = "middle"; ctx.lineWidth = 4; ctx.lineJoin = "round";
    ctx.strokeStyle = this.theme.background; ctx.strokeText(text, X, Y); // over any picture
    ctx.fillStyle = this.theme.text; ctx.fillText(text, X, Y);
    ctx.restore();
  }
}

export default function (args) { return mount(args, BoxCanvas); }
