import Base
import Testing
@testable import Trading

/// Any length at all: what a driver picks must not show in the result.
private struct RandomLengths: BlockLengthChoice {
    var random: SeededRandom
    var length = 1
    init(seed: UInt64) { random = SeededRandom(seed: seed) }
    private mutating func pick() { length = 1 + Int(random.unit() * random.unit() * 200) }
    mutating func decided(after ticks: Int) { pick() }
    mutating func undisturbed(for ticks: Int) { pick() }
}

private struct FixedLength: BlockLengthChoice {
    let length: Int
    mutating func decided(after ticks: Int) {}
    mutating func undisturbed(for ticks: Int) {}
}

@Suite struct BacktestTests {
    /// Tight enough that every cap binds now and then.
    private static let tightCaps = RiskCaps(
        maxOrder: .whole(3_000), maxPosition: .whole(4_000), maxLeverageHundredths: 45, maxOpenPositions: 2,
        maxDailyLossBasisPoints: 150, maxDrawdownBasisPoints: 4_000, maxOrdersPerHour: 6, stopLossBasisPoints: 300, allowShort: true)

    private func run(
        _ market: MarketData, _ decider: inout RandomDecider, lengths: inout some BlockLengthChoice, caps: RiskCaps = tightCaps,
        recipe: Recipe = .standard
    ) throws -> RunResult {
        try Backtest.run(
            market: market, caps: caps, recipe: recipe, decider: &decider,
            identity: RunIdentity(skillHash: RunFixtures.skillHash, seed: 1, model: nil), lengths: &lengths, progress: { _ in true })
    }

    @Test(arguments: 0..<12)
    func theBlockLengthDoesNotShow(_ seed: Int) throws {
        print("BacktestTests.theBlockLengthDoesNotShow seed \(seed)")
        let market = RunFixtures.randomMarket(seed: UInt64(seed))
        var reference = RandomDecider(seed: UInt64(seed), instruments: 3)
        var one = FixedLength(length: 1)
        let expected = try run(market, &reference, lengths: &one)
        #expect(expected.fills.count > 10)
        for attempt in 0..<4 {
            var decider = RandomDecider(seed: UInt64(seed), instruments: 3)
            var lengths = RandomLengths(seed: UInt64(seed * 10 + attempt))
            let result = try run(market, &decider, lengths: &lengths)
            #expect(result.decisionLogHash == expected.decisionLogHash)
            #expect(result.curve == expected.curve)
            #expect(result.daily == expected.daily)
            #expect(result.orders == expected.orders)
            #expect(result.denied == expected.denied)
            #expect(result.exposure == expected.exposure)
            #expect(result.meanEquity == expected.meanEquity)
            #expect(decider.seen == reference.seen)
        }
        var decider = RandomDecider(seed: UInt64(seed), instruments: 3)
        var adaptive = BlockLengths()
        #expect(try run(market, &decider, lengths: &adaptive).decisionLogHash == expected.decisionLogHash)
    }

    /// Start, minus what every fill cost, minus fees and funding, plus what is held: to the unit.
    @Test(arguments: 0..<20)
    func moneyIsConserved(_ seed: Int) throws {
        print("BacktestTests.moneyIsConserved seed \(seed)")
        let market = RunFixtures.randomMarket(seed: UInt64(seed))
        var decider = RandomDecider(seed: UInt64(seed), instruments: 3)
        var lengths = BlockLengths()
        let result = try run(market, &decider, lengths: &lengths)
        var expected = try result.recipe.startEquity.subtracting(result.fees).subtracting(result.funding)
        var fees = Money.zero
        for fill in result.fills {
            expected = try expected.subtracting(fill.price.times(fill.quantity))
            fees = try fees.adding(fill.fee)
        }
        for open in result.openTrades { expected = try expected.adding(open.mark.times(open.quantity)) }
        #expect(result.finalEquity == expected)
        #expect(result.fees == fees)
        #expect(result.curve.last?.equity == expected)
        #expect(result.daily.last?.equity == expected)
        // Every opened round trip either ended or is open.
        #expect(result.trades.allSatisfy { trade in trade.exitTime >= trade.entryTime && trade.quantity.isPositive })
    }

    /// Whatever is proposed, what goes out stays within the caps as they stood when it went out.
    @Test(arguments: 0..<30)
    func anAdversaryPassesNoCap(_ seed: Int) throws {
        print("BacktestTests.anAdversaryPassesNoCap seed \(seed)")
        let market = RunFixtures.randomMarket(seed: UInt64(seed), volatility: 0.05)
        let caps = Self.tightCaps
        var decider = RandomDecider(seed: UInt64(seed), instruments: 3, share: 0.5, hostile: true)
        var simulation = Simulation(
            session: Session(number: 1, instruments: market.instruments, caps: caps, start: .whole(10_000)), costs: CostModel())
        var recorder = RunRecorder(ticks: market.ticks.count)
        var entryTimes: [Int64] = []
        var allowed = 0
        for tick in market.ticks.indices {
            try simulation.advance(to: tick, of: market, recorder: &recorder)
            recorder.clearOutcome()
            let view = try simulation.session.view()
            guard let decision = try decider.next(in: tick..<tick + 1, portfolios: [view]) else { continue }
            let halted = simulation.session.halt != nil
            try simulation.decide(decision.proposals, at: tick, recorder: &recorder)
            let outcome = recorder.takeOutcome()
            #expect(outcome.judgements.count >= decision.proposals.count)
            let entries = outcome.orders.filter { $0.purpose == .entry }
            if halted { #expect(entries.isEmpty) }
            allowed += entries.count
            let session = simulation.session
            for order in entries {
                let mark = session.marks[order.instrument]
                #expect(session.markTimes[order.instrument] == market.ticks[tick])
                #expect(try mark.times(order.quantity.magnitude()) <= caps.maxOrder)
                #expect(order.quantity.raw % market.instruments[order.instrument].lotSize.raw == 0)
                entryTimes.append(market.ticks[tick])
                #expect(entryTimes.filter { $0 > market.ticks[tick] - Instant.millisecondsPerHour }.count <= caps.maxOrdersPerHour ?? 0)
            }
            guard !entries.isEmpty else { continue }
            var gross = Money.zero
            var open = 0
            for index in market.instruments.indices {
                let value = try session.marks[index].times(session.projected(index).magnitude())
                gross = try gross.adding(value)
                open += value.isZero ? 0 : 1
                if entries.contains(where: { $0.instrument == index }) { #expect(value <= caps.maxPosition) }
            }
            #expect(open <= caps.maxOpenPositions ?? 0)
            #expect(gross.double / session.equity.double <= Double(caps.maxLeverageHundredths) / 100 + 1e-9)
        }
        #expect(allowed > 10)
    }

    /// Pins the rules of execution and of the log. When this fails on purpose, raise `Backtest.engine`.
    @Test func theEngineDoesWhatItAlwaysDid() throws {
        var decider = RandomDecider(seed: 42, instruments: 3)
        var lengths = BlockLengths()
        let result = try run(RunFixtures.randomMarket(seed: 42), &decider, lengths: &lengths)
        #expect(result.decisionLogHash.hex == "b7b9fba313e74e1b48dfd6a7b3f0e468b865051f6a3b31eb757a31320f8f5996")
    }

    @Test func nothingOfTheFutureReachesADecision() throws {
        let full = RunFixtures.randomMarket(seed: 5)
        var whole = RandomDecider(seed: 5, instruments: 3)
        var lengths = BlockLengths()
        let complete = try run(full, &whole, lengths: &lengths)
        for cut in [50, 173, 300] {
            let end = Instant(milliseconds: RunFixtures.start.milliseconds + Int64(cut) * Timeframe.fifteenMinutes.milliseconds)
            let market = MarketData(
                instruments: full.instruments, timeframe: full.timeframe, from: full.from, to: end,
                series: full.series.map { $0.clipped(from: full.from, to: end) }, hash: full.hash)
            var decider = RandomDecider(seed: 5, instruments: 3)
            var other = BlockLengths()
            let short = try run(market, &decider, lengths: &other)
            #expect(short.decisions.map(\.canonical) == complete.decisions.prefix(short.decisions.count).map(\.canonical))
            #expect(short.decisions.count == complete.decisions.filter { $0.time <= end.milliseconds }.count)
        }
    }

    @Test func progressRisesAndFalseCancels() throws {
        let market = RunFixtures.randomMarket(seed: 3)
        var decider = ScriptedDecider(script: [])
        let identity = RunIdentity(skillHash: RunFixtures.skillHash, seed: 1, model: nil)
        var reports: [BacktestProgress] = []
        var lengths = FixedLength(length: 7)
        _ = try Backtest.run(
            market: market, caps: RunFixtures.caps, recipe: .standard, decider: &decider, identity: identity, lengths: &lengths,
            progress: { reports.append($0); return true })
        #expect(reports.count > 20 && reports.count <= 50)
        #expect(reports.map(\.ticks) == reports.map(\.ticks).sorted())
        #expect(reports.first?.total == market.ticks.count)
        #expect(throws: BacktestRefusal.cancelled) {
            _ = try Backtest.run(
                market: market, caps: RunFixtures.caps, recipe: .standard, decider: &decider, identity: identity,
                progress: { _ in false })
        }
    }

    @Test func pricesBeyondTheRangeEndTheRunNotTheProcess() throws {
        let market = RunFixtures.market(["0.01 0.01 0.01 0.01", "0.01 0.01 0.01 0.01", "90000000000 90000000000 90000000000 90000000000"])
        #expect(throws: BacktestRefusal.outOfRange(time: market.ticks[2])) {
            _ = try RunFixtures.run(market, [(0, [RunFixtures.signal(.long)])])
        }
    }

    @Test func aDecisionForAnotherTickIsRefused() throws {
        struct Stray: Decider {
            var log: [LogLine] { [] }
            func lookahead(from tick: Int) -> Int { 1 }
            mutating func next(in ticks: Range<Int>, portfolios: [PortfolioView]) throws -> Decision? {
                Decision(tick: ticks.upperBound + 5, proposals: [], record: .null)
            }
        }
        var decider = Stray()
        #expect(throws: BacktestRefusal.decisionOutOfTurn(tick: 6)) {
            _ = try Backtest.run(
                market: RunFixtures.randomMarket(seed: 1), caps: RunFixtures.caps, recipe: .standard, decider: &decider,
                identity: RunIdentity(skillHash: RunFixtures.skillHash, seed: 1, model: nil), progress: { _ in true })
        }
    }

    @Test func noCandlesIsARunOfNothing() throws {
        let market = RunFixtures.market([])
        let result = try RunFixtures.run(market, [])
        #expect(result.ticks == 0)
        #expect(result.finalEquity == .whole(10_000))
        #expect(result.warnings.first == "There are no candles in this span.")
    }
}
