public import Base
internal import CQrencode

/// A QR code (ISO/IEC 18004) as its modules, made by libqrencode at error correction M.
public struct QRCode: Sendable {
    /// Modules on each side; the quiet zone of 4 around it is the drawer's.
    public let size: Int
    /// Row by row; true is dark.
    private let modules: [Bool]

    /// Nil for an empty text or one with more bytes than a code holds (2 331).
    public init?(_ text: Secret<String>) {
        let bytes = Array(text.reveal().utf8)
        guard !bytes.isEmpty, bytes.count <= 2_331,
              let code = unsafe QRcode_encodeData(CInt(bytes.count), bytes, 0, QR_ECLEVEL_M) else { return nil }
        defer { unsafe QRcode_free(code) }
        let width = unsafe Int(code.pointee.width)
        guard width > 0, let data = unsafe code.pointee.data else { return nil }
        size = width
        // The lowest bit is the colour; the others say what the module is for.
        modules = (0..<(width * width)).map { unsafe data[$0] & 1 == 1 }
    }

    /// `x` to the right and `y` down, both from 0; light outside.
    public func isDark(x: Int, y: Int) -> Bool {
        (0..<size).contains(x) && (0..<size).contains(y) && modules[y * size + x]
    }

    /// The rows from the top.
    public var rows: [[Bool]] { (0..<size).map { Array(modules[($0 * size)..<(($0 + 1) * size)]) } }
}
