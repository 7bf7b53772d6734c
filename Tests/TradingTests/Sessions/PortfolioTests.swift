import Base
import Testing
@testable import Trading

@Suite struct PortfolioTests {
    private func fill(_ quantity: String, _ price: String, fee: String = "0", at: Int64 = 1) -> Fill {
        Fill(order: OrderNumber(session: 1, sequence: 1), instrument: 0, quantity: RunFixtures.quantity(quantity),
             price: RunFixtures.price(price), fee: RunFixtures.money(fee), isMaker: false, purpose: .exit, at: at)
    }

    @Test func averagesWhatIsAddedAndRealisesWhatIsTakenOff() throws {
        var portfolio = Portfolio(start: .whole(1_000), instrumentCount: 1)
        #expect(try portfolio.apply(fill("1", "100", fee: "0.1")) == nil)
        #expect(try portfolio.apply(fill("1", "110", fee: "0.1", at: 2)) == nil)
        #expect(try portfolio.positions[0].entryPrice().description == "105")
        #expect(try portfolio.positions[0].unrealised(at: .whole(120)).description == "30")
        #expect(try portfolio.apply(fill("-0.5", "120", fee: "0.1", at: 3)) == nil)
        #expect(portfolio.realised.description == "7.5")
        try portfolio.pay(funding: RunFixtures.money("0.4"), instrument: 0)
        let trade = try portfolio.apply(fill("-1.5", "90", fee: "0.1", at: 4))
        #expect(trade == ClosedTrade(
            instrument: 0, isLong: true, entryTime: 1, entryPrice: .whole(105), exitTime: 4,
            exitPrice: RunFixtures.price("97.5"), quantity: .whole(2), fees: RunFixtures.money("0.4"),
            funding: RunFixtures.money("0.4"), profit: RunFixtures.money("-15.8"), exitReason: .exit,
            entryOrder: OrderNumber(session: 1, sequence: 1), exitOrder: OrderNumber(session: 1, sequence: 1)))
        #expect(portfolio.cash.description == "984.2")
        #expect(portfolio.openCount == 0)
    }

    @Test func aFillAcrossZeroClosesOneTradeAndOpensTheNext() throws {
        var portfolio = Portfolio(start: .whole(1_000), instrumentCount: 1)
        _ = try portfolio.apply(fill("-1", "100"))
        let trade = try portfolio.apply(fill("3", "90", fee: "0.3", at: 7))
        #expect(trade?.isLong == false)
        #expect(trade?.profit.description == "9.9")
        #expect(portfolio.positions[0].quantity == .whole(2))
        #expect(portfolio.positions[0].entryTime == 7)
        #expect(portfolio.cash.description == "1009.7")
        #expect(portfolio.openCount == 1)
    }

    @Test func overflowIsRefused() throws {
        var portfolio = Portfolio(start: .whole(1_000), instrumentCount: 1)
        #expect(throws: ArithmeticError.overflow) {
            _ = try portfolio.apply(Fill(
                order: OrderNumber(session: 1, sequence: 1), instrument: 0, quantity: Quantity(raw: .max),
                price: Price(raw: .max), fee: .zero, isMaker: false, purpose: .entry, at: 1))
        }
    }

    /// Equity is start, minus what every fill cost, minus fees and funding, plus what is held, to the unit.
    @Test(arguments: 0..<40)
    func nothingIsMadeOrLost(_ seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        print("PortfolioTests.nothingIsMadeOrLost seed \(seed)")
        var portfolio = Portfolio(start: .whole(10_000), instrumentCount: 3)
        var flow = Money.zero
        var closed = Money.zero
        for step in 0..<300 {
            let instrument = Int(random.unit() * 3)
            let price = Price(raw: 1 + Int64(random.unit() * 1e11))
            let quantity = Quantity(raw: Int64((random.unit() - 0.5) * 1e9))
            let fee = Money(raw: Int64((random.unit() - 0.1) * 1e6))
            guard !quantity.isZero else { continue }
            // Sometimes exactly flat.
            let held = portfolio.positions[instrument].quantity
            let amount = random.unit() < 0.3 && !held.isZero ? try held.negated() : quantity
            // A fill across zero is booked in two parts, each rounded by itself.
            let crosses = !held.isZero && held.isNegative != amount.isNegative && amount.raw.magnitude > held.raw.magnitude
            let parts = crosses ? [try held.negated(), try held.adding(amount)] : [amount]
            for part in parts { flow = try flow.adding(price.times(part)) }
            flow = try flow.adding(fee)
            let trade = try portfolio.apply(Fill(
                order: OrderNumber(session: 1, sequence: step), instrument: instrument, quantity: amount, price: price, fee: fee,
                isMaker: false, purpose: .exit, at: Int64(step)))
            if let trade { closed = try closed.adding(trade.profit) }
            if !portfolio.positions[instrument].isFlat, random.unit() < 0.3 {
                let funding = Money(raw: Int64((random.unit() - 0.5) * 1e7))
                try portfolio.pay(funding: funding, instrument: instrument)
                flow = try flow.adding(funding)
            }
            let marks = (0..<3).map { _ in Price(raw: 1 + Int64(random.unit() * 1e11)) }
            var expected = try Money.whole(10_000).subtracting(flow)
            var settled = try Money.whole(10_000).adding(closed)
            for index in 0..<3 {
                expected = try expected.adding(marks[index].times(portfolio.positions[index].quantity))
                settled = try settled.adding(portfolio.positions[index].settled())
            }
            #expect(try portfolio.equity(at: marks) == expected)
            #expect(portfolio.cash == settled)
            #expect(portfolio.openCount == portfolio.positions.filter { !$0.isFlat }.count)
        }
    }
}
