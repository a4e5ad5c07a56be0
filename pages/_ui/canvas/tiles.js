// Small square pictures side by side, cut out of one sheet; where one may be chosen they are a group of radio buttons.

const MAGNIFIED = 4; // a pixel of the picture is 4 × 4 of the canvas: what is enlarged keeps its edges, and is not ragged

class Tiles {
  constructor(root) {
    this.root = root; this.sheet = root.querySelector(".sheet"); this.head = root.querySelector(".head");
    this.sheet.addEventListener("click", (e) => { const tile = e.target.closest("button"); if (tile) this.choose(+tile.dataset.at); });
    this.sheet.addEventListener("keydown", (e) => this.key(e));
  }

  update(args) {
    this.args = args;
    if (args.data === this.bytes) return;
    this.bytes = args.data;
    const s = (this.scene = unpack(args.data));
    this.head.textContent = s.title;
    this.sheet.setAttribute("role", s.choosing ? "radiogroup" : "list"); this.sheet.setAttribute("aria-label", s.label);
    this.sheet.classList.toggle("fixed", s.columns > 0);
    for (const [name, value] of [["--columns", s.columns], ["--side", `${s.side}px`], ["--most", `${s.most}px`]]) this.sheet.style.setProperty(name, value);
    const shape = `${s.n} ${s.choosing}`;
    if (shape !== this.shape) { this.shape = shape; this.sheet.replaceChildren(...Array.from({ length: s.n }, (_, i) => this.tile(i))); }
    [...this.sheet.children].forEach((tile, i) => {
      const said = s.titles[i] || `${i + 1}`;
      tile.setAttribute("aria-label", said); tile.title = s.titles[i] || ""; tile.lastChild.textContent = s.captions[i] || "";
    });
    this.chosen = s.chosen; this.mark(); this.paint(s);
  }

  tile(i) {
    const { choosing } = this.scene, tile = document.createElement(choosing ? "button" : "div");
    tile.className = "tile"; tile.dataset.at = i;
    if (choosing) tile.type = "button";
    tile.setAttribute("role", choosing ? "radio" : "listitem");
    const canvas = document.createElement("canvas"), caption = document.createElement("span");
    canvas.setAttribute("aria-hidden", "true"); caption.className = "caption";
    tile.append(canvas, caption);
    return tile;
  }

  async paint(s) {
    const bitmap = await createImageBitmap(new Blob([s.png]));
    if (s !== this.scene) return;
    const { px, across } = s, large = px * MAGNIFIED;
    [...this.sheet.children].forEach((tile, i) => {
      const canvas = tile.firstChild;
      if (canvas.width !== large) canvas.width = canvas.height = large;
      const ctx = canvas.getContext("2d");
      ctx.imageSmoothingEnabled = false;
      ctx.drawImage(bitmap, (i % across) * px, Math.floor(i / across) * px, px, px, 0, 0, large, large);
    });
    this.sheet.dataset.drawn = (+this.sheet.dataset.drawn || 0) + 1; // read by the tests
  }

  mark() {
    if (!this.scene.choosing) return;
    [...this.sheet.children].forEach((tile, i) => {
      tile.setAttribute("aria-checked", i === this.chosen);
      tile.tabIndex = i === this.chosen || (!i && !(this.chosen >= 0 && this.chosen < this.scene.n)) ? 0 : -1;
    });
  }

  choose(at) {
    this.chosen = at; this.mark();
    this.args.setTriggerValue("choice", at);
  }

  key(e) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key], tiles = [...this.sheet.children];
    if (!by || !this.scene.choosing) return;
    const at = tiles.indexOf(this.root.activeElement), next = tiles[(at + by + tiles.length) % tiles.length];
    e.preventDefault(); next.focus(); this.choose(+next.dataset.at);
  }
}

export default function (args) {
  const root = args.parentElement, tiles = root.tiles || (root.tiles = new Tiles(root));
  tiles.update(args);
}
