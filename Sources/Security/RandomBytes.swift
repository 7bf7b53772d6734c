/// Bytes from the kernel's generator, for keys, salts and nonces.
public enum RandomBytes {
    public static func make(_ count: Int) -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
}
