// Points drawn by hand, over layers that Python computes from them. A point is [x, y, class].

const OUTSIDE = 24; // px off the plot where a dragged point is dropped

class PointCanvas extends Editor {
  constructor(root) {
    super(root, "points", "point", 2);
    this.cursor = [0.5, 0.5]; // the keyboard's place as fractions of the plot; shown while keys are used
  }

  get points() { return this.items; }

  allowed([px, py, c]) {
    const { x, y, classes } = this.scene;
    return px >= x.range[0] && px <= x.range[1] && py >= y.range[0] && py <= y.range[1] && c < classes;
  }

  addAt(X, Y) { return this.add([...this.place(X, Y), this.class]); }

  pressDelete() {
    if (this.selected >= 0) { this.remove(this.selected); return; }
    this.deleting = !this.deleting; this.say(this.deleting ? "Press a point to delete it." : "Delete is off."); this.controls();
  }

  // ---- places
  at(X, Y, reach) { // the nearest point within reach, or -1
    let best = -1, closest = reach * reach;
    this.points.forEach(([x, y], i) => {
      const d = (this.frame.x(x) - X) ** 2 + (this.frame.y(y) - Y) ** 2;
      if (d <= closest) { closest = d; best = i; }
    });
    return best;
  }

  spot() { const f = this.frame; return [f.left + this.cursor[0] * (f.right - f.left), f.bottom - this.cursor[1] * (f.bottom - f.top)]; }

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
      grab.index = this.addAt(X, Y); grab.added = grab.index >= 0;
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
    if (g.index < 0 && g.kind === "touch" && !this.deleting) { g.index = this.addAt(g.X, g.Y); g.added = g.index >= 0; }
    const tapped = g.index >= 0 && !g.added && !g.moved;
    if (g.out || (tapped && this.deleting)) this.remove(g.index, g.before);
    else {
      if (tapped) { this.selected = this.selected === g.index ? -1 : g.index; this.say(`Point ${g.index + 1} ${this.selected < 0 ? "let go" : "selected"}.`); }
      this.release();
    }
    if (g.kind === "touch") { this.over = -1; this.$(".tip").hidden = true; } else this.hover(e.offsetX, e.offsetY);
    this.draw();
  }

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
    if (found && g && g.out) found.lines = ["Let go to delete"];
    showTip(tip, this.box, this.canvas, found || null, g && g.kind === "touch" ? 30 : 12);
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
    const mine = here && !e.ctrlKey && !e.metaKey;
    if (arrows && mine) this.step(arrows, e.shiftKey ? 0.1 : 0.01);
    else if ((e.key === "Enter" || e.key === " ") && mine) { if (!e.repeat) this.enter(); }
    else if (!this.command(e)) return;
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
      const added = this.addAt(X, Y);
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

  // ---- what is shown
  color(c) { return roleColor(this.theme, this.scene.classes > 1 ? `class ${c}` : "data"); }

  help() {
    const { x, y } = this.scene;
    return {
      hint: "keys: arrows, Enter, Delete",
      label: [`Points over ${axisTitle(x)} and ${axisTitle(y)}`,
        "Arrow keys move a cursor, with Shift in larger steps. Enter adds a point, or picks up and drops the one under the cursor. Delete removes it, Control Z takes back"],
    };
  }

  controls() {
    super.controls();
    this.$("[data-do=delete]").setAttribute("aria-pressed", this.deleting);
  }

  paintItems(ctx, f) {
    this.paintPoints(ctx, f);
    if (this.keys) this.paintCursor(ctx);
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
}

export default function (args) { return mount(args, PointCanvas); }
