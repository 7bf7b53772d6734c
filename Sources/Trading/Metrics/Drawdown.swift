/// How far and how long an equity curve lies below its highest point so far.
public struct Drawdown: Sendable, Hashable {
    /// Deepest fall below the highest point before it, a fraction of that point: 0 or negative (−0.2 is 20 % down).
    public let deepest: Double
    /// Index of the high before the deepest fall; 0 is the start.
    public let peakIndex: Int
    /// Index of the deepest fall.
    public let troughIndex: Int
    /// First index after the trough at which the peak is reached again; nil while it is not.
    public let recoveryIndex: Int?
    /// Most points in a row below the high.
    public let longestUnderWater: Int
    /// Most steps from a high to its recovery, of falls that have recovered.
    public let longestRecovered: Int
    /// Points since the last high; 0 when the curve ends at it.
    public let openUnderWater: Int
    /// All points below a high.
    public let totalUnderWater: Int

    /// `equity` is positive and begins before the first period, so a first loss counts.
    public init(equity: [Double]) {
        let curve = Self.series(equity: equity)
        var trough = 0
        for index in curve.indices where curve[index] < curve[trough] { trough = index }
        deepest = curve.isEmpty ? 0 : curve[trough]
        troughIndex = trough
        var peak = 0
        for index in 0..<min(trough + 1, equity.count) where equity[index] > equity[peak] { peak = index }
        peakIndex = trough == 0 ? 0 : peak
        var recovery: Int?
        if trough > 0 { recovery = (trough..<equity.count).first { equity[$0] >= equity[peak] } }
        recoveryIndex = recovery
        var run = 0
        var longest = 0
        var recovered = 0
        var total = 0
        for value in curve {
            if value < 0 {
                run += 1
                total += 1
                longest = max(longest, run)
            } else {
                if run > 0 { recovered = max(recovered, run + 1) }
                run = 0
            }
        }
        longestUnderWater = longest
        longestRecovered = recovered
        openUnderWater = run
        totalUnderWater = total
    }

    /// `E/P − 1` at each point, P the highest equity so far: 0 or negative. As long as `equity`.
    public static func series(equity: [Double]) -> [Double] {
        var peak = -Double.infinity
        return equity.map { value in
            peak = max(peak, value)
            return peak > 0 ? value / peak - 1 : 0
        }
    }
}
