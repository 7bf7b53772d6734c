// Long when the fast average rises above the slow one, short when it falls below.
export function entry(ctx) {
  const fast = ctx.sma(ctx.parameters.fast);
  const slow = ctx.sma(ctx.parameters.slow);
  const fastBefore = ctx.sma(ctx.parameters.fast, { ago: 1 });
  const slowBefore = ctx.sma(ctx.parameters.slow, { ago: 1 });
  if (fast === null || slow === null || fastBefore === null || slowBefore === null) return null;
  if (fastBefore <= slowBefore && fast > slow) return { side: "long", reason: "fast average crossed above slow" };
  if (fastBefore >= slowBefore && fast < slow) return { side: "short", reason: "fast average crossed below slow" };
  return null;
}
