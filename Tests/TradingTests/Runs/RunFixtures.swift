import Base
@testable import Trading

/// Markets, skills and proposals small enough to calculate by hand.
enum RunFixtures {
    static let start = Instant(milliseconds: 1_755_648_000_000)  // 2025-08-20T00:00:00Z
    static let skillHash = Digest.of("a skill")

    static func instrument(
        _ name: String, tick: String = "0.01", lot: String = "0.001", minimum: Int64 = 10, leverage: Int = 20,
        maintenancePPM: Int64 = 25_000, makerPPM: Int64 = 0, takerPPM: Int64 = 0
    ) -> Instrument {
        Instrument(
            name: name, tickSize: price(tick), lotSize: quantity(lot), orderValueMin: .whole(minimum), leverageMax: leverage,
            maintenanceMarginPPM: maintenancePPM, makerFeePPM: makerPPM, takerFeePPM: takerPPM)
    }

    static func price(_ text: String) -> Price { Price(decimal: text) ?? .zero }
    static func quantity(_ text: String) -> Quantity { Quantity(decimal: text) ?? .zero }
    static func money(_ text: String) -> Money { Money(decimal: text) ?? .zero }

    /// Caps that bind nothing the fixtures do, but 1,000 USD a position.
    static let caps = RiskCaps(maxOrder: .whole(100_000), maxPosition: .whole(1_000), maxLeverageHundredths: 100_000, allowShort: true)
    /// No slippage and no funding.
    static let free = Recipe(costs: CostModel(slippagePPM: 0, fundingPerHourPPB: 0))

    /// One line a bar: `open high low close`, or `-` where it is missing.
    static func series(_ name: String, _ timeframe: Timeframe, _ lines: [String], start: Instant = start) -> BarSeries {
        var series = BarSeries(instrument: name, timeframe: timeframe)
        for (index, line) in lines.enumerated() where line != "-" {
            let prices = line.split(separator: " ").compactMap { Price(decimal: $0) }
            precondition(prices.count == 4, "a bar is four prices: \(line)")
            series.append(Bar(
                openTime: start.milliseconds + Int64(index) * timeframe.milliseconds, open: prices[0], high: prices[1],
                low: prices[2], close: prices[3], volume: 1))
        }
        return series
    }

    static func market(_ instruments: [Instrument], _ series: [BarSeries], from: Instant = start) -> MarketData {
        let timeframe = series[0].timeframe
        let end = series.compactMap { $0.openTime.last }.max() ?? from.milliseconds
        var bytes: [UInt8] = []
        for series in series {
            for index in 0..<series.count {
                bytes += "\(series.openTime[index]) \(series.open[index]) \(series.high[index]) \(series.low[index]) \(series.close[index])\n".utf8
            }
        }
        return MarketData(
            instruments: instruments, timeframe: timeframe, from: from,
            to: Instant(milliseconds: end + timeframe.milliseconds), series: series, hash: .of(bytes))
    }

    /// `BTC` with these bars beside an `ETH` that stays at 100, so that every tick exists.
    static func market(
        _ lines: [String], timeframe: Timeframe = .fiveMinutes, instrument: Instrument = instrument("BTC")
    ) -> MarketData {
        market([instrument, self.instrument("ETH")], [
            series("BTC", timeframe, lines),
            series("ETH", timeframe, lines.map { _ in "100 100 100 100" }),
        ])
    }

    static func signal(
        _ side: Signal.Side, _ instrument: Int = 0, size: Double = 1, stop: Double? = nil, target: Double? = nil
    ) -> Signal {
        Signal(instrument: instrument, side: side, size: size, stop: stop, target: target, reason: "test")
    }

    /// Runs a script of proposals by tick.
    static func run(
        _ market: MarketData, _ script: [(Int, [Signal])], caps: RiskCaps = caps, recipe: Recipe = free, seed: UInt64 = 1,
        skillHash: Digest = skillHash
    ) throws -> RunResult {
        var decider = ScriptedDecider(script: script)
        return try Backtest.run(
            market: market, caps: caps, recipe: recipe, decider: &decider,
            identity: RunIdentity(skillHash: skillHash, seed: seed, model: nil), progress: { _ in true })
    }

    /// A random walk with gaps in time and price, the same for the same seed.
    static func randomMarket(seed: UInt64, instruments count: Int = 3, ticks: Int = 400, volatility: Double = 0.02) -> MarketData {
        var random = SeededRandom(seed: seed)
        let instruments = (0..<count).map {
            instrument("I\($0)", makerPPM: 150, takerPPM: 450)
        }
        let series = instruments.map { instrument in
            var series = BarSeries(instrument: instrument.name, timeframe: .fifteenMinutes)
            var last = 50 + random.unit() * 100
            for index in 0..<ticks {
                let open = max(1, last * (1 + (random.unit() - 0.5) * volatility))
                let close = max(1, open * (1 + (random.unit() - 0.5) * volatility))
                let high = max(open, close) * (1 + random.unit() * volatility / 2)
                let low = min(open, close) * (1 - random.unit() * volatility / 2)
                last = close
                if random.unit() < 0.05 { continue }
                series.append(Bar(
                    openTime: start.milliseconds + Int64(index) * Timeframe.fifteenMinutes.milliseconds,
                    open: Price(approximating: open) ?? .zero, high: Price(approximating: high) ?? .zero,
                    low: Price(approximating: low) ?? .zero, close: Price(approximating: close) ?? .zero, volume: 1))
            }
            return series
        }
        return market(instruments, series)
    }
}

/// Proposes what it was told to, when it was told to.
struct ScriptedDecider: Decider {
    let script: [(Int, [Signal])]
    var log: [LogLine] { [] }
    func lookahead(from tick: Int) -> Int { .max }
    mutating func next(in ticks: Range<Int>, portfolios: [PortfolioView]) throws -> Decision? {
        guard let entry = script.first(where: { ticks.contains($0.0) }) else { return nil }
        return Decision(tick: entry.0, proposals: entry.1, record: ["decider": "script"])
    }
}

/// Decides at random, but as a pure function of seed, tick and portfolio, as every decider must be.
struct RandomDecider: Decider {
    let seed: UInt64
    let instruments: Int
    /// Of ticks at which something is proposed.
    let share: Double
    /// Proposes nonsense and greed as well.
    let hostile: Bool
    var log: [LogLine] { [] }
    var marks: [[Double]] = []
    /// Every tick's portfolio it was shown up to its decisions.
    private(set) var seen: [PortfolioView] = []

    init(seed: UInt64, instruments: Int, share: Double = 0.1, hostile: Bool = false) {
        self.seed = seed
        self.instruments = instruments
        self.share = share
        self.hostile = hostile
    }

    func lookahead(from tick: Int) -> Int { .max }

    mutating func next(in ticks: Range<Int>, portfolios: [PortfolioView]) throws -> Decision? {
        for tick in ticks {
            let portfolio = portfolios[tick - ticks.lowerBound]
            seen.append(portfolio)
            // The portfolio is part of the seed: a wrong one changes everything after it.
            var random = SeededRandom(seed: seed ^ UInt64(tick) &* 0x9e37_79b9 ^ UInt64(bitPattern: portfolio.equity.raw))
            guard random.unit() < share else { continue }
            let proposals = (0...Int(random.unit() * 3)).map { _ in proposal(&random) }
            return Decision(tick: tick, proposals: proposals, record: ["decider": "random"], tokens: 1)
        }
        return nil
    }

    private func proposal(_ random: inout SeededRandom) -> Signal {
        let sides: [Signal.Side] = [.long, .short, .exit]
        let side = sides[Int(random.unit() * 3)]
        let wild: [Double] = [.nan, .infinity, -.infinity, 0, -1, 1.0000001, 1e300, 1e-300, 92_233_720_368]
        func price() -> Double? {
            let roll = random.unit()
            if hostile, roll < 0.1 { return wild[Int(random.unit() * 9)] }
            return roll < 0.5 ? nil : random.unit() * 200
        }
        let size = hostile && random.unit() < 0.2 ? wild[Int(random.unit() * 9)] : random.unit()
        let instrument = hostile && random.unit() < 0.05 ? 99 : Int(random.unit() * Double(instruments))
        return Signal(instrument: instrument, side: side, size: size, stop: price(), target: price(), reason: "random")
    }
}
