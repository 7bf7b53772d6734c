export function exit(ctx) {
  const fast = ctx.sma(ctx.parameters.fast);
  const slow = ctx.sma(ctx.parameters.slow);
  if (fast === null || slow === null) return null;
  if (ctx.position.side === "long" && fast < slow) return { side: "exit", reason: "fast average back below slow" };
  if (ctx.position.side === "short" && fast > slow) return { side: "exit", reason: "fast average back above slow" };
  return null;
}
