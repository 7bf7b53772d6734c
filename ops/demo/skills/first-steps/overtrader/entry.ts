export function entry(ctx) {
  const n = ctx.bars.length;
  if (n < 3) return null;
  const c = ctx.bars.close;
  return c[n - 1] > c[n - 2] && c[n - 2] > c[n - 3] ? { side: "long", reason: "two rising closes" } : null;
}
