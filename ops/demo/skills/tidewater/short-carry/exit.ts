export function exit(ctx) {
  const atr = ctx.atr(42);
  const trend = ctx.sma(120);
  const before = ctx.sma(120, { ago: 30 });
  if (atr === null || trend === null || before === null) return null;
  const close = ctx.bars.close[ctx.bars.length - 1];
  if (trend > before * 1.01) return { side: "exit", reason: "the trend turned up" };
  if (atr / close > ctx.parameters.calm * 1.6) return { side: "exit", reason: "too restless" };
  return null;
}
