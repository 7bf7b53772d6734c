import Foundation
import Security

/// A folder for files of one test, gone with it.
final class ScratchFolder {
    let path: String
    init() { path = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)").path }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    /// The permission bits of a file.
    func mode(_ name: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)"))?[.posixPermissions] as? Int
    }

    func write(_ text: String, to name: String, mode: Int = 0o600) throws {
        try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(path)/\(name)")
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
}
