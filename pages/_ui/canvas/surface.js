// A height field seen from a turning viewpoint, drawn back to front (painter's algorithm): needs no WebGL.

function projector(panel, w, h, view) {
  const [x0, x1] = panel.x.range, [y0, y1] = panel.y.range, [z0, z1] = panel.z.range;
  const ca = Math.cos(view.turn), sa = Math.sin(view.turn), ce = Math.cos(view.tilt), se = Math.sin(view.tilt);
  const size = Math.min(w * 0.62, h * 0.78);
  return (x, y, z) => { // → [X px, Y px, depth]
    const u = (x - x0) / (x1 - x0) - 0.5, v = (y - y0) / (y1 - y0) - 0.5, t = Math.min(Math.max((z - z0) / (z1 - z0), 0), 1.2) - 0.5;
    const a = u * ca - v * sa, b = u * sa + v * ca;
    return [w / 2 + a * size, h / 2 - (t * 0.62 * ce + b * se) * size, b];
  };
}

function drawSurface(ctx, w, h, panel, layers, theme, view) {
  const project = projector(panel, w, h, view), surface = layers.find((l) => l.type === "height");
  const [rows, columns] = surface.grid.shape, [x0, x1, y0, y1] = surface.extent, [z0, z1] = panel.z.range;
  const at = (i, j) => [x0 + ((x1 - x0) * i) / (columns - 1), y0 + ((y1 - y0) * j) / (rows - 1), surface.grid[j * columns + i]];
  const cells = [];
  for (let j = 0; j < rows - 1; j++) for (let i = 0; i < columns - 1; i++) {
    const corners = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
    const inside = cutAbove(corners, z1); // what rises out of the box is left open
    if (inside.length < 3) continue;
    const flat = inside.map((c) => project(...c)), mean = (key, n) => inside.reduce((s, c) => s + c[key], 0) / n;
    cells.push({ flat, depth: flat.reduce((s, c) => s + c[2], 0) / flat.length, mean: mean(2, inside.length) });
  }
  cells.sort((a, b) => b.depth - a.depth);
  drawFloor(ctx, panel, project, theme);
  ctx.lineWidth = 0.6;
  for (const cell of cells) {
    const [r, g, b] = rampColor("cividis", (cell.mean - z0) / (z1 - z0), theme);
    ctx.fillStyle = ctx.strokeStyle = `rgb(${r},${g},${b})`;
    ctx.beginPath(); cell.flat.forEach(([X, Y], k) => (k ? ctx.lineTo(X, Y) : ctx.moveTo(X, Y))); ctx.closePath();
    ctx.fill(); ctx.stroke();
    ctx.strokeStyle = "rgba(255,255,255,.14)"; ctx.stroke();
  }
  for (const l of layers.filter((l) => l.type === "path")) drawSpatialPath(ctx, l, project, theme);
}

// The part of a polygon below height z, its new corners by interpolation (Sutherland and Hodgman 1974, one plane).
function cutAbove(corners, z) {
  const out = [];
  corners.forEach((a, k) => {
    const b = corners[(k + 1) % corners.length];
    if (a[2] <= z) out.push(a);
    if ((a[2] <= z) !== (b[2] <= z)) { const t = (z - a[2]) / (b[2] - a[2]); out.push(a.map((v, i) => v + t * (b[i] - v))); }
  });
  return out;
}

function drawFloor(ctx, panel, project, theme) {
  const [x0, x1] = panel.x.range, [y0, y1] = panel.y.range, z0 = panel.z.range[0];
  ctx.strokeStyle = theme.line; ctx.fillStyle = theme.text; ctx.lineWidth = 1; ctx.font = `11px ${theme.font}`;
  ctx.beginPath();
  [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]].forEach(([x, y], k) => { const [X, Y] = project(x, y, z0); k ? ctx.lineTo(X, Y) : ctx.moveTo(X, Y); });
  ctx.stroke();
  ctx.textAlign = "center"; ctx.textBaseline = "middle";
  const label = (text, x, y, push = 16) => {
    const [X, Y] = project(x, y, z0), [cx, cy] = project((x0 + x1) / 2, (y0 + y1) / 2, z0), d = Math.hypot(X - cx, Y - cy) || 1;
    ctx.fillText(text, X + (push * (X - cx)) / d, Y + (push * (Y - cy)) / d);
  };
  const nearX = [y0, y1].sort((a, b) => project((x0 + x1) / 2, b, z0)[1] - project((x0 + x1) / 2, a, z0)[1])[0];
  const nearY = [x0, x1].sort((a, b) => project(b, (y0 + y1) / 2, z0)[1] - project(a, (y0 + y1) / 2, z0)[1])[0];
  for (const t of ticksOf(panel.x, 4)) label(formatNumber(t), t, nearX);
  for (const t of ticksOf(panel.y, 4)) label(formatNumber(t), nearY, t);
  ctx.font = `12px ${theme.font}`;
  label(axisTitle(panel.x), (x0 + x1) / 2, nearX, 38); label(axisTitle(panel.y), nearY, (y0 + y1) / 2, 38);
  ctx.textAlign = "left"; ctx.fillText(`↑ ${axisTitle(panel.z)}`, 8, 12);
}

function drawSpatialPath(ctx, l, project, theme) {
  const points = [];
  for (let i = 0; i <= l.upto; i++) points.push(project(l.x[i], l.y[i], l.z[i]));
  const stroke = (color, width) => {
    ctx.strokeStyle = color; ctx.lineWidth = width; ctx.lineJoin = "round"; ctx.beginPath();
    points.forEach(([X, Y], k) => (k ? ctx.lineTo(X, Y) : ctx.moveTo(X, Y))); ctx.stroke();
  };
  stroke(theme.dark ? "#0b0f12" : "#ffffff", 5); stroke(roleColor(theme, l.role), 2);
  if (points.length) drawHead(ctx, ...points[points.length - 1].slice(0, 2), roleColor(theme, l.role), theme);
}
