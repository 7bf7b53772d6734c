import Base
import Foundation
import HTTP
import Marketplace
import Security
@testable import Site
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct DescriptionTests {
    @Test func theDescriptionIsServed() throws {
        let root = URL(fileURLWithPath: TestDatabase.migrationsDirectory).deletingLastPathComponent()
        let test = try TestSite()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("locks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let site = Site(
            features: Site.features, assets: try Assets(folder: root.appendingPathComponent("web").path),
            hashSlots: HashSlots(folder: folder.path), settings: TestSite.settings, metrics: Metrics(process: "test"), log: .silent)
        let answer = site.respond(try Request(method: "GET", target: "/openapi.yaml"), on: test.database)
        let file = try Data(contentsOf: root.appendingPathComponent("docs/openapi.yaml"))
        #expect(answer.status == 200 && answer.bytes == [UInt8](file))
        #expect(answer.headers["content-type"] == "application/yaml")
    }

    /// What docs/openapi.yaml says of one operation.
    private struct Operation {
        var security = ""
        var lines: [String] = []
        func answers(_ status: Int) -> Bool { lines.contains { $0.hasPrefix("        \"\(status)\":") } }
        func takes(_ parameter: String) -> Bool { lines.contains { $0.hasSuffix("#/components/parameters/\(parameter)\"") } }
        var hasBody: Bool { lines.contains("      requestBody:") }
    }

    private static func operations() throws -> [String: Operation] {
        let root = URL(fileURLWithPath: TestDatabase.migrationsDirectory).deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/openapi.yaml"), encoding: .utf8)
        var found: [String: Operation] = [:], path = "", current = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("components:") { break }
            if line.hasPrefix("  /") { path = String(line.dropFirst(2).dropLast()) }
            if line.hasPrefix("    "), !line.hasPrefix("     "), line.hasSuffix(":") {
                current = line.dropFirst(4).dropLast().uppercased() + " " + path
                found[current] = Operation()
            } else if line.hasPrefix("      ") {
                if line.hasPrefix("      security: ") { found[current]?.security = String(line.dropFirst(16)) }
                found[current]?.lines.append(line)
            }
        }
        return found
    }

    /// Who may ask, what else may come and what may be answered: as the routes say, no more and no less.
    @Test func theDescriptionSaysWhatRoutesAskFor() throws {
        let operations = try Self.operations()
        for route in Site.features.flatMap({ $0 }) where route.pattern.hasPrefix("/api/v1/") {
            let path = route.pattern.split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
            let name = "\(route.method.rawValue) /\(path.joined(separator: "/"))"
            let operation = try #require(operations[name], "\(name)")
            let isWrite = !route.method.isSafe
            let session = isWrite ? "{ session: [], formToken: [] }" : "{ session: [] }"
            let token = route.requirement.scope.map { "{ bearer: [\($0.rawValue)] }" }
            let wanted: [String] = switch route.callers {
            case .anybody: isWrite ? ["[{}, \(session)]"] : ["[{}, \(token ?? "{ bearer: [] }"), \(session)]"]
            case .members: [token.map { "[\($0), \(session)]" } ?? "[\(session)]"]
            case .admins: ["[\(session)]"]
            case .process: []
            }
            #expect(wanted.contains(operation.security), "\(name): security: \(wanted.joined())")
            var answers = [400, 401, 414, 429, 431, 503]
            if route.callers != .anybody { answers.append(403) }
            if route.pattern.contains(":") { answers.append(404) }
            if operation.hasBody { answers += [413, 415, 422] }
            if operation.takes("IfMatch") { answers.append(412) }
            if operation.takes("IfNoneMatch") { answers.append(304) }
            if operation.takes("Cursor") { answers.append(422) }
            for status in answers { #expect(operation.answers(status), "\(name) may answer \(status)") }
            #expect(operation.takes("IdempotencyKey") == (isWrite && !route.takesNoIdempotencyKey), "\(name): Idempotency-Key")
            if route.method == .post || route.method == .put, !operation.hasBody { #expect(route.method != .put, "\(name) takes a body") }
        }
    }
}
