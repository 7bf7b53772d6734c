export function entry(ctx) {
  const top = ctx.highest(ctx.parameters.channel, { ago: 1 });
  if (top === null) return null;
  const close = ctx.bars.close[ctx.bars.length - 1];
  return close > top ? { side: "long", reason: "close above the channel" } : null;
}
