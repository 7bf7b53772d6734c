public import Base

/// What tries are counted by: an account, a network, a browser, a mail address. Only a digest is stored.
public struct ThrottleBucket: Sendable, Hashable {
    /// SHA-256 of the kind of act, the kind of thing counted by, and the thing.
    public let digest: Digest

    private init(_ act: String, _ by: String, _ value: String) {
        // NUL cannot be in any of them but the last, so no two buckets share a text.
        digest = Digest.of("\(act)\u{0}\(by)\u{0}\(value)")
    }

    /// By an account as it was typed, whether or not there is one: trimmed, lower case, without the `@` of a handle.
    /// `act` is what is tried, such as `log-in`.
    public static func account(_ typed: String, act: String) -> ThrottleBucket {
        ThrottleBucket(act, "account", typed)
    }

    /// By the network an address is in: /24 of IPv4, /64 of IPv6, which one customer commonly has to themselves.
    public static func network(_ address: String, act: String) -> ThrottleBucket {
        ThrottleBucket(act, "network", network(of: address))
    }

    /// By a browser that logged in before.
    public static func device(_ device: Digest, act: String) -> ThrottleBucket {
        ThrottleBucket(act, "device", device.hex)
    }

    /// By a mail address, lower case.
    public static func mail(_ address: String, act: String) -> ThrottleBucket {
        ThrottleBucket(act, "mail", address)
    }

    /// By a member who is known.
    public static func member(_ member: ID<Member>, act: String) -> ThrottleBucket {
        ThrottleBucket(act, "member", member.description)
    }

    /// The first 24 bits of an IPv4 address, the first 64 of an IPv6 one, in hexadecimal; an IPv4 address in IPv6's
    /// clothes (RFC 4291, 2.5.5.2) counts as IPv4. Anything else is a network of its own.
    static func network(of address: String) -> String {
        if let four = fourBytes(address) { return "4/" + hex(four.prefix(3)) }
        guard let six = sixteenBytes(address) else { return "?/" + address }
        let isMapped = six.prefix(10).allSatisfy { $0 == 0 } && six[10] == 0xff && six[11] == 0xff
        return isMapped ? "4/" + hex(six[12..<15]) : "6/" + hex(six.prefix(8))
    }

    /// Four decimal numbers with dots between them.
    private static func fourBytes(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(part) : nil
        }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }

    /// Groups of four hexadecimal digits with colons between them, `::` for a run of zeros, perhaps an IPv4 address at the
    /// end (RFC 4291, 2.2).
    private static func sixteenBytes(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count == 1 || halves.count == 2 else { return nil }
        let filled = halves.map { half -> [UInt8]? in
            if half.isEmpty { return halves.count == 2 ? [] : nil }
            return groups(half.split(separator: ":", omittingEmptySubsequences: false))
        }
        guard let first = filled.first ?? nil, let last = filled.last ?? nil else { return nil }
        if halves.count == 1 { return first.count == 16 ? first : nil }
        let missing = 16 - first.count - last.count
        return missing > 0 ? first + [UInt8](repeating: 0, count: missing) + last : nil
    }

    private static func groups(_ parts: [Substring.SubSequence]) -> [UInt8]? {
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains("."), let four = fourBytes(part) {
                bytes += four
            } else if (1...4).contains(part.utf8.count), let group = UInt16(part, radix: 16), part.utf8.first != 0x2b {
                bytes += [UInt8(group >> 8), UInt8(group & 0xff)]
            } else {
                return nil
            }
        }
        return bytes
    }
}
