import Base
import Foundation
import HTTP
import Marketplace
import Postgres
import Security
@testable import Site
import Storage
import Synchronization
import Testing
import TestSupport

@Suite(.enabled(if: TestDatabase.isAvailable)) struct SessionTests {
    private static func json(_ response: Response) throws -> [JSON] {
        let body = try JSON(parsing: response.bytes)
        return try #require(body["items"]?.array)
    }

    @Test func theListNamesBrowsersAndThisOne() throws {
        let stand = try AccountStand()
        let here = try stand.member("ada")
        let phone = stand.browser(from: "198.51.100.7", userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1")
        #expect(try phone.logIn("ada").status == 303)
        let text = try here.get("/account/sessions").text
        #expect(text.contains("Firefox on Linux") && text.contains("Safari on iPhone") && text.contains("198.51.100.7"))
        #expect(text.components(separatedBy: "This browser").count == 2)
        #expect(text.contains("You are logged in here and in one more browser."))
        let items = try Self.json(try here.get("/api/v1/account/sessions"))
        #expect(items.map { $0["is_current"]?.bool } .filter { $0 == true }.count == 1 && items.count == 2)
        #expect(try here.get("/account").text.contains("2 browsers"))
    }

    @Test func aRevokedSessionIsDeadInEveryProcessAtOnce() throws {
        let stand = try AccountStand()
        let here = try stand.member("ada")
        let other = stand.browser()
        #expect(try other.logIn("ada").status == 303)
        let process = stand.another()
        #expect(try other.get("/account", on: process).status == 200)
        let id = try #require(try Self.json(try here.get("/api/v1/account/sessions")).first { $0["is_current"]?.bool == false }?["id"]?.string)
        #expect(try here.send("/account/sessions/\(id)/revoke", at: "/account/sessions").status == 303)
        #expect(try other.get("/account", on: process).status == 303)
        #expect(try here.isLoggedIn)
        #expect(try here.send("/account/sessions/\(id)/revoke", at: "/account/sessions").status == 404)
        #expect(try stand.audited("session.revoked", for: "ada") == 1)
    }

    @Test func allOthersEndTogether() throws {
        let stand = try AccountStand()
        let here = try stand.member("ada")
        let others = [stand.browser(), stand.browser(), stand.browser()]
        for other in others { #expect(try other.logIn("ada").status == 303) }
        #expect(try here.send("/account/sessions/revoke-others", at: "/account/sessions").status == 303)
        for other in others { #expect(try !other.isLoggedIn) }
        #expect(try here.get("/account/sessions").text.contains("You are logged in here and nowhere else."))
        #expect(try stand.audited("session.revoked", for: "ada") == 3)
    }

    @Test func sessionsOfOthersDoNotExist() throws {
        let stand = try AccountStand()
        let ada = try stand.member("ada"), eve = try stand.member("eve")
        let id = try #require(try Self.json(try ada.get("/api/v1/account/sessions")).first?["id"]?.string)
        let nothing = "0198d000-0000-7000-8000-000000000000"
        let token = try eve.formToken(at: "/account/sessions")
        let foreign = try eve.request("DELETE", "/api/v1/account/sessions/\(id)", headers: ["x-form-token": token])
        let absent = try eve.request("DELETE", "/api/v1/account/sessions/\(nothing)", headers: ["x-form-token": token])
        #expect(foreign.status == 404 && absent.status == 404)
        for field in ["type", "title", "detail"] {
            #expect(try JSON(parsing: foreign.bytes)[field] == JSON(parsing: absent.bytes)[field])
        }
        #expect(try eve.send("/account/sessions/\(id)/revoke", at: "/account/sessions").status == 404)
        #expect(try ada.isLoggedIn)
        #expect(try ada.request("DELETE", "/api/v1/account/sessions/\(id)").status == 403)
        #expect(try ada.request("DELETE", "/api/v1/account/sessions/\(id)", headers: ["x-form-token": try ada.formToken(at: "/account/sessions")]).status == 204)
        #expect(try !ada.isLoggedIn)
    }

    @Test func endingThisSessionLogsOut() throws {
        let stand = try AccountStand()
        let here = try stand.member("ada")
        let id = try #require(try Self.json(try here.get("/api/v1/account/sessions")).first?["id"]?.string)
        let answer = try here.send("/account/sessions/\(id)/revoke", at: "/account/sessions")
        #expect(answer.headers["location"] == "/" && here.cookie("tc_session") == nil)
    }

    @Test func anIdleSessionEnds() throws {
        let stand = try AccountStand()
        let browser = try stand.member("ada")
        stand.clock.advance(days: Limits.sessionIdleDaysMax - 1)
        #expect(try browser.isLoggedIn)
        stand.clock.advance(days: Limits.sessionIdleDaysMax - 1)
        #expect(try browser.isLoggedIn, "the use before counts")
        let idle = try stand.member("bea")
        stand.clock.advance(days: Limits.sessionIdleDaysMax)
        #expect(try !idle.isLoggedIn)
    }

    @Test func noSessionOutlivesItsMonth() throws {
        let stand = try AccountStand()
        let browser = try stand.member("ada")
        for _ in 0..<Limits.sessionDaysMax - 1 {
            stand.clock.advance(days: 1)
            #expect(try browser.isLoggedIn)
        }
        stand.clock.advance(days: 1)
        #expect(try !browser.isLoggedIn)
        #expect(try browser.get("/account/sessions").status == 303)
    }

    @Test func aLogInStartsAnewAndEndsTheOld() throws {
        let stand = try AccountStand()
        let browser = try stand.member("ada")
        let old = browser.copy()
        let token = try browser.formToken(at: "/account")
        #expect(try browser.request("POST", "/login", fields: [
            .init("email", "ada"), .init("password", AccountStand.password), .init("form_token", token),
        ]).status == 303)
        #expect(try browser.isLoggedIn && !old.isLoggedIn)
        #expect(try Self.json(try browser.get("/api/v1/account/sessions")).count == 1)
    }

    @Test func anOpenStreamEndsWithItsSession() throws {
        let stand = try AccountStand()
        let here = try stand.member("ada")
        let streams = stand.streams()
        let watcher = stand.browser()
        #expect(try watcher.logIn("ada").status == 303)
        let answer = try watcher.get("/test/events", on: streams)
        guard case .stream(let write) = answer.body else { return #expect(Bool(false), "no stream: \(answer.status)") }
        let output = Output()
        let seconds = Mutex(0.0), id = try #require(try Self.json(try here.get("/api/v1/account/sessions")).first { $0["is_current"]?.bool == false }?["id"]?.string)
        // The first piece that is sent revokes the session; the stream then has to end by itself.
        output.onFirst = {
            _ = try? here.send("/account/sessions/\(id)/revoke", at: "/account/sessions")
            seconds.withLock { $0 = Double(SystemClock.monotonicNanoseconds()) / 1e9 }
        }
        try write(output)
        let took = Double(SystemClock.monotonicNanoseconds()) / 1e9 - seconds.withLock { $0 }
        #expect(output.pieces >= 1 && took < 1, "\(took) s after the session ended")
    }

    /// A reader of a stream on this thread.
    private final class Output: ByteStream {
        var onFirst: () -> Void = {}
        var pieces = 0
        func send(_ bytes: [UInt8]) throws(StreamClosed) {
            pieces += 1
            if pieces == 1 { onFirst() }
        }
        func pause(milliseconds: Int) throws(StreamClosed) {}
        var isStopping: Bool { pieces > 100_000 }
    }

    @Test func aNewPasswordEndsTheOthers() throws {
        let stand = try AccountStand()
        let here = try stand.member("ada")
        let other = stand.browser()
        #expect(try other.logIn("ada").status == 303)
        #expect(try here.get("/account/password").status == 200, "logged in a moment ago")
        #expect(try here.send("/account/password", at: "/account/password", [.init("new_password", "short")]).status == 422)
        #expect(try other.isLoggedIn)
        let new = "eleven loud mountains"
        #expect(try here.send("/account/password", at: "/account/password", [.init("new_password", new)]).status == 303)
        #expect(try here.isLoggedIn && !other.isLoggedIn)
        #expect(try other.logIn("ada").status == 422)
        #expect(try other.logIn("ada", new).status == 303)
        #expect(try stand.audited("account.password_changed", for: "ada") == 1)
        // Six minutes later it takes a proof.
        stand.clock.advance(minutes: 6)
        #expect(try here.get("/account/password").headers["location"]?.hasPrefix("/account/confirm?next=") == true)
        let token = try here.formToken(at: "/account")
        #expect(try here.request("POST", "/account/password", fields: [.init("new_password", AccountStand.password), .init("form_token", token)]).status == 403)
    }

    @Test func aProofGivesTheSessionANewToken() throws {
        let stand = try AccountStand()
        let browser = try stand.member("ada")
        stand.clock.advance(minutes: 6)
        let old = browser.copy()
        let token = try browser.formToken(at: "/account")
        let answer = try browser.request("POST", "/account/password", fields: [
            .init("new_password", "eleven loud mountains"), .init("proof_password", AccountStand.password), .init("form_token", token),
        ])
        #expect(answer.status == 303)
        #expect(try browser.isLoggedIn && !old.isLoggedIn)
    }

    @Test func aNameBesideTheHandle() throws {
        let stand = try AccountStand()
        let browser = try stand.member("ada")
        #expect(try browser.send("/account/display-name", at: "/account", [.init("display_name", "Ada <b>Lovelace</b>")]).status == 303)
        #expect(try browser.get("/@ada").text.contains("Ada &lt;b&gt;Lovelace&lt;/b&gt;"))
        for bad in ["", String(repeating: "x", count: 81), "a\u{202e}b", "a\nb"] {
            #expect(try browser.send("/account/display-name", at: "/account", [.init("display_name", bad)]).status == 422)
        }
    }

    @Test func theAccountSaysWhatToDoNext() throws {
        let stand = try AccountStand()
        let browser = try stand.member("ada")
        var text = try browser.get("/account").text
        #expect(text.contains("action=\"/account/verification\"") && text.components(separatedBy: "button--primary").count == 2)
        try stand.change("ada", "email_verified_at = now()")
        text = try browser.get("/account").text
        #expect(text.contains("Set up a second factor") && !text.contains("Send the link again"))
    }

    @Test func browsersAreNamedInOurWords() {
        for (text, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605.1 Version/18.0 Safari/605.1", "Safari on macOS"),
            ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
            ("curl/8.5.0", "curl"), ("", "An unknown browser"), ("<script>", "An unknown browser"),
        ] { #expect(BrowserName.words(for: text) == words) }
    }
}
