/// Why a fixed-point calculation has no answer. Never a trap: one tenant's absurd number must not end
/// the process that serves the others.
public enum ArithmeticError: Error, Sendable, Hashable {
    case overflow
    case divisionByZero
}

/// How a product that needs more than eight decimals loses them.
public enum Rounding: Sendable, Hashable {
    /// To the nearest, halves to the even neighbour.
    case halfEven
    /// Towards minus infinity.
    case down
    /// Towards plus infinity.
    case up
    /// Towards zero.
    case towardZero
}

/// A decimal number with eight digits after the point, in an `Int64`: ±92 233 720 368.54775807.
///
/// Three kinds exist, so that a price cannot be added to a quantity by mistake.
public protocol FixedPoint: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The value times 10⁸.
    var raw: Int64 { get }
    init(raw: Int64)
}

/// Quote currency (USD) per one unit of the base asset.
public struct Price: FixedPoint {
    public let raw: Int64
    public init(raw: Int64) { self.raw = raw }
}

/// Units of the base asset; positive is long or bought, negative short or sold.
public struct Quantity: FixedPoint {
    public let raw: Int64
    public init(raw: Int64) { self.raw = raw }
}

/// Quote currency, USD.
public struct Money: FixedPoint {
    public let raw: Int64
    public init(raw: Int64) { self.raw = raw }
}

/// 10⁸: one whole unit in raw form.
public let fixedPointUnit: Int64 = 100_000_000

extension FixedPoint {
    public static var zero: Self { Self(raw: 0) }
    public static func < (a: Self, b: Self) -> Bool { a.raw < b.raw }

    /// A whole number of units, for constants in our own code. Traps when out of range.
    public static func whole(_ units: Int64) -> Self { Self(raw: units * fixedPointUnit) }

    public var isZero: Bool { raw == 0 }
    public var isNegative: Bool { raw < 0 }
    public var isPositive: Bool { raw > 0 }

    public func adding(_ other: Self) throws(ArithmeticError) -> Self {
        let (sum, overflow) = raw.addingReportingOverflow(other.raw)
        guard !overflow else { throw .overflow }
        return Self(raw: sum)
    }

    public func subtracting(_ other: Self) throws(ArithmeticError) -> Self {
        let (difference, overflow) = raw.subtractingReportingOverflow(other.raw)
        guard !overflow else { throw .overflow }
        return Self(raw: difference)
    }

    public func negated() throws(ArithmeticError) -> Self { try Self.zero.subtracting(self) }

    /// Absolute value.
    public func magnitude() throws(ArithmeticError) -> Self { raw < 0 ? try negated() : self }

    /// This value times a ratio given as `numerator / denominator`, e.g. a fee in parts per million.
    public func scaled(by numerator: Int64, over denominator: Int64, _ rounding: Rounding) throws(ArithmeticError) -> Self {
        Self(raw: try divideWide(Int128(raw) * Int128(numerator), by: Int128(denominator), rounding))
    }

    /// The nearest multiple of `step` (a tick or a lot) in the direction of `rounding`. `step` is positive.
    public func rounded(toMultipleOf step: Self, _ rounding: Rounding) throws(ArithmeticError) -> Self {
        guard step.raw > 0 else { throw .divisionByZero }
        let count = try divideWide(Int128(raw), by: Int128(step.raw), rounding)
        let (product, overflow) = count.multipliedReportingOverflow(by: step.raw)
        guard !overflow else { throw .overflow }
        return Self(raw: product)
    }

    /// For statistics, indicators and charts only; never on a way back into a ledger.
    public var double: Double { Double(raw) / Double(fixedPointUnit) }

    /// The nearest fixed-point value. Nil for NaN, infinity, or out of range.
    public init?(approximating value: Double) {
        let scaled = (value * Double(fixedPointUnit)).rounded(.toNearestOrEven)
        guard scaled.isFinite, scaled > -9.2e18, scaled < 9.2e18 else { return nil }
        self.init(raw: Int64(scaled))
    }

    /// Parses `-12.345`: digits, at most one point, at most eight decimals (more only if they are zeros), no exponent.
    public init?(decimal text: some StringProtocol) {
        self.init(decimalBytes: text.utf8)
    }

    /// `init(decimal:)` over bytes, for parsers that never make a String.
    public init?(decimalBytes bytes: some Sequence<UInt8>) {
        var negative = false
        var value: Int64 = 0
        var decimals = -1
        var digits = 0
        var position = 0
        for byte in bytes {
            defer { position += 1 }
            switch byte {
            case UInt8(ascii: "-") where position == 0: negative = true
            case UInt8(ascii: "+") where position == 0: break
            case UInt8(ascii: ".") where decimals < 0: decimals = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = Int64(byte - UInt8(ascii: "0"))
                digits += 1
                if decimals >= 8 {
                    guard digit == 0 else { return nil }
                    continue
                }
                if decimals >= 0 { decimals += 1 }
                let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflowAgain) = tens.addingReportingOverflow(digit)
                guard !overflow, !overflowAgain else { return nil }
                value = sum
            default: return nil
            }
        }
        guard digits > 0, position <= 64 else { return nil }
        for _ in max(0, decimals)..<8 {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = tens
        }
        self.init(raw: negative ? -value : value)
    }

    /// The shortest exact decimal: `12.5`, `-0.00000001`, `0`.
    public var description: String {
        let whole = raw.magnitude / UInt64(fixedPointUnit)
        var fraction = String(raw.magnitude % UInt64(fixedPointUnit))
        let sign = raw < 0 ? "-" : ""
        if raw.magnitude % UInt64(fixedPointUnit) == 0 { return sign + String(whole) }
        fraction = String(repeating: "0", count: 8 - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        return sign + String(whole) + "." + fraction
    }
}

extension Price {
    /// The value of `quantity` at this price, signed as the quantity is.
    public func times(_ quantity: Quantity, _ rounding: Rounding = .halfEven) throws(ArithmeticError) -> Money {
        Money(raw: try divideWide(Int128(raw) * Int128(quantity.raw), by: Int128(fixedPointUnit), rounding))
    }
}

extension Money {
    /// How much of the asset this money buys at `price`.
    public func divided(by price: Price, _ rounding: Rounding) throws(ArithmeticError) -> Quantity {
        Quantity(raw: try divideWide(Int128(raw) * Int128(fixedPointUnit), by: Int128(price.raw), rounding))
    }
}

/// `dividend / divisor` rounded as asked, refused when it does not fit 64 bits.
public func divideWide(_ dividend: Int128, by divisor: Int128, _ rounding: Rounding) throws(ArithmeticError) -> Int64 {
    guard divisor != 0 else { throw .divisionByZero }
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    var result = quotient
    if remainder != 0 {
        let negative = (remainder < 0) != (divisor < 0)
        let away: Int128 = negative ? -1 : 1
        switch rounding {
        case .towardZero: break
        case .down: if negative { result -= 1 }
        case .up: if !negative { result += 1 }
        case .halfEven:
            let doubled = remainder.magnitude * 2
            if doubled > divisor.magnitude || (doubled == divisor.magnitude && quotient % 2 != 0) { result += away }
        }
    }
    guard let fits = Int64(exactly: result) else { throw .overflow }
    return fits
}
