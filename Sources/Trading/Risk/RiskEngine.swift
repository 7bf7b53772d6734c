public import Base

/// An order that would open or add, with everything its verdict depends on.
public struct RiskRequest: Sendable, Hashable {
    /// Signed, in lots already.
    public var quantity: Quantity
    /// The instrument's last close.
    public var mark: Price
    /// Signed position once every working order of the instrument has filled, before this one.
    public var projected: Quantity
    /// Value of all other instruments' positions and working orders at their marks.
    public var otherGross: Money
    /// Other instruments with a position or a working entry.
    public var otherOpen: Int
    /// Equity at the last tick.
    public var equity: Money
    /// Orders made in the sixty minutes before.
    public var ordersLastHour: Int

    /// The facts the verdict is made of.
    public init(
        quantity: Quantity, mark: Price, projected: Quantity, otherGross: Money, otherOpen: Int, equity: Money,
        ordersLastHour: Int
    ) {
        self.quantity = quantity
        self.mark = mark
        self.projected = projected
        self.otherGross = otherGross
        self.otherOpen = otherOpen
        self.equity = equity
        self.ordersLastHour = ordersLastHour
    }
}

/// The rules between a proposal and the venue. Whoever proposes, script or model, has no way around them.
///
/// Caps bind orders that open or add. Nothing here stands between a position and its exit.
public enum RiskEngine {
    /// What is wrong with the proposal itself, whatever the portfolio looks like. Checked before anything is closed
    /// for it: nonsense must not move a position.
    public static func malformation(of signal: Signal, mark: Price) -> Denial? {
        guard signal.side != .exit else { return nil }
        guard signal.size.isFinite, signal.size > 0, signal.size <= 1 else { return .sizeInvalid(signal.size) }
        let isLong = signal.side == .long
        if let stop = signal.stop {
            guard stop.isFinite, stop > 0, let price = Price(approximating: stop), price.isPositive else {
                return .stopInvalid(stop)
            }
            guard isLong ? price < mark : price > mark else { return .stopWrongSide(stop: stop, mark: mark) }
        }
        if let target = signal.target {
            guard target.isFinite, target > 0, let price = Price(approximating: target), price.isPositive else {
                return .targetInvalid(target)
            }
            guard isLong ? price > mark : price < mark else { return .targetWrongSide(target: target, mark: mark) }
        }
        return nil
    }

    /// Judges an opening order against the caps. The first cap that binds names the denial.
    public static func judge(_ request: RiskRequest, caps: RiskCaps) -> RiskVerdict {
        do throws(ArithmeticError) {
            if let denial = try denial(of: request, caps: caps) { return .denied(denial) }
            return .allowed
        } catch {
            return .denied(.outOfRange)
        }
    }

    private static func denial(of request: RiskRequest, caps: RiskCaps) throws(ArithmeticError) -> Denial? {
        let after = try request.projected.adding(request.quantity)
        if request.quantity.isNegative, after.isNegative, !caps.allowShort { return .shortNotAllowed }
        let orderValue = try value(request.quantity, request.mark)
        if orderValue > caps.maxOrder { return .orderValue(value: orderValue, cap: caps.maxOrder) }
        let positionValue = try value(after, request.mark)
        if positionValue > caps.maxPosition { return .positionValue(value: positionValue, cap: caps.maxPosition) }
        let gross = try request.otherGross.adding(positionValue)
        guard request.equity.isPositive else { return .leverage(hundredths: .max, cap: caps.maxLeverageHundredths) }
        let leverage = try divideWide(Int128(gross.raw) * 100, by: Int128(request.equity.raw), .up)
        if leverage > caps.maxLeverageHundredths {
            return .leverage(hundredths: leverage, cap: caps.maxLeverageHundredths)
        }
        if let cap = caps.maxOpenPositions {
            let count = request.otherOpen + (after.isZero ? 0 : 1)
            if count > cap { return .openPositions(count: count, cap: cap) }
        }
        if let cap = caps.maxOrdersPerHour, request.ordersLastHour + 1 > cap {
            return .ordersPerHour(count: request.ordersLastHour + 1, cap: cap)
        }
        return nil
    }

    /// Value of a signed quantity, rounded up: a cap is never passed by rounding.
    private static func value(_ quantity: Quantity, _ mark: Price) throws(ArithmeticError) -> Money {
        try mark.times(quantity.magnitude(), .up)
    }

    /// The quantity a signal of this size means: `size × max_position_usd` at the mark, down to whole lots.
    /// `size` has passed `malformation`.
    public static func quantity(
        size: Double, isLong: Bool, mark: Price, caps: RiskCaps, lot: Quantity
    ) throws(ArithmeticError) -> Quantity {
        guard let fraction = Quantity(approximating: size) else { throw .overflow }
        let value = try caps.maxPosition.scaled(by: fraction.raw, over: fixedPointUnit, .down)
        let magnitude = try value.divided(by: mark, .down).rounded(toMultipleOf: lot, .down)
        return isLong ? magnitude : try magnitude.negated()
    }

    /// The stop a position must have: the author's, or the mandatory one where that is tighter. A multiple of the
    /// tick size, rounded towards the entry. Nil when there is neither.
    public static func stop(
        author: Price?, entry: Price, isLong: Bool, caps: RiskCaps, tick: Price
    ) throws(ArithmeticError) -> Price? {
        var stop = author
        if let distance = caps.stopLossBasisPoints {
            // Beyond the whole price a long's stop means nothing, and a sum must not overflow.
            let clamped = min(max(distance, 0), 10_000)
            let share = isLong ? 10_000 - clamped : 10_000 + clamped
            let mandatory = try entry.scaled(by: share, over: 10_000, .halfEven)
            if let chosen = stop {
                stop = isLong ? max(chosen, mandatory) : min(chosen, mandatory)
            } else {
                stop = mandatory
            }
        }
        guard let stop else { return nil }
        return max(try stop.rounded(toMultipleOf: tick, isLong ? .up : .down), tick)
    }
}
