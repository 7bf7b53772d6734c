internal import Foundation
internal import Testing

/// What each target may import. Package.swift holds the same table for the compiler; here it also covers the system's
/// modules, and both are held together.
@Suite struct ImportLawTests {
    /// Modules of the package, by target.
    private static let ours: [(target: String, imports: [String])] = [
        ("Base", ["Crypto"]),
        ("Trading", ["Base"]),
        ("Agent", ["Base", "Trading"]),
        ("Marketplace", ["Base", "Trading", "Yams"]),
        ("HTTP", ["Base"]),
        ("Postgres", ["Base", "CPostgres"]),
        ("Security", ["Base", "CArgon2", "CQrencode", "Crypto"]),
        ("FastCGI", ["Base", "HTTP", "CFastCGI", "CLinux"]),
        ("Jobs", ["Base", "Postgres"]),
        ("Gateways", ["Base", "Trading", "Agent", "Marketplace", "CCurl", "CLinux"]),
        ("Storage", ["Base", "Trading", "Agent", "Marketplace", "Postgres", "Jobs"]),
        ("Site", ["Base", "Marketplace", "Trading", "Agent", "HTTP", "Security", "Postgres", "Jobs", "Storage"]),
        ("Engine", ["Base", "Trading", "Agent", "Marketplace", "Security", "Postgres", "Jobs", "Storage", "Gateways"]),
        ("tradecraft", ["Base", "Trading", "Agent", "Marketplace", "HTTP", "FastCGI", "Postgres", "Jobs", "Storage",
                        "Security", "Gateways", "Site", "Engine", "CLinux", "ArgumentParser"]),
        ("tradecraft-sandbox", ["Base", "Trading", "CJavaScriptCore", "CSeccomp", "CLinux"]),
    ]

    /// Everybody may use these two: mathematics and system calls, and locks.
    private static let system = ["Glibc", "Synchronization"]
    /// Foundation is large, slow to start and knows clocks, files and locales: only where files and processes are the task.
    private static let foundationAllowed = ["Gateways", "Site", "Engine", "tradecraft"]
    /// Modules that one file of a target may import and no other.
    private static let fileExceptions: [(path: String, module: String, reason: String)] = [
        ("Sources/Base/Digest.swift", "FoundationEssentials", "swift-crypto's hash needs its Data protocol"),
        ("Sources/Security/Keys/EngineSealing.swift", "FoundationEssentials", "HPKE of swift-crypto takes and gives its Data"),
    ]

    /// Targets whose purpose is C, files that make one system call, and why.
    private static let unsafeTargets = ["Postgres", "Security", "FastCGI", "Gateways", "tradecraft-sandbox", "tradecraft"]
    private static let unsafeFiles: [(path: String, reason: String)] = [
        ("Sources/Base/Instant.swift", "reads the clock"),
        ("Sources/Base/Log.swift", "writes a line in one call"),
        ("Sources/Base/Digest.swift", "hands bytes to swift-crypto"),
        ("Sources/Jobs/StopSignal.swift", "waits with pthread conditions"),
        ("Sources/Jobs/JobThread.swift", "starts threads with a stack of known size"),
    ]

    @Test func everyImportIsAllowed() {
        var breaches: [Breach] = []
        for path in SourceTree.paths(under: "Sources", ending: ".swift") {
            let target = SourceTree.target(of: path)
            let allowed = Self.ours.first { $0.target == target }?.imports
            for (number, line) in SourceTree.numbered(SwiftCode(path: path).text) {
                guard let module = Self.module(importedBy: line) else { continue }
                guard let allowed else {
                    breaches.append(Breach(path: path, line: number, message: "the target \(target) is not in the import law"))
                    continue
                }
                if Self.system.contains(module) || allowed.contains(module) && !(target == "Base" && module == "Crypto") { continue }
                if module == "Foundation", Self.foundationAllowed.contains(target) { continue }
                if target == "Base", module == "Crypto", path == "Sources/Base/Digest.swift" { continue }
                if Self.fileExceptions.contains(where: { $0.path == path && $0.module == module }) { continue }
                breaches.append(Breach(path: path, line: number, message: "\(target) may not import \(module) (docs/architecture.md)"))
            }
        }
        #expect(breaches.isEmpty, "\(told(breaches))")
    }

    /// `public import Base`, `import struct Base.Digest` → `Base`.
    private static func module(importedBy line: Substring) -> String? {
        var words = line.split { $0 == " " || $0 == "\t" }[...]
        while let first = words.first, first.hasPrefix("@") || ["public", "internal", "private", "fileprivate", "package"].contains(first) {
            words = words.dropFirst()
        }
        guard words.first == "import" else { return nil }
        words = words.dropFirst()
        if let kind = words.first, ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"].contains(kind) {
            words = words.dropFirst()
        }
        return words.first.map { String($0.prefix { $0 != "." }) }
    }

    @Test func manifestSaysTheSame() throws {
        let manifest = try #require(SourceTree.text("Package.swift"))
        let products = ["crypto": "Crypto", "arguments": "ArgumentParser", "yams": "Yams"]
        for (target, imports) in Self.ours {
            let opening = target.hasPrefix("tradecraft") ? "name: \"\(target)\"" : "ours(\"\(target)\", ["
            let start = try #require(manifest.range(of: opening), "Package.swift has no target \(target).")
            let list = try #require(manifest[start.lowerBound...].firstRange(of: "["))
            let end = try #require(manifest[list.upperBound...].firstIndex(of: "]"))
            let declared = manifest[list.upperBound..<end].split { $0 == "," || $0.isWhitespace }.map { word in
                products[String(word)] ?? word.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
            }
            #expect(Set(declared) == Set(imports), "Package.swift and the import law differ about \(target).")
        }
    }

    @Test func everyTargetIsKnown() throws {
        let folders = Set(SourceTree.paths(under: "Sources", ending: ".swift").map { SourceTree.target(of: $0) })
        #expect(folders.subtracting(Self.ours.map(\.target)).isEmpty)
    }

    @Test func pointersStayWhereCIsWrapped() throws {
        let word = try Regex(#"\bunsafe\b"#)
        var breaches: [Breach] = []
        for path in SourceTree.paths(under: "Sources", ending: ".swift") where !Self.unsafeTargets.contains(SourceTree.target(of: path)) {
            if Self.unsafeFiles.contains(where: { $0.path == path }) { continue }
            for (number, line) in SourceTree.numbered(SwiftCode(path: path).text) where line.contains(word) {
                breaches.append(Breach(path: path, line: number, message: "touch memory in the target that wraps C, not here"))
            }
        }
        #expect(breaches.isEmpty, "\(told(breaches))")
    }
}
