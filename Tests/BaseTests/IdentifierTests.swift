import Base
import Testing

@Suite struct IdentifierTests {
    @Test func parsesWhatItPrints() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<1_000 {
            let id = ID<Skill>(at: Instant(milliseconds: Int64(random.next() >> 20)), random: &random)
            #expect(ID<Skill>(id.description) == id)
            #expect(ID<Skill>(id.description.uppercased()) == id)
            #expect(id.description.utf8.count == 36)
            #expect(Array(id.description)[14] == "7")
        }
    }

    @Test(arguments: ["", "0", "00000000-0000-7000-8000-00000000000", "00000000-0000-7000-8000-0000000000000", "g0000000-0000-7000-8000-000000000001", "00000000000070008000000000000001----"])
    func refusesEverythingElse(text: String) {
        #expect(ID<Skill>(text) == nil)
    }

    @Test func laterIdentifiersSortLater() {
        var random = SeededRandom(seed: 9)
        let first = ID<Run>(at: Instant(milliseconds: 1_000), random: &random)
        let second = ID<Run>(at: Instant(milliseconds: 1_001), random: &random)
        #expect(first < second)
        #expect(first.description < second.description)
    }
}
