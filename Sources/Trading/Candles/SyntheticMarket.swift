public import Base

/// Made-up candles for demos and tests: six instruments of different character on one common factor, with clusters of
/// volatility, jumps, and a daily rhythm of volume. Marked synthetic by the `SIM-` in every name.
///
/// The same seed gives the same bits on every machine: only `+ − × ÷` and comparisons of `Double` are used, which
/// IEEE 754 rounds in one way, and integers. No `exp`, `log` or `pow`, whose last bit differs between processors and
/// C libraries; Swift never fuses a product and a sum unless it is told to.
///
/// Every call generates from `start`, so two spans agree wherever they overlap.
public enum SyntheticMarket {
    /// The market opens: 2024-01-01T00:00:00Z. There are no bars before.
    public static let start = Instant(milliseconds: 1_704_067_200_000)
    /// It closes: 2034-01-01T00:00:00Z, a limit on what one call can cost.
    public static let end = Instant(milliseconds: 2_019_686_400_000)
    /// The seed of the market the demo shows.
    public static let seedDefault: UInt64 = 5

    /// The names of the instruments.
    public static var names: [String] { SyntheticCharacter.all.map(\.name) }

    /// The bars of one instrument that open in `from..<to`. Nil for an unknown name, and for timeframes below the five
    /// minutes the market is made of; longer ones are put together from those.
    public static func series(
        named name: String, timeframe: Timeframe = .fiveMinutes, from: Instant, to: Instant, seed: UInt64 = seedDefault
    ) -> BarSeries? {
        guard let character = SyntheticCharacter.all.first(where: { $0.name == name }),
              timeframe.milliseconds % step == 0 else { return nil }
        let stop = min(to, end)
        var result = BarSeries(instrument: name, timeframe: timeframe)
        if stop <= max(from, start) { return result }
        var factor = CommonFactor(seed: seed)
        var leader = character.followsLeader ? SyntheticWalk(SyntheticCharacter.all[0], seed: seed) : nil
        var walk = SyntheticWalk(character, seed: seed)
        var merging = BarMerger(timeframe: timeframe)
        var time = start.milliseconds
        result.reserve(Int((stop.milliseconds - max(from, start).milliseconds) / timeframe.milliseconds) + 1)
        while time < stop.milliseconds {
            let rhythm = DailyRhythm.at(time)
            let common = factor.next(rhythm)
            let lead = leader?.next(time, common, leader: 0, rhythm).move ?? 0
            let bar = walk.next(time, common, leader: lead, rhythm).bar
            time += step
            if let whole = merging.add(bar, closes: time), whole.openTime >= from.milliseconds { result.append(whole) }
        }
        return result
    }

    /// Milliseconds of the bars the market is made of.
    static let step = Timeframe.fiveMinutes.milliseconds
}

/// What moves all instruments together: a random walk in clusters of volatility.
struct CommonFactor {
    private var random: SeededRandom
    private var cluster = VolatilityCluster()
    private var regime = Regime(levels: [0.7, 1, 1.8], changesPerBar: 0.0015)

    init(seed: UInt64) { random = SeededRandom(seed: seed ^ 0x66_61_63_74_6f_72) }

    /// The factor's return over one bar, as a fraction.
    mutating func next(_ rhythm: DailyRhythm) -> Double {
        let noise = random.bell()
        let scale = cluster.next(noise) * regime.next(&random)
        return 0.0008 * scale * noise * rhythm.volatility
    }
}

/// GARCH(1,1) in units of the long-run deviation (Bollerslev 1986): large moves make the next moves larger.
struct VolatilityCluster {
    private var variance = 1.0

    /// The deviation of the coming bar, given the standard normal that bar will be drawn with.
    mutating func next(_ noise: Double) -> Double {
        let deviation = variance.squareRoot()
        // The weights add up to one, so variance 1 is the long-run mean; the lid ends an explosion.
        variance = min(0.02 + 0.09 * variance * noise * noise + 0.89 * variance, 25)
        return deviation
    }
}

/// A level that stays for hours or days and then changes to another.
struct Regime {
    let levels: [Double]
    let changesPerBar: Double
    private var current: Int

    init(levels: [Double], changesPerBar: Double) {
        self.levels = levels
        self.changesPerBar = changesPerBar
        current = levels.count / 2
    }

    mutating func next(_ random: inout SeededRandom) -> Double {
        if random.unit() < changesPerBar { current = Int(random.next() % UInt64(levels.count)) }
        return levels[current]
    }
}

/// How lively the market is at a time of the day and week, around 1.
struct DailyRhythm {
    let volume: Double
    let volatility: Double

    /// Liveliest when Europe and America are both awake, quietest at night; less on Saturdays and Sundays.
    private static let volumeByHour: [Double] = [
        0.95, 0.9, 0.85, 0.75, 0.7, 0.65, 0.7, 0.85, 1, 1.05, 1, 0.95, 1.05, 1.45, 1.75, 1.65, 1.45, 1.3, 1.15, 1.05,
        1, 0.95, 0.9, 0.9,
    ]

    static func at(_ time: Int64) -> DailyRhythm {
        let minute = time / 60_000 % 1_440
        let hour = Int(minute / 60)
        let share = Double(minute % 60) / 60
        let level = volumeByHour[hour] * (1 - share) + volumeByHour[(hour + 1) % 24] * share
        // 1970-01-01 was a Thursday.
        let weekday = (time / Instant.millisecondsPerDay + 3) % 7
        let week = weekday >= 5 ? 0.7 : 1.08
        return DailyRhythm(volume: level * week, volatility: (level * week).squareRoot())
    }
}

/// Puts bars of five minutes together into longer ones.
struct BarMerger {
    let timeframe: Timeframe
    private var open: Bar?

    init(timeframe: Timeframe) { self.timeframe = timeframe }

    /// The longer bar when `bar`, which closes at `closes`, completes it.
    mutating func add(_ bar: Bar, closes: Int64) -> Bar? {
        let merged = open.map {
            Bar(openTime: $0.openTime, open: $0.open, high: max($0.high, bar.high), low: min($0.low, bar.low),
                close: bar.close, volume: $0.volume + bar.volume)
        } ?? bar
        open = closes % timeframe.milliseconds == 0 ? nil : merged
        return open == nil ? merged : nil
    }
}

extension SeededRandom {
    /// Nearly standard normal, within ±4.9: the sum of eight uniform 16-bit integers, which is exact, scaled to
    /// variance 1 (Irwin–Hall).
    mutating func bell() -> Double {
        var sum: UInt64 = 0
        for word in [next(), next()] {
            sum += (word & 0xffff) + (word >> 16 & 0xffff) + (word >> 32 & 0xffff) + (word >> 48)
        }
        // Mean 8 · 65535 / 2; variance 8 · (65536² − 1) / 12.
        return (Double(sum) - 262_140) / 53_509.919_921_450_08
    }
}
