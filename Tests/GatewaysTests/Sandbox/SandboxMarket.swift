import Base
import Gateways
import Trading

/// Random walks for helpers to look at, and a driver that assumes a fixed portfolio.
enum SandboxMarket {
    /// `gapEvery` leaves out one bar of the second instrument in so many.
    static func make(
        instruments names: [String] = ["BTC", "ETH"], bars: Int = 600, seed: UInt64 = 7, gapEvery: Int = 0
    ) -> MarketData {
        let timeframe = Timeframe.fiveMinutes
        let start = Int64(1_755_648_000_000)
        var random = SeededRandom(seed: seed)
        let series = names.enumerated().map { number, name in
            var series = BarSeries(instrument: name, timeframe: timeframe)
            var price = 100.0 + Double(number) * 50
            for index in 0..<bars {
                let open = price
                price *= 1 + (random.unit() - 0.5) * 0.02
                if number == 1, gapEvery > 0, index % gapEvery == 1 { continue }
                series.append(Bar(
                    openTime: start + Int64(index) * timeframe.milliseconds, open: fixed(open),
                    high: fixed(max(open, price) * 1.002), low: fixed(min(open, price) * 0.998), close: fixed(price),
                    volume: (random.unit() * 1_000).rounded()))
            }
            return series
        }
        return MarketData(
            instruments: names.map(instrument), timeframe: timeframe, from: Instant(milliseconds: start),
            to: Instant(milliseconds: start + Int64(bars) * timeframe.milliseconds), series: series, hash: Digest.of("test"))
    }

    private static func fixed(_ value: Double) -> Price { Price(raw: Int64((value * 100).rounded()) * 1_000_000) }

    private static func instrument(_ name: String) -> Instrument {
        Instrument(name: name, tickSize: Price(raw: 1_000_000), lotSize: Quantity(raw: 1_000), orderValueMin: .whole(10),
                   leverageMax: 20, maintenanceMarginPPM: 12_500, makerFeePPM: 150, takerFeePPM: 450)
    }

    static func portfolio(_ market: MarketData, long: Set<Int> = []) -> PortfolioView {
        PortfolioView(equity: .whole(10_000), cash: .whole(9_000), positions: market.instruments.indices.map { index in
            long.contains(index)
                ? PositionView(quantity: .whole(2), entryPrice: .whole(90), entryTime: 1_755_648_300_000, unrealised: .whole(5))
                : .flat
        })
    }

    /// All decisions with blocks of `block` ticks, or of the decider's own choice.
    static func decisions(
        _ decider: inout SandboxDecider, _ market: MarketData, block: Int? = nil, long: Set<Int> = []
    ) throws -> [Decision] {
        let portfolio = portfolio(market, long: long)
        var found: [Decision] = []
        var start = 0
        while start < market.ticks.count {
            let end = min(market.ticks.count, start + (block ?? decider.lookahead(from: start)))
            let portfolios = [PortfolioView](repeating: portfolio, count: end - start)
            if let decision = try decider.next(in: start..<end, portfolios: portfolios) {
                found.append(decision)
                start = decision.tick + 1
            } else {
                start = end
            }
        }
        return found
    }

    /// Runs one `entry.ts` over a market and returns its decisions and log.
    static func run(
        _ entry: String?, exit: String? = nil, market: MarketData = make(), long: Set<Int> = [], block: Int? = nil,
        parameters: [(name: String, value: Double)] = [], seed: UInt64 = 1, limits: SandboxLimits = .standard
    ) throws -> (decisions: [Decision], log: [LogLine]) {
        var decider = try SandboxDecider(
            market: market, entry: entry, exit: exit, parameters: parameters, seed: seed, limits: limits)
        let found = try decisions(&decider, market, block: block, long: long)
        return (found, decider.log)
    }

    /// The failure a helper ends with, or nil.
    static func failure(
        _ entry: String?, exit: String? = nil, market: MarketData = make(), long: Set<Int> = [],
        limits: SandboxLimits = .standard
    ) -> DeciderFailure? {
        do {
            _ = try run(entry, exit: exit, market: market, long: long, limits: limits)
            return nil
        } catch {
            return error as? DeciderFailure
        }
    }

    /// What one expression shows a helper at the first bar, as text.
    static func shown(_ expression: String) throws -> String {
        let source = """
            let told = false;
            export function entry(ctx: any) {
              if (told) return null;
              told = true;
              let text = "";
              try { text = String((() => { return (\(expression)); })()); } catch (error) { text = `threw ${error}`; }
              ctx.log(text);
              return null;
            }
            """
        return try run(source, market: make(bars: 5)).log.first?.text ?? ""
    }
}
