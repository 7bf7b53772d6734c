internal import Base
internal import Trading

/// The read-only block as the sandbox reads it: settings, ticks and the columns of each instrument.
struct MarketBlock {
    /// What the engine says about the run, in the block's JSON.
    struct Settings {
        var instruments: [String]
        var timeframe: String
        var timeframeMilliseconds: Int64
        var parameters: [(name: String, value: Double)]
        var seed: UInt64
        /// JavaScript, or nil when the skill has no such helper.
        var entry: String?
        var exit: String?
        var logBytesMax: Int
    }

    let settings: Settings
    let tickCount: Int
    let barCounts: [Int]
    private let memory: SharedMemory
    private let layout: SharedLayout

    /// Nil when the block is not what the engine writes.
    init?(memory: SharedMemory) {
        guard memory.count >= SharedLayout.barCountOffset(0) else { return nil }
        let settingsBytes = Int(memory.load(SharedLayout.settingsBytesOffset, as: Int64.self))
        let tickCount = Int(memory.load(SharedLayout.tickCountOffset, as: Int64.self))
        let instruments = Int(memory.load(SharedLayout.instrumentCountOffset, as: Int64.self))
        guard (0...SharedLayout.instrumentsMax).contains(instruments), (0...memory.count).contains(settingsBytes),
              (0...memory.count).contains(tickCount), SharedLayout.barCountOffset(instruments) <= memory.count
        else { return nil }
        let barCounts = (0..<instruments).map { Int(memory.load(SharedLayout.barCountOffset($0), as: Int64.self)) }
        guard barCounts.allSatisfy({ (0...memory.count).contains($0) }) else { return nil }
        let layout = SharedLayout(barCounts: barCounts, tickCount: tickCount, settingsBytes: settingsBytes)
        guard layout.marketBytes <= memory.count,
              let json = try? JSON(parsing: memory.array(layout.settingsOffset, count: settingsBytes)),
              let settings = Settings(json), settings.instruments.count == instruments
        else { return nil }
        self.settings = settings
        self.tickCount = tickCount
        self.barCounts = barCounts
        self.memory = memory
        self.layout = layout
    }

    /// Close time, milliseconds UTC.
    func time(ofTick tick: Int) -> Int64 { memory.load(layout.ticksOffset + tick * 8) }

    /// Index of the bar of `instrument` that closes at `tick`, or -1.
    func bar(_ instrument: Int, atTick tick: Int) -> Int {
        Int(memory.load(layout.barAtTickOffset + (tick * barCounts.count + instrument) * 4, as: Int32.self))
    }

    /// A column as helpers see it: prices as numbers, time as the close time of each bar.
    func values(_ instrument: Int, _ column: SharedLayout.Column) -> [Double] {
        switch column {
        case .volume: return memory.array(layout.columnOffset(instrument, column), count: barCounts[instrument])
        case .openTime:
            return raw(instrument, column).map { Double($0 + settings.timeframeMilliseconds) }
        case .open, .high, .low, .close:
            // As `Price.double` does it.
            return raw(instrument, column).map { Double($0) / Double(fixedPointUnit) }
        }
    }
}

extension MarketBlock {
    /// The bars of one instrument as Trading's code takes them; empty when the engine sent none that make sense.
    func series(_ instrument: Int) -> BarSeries {
        let timeframe = Timeframe(rawValue: settings.timeframe) ?? .oneMinute
        var series = BarSeries(instrument: settings.instruments[instrument], timeframe: timeframe)
        let times = raw(instrument, .openTime)
        let prices = [SharedLayout.Column.open, .high, .low, .close].map { raw(instrument, $0).map { Price(raw: $0) } }
        let volumes = values(instrument, .volume)
        series.reserve(times.count)
        for index in times.indices {
            series.append(Bar(
                openTime: times[index], open: prices[0][index], high: prices[1][index], low: prices[2][index],
                close: prices[3][index], volume: volumes[index]))
        }
        return series
    }

    private func raw(_ instrument: Int, _ column: SharedLayout.Column) -> [Int64] {
        memory.array(layout.columnOffset(instrument, column), count: barCounts[instrument])
    }
}

extension MarketBlock.Settings {
    fileprivate init?(_ json: JSON) {
        guard let instruments = json["instruments"]?.array?.compactMap(\.string),
              let timeframe = json["timeframe"]?.string,
              let milliseconds = json["timeframe_ms"]?.int,
              let parameters = json["parameters"]?.array,
              let seed = json["seed"]?.string.flatMap({ UInt64($0) }),
              let logBytesMax = json["log_bytes_max"]?.int
        else { return nil }
        self.instruments = instruments
        self.timeframe = timeframe
        self.timeframeMilliseconds = milliseconds
        self.parameters = parameters.compactMap { item in
            guard let name = item["name"]?.string, let value = item["value"]?.double else { return nil }
            return (name, value)
        }
        self.seed = seed
        self.entry = json["entry"]?.string
        self.exit = json["exit"]?.string
        self.logBytesMax = Int(clamping: logBytesMax)
    }
}
