public import Postgres

/// Prepares statements as a role on a migrated clone, and says which fail: the first line of defence against a typo, a
/// dropped column or a missing grant.
public enum StatementCheck {
    /// `name: problem` of each statement that does not prepare, or whose name another one has.
    public static func failures(_ statements: [Statement], as role: TestDatabase.Role, in database: TestDatabase) throws -> [String] {
        let connection = try database.connect(role)
        var failures: [String] = []
        var names: [String] = []
        for (number, statement) in statements.enumerated() {
            if names.contains(statement.name) { failures.append("\(statement.name): the name is taken") }
            names.append(statement.name)
            do {
                try connection.runScript("PREPARE check_\(number) AS \(statement.sql)", name: statement.name)
                // Planning checks the privileges that preparing does not.
                try connection.runScript(
                    "SET plan_cache_mode = force_generic_plan; BEGIN; EXPLAIN EXECUTE check_\(number)\(arguments(statement)); ROLLBACK",
                    name: statement.name)
            } catch {
                failures.append("\(statement.name): \(error.message)")
                // A failed check must not fail the next one; without a transaction this only warns.
                _ = try? connection.runScript("ROLLBACK", name: "check.rollback")
            }
        }
        return failures
    }

    /// NULL for every placeholder.
    private static func arguments(_ statement: Statement) -> String {
        var count = 0
        while statement.sql.contains("$\(count + 1)") { count += 1 }
        return count == 0 ? "" : "(" + Array(repeating: "NULL", count: count).joined(separator: ", ") + ")"
    }
}
