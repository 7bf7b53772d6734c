import Base
import Testing
@testable import Trading

/// One rule of execution, calculated by hand: bars of BTC, proposals by tick, the fills that must follow.
struct ExecutionCase: Sendable, CustomTestStringConvertible {
    let name: String
    let bars: [String]
    let proposals: [(Int, [Signal])]
    /// `tick purpose quantity@price maker|taker`
    let fills: [String]
    var testDescription: String { name }

    init(_ name: String, _ bars: [String], _ proposals: [(Int, [Signal])], _ fills: [String]) {
        self.name = name
        self.bars = bars
        self.proposals = proposals
        self.fills = fills
    }

    private static let flat = "100 100 100 100"
    private static func long(stop: Double? = nil, target: Double? = nil) -> [Signal] {
        [RunFixtures.signal(.long, stop: stop, target: target)]
    }
    private static func short(stop: Double? = nil, target: Double? = nil) -> [Signal] {
        [RunFixtures.signal(.short, stop: stop, target: target)]
    }

    static let all: [ExecutionCase] = [
        .init("a decision executes at the next open, not at the close it was made on",
              [flat, "105 107 104 106", flat], [(0, long())], ["1 entry 10@105 taker"]),
        .init("nothing executes after the last bar", [flat, flat], [(1, long())], []),
        .init("a missing bar: the order waits for the next one",
              [flat, "-", "-", "103 103 103 103"], [(0, long())], ["3 entry 10@103 taker"]),
        .init("a stop triggers inside the bar at its price",
              [flat, flat, "99 101 94 100"], [(0, long(stop: 95))], ["1 entry 10@100 taker", "2 stop -10@95 taker"]),
        .init("a stop triggers when it is only touched",
              [flat, flat, "99 101 95 100"], [(0, long(stop: 95))], ["1 entry 10@100 taker", "2 stop -10@95 taker"]),
        .init("a stop works in the bar of its entry",
              [flat, "100 101 94 100"], [(0, long(stop: 95))], ["1 entry 10@100 taker", "1 stop -10@95 taker"]),
        .init("a gap through the stop fills at the gap",
              [flat, flat, "90 96 89 95"], [(0, long(stop: 95))], ["1 entry 10@100 taker", "2 stop -10@90 taker"]),
        .init("a gap through a short's stop fills at the gap",
              [flat, flat, "110 111 104 105"], [(0, short(stop: 105))], ["1 entry -10@100 taker", "2 stop 10@110 taker"]),
        .init("an entry that gaps past its own stop is out at once",
              [flat, "90 96 89 95"], [(0, long(stop: 95))], ["1 entry 10@90 taker", "1 stop -10@90 taker"]),
        .init("stop and target inside one bar: the stop fills",
              [flat, flat, "100 106 94 100"], [(0, long(stop: 95, target: 105))], ["1 entry 10@100 taker", "2 stop -10@95 taker"]),
        .init("stop and target of a short inside one bar: the stop fills",
              [flat, flat, "100 106 94 100"], [(0, short(stop: 105, target: 95))], ["1 entry -10@100 taker", "2 stop 10@105 taker"]),
        .init("a target that is only touched does not fill",
              [flat, flat, "100 105 99 100"], [(0, long(target: 105))], ["1 entry 10@100 taker"]),
        .init("a target traded through fills at its price as maker",
              [flat, flat, "100 105.01 99 100"], [(0, long(target: 105))], ["1 entry 10@100 taker", "2 target -10@105 maker"]),
        .init("a gap over a resting target fills at the target, not better",
              [flat, flat, "110 111 109 110"], [(0, long(target: 105))], ["1 entry 10@100 taker", "2 target -10@105 maker"]),
        .init("a gap over the target comes before a stop inside the bar",
              [flat, flat, "110 111 94 95"], [(0, long(stop: 95, target: 105))], ["1 entry 10@100 taker", "2 target -10@105 maker"]),
        .init("a target the entry has already passed takes at the open",
              [flat, "110 110 110 110"], [(0, long(target: 105))], ["1 entry 10@110 taker", "1 target -10@110 taker"]),
        .init("the other side while holding closes, then opens",
              [flat, flat, flat, "101 101 101 101"], [(0, long()), (2, short())],
              ["1 entry 10@100 taker", "3 reversal -10@101 taker", "3 entry -10@101 taker"]),
        .init("exit closes, and the stop goes with it",
              [flat, flat, "100 100 100 100", "90 90 90 90"], [(0, long(stop: 95)), (1, [RunFixtures.signal(.exit)])],
              ["1 entry 10@100 taker", "2 exit -10@100 taker"]),
        .init("a stop waits while bars are missing and fills at the gap",
              [flat, flat, "-", "80 80 80 80"], [(0, long(stop: 95))], ["1 entry 10@100 taker", "3 stop -10@80 taker"]),
        .init("quantity is rounded down to whole lots",
              ["300 300 300 300", "300 300 300 300"], [(0, long())], ["1 entry 3.333@300 taker"]),
        .init("stop and target are rounded to ticks: the stop towards, the target away from the entry",
              [flat, flat, "100 101 94 100"], [(0, long(stop: 95.001, target: 120))], ["1 entry 10@100 taker", "2 stop -10@95.01 taker"]),
    ]
}

@Suite struct SimulatedVenueTests {
    @Test(arguments: ExecutionCase.all)
    func executes(_ example: ExecutionCase) throws {
        let market = RunFixtures.market(example.bars)
        let result = try RunFixtures.run(market, example.proposals)
        let fills = result.fills.map { fill in
            let tick = market.ticks.firstIndex(of: fill.at) ?? -1
            return "\(tick) \(fill.purpose.rawValue) \(fill.quantity)@\(fill.price) \(fill.isMaker ? "maker" : "taker")"
        }
        #expect(fills == example.fills)
    }

    @Test func takingPaysSlippageAndTakerFeeRestingPaysMakerFee() throws {
        let instrument = RunFixtures.instrument("BTC", makerPPM: 150, takerPPM: 450)
        let market = RunFixtures.market(
            ["100 100 100 100", "100 100 100 100", "100 111 100 110"], instrument: instrument)
        let recipe = Recipe(costs: CostModel(fundingPerHourPPB: 0))
        let result = try RunFixtures.run(market, [(0, [RunFixtures.signal(.long, target: 110)])], recipe: recipe)
        // 100 and two basis points; 10 × 100.02 × 0.045 %; 10 × 110 × 0.015 %.
        #expect(result.fills.map(\.price.description) == ["100.02", "110"])
        #expect(result.fills.map(\.fee.description) == ["0.45009", "0.165"])
        #expect(result.finalEquity.description == "10099.18491")
        #expect(result.trades.map(\.profit.description) == ["99.18491"])
    }

    @Test func slippageIsAlwaysAgainstTheTraderAndAWholeTick() throws {
        let costs = CostModel()
        let tick = RunFixtures.price("0.1")
        #expect(try costs.slipped(RunFixtures.price("100"), isBuy: true, tick: tick).description == "100.1")
        #expect(try costs.slipped(RunFixtures.price("100"), isBuy: false, tick: tick).description == "99.9")
        #expect(try costs.slipped(RunFixtures.price("0.05"), isBuy: false, tick: tick).description == "0.1")
    }

    @Test(arguments: [(Signal.Side.long, "-0.0125"), (.short, "0.0125")])
    func fundingIsPaidByLongsOnTheHour(_ side: Signal.Side, _ change: String) throws {
        // Twelve five-minute bars end on the hour: one payment of 10 × 100 × 0.0000125 at the last of them.
        let recipe = Recipe(costs: CostModel(slippagePPM: 0))
        let bars = Array(repeating: "100 100 100 100", count: 12)
        let before = try RunFixtures.run(RunFixtures.market(Array(bars.dropLast())), [(0, [RunFixtures.signal(side)])], recipe: recipe)
        #expect(before.funding == .zero)
        let result = try RunFixtures.run(RunFixtures.market(bars), [(0, [RunFixtures.signal(side)])], recipe: recipe)
        #expect(try result.finalEquity.subtracting(.whole(10_000)).description == change)
        #expect(try result.funding.negated().description == change)
    }

    @Test func fundingOfMissingHoursIsPaidByWhoHeldThroughThem() throws {
        let recipe = Recipe(costs: CostModel(slippagePPM: 0))
        let flat = "100 100 100 100"
        // Held over a day-long bar: 24 payments. Opened at the open after a gap of two days: none for the gap.
        let held = RunFixtures.market([RunFixtures.instrument("BTC")], [RunFixtures.series("BTC", .oneDay, [flat, flat, "-", flat])])
        #expect(try RunFixtures.run(held, [(0, [RunFixtures.signal(.long)])], recipe: recipe).funding.description == "0.9")
        #expect(try RunFixtures.run(held, [(1, [RunFixtures.signal(.long)])], recipe: recipe).funding.description == "0.3")
    }

    @Test func liquidatesWhereEquityMeetsMaintenanceMargin() throws {
        // 10,000 USD hold 1,900 units at 100: margin is gone near 100 − (10,000 − 2.5 % × value) / 1,900 = 97.1660.
        var caps = RunFixtures.caps
        caps.maxPosition = .whole(190_000)
        caps.maxOrder = .whole(190_000)
        let market = RunFixtures.market(["100 100 100 100", "100 100 100 100", "100 100 90 99", "99 99 99 99"])
        let result = try RunFixtures.run(market, [(0, [RunFixtures.signal(.long)]), (2, [RunFixtures.signal(.long)])], caps: caps)
        #expect(result.fills.map(\.purpose) == [.entry, .liquidation])
        #expect(result.fills.last?.price.description == "97.16")
        #expect(result.halts.map(\.kind) == [.liquidation])
        #expect(result.halts.first?.until == nil)
        #expect(result.denied == 1)
        #expect(result.decisions[1].outcomes[0].judgements[0].verdict == .denied(.halted(.liquidation)))
    }

    @Test func aGapBelowMaintenanceLiquidatesAtTheOpenOfAllPositions() throws {
        var caps = RunFixtures.caps
        caps.maxPosition = .whole(90_000)
        caps.maxOrder = .whole(90_000)
        let market = RunFixtures.market(["100 100 100 100", "100 100 100 100", "85 85 80 82"])
        let both = [RunFixtures.signal(.long), RunFixtures.signal(.long, 1)]
        let result = try RunFixtures.run(market, [(0, both)], caps: caps)
        #expect(result.fills.dropFirst(2).map { "\($0.instrument) \($0.price)" } == ["0 85", "1 100"])
        #expect(result.finalEquity.description == "-3500")
    }

    @Test func theVenueRejectsWhatIsTooSmallOrUnmargined() throws {
        let market = RunFixtures.market(["100 100 100 100", "100 100 100 100", "100 100 100 100"])
        let small = try RunFixtures.run(market, [(0, [RunFixtures.signal(.long, size: 0.0099)])])
        #expect(small.rejections.map(\.rejection) == [.belowMinimumValue])
        #expect(small.denied == 0)
        #expect(small.fills.isEmpty)
        let enough = try RunFixtures.run(market, [(0, [RunFixtures.signal(.long, size: 0.01)])])
        #expect(enough.fills.count == 1)
        var caps = RunFixtures.caps
        caps.maxPosition = .whole(200_001)
        caps.maxOrder = .whole(300_000)
        let large = try RunFixtures.run(market, [(0, [RunFixtures.signal(.long)])], caps: caps)
        #expect(large.rejections.map(\.rejection) == [.insufficientMargin])
        #expect(large.fills.isEmpty)
    }

    @Test func theVenueRejectsBrokenLotsAndTicks() throws {
        var venue = SimulatedVenue(instruments: [RunFixtures.instrument("BTC")], costs: CostModel())
        func order(_ quantity: String, _ kind: Order.Kind) -> Order {
            Order(number: OrderNumber(session: 1, sequence: 1), instrument: 0, quantity: RunFixtures.quantity(quantity),
                  kind: kind, reduceOnly: false, purpose: .entry, madeAt: 0)
        }
        let mark = RunFixtures.price("100")
        #expect(try venue.submit(order("1.0005", .market), mark: mark, tick: 0) == .lotSize)
        #expect(try venue.submit(order("1", .limit(RunFixtures.price("99.995"))), mark: mark, tick: 0) == .tickSize)
        #expect(try venue.submit(order("1", .limit(RunFixtures.price("99.99"))), mark: mark, tick: 0) == nil)
    }
}
