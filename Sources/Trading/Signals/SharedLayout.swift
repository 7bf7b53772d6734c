/// Where everything lies in the two blocks of memory that the engine shares with a sandbox. Plain arithmetic over
/// byte offsets, so that both sides compute the same ones; all values are little-endian and naturally aligned.
///
/// The *market* block is written once, sealed, and mapped read-only by the sandbox: bars, ticks, scripts, parameters.
/// The *exchange* block is written by both: commands and portfolios one way, signals, failures and log the other.
public struct SharedLayout: Sendable {
    /// Bars of each instrument of the universe.
    public let barCounts: [Int]
    public let tickCount: Int
    /// UTF-8 bytes of the settings, a JSON object with names, parameters and scripts.
    public let settingsBytes: Int

    public init(barCounts: [Int], tickCount: Int, settingsBytes: Int) {
        precondition(barCounts.count <= Self.instrumentsMax, "Invariant: the universe fits the exchange block.")
        self.barCounts = barCounts
        self.tickCount = tickCount
        self.settingsBytes = settingsBytes
    }

    public static let instrumentsMax = 32

    // MARK: The market block

    /// Columns of one instrument, each of 8-byte values: the first five Int64 (milliseconds, then prices times 10⁸),
    /// the last Float64.
    public enum Column: Int, Sendable, CaseIterable { case openTime, open, high, low, close, volume }

    /// Three Int64: bytes of settings, number of ticks, number of instruments; then one Int64 of bars an instrument.
    public static let settingsBytesOffset = 0
    public static let tickCountOffset = 8
    public static let instrumentCountOffset = 16
    public static func barCountOffset(_ instrument: Int) -> Int { 24 + instrument * 8 }

    public var settingsOffset: Int { Self.barCountOffset(barCounts.count) }
    /// Int64 a tick: close time, milliseconds UTC.
    public var ticksOffset: Int { Self.aligned(settingsOffset + settingsBytes) }
    /// Int32 per tick and instrument, as `MarketData.barAtTick`.
    public var barAtTickOffset: Int { ticksOffset + tickCount * 8 }
    private var columnsOffset: Int { Self.aligned(barAtTickOffset + tickCount * barCounts.count * 4) }

    /// First value of that column of that instrument.
    public func columnOffset(_ instrument: Int, _ column: Column) -> Int {
        let before = barCounts[..<instrument].reduce(0, +) * Column.allCases.count
        return columnsOffset + (before + column.rawValue * barCounts[instrument]) * 8
    }

    public var marketBytes: Int { columnsOffset + barCounts.reduce(0, +) * Column.allCases.count * 8 }

    private static func aligned(_ offset: Int) -> Int { (offset + 7) / 8 * 8 }

    // MARK: The exchange block, one word a cache line where both sides write

    /// What the engine wants next.
    public enum Command: UInt32, Sendable {
        /// Map the market block, load the scripts.
        case load = 1
        /// Look at the ticks `commandFrom..<commandTo`.
        case run = 2
    }
    /// How the sandbox answered.
    public enum Answer: UInt32, Sendable {
        /// Locked down or loaded, waiting for a command.
        case ready = 1
        /// No signal in the whole range.
        case nothing = 2
        /// `answerCount` signals at `answerTick`.
        case signals = 3
        /// The failure fields say what happened; the sandbox ends.
        case failed = 4
    }
    /// What the sandbox can say about a failure itself; crashes and overruns it did not survive are the engine's to tell.
    public enum Failure: UInt32, Sendable {
        case threw = 1, timeLimit, memoryLimit, badSignal, compile

        public var kind: DeciderFailure.Kind {
            switch self {
            case .threw: .threw
            case .timeLimit: .timeLimit
            case .memoryLimit: .memoryLimit
            case .badSignal: .badSignal
            case .compile: .compile
            }
        }
    }
    /// Which script is running; also who is to blame.
    public enum File: UInt32, Sendable { case none = 0, entry = 1, exit = 2 }

    /// UInt32, counted up by the engine when a command is complete; the sandbox sleeps on it.
    public static let commandSequence = 0
    /// UInt32, set by the sandbox to the number of the command it has answered; the engine sleeps on it.
    public static let answerSequence = 64
    /// UInt32: calls into scripts so far, the file being called, the tick it is called for.
    public static let progressCalls = 128
    public static let progressFile = 132
    public static let progressTick = 136

    public static let commandKind = 192
    public static let commandFrom = 196
    public static let commandTo = 200

    public static let answerKind = 256
    public static let answerTick = 260
    public static let answerCount = 264
    /// UInt32 of `Failure`.
    public static let failureKind = 268
    public static let failureFile = 272
    /// Int32: line and column of the JavaScript, from 1; 0 when unknown.
    public static let failureLine = 276
    public static let failureColumn = 280
    public static let failureMessageBytes = 284
    /// UInt32: bytes of log records so far.
    public static let logBytes = 288
    public static let failureMessage = 512
    public static let failureMessageBytesMax = 2_048

    /// One record a signal: Int32 instrument, UInt32 side (index into long, short, exit), UInt32 flags (1 stop, 2
    /// target), UInt32 bytes of reason, Float64 size, stop, target, then the reason.
    public static let signalsOffset = 4_096
    public static let signalBytes = 1_024
    public static let signalReasonOffset = 40
    public static let signalReasonBytesMax = 900

    /// Log records one after another: Int32 tick (-1 while loading), UInt32 bytes, text. No padding.
    public static let logOffset = signalsOffset + instrumentsMax * signalBytes
    public static let logRecordHeaderBytes = 8
    public static let logBytesMax = 131_072

    /// Float64 rows, one a tick of the command's range: equity, cash, then per instrument signed quantity, entry price,
    /// entry time, unrealised profit.
    public static let portfolioOffset = logOffset + logBytesMax
    public static func portfolioRowValues(instruments: Int) -> Int { 2 + 4 * instruments }
    /// Ticks of the longest range one command may name.
    public static let ticksPerCommandMax = 2_048
    public static func exchangeBytes(instruments: Int) -> Int {
        portfolioOffset + ticksPerCommandMax * portfolioRowValues(instruments: instruments) * 8
    }
}
