import Base
import Marketplace
import Testing

@Suite struct TeamRulesTests {
    private static func id(_ number: Int) -> ID<Member> { ID(high: 1, low: UInt64(number)) }

    private static func refusal(_ body: () throws(TeamRefusal) -> Void) -> TeamRefusal? {
        do {
            try body()
            return nil
        } catch { return error }
    }

    /// Whatever owners try in whatever order, somebody active answers for the team in the end.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64]) func aTeamNeverLosesItsLastOwner(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var entries = (0..<6).map { number in
            TeamRoster.Entry(
                member: Self.id(number), role: number == 0 ? .owner : Role.allCases[Int(random.next() % 4)],
                isActive: number == 0 || random.next() % 4 != 0)
        }
        for step in 0..<2_000 {
            let roster = TeamRoster(entries)
            let actor = Self.id(Int(random.next() % 6)), target = Self.id(Int(random.next() % 6))
            guard Self.refusal({ () throws(TeamRefusal) in try roster.checkOwner(actor) }) == nil else { continue }
            let role = Role.allCases[Int(random.next() % 4)]
            func set(_ member: ID<Member>, _ role: Role?) {
                entries = entries.compactMap { entry in
                    guard entry.member == member else { return entry }
                    return role.map { .init(member: member, role: $0, isActive: entry.isActive) }
                }
            }
            switch random.next() % 4 {
            case 0: if Self.refusal({ () throws(TeamRefusal) in try roster.checkRole(role, of: target) }) == nil { set(target, role) }
            case 1: if Self.refusal({ () throws(TeamRefusal) in try roster.checkRemoval(of: target) }) == nil { set(target, nil) }
            case 2:
                if Self.refusal({ () throws(TeamRefusal) in try roster.checkTransfer(from: actor, to: target) }) == nil {
                    set(target, .owner)
                    set(actor, .viewer)
                }
            default: entries.append(.init(member: Self.id(Int(random.next() % 6)), role: role, isActive: true))
            }
            var known: Set<ID<Member>> = []
            entries = entries.filter { known.insert($0.member).inserted }
            #expect(entries.contains { $0.role == .owner && $0.isActive }, "seed \(seed), step \(step)")
        }
    }

    @Test func refusalsAreTheRightOnes() {
        let roster = TeamRoster([
            .init(member: Self.id(1), role: .owner, isActive: true), .init(member: Self.id(2), role: .owner, isActive: false),
            .init(member: Self.id(3), role: .author, isActive: true), .init(member: Self.id(4), role: .viewer, isActive: false),
        ])
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkOwner(Self.id(3)) } == .ownersOnly)
        // A suspended owner neither acts nor counts.
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkOwner(Self.id(2)) } == .ownersOnly)
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkRole(.viewer, of: Self.id(1)) } == .lastOwner)
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkRemoval(of: Self.id(1)) } == .lastOwner)
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkRemoval(of: Self.id(2)) } == nil)
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkRole(.owner, of: Self.id(1)) } == nil)
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkRole(.owner, of: Self.id(9)) } == .notFound)
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkTransfer(from: Self.id(1), to: Self.id(1)) } == .notFound)
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkTransfer(from: Self.id(1), to: Self.id(2)) } == .alreadyOwner)
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkTransfer(from: Self.id(1), to: Self.id(4)) } == .lastOwner)
        #expect(Self.refusal { () throws(TeamRefusal) in try roster.checkTransfer(from: Self.id(1), to: Self.id(3)) } == nil)
    }

    @Test func namesAreOneVisibleLine() {
        func refusal(_ text: String) -> TeamName.Refusal? {
            do {
                _ = try TeamName(text)
                return nil
            } catch { return error }
        }
        for good in ["A", "Night Shift & Söhne <3", "夜班", String(repeating: "x", count: 80), "Crew 🚀"] {
            #expect(refusal(good) == nil, "\(good)")
        }
        #expect((try? TeamName("  Crew\n"))?.text == "Crew")
        for long in ["", "   ", String(repeating: "x", count: 81), "e" + String(repeating: "\u{301}", count: 80)] {
            #expect(refusal(long) == .length, "\(long)")
        }
        for hidden in ["a\nb", "a\u{202e}b", "a\u{200b}b", "a\u{0}b", "\u{feff}a", "\u{2800}\u{ad}", "a\u{e0041}", "\u{a0}\u{2003}", "a\u{115f}"] {
            #expect(refusal(hidden) == .characters, "\(hidden.unicodeScalars.map(\.value))")
        }
    }
}
