// What a visitor edits by hand: the base of the canvases of points and of boxes. The items (rows of numbers) live here while
// they are edited and are reported as {revision, sequence, moving, <name>: [numbers of all rows]}. Python answers each report
// with new layers and the sequence it has seen. Where answers come quickly, a second report is sent before the first is
// answered; else the next waits for the answer, so slow work is never overrun. Items that come from Python replace the
// local ones only with a new revision, and never under a finger.

const REACH = { mouse: 10, pen: 14, touch: 24, keyboard: 9 }; // px from a thing that still count as on it
const SLOP = { mouse: 3, pen: 5, touch: 8 }; // px that a press may move and stay a press
const PAUSE = 60, PATIENCE = 1000; // ms between reports, and until an unanswered report no longer holds the next
const QUICK = 250, AHEAD = 0.45; // ms of a quick answer, and the share of it after which a second report may be under way
const UNDO = 200; // changes that can be taken back

// Round to five significant digits of the axis's extent (of the value itself on a log axis).
function tidy(axis, v) {
  const [low, high] = axis.range, extent = axis.scale === "log" ? v : high - low;
  return clamp(+v.toFixed(clamp(4 - Math.floor(Math.log10(extent)), 0, 100)), low, high);
}

class Editor {
  constructor(root, name, one, classAt) { // the items' name, that of one of them, and where its class stands in its row
    this.root = root; this.$ = (s) => root.querySelector(s); this.name = name; this.one = one; this.classAt = classAt;
    this.box = this.$(".pad"); this.canvas = this.$("canvas");
    this.items = []; this.history = []; this.class = 0; this.deleting = false;
    this.selected = this.over = -1; // indices of the item that was tapped, and of the one under the pointer
    this.grab = null; // {index, before, moved, pointer, …}: the item being changed, by a pointer or (pointer null) by keys
    this.keys = false; // whether the keyboard is in use
    this.sentAt = -Infinity; this.times = {}; this.trip = Infinity; // when the last two reports were sent, by sequence; ms until the last answer
    this.reports = this.overlays = 0;
    this.resize = new ResizeObserver(() => this.draw());
    this.resize.observe(this.box);
    this.on(this.canvas, "pointerdown", this.down); this.on(this.canvas, "pointermove", this.move);
    this.on(this.canvas, "pointerup", this.up);
    this.on(this.canvas, "pointercancel", (e) => { if (this.grab && e.pointerId === this.grab.pointer) this.release(); }); // the browser took the finger, to scroll
    this.on(this.canvas, "pointerleave", () => { if (!this.grab) { this.over = -1; this.$(".tip").hidden = true; this.draw(); } });
    this.on(this.canvas, "touchstart", (e) => { if (this.holds() && e.cancelable) e.preventDefault(); }); // an item under the finger: do not scroll
    this.on(this.canvas, "focus", () => { this.keys = this.canvas.matches(":focus-visible"); this.draw(); });
    this.on(this.canvas, "blur", () => { if (this.moving() && this.grab.pointer === null) this.release(); this.keys = false; this.draw(); });
    this.on(this.box, "keydown", this.key);
    this.on(this.box, "click", (e) => { const b = e.target.closest("button"); if (b) this.press(b.dataset.do, +b.dataset.class); });
  }

  on(target, name, handler) { target.addEventListener(name, handler.bind(this), { passive: false }); }

  moving() { return this.grab && this.grab.index >= 0; }

  get width() { return this.classAt + 1; } // numbers of a row

  more() { return {}; } // what else is reported

  holds() { return this.moving(); } // whether a finger that goes on will not scroll

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

  settle() { // take Python's items if they are new; keep only what its axes and classes allow
    const { revision, classes } = this.scene, flat = this.scene[this.name], width = this.width;
    if (revision !== this.revision) {
      this.revision = revision; this.history = []; this.due = false; clearTimeout(this.later);
      this.items = Array.from({ length: flat.length / width }, (_, i) => flat.slice(width * i, width * (i + 1)));
      this.selected = this.over = -1;
    } else if (!this.items.every((item) => this.allowed(item))) {
      this.items = this.items.filter((item) => this.allowed(item)); this.selected = this.over = -1;
    }
    this.class = Math.min(this.class, classes - 1);
  }

  // ---- data out
  answered() { // send what waited for this answer; an overtaken or lost report is sent again
    clearTimeout(this.later);
    if (this.times[this.scene.seen]) this.trip = performance.now() - this.times[this.scene.seen];
    if (this.due) this.report();
    else if (this.scene.seen < this.sent) this.later = setTimeout(() => this.report(), PATIENCE);
  }

  pause() { // ms from the last report to the next
    const unanswered = this.sent - this.scene.seen;
    if (unanswered === 1 && this.trip < QUICK) return Math.max(PAUSE, AHEAD * this.trip);
    return unanswered ? PATIENCE : PAUSE;
  }

  report(final = false) {
    clearTimeout(this.later);
    const left = this.pause() - (performance.now() - this.sentAt);
    this.due = !final && left > 0;
    if (this.due) { this.later = setTimeout(() => this.report(), left); return; }
    this.sentAt = performance.now(); this.sent += 1; this.reports += 1; this.box.dataset.reports = this.reports;
    this.times = { [this.sent - 1]: this.times[this.sent - 1], [this.sent]: this.sentAt };
    const moving = !!this.moving(); // more of the same drag will follow
    this.args.setStateValue(this.name, { revision: this.revision, sequence: this.sent, moving, [this.name]: this.items.flat(), ...this.more() });
  }

  // ---- changes; each leaves the array that it replaces untouched, so that history can keep it
  changed(before, text) {
    this.history.push(before);
    if (this.history.length > UNDO) this.history.shift();
    this.settle(); this.report(true); this.controls(); this.draw(); this.say(text);
  }

  put(i, item) { this.items = this.items.map((old, k) => (k === i ? item : old)); }

  add(item) { // the index of the new item, or -1
    const { most } = this.scene;
    if (this.items.length >= most) { this.say(`No more than ${most} ${this.name}. Delete one first.`); return -1; }
    this.items = [...this.items, item];
    this.selected = -1;
    return this.items.length - 1;
  }

  remove(i, before = this.items) {
    this.items = this.items.filter((_, k) => k !== i);
    this.grab = null; this.selected = this.over = -1;
    this.changed(before, "Deleted.");
  }

  undo() {
    if (this.moving()) { this.escape(); return; }
    this.selected = this.over = -1;
    if (!this.history.length) { this.say("Nothing to undo."); return; }
    this.items = this.history.pop();
    this.settle(); this.report(true); this.controls(); this.draw(); this.say("Undone.");
  }

  escape() {
    const g = this.grab;
    if (g) { this.items = g.before; this.grab = null; this.settle(); this.report(true); this.say("Put back."); }
    this.selected = -1; this.deleting = false; this.controls(); this.draw();
  }

  setClass(c) {
    if (!(c >= 0 && c < this.scene.classes)) return;
    this.class = c;
    const held = this.moving(), i = held ? this.grab.index : this.selected, before = this.items, differs = i >= 0 && before[i][this.classAt] !== c;
    if (differs) this.put(i, before[i].map((v, k) => (k === this.classAt ? c : v)));
    if (differs && !held) { this.changed(before, `${this.className(c)}.`); return; }
    if (differs) { this.grab.moved = true; this.report(); }
    this.say(`${this.className(c)}.`); this.controls(); this.draw();
  }

  press(name, c) {
    if (name === "class") this.setClass(c);
    else if (name === "undo") this.undo();
    else if (name === "clear" && this.items.length) { const before = this.items; this.items = []; this.selected = -1; this.changed(before, "Cleared."); }
    else if (name === "delete") this.pressDelete();
  }

  // ---- places
  place(X, Y) {
    const f = this.frame, { x, y } = this.scene;
    return [tidy(x, f.x.inverse(clamp(X, f.left, f.right))), tidy(y, f.y.inverse(clamp(Y, f.top, f.bottom)))];
  }

  inside(X, Y) { const f = this.frame; return X >= f.left && X <= f.right && Y >= f.top && Y <= f.bottom; }

  // ---- keys that every editor has; whether this one was among them
  command(e) {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "z") this.undo();
    else if (e.ctrlKey || e.metaKey) return false;
    else if (e.key === "Delete" || e.key === "Backspace") this.deleteHere();
    else if (e.key === "Escape" && (this.grab || this.selected >= 0 || this.deleting)) this.escape();
    else if (/^[1-8]$/.test(e.key) && this.scene.classes > 1) this.setClass(+e.key - 1);
    else return false;
    return true;
  }

  // ---- what is shown
  say(text, count = true) { this.$(".said").textContent = count ? `${text} ${this.count()}.` : text; }

  count() { const n = this.items.length; return `${n} ${n === 1 ? this.one : this.name}${n >= this.scene.most ? ", the most" : ""}`; }

  className(c) { return this.scene.names ? this.scene.names[c] : `Class ${c + 1}`; }

  figure() {
    const s = this.scene;
    showCaption(this.$("figcaption"), s.title, s.layers, this.theme);
    this.canvas.style.setProperty("--height", `${s.height}px`); fitHeight(this.canvas, s);
    const classes = s.classes > 1 ? `1 to ${s.classes} set the class` : "", { hint, label } = this.help();
    this.$(".keys").textContent = ["", hint, classes].filter((part, i) => !i || part).join(" · ");
    this.canvas.setAttribute("aria-label", [s.title, ...label, classes].filter(Boolean).join(". "));
    this.classButtons(this.$(".classes"), s.classes > 1 ? s.classes : 0);
  }

  classButtons(group, n) {
    const names = Array.from({ length: n }, (_, c) => this.className(c)), all = names.join("|");
    group.hidden = !n;
    if (group.dataset.names === all) return;
    group.dataset.names = all;
    group.replaceChildren(...names.map((name, c) => {
      const button = document.createElement("button");
      button.dataset.do = "class"; button.dataset.class = c; button.title = `${name} (key ${c + 1})`;
      button.setAttribute("aria-label", name); button.append(document.createElement("i"), this.scene.names ? name : String(c + 1));
      return button;
    }));
  }

  controls() {
    [...this.$(".classes").children].forEach((button, c) => {
      button.style.setProperty("--c", this.color(c)); button.setAttribute("aria-pressed", c === this.class);
    });
    this.$("[data-do=undo]").disabled = !this.history.length; this.$("[data-do=clear]").disabled = !this.items.length;
    this.$("output.count").textContent = this.count();
  }

  draw() {
    if (!this.scene || this.drawing) return;
    this.drawing = requestAnimationFrame(() => { this.drawing = 0; if (this.root.host.isConnected) this.paint(); });
  }

  paint() {
    const { ctx, w, h } = fitCanvas(this.canvas), s = this.scene;
    const f = this.frame = drawPlot(ctx, w, h, s, s.layers, this.theme, () => this.draw());
    this.paintItems(ctx, f);
    if (!this.items.length) this.paintInvitation(ctx, f);
    if (this.fresh) { this.fresh = false; this.overlays += 1; this.box.dataset.overlays = this.overlays; this.box.dataset.answered = s.seen; } // for the tests
  }

  close() { clearTimeout(this.later); this.resize.disconnect(); }
}

function mount(args, Kind) {
  const root = args.parentElement, pad = root.pad || (root.pad = new Kind(root));
  pad.update(args);
  return () => { if (!root.host.isConnected) pad.close(); }; // also called for an update that a later one has overtaken
}
