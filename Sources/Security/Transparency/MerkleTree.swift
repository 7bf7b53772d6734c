public import Base

/// The tree of RFC 6962 (2.1) over a list of leaves: hashes, proofs, and their checks.
///
/// A node is named by level and position: `(level, position)` covers the leaves `position << level` up to, not
/// including, `(position + 1) << level`; level 0 are the leaves themselves. Only complete subtrees have such nodes, and
/// they never change once complete; everything else is computed from them.
public enum MerkleTree {
    /// SHA-256 of nothing: the root of no leaves.
    public static let emptyRoot = Digest.of([])

    /// Gives the hash of a complete subtree; it is asked for nodes whose last leaf is in the tree, and no others.
    public typealias NodeReader<Failure: Error> = (_ level: Int, _ position: Int64) throws(Failure) -> Digest

    /// The hash of a leaf: SHA-256(0x00 ‖ bytes).
    public static func leafHash(_ bytes: [UInt8]) -> Digest { Digest.of([0x00] + bytes) }

    /// The hash of two subtrees side by side: SHA-256(0x01 ‖ left ‖ right).
    public static func nodeHash(_ left: Digest, _ right: Digest) -> Digest { Digest.of([0x01] + left.bytes + right.bytes) }

    /// The root over leaf hashes.
    public static func root(_ leaves: [Digest]) -> Digest {
        var frontier = MerkleFrontier()
        for leaf in leaves { _ = frontier.append(leaf) }
        return frontier.root
    }

    /// The root of the first `size` leaves; nil when `size` is negative.
    public static func root<Failure>(size: Int64, node: NodeReader<Failure>) throws(Failure) -> Digest? {
        guard size >= 0 else { return nil }
        if size == 0 { return emptyRoot }
        return try hash(of: 0, to: size, node: node)
    }

    /// The path from a leaf to the root, lowest first (RFC 6962, 2.1.1). Nil unless 0 ≤ `leaf` < `size`.
    public static func inclusionProof<Failure>(leaf: Int64, size: Int64, node: NodeReader<Failure>) throws(Failure) -> [Digest]? {
        guard leaf >= 0, leaf < size else { return nil }
        var proof: [Digest] = []
        var start: Int64 = 0
        var end = size
        // From the root down to the leaf; the sibling of every step, reversed at the end.
        while end - start > 1 {
            let middle = start + largestPowerOfTwo(below: end - start)
            if leaf < middle {
                proof.append(try hash(of: middle, to: end, node: node))
                end = middle
            } else {
                proof.append(try hash(of: start, to: middle, node: node))
                start = middle
            }
        }
        return proof.reversed()
    }

    /// True when `proof` leads from the leaf's hash to the root of a tree of `size` (RFC 9162, 2.1.3.2).
    public static func isIncluded(_ leafHash: Digest, leaf: Int64, size: Int64, proof: [Digest], root: Digest) -> Bool {
        guard leaf >= 0, leaf < size else { return false }
        var index = leaf
        var last = size - 1
        var hash = leafHash
        for sibling in proof {
            if last == 0 { return false }
            if index & 1 == 1 || index == last {
                hash = nodeHash(sibling, hash)
                while index & 1 == 0, index != 0 {
                    index >>= 1
                    last >>= 1
                }
            } else {
                hash = nodeHash(hash, sibling)
            }
            index >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// What shows that the tree of `old` leaves is the beginning of that of `new` (RFC 6962, 2.1.2).
    /// Nil unless 0 ≤ `old` ≤ `new`. Empty when `old` is 0 or equals `new`: then the roots alone say it.
    public static func consistencyProof<Failure>(old: Int64, new: Int64, node: NodeReader<Failure>) throws(Failure) -> [Digest]? {
        guard old >= 0, old <= new else { return nil }
        if old == 0 || old == new { return [] }
        var proof: [Digest] = []
        var start: Int64 = 0
        var end = new
        // The subtree with the old tree's edge, until it is wholly old.
        while end > old {
            let middle = start + largestPowerOfTwo(below: end - start)
            if old <= middle {
                proof.append(try hash(of: middle, to: end, node: node))
                end = middle
            } else {
                proof.append(try hash(of: start, to: middle, node: node))
                start = middle
            }
        }
        // The verifier has the old root itself; it needs the start of its path only when that is not the root.
        if start != 0 { proof.append(try hash(of: start, to: end, node: node)) }
        return proof.reversed()
    }

    /// True when the tree with `newRoot` and `new` leaves begins with that of `oldRoot` and `old` (RFC 9162, 2.1.4.2).
    public static func isConsistent(old: Int64, oldRoot: Digest, new: Int64, newRoot: Digest, proof: [Digest]) -> Bool {
        guard old >= 0, old <= new else { return false }
        if old == new { return proof.isEmpty && oldRoot == newRoot }
        if old == 0 { return proof.isEmpty && oldRoot == emptyRoot }
        // An old tree that is one complete subtree starts the path itself.
        var path = old & (old - 1) == 0 ? [oldRoot] + proof : proof
        guard !path.isEmpty else { return false }
        var index = old - 1
        var last = new - 1
        while index & 1 == 1 {
            index >>= 1
            last >>= 1
        }
        let first = path.removeFirst()
        var oldHash = first
        var newHash = first
        for sibling in path {
            if last == 0 { return false }
            if index & 1 == 1 || index == last {
                oldHash = nodeHash(sibling, oldHash)
                newHash = nodeHash(sibling, newHash)
                while index & 1 == 0, index != 0 {
                    index >>= 1
                    last >>= 1
                }
            } else {
                newHash = nodeHash(newHash, sibling)
            }
            index >>= 1
            last >>= 1
        }
        return last == 0 && oldHash == oldRoot && newHash == newRoot
    }

    /// The hash of the leaves from `start` to, not including, `end`, where `start` is a multiple of the smallest power
    /// of two that is at least their number: the shape of every subtree of the definition.
    private static func hash<Failure>(of start: Int64, to end: Int64, node: NodeReader<Failure>) throws(Failure) -> Digest {
        // The complete subtrees from the left, highest first, joined from the right.
        var parts: [Digest] = []
        var position = start
        while position < end {
            let level = 63 - (end - position).leadingZeroBitCount
            parts.append(try node(level, position >> Int64(level)))
            position += 1 << Int64(level)
        }
        var hash = parts.removeLast()
        for part in parts.reversed() { hash = nodeHash(part, hash) }
        return hash
    }

    /// The largest power of two smaller than `count`; `count` is at least 2.
    private static func largestPowerOfTwo(below count: Int64) -> Int64 { 1 << Int64(63 - (count - 1).leadingZeroBitCount) }
}
