public import Base
public import Postgres

/// Browsers from which a member logged in before, by the SHA-256 of the cookie that marks them.
public enum KnownDeviceTable {
    static let find = Statement("known_devices.find", """
        SELECT 1 FROM known_devices WHERE tenant_id = $1 AND member_id = $2 AND device_sha256 = $3 AND last_used_at > $4
        """)
    static let count = Statement("known_devices.count", """
        SELECT count(*) AS devices FROM known_devices WHERE tenant_id = $1 AND member_id = $2
        """)
    static let remember = Statement("known_devices.remember", """
        INSERT INTO known_devices (tenant_id, member_id, device_sha256, created_at, last_used_at) VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT ON CONSTRAINT known_devices_pkey DO UPDATE SET last_used_at = excluded.last_used_at
        """)
    static let forget = Statement("known_devices.forget", """
        DELETE FROM known_devices WHERE tenant_id = $1 AND member_id = $2 AND (last_used_at <= $3 OR device_sha256 IN (
            SELECT device_sha256 FROM known_devices WHERE tenant_id = $1 AND member_id = $2
             ORDER BY last_used_at DESC, device_sha256 OFFSET $4))
        """)

    public static let statements: [Statement] = [find, count, remember, forget]

    private static func end(_ now: Instant) -> Instant {
        now.advanced(byMilliseconds: -Int64(Limits.knownDeviceDaysMax) * Instant.millisecondsPerDay)
    }

    /// True when `member` logged in with that browser within the last `Limits.knownDeviceDaysMax` days. In the member's
    /// home.
    public static func isKnown(
        _ device: Digest, to member: ID<Member>, tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        try !tx.run(find, .uuid(tenant), .uuid(member), .digest(device), .instant(end(now))).isEmpty
    }

    /// How many browsers `member` is known to use. In the member's home.
    public static func count(of member: ID<Member>, tenant: ID<Tenant>, in tx: borrowing Transaction) throws -> Int {
        try tx.run(count, .uuid(tenant), .uuid(member)).only { try $0.int("devices") }
    }

    /// `member` logged in with that browser. Forgets those of long ago, and the longest unused beyond
    /// `Limits.knownDevicesMax`. In the member's home.
    public static func remember(
        _ device: Digest, of member: ID<Member>, tenant: ID<Tenant>, at now: Instant, in tx: borrowing Transaction
    ) throws {
        try tx.run(remember, .uuid(tenant), .uuid(member), .digest(device), .instant(now))
        try tx.run(forget, .uuid(tenant), .uuid(member), .instant(end(now)), .int(Limits.knownDevicesMax))
    }
}
