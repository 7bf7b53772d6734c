public import Base
public import Postgres

/// Changes whose rows a transaction writes, where one effect belongs to two tenants: a publication is its author's,
/// the evaluation it starts is the house's.
public enum ActingTenant {
    static let switchStatement = Statement("acting.switch", "SELECT set_config('app.tenant_id', $1, true)")
    public static let statements = [switchStatement]

    /// Runs `body` as `tenant`, then goes back to `own`. Both hold for this transaction only.
    public static func run<Value>(
        as tenant: ID<Tenant>, backTo own: ID<Tenant>, in tx: borrowing Transaction, _ body: (borrowing Transaction) throws -> Value
    ) throws -> Value {
        if tenant == own { return try body(tx) }
        try tx.run(switchStatement, .text(tenant.description))
        let value = try body(tx)
        try tx.run(switchStatement, .text(own.description))
        return value
    }
}
