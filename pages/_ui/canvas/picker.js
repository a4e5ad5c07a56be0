// Small pictures of which one is chosen: a group of radio buttons. Arrow keys move the choice, as they do in any such group.

class Picker {
  constructor(root) {
    this.root = root; this.group = root.querySelector(".picker");
    this.group.addEventListener("click", (e) => { const b = e.target.closest("button"); if (b) this.choose(b.dataset.key); });
    this.group.addEventListener("keydown", (e) => this.key(e));
  }

  update(args) {
    this.args = args;
    if (args.data !== this.bytes) {
      this.bytes = args.data;
      const { label, side, items } = (this.scene = unpack(args.data)), names = items.map((item) => item.key).join("|");
      this.group.setAttribute("aria-label", label); this.group.style.setProperty("--side", `${side}px`);
      if (names !== this.names) { this.names = names; this.group.replaceChildren(...items.map((item) => this.button(item))); }
      items.forEach((item, i) => this.paint(this.group.children[i].firstChild, item.jpeg));
      this.chosen = this.scene.chosen;
    }
    this.mark();
  }

  button(item) {
    const button = document.createElement("button"), canvas = document.createElement("canvas");
    button.type = "button"; button.dataset.key = item.key; button.title = item.title;
    button.setAttribute("role", "radio"); button.setAttribute("aria-label", item.title);
    canvas.setAttribute("aria-hidden", "true"); button.append(canvas);
    return button;
  }

  async paint(canvas, jpeg) { // the middle square
    const bitmap = await createImageBitmap(new Blob([jpeg])), side = Math.min(bitmap.width, bitmap.height);
    canvas.width = canvas.height = side;
    canvas.getContext("2d").drawImage(bitmap, (side - bitmap.width) / 2, (side - bitmap.height) / 2);
  }

  mark() {
    const buttons = [...this.group.children], any = buttons.some((b) => b.dataset.key === this.chosen);
    buttons.forEach((b, i) => {
      b.setAttribute("aria-checked", b.dataset.key === this.chosen);
      b.tabIndex = b.dataset.key === this.chosen || (!any && !i) ? 0 : -1;
    });
  }

  choose(key) {
    if (key === this.chosen) return;
    this.chosen = key; this.mark();
    this.args.setTriggerValue("choice", key);
  }

  key(e) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key], buttons = [...this.group.children];
    if (!by) return;
    const at = buttons.indexOf(this.root.activeElement), next = buttons[(at + by + buttons.length) % buttons.length];
    e.preventDefault(); next.focus(); this.choose(next.dataset.key);
  }
}

export default function (args) {
  const root = args.parentElement, picker = root.picker || (root.picker = new Picker(root));
  picker.update(args);
}
