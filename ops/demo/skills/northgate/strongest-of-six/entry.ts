const NAMES = ["SIM-ALPHA", "SIM-BRAVO", "SIM-CARGO", "SIM-DELTA", "SIM-EMBER", "SIM-FJORD"];

function strength(bars, days: number): number | null {
  if (bars.length <= days) return null;
  return bars.close[bars.length - 1] / bars.close[bars.length - 1 - days] - 1;
}

export function entry(ctx) {
  const own = strength(ctx.bars, ctx.parameters.days);
  if (own === null || own <= 0) return null;
  let stronger = 0;
  for (const name of NAMES) {
    const other = strength(ctx.of(name).bars, ctx.parameters.days);
    if (other !== null && other > own) stronger += 1;
  }
  return stronger < 2 ? { side: "long", reason: `rank ${stronger + 1} of six` } : null;
}
