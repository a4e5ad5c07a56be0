// Gram matrices side by side, looked at entry by entry: the same entry in all of them, with the two feature maps that it
// multiplies and their product. All of it is here, so pointing needs no server.

class Gram {
  constructor(root) {
    this.root = root; this.$ = (s) => root.querySelector(s); this.i = this.j = 0;
    this.columns = this.$(".columns");
    this.columns.addEventListener("pointermove", (e) => this.point(e));
    this.columns.addEventListener("pointerdown", (e) => this.point(e));
    this.columns.addEventListener("keydown", (e) => this.key(e));
  }

  update(args) {
    this.theme = themeOf(this.root);
    if (args.data !== this.bytes) {
      this.bytes = args.data;
      const s = (this.scene = unpack(args.data));
      this.n = s.features.length;
      if (this.token !== s.token) { this.token = s.token; [this.i, this.j] = s.first; }
      this.i = Math.min(this.i, this.n - 1); this.j = Math.min(this.j, this.n - 1);
      if (this.columns.children.length !== s.names.length) this.build();
    }
    this.matrices(); this.show();
  }

  build() {
    const make = (tag, name, parent) => { const e = document.createElement(tag); e.className = name; parent.append(e); return e; };
    this.columns.style.setProperty("--n", this.scene.names.length);
    this.columns.replaceChildren();
    this.scene.names.forEach(() => {
      const column = make("figure", "column", this.columns);
      make("b", "", make("figcaption", "", column));
      make("canvas", "matrix", column).tabIndex = 0;
      make("p", "value", column);
      const maps = make("div", "maps", column);
      for (let k = 0; k < 3; k++) { const one = make("div", "", maps); make("canvas", "", one); make("span", "", one); }
    });
  }

  matrices() { // shades of the root, so that the small entries are seen as well; one scale for all
    const s = this.scene, n = this.n, top = s.grams.reduce((a, b) => Math.max(a, b), 1e-12);
    s.names.forEach((name, k) => {
      const column = this.columns.children[k], canvas = column.querySelector(".matrix"), ctx = canvas.getContext("2d");
      column.querySelector("b").textContent = name;
      canvas.width = canvas.height = n; canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `Gram matrix of ${name}, ${n} by ${n}. Arrow keys choose an entry`);
      const image = ctx.createImageData(n, n);
      for (let p = 0; p < n * n; p++) {
        const c = rampColor("cividis", Math.sqrt(Math.max(s.grams[k * n * n + p], 0) / top), this.theme);
        image.data.set([c[0], c[1], c[2], 255], 4 * p);
      }
      ctx.putImageData(image, 0, 0);
      canvas.painted = image;
    });
  }

  show() { // the entry in every matrix, its value and its feature maps
    const s = this.scene, { n, i, j } = this, names = [s.features[i], s.features[j]].map((f) => f + 1);
    const of = i === j ? `feature ${names[0]} with itself` : `features ${names[0]} and ${names[1]}`;
    this.$(".entry").textContent = `G${i === j ? "ᵢᵢ" : "ᵢⱼ"}: ${of} of ${s.total}`;
    s.names.forEach((name, k) => {
      const column = this.columns.children[k], matrix = column.querySelector(".matrix"), ctx = matrix.getContext("2d");
      ctx.putImageData(matrix.painted, 0, 0);
      ctx.fillStyle = "rgb(255 255 255 / 35%)"; ctx.fillRect(0, i, n, 1); ctx.fillRect(j, 0, 1, n);
      ctx.fillStyle = "#ff3b30"; ctx.fillRect(j, i, 1, 1);
      column.querySelector(".value").textContent = `${formatNumber(s.grams[k * n * n + i * n + j])}`;
      const [a, b] = [this.map(k, i), this.map(k, j)], product = a.map((v, p) => (v * b[p]) / 255), size = s.maps[k].shape.slice(1);
      [[a, `F ${names[0]}`], [b, `F ${names[1]}`], [product, "product"]].forEach(([values, label], m) => {
        const cell = column.querySelectorAll(".maps > div")[m], canvas = cell.firstChild;
        this.paint(canvas, values, size); cell.lastChild.textContent = label;
        canvas.setAttribute("role", "img"); canvas.setAttribute("aria-label", `${label} in ${name}`);
      });
    });
    this.columns.dataset.entry = `${i},${j}`; // read by the tests
  }

  map(k, feature) { const [, h, w] = this.scene.maps[k].shape; return Float32Array.from(this.scene.maps[k].subarray(feature * h * w, (feature + 1) * h * w)); }

  paint(canvas, values, [h, w]) {
    canvas.width = w; canvas.height = h;
    const ctx = canvas.getContext("2d"), image = ctx.createImageData(w, h);
    values.forEach((v, p) => { const c = rampColor("cividis", Math.sqrt(v / 255), this.theme); image.data.set([c[0], c[1], c[2], 255], 4 * p); });
    ctx.putImageData(image, 0, 0);
  }

  choose(i, j) {
    if (i === this.i && j === this.j) return;
    this.i = clamp(i, 0, this.n - 1); this.j = clamp(j, 0, this.n - 1);
    this.show();
  }

  point(e) {
    if (!e.target.classList.contains("matrix")) return;
    const box = e.target.getBoundingClientRect();
    this.choose(Math.floor(((e.clientY - box.top) / box.height) * this.n), Math.floor(((e.clientX - box.left) / box.width) * this.n));
  }

  key(e) {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
    if (!by || !e.target.classList.contains("matrix")) return;
    e.preventDefault(); this.choose(this.i + by[0], this.j + by[1]);
  }
}

export default function (args) {
  const root = args.parentElement, gram = root.gram || (root.gram = new Gram(root));
  gram.update(args);
}
