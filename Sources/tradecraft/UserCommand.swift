internal import ArgumentParser
internal import Base
internal import Gateways
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// `tradecraft user …`: members, at the terminal of whoever runs the platform. Every act is in the audit log.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "List, make, suspend and restore members.",
        discussion: """
            Reads as the web role and writes as the owner of the database: --state knows both. With --database give the owner's
            address, and the web role's with --web-database.
            """,
        subcommands: [
            List.self, Show.self, Create.self, Suspend.self, Restore.self, MakeAdmin.self, RevokeAdmin.self, ResetFactors.self, SetPassword.self,
        ])

    /// The two connections, and what acts share.
    struct Access: ParsableArguments {
        @OptionGroup var database: DatabaseOptions

        @Option(help: ArgumentHelp("Connection string of the web role, with --database.", valueName: "url"))
        var webDatabase: String?

        @Flag(help: "Print the result as JSON.")
        var json = false

        func web() throws -> Connection {
            if let webDatabase { return try Connection(webDatabase, options: .unlimited(applicationName: "tradecraft user")) }
            return try database.connect(.web, as: "user")
        }

        /// The member of that handle or mail address.
        func member(_ name: String) throws -> MemberAdminTable.Row {
            var text = name.lowercased()
            if text.hasPrefix("@") { text.removeFirst() }
            let found = try web().transaction(.platform, .readOnly) { tx in try MemberAdminTable.find(named: text, in: tx) }
            guard let found else { throw CommandFailure("There is no member with the handle or address \(name). `tradecraft user list` shows all.") }
            return found
        }

        /// Runs `body` as the owner in the member's own tenant and writes down what was done, then prints the member.
        func change(
            _ name: String, _ action: AuditAction, details: JSON = .object([]),
            _ body: (MemberAdminTable.Row, borrowing Transaction) throws -> Void
        ) throws {
            let row = try member(name)
            guard row.state != "deleted" else { throw CommandFailure("@\(row.handle) is deleted.") }
            try database.connect(.owner, as: "user").transaction(.tenant(row.tenant), .readWrite) { tx in
                try body(row, tx)
                try Access.note(action, row.member, row.tenant, details: details, in: tx)
            }
            show(try member(row.handle))
        }

        static func note(
            _ action: AuditAction, _ member: ID<Member>, _ tenant: ID<Tenant>, details: JSON = .object([]), in tx: borrowing Transaction
        ) throws {
            try AuditTable.record(
                AuditEvent(
                    tenant: tenant, actor: nil, actorKind: .operator, action: action, object: .init("member", member.description),
                    details: details, place: .nowhere, requestID: "", at: SystemClock().now()), in: tx)
        }

        func show(_ row: MemberAdminTable.Row) { print(json ? Access.json(row).text : Access.line(row)) }

        static func json(_ row: MemberAdminTable.Row) -> JSON {
            [
                "id": .string(row.member.description), "handle": .string(row.handle), "email": .string(row.email), "state": .string(row.state),
                "is_admin": .bool(row.isAdmin), "is_verified": .bool(row.isVerified), "has_second_factor": .bool(row.hasSecondFactor),
                "sessions": .int(row.sessions), "created_at": .string(row.createdAt.description),
            ]
        }

        static func line(_ row: MemberAdminTable.Row) -> String {
            let marks = [row.isAdmin ? "admin" : nil, row.isVerified ? nil : "address not verified", row.hasSecondFactor ? "second factor" : nil]
            return (["@\(row.handle)", row.email, row.state, "\(row.sessions) sessions"] + marks.compactMap { $0 }).joined(separator: "  ")
        }
    }

    /// A password from standard input, one line; never an argument, which every process on the machine could read.
    static func password(names: [String]) throws -> Secret<String> {
        BoundedFile.printError("Password (one line on standard input):")
        guard let line = readLine(strippingNewline: true) else { throw CommandFailure("Give the password as one line on standard input.") }
        let password = Secret(line)
        do {
            try NewPassword.check(password, names: names)
        } catch {
            throw CommandFailure("This password is refused: \(error). Use at least \(Limits.passwordCharactersMin) characters that are hard to guess.")
        }
        return password
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List members, newest first.")
        @Argument(help: "Only those whose handle or address starts with this.") var search = ""
        @Option(help: "At most so many.") var limit = 100
        @OptionGroup var access: Access

        func validate() throws {
            guard (1...10_000).contains(limit) else { throw ValidationError("--limit is 1 to 10000.") }
        }

        func run() throws {
            let rows = try access.web().transaction(.platform, .readOnly) { tx in
                try MemberAdminTable.list(starting: search.lowercased(), limit: limit, in: tx)
            }
            if access.json { return print(JSON.array(rows.map(Access.json)).text) }
            for row in rows { print(Access.line(row)) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one member.")
        @Argument(help: "Handle or address.") var name: String
        @OptionGroup var access: Access
        func run() throws { access.show(try access.member(name)) }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a member with a verified address.", discussion: "The password is read from standard input.")
        @Argument(help: "Handle.") var handle: String
        @Argument(help: "Mail address.") var email: String
        @Flag(help: "Make them an administrator.") var admin = false
        @OptionGroup var access: Access

        func run() throws {
            guard let address = EmailAddress(email) else { throw CommandFailure("\(email) is no mail address.") }
            let handle: Handle
            do { handle = try Handle(self.handle) } catch { throw CommandFailure("\(self.handle) is no handle: \(error).") }
            let password = try UserCommand.password(names: [handle.text, address.text])
            let web = try access.web()
            let taken = try web.transaction(.platform, .readOnly) { tx in try MemberAdminTable.find(named: address.text, in: tx) }
            guard taken == nil else { throw CommandFailure("\(address) has an account.") }
            let hash = Secret(try PasswordHash.make(password))
            var ids = Authoring.Identifiers(now: SystemClock().now())
            let member: ID<Member> = ids.next(), tenant: ID<Tenant> = ids.next()
            do {
                try access.database.connect(.owner, as: "user").transaction(.tenant(tenant), .readWrite) { tx in
                    try MemberTable.insert(
                        .init(member: member, tenant: tenant, email: address.text, handle: handle.text, displayName: handle.text,
                              passwordHash: hash, isAdmin: admin, verifiedAt: SystemClock().now()), in: tx)
                    try Access.note(.signedUp, member, tenant, in: tx)
                    if admin { try Access.note(.adminGranted, member, tenant, in: tx) }
                }
            } catch MemberTable.Refusal.handleTaken {
                throw CommandFailure("@\(handle), or a handle that looks like it, is taken.")
            }
            access.show(try access.member(handle.text))
        }
    }

    struct Suspend: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Suspend a member: every session, token and live page ends at once.")
        @Argument(help: "Handle or address.") var name: String
        @Option(help: "Why, for the audit log. No personal details.") var reason: String
        @OptionGroup var access: Access

        func run() throws {
            try access.change(name, .accountSuspended, details: ["reason": .string(reason)]) { row, tx in
                guard try MemberAdminTable.suspend(row, in: tx) else { throw CommandFailure("@\(row.handle) is \(row.state), not active.") }
            }
        }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a suspended member log in again.")
        @Argument(help: "Handle or address.") var name: String
        @OptionGroup var access: Access

        func run() throws {
            try access.change(name, .accountRestored) { row, tx in
                guard try MemberAdminTable.restore(row, in: tx) else { throw CommandFailure("@\(row.handle) is \(row.state), not suspended.") }
            }
        }
    }

    struct MakeAdmin: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a member an administrator of the platform.")
        @Argument(help: "Handle or address.") var name: String
        @OptionGroup var access: Access
        func run() throws { try access.change(name, .adminGranted) { row, tx in try MemberAdminTable.setAdmin(row, true, in: tx) } }
    }

    struct RevokeAdmin: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take that back.")
        @Argument(help: "Handle or address.") var name: String
        @OptionGroup var access: Access
        func run() throws { try access.change(name, .adminRevoked) { row, tx in try MemberAdminTable.setAdmin(row, false, in: tx) } }
    }

    struct ResetFactors: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a member's second factors and log them out.", discussion: "Check who asks: this opens the account to the password alone.")
        @Argument(help: "Handle or address.") var name: String
        @OptionGroup var access: Access
        func run() throws { try access.change(name, .factorsReset) { row, tx in try MemberAdminTable.resetFactors(row, in: tx) } }
    }

    struct SetPassword: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a member a new password and log them out.", discussion: "The password is read from standard input.")
        @Argument(help: "Handle or address.") var name: String
        @OptionGroup var access: Access

        func run() throws {
            let row = try access.member(name)
            let hash = Secret(try PasswordHash.make(try UserCommand.password(names: [row.handle, row.email])))
            try access.change(name, .passwordChanged) { row, tx in try MemberAdminTable.setPassword(row, hash, in: tx) }
        }
    }
}
