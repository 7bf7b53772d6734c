internal import Foundation

/// Base64 with padding (RFC 4648, 4), as headers hold it.
enum Base64Text {
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// Nil for anything else.
    static func decode(_ text: some StringProtocol) -> [UInt8]? { Data(base64Encoded: String(text)).map { [UInt8]($0) } }
}
