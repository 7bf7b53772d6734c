export function exit(ctx) {
  const n = ctx.bars.length;
  return ctx.bars.close[n - 1] < ctx.bars.close[n - 2] ? { side: "exit", reason: "one falling close" } : null;
}
