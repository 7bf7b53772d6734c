export function entry(ctx) {
  const atr = ctx.atr(42);
  const trend = ctx.sma(120);
  const before = ctx.sma(120, { ago: 30 });
  if (atr === null || trend === null || before === null) return null;
  const close = ctx.bars.close[ctx.bars.length - 1];
  if (atr / close < ctx.parameters.calm && trend <= before) return { side: "short", reason: "calm and not rising" };
  return null;
}
