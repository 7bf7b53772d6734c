internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// A member's passkeys: adding, naming, removing.
enum PasskeyRoutes {
    static let newPath = "/account/security/passkeys/new"
    static let optionsPath = "/account/security/passkeys/options"
    static let field = "passkey"

    static let routes: [Route] = [
        .account(.get, newPath, Requirement(verified: true, proof: true), form),
        .account(.post, optionsPath, Requirement(verified: true, proof: true), options),
        .steps(.post, "/account/security/passkeys", Requirement(verified: true, proof: true), account: add),
        .account(.post, "/account/security/passkeys/:id/name", Requirement(), rename),
        .account(.post, "/account/security/passkeys/:id/removal", Requirement(proof: true), remove),
    ]

    private static func form(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        page(context, name: "", errors: [])
    }

    private static func page(_ context: AccountContext, name: String, errors: [FieldError], status: Int = 200) -> Response {
        let button = PasskeyButton(
            "Create the passkey", options: optionsPath, field: field, isCreating: true, isPrimary: true, context)
        return AccountLayout.page(
            context, current: .security, title: "Add a passkey",
            body: SecurityPages.newPasskey(name: name, errors: errors, button: button.html(at: newPath), token: context.formTokenField),
            scripts: [PasskeyButton.script], status: status)
    }

    private static func options(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        try PasskeyCeremony.create(context, in: tx)
    }

    private static func add(_ context: AccountContext, _ database: Database) throws -> Response {
        let form = try context.form()
        let typed = form.text("name")
        if let problem = problem(of: typed) {
            return page(context, name: typed, errors: [.init(field: "name", message: problem)], status: 422)
        }
        guard let made = try PasskeyCeremony.registration(form[field] ?? "", context, database) else {
            return page(
                context, name: typed,
                errors: [.init(field: "passkey-part", message: "The passkey could not be added. Nothing was changed; try again.")], status: 422)
        }
        let codes = try FactorChange.freshCodes(context, database)
        var random = SystemRandomNumberGenerator()
        let id = ID<Passkey>(at: context.now, random: &random)
        let new = PasskeyTable.New(
            id: id, name: typed, credentialID: made.credentialID, publicKey: made.publicKey, algorithm: made.algorithm,
            signCount: made.signCount, transports: made.transports, isBackupEligible: made.isBackupEligible,
            isBackedUp: made.isBackedUp, aaguid: made.aaguid)
        do {
            try database.transaction(.tenant(context.home), .readWrite) { tx in
                let account = try FactorChange.lock(context, in: tx)
                try PasskeyTable.insert(new, of: account.member, tenant: account.tenant, at: context.now, in: tx)
                if let codes { try FactorChange.store(codes, account, context, in: tx) }
                try FactorChange.finish(
                    account, .passkeyAdded, of: .init("passkey", id.description), .secondFactorAdded(.passkey), context, in: tx)
            }
        } catch let refusal as PasskeyTable.Refusal {
            let message = switch refusal {
            case .taken: "This passkey is in use already. Choose another device or security key."
            case .tooMany: "You have \(PasskeyTable.passkeysMax) passkeys, which is the most. Remove one first."
            }
            return page(context, name: typed, errors: [.init(field: "passkey-part", message: message)], status: 409)
        }
        guard let codes else { return .redirect(to: SecurityRoutes.path) }
        return SecurityRoutes.codesPage(codes, context)
    }

    private static func rename(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let id = try context.id("id", of: Passkey.self)
        let name = try context.form().text("name")
        if let problem = problem(of: name) { throw Problem.invalid([.init("name", problem)]) }
        guard try PasskeyTable.rename(id, to: name, of: context.member.member, tenant: context.home, in: tx) else { throw Problem.notFound }
        try context.audit(.passkeyRenamed, of: .init("passkey", id.description), in: tx)
        return .redirect(to: SecurityRoutes.path)
    }

    private static func remove(_ context: AccountContext, _ tx: borrowing Transaction) throws -> Response {
        let id = try context.id("id", of: Passkey.self)
        let account = try FactorChange.lock(context, in: tx)
        let overview = try FactorTable.overview(of: account.member, tenant: account.tenant, in: tx)
        guard try PasskeyTable.delete(id, of: account.member, tenant: account.tenant, in: tx) else { throw Problem.notFound }
        try FactorChange.checkLast(left: (overview.hasApp ? 1 : 0) + overview.passkeys - 1, account, in: tx)
        try FactorChange.finish(
            account, .passkeyRemoved, of: .init("passkey", id.description), .secondFactorRemoved(.passkey), context, in: tx)
        return .redirect(to: SecurityRoutes.path)
    }

    /// Nil for a name that will do.
    private static func problem(of name: String) -> String? {
        if name.isEmpty { return "Give it a name that tells you where it is, such as My phone." }
        if name.unicodeScalars.count > PasskeyTable.nameCharactersMax { return "Use at most \(PasskeyTable.nameCharactersMax) characters." }
        if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) { return "Use letters, digits and signs only." }
        return nil
    }
}
