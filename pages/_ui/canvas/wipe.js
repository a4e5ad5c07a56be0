// Two pictures of one size on top of each other: a line that is dragged across uncovers the one below. Where it stands is known
// here alone, and kept while new pictures come.

class Wipe {
  constructor(root) {
    this.root = root; this.$ = (s) => root.querySelector(s);
    this.canvas = this.$("canvas"); this.slider = this.$("input"); this.bitmaps = {}; this.share = null;
    this.canvas.addEventListener("pointerdown", (e) => { this.canvas.setPointerCapture(e.pointerId); this.drag(e); });
    this.canvas.addEventListener("pointermove", (e) => { if (e.buttons || e.pointerType === "touch" && e.pressure) this.drag(e); });
    this.slider.addEventListener("input", () => this.put(this.slider.value / 100));
  }

  update(args) {
    this.theme = themeOf(this.root);
    if (args.data === this.bytes) return;
    this.bytes = args.data;
    const s = (this.scene = unpack(args.data));
    if (this.share === null) this.put(s.share);
    this.$("figcaption").textContent = s.title; this.$("figcaption").hidden = !s.title; this.$(".note").textContent = s.note;
    this.$(".before").textContent = s.names[0]; this.$(".after").textContent = s.names[1];
    this.canvas.style.setProperty("--height", `${s.height}px`); this.canvas.style.setProperty("--aspect", `${s.size[0]} / ${s.size[1]}`);
    this.canvas.setAttribute("role", "img"); this.canvas.setAttribute("aria-label", s.alt);
    this.load("before", s.before); this.load("after", s.after);
  }

  async load(name, jpeg) {
    if (this[name] && sameBytes(this[name], jpeg)) { this.draw(); return; }
    this[name] = jpeg;
    const bitmap = await createImageBitmap(new Blob([jpeg]));
    if (this[name] === jpeg) { this.bitmaps[name] = bitmap; this.draw(); }
  }

  drag(e) { const box = this.canvas.getBoundingClientRect(); this.put((e.clientX - box.left) / box.width); }

  put(share) {
    this.share = clamp(share, 0, 1); this.slider.value = 100 * this.share;
    this.slider.setAttribute("aria-valuetext", `${Math.round(100 * this.share)} % before`);
    this.draw();
  }

  draw() {
    const { before, after } = this.bitmaps, s = this.scene;
    if (!s || !after) return;
    const [w, h] = s.size, ratio = Math.min(1, 1600 / Math.max(w, h)) * Math.max(1, Math.min(2, 900 / Math.max(w, h)));
    const W = Math.round(w * ratio), H = Math.round(h * ratio);
    if (this.canvas.width !== W || this.canvas.height !== H) { this.canvas.width = W; this.canvas.height = H; }
    const ctx = this.canvas.getContext("2d"), X = this.share * W;
    ctx.imageSmoothingQuality = "high"; ctx.drawImage(after, 0, 0, W, H);
    if (before && X > 0) { ctx.save(); ctx.beginPath(); ctx.rect(0, 0, X, H); ctx.clip(); ctx.drawImage(before, 0, 0, W, H); ctx.restore(); }
    if (this.share > 0 && this.share < 1) this.line(ctx, X, H, W / (this.canvas.clientWidth || W));
    this.$(".before").style.opacity = this.share > 0.14 ? 1 : 0; this.$(".after").style.opacity = this.share < 0.86 ? 1 : 0;
    this.canvas.dataset.drawn = (+this.canvas.dataset.drawn || 0) + 1; // read by the tests
  }

  line(ctx, X, H, unit) { // `unit` pixels of the canvas make one of the screen
    for (const [color, width] of [["rgba(0, 0, 0, 0.45)", 4], ["#ffffff", 2]]) {
      ctx.strokeStyle = color; ctx.lineWidth = width * unit; ctx.beginPath(); ctx.moveTo(X, 0); ctx.lineTo(X, H); ctx.stroke();
    }
    ctx.fillStyle = "#ffffff"; ctx.strokeStyle = "rgba(0, 0, 0, 0.45)"; ctx.lineWidth = unit;
    ctx.beginPath(); ctx.arc(X, H / 2, 14 * unit, 0, 7); ctx.fill(); ctx.stroke();
    ctx.fillStyle = "#222222";
    for (const side of [-1, 1]) {
      ctx.beginPath(); ctx.moveTo(X + side * 10 * unit, H / 2); ctx.lineTo(X + side * 4 * unit, H / 2 - 5 * unit); ctx.lineTo(X + side * 4 * unit, H / 2 + 5 * unit); ctx.fill();
    }
  }
}

export default function (args) {
  const root = args.parentElement, wipe = root.wipe || (root.wipe = new Wipe(root));
  wipe.update(args);
}
