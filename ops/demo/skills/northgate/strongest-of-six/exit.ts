const NAMES = ["SIM-ALPHA", "SIM-BRAVO", "SIM-CARGO", "SIM-DELTA", "SIM-EMBER", "SIM-FJORD"];

function strength(bars, days: number): number | null {
  if (bars.length <= days) return null;
  return bars.close[bars.length - 1] / bars.close[bars.length - 1 - days] - 1;
}

export function exit(ctx) {
  const own = strength(ctx.bars, ctx.parameters.days);
  if (own === null) return null;
  if (own <= 0) return { side: "exit", reason: "no longer rising" };
  let stronger = 0;
  for (const name of NAMES) {
    const other = strength(ctx.of(name).bars, ctx.parameters.days);
    if (other !== null && other > own) stronger += 1;
  }
  return stronger > 2 ? { side: "exit", reason: `fell to rank ${stronger + 1}` } : null;
}
