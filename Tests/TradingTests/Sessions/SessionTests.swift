import Base
import Testing
@testable import Trading

/// Drives a session by hand, as a live runner would.
private struct Desk {
    var session: Session
    var time = RunFixtures.start.milliseconds
    init(_ caps: RiskCaps = RunFixtures.caps, instruments: Int = 2) {
        session = Session(
            number: 7, instruments: (0..<instruments).map { RunFixtures.instrument("I\($0)") }, caps: caps, start: .whole(10_000))
    }

    /// Five minutes later, every instrument at its price; nil leaves it stale.
    mutating func tick(_ closes: [Int64?]) throws -> [SessionEffect] {
        time += 300_000
        for (index, close) in closes.enumerated() {
            if let close { _ = try session.step(.bar(instrument: index, close: .whole(close), at: time)) }
        }
        return try session.step(.tick(at: time))
    }

    mutating func propose(_ signals: Signal...) throws -> [SessionEffect] { try session.step(.proposals(signals)) }

    mutating func fill(_ order: Order, at price: Int64, part: Quantity? = nil) throws -> [SessionEffect] {
        try session.step(.fill(Fill(
            order: order.number, instrument: order.instrument, quantity: part ?? order.quantity, price: .whole(price), fee: .zero,
            isMaker: false, purpose: order.purpose, at: time)))
    }

    /// Opens at 100 and fills.
    mutating func open(_ side: Signal.Side, _ instrument: Int = 0, stop: Double? = nil, target: Double? = nil) throws {
        for order in try propose(RunFixtures.signal(side, instrument, stop: stop, target: target)).orders {
            _ = try fill(order, at: 100)
        }
    }
}

extension [SessionEffect] {
    var orders: [Order] { compactMap { if case .submit(let order) = $0 { order } else { nil } } }
    var cancels: [Int] { compactMap { if case .cancel(let number) = $0 { number.sequence } else { nil } } }
    var denials: [String] {
        compactMap { if case .judged(let judgement) = $0, case .denied(let denial) = judgement.verdict { denial.code } else { nil } }
    }
    var halts: [Halt] { compactMap { if case .halted(let halt) = $0 { halt } else { nil } } }
}

@Suite struct SessionTests {
    @Test func orderNumbersAreTheSessionsAndTheSequences() throws {
        var desk = Desk()
        _ = try desk.tick([100, 100])
        let effects = try desk.propose(RunFixtures.signal(.long), RunFixtures.signal(.short, 1))
        #expect(effects.orders.map(\.number) == [OrderNumber(session: 7, sequence: 1), OrderNumber(session: 7, sequence: 2)])
        #expect(effects.orders.map(\.quantity.description) == ["10", "-10"])
    }

    @Test func withoutAFreshPriceNothingIsTraded() throws {
        var desk = Desk()
        #expect(try desk.propose(RunFixtures.signal(.long)).denials == ["no_mark"])
        _ = try desk.tick([100, 100])
        try desk.open(.long)
        _ = try desk.tick([nil, 100])
        #expect(try desk.propose(RunFixtures.signal(.long), RunFixtures.signal(.exit)).denials == ["stale_mark", "stale_mark"])
        #expect(try desk.propose(RunFixtures.signal(.long, 1)).denials.isEmpty)
    }

    @Test func nonsenseMovesNothing() throws {
        var desk = Desk()
        _ = try desk.tick([100, 100])
        try desk.open(.long)
        // A malformed reversal does not even close.
        let effects = try desk.propose(
            RunFixtures.signal(.short, size: .nan), RunFixtures.signal(.long, 99), RunFixtures.signal(.long, -1),
            RunFixtures.signal(.short, stop: 90), RunFixtures.signal(.exit, 1))
        #expect(effects.denials == ["size_invalid", "not_in_universe", "not_in_universe", "stop_wrong_side", "nothing_to_close"])
        #expect(effects.orders.isEmpty)
    }

    @Test func ordersStillOutCountAgainstTheCaps() throws {
        var desk = Desk()
        _ = try desk.tick([100, 100])
        let effects = try desk.propose(
            RunFixtures.signal(.long, size: 0.6), RunFixtures.signal(.long, size: 0.6), RunFixtures.signal(.long, size: 0.4))
        #expect(effects.denials == ["max_position_usd"])
        #expect(effects.orders.map(\.quantity.description) == ["6", "4"])
    }

    @Test func aDeniedReversalStillCloses() throws {
        var caps = RunFixtures.caps
        caps.allowShort = false
        var desk = Desk(caps)
        _ = try desk.tick([100, 100])
        try desk.open(.long)
        let effects = try desk.propose(RunFixtures.signal(.short))
        #expect(effects.orders.map(\.purpose) == [.reversal])
        #expect(effects.orders.map(\.reduceOnly) == [true])
        #expect(effects.denials == ["short_not_allowed"])
    }

    @Test func aRotationClosesOneAndOpensAnotherAtOneTick() throws {
        var caps = RunFixtures.caps
        caps.maxOpenPositions = 1
        var desk = Desk(caps)
        _ = try desk.tick([100, 100])
        try desk.open(.long)
        #expect(try desk.propose(RunFixtures.signal(.long, 1)).denials == ["max_open_positions"])
        let effects = try desk.propose(RunFixtures.signal(.exit), RunFixtures.signal(.long, 1))
        #expect(effects.denials.isEmpty)
        #expect(effects.orders.map(\.purpose) == [.exit, .entry])
    }

    @Test func stopAndTargetStandBesideAPositionAndGoWithIt() throws {
        var caps = RunFixtures.caps
        caps.stopLossBasisPoints = 200
        var desk = Desk(caps)
        _ = try desk.tick([100, 100])
        let entry = try desk.propose(RunFixtures.signal(.long, stop: 95, target: 110)).orders[0]
        let protection = try desk.fill(entry, at: 101).orders
        #expect(protection.map(\.kind) == [.stop(RunFixtures.price("98.98")), .limit(.whole(110))])
        #expect(protection.map(\.reduceOnly) == [true, true])
        #expect(protection.map(\.quantity) == [.whole(-10), .whole(-10)])
        let after = try desk.fill(protection[0], at: 98)
        #expect(after.cancels == [protection[1].number.sequence])
        #expect(desk.session.working.isEmpty)
    }

    @Test func partsOfAnEntryAreProtectedAsTheyCome() throws {
        var desk = Desk()
        _ = try desk.tick([100, 100])
        let entry = try desk.propose(RunFixtures.signal(.long, stop: 95)).orders[0]
        let first = try desk.fill(entry, at: 100, part: .whole(4))
        #expect(first.orders.map(\.quantity) == [.whole(-4)])
        let second = try desk.fill(entry, at: 100, part: .whole(6))
        #expect(second.cancels == [first.orders[0].number.sequence])
        #expect(second.orders.map(\.quantity) == [.whole(-10)])
    }

    @Test func aRefusedStopClosesThePosition() throws {
        var desk = Desk()
        _ = try desk.tick([100, 100])
        let entry = try desk.propose(RunFixtures.signal(.long, stop: 95)).orders[0]
        let stop = try desk.fill(entry, at: 100).orders[0]
        let effects = try desk.session.step(.rejected(stop.number, .tickSize))
        #expect(effects.orders.map(\.kind) == [.market])
        #expect(effects.orders.map(\.quantity) == [.whole(-10)])
    }

    @Test func theDailyLossFlattensAndHaltsUntilTheNextDay() throws {
        var caps = RunFixtures.caps
        caps.maxDailyLossBasisPoints = 100
        var desk = Desk(caps)
        _ = try desk.tick([100, 100])
        try desk.open(.long)
        let effects = try desk.tick([90, 100])
        #expect(effects.halts.map(\.kind) == [.dailyLoss])
        #expect(effects.orders.map(\.purpose) == [.dailyLoss])
        #expect(try desk.propose(RunFixtures.signal(.long, 1)).denials == ["halted_daily_loss"])
        _ = try desk.fill(effects.orders[0], at: 90)
        desk.time = RunFixtures.start.milliseconds + Instant.millisecondsPerDay - 300_000
        _ = try desk.tick([90, 100])
        #expect(try desk.propose(RunFixtures.signal(.long, 1)).denials == ["halted_daily_loss"])
        #expect(try desk.tick([90, 100]) == [.resumed(at: desk.time)])
        #expect(try desk.propose(RunFixtures.signal(.long, 1)).denials.isEmpty)
    }

    @Test func theDrawdownFlattensAndHaltsForGood() throws {
        var caps = RunFixtures.caps
        caps.maxDrawdownBasisPoints = 100
        caps.maxDailyLossBasisPoints = 50
        var desk = Desk(caps)
        _ = try desk.tick([100, 100])
        try desk.open(.long)
        // Six tenths of a percent: the day's limit first, then the drawdown takes over.
        #expect(try desk.tick([94, 100]).halts.map(\.kind) == [.dailyLoss])
        let effects = try desk.tick([90, 100])
        #expect(effects.halts.map(\.kind) == [.drawdown])
        desk.time += 3 * Instant.millisecondsPerDay
        _ = try desk.tick([200, 100])
        #expect(try desk.propose(RunFixtures.signal(.long, 1)).denials == ["halted_drawdown"])
    }

    @Test func ordersPerHourBindEntriesAndNeverExits() throws {
        var caps = RunFixtures.caps
        caps.maxOrdersPerHour = 1
        var desk = Desk(caps)
        _ = try desk.tick([100, 100])
        try desk.open(.long)
        #expect(try desk.propose(RunFixtures.signal(.long, 1)).denials == ["max_orders_per_hour"])
        #expect(try desk.propose(RunFixtures.signal(.exit)).orders.map(\.purpose) == [.exit])
    }

    @Test func commandsDoWhatTheySay() throws {
        var desk = Desk()
        _ = try desk.tick([100, 100])
        try desk.open(.long, stop: 95)
        _ = try desk.session.step(.command(.pause))
        #expect(try desk.propose(RunFixtures.signal(.long, 1)).denials == ["paused"])
        _ = try desk.session.step(.command(.resume))
        let waiting = try desk.propose(RunFixtures.signal(.long, 1)).orders
        let stopped = try desk.session.step(.command(.stop))
        #expect(stopped.cancels == waiting.map(\.number.sequence))
        _ = try desk.session.step(.command(.resume))
        #expect(try desk.propose(RunFixtures.signal(.long, 1)).denials == ["stopped"])
        let flattened = try desk.session.step(.command(.flatten)).orders
        #expect(flattened.map(\.purpose) == [.flatten])
        // Asked twice, sent once.
        #expect(try desk.session.step(.command(.flatten)).orders.isEmpty)
    }

    @Test func killClosesEverythingAndTakesNothingMore() throws {
        var desk = Desk()
        _ = try desk.tick([100, 100])
        try desk.open(.long)
        let waiting = try desk.propose(RunFixtures.signal(.long, 1)).orders
        let killed = try desk.session.step(.command(.kill))
        #expect(killed.cancels == waiting.map(\.number.sequence))
        #expect(killed.orders.map(\.purpose) == [.kill])
        #expect(try desk.propose(RunFixtures.signal(.exit)).denials == ["killed"])
        #expect(try desk.session.step(.command(.resume)).isEmpty)
        #expect(desk.session.mode == .killed)
    }

    @Test func aFillOfAnUnknownOrderIsBookedAllTheSame() throws {
        var desk = Desk()
        _ = try desk.tick([100, 100])
        let order = try desk.propose(RunFixtures.signal(.long)).orders[0]
        _ = try desk.session.step(.cancelled(order.number))
        _ = try desk.fill(order, at: 100)
        #expect(desk.session.portfolio.positions[0].quantity == .whole(10))
    }

    /// Whatever comes in, in whatever order: effects or a refusal to calculate, never a trap.
    @Test(arguments: 0..<30)
    func noInputTraps(_ seed: Int) throws {
        print("SessionTests.noInputTraps seed \(seed)")
        var random = SeededRandom(seed: UInt64(seed))
        let extremes: [Int64] = [0, 1, -1, .max, .min, .max / 2, fixedPointUnit, -fixedPointUnit, 1_000_000 * fixedPointUnit]
        func raw() -> Int64 {
            random.unit() < 0.1 ? extremes[Int(random.unit() * 9)] : Int64((random.unit() - 0.3) * 1e11)
        }
        var caps = RunFixtures.caps
        caps.stopLossBasisPoints = raw()
        caps.maxDailyLossBasisPoints = raw()
        caps.maxDrawdownBasisPoints = random.unit() < 0.5 ? nil : raw()
        caps.maxOrdersPerHour = 50
        var desk = Desk(caps)
        var refused = 0
        for _ in 0..<400 {
            desk.time += Int64(random.unit() * 1e7)
            let instrument = random.unit() < 0.5 ? 0 : 1
            let number = OrderNumber(session: 7, sequence: Int(random.unit() * 20))
            let input: SessionInput = switch Int(random.unit() * 9) {
            case 0, 1: .bar(instrument: instrument, close: Price(raw: raw()), at: desk.time)
            case 2, 3: .tick(at: desk.time)
            case 4: .fill(Fill(
                order: number, instrument: instrument, quantity: Quantity(raw: raw()), price: Price(raw: raw()),
                fee: Money(raw: raw()), isMaker: false, purpose: .entry, at: desk.time))
            case 5: .funding(instrument: instrument, amount: Money(raw: raw()))
            case 6: random.unit() < 0.5 ? .rejected(number, .lotSize) : .cancelled(number)
            case 7: .command([.pause, .resume, .flatten][Int(random.unit() * 3)])
            default: .proposals([Signal(
                instrument: Int(random.unit() * 3), side: [.long, .short, .exit][Int(random.unit() * 3)], size: random.unit(),
                stop: random.unit() < 0.5 ? nil : random.unit() * 1e12, target: nil, reason: "")])
            }
            var next = desk.session
            do {
                _ = try next.step(input)
                _ = try next.view()
                desk.session = next
            } catch {
                refused += 1
            }
        }
        #expect(refused < 400)
    }

    @Test func theSameInputsGiveTheSameEffects() throws {
        func play() throws -> [SessionEffect] {
            var caps = RunFixtures.caps
            caps.stopLossBasisPoints = 100
            var desk = Desk(caps)
            var all = try desk.tick([100, 100])
            all += try desk.propose(RunFixtures.signal(.long), RunFixtures.signal(.short, 1))
            for order in all.orders { all += try desk.fill(order, at: 100) }
            all += try desk.tick([101, 99])
            all += try desk.propose(RunFixtures.signal(.short))
            return all
        }
        let first = try play()
        let second = try play()
        #expect(first == second)
    }
}
