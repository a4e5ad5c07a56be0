// Drawing shared by the canvas components: unpacking arrays, colours, axes, layers, captions, tips. No state, no events.
// ROLES, CIVIDIS and DIVERGING are put in front of this file by canvas/__init__.py, from the one table of colours.

// A message is [u32 length of the header][header: JSON, padded][arrays]. {"@": offset, t: type, s: shape} stands for an array.
function unpack(bytes) {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const size = new DataView(buffer).getUint32(0, true);
  const start = 4 + size;
  const revive = (_, v) => {
    if (!v || v["@"] === undefined) return v;
    const n = v.s.reduce((a, b) => a * b, 1);
    const array = v.t === "u1" ? new Uint8Array(buffer, start + v["@"], n) : new Float32Array(buffer, start + v["@"], n);
    array.shape = v.s;
    return array;
  };
  return JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)), revive);
}

// ---- numbers and colours ------------------------------------------------------------------------------------------

const clamp = (v, low, high) => Math.min(Math.max(v, low), high);

function superscript(n) { return String(n).replace("-", "⁻").replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]); }

function formatNumber(v, digits = 4) {
  if (!Number.isFinite(v)) return "–";
  if (v === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(v)) + 1e-9);
  let text;
  if (magnitude < -3 || magnitude > 5) {
    const mantissa = (v / 10 ** magnitude).toPrecision(Math.min(digits, 3)).replace(/\.?0+$/, "");
    text = mantissa === "1" ? `10${superscript(magnitude)}` : mantissa === "-1" ? `-10${superscript(magnitude)}`
      : `${mantissa}×10${superscript(magnitude)}`;
  } else {
    text = Math.abs(v) >= 1000 && Number.isInteger(v) ? String(v) : v.toPrecision(Math.max(digits, magnitude + 1));
    if (text.includes(".")) text = text.replace(/\.?0+$/, "");
  }
  return text.replace("-", "−");
}

function themeOf(root) {
  const style = getComputedStyle(root.host || root);
  const get = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const background = get("--st-background-color", "#ffffff");
  const [r, g, b] = parseColor(background);
  return {
    dark: 0.299 * r + 0.587 * g + 0.114 * b < 128, background, text: get("--st-text-color", "#18212b"),
    panel: get("--st-secondary-background-color", "#f2f3f0"), line: get("--st-border-color", "#daddd9"),
    accent: get("--st-primary-color", "#0072b2"), font: get("--st-font", "sans-serif"),
  };
}

function parseColor(text) {
  const hex = text.match(/^#([0-9a-f]{6})/i);
  if (hex) return [0, 2, 4].map((i) => parseInt(hex[1].slice(i, i + 2), 16));
  return (text.match(/[\d.]+/g) || [255, 255, 255]).slice(0, 3).map(Number);
}

function roleColor(theme, role) { return role in ROLES ? ROLES[role][theme.dark ? 1 : 0] : theme[role] || role; }

function rampColor(name, t, theme) {
  const stops = name === "diverging" ? DIVERGING[theme.dark ? 1 : 0] : CIVIDIS;
  const u = Math.min(Math.max(t, 0), 1) * (stops.length - 1), i = Math.min(Math.floor(u), stops.length - 2), f = u - i;
  return stops[i].map((c, k) => c + (stops[i + 1][k] - c) * f);
}

// ---- axes ---------------------------------------------------------------------------------------------------------

function ticksOf(axis, target) {
  const [low, high] = axis.range;
  if (axis.scale === "log") {
    const a = Math.ceil(Math.log10(low) - 1e-9), b = Math.floor(Math.log10(high) + 1e-9);
    if (b - a >= 1) {
      const every = Math.ceil((b - a + 1) / target), out = [];
      for (let k = a; k <= b; k += every) out.push(10 ** k);
      return out;
    }
  }
  const rough = (high - low) / target, power = 10 ** Math.floor(Math.log10(rough));
  const step = axis.every || [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const out = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) out.push(Math.abs(k * step) < step * 1e-9 ? 0 : k * step);
  return out;
}

function scaleOf(axis, from, to) {
  if (axis.down) [from, to] = [to, from]; // its values grow downwards, as the rows of a picture do
  const log = axis.scale === "log", f = log ? (v) => Math.log10(Math.max(v, 1e-300)) : (v) => v;
  const a = f(axis.range[0]), b = f(axis.range[1]), k = (to - from) / (b - a || 1);
  const map = (v) => from + (f(v) - a) * k;
  map.inverse = (p) => { const u = a + (p - from) / k; return log ? 10 ** u : u; };
  return map;
}

// Give a canvas its size in device pixels and return {ctx, w, h} in CSS pixels.
function fitCanvas(canvas) {
  const w = canvas.clientWidth, h = canvas.clientHeight, ratio = Math.min(window.devicePixelRatio || 1, 2);
  const W = Math.round(w * ratio), H = Math.round(h * ratio);
  if (canvas.width !== W || canvas.height !== H) { canvas.width = W; canvas.height = H; }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { ctx, w, h };
}

// Let a bare picture's canvas be no higher than the picture: no gap above it or below.
function fitHeight(canvas, { bare, aspect, x, y }) {
  const fits = Boolean(bare) && aspect === "equal";
  canvas.classList.toggle("fit", fits);
  if (fits) canvas.style.setProperty("--aspect", (x.range[1] - x.range[0]) / (y.range[1] - y.range[0]));
}

// Where the plot lies on its canvas. A bare one has no axes; an equal one gives a unit as many pixels on x as on y.
function frameOf(panel, w, h, ctx, theme) {
  const nx = Math.max(2, Math.floor(w / 90)), ny = Math.max(2, Math.floor(h / 55));
  ctx.font = `11px ${theme.font}`;
  const yTicks = panel.bare || panel.y.plain ? [] : ticksOf(panel.y, ny), xTicks = panel.bare ? [] : ticksOf(panel.x, nx);
  const gutter = Math.ceil(Math.max(16, ...yTicks.map((t) => ctx.measureText(formatNumber(t)).width))) + 28;
  const box = panel.bare ? { left: 1, right: w - 1, top: 1, bottom: h - 1 } : { left: gutter, right: w - 12, top: 8, bottom: h - 38 };
  if (panel.aspect === "equal") {
    const across = panel.x.range[1] - panel.x.range[0], along = panel.y.range[1] - panel.y.range[0];
    const scale = Math.min((box.right - box.left) / across, (box.bottom - box.top) / along);
    const spareX = (box.right - box.left - scale * across) / 2, spareY = (box.bottom - box.top - scale * along) / 2;
    box.left += spareX; box.right -= spareX; box.top += spareY; box.bottom -= spareY;
  }
  return { ...box, gutter, x: scaleOf(panel.x, box.left, box.right), y: scaleOf(panel.y, box.bottom, box.top), xTicks, yTicks };
}

function drawFrame(ctx, f, panel, theme, grid = true) {
  ctx.save();
  ctx.font = `11px ${theme.font}`; ctx.lineWidth = 1; ctx.strokeStyle = theme.line; ctx.fillStyle = theme.text;
  if (panel.bare || panel.aspect === "equal") ctx.strokeRect(f.left - 0.5, f.top - 0.5, f.right - f.left + 1, f.bottom - f.top + 1);
  if (panel.bare) { ctx.restore(); return; }
  ctx.globalAlpha = 0.8; ctx.beginPath(); // over a heat map only ticks, which a grid would spoil
  for (const t of f.xTicks) { const p = Math.round(f.x(t)) + 0.5; ctx.moveTo(p, grid ? f.top : f.bottom); ctx.lineTo(p, f.bottom + (grid ? 0 : 4)); }
  for (const t of f.yTicks) { const p = Math.round(f.y(t)) + 0.5; ctx.moveTo(f.left - (grid ? 0 : 4), p); ctx.lineTo(grid ? f.right : f.left, p); }
  ctx.stroke();
  ctx.globalAlpha = 0.78; ctx.textAlign = "center"; ctx.textBaseline = "top";
  for (const t of f.xTicks) ctx.fillText(formatNumber(t), f.x(t), f.bottom + 6);
  ctx.textAlign = "right"; ctx.textBaseline = "middle";
  for (const t of f.yTicks) ctx.fillText(formatNumber(t), f.left - 6, f.y(t));
  ctx.globalAlpha = 1; ctx.font = `12px ${theme.font}`; ctx.textAlign = "center"; ctx.textBaseline = "bottom";
  ctx.fillText(axisTitle(panel.x), (f.left + f.right) / 2, f.bottom + 37);
  ctx.translate(f.left - f.gutter + 11, (f.top + f.bottom) / 2); ctx.rotate(-Math.PI / 2); ctx.textBaseline = "middle";
  ctx.fillText(axisTitle(panel.y), 0, 0);
  ctx.restore();
}

function axisTitle(axis) { return axis.unit ? `${axis.label} (${axis.unit})` : axis.label; }

// ---- layers: each draws arrays that are already resolved to numbers -----------------------------------------------

const LAYERS = {
  points(ctx, f, l, theme) {
    const r = l.size || 3.5;
    ctx.fillStyle = roleColor(theme, l.role); ctx.strokeStyle = theme.background; ctx.lineWidth = 1;
    for (let i = 0; i < l.x.length; i++) {
      if (l.classes) ctx.fillStyle = roleColor(theme, `class ${l.classes[i]}`);
      ctx.beginPath(); ctx.arc(f.x(l.x[i]), f.y(l.y[i]), r, 0, 7);
      if (l.hollow) { ctx.strokeStyle = ctx.fillStyle; ctx.lineWidth = 1.6; ctx.stroke(); } else { ctx.fill(); ctx.stroke(); }
    }
  },
  line(ctx, f, l, theme) {
    ctx.strokeStyle = roleColor(theme, l.role); ctx.lineWidth = l.width || 2; ctx.lineJoin = "round";
    ctx.setLineDash(l.dash ? [6, 5] : []); ctx.globalAlpha = l.alpha || 1; ctx.beginPath();
    for (let i = 0; i < l.x.length; i++) {
      const X = f.x(l.x[i]), Y = Math.min(Math.max(f.y(l.y[i]), -1e4), 1e4);
      i ? ctx.lineTo(X, Y) : ctx.moveTo(X, Y);
    }
    ctx.stroke();
  },
  segments(ctx, f, l, theme) {
    ctx.strokeStyle = roleColor(theme, l.role); ctx.lineWidth = l.width || 1; ctx.globalAlpha = l.alpha || 0.55;
    ctx.setLineDash(l.dash ? [6, 5] : []); ctx.beginPath();
    for (let i = 0; i < l.x.length; i++) {
      ctx.moveTo(f.x(l.x[i]), f.y(l.y[i])); ctx.lineTo(f.x((l.x1 || l.x)[i]), f.y(l.y1[i]));
    }
    ctx.stroke();
  },
  arrows(ctx, f, l, theme) { // `head` px long
    const head = l.head || 6;
    ctx.strokeStyle = roleColor(theme, l.role); ctx.lineWidth = l.width || 1.5;
    for (let i = 0; i < l.x.length; i++) {
      const a = f.x(l.x[i]), b = f.y(l.y[i]), c = f.x(l.x1[i]), d = f.y(l.y1[i]), t = Math.atan2(d - b, c - a);
      ctx.beginPath(); ctx.moveTo(a, b); ctx.lineTo(c, d);
      for (const s of [2.6, -2.6]) { ctx.moveTo(c, d); ctx.lineTo(c + head * Math.cos(t + s), d + head * Math.sin(t + s)); }
      ctx.stroke();
    }
  },
  // A net of rows × columns nodes, node after node in x and y, whose cells are the fuller the smaller they are.
  net(ctx, f, l, theme) {
    const [rows, columns] = [l.rows, l.x.length / l.rows], X = Array.from(l.x, (v) => f.x(v)), Y = Array.from(l.y, (v) => f.y(v));
    ctx.fillStyle = ctx.strokeStyle = roleColor(theme, l.role); ctx.lineWidth = l.width || 0.8; ctx.lineJoin = "round";
    const full = ((f.right - f.left) * (f.bottom - f.top)) / 150; // px² that a whole net may cover at half strength
    for (let j = 0; j + 1 < rows; j++) for (let i = 0; i + 1 < columns; i++) {
      const a = j * columns + i, b = a + 1, c = b + columns, d = a + columns;
      const area = Math.abs((X[c] - X[a]) * (Y[d] - Y[b]) - (X[d] - X[b]) * (Y[c] - Y[a])) / 2;
      ctx.globalAlpha = 0.6 * Math.min(1, full / ((rows - 1) * (columns - 1) * 0.06 * Math.max(area, 1))) ** 0.7;
      ctx.beginPath(); ctx.moveTo(X[a], Y[a]); ctx.lineTo(X[b], Y[b]); ctx.lineTo(X[c], Y[c]); ctx.lineTo(X[d], Y[d]); ctx.fill();
    }
    ctx.globalAlpha = l.alpha || 0.55; ctx.beginPath();
    for (let j = 0; j < rows; j++) for (let i = 0; i < columns; i++) { const k = j * columns + i; i ? ctx.lineTo(X[k], Y[k]) : ctx.moveTo(X[k], Y[k]); }
    if (rows > 1) for (let i = 0; i < columns; i++) for (let j = 0; j < rows; j++) { const k = j * columns + i; j ? ctx.lineTo(X[k], Y[k]) : ctx.moveTo(X[k], Y[k]); }
    ctx.stroke();
  },
  heat(ctx, f, l, theme) {
    const [rows, columns] = l.grid.shape, low = l.range[0], span = l.range[1] - low || 1;
    const tile = tileOf(l, l.grid, theme.dark, (data) => {
      for (let j = 0; j < rows; j++) for (let i = 0; i < columns; i++) { // row 0 of the grid is the lowest y
        const c = rampColor(l.ramp, (l.grid[j * columns + i] - low) / span, theme), k = 4 * ((rows - 1 - j) * columns + i);
        data[k] = c[0]; data[k + 1] = c[1]; data[k + 2] = c[2]; data[k + 3] = 255;
      }
    });
    const x0 = f.x(l.extent[0]), x1 = f.x(l.extent[1]), y0 = f.y(l.extent[2]), y1 = f.y(l.extent[3]);
    ctx.globalAlpha = l.alpha || 1; ctx.imageSmoothingEnabled = !l.pixels; ctx.imageSmoothingQuality = "high";
    if (y0 < y1) { ctx.translate(0, y0 + y1); ctx.scale(1, -1); } // an axis that points down
    ctx.drawImage(tile, x0, Math.min(y0, y1), x1 - x0, Math.abs(y0 - y1));
  },
  contour(ctx, f, l, theme) {
    ctx.strokeStyle = roleColor(theme, l.role || "contour"); ctx.lineWidth = 1; ctx.globalAlpha = l.alpha || 0.55;
    ctx.beginPath();
    for (const level of l.levels) traceLevel(ctx, f, l, level);
    ctx.stroke();
  },
  path(ctx, f, l, theme) {
    const upto = l.upto, draw = (a, b) => {
      ctx.beginPath();
      for (let i = a; i <= b; i++) {
        const X = Math.min(Math.max(f.x(l.x[i]), -1e4), 1e4), Y = Math.min(Math.max(f.y(l.y[i]), -1e4), 1e4);
        i > a ? ctx.lineTo(X, Y) : ctx.moveTo(X, Y);
      }
      ctx.stroke();
    };
    const color = roleColor(theme, l.role);
    ctx.lineJoin = "round"; ctx.strokeStyle = color;
    if (l.ghost) { ctx.globalAlpha = 0.3; ctx.lineWidth = 1.5; draw(0, l.x.length - 1); ctx.globalAlpha = 1; }
    if (l.halo) { ctx.strokeStyle = theme.dark ? "#0b0f12" : "#ffffff"; ctx.lineWidth = 5; ctx.globalAlpha = 0.75; draw(0, upto); ctx.globalAlpha = 1; }
    ctx.strokeStyle = color; ctx.lineWidth = l.width || 2; draw(0, upto);
    if (l.dots && upto <= 60) {
      ctx.fillStyle = color;
      for (let i = 0; i < upto; i++) { ctx.beginPath(); ctx.arc(f.x(l.x[i]), f.y(l.y[i]), 2.2, 0, 7); ctx.fill(); }
    }
    drawHead(ctx, f.x(l.x[upto]), f.y(l.y[upto]), color, theme);
  },
  cross(ctx, f, l, theme) {
    ctx.strokeStyle = roleColor(theme, l.role); ctx.lineWidth = 2;
    for (let i = 0; i < l.x.length; i++) {
      const X = f.x(l.x[i]), Y = f.y(l.y[i]), r = l.size || 6;
      ctx.beginPath(); ctx.moveTo(X - r, Y - r); ctx.lineTo(X + r, Y + r); ctx.moveTo(X + r, Y - r); ctx.lineTo(X - r, Y + r); ctx.stroke();
    }
  },
};

// A canvas with a pixel for each place of a layer, painted anew only when the layer's array or the theme has changed.
function tileOf(l, array, key, paint) {
  const [rows, columns] = array.shape;
  if (!l.tile || l.tile.width !== columns || l.tile.height !== rows) l.tile = new OffscreenCanvas(columns, rows);
  if (l.drawn !== array || l.key !== key) {
    const inner = l.tile.getContext("2d"), image = inner.createImageData(columns, rows);
    paint(image.data);
    inner.putImageData(image, 0, 0); l.drawn = array; l.key = key;
  }
  return l.tile;
}

function drawHead(ctx, X, Y, color, theme) {
  ctx.fillStyle = color; ctx.strokeStyle = theme.background; ctx.lineWidth = 2;
  ctx.beginPath(); ctx.arc(X, Y, 5.5, 0, 7); ctx.fill(); ctx.stroke();
}

// One level of a grid by marching squares: each cell gives at most two straight pieces.
function traceLevel(ctx, f, l, level) {
  const [rows, columns] = l.grid.shape, g = l.grid, [x0, x1, y0, y1] = l.extent;
  const X = (i) => f.x(x0 + ((x1 - x0) * i) / (columns - 1)), Y = (j) => f.y(y0 + ((y1 - y0) * j) / (rows - 1));
  for (let j = 0; j < rows - 1; j++) for (let i = 0; i < columns - 1; i++) {
    const k = j * columns + i, a = g[k] - level, b = g[k + 1] - level, c = g[k + columns + 1] - level, d = g[k + columns] - level;
    if ((a > 0) === (b > 0) && (b > 0) === (c > 0) && (c > 0) === (d > 0)) continue;
    const cuts = [];
    if ((a > 0) !== (b > 0)) cuts.push([X(i + a / (a - b)), Y(j)]);
    if ((b > 0) !== (c > 0)) cuts.push([X(i + 1), Y(j + b / (b - c))]);
    if ((d > 0) !== (c > 0)) cuts.push([X(i + d / (d - c)), Y(j + 1)]);
    if ((a > 0) !== (d > 0)) cuts.push([X(i), Y(j + a / (a - d))]);
    for (let n = 0; n + 1 < cuts.length; n += 2) { ctx.moveTo(...cuts[n]); ctx.lineTo(...cuts[n + 1]); }
  }
}

function drawLayer(ctx, f, layer, theme) {
  ctx.save();
  ctx.beginPath(); ctx.rect(f.left, f.top, f.right - f.left, f.bottom - f.top); ctx.clip();
  LAYERS[layer.type](ctx, f, layer, theme);
  ctx.restore();
}

const UNDER = ["heat", "image", "mask"]; // they fill the plot: below its ticks, and a grid would spoil them

// Draw a plot with its layers, and return its frame. `redraw` is called when a picture has been decoded.
function drawPlot(ctx, w, h, panel, layers, theme, redraw) {
  ctx.clearRect(0, 0, w, h);
  const f = { ...frameOf(panel, w, h, ctx, theme), redraw }, under = layers.filter((l) => UNDER.includes(l.type));
  under.forEach((l) => drawLayer(ctx, f, l, theme));
  drawFrame(ctx, f, panel, theme, !under.length);
  layers.filter((l) => !UNDER.includes(l.type)).forEach((l) => drawLayer(ctx, f, l, theme));
  return f;
}

// ---- captions and tips --------------------------------------------------------------------------------------------

const MARKS = { points: "dot", boxes: "box", mask: "area", circles: "ring" };

function showCaption(caption, title, layers, theme) {
  const name = document.createElement("b");
  name.textContent = title;
  caption.replaceChildren(name, ...layers.filter((l) => l.legend).map((l) => {
    const item = document.createElement("span"), mark = document.createElement("i");
    mark.style.setProperty("--c", roleColor(theme, l.role)); mark.className = MARKS[l.type] || "";
    item.append(mark, l.name);
    return item;
  }));
}

// Show what was found at (X, Y) of a canvas beside that place, `lift` px above it where there is room.
function showTip(tip, box, canvas, found, lift = 12) {
  tip.hidden = !found;
  if (!found) return;
  tip.textContent = found.lines.join("\n");
  const top = canvas.offsetTop + found.Y - tip.offsetHeight - lift;
  tip.style.left = `${clamp(canvas.offsetLeft + found.X + 12, 0, Math.max(box.clientWidth - tip.offsetWidth - 4, 0))}px`;
  tip.style.top = `${top < 0 ? canvas.offsetTop + found.Y + 14 : top}px`;
}

// The nearest drawn point within 14 px of (X, Y), else the box or the region of a mask there: {X, Y, text lines}, or null.
function nearest(panel, f, layers, X, Y) {
  let best = null, closest = 14 * 14;
  for (const l of layers) {
    if (!["points", "path", "cross", "line", "skeleton"].includes(l.type)) continue;
    const end = l.type === "path" ? l.upto + 1 : l.x.length;
    for (let i = 0; i < end; i++) {
      const d = (f.x(l.x[i]) - X) ** 2 + (f.y(l.y[i]) - Y) ** 2;
      if (d < closest) { closest = d; best = { layer: l, i }; }
    }
  }
  if (!best) return boxAt(f, layers, X, Y) || regionAt(f, layers, X, Y);
  const { layer: l, i } = best, at = { X: f.x(l.x[i]), Y: f.y(l.y[i]) };
  if (l.tips) return { ...at, lines: [l.tips[i]] };
  const lines = [l.name || "", `${panel.x.label} ${formatNumber(l.x[i])}${panel.x.unit ? " " + panel.x.unit : ""}`,
    `${panel.y.label} ${formatNumber(l.y[i])}${panel.y.unit ? " " + panel.y.unit : ""}`];
  if (l.steps) lines.push(`step ${l.steps[i]}`);
  return { ...at, lines: lines.filter(Boolean) };
}
