internal import Base
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// What the transparency log can prove, from its stored subtrees.
enum AuditProof {
    static func leafHash(_ leaf: AuditLeaf) -> Digest { MerkleTree.leafHash(leaf.bytes) }

    /// The root of the first `size` leaves.
    static func root(size: Int, in tx: borrowing Transaction) throws -> Digest? {
        try LogTable.withNodes(in: tx) { node in try MerkleTree.root(size: Int64(size), node: node) }
    }

    /// The path from a leaf to the root, lowest first; nil unless the leaf is among the first `size`.
    static func inclusion(leaf: Int, size: Int, in tx: borrowing Transaction) throws -> [Digest]? {
        try LogTable.withNodes(in: tx) { node in try MerkleTree.inclusionProof(leaf: Int64(leaf), size: Int64(size), node: node) }
    }

    /// What shows that the first `old` leaves are the beginning of the first `new`.
    static func consistency(old: Int, new: Int, in tx: borrowing Transaction) throws -> [Digest]? {
        try LogTable.withNodes(in: tx) { node in try MerkleTree.consistencyProof(old: Int64(old), new: Int64(new), node: node) }
    }
}
