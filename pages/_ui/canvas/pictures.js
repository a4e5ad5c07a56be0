// Layers of pictures: an image, a map of labels, boxes. Drawn upright whichever way the y axis points.

// ---- images -------------------------------------------------------------------------------------------------------

const DECODED = [], KEPT = 24; // the newest encoded pictures with their bitmaps: a message that brings one again finds it
const FOUND = new WeakMap(); // array of bytes → its entry of DECODED

function decoded(bytes, redraw) {
  let entry = FOUND.get(bytes) || DECODED.find((one) => sameBytes(one.bytes, bytes));
  if (!entry) {
    entry = { bytes, bitmap: null, broken: false };
    entry.ready = createImageBitmap(new Blob([bytes])).then((bitmap) => { entry.bitmap = bitmap; }, () => { entry.broken = true; });
    DECODED.push(entry);
    if (DECODED.length > KEPT) DECODED.shift();
  }
  FOUND.set(bytes, entry);
  if (!entry.bitmap && !entry.broken) entry.ready.then(redraw);
  return entry;
}

function sameBytes(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function stamp(ctx, f, l, source, alpha) {
  const [x0, x1, y0, y1] = l.extent || [0, source.width, 0, source.height], X = f.x(x0), Y = Math.min(f.y(y0), f.y(y1));
  ctx.globalAlpha = l.alpha ?? alpha; ctx.imageSmoothingEnabled = l.smooth ?? true; ctx.imageSmoothingQuality = "high";
  ctx.drawImage(source, X, Y, f.x(x1) - X, Math.abs(f.y(y1) - f.y(y0)));
}

LAYERS.image = (ctx, f, l, theme) => {
  if (l.rgb) {
    stamp(ctx, f, l, tileOf(l, l.rgb, "", (data) => {
      for (let i = 0, k = 0; i < l.rgb.length; i += 3, k += 4) { data[k] = l.rgb[i]; data[k + 1] = l.rgb[i + 1]; data[k + 2] = l.rgb[i + 2]; data[k + 3] = 255; }
    }), 1);
    return;
  }
  const entry = decoded(l.jpegs ? l.jpegs[Math.round(l.which[0])] : l.jpeg, f.redraw), shown = ctx.canvas.shown || (ctx.canvas.shown = {}), place = String(l.extent);
  if (entry.bitmap) shown[place] = entry.bitmap;
  if (entry.broken) return writeOver(ctx, f, "This picture cannot be shown.", theme);
  if (shown[place]) stamp(ctx, f, l, shown[place], 1); // the one before it, while a new one is decoded: no blink
};

function writeOver(ctx, f, text, theme) {
  ctx.font = `13px ${theme.font}`; ctx.fillStyle = theme.text; ctx.textAlign = "center"; ctx.textBaseline = "middle";
  ctx.fillText(text, (f.left + f.right) / 2, (f.top + f.bottom) / 2);
}

// ---- masks: label k of the map has the colour roles[k]; "" and what lies beyond the list are clear ------------------

LAYERS.mask = (ctx, f, l, theme) => {
  const colors = l.roles.map((role) => role && parseColor(roleColor(theme, role)));
  stamp(ctx, f, { smooth: false, ...l }, tileOf(l, l.labels, colors.join("|"), (data) => {
    l.labels.forEach((label, i) => {
      const c = colors[label], k = 4 * i;
      if (c) { data[k] = c[0]; data[k + 1] = c[1]; data[k + 2] = c[2]; data[k + 3] = 255; }
    });
  }), 0.45);
};

function regionAt(f, layers, X, Y) {
  for (const l of layers.filter((l) => l.type === "mask" && l.tips).reverse()) {
    const [rows, columns] = l.labels.shape, [x0, x1, y0, y1] = l.extent || [0, columns, 0, rows], top = Math.min(f.y(y0), f.y(y1));
    const i = Math.floor(((X - f.x(x0)) / (f.x(x1) - f.x(x0))) * columns), j = Math.floor(((Y - top) / Math.abs(f.y(y1) - f.y(y0))) * rows);
    const tip = i >= 0 && i < columns && j >= 0 && j < rows && l.tips[l.labels[j * columns + i]];
    if (tip) return { X, Y, lines: tip.split("\n") };
  }
  return null;
}

// ---- boxes --------------------------------------------------------------------------------------------------------

// How box i looks: its state's look first, then its own entry of a list, then the layer's one value. Without a look it is hidden.
function lookOf(l, i) {
  const at = (v, otherwise) => (v === undefined || v === null ? otherwise : typeof v === "object" ? v[i] : v);
  const look = l.state ? l.looks[l.state[i]] : {};
  if (!look) return { alpha: 0 };
  return {
    role: look.role || at(l.roles) || l.role || "data", width: look.width ?? at(l.width, 2), dash: look.dash ?? at(l.dash, false),
    alpha: (look.alpha ?? 1) * at(l.alpha, 1), fill: look.fill ?? at(l.fill, 0), tag: (look.text ?? true) && l.text && l.text[i],
  };
}

// Box i in pixels [left, top, right, bottom]; null where a coordinate is no number.
function cornersOf(f, l, i) {
  const a = f.x(l.x0[i]), b = f.x(l.x1[i]), c = f.y(l.y0[i]), d = f.y(l.y1[i]);
  return Number.isFinite(a + b + c + d) ? [Math.min(a, b), Math.min(c, d), Math.max(a, b), Math.max(c, d)] : null;
}

function visibleBoxes(f, l) {
  const out = [];
  for (let i = 0; i < l.x0.length; i++) {
    const look = lookOf(l, i), corners = look.alpha > 0 && cornersOf(f, l, i);
    if (corners) out.push({ i, look, corners });
  }
  return out;
}

const DASHED = 500; // more dashed boxes than this would take seconds to draw: they are drawn whole

// A stroke for each box: one path for many is five times slower where the processor draws it. Later states lie above earlier ones.
LAYERS.boxes = (ctx, f, l, theme) => {
  const boxes = visibleBoxes(f, l), halo = haloOf(theme);
  if (l.state) boxes.sort((a, b) => l.state[a.i] - l.state[b.i]);
  for (const { look, corners: [left, top, right, bottom] } of boxes) {
    const wide = right - left, high = bottom - top;
    ctx.strokeStyle = ctx.fillStyle = roleColor(theme, look.role);
    if (look.fill) { ctx.globalAlpha = look.alpha * look.fill; ctx.fillRect(left, top, wide, high); }
    ctx.globalAlpha = look.alpha;
    if (l.halo) { ctx.strokeStyle = halo; ctx.lineWidth = look.width + 2; ctx.strokeRect(left, top, wide, high); ctx.strokeStyle = ctx.fillStyle; }
    ctx.lineWidth = look.width;
    if (look.dash && boxes.length <= DASHED) { ctx.setLineDash([5, 4]); ctx.strokeRect(left, top, wide, high); ctx.setLineDash([]); }
    else ctx.strokeRect(left, top, wide, high);
  }
  for (const { look, corners } of boxes) if (look.tag) drawTag(ctx, f, look.tag, corners, roleColor(theme, look.role), look.alpha, theme);
};

// ---- circles: places x, y and radii r in units of the axes ---------------------------------------------------------

LAYERS.circles = (ctx, f, l, theme) => {
  const color = roleColor(theme, l.role), width = l.width || 1.5, stroke = (ink, wide) => { ctx.strokeStyle = ink; ctx.lineWidth = wide; ctx.stroke(); };
  for (let i = 0; i < l.x.length; i++) {
    const X = f.x(l.x[i]);
    ctx.beginPath(); ctx.arc(X, f.y(l.y[i]), Math.abs(f.x(l.x[i] + l.r[i]) - X), 0, 7);
    if (l.fill) { ctx.globalAlpha = l.fill; ctx.fillStyle = color; ctx.fill(); ctx.globalAlpha = 1; }
    if (l.halo) stroke(haloOf(theme), width + 2);
    ctx.setLineDash(l.dash ? [5, 4] : []); stroke(color, width); ctx.setLineDash([]);
  }
};

// The box that the pointer is on, drawn again and wider.
LAYERS.outline = (ctx, f, { layer: l, i }, theme) => {
  const look = lookOf(l, i), c = look.alpha > 0 && i < l.x0.length && cornersOf(f, l, i);
  if (!c) return;
  for (const [color, width] of [[haloOf(theme), look.width + 4], [roleColor(theme, look.role), look.width + 1.5]]) {
    ctx.strokeStyle = color; ctx.lineWidth = width; ctx.strokeRect(c[0], c[1], c[2] - c[0], c[3] - c[1]);
  }
};

function haloOf(theme) { return theme.dark ? "#0b0f12" : "#ffffff"; }

// Black or white, whichever stands out more from a colour (WCAG's relative luminance).
function inkOn(color) {
  const linear = parseColor(color).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 ? "#000000" : "#ffffff";
}

// A label on its box's top left corner: above it, or inside where the plot ends.
function drawTag(ctx, f, text, [left, top, right, bottom], color, alpha, theme) {
  if (right < f.left || left > f.right || bottom < f.top || top > f.bottom) return;
  ctx.font = `600 11px ${theme.font}`; ctx.textAlign = "left"; ctx.textBaseline = "middle";
  const wide = Math.ceil(ctx.measureText(text).width) + 8, X = Math.max(Math.min(left - 1, f.right - wide), f.left), Y = top - 16 < f.top ? Math.max(top, f.top) : top - 16;
  ctx.globalAlpha = alpha; ctx.fillStyle = color; ctx.fillRect(X, Y, wide, 16);
  ctx.fillStyle = inkOn(color); ctx.fillText(text, X + 4, Y + 8.5);
}

// Joints and the bones between them: a halo below, then the bones, then the joints. `x`, `y` of M joints, of which one that is
// no number is left out with its bones; `bones`, places of two joints in turn; `roles` and `bone_roles`; `alphas` and `text` of M.
LAYERS.skeleton = (ctx, f, l, theme) => {
  const X = (i) => f.x(l.x[i]), Y = (i) => f.y(l.y[i]), alpha = (i) => (l.alphas ? l.alphas[i] : 1), wide = l.width || 4, r = l.size || 4;
  const joints = [...l.x.keys()].filter((i) => Number.isFinite(l.x[i] + l.y[i])), bones = [];
  for (let k = 0; k < l.bones.length; k += 2) {
    const [a, b] = [l.bones[k], l.bones[k + 1]];
    if (Number.isFinite(l.x[a] + l.y[a] + l.x[b] + l.y[b])) bones.push({ a, b, role: l.bone_roles[k / 2] });
  }
  ctx.lineCap = "round";
  for (const halo of [2.5, 0]) {
    for (const { a, b, role } of bones) {
      ctx.strokeStyle = halo ? haloOf(theme) : roleColor(theme, role); ctx.globalAlpha = Math.min(alpha(a), alpha(b)); ctx.lineWidth = wide + halo;
      ctx.setLineDash(l.dash && !halo ? [wide + 4, wide + 4] : []);
      ctx.beginPath(); ctx.moveTo(X(a), Y(a)); ctx.lineTo(X(b), Y(b)); ctx.stroke();
    }
  }
  ctx.setLineDash([]); ctx.strokeStyle = haloOf(theme); ctx.lineWidth = 1.5;
  for (const i of joints) {
    ctx.fillStyle = roleColor(theme, l.roles[i]); ctx.globalAlpha = alpha(i);
    ctx.beginPath(); ctx.arc(X(i), Y(i), r, 0, 7); ctx.fill(); ctx.stroke();
  }
  for (const i of joints) if (l.text && l.text[i]) drawTag(ctx, f, l.text[i], [X(i) + r + 4, Y(i) + 8, X(i) + r + 4, Y(i) + 8], roleColor(theme, l.roles[i]), 1, theme);
};

// The box whose edge is nearest, within 5 px of (X, Y), else the smallest around it: what its tip, its label or its layer says.
function boxAt(f, layers, X, Y) {
  let best = null;
  for (const l of layers) {
    if (l.type !== "boxes") continue;
    for (const { i, corners: [left, top, right, bottom] } of visibleBoxes(f, l)) {
      const outside = Math.hypot(Math.max(left - X, X - right, 0), Math.max(top - Y, Y - bottom, 0));
      const edge = outside || Math.min(X - left, right - X, Y - top, bottom - Y), area = (right - left) * (bottom - top);
      const near = edge <= 5;
      if (outside > 0 && !near) continue;
      const said = (l.tips && l.tips[i]) || (l.text && l.text[i]) || l.name;
      const closer = !best || (near !== best.near ? near : near && Math.abs(edge - best.edge) > 0.5 ? edge < best.edge : area < best.area);
      if (said && closer) best = { near, edge, area, said, box: { layer: l, i } };
    }
  }
  return best && { X, Y, lines: best.said.split("\n"), box: best.box };
}

// The boxes that can be seen, in words: "3 boxes: dog 0.98, …".
function listBoxes(layers) {
  const one = (v) => v, flat = { x: one, y: one };
  return layers.filter((l) => l.type === "boxes").map((l) => {
    const seen = visibleBoxes(flat, l), texts = seen.map(({ look }) => look.tag).filter(Boolean), most = 12;
    const rest = texts.length > most ? ` and ${texts.length - most} more` : "";
    return `${l.name ? `${l.name}: ` : ""}${seen.length} box${seen.length === 1 ? "" : "es"}${texts.length ? `: ${texts.slice(0, most).join(", ")}${rest}` : ""}`;
  });
}
