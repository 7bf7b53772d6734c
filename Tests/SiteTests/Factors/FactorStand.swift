import Base
import Crypto
import Foundation
import HTTP
import Postgres
import Security
import Site
import Storage
import Synchronization
import Testing

/// The site at a time that stands until it is moved, members with a real password, and an authenticator for them.
final class FactorStand {
    let test: TestSite
    let clock = MovableClock()
    private let site: Site

    static let password = "seven quiet harbours"

    final class MovableClock: Clock {
        private let state = Mutex(SystemClock().now())
        func now() -> Instant { state.withLock { $0 } }
        func move(seconds: Int64) { state.withLock { $0 = $0.advanced(byMilliseconds: seconds * 1_000) } }
    }

    init() throws {
        test = try TestSite()
        let locks = FileManager.default.temporaryDirectory.appendingPathComponent("locks-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: locks, withIntermediateDirectories: true)
        site = Site(
            features: Site.features, assets: Assets(version: "0123456789ab"), hashSlots: HashSlots(folder: locks),
            settings: TestSite.settings, metrics: Metrics(process: "test"), log: .silent, clock: clock)
    }

    /// A member without a second factor, logged in and proved.
    func member(_ handle: String) throws -> TestSite.Reader {
        let reader = try test.member(handle, hasFactor: false)
        let hash = try PasswordHash.make(Secret(Self.password))
        try write(reader.tenant) { tx in
            guard let member = reader.member, let account = try RecoveryTable.account(member, in: tx) else { return }
            try RecoveryTable.setPassword(Secret(hash), of: account, in: tx)
        }
        return reader
    }

    func write<Value>(_ tenant: ID<Tenant>, _ body: (borrowing Transaction) throws -> Value) throws -> Value {
        try test.database.transaction(.tenant(tenant), .readWrite, body)
    }

    // MARK: Requests

    func get(_ target: String, as reader: TestSite.Reader) throws -> Response {
        site.respond(try Request(method: "GET", target: target, headers: ["cookie": reader.cookie]), on: test.database)
    }

    func post(_ target: String, _ fields: [Fields.Pair] = [], as reader: TestSite.Reader) throws -> Response {
        let form = Fields(fields + [.init("form_token", reader.formToken)])
        return site.respond(
            try Request(
                method: "POST", target: target,
                headers: ["cookie": reader.cookie, "content-type": "application/x-www-form-urlencoded"], body: Array(form.encoded.utf8)),
            on: test.database)
    }

    /// As web/js/passkey.js and other scripts ask.
    func postJSON(_ target: String, _ body: JSON? = nil, as reader: TestSite.Reader) throws -> Response {
        var headers: Headers = ["cookie": reader.cookie, "accept": "application/json", "x-form-token": reader.formToken]
        if body != nil { headers.set("content-type", "application/json") }
        return site.respond(
            try Request(method: "POST", target: target, headers: headers, body: Array((body?.text ?? "").utf8)), on: test.database)
    }

    /// `reader` with the session cookie that `response` gave.
    func after(_ response: Response, _ reader: TestSite.Reader) throws -> TestSite.Reader {
        guard let token = response.cookies.first(where: { $0.name == "tc_session" }) else { return reader }
        return try test.reader(ofSession: token.value)
    }

    /// A browser of a visitor with the cookies that `response` set.
    func visitor(_ response: Response? = nil) -> TestSite.Reader {
        let more = (response?.cookies ?? []).map { "; \($0.name)=\($0.value)" }.joined()
        return TestSite.Reader(
            cookie: TestSite.visitor.cookie + more, formToken: TestSite.visitor.formToken, tenant: TestSite.visitor.tenant)
    }

    /// The right password: the browser that is asked for the second step.
    func logIn(_ handle: String) throws -> TestSite.Reader {
        let answer = try post(
            "/login", [.init("login", handle), .init("email", "\(handle)@example.org"), .init("password", Self.password)], as: visitor())
        #expect(answer.status == 303 && answer.headers["location"] == "/login/factor")
        return visitor(answer)
    }

    // MARK: Factors

    /// An authenticator app as it is in somebody's hand.
    struct App {
        let secret: TotpSecret
        let recoveryCodes: [String]
        func code(at instant: Instant, step: Int64 = 0) -> String {
            Totp.code(secret, step: (Totp.step(at: instant) ?? 0) + step).reveal()
        }
    }

    /// Sets an app up as people do, with the code of the step before: this one's and the next one's still count.
    func enrol(_ reader: TestSite.Reader) throws -> App {
        #expect(try post("/account/security/app", as: reader).headers["location"] == "/account/security/app")
        let page = try get("/account/security/app", as: reader)
        let text = try #require(page.text.firstMatch(of: /<code>([A-Z2-7 ]+)<\/code>/)?.output.1)
        let bytes = try #require(Base32.decode(String(text.filter { $0 != " " })))
        let secret = try #require(TotpSecret(bytes: bytes))
        let app = App(secret: secret, recoveryCodes: [])
        let done = try post("/account/security/app/confirmation", [.init("code", app.code(at: clock.now(), step: -1))], as: reader)
        #expect(done.status == 200 || done.status == 303)
        let codes = done.text.matches(of: /[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}/).map { String($0.output) }
        return App(secret: secret, recoveryCodes: codes)
    }

    /// Adds a passkey as web/js/passkey.js does.
    func register(_ key: inout SoftPasskey, _ reader: TestSite.Reader, name: String = "Phone") throws -> Response {
        let options = try JSON(parsing: postJSON("/account/security/passkeys/options", as: reader).bytes)
        return try post(
            "/account/security/passkeys", [.init("name", name), .init("passkey", try key.create(options).text)], as: reader)
    }
}

/// A passkey in a device: keeps one ES256 key, and can be told to misbehave.
struct SoftPasskey {
    private let key = P256.Signing.PrivateKey()
    let id = RandomBytes.make(32)
    var origin = "http://localhost"
    var flags: UInt8 = 0x05
    var signCount: UInt32 = 0
    var userHandle: [UInt8] = []

    private func base64(_ bytes: [UInt8]) -> JSON { .string(Base64URL.encode(bytes)) }

    private func data(flags: UInt8, _ rest: [UInt8] = []) -> [UInt8] {
        let counter: [UInt8] = (0..<4).map { UInt8(truncatingIfNeeded: signCount >> UInt32(24 - 8 * $0)) }
        return Digest.of("localhost").bytes + [flags] + counter + rest
    }

    private func client(_ type: String, _ options: JSON) -> [UInt8] {
        JSON.object([
            ("type", .string(type)), ("challenge", options["challenge"] ?? .null), ("origin", .string(origin)), ("crossOrigin", .bool(false)),
        ]).text.utf8.map { $0 }
    }

    mutating func create(_ options: JSON) throws -> JSON {
        userHandle = try #require(Base64URL.decode(options["user"]?["id"]?.string ?? ""))
        let point = Array(key.publicKey.x963Representation)
        var cose: [UInt8] = [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]
        cose += point[1..<33]
        cose += [0x22, 0x58, 32]
        cose += point[33...]
        let model = [UInt8](repeating: 0, count: 16)
        let bytes = data(flags: flags | 0x40, model + [0, 32] + id + cose)
        var object: [UInt8] = [0xa3, 0x63]
        object += Array("fmt".utf8) + [0x64] + Array("none".utf8)
        object += [0x67] + Array("attStmt".utf8) + [0xa0]
        object += [0x68] + Array("authData".utf8) + [0x58, UInt8(bytes.count)]
        object += bytes
        return ["id": base64(id), "rawId": base64(id), "type": "public-key",
                "response": ["clientDataJSON": base64(client("webauthn.create", options)), "attestationObject": base64(object),
                             "transports": ["internal"]]]
    }

    mutating func get(_ options: JSON) throws -> JSON {
        let client = client("webauthn.get", options), data = data(flags: flags)
        let signature = try key.signature(for: data + Digest.of(client).bytes).derRepresentation
        return ["id": base64(id), "rawId": base64(id), "type": "public-key",
                "response": ["clientDataJSON": base64(client), "authenticatorData": base64(data), "signature": base64(Array(signature)),
                             "userHandle": base64(userHandle)]]
    }
}
