export function exit(ctx) {
  const rsi = ctx.rsi(14);
  if (rsi === null) return null;
  if (ctx.position.side === "long" && rsi > 50) return { side: "exit", reason: "RSI back at 50" };
  if (ctx.position.side === "short" && rsi < 50) return { side: "exit", reason: "RSI back at 50" };
  return null;
}
