public import Base

/// A node of a complete subtree: see `MerkleTree` for level and position.
public struct MerkleNode: Sendable, Hashable {
    public let level: Int
    public let position: Int64
    public let hash: Digest
    public init(level: Int, position: Int64, hash: Digest) {
        self.level = level
        self.position = position
        self.hash = hash
    }
}

/// The right edge of a growing tree: enough to append leaves and to know the root, 64 hashes at most.
public struct MerkleFrontier: Sendable {
    /// Leaves so far.
    public private(set) var size: Int64 = 0
    /// The complete subtrees the tree consists of, highest first: one for each bit set in `size`.
    private var peaks: [Digest] = []

    /// No leaves.
    public init() {}

    /// The frontier of a tree that exists: `node` gives the hashes of its complete subtrees (level 0: leaf hashes).
    /// Nil when `size` is negative.
    public init?<Failure>(size: Int64, node: MerkleTree.NodeReader<Failure>) throws(Failure) {
        guard size >= 0 else { return nil }
        self.size = size
        var start: Int64 = 0
        while start < size {
            let level = 63 - (size - start).leadingZeroBitCount
            peaks.append(try node(level, start >> Int64(level)))
            start += 1 << Int64(level)
        }
    }

    /// Appends a leaf's hash; the nodes that became complete with it, the leaf first, then upwards.
    public mutating func append(_ leaf: Digest) -> [MerkleNode] {
        precondition(size < Int64.max, "Invariant: nobody appends 2^63 leaves.")
        var nodes = [MerkleNode(level: 0, position: size, hash: leaf)]
        var hash = leaf
        var level = 0
        // Every subtree that this leaf completes has an equal one on its left, as carries ripple through a counter.
        while size & (1 << Int64(level)) != 0 {
            hash = MerkleTree.nodeHash(peaks.removeLast(), hash)
            level += 1
            nodes.append(MerkleNode(level: level, position: size >> Int64(level), hash: hash))
        }
        peaks.append(hash)
        size += 1
        return nodes
    }

    /// The root of the leaves so far.
    public var root: Digest {
        guard var hash = peaks.last else { return MerkleTree.emptyRoot }
        for peak in peaks.dropLast().reversed() { hash = MerkleTree.nodeHash(peak, hash) }
        return hash
    }
}
