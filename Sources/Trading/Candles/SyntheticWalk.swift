internal import Base

/// How one synthetic instrument behaves. Rates are per bar of five minutes, sizes are fractions of the price.
struct SyntheticCharacter {
    let name: String
    let startPrice: Double
    /// Standard deviation of its own noise over a bar.
    let noise: Double
    /// Share of the common factor's move.
    let factorShare: Double
    /// Drift levels it changes between, per bar.
    var drifts: [Double] = [0]
    var driftChanges = 0.0
    /// How much of the distance to a slow average it gives back each bar.
    var reversion = 0.0
    /// Weight of the newest close in that average.
    var anchorWeight = 0.001
    var jumps = 0.00004
    var jumpSize = 0.012
    /// Own volatility levels.
    var calms: [Double] = [0.7, 1, 1.6]
    var calmChanges = 0.002
    /// Share of the last bar's move that is carried on while volatility is at its highest level.
    var momentumInStorms = 0.0
    /// Share of SIM-ALPHA's move taken at once, and a bar later.
    var leaderNow = 0.0
    var leaderLater = 0.0
    /// Base units traded in an ordinary bar.
    let volume: Double

    var followsLeader: Bool { leaderNow != 0 || leaderLater != 0 }

    /// SIM-ALPHA first: it is the one others follow.
    static let all: [SyntheticCharacter] = [
        // Trends for days at a time, up somewhat more often than down.
        SyntheticCharacter(
            name: "SIM-ALPHA", startPrice: 42_000, noise: 0.0009, factorShare: 0.7,
            drifts: [-0.000012, 0, 0, 0.000016], driftChanges: 0.0006, volume: 60),
        // Swings around a slow average.
        SyntheticCharacter(
            name: "SIM-BRAVO", startPrice: 2_300, noise: 0.0012, factorShare: 0.5, reversion: 0.0009,
            anchorWeight: 0.001, volume: 900),
        // Jumps.
        SyntheticCharacter(
            name: "SIM-CARGO", startPrice: 140, noise: 0.0011, factorShare: 0.5, jumps: 0.0012, jumpSize: 0.014,
            volume: 9_000),
        // Calm and dull.
        SyntheticCharacter(
            name: "SIM-DELTA", startPrice: 1.2, noise: 0.0004, factorShare: 0.15, reversion: 0.001, jumps: 0.00001,
            jumpSize: 0.004, volume: 700_000),
        // Follows SIM-ALPHA, a part of it one bar late.
        SyntheticCharacter(
            name: "SIM-EMBER", startPrice: 28, noise: 0.0008, factorShare: 0.1, leaderNow: 0.75, leaderLater: 0.3,
            volume: 40_000),
        // Long quiet, then storms that run on; loses value over time.
        SyntheticCharacter(
            name: "SIM-FJORD", startPrice: 600, noise: 0.0008, factorShare: 0.3,
            drifts: [-0.00001, -0.000002, 0.000008], driftChanges: 0.001, calms: [0.4, 0.5, 0.6, 2.6], calmChanges: 0.003,
            momentumInStorms: 0.03, volume: 2_500),
    ]
}

/// One synthetic instrument on its way through time.
struct SyntheticWalk {
    private let character: SyntheticCharacter
    private let tick: Int64
    private let lot: Int64
    private var random: SeededRandom
    private var cluster = VolatilityCluster()
    private var calm: Regime
    private var drift: Regime
    private var price: Double
    private var anchor: Double
    private var lastMove = 0.0
    private var lastLeaderMove = 0.0
    private var closeTicks: Int64

    init(_ character: SyntheticCharacter, seed: UInt64) {
        self.character = character
        let instrument = InstrumentCatalogue.instrument(named: character.name)
        tick = instrument?.tickSize.raw ?? 1
        lot = instrument?.lotSize.raw ?? 1
        // FNV-1a of the name, so that every instrument has a stream of its own.
        var key: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in character.name.utf8 { key = (key ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        random = SeededRandom(seed: seed ^ key)
        calm = Regime(levels: character.calms, changesPerBar: character.calmChanges)
        drift = Regime(levels: character.drifts, changesPerBar: character.driftChanges)
        price = character.startPrice
        anchor = character.startPrice
        closeTicks = SyntheticWalk.ticks(character.startPrice, tick)
    }

    /// The next bar, and its move as a fraction.
    mutating func next(
        _ time: Int64, _ common: Double, leader: Double, _ rhythm: DailyRhythm
    ) -> (bar: Bar, move: Double) {
        let noise = random.bell()
        let level = calm.next(&random)
        let deviation = character.noise * cluster.next(noise) * level * rhythm.volatility
        var move = deviation * noise + character.factorShare * common + drift.next(&random)
        move += character.leaderNow * leader + character.leaderLater * lastLeaderMove
        move -= character.reversion * (price - anchor) / anchor
        if level > 2 { move += character.momentumInStorms * lastMove }
        move += jump()
        // A soft wall keeps years of walking within a factor of about ten of the start.
        if price > 8 * character.startPrice { move -= 0.001 }
        if price < character.startPrice / 8 { move += 0.001 }
        move = min(max(move, -0.15), 0.15)
        let bar = makeBar(time, move, deviation, rhythm)
        anchor += character.anchorWeight * (price - anchor)
        lastMove = move
        lastLeaderMove = leader
        return (bar, move)
    }

    /// Nearly always zero; now and then up to three times `jumpSize`, down a little more often than up.
    private mutating func jump() -> Double {
        guard random.unit() < character.jumps else { return 0 }
        let size = character.jumpSize * (0.4 + random.unit() + random.unit() * random.unit())
        return random.unit() < 0.55 ? -size : size
    }

    /// Walks from the last close to the new one in six steps with noise of their own, and notes the extremes.
    private mutating func makeBar(_ time: Int64, _ move: Double, _ deviation: Double, _ rhythm: DailyRhythm) -> Bar {
        let begin = price
        let end = price * (1 + move)
        let stepDeviation = deviation * 0.42 * begin
        var high = max(begin, end)
        var low = min(begin, end)
        var point = begin
        for left in [6.0, 5, 4, 3, 2] {
            // A bridge: each step is drawn towards the end, the more the closer it is.
            point += (end - point) / left + stepDeviation * random.bell()
            high = max(high, point)
            low = min(low, point)
        }
        price = end
        let openTicks = closeTicks
        closeTicks = Self.ticks(end, tick)
        let highTicks = max(Self.ticks(high, tick), openTicks, closeTicks)
        let lowTicks = min(Self.ticks(max(low, 0), tick), openTicks, closeTicks)
        return Bar(
            openTime: time, open: Price(raw: openTicks * tick), high: Price(raw: highTicks * tick),
            low: Price(raw: lowTicks * tick), close: Price(raw: closeTicks * tick),
            volume: volume(move, deviation, rhythm))
    }

    /// Whole lots: more when the day is lively and when the move is large for its time.
    private mutating func volume(_ move: Double, _ deviation: Double, _ rhythm: DailyRhythm) -> Double {
        let surprise = min(move.magnitude / max(deviation, 0.000_01), 8)
        let mood = 0.35 + 0.5 * random.unit() + 0.7 * random.unit() * random.unit()
        let activity = deviation / character.noise
        let units = character.volume * rhythm.volume * mood * (0.5 + 0.35 * surprise) * (0.4 + 0.6 * activity)
        let lotsPerUnit = Double(fixedPointUnit / lot)
        return max((units * lotsPerUnit).rounded(), 1) / lotsPerUnit
    }

    /// Price steps nearest to a price, at least one.
    private static func ticks(_ price: Double, _ tick: Int64) -> Int64 {
        max(Int64((price * Double(fixedPointUnit / tick)).rounded()), 1)
    }
}
