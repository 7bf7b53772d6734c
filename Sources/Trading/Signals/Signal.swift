public import Base

/// What a helper or a model wants done with one instrument. A proposal: the risk engine has the last word.
public struct Signal: Sendable, Hashable {
    public enum Side: String, Sendable, Hashable { case long, short, exit }

    /// Index into the universe.
    public let instrument: Int
    public let side: Side
    /// Fraction of `max_position_usd`; 1 when the author said nothing. Not validated here: NaN must reach the risk
    /// engine and be denied there, visibly.
    public let size: Double
    /// Stop price, or nil.
    public let stop: Double?
    /// Target price, or nil.
    public let target: Double?
    /// At most `Limits.signalReasonCharactersMax` characters of the author's.
    public let reason: String

    public init(instrument: Int, side: Side, size: Double, stop: Double?, target: Double?, reason: String) {
        self.instrument = instrument
        self.side = side
        self.size = size
        self.stop = stop
        self.target = target
        self.reason = reason
    }
}

/// One open position as helpers, tools and pages see it.
public struct PositionView: Sendable, Hashable {
    /// Signed; zero when flat.
    public let quantity: Quantity
    /// Average entry price; zero when flat.
    public let entryPrice: Price
    /// Milliseconds UTC of the first fill of the position; 0 when flat.
    public let entryTime: Int64
    /// At the mark, before exit costs.
    public let unrealised: Money

    public init(quantity: Quantity, entryPrice: Price, entryTime: Int64, unrealised: Money) {
        self.quantity = quantity
        self.entryPrice = entryPrice
        self.entryTime = entryTime
        self.unrealised = unrealised
    }
    public static let flat = PositionView(quantity: .zero, entryPrice: .zero, entryTime: 0, unrealised: .zero)
}

/// The portfolio as it stands at one tick, after that tick's fills and marks.
public struct PortfolioView: Sendable, Hashable {
    public let equity: Money
    public let cash: Money
    /// One an instrument of the universe, flat ones included.
    public let positions: [PositionView]
    public init(equity: Money, cash: Money, positions: [PositionView]) {
        self.equity = equity
        self.cash = cash
        self.positions = positions
    }
    public var openPositions: Int { positions.reduce(0) { $0 + ($1.quantity.isZero ? 0 : 1) } }
}

/// One turn of whoever decides: the tick it happened at, what was proposed, and everything worth keeping.
public struct Decision: Sendable {
    /// Index into `MarketData.ticks`.
    public let tick: Int
    public let proposals: [Signal]
    /// Who decided and what it saw, asked and said: an object, hashed into the decision log as it is.
    public let record: JSON
    public let tokens: Int
    /// US dollars times 10⁸ paid to a model provider.
    public let cost: Money

    public init(tick: Int, proposals: [Signal], record: JSON, tokens: Int = 0, cost: Money = .zero) {
        self.tick = tick
        self.proposals = proposals
        self.record = record
        self.tokens = tokens
        self.cost = cost
    }
}

/// Whoever turns ticks into proposals: helpers in the sandbox, an agent with a model, or both together.
///
/// The driver runs the session ahead under the assumption that nothing is decided, and hands the decider the
/// portfolio as it would be at each of those ticks. The decider looks at the ticks in order, stops at the first one
/// where it decides something, and has then seen only states that really happened. Whatever block lengths the driver
/// picks, the decisions are the same.
public protocol Decider {
    /// The first decision in `ticks`, or nil when there is none. Called with consecutive ranges: each starts after the
    /// last tick looked at. `portfolios[i]` belongs to tick `ticks.lowerBound + i`.
    mutating func next(in ticks: Range<Int>, portfolios: [PortfolioView]) throws -> Decision?

    /// How many ticks ahead are worth simulating at once, starting at `tick`; at least 1.
    func lookahead(from tick: Int) -> Int

    /// What the author logged, in order, already limited; read after the run.
    var log: [LogLine] { get }
}

/// One line a helper logged.
public struct LogLine: Sendable, Hashable {
    public let tick: Int
    public let text: String
    public init(tick: Int, text: String) {
        self.tick = tick
        self.text = text
    }
}

/// Why a decider could not go on: the run ends, visibly, with this.
public struct DeciderFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable { case threw, timeLimit = "time_limit", memoryLimit = "memory_limit", badSignal = "bad_signal", crashed, compile, provider, budget }
    public let kind: Kind
    /// `entry.ts`, `exit.ts`, or nil when no file is to blame.
    public let file: String?
    /// Line of the author's source, from 1.
    public let line: Int?
    /// Milliseconds UTC of the tick, nil before the first.
    public let time: Int64?
    /// A sentence for the author.
    public let message: String
    public init(kind: Kind, file: String? = nil, line: Int? = nil, time: Int64? = nil, message: String) {
        self.kind = kind
        self.file = file
        self.line = line
        self.time = time
        self.message = message
    }
    public var description: String {
        let place = file.map { file in line.map { "\(file):\($0): " } ?? "\(file): " } ?? ""
        let moment = time.map { " (at \(Instant(milliseconds: $0)))" } ?? ""
        return place + message + moment
    }
}
