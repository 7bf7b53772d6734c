export function exit(ctx) {
  const mean = ctx.sma(ctx.parameters.window);
  if (mean === null) return null;
  const close = ctx.bars.close[ctx.bars.length - 1];
  const hours = (ctx.time - ctx.position.entryTime) / 3_600_000;
  if (hours >= 24) return { side: "exit", reason: "24 hours passed" };
  if (ctx.position.side === "long" && close >= mean) return { side: "exit", reason: "back at the mean" };
  if (ctx.position.side === "short" && close <= mean) return { side: "exit", reason: "back at the mean" };
  return null;
}
