/// Percentages as sentences and tables show them.
public enum Percent {
    /// `+4.0 %`, `−3.2 %` (with the minus sign U+2212), `0.0 %`; one decimal, halves to even. A dash when not finite.
    public static func signed(_ fraction: Double) -> String {
        let tenths = (fraction * 1_000).rounded(.toNearestOrEven)
        guard tenths.isFinite, abs(tenths) < 1e15 else { return "–" }
        let value = Int64(tenths)
        let sign = value < 0 ? "−" : value > 0 ? "+" : ""
        return "\(sign)\(value.magnitude / 10).\(value.magnitude % 10) %"
    }
}
