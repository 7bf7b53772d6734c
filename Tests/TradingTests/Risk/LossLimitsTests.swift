import Base
import Testing
@testable import Trading

@Suite struct LossLimitsTests {
    private let day = RunFixtures.start.milliseconds
    private let hour: Int64 = 3_600_000

    @Test func theDaysLossIsMeasuredFromTheDaysFirstEquity() throws {
        var caps = RunFixtures.caps
        caps.maxDailyLossBasisPoints = 500
        var limits = LossLimits(start: .whole(10_000))
        #expect(try limits.observe(RunFixtures.money("9500.00000001"), at: day + hour, caps: caps) == nil)
        let halt = try limits.observe(.whole(9_500), at: day + 2 * hour, caps: caps)
        #expect(halt == Halt(kind: .dailyLoss, at: day + 2 * hour, equity: .whole(9_500), threshold: .whole(9_500), until: day + 24 * hour))
        // Midnight still belongs to the day it ends; after it the day opens at 9,500.
        #expect(try limits.observe(.whole(9_500), at: day + 24 * hour, caps: caps)?.kind == .dailyLoss)
        #expect(try limits.observe(.whole(9_026), at: day + 25 * hour, caps: caps) == nil)
        #expect(try limits.observe(.whole(9_025), at: day + 26 * hour, caps: caps)?.kind == .dailyLoss)
    }

    @Test func theDrawdownIsMeasuredFromTheHighest() throws {
        var caps = RunFixtures.caps
        caps.maxDrawdownBasisPoints = 1_000
        var limits = LossLimits(start: .whole(10_000))
        #expect(try limits.observe(.whole(20_000), at: day + hour, caps: caps) == nil)
        #expect(try limits.observe(RunFixtures.money("18000.00000001"), at: day + 30 * hour, caps: caps) == nil)
        let halt = try limits.observe(.whole(18_000), at: day + 31 * hour, caps: caps)
        #expect(halt?.kind == .drawdown)
        #expect(halt?.until == nil)
    }

    @Test func noEquityIsTheEnd() throws {
        var limits = LossLimits(start: .whole(10_000))
        #expect(try limits.observe(.zero, at: day + hour, caps: RunFixtures.caps)?.kind == .ruin)
    }

    @Test func anHourOfOrdersIsSixtyMinutes() {
        var rate = OrderRate()
        rate.note(at: day)
        rate.note(at: day + 1)
        rate.note(at: day + hour - 1)
        #expect(rate.count(at: day + hour - 1) == 3)
        #expect(rate.count(at: day + hour) == 2)
        #expect(rate.count(at: day + 3 * hour) == 0)
    }
}
