let bet = 0.0625;
let equityBefore = 0;

export function entry(ctx) {
  const equity = ctx.portfolio.equity;
  if (equityBefore > 0) bet = equity < equityBefore ? bet * 2 : 0.0625;
  equityBefore = equity;
  return { side: "long", size: bet, reason: `bet ${bet}` };
}
