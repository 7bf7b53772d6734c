internal import Base
@testable internal import HTTP
@testable internal import Site
internal import Testing

@Suite struct FormatTests {
    @Test(arguments: [
        (0.031, "+3.1 %"), (-0.004, "−0.4 %"), (0, "0.0 %"), (-0.0004, "0.0 %"), (0.0004, "0.0 %"), (12.345, "+1,234.5 %"), (-1, "−100.0 %"),
    ])
    func changesHaveARealMinusAndASign(ratio: Double, text: String) {
        #expect(Format.percentText(ratio) == text.replacingSpaces)
    }

    @Test func changesAreColouredBySignAndZeroIsNot() {
        #expect(Format.change(.value(0.031)).markup == "<span class=\"gain\">+3.1\u{A0}%</span>")
        #expect(Format.change(.value(-0.004)).markup == "<span class=\"loss\">−0.4\u{A0}%</span>")
        #expect(Format.change(.value(0.00001)).markup == "0.0\u{A0}%")
    }

    @Test func unknownIsNeverZero() {
        for figure in [Figure.unavailable(because: "needs 30 days"), .value(.nan), .value(.infinity), .value(-.infinity)] {
            let markup = Format.ratio(figure).markup + Format.change(figure).markup + Format.percent(figure).markup
            #expect(markup.contains("n/a") && markup.contains("tabindex=\"0\""))
            #expect(!markup.contains(">0"))
        }
        #expect(Format.ratio(.unavailable(because: "<b>")).markup.contains("(&lt;b&gt;)"))
    }

    @Test(arguments: [1e15, 1e18, 1e300, Double.greatestFiniteMagnitude, -Double.greatestFiniteMagnitude, Double.leastNonzeroMagnitude])
    func hugeAndTinyNumbersStayShort(value: Double) {
        for digits in [-1, 0, 2, 8, 40] {
            #expect((Format.decimal(value, digits: digits)?.count ?? 99) < 40)
        }
    }

    @Test(arguments: [(0, "0 s"), (-5, "0 s"), (59_999, "59 s"), (200_000, "3 min 20 s"), (18_720_000, "5 h 12 min"), (86_400_000, "1 d"),
                      (7_171_200_000, "83 d"), (Int64.max, "106,751,991,167 d")])
    func durations(milliseconds: Int64, text: String) {
        #expect(Format.duration(milliseconds: milliseconds) == text.replacingSpaces)
    }

    @Test func moneyPricesCountsAndDates() {
        #expect(Format.moneyText(Money(raw: 124_050_000_000)) == "$1,240.50")
        #expect(Format.moneyText(Money(raw: -320_000_000), signed: true) == "−$3.20")
        #expect(Format.moneyText(Money(raw: .min)) == "−$92,233,720,368.55")
        #expect(Format.exact(Price(raw: 6_425_050_000_000)) == "64,250.5")
        #expect(Format.exact(Quantity(raw: -1)) == "−0.00000001")
        #expect(Format.exact(Price(raw: .min)) == "−92,233,720,368.54775808")
        #expect(Format.count(18_204) == "18,204" && Format.count(.min).hasPrefix("−9,223"))
        #expect(Format.count(1, "trade") == "1\u{A0}trade" && Format.count(2, "entry", "entries") == "2\u{A0}entries")
        let instant = Instant(milliseconds: 1_755_698_700_000)
        #expect(Format.time(instant).markup == "<time datetime=\"2025-08-20T14:05:00Z\">20 Aug 2025\u{A0}14:05\u{A0}UTC</time>")
        #expect(Format.timeText(Instant(milliseconds: -1), seconds: true) == "31 Dec 1969\u{A0}23:59:59\u{A0}UTC")
        #expect(Format.age(Instant(milliseconds: .min), now: Instant(milliseconds: .max)).markup.contains("<time"))
    }

    @Test func hashesAreCopiedWhole() {
        let digest = Digest.of("x")
        #expect(Format.hash(digest).markup.contains(">\(digest.hex)</code>"))
    }
}

extension String {
    /// Spaces as our formatter writes them: no-break before a unit, plain between two parts of a duration.
    fileprivate var replacingSpaces: String {
        var out = ""
        var isAfterDigit = false
        for character in self {
            out.append(character == " " && isAfterDigit ? "\u{A0}" : character)
            isAfterDigit = character.isNumber
        }
        return out
    }
}
