internal import Agent
internal import Base
public import Marketplace

/// Reads what an author wants to save. Stricter than `Authoring.manifest(of:)`: what is saved must also be able to run.
public enum SkillDraft {
    /// The manifest of `files`. Throws every problem with its line; a model that is not available is one.
    public static func manifest(of files: VersionTable.Files) throws(SkillProblems) -> Manifest {
        let manifest = try Authoring.manifest(of: files)
        if let model = manifest.model, !ReferenceModels.names.contains(model) {
            throw SkillProblems([SkillProblem(line: line(ofModelIn: files.skillMD), field: "model", message: message(model))])
        }
        return manifest
    }

    private static func message(_ model: String) -> String {
        let names = ReferenceModels.names.joined(separator: ", ")
        return model.hasPrefix("reference/")
            ? "There is no such reference model. Choose one of \(names), or `none`."
            : "Only reference models can run for now. Choose one of \(names), or `none` for helpers alone."
    }

    private static func line(ofModelIn text: String) -> Int {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return (lines.firstIndex { $0.hasPrefix("model:") } ?? 0) + 1
    }
}
