internal import Base
internal import Gateways

/// What `demo.json` says: who the authors are and, in the order of publication, which skills they have.
struct DemoPlan {
    struct Author {
        let handle: String
        let name: String
        let email: String
    }
    struct Entry {
        let handle: String
        let slug: String
        let source: (handle: String, slug: String)?
    }

    /// Printed at the end of `ops/up`; the demo is for looking around on one's own machine.
    static let password = "look-around-here"

    let authors: [Author]
    let skills: [Entry]

    init(folder: String) throws {
        let path = "\(folder)/demo.json"
        let json: JSON
        do { json = try JSON(parsing: try BoundedFile.read(path, bytesMax: 1 << 20)) } catch let error as JSONError {
            throw CommandFailure("\(path): \(error)")
        }
        func text(_ value: JSON, _ key: String) throws -> String {
            guard let text = value[key]?.string else { throw CommandFailure("\(path): an entry has no \"\(key)\".") }
            return text
        }
        func address(_ text: String) throws -> (handle: String, slug: String) {
            let parts = text.split(separator: "/").map(String.init)
            guard parts.count == 2 else { throw CommandFailure("\(path): \(text) is not handle/slug.") }
            return (parts[0], parts[1])
        }
        authors = try (json["authors"]?.array ?? []).map {
            Author(handle: try text($0, "handle"), name: try text($0, "name"), email: try text($0, "email"))
        }
        skills = try (json["skills"]?.array ?? []).map { entry in
            let own = try address(try text(entry, "skill"))
            return Entry(handle: own.handle, slug: own.slug, source: try entry["fork_of"]?.string.map(address))
        }
    }
}
