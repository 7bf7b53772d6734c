export function exit(ctx) {
  const hours = (ctx.time - ctx.position.entryTime) / 3_600_000;
  return hours >= 12 ? { side: "exit", reason: "twelve hours passed" } : null;
}
