internal import Base
internal import Foundation

/// Where pages find styles, scripts and pictures: `/assets/HASH/css/app.css`.
///
/// One hash over the whole `web/` folder stands in the address, nginx drops it again. Relative imports between
/// modules and style sheets stay inside the same hashed folder, so nothing has to be rewritten, and any change of
/// any file gives every asset a new address that browsers may keep for ever.
public struct Assets: Sendable, Hashable {
    /// 12 hexadecimal digits.
    public let version: String
    /// The texts of `docs/` beside the folder of assets that readers may see; none where they are missing.
    let documents: [DocsPages.Document]
    /// `openapi.yaml` from the same place; nil where it is missing.
    let apiDescription: [UInt8]?
    /// Number of the newest migration in `migrations/` beside the folder of assets: the schema this program needs. 1
    /// where the folder is missing.
    let migrationsExpected: Int

    /// Without files, for tests.
    public init(version: String, migrationsExpected: Int = 1) {
        self.version = version
        self.migrationsExpected = migrationsExpected
        documents = []
        apiDescription = nil
    }

    /// Hashes every file under `folder`: names and contents, in the order of their names.
    public init(folder: String) throws {
        let root = URL(fileURLWithPath: folder, isDirectory: true)
        guard let names = FileManager.default.enumerator(atPath: root.path)?.compactMap({ $0 as? String }).sorted() else {
            throw AssetsError.unreadable(folder)
        }
        var builder = DigestBuilder()
        for name in names {
            let file = root.appendingPathComponent(name)
            guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            let bytes = [UInt8](try Data(contentsOf: file))
            builder.update(Array("\(name)\n\(bytes.count)\n".utf8))
            builder.update(bytes)
        }
        version = String(builder.finish().hex.prefix(12))
        let docs = root.appendingPathComponent("../docs").standardizedFileURL
        documents = DocsPages.Document.load(folder: docs)
        let migrations = try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("../migrations").path)
        migrationsExpected = (migrations ?? []).filter { $0.hasSuffix(".sql") }.compactMap { Int($0.prefix(4)) }.max() ?? 1
        // A missing file is an address less, not a site less.
        apiDescription = (try? Data(contentsOf: docs.appendingPathComponent("openapi.yaml"))).map { [UInt8]($0) }
    }

    /// The address of a file of `web/`, such as `css/app.css`.
    public func url(_ name: String) -> String { "/assets/\(version)/\(name)" }
}

/// Why the assets cannot be found.
public enum AssetsError: Error, Sendable, Hashable, CustomStringConvertible {
    case unreadable(String)
    public var description: String {
        switch self {
        case .unreadable(let folder): "the folder of web assets, \(folder), cannot be read"
        }
    }
}
