// A mask painted by hand on a picture with a round brush. What is painted are dabs [x, y, r, class]: x and y shares of the width
// and the height, r of the longer side, class 0 to paint and 1 to wipe. A stroke is one change, reported when it ends.

const APART = 0.35; // of the radius, from one dab of a stroke to the next
const STEP = 0.02; // of the picture, that an arrow key moves the brush

class MaskCanvas extends Editor {
  constructor(root) {
    super(root, "dabs", "dab", 3);
    this.brush = null; // where it is, shares of the picture
    this.slider = this.$(".brush input");
    this.on(this.slider, "input", () => { this.radius = +this.slider.value; this.draw(); });
    this.on(this.canvas, "wheel", this.wheel);
  }

  settle() { super.settle(); if (this.radius === undefined) { this.radius = this.scene.radius; this.slider.value = this.radius; } }

  allowed() { return true; }

  holds() { return true; }

  moving() { return Boolean(this.grab); }

  share(X, Y) {
    const f = this.frame;
    return [clamp((X - f.left) / (f.right - f.left), 0, 1), clamp((Y - f.top) / (f.bottom - f.top), 0, 1)];
  }

  longer() { return Math.max(this.frame.right - this.frame.left, this.frame.bottom - this.frame.top); }

  // ---- pointer
  down(e) {
    if (!e.isPrimary || e.button !== 0 || !this.frame) return;
    this.keys = false; this.brush = this.share(e.offsetX, e.offsetY);
    this.grab = { index: -1, before: this.items, pointer: e.pointerId, last: null };
    this.canvas.setPointerCapture(e.pointerId);
    this.dab();
  }

  move(e) {
    if (!e.isPrimary || !this.frame) return;
    const g = this.grab;
    if (g && e.pointerId !== g.pointer) return;
    for (const one of g && e.getCoalescedEvents ? e.getCoalescedEvents() : []) { this.brush = this.share(one.offsetX, one.offsetY); this.dab(); }
    this.brush = this.share(e.offsetX, e.offsetY);
    if (g) this.dab(); else this.draw();
  }

  up(e) { if (this.grab && e.pointerId === this.grab.pointer) { this.release(); if (e.pointerType === "touch") this.brush = null; } }

  wheel(e) { if (e.ctrlKey || e.metaKey) return; if (this.canvas.matches(":focus")) { e.preventDefault(); this.size(e.deltaY < 0 ? 1 : -1); } }

  size(by) { this.radius = clamp(this.radius * 1.15 ** by, 0.01, 0.3); this.slider.value = this.radius; this.draw(); }

  dab() {
    const [x, y] = this.brush, g = this.grab, f = this.frame, most = this.scene.most;
    const far = g.last && Math.hypot((x - g.last[0]) * (f.right - f.left), (y - g.last[1]) * (f.bottom - f.top)) / this.longer();
    const n = g.last ? Math.floor(far / (APART * this.radius)) : 1;
    for (let k = 1; k <= n && this.items.length < most; k++) {
      const at = g.last ? [g.last[0] + ((x - g.last[0]) * k) / n, g.last[1] + ((y - g.last[1]) * k) / n] : [x, y];
      this.items = [...this.items, [...at.map((v) => +v.toFixed(4)), +this.radius.toFixed(4), this.class]];
    }
    if (n) g.last = [x, y];
    this.draw();
  }

  release() {
    const before = this.grab.before;
    this.grab = null;
    if (this.items !== before) this.changed(before, this.class ? "Wiped." : "Painted.");
    this.draw();
  }

  // ---- keys
  key(e) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key], mine = e.target === this.canvas;
    if (!this.frame || e.altKey || this.grab) return;
    if (mine && arrows && !e.ctrlKey && !e.metaKey) {
      const [x, y] = this.brush || [0.5, 0.5], by = e.shiftKey ? 3 * STEP : STEP;
      this.keys = true; this.brush = [clamp(x + arrows[0] * by, 0, 1), clamp(y + arrows[1] * by, 0, 1)]; this.draw();
    } else if (mine && e.key === " ") {
      this.brush = this.brush || [0.5, 0.5]; this.grab = { index: -1, before: this.items, pointer: null, last: null }; this.dab(); this.release();
    } else if (mine && (e.key === "+" || e.key === "-")) this.size(e.key === "+" ? 1 : -1);
    else if (!this.command(e)) return;
    e.preventDefault(); e.stopPropagation();
  }

  deleteHere() { this.undo(); }

  // ---- what is shown
  count() { const n = this.items.length; return n ? (n >= this.scene.most ? "no more fits" : "painted") : "everywhere"; }

  color(c) { return c ? roleColor(this.theme, "before") : roleColor(this.theme, "fit"); }

  help() {
    return {
      hint: "keys: arrows move the brush, Space dabs, + and − change its size",
      label: ["Mask on the picture", "Arrow keys move the brush, Space dabs, plus and minus change its size, Control Z takes back"],
    };
  }

  paintInvitation() {}

  paintItems(ctx, f) { // what is left out lies in shadow
    const w = f.right - f.left, h = f.bottom - f.top, shade = this.shade || (this.shade = new OffscreenCanvas(1, 1)), longer = this.longer();
    const W = Math.max(1, Math.round(w)), H = Math.max(1, Math.round(h));
    shade.width = W; shade.height = H;
    const inner = shade.getContext("2d"), some = this.items.length > 0;
    inner.fillStyle = this.theme.dark ? "rgb(10 14 18 / 66%)" : "rgb(20 26 32 / 58%)";
    if (some && !this.items[0][3]) inner.fillRect(0, 0, W, H);
    for (const [x, y, r, wipes] of this.items) {
      inner.beginPath(); inner.arc(x * W, y * H, r * longer, 0, 7);
      inner.globalCompositeOperation = "destination-out"; inner.fillStyle = "#000"; inner.fill();
      if (wipes) { inner.globalCompositeOperation = "source-over"; inner.fillStyle = this.theme.dark ? "rgb(10 14 18 / 66%)" : "rgb(20 26 32 / 58%)"; inner.fill(); }
    }
    ctx.drawImage(shade, f.left, f.top, w, h);
    if (!this.brush || (!this.grab && !this.keys && !this.canvas.matches(":hover"))) return;
    const X = f.left + this.brush[0] * w, Y = f.top + this.brush[1] * h;
    for (const [ink, width] of [["#ffffff", 3], [this.color(this.class), 1.6]]) {
      ctx.strokeStyle = ink; ctx.lineWidth = width; ctx.beginPath(); ctx.arc(X, Y, this.radius * longer, 0, 7); ctx.stroke();
    }
  }
}

export default function (args) { return mount(args, MaskCanvas); }
