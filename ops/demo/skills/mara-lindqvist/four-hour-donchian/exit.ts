export function exit(ctx) {
  const top = ctx.highest(ctx.parameters.trail, { ago: 1 });
  const bottom = ctx.lowest(ctx.parameters.trail, { ago: 1 });
  if (top === null || bottom === null) return null;
  const close = ctx.bars.close[ctx.bars.length - 1];
  if (ctx.position.side === "long" && close < bottom) return { side: "exit", reason: "close below the trailing channel" };
  if (ctx.position.side === "short" && close > top) return { side: "exit", reason: "close above the trailing channel" };
  return null;
}
