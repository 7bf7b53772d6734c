internal import Base
public import Trading

/// Decides by a skill's helpers alone, in a sandbox of its own, for one run.
///
/// Belongs to the thread that made it: the kernel ends the sandbox when that thread ends.
public struct SandboxDecider: Decider {
    private let process: SandboxProcess
    private let scripts: HelperScripts
    private let ticks: [Int64]
    private let instruments: [Instrument]
    /// Ticks looked at since the last decision, and how far apart decisions were lately.
    private var sinceDecision = 0
    private var expectedGap = 64
    private var isOver = false

    /// Starts a sandbox, compiles the helpers and runs their top level.
    ///
    /// - Parameters:
    ///   - entry: text of `entry.ts`, or nil.
    ///   - exit: text of `exit.ts`, or nil.
    ///   - parameters: the manifest's numbers, with the values of this run.
    ///   - seed: of the helpers' `Math.random`.
    /// - Throws: `DeciderFailure` of any kind but `.provider` and `.budget`.
    public init(
        market: MarketData, entry: String?, exit: String?, parameters: [(name: String, value: Double)], seed: UInt64,
        limits: SandboxLimits = .standard
    ) throws {
        let block = MarketBlockWriter(market: market)
        // The sandbox warms up while the compiler runs.
        process = try Self.told(nil, market.ticks) { () throws(SandboxProcess.Told) in
            try SandboxProcess(instruments: market.instruments.count, limits: limits)
        }
        let scripts = try HelperScripts(entry: entry, exit: exit)
        self.scripts = scripts
        ticks = market.ticks
        instruments = market.instruments
        let process = process
        try Self.told(scripts, market.ticks) { () throws(SandboxProcess.Told) in
            let settings = block.settings(scripts: scripts, parameters: parameters, seed: seed, limits: limits)
            try process.load(block, settings: settings)
        }
    }

    public mutating func next(in ticks: Range<Int>, portfolios: [PortfolioView]) throws -> Decision? {
        precondition(ticks.count == portfolios.count, "Invariant: one portfolio a tick.")
        precondition(!isOver, "Invariant: a decider that failed is not asked again.")
        var start = ticks.lowerBound
        while start < ticks.upperBound {
            let part = start..<min(ticks.upperBound, start + SharedLayout.ticksPerCommandMax)
            write(portfolios[(part.lowerBound - ticks.lowerBound)..<(part.upperBound - ticks.lowerBound)])
            let process = process
            isOver = true
            let answer = try Self.told(scripts, self.ticks) { () throws(SandboxProcess.Told) in try process.run(part) }
            isOver = false
            if case .signals(let tick, let signals) = answer {
                expectedGap = max(1, (expectedGap + sinceDecision + tick - start + 1) / 2)
                sinceDecision = 0
                return Decision(tick: tick, proposals: signals, record: record(signals))
            }
            sinceDecision += part.count
            start = part.upperBound
        }
        return nil
    }

    /// Twice the usual distance between decisions, growing while none comes: simulating further ahead than the next
    /// decision is work thrown away, less far means more round trips of some microseconds.
    public func lookahead(from tick: Int) -> Int {
        max(16, min(SharedLayout.ticksPerCommandMax, max(2 * expectedGap, sinceDecision)))
    }

    public var log: [LogLine] { process.log() }

    /// Number of the sandbox process.
    var processNumber: Int32 { process.number }

    private func write(_ portfolios: ArraySlice<PortfolioView>) {
        var values: [Double] = []
        values.reserveCapacity(portfolios.count * SharedLayout.portfolioRowValues(instruments: instruments.count))
        for portfolio in portfolios {
            precondition(portfolio.positions.count == instruments.count, "Invariant: one position an instrument.")
            values.append(portfolio.equity.double)
            values.append(portfolio.cash.double)
            for position in portfolio.positions {
                values.append(position.quantity.double)
                values.append(position.entryPrice.double)
                values.append(Double(position.entryTime))
                values.append(position.unrealised.double)
            }
        }
        process.exchange.store(array: values, at: SharedLayout.portfolioOffset)
    }

    private func record(_ signals: [Signal]) -> JSON {
        .object([("by", "helper"), ("signals", .array(signals.map { signal in
            .object([
                ("instrument", .string(instruments[signal.instrument].name)), ("side", .string(signal.side.rawValue)),
                ("size", Self.number(signal.size)), ("stop", signal.stop.map(Self.number) ?? .null),
                ("target", signal.target.map(Self.number) ?? .null), ("reason", .string(signal.reason)),
            ])
        }))])
    }

    /// JSON has no NaN, and a record that hid one would tell a lie.
    private static func number(_ value: Double) -> JSON {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "Infinity" : "-Infinity" }
        return .double(value)
    }

    /// Turns what a sandbox told into the author's terms.
    private static func told<Result>(
        _ scripts: HelperScripts?, _ ticks: [Int64], _ body: () throws(SandboxProcess.Told) -> Result
    ) throws(DeciderFailure) -> Result {
        do {
            return try body()
        } catch {
            throw HelperScripts.failure(error, scripts: scripts, ticks: ticks)
        }
    }
}
