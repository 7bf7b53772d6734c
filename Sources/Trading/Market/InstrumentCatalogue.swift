public import Base

/// What we know about each instrument that can be traded, by name.
///
/// The majors carry the figures of Hyperliquid's `meta` (lot size from `szDecimals`, maximum leverage) and of its
/// lowest fee tier. Tick sizes are fixed, while the venue's depend on the price (five significant figures): each is
/// the venue's step at usual prices or finer.
public enum InstrumentCatalogue {
    /// Fee of an order that executes at once: 0.045 % in the venue's lowest tier.
    public static let takerFeePPM: Int64 = 450
    /// Fee of a resting order: 0.015 % in the venue's lowest tier.
    public static let makerFeePPM: Int64 = 150
    /// The venue refuses opening orders below this value.
    public static let orderValueMin: Money = .whole(10)
    /// Leverage limit of an instrument we know nothing about: the lowest the venue gives to any.
    public static let leverageMaxUnknown = 3

    /// The majors and the synthetic instruments, in the order pages list them.
    public static let known: [Instrument] = [
        listed("BTC", tick: 10_000_000, lotDecimals: 5, leverage: 40),
        listed("ETH", tick: 1_000_000, lotDecimals: 4, leverage: 25),
        listed("BNB", tick: 1_000_000, lotDecimals: 3, leverage: 10),
        listed("SOL", tick: 1_000_000, lotDecimals: 2, leverage: 20),
        listed("XRP", tick: 10_000, lotDecimals: 0, leverage: 20),
        listed("SIM-ALPHA", tick: 10_000_000, lotDecimals: 5, leverage: 40),
        listed("SIM-BRAVO", tick: 1_000_000, lotDecimals: 4, leverage: 25),
        listed("SIM-CARGO", tick: 1_000_000, lotDecimals: 2, leverage: 10),
        listed("SIM-DELTA", tick: 10_000, lotDecimals: 0, leverage: 20),
        listed("SIM-EMBER", tick: 100_000, lotDecimals: 1, leverage: 20),
        listed("SIM-FJORD", tick: 1_000_000, lotDecimals: 3, leverage: 10),
    ]

    /// The instrument of that name; nil only when the name is not a valid one.
    ///
    /// A valid name that is not in `known` came with imported candles. It gets figures that depend on nothing but the
    /// rule itself, so files and platform agree on them: the finest tick a price can have (no stop or target is moved),
    /// the venue's finest lot, the lowest leverage, and with it the highest maintenance margin.
    public static func instrument(named name: String) -> Instrument? {
        guard Instrument.isValidName(name) else { return nil }
        if let found = known.first(where: { $0.name == name }) { return found }
        return listed(name, tick: 1, lotDecimals: 5, leverage: leverageMaxUnknown)
    }

    /// `tick` in 10⁻⁸; maintenance margin is half the initial margin at maximum leverage, rounded up.
    private static func listed(_ name: String, tick: Int64, lotDecimals: Int, leverage: Int) -> Instrument {
        var lot = fixedPointUnit
        for _ in 0..<lotDecimals { lot /= 10 }
        let doubled = Int64(leverage) * 2
        return Instrument(
            name: name, tickSize: Price(raw: tick), lotSize: Quantity(raw: lot), orderValueMin: orderValueMin,
            leverageMax: leverage, maintenanceMarginPPM: (1_000_000 + doubled - 1) / doubled,
            makerFeePPM: makerFeePPM, takerFeePPM: takerFeePPM)
    }
}
