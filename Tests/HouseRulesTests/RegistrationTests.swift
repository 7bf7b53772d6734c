internal import Foundation
internal import Testing

/// What exists is also registered: a table's statements, a feature's routes, a component's styles, a migration's number.
@Suite struct RegistrationTests {
    @Test func migrationsAreNumberedWithoutGaps() throws {
        let shape = try Regex(#"^migrations/[0-9]{4}_[a-z0-9]+(_[a-z0-9]+)*\.sql$"#)
        let paths = SourceTree.paths(under: "migrations")
        #expect(!paths.isEmpty)
        for (index, path) in paths.enumerated() {
            #expect(try shape.wholeMatch(in: path) != nil, "\(path) is not named 0001_like_this.sql")
            let number = Int(path.dropFirst("migrations/".count).prefix(4))
            #expect(number == index + 1, "\(path) should have the number \(index + 1)")
        }
    }

    @Test func everyTableIsInTheStatementCatalog() throws {
        let catalog = SwiftCode(path: "Sources/Storage/StatementCatalog.swift").text
        let types = try Self.types(under: "Sources/Storage", declaring: "static let statements")
        #expect(types.contains { $0.name == "RunTable" })
        for type in types where type.name.hasSuffix("Table") {
            let isListed = catalog.contains("\(type.name).statements")
            #expect(isListed, "\(type.path): add \(type.name).statements to StatementCatalog.all")
        }
    }

    @Test func everyFeatureIsRouted() throws {
        let features = SwiftCode(path: "Sources/Site/Routes.swift").text
        let types = try Self.types(under: "Sources/Site", declaring: "static let routes")
        #expect(types.contains { $0.name == "HealthRoutes" })
        for type in types {
            let isListed = features.contains("\(type.name).routes")
            #expect(isListed, "\(type.path): add \(type.name).routes to Site.features")
        }
        // A type called …Routes has routes.
        let named = try Self.types(under: "Sources/Site", declaring: "").filter { $0.name.hasSuffix("Routes") }
        for type in named {
            #expect(types.contains { $0.name == type.name }, "\(type.path): \(type.name) declares no `static let routes`")
        }
    }

    @Test func everyStyleIsImported() throws {
        let files = Set(SourceTree.paths(under: "web/css", ending: ".css").map { String($0.dropFirst("web/css/".count)) })
        let sheet = try #require(SourceTree.text("web/css/app.css"))
        let imported = sheet.matches(of: try Regex(#"@import url\("([^"]+)"\)"#)).compactMap { $0.output[1].substring.map(String.init) }
        #expect(imported.count == Set(imported).count, "app.css imports a file twice")
        #expect(Set(imported) == files.subtracting(["app.css"]), "app.css and the files of web/css differ")
    }

    /// Types of the files below `folder` with `member` in their text, the first type of a file before it being meant.
    private static func types(under folder: String, declaring member: String) throws -> [(name: String, path: String)] {
        let declaration = try Regex(#"^\s*(?:public |internal |final )*(?:enum|struct|class|extension)\s+(\w+)"#)
        var found: [(name: String, path: String)] = []
        for path in SourceTree.paths(under: folder, ending: ".swift") {
            var current = ""
            for (_, line) in SourceTree.numbered(SwiftCode(path: path).text) {
                // Only types at the left margin: nested ones belong to them.
                if line.first != " ", let match = line.firstMatch(of: declaration), let name = match.output[1].substring {
                    current = String(name)
                    if member.isEmpty { found.append((current, path)) }
                }
                if !member.isEmpty, line.contains(member), !current.isEmpty { found.append((current, path)) }
            }
        }
        return found
    }
}
