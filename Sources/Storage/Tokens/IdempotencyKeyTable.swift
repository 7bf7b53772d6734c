public import Base
public import Postgres

/// Writes that named a key, and their sealed answers. Kept for ever, as part of their effect.
public enum IdempotencyKeyTable {
    /// What is known of a key that this transaction now holds.
    public struct Claim: Sendable, Hashable {
        /// SHA-256 of the request that came with the key first.
        public let request: Digest
        /// Nil where no request with the key has succeeded: this one is to be carried out.
        public let sealedAnswer: [UInt8]?
    }

    /// One statement makes the row or waits for whoever makes it, and reads it locked. A key whose first request came to
    /// nothing takes the next request that names it.
    static let claim = Statement("idempotency_keys.claim", """
        INSERT INTO idempotency_keys AS known (tenant_id, key_sha256, request_sha256, created_at)
        VALUES (app.tenant_id(), $1, $2, $3)
        ON CONFLICT (tenant_id, key_sha256) DO UPDATE
           SET request_sha256 = CASE WHEN known.sealed_answer IS NULL THEN excluded.request_sha256 ELSE known.request_sha256 END
        RETURNING request_sha256, sealed_answer
        """)
    static let answer = Statement(
        "idempotency_keys.answer", "UPDATE idempotency_keys SET sealed_answer = $2 WHERE tenant_id = app.tenant_id() AND key_sha256 = $1")

    public static let statements: [Statement] = [claim, answer]

    /// Takes the key until the end of the transaction, in which the effect must happen too: whoever comes second with the
    /// same key waits here, then finds the answer, or after a failure the key free.
    public static func claim(_ key: Digest, request: Digest, at now: Instant, in tx: borrowing Transaction) throws -> Claim {
        try tx.run(claim, .digest(key), .digest(request), .instant(now)).only { row in
            Claim(request: try row.digest("request_sha256"), sealedAnswer: try row.bytesOrNil("sealed_answer"))
        }
    }

    /// Keeps the answer of a key that this transaction claimed.
    public static func keep(_ sealedAnswer: [UInt8], for key: Digest, in tx: borrowing Transaction) throws {
        try tx.run(answer, .digest(key), .bytes(sealedAnswer))
    }
}
