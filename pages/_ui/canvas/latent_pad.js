// A plane through z, shown as a grid of pictures, with a handle: where it is dragged, the server paints. While it is dragged the
// browser's own place counts; a place from the server counts when it is another than the last one that was sent from here.

const REPORT_MS = 60;

class LatentPad {
  constructor(root) {
    this.root = root; this.$ = (s) => root.querySelector(s); this.canvas = this.$("canvas"); this.sequence = 0;
    const c = this.canvas;
    c.addEventListener("pointerdown", (e) => { c.setPointerCapture(e.pointerId); c.focus({ preventScroll: true }); this.held = true; this.drag(e); });
    c.addEventListener("pointermove", (e) => { if (this.held) this.drag(e); });
    for (const end of ["pointerup", "pointercancel"]) c.addEventListener(end, () => { if (this.held) { this.held = false; this.send(false); this.draw(); } });
    c.addEventListener("keydown", (e) => this.key(e));
    new ResizeObserver(() => this.draw()).observe(c);
  }

  update(args) {
    this.args = args; this.theme = themeOf(this.root);
    if (args.data === this.bytes) { this.draw(); return; }
    this.bytes = args.data;
    const s = (this.scene = unpack(args.data));
    this.$(".head").textContent = s.title; this.$(".across").textContent = s.axes;
    this.$(".pad").style.setProperty("--most", `${s.most}px`); this.canvas.setAttribute("aria-label", s.label);
    if (!this.at || (!this.held && s.generation !== this.generation)) { this.at = [...s.at]; this.generation = s.generation; }
    this.draw(); this.load(s.png);
  }

  async load(png) {
    if (this.png && this.png.length === png.length && this.png.every((v, i) => v === png[i])) return;
    this.png = png;
    const bitmap = await createImageBitmap(new Blob([png]));
    if (this.png === png) { this.bitmap = bitmap; this.draw(); }
  }

  drag(e) {
    const box = this.canvas.getBoundingClientRect(), r = this.scene.reach;
    this.put((2 * (e.clientX - box.left) / box.width - 1) * r, (1 - 2 * (e.clientY - box.top) / box.height) * r, true);
  }

  put(x, y, moving) {
    const r = this.scene.reach;
    this.at = [clamp(x, -r, r), clamp(y, -r, r)];
    this.$(".where").textContent = `${this.at.map((v) => formatNumber(v, 2)).join(", ")}`;
    this.draw();
    const wait = REPORT_MS - (performance.now() - (this.sent || 0));
    if (wait <= 0) this.send(moving); else { clearTimeout(this.later); this.later = setTimeout(() => this.send(this.held), wait); }
  }

  send(moving) {
    clearTimeout(this.later); this.sent = performance.now();
    this.args.setStateValue("place", { x: this.at[0], y: this.at[1], moving: Boolean(moving), sequence: ++this.sequence, generation: this.generation });
  }

  key(e) {
    const d = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key];
    if (!d) return;
    e.preventDefault();
    const by = this.scene.reach * (e.shiftKey ? 0.2 : 0.04);
    this.put(this.at[0] + d[0] * by, this.at[1] + d[1] * by, false);
  }

  draw() {
    const s = this.scene, { ctx, w, h } = fitCanvas(this.canvas);
    if (!s || !this.bitmap || !w) return;
    ctx.imageSmoothingEnabled = true; ctx.imageSmoothingQuality = "high"; ctx.drawImage(this.bitmap, 0, 0, w, h);
    const X = (this.at[0] / s.reach + 1) / 2 * w, Y = (1 - this.at[1] / s.reach) / 2 * h, r = this.held ? 15 : 12;
    for (const [color, width] of [["rgba(0, 0, 0, 0.55)", 5], ["#ffffff", 2.5]]) {
      ctx.strokeStyle = color; ctx.lineWidth = width; ctx.beginPath(); ctx.arc(X, Y, r, 0, 7); ctx.stroke();
    }
    ctx.fillStyle = this.theme.accent; ctx.beginPath(); ctx.arc(X, Y, 4.5, 0, 7); ctx.fill();
    this.canvas.classList.toggle("moving", Boolean(this.held));
    this.canvas.setAttribute("aria-valuetext", `${formatNumber(this.at[0], 2)} across, ${formatNumber(this.at[1], 2)} up`);
    this.canvas.setAttribute("aria-valuenow", this.at[0].toFixed(2));
    this.canvas.dataset.at = this.at.map((v) => v.toFixed(2)).join(" "); // read by the tests
  }
}

export default function (args) {
  const root = args.parentElement, pad = root.pad || (root.pad = new LatentPad(root));
  pad.update(args);
}
