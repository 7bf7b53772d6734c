import Base
import Foundation
import HTTP
import Security
import Site
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
}
