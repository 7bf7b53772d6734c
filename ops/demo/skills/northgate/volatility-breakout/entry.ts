export function entry(ctx) {
  const quiet = ctx.atr(24, { ago: 1 });
  const usual = ctx.atr(168, { ago: 1 });
  if (quiet === null || usual === null || quiet > usual * 0.8) return null;
  const last = ctx.bars.length - 1;
  const move = ctx.bars.close[last] - ctx.bars.open[last];
  const close = ctx.bars.close[last];
  if (move > ctx.parameters.width * quiet) return { side: "long", stop: close - 2 * quiet, target: close + 4 * quiet, reason: "wide bar up after quiet" };
  if (move < -ctx.parameters.width * quiet) return { side: "short", stop: close + 2 * quiet, target: close - 4 * quiet, reason: "wide bar down after quiet" };
  return null;
}
