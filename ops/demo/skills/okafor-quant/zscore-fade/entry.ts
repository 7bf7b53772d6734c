function zscore(bars, n: number): number | null {
  if (bars.length < n) return null;
  let sum = 0;
  for (let i = bars.length - n; i < bars.length; i++) sum += bars.close[i];
  const mean = sum / n;
  let squares = 0;
  for (let i = bars.length - n; i < bars.length; i++) squares += (bars.close[i] - mean) ** 2;
  const deviation = Math.sqrt(squares / (n - 1));
  return deviation > 0 ? (bars.close[bars.length - 1] - mean) / deviation : null;
}

export function entry(ctx) {
  const z = zscore(ctx.bars, ctx.parameters.window);
  if (z === null) return null;
  if (z < -ctx.parameters.distance) return { side: "long", reason: `z = ${z.toFixed(2)}` };
  if (z > ctx.parameters.distance) return { side: "short", reason: `z = ${z.toFixed(2)}` };
  return null;
}
