public import Base

/// The limits the engine enforces on one skill. Absent optional caps do not bind; the three required ones do.
public struct RiskCaps: Sendable, Hashable {
    /// Value of one order, USD.
    public var maxOrder: Money
    /// Value of one instrument's position, USD; `size` 1 in a signal means this.
    public var maxPosition: Money
    /// Gross position value over equity, in hundredths: 150 is 1.5×.
    public var maxLeverageHundredths: Int64
    public var maxOpenPositions: Int?
    /// Percent of the UTC day's opening equity, in hundredths of a percent: 500 is 5 %. Realised and unrealised,
    /// fees and funding in. Reached: flatten and halt until the next UTC day.
    public var maxDailyLossBasisPoints: Int64?
    /// Percent below the highest equity so far, in hundredths of a percent. Reached: flatten and halt for good.
    public var maxDrawdownBasisPoints: Int64?
    public var maxOrdersPerHour: Int?
    /// Distance of the mandatory stop from the entry price, in hundredths of a percent. A tighter stop stays.
    public var stopLossBasisPoints: Int64?
    public var allowShort: Bool

    public init(
        maxOrder: Money, maxPosition: Money, maxLeverageHundredths: Int64 = 100, maxOpenPositions: Int? = nil,
        maxDailyLossBasisPoints: Int64? = nil, maxDrawdownBasisPoints: Int64? = nil, maxOrdersPerHour: Int? = nil,
        stopLossBasisPoints: Int64? = nil, allowShort: Bool = false
    ) {
        self.maxOrder = maxOrder
        self.maxPosition = maxPosition
        self.maxLeverageHundredths = maxLeverageHundredths
        self.maxOpenPositions = maxOpenPositions
        self.maxDailyLossBasisPoints = maxDailyLossBasisPoints
        self.maxDrawdownBasisPoints = maxDrawdownBasisPoints
        self.maxOrdersPerHour = maxOrdersPerHour
        self.stopLossBasisPoints = stopLossBasisPoints
        self.allowShort = allowShort
    }
}
