internal import Base
public import Marketplace

extension SkillFolder {
    /// Reads `SKILL.md`, `entry.ts` and `exit.ts` of a folder. `SKILL.md` must be there.
    public init(folder path: String) throws(FileError) {
        func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }
        let bytesMax = Limits.instructionsBytesMax + Limits.frontMatterBytesMax + 1_024
        guard let skill = try BoundedFile.readIfPresent(file(Self.skillFile), bytesMax: bytesMax) else {
            throw FileError(path: file(Self.skillFile), problem: "there is no such file. A skill is a folder with a SKILL.md.", isMissing: true)
        }
        self.init(skill: skill,
                  entry: try BoundedFile.readIfPresent(file(Self.entryFile), bytesMax: Limits.helperSourceBytesMax),
                  exit: try BoundedFile.readIfPresent(file(Self.exitFile), bytesMax: Limits.helperSourceBytesMax))
    }
}
