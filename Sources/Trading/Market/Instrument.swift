public import Base

/// A perpetual future: what is traded, in which steps, at which cost.
///
/// The figures are Hyperliquid's for its majors (lots from `szDecimals`, minimum order value 10 USD, fees of the
/// lowest tier, maintenance margin half the initial margin at maximum leverage); see docs/execution.md.
public struct Instrument: Sendable, Hashable {
    /// `BTC`, `SIM-ALPHA`: 1 to 20 of A–Z, 0–9 and `-`, starting with a letter.
    public let name: String
    /// Smallest price step.
    public let tickSize: Price
    /// Smallest quantity step.
    public let lotSize: Quantity
    /// Smallest value of an order that opens or adds.
    public let orderValueMin: Money
    /// Whole multiples of equity, the venue's limit.
    public let leverageMax: Int
    /// Parts per million of the position's value below which it is liquidated.
    public let maintenanceMarginPPM: Int64
    /// Fee of a resting order, parts per million of its value.
    public let makerFeePPM: Int64
    /// Fee of an order that executes at once, parts per million of its value.
    public let takerFeePPM: Int64

    public init(
        name: String, tickSize: Price, lotSize: Quantity, orderValueMin: Money, leverageMax: Int,
        maintenanceMarginPPM: Int64, makerFeePPM: Int64, takerFeePPM: Int64
    ) {
        self.name = name
        self.tickSize = tickSize
        self.lotSize = lotSize
        self.orderValueMin = orderValueMin
        self.leverageMax = leverageMax
        self.maintenanceMarginPPM = maintenanceMarginPPM
        self.makerFeePPM = makerFeePPM
        self.takerFeePPM = takerFeePPM
    }

    /// Made by our generator, not traded anywhere; pages say so.
    public var isSynthetic: Bool { name.hasPrefix("SIM-") }

    public static func isValidName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (1...20).contains(bytes.count), let first = bytes.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return false }
        return bytes.allSatisfy {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
    }
}
