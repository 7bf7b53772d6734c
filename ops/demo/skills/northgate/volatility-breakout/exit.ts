export function exit(ctx) {
  const hours = (ctx.time - ctx.position.entryTime) / 3_600_000;
  return hours >= ctx.parameters.hours ? { side: "exit", reason: "time is up" } : null;
}
