import Base
import Testing
@testable import Trading

@Suite struct RiskEngineTests {
    private static let caps = RiskCaps(
        maxOrder: .whole(600), maxPosition: .whole(1_000), maxLeverageHundredths: 150, maxOpenPositions: 2, maxOrdersPerHour: 4,
        allowShort: false)

    /// Well within every cap: 5 at 100 with 1,000 equity.
    private static let request = RiskRequest(
        quantity: .whole(5), mark: .whole(100), projected: .zero, otherGross: .zero, otherOpen: 0, equity: .whole(1_000),
        ordersLastHour: 0)

    private static func judge(_ change: (inout RiskRequest, inout RiskCaps) -> Void) -> RiskVerdict {
        var request = request
        var caps = caps
        change(&request, &caps)
        return RiskEngine.judge(request, caps: caps)
    }

    @Test func whatIsWithinEveryCapIsAllowed() {
        #expect(Self.judge { _, _ in } == .allowed)
        // Exactly at each cap.
        #expect(Self.judge { request, _ in request.quantity = .whole(6) } == .allowed)
        #expect(Self.judge { request, _ in request.projected = .whole(5) } == .allowed)
        #expect(Self.judge { request, _ in request.otherGross = .whole(1_000) } == .allowed)
        #expect(Self.judge { request, _ in request.otherOpen = 1 } == .allowed)
        #expect(Self.judge { request, _ in request.ordersLastHour = 3 } == .allowed)
    }

    @Test func everyCapDeniesWithItsNumbers() {
        #expect(Self.judge { request, _ in request.quantity = RunFixtures.quantity("6.00000001") }
            == .denied(.orderValue(value: RunFixtures.money("600.000001"), cap: .whole(600))))
        #expect(Self.judge { request, _ in request.projected = RunFixtures.quantity("7.4") }
            == .denied(.positionValue(value: .whole(1_240), cap: .whole(1_000))))
        #expect(Self.judge { request, _ in request.otherGross = RunFixtures.money("1000.00000001") }
            == .denied(.leverage(hundredths: 151, cap: 150)))
        #expect(Self.judge { request, _ in request.otherOpen = 2 } == .denied(.openPositions(count: 3, cap: 2)))
        #expect(Self.judge { request, _ in request.ordersLastHour = 4 } == .denied(.ordersPerHour(count: 5, cap: 4)))
        #expect(Self.judge { request, _ in request.quantity = .whole(-1) } == .denied(.shortNotAllowed))
        #expect(Self.judge { request, _ in request.equity = .zero } == .denied(.leverage(hundredths: .max, cap: 150)))
        #expect(Self.judge { request, caps in
            request.quantity = .whole(-1)
            caps.allowShort = true
        } == .allowed)
    }

    @Test func absurdNumbersAreDeniedNotTrapped() {
        let largest = Quantity(raw: .max)
        #expect(Self.judge { request, _ in request.projected = largest } == .denied(.outOfRange))
        #expect(Self.judge { request, caps in
            request.quantity = Quantity(raw: .min)
            caps.allowShort = true
        } == .denied(.outOfRange))
        #expect(Self.judge { request, caps in
            caps.maxOrder = Money(raw: .max)
            request.quantity = largest
        } == .denied(.outOfRange))
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 0, -0.5, 1.0000001, 1e300])
    func sizesThatAreNoFractionAreDenied(_ size: Double) {
        let denial = RiskEngine.malformation(of: RunFixtures.signal(.long, size: size), mark: .whole(100))
        #expect(denial?.code == "size_invalid")
        #expect(RiskEngine.malformation(of: RunFixtures.signal(.exit, size: size), mark: .whole(100)) == nil)
    }

    @Test func stopsAndTargetsAreOnTheirSide() {
        func code(_ side: Signal.Side, stop: Double? = nil, target: Double? = nil) -> String? {
            RiskEngine.malformation(of: RunFixtures.signal(side, stop: stop, target: target), mark: .whole(100))?.code
        }
        #expect(code(.long, stop: 99.99, target: 100.01) == nil)
        #expect(code(.short, stop: 100.01, target: 99.99) == nil)
        #expect(code(.long, stop: 100) == "stop_wrong_side")
        #expect(code(.short, stop: 100) == "stop_wrong_side")
        #expect(code(.long, target: 100) == "target_wrong_side")
        #expect(code(.short, target: 100) == "target_wrong_side")
        for wild in [Double.nan, .infinity, 0, -1, 1e300, 1e-12] {
            #expect(code(.long, stop: wild) == "stop_invalid")
            #expect(code(.short, target: wild) == "target_invalid")
        }
    }

    @Test func theMandatoryStopTightensAndNeverLoosens() throws {
        var caps = RunFixtures.caps
        caps.stopLossBasisPoints = 500
        func stop(_ author: String?, isLong: Bool) throws -> String? {
            try RiskEngine.stop(
                author: author.map(RunFixtures.price), entry: .whole(100), isLong: isLong, caps: caps,
                tick: RunFixtures.price("0.01"))?.description
        }
        #expect(try stop(nil, isLong: true) == "95")
        #expect(try stop("90", isLong: true) == "95")
        #expect(try stop("97", isLong: true) == "97")
        #expect(try stop(nil, isLong: false) == "105")
        #expect(try stop("110", isLong: false) == "105")
        #expect(try stop("103", isLong: false) == "103")
        caps.stopLossBasisPoints = nil
        #expect(try stop(nil, isLong: true) == nil)
        #expect(try stop("90", isLong: true) == "90")
    }

    @Test func sizeIsAFractionOfThePositionCapInWholeLots() throws {
        func quantity(_ size: Double, _ mark: String) throws -> String {
            try RiskEngine.quantity(
                size: size, isLong: true, mark: RunFixtures.price(mark), caps: RunFixtures.caps,
                lot: RunFixtures.quantity("0.001")).description
        }
        #expect(try quantity(1, "100") == "10")
        #expect(try quantity(0.5, "300") == "1.666")
        #expect(try quantity(0.0000001, "300") == "0")
    }

    @Test func peopleReadWhyInASentence() {
        #expect(Denial.positionValue(value: .whole(1_240), cap: .whole(1_000)).sentence
            == "We refused this order: it would take the position to $1,240.00; the cap is $1,000.00.")
        // Rounded up: a value above the cap never reads like the cap.
        #expect(Denial.orderValue(value: RunFixtures.money("1000.001"), cap: .whole(1_000)).sentence
            == "We refused this order: its value is $1,000.01; the cap is $1,000.00.")
        #expect(Denial.leverage(hundredths: 205, cap: 150).sentence
            == "We refused this order: it would take leverage to 2.05×; the cap is 1.50×.")
        #expect(RunFixtures.money("-1234567.895").dollars == "-$1,234,567.90")
    }
}
