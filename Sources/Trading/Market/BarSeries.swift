public import Base

/// One candle. `openTime` is when it began; nothing in it may be acted on before it closed.
public struct Bar: Sendable, Hashable {
    /// Milliseconds since the epoch, UTC, a multiple of the timeframe.
    public let openTime: Int64
    public let open: Price
    public let high: Price
    public let low: Price
    public let close: Price
    /// Base units traded; finite, not negative. A statistic, therefore a Double.
    public let volume: Double

    public init(openTime: Int64, open: Price, high: Price, low: Price, close: Price, volume: Double) {
        self.openTime = openTime
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }
}

/// The bars of one instrument and timeframe in strictly rising order of time, as columns. Missing bars are missing.
public struct BarSeries: Sendable, Hashable {
    public let instrument: String
    public let timeframe: Timeframe
    /// Milliseconds UTC at which each bar opened.
    public private(set) var openTime: [Int64] = []
    public private(set) var open: [Price] = []
    public private(set) var high: [Price] = []
    public private(set) var low: [Price] = []
    public private(set) var close: [Price] = []
    public private(set) var volume: [Double] = []

    public init(instrument: String, timeframe: Timeframe) {
        self.instrument = instrument
        self.timeframe = timeframe
    }

    public var count: Int { openTime.count }
    public var isEmpty: Bool { openTime.isEmpty }

    public subscript(index: Int) -> Bar {
        Bar(openTime: openTime[index], open: open[index], high: high[index], low: low[index],
            close: close[index], volume: volume[index])
    }

    /// When bar `index` closed: the first moment its values may be acted on.
    public func closeTime(_ index: Int) -> Int64 { openTime[index] + timeframe.milliseconds }

    /// Adds a bar that is known to be valid and later than the last one (`BarRules` checks both).
    public mutating func append(_ bar: Bar) {
        precondition(openTime.last.map { $0 < bar.openTime } ?? true, "Invariant: bars are appended in order of time.")
        openTime.append(bar.openTime)
        open.append(bar.open)
        high.append(bar.high)
        low.append(bar.low)
        close.append(bar.close)
        volume.append(bar.volume)
    }

    public mutating func reserve(_ count: Int) {
        openTime.reserveCapacity(count)
        open.reserveCapacity(count)
        high.reserveCapacity(count)
        low.reserveCapacity(count)
        close.reserveCapacity(count)
        volume.reserveCapacity(count)
    }

    /// The bars whose open time lies in `from..<to`.
    public func clipped(from: Instant, to: Instant) -> BarSeries {
        var result = BarSeries(instrument: instrument, timeframe: timeframe)
        for index in firstIndex(atOrAfter: from.milliseconds)..<max(firstIndex(atOrAfter: from.milliseconds), firstIndex(atOrAfter: to.milliseconds)) {
            result.append(self[index])
        }
        return result
    }

    /// Index of the first bar that opens at or after `time`; `count` when none does.
    public func firstIndex(atOrAfter time: Int64) -> Int {
        var low = 0
        var high = openTime.count
        while low < high {
            let middle = (low + high) / 2
            if openTime[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
