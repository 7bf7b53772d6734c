export function entry(ctx) {
  const rsi = ctx.rsi(14);
  const atr = ctx.atr(14);
  const calm = ctx.atr(96);
  if (rsi === null || atr === null || calm === null || atr > calm * 2) return null;
  const close = ctx.bars.close[ctx.bars.length - 1];
  if (rsi < ctx.parameters.low) {
    return { side: "long", size: 0.8, stop: close - 2 * atr, target: close + 1.5 * atr, reason: `RSI ${rsi.toFixed(1)}` };
  }
  if (rsi > ctx.parameters.high) {
    return { side: "short", size: 0.8, stop: close + 2 * atr, target: close - 1.5 * atr, reason: `RSI ${rsi.toFixed(1)}` };
  }
  return null;
}
