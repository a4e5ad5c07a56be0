// The joints of one body that the visitor moves, with its bones, over layers that Python computes from them. A joint is [x, y];
// there are always as many as there are names. The joint that was touched last is reported too.

const BONE = 3, DOT = 4.5; // px, the width of a bone and the radius of a joint

class JointCanvas extends Editor {
  constructor(root) {
    super(root, "joints", "joint", 1);
    this.touched = -1; // as long as Python has not said another
  }

  get joints() { return this.items; }

  allowed() { return true; }

  more() { return { at: this.touched }; }

  atStart() { return this.joints.every((joint, i) => joint[0] === this.scene.start[2 * i] && joint[1] === this.scene.start[2 * i + 1]); }

  // ---- places
  at(X, Y, reach) { // the nearest joint within reach, or -1; the chosen one comes before another on the same spot
    const far = ([x, y]) => Math.hypot(this.frame.x(x) - X, this.frame.y(y) - Y), chosen = this.scene.chosen;
    let best = -1, closest = reach;
    this.joints.forEach((joint, i) => { const d = far(joint); if (d <= closest) { closest = d; best = i; } });
    return best >= 0 && chosen >= 0 && far(this.joints[chosen]) <= closest + 3 ? chosen : best;
  }

  carry(i, shift) {
    const { x, y } = this.scene, [a, b] = this.joints[i];
    this.put(i, [tidy(x, a + shift[0]), tidy(y, b + shift[1])]);
  }

  // ---- pointer
  down(e) {
    if (!e.isPrimary || e.button !== 0 || !this.frame) return;
    if (this.moving()) this.release();
    this.keys = false;
    const X = e.offsetX, Y = e.offsetY, index = this.at(X, Y, REACH[e.pointerType] || REACH.mouse);
    if (index < 0) return;
    const [x, y] = this.joints[index];
    this.grab = { index, before: this.joints, X, Y, pointer: e.pointerId, kind: e.pointerType, shift: [this.frame.x(x) - X, this.frame.y(y) - Y] };
    this.canvas.setPointerCapture(e.pointerId);
    this.touch(index); this.look(X, Y);
  }

  move(e) {
    const X = e.offsetX, Y = e.offsetY, g = this.grab;
    if (!g || g.pointer === null) { if (e.isPrimary && this.frame && e.pointerType !== "touch") this.hover(X, Y); return; }
    if (e.pointerId !== g.pointer || (!g.moved && Math.hypot(X - g.X, Y - g.Y) <= (SLOP[g.kind] || SLOP.mouse))) return;
    g.moved = true;
    this.put(g.index, this.place(X + g.shift[0], Y + g.shift[1]));
    this.report(); this.look(X, Y); this.draw();
  }

  up(e) {
    const g = this.grab;
    if (!g || e.pointerId !== g.pointer) return;
    this.release();
    if (g.kind === "touch") { this.over = -1; this.$(".tip").hidden = true; } else this.hover(e.offsetX, e.offsetY);
    this.draw();
  }

  release() { // let go of the joint, where it is
    const g = this.grab;
    this.grab = null; this.over = -1;
    if (g.moved) this.changed(g.before, `${this.told(g.index)}.`);
    else { this.settle(); this.report(true); this.draw(); }
  }

  touch(i) { // its numbers are wanted, whether it moves or not
    this.touched = i;
    this.say(`${this.told(i)}.`, false); this.report(); this.draw();
  }

  hover(X, Y) { this.over = this.at(X, Y, REACH.mouse); this.look(X, Y); this.draw(); }

  look(X, Y) { // the pointer's shape, and the tip
    const g = this.grab, i = g ? g.index : this.over, n = (v) => formatNumber(+v.toFixed(1), 5);
    this.canvas.style.cursor = g ? "grabbing" : i >= 0 ? "grab" : "default";
    const found = i >= 0 ? { X, Y, lines: [this.nameOf(i), `x ${n(this.joints[i][0])} px`, `y ${n(this.joints[i][1])} px`] }
      : this.inside(X, Y) && nearest(this.scene, this.frame, this.scene.layers, X, Y);
    showTip(this.$(".tip"), this.box, this.canvas, found || null, g && g.kind === "touch" ? 40 : 14);
  }

  nameOf(i) { return this.scene.names[i]; }

  told(i) { const [x, y] = this.joints[i]; return `${this.nameOf(i)}: x ${formatNumber(x)}, y ${formatNumber(y)} px`; }

  // ---- keys
  key(e) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    const mine = e.target === this.canvas && !e.ctrlKey && !e.metaKey;
    if (!this.frame || e.altKey || (this.grab && this.grab.pointer !== null)) return;
    if (arrows && mine) this.step(arrows, e.shiftKey);
    else if (e.key === " " && mine) this.next(e.shiftKey ? -1 : 1);
    else if (e.key === "Enter" && mine) { if (this.moving()) this.release(); }
    else if (!this.command(e)) return;
    e.preventDefault(); e.stopPropagation();
  }

  step(direction, far) { // a half per cent of the picture's height, with Shift ten times as much
    const i = this.moving() ? this.grab.index : this.chosen(), by = (this.scene.y.range[1] - this.scene.y.range[0]) * (far ? 0.05 : 0.005);
    if (i < 0) { this.next(1); return; }
    if (!this.moving()) this.grab = { index: i, before: this.joints, pointer: null };
    this.grab.moved = this.keys = true; this.touched = i;
    this.carry(i, direction.map((d) => d * by));
    this.report(); this.say(`${this.told(i)}.`, false); this.draw();
  }

  chosen() { // what was touched, until Python has been told of it and has answered
    return this.touched >= 0 && (this.due || this.scene.seen < this.sent) ? this.touched : this.scene.chosen;
  }

  next(by) {
    const n = this.joints.length, i = this.chosen();
    if (this.moving()) this.release();
    this.keys = true;
    this.touch(((i < 0 ? (by > 0 ? -1 : 0) : i) + by + n) % n);
  }

  deleteHere() { this.say("A joint can be moved, not deleted.", false); }

  press(name) {
    if (name === "undo") this.undo();
    else if (name === "clear") { const before = this.items; this.items = before.map((_, i) => this.scene.start.slice(2 * i, 2 * i + 2)); this.changed(before, "Every joint is back."); }
  }

  // ---- what is shown
  count() { return `${this.items.length} joints`; }

  help() {
    return {
      hint: "keys: Space the next joint, arrows move it",
      label: ["Joints on a picture", "Space chooses the next joint, with Shift the one before. Arrow keys move it, with Shift in larger steps. Enter lets go, Escape puts back, Control Z takes back"],
    };
  }

  controls() {
    this.$("[data-do=undo]").disabled = !this.history.length;
    this.$("[data-do=clear]").disabled = this.atStart();
  }

  paintItems(ctx, f) {
    const g = this.moving() ? this.grab : null, marked = g ? g.index : this.over, chosen = this.chosen();
    const places = this.joints.map(([x, y]) => [f.x(x), f.y(y)]), color = roleColor(this.theme, this.scene.role), halo = haloOf(this.theme);
    ctx.save();
    ctx.lineCap = "round";
    for (const [ink, width] of [[halo, BONE + 2.5], [color, BONE]]) {
      ctx.strokeStyle = ink; ctx.lineWidth = width; ctx.beginPath();
      for (const [a, b] of this.scene.bones) { ctx.moveTo(...places[a]); ctx.lineTo(...places[b]); }
      ctx.stroke();
    }
    places.forEach(([X, Y], i) => {
      const disc = (r, fill, alpha) => { ctx.globalAlpha = alpha; ctx.fillStyle = fill; ctx.beginPath(); ctx.arc(X, Y, r, 0, 7); ctx.fill(); };
      if (i === marked) disc(g ? 14 : 10, color, 0.3);
      disc(i === chosen ? DOT + 3.5 : DOT + 1.5, halo, 1); disc(i === chosen ? DOT + 2 : DOT, color, 1);
      if (i === chosen) disc(2.5, halo, 1);
    });
    ctx.restore();
  }
}

export default function (args) { return mount(args, JointCanvas); }
