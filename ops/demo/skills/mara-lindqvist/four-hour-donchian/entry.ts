export function entry(ctx) {
  const top = ctx.highest(ctx.parameters.channel, { ago: 1 });
  const bottom = ctx.lowest(ctx.parameters.channel, { ago: 1 });
  if (top === null || bottom === null) return null;
  const close = ctx.bars.close[ctx.bars.length - 1];
  if (close > top) return { side: "long", reason: "close above the channel" };
  if (close < bottom) return { side: "short", reason: "close below the channel" };
  return null;
}
