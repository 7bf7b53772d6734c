/// What the editor offers to start from: complete skills that run as they are.
public enum SkillTemplates {
    public struct Template: Sendable, Hashable {
        /// For forms and URLs.
        public let id: String
        public let title: String
        /// One sentence on when to take it.
        public let purpose: String
        public let folder: SkillFolder
    }

    public static let all: [Template] = [trend, meanReversion, breakout, agent, blank]

    /// Nil for an unknown id.
    public static func template(_ id: String) -> Template? { all.first { $0.id == id } }

    private static func frontMatter(
        name: String, slug: String, summary: String, model: String = "none", tools: String = "[]", cadence: String = "every_bar",
        timeframe: String = "1h", parameters: [String], allowShort: Bool = false
    ) -> String {
        var lines = ["---", "name: \(name)", "slug: \(slug)", "summary: \(summary)", "model: \(model)", "tools: \(tools)",
                     "universe: [BTC, ETH]", "timeframe: \(timeframe)", "cadence: \(cadence)"]
        if !parameters.isEmpty { lines += ["parameters:"] + parameters.map { "  \($0)" } }
        lines += ["risk:", "  max_order_usd: 2000", "  max_position_usd: 2000", "  max_leverage: 1",
                  "  max_open_positions: 2", "  max_daily_loss_pct: 5", "  max_drawdown_pct: 25",
                  "  max_orders_per_hour: 20", "  stop_loss_pct: 5", "  allow_short: \(allowShort)", "licence: open", "---", ""]
        return lines.joined(separator: "\n") + "\n"
    }

    private static let trend = Template(
        id: "trend", title: "Trend: two moving averages",
        purpose: "Goes with a move that has begun, and leaves when it turns.",
        folder: SkillFolder(
            skill: frontMatter(
                name: "Two Averages", slug: "two-averages",
                summary: "Long while the fast average is above the slow one.", parameters: ["fast: 20", "slow: 80"])
                + """
                Buys when the average of the last `fast` closes rises above the average of the last `slow` closes, and
                sells when it falls below again. Earns in long moves, loses a little in every sideways week.

                """,
            entry: """
                export function entry(ctx) {
                  const fast = ctx.sma(ctx.parameters.fast);
                  const slow = ctx.sma(ctx.parameters.slow);
                  const fastBefore = ctx.sma(ctx.parameters.fast, { ago: 1 });
                  const slowBefore = ctx.sma(ctx.parameters.slow, { ago: 1 });
                  if (fast === null || slow === null || fastBefore === null || slowBefore === null) return null;
                  if (fastBefore <= slowBefore && fast > slow) {
                    return { side: "long", reason: "fast average crossed above slow" };
                  }
                  return null;
                }

                """,
            exit: """
                export function exit(ctx) {
                  const fast = ctx.sma(ctx.parameters.fast);
                  const slow = ctx.sma(ctx.parameters.slow);
                  if (fast === null || slow === null) return null;
                  return fast < slow ? { side: "exit", reason: "fast average below slow" } : null;
                }

                """))

    private static let meanReversion = Template(
        id: "mean-reversion", title: "Mean reversion: oversold RSI",
        purpose: "Buys what fell fast and sells the recovery.",
        folder: SkillFolder(
            skill: frontMatter(
                name: "Oversold Bounce", slug: "oversold-bounce",
                summary: "Buys when RSI is low, sells when it is back in the middle.",
                parameters: ["length: 14", "low: 28", "middle: 52"])
                + """
                Buys when the relative strength index falls below `low` and sells when it is back above `middle`. Many
                small wins; a market that keeps falling is what hurts it, so the stop matters.

                """,
            entry: """
                export function entry(ctx) {
                  const rsi = ctx.rsi(ctx.parameters.length);
                  if (rsi === null || rsi >= ctx.parameters.low) return null;
                  return { side: "long", reason: "RSI " + rsi.toFixed(1) + " is oversold" };
                }

                """,
            exit: """
                export function exit(ctx) {
                  const rsi = ctx.rsi(ctx.parameters.length);
                  if (rsi === null || rsi <= ctx.parameters.middle) return null;
                  return { side: "exit", reason: "RSI " + rsi.toFixed(1) + " has recovered" };
                }

                """))

    private static let breakout = Template(
        id: "breakout", title: "Breakout: new highs and lows",
        purpose: "Enters when the price leaves the range of the last bars, both ways.",
        folder: SkillFolder(
            skill: frontMatter(
                name: "Range Break", slug: "range-break", summary: "Trades the break of the recent range, long and short.",
                parameters: ["range: 48", "trail: 24"], allowShort: true)
                + """
                Goes long when a bar closes above the highest high of the `range` bars before it, short when it closes
                below the lowest low, and leaves at the opposite extreme of the last `trail` bars.

                """,
            entry: """
                export function entry(ctx) {
                  const high = ctx.highest(ctx.parameters.range, { ago: 1 });
                  const low = ctx.lowest(ctx.parameters.range, { ago: 1 });
                  if (high === null || low === null) return null;
                  const close = ctx.bars.close[ctx.bars.length - 1];
                  if (close > high) return { side: "long", reason: "closed above the range" };
                  if (close < low) return { side: "short", reason: "closed below the range" };
                  return null;
                }

                """,
            exit: """
                export function exit(ctx) {
                  const high = ctx.highest(ctx.parameters.trail, { ago: 1 });
                  const low = ctx.lowest(ctx.parameters.trail, { ago: 1 });
                  if (high === null || low === null) return null;
                  const close = ctx.bars.close[ctx.bars.length - 1];
                  if (ctx.position.side === "long" && close < low) return { side: "exit", reason: "trailing low broken" };
                  if (ctx.position.side === "short" && close > high) return { side: "exit", reason: "trailing high broken" };
                  return null;
                }

                """))

    private static let agent = Template(
        id: "agent", title: "Agent: a model decides",
        purpose: "Plain-language instructions that a model follows with tools, here a reference model that needs no key.",
        folder: SkillFolder(
            skill: frontMatter(
                name: "Momentum Agent", slug: "momentum-agent", summary: "A model buys strength and leaves weakness.",
                model: "reference/threshold", tools: "[bars, portfolio, propose_order]", cadence: "4h",
                parameters: ["lookback: 24", "threshold: 0.02"])
                + """
                Every four hours, look at the last `lookback` bars of each instrument.

                - Where the price rose by more than `threshold` (0.02 is 2 %) and nothing is open, propose a long.
                - Where a long is open and the price fell by more than `threshold`, propose to exit.
                - Otherwise do nothing and say why in one sentence.

                """))

    private static let blank = Template(
        id: "blank", title: "Blank", purpose: "The settings and an entry that never signals, for your own idea.",
        folder: SkillFolder(
            skill: frontMatter(
                name: "My Skill", slug: "my-skill", summary: "Say in one line what it does.", parameters: [])
                + """
                Describe the idea: when it enters, when it leaves, and when it will lose.

                """,
            entry: """
                export function entry(ctx) {
                  return null;
                }

                """))
}
