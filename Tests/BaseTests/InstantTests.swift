import Base
import Testing

@Suite struct InstantTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2025-08-20T00:05:00Z", 1_755_648_300_000), ("2000-02-29T23:59:59.999Z", 951_868_799_999),
        ("2025-08-20T02:05:00+02:00", 1_755_648_300_000), ("1969-12-31T23:59:59.5Z", -500),
    ])
    func rfc3339(text: String, milliseconds: Int64) {
        #expect(Instant(text)?.milliseconds == milliseconds)
        #expect(Instant(Instant(milliseconds: milliseconds).description)?.milliseconds == milliseconds)
    }

    @Test(arguments: ["2025-02-29T00:00:00Z", "2025-08-20", "2025-08-20T24:00:00Z", "2025-08-20T00:00:00", "2025-08-20T00:00:00.Z", "x"])
    func notAnInstant(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func everyDayOfFourCenturiesRoundTrips() {
        var date = CalendarDate(year: 1899, month: 12, day: 31)
        for days in Int64(-25_567)..<120_531 {
            let next = CalendarDate(daysSinceEpoch: days)
            #expect(next.daysSinceEpoch == days)
            if let previous = date { #expect(previous < next) }
            date = next
        }
    }

    @Test func extremeInstantsDoNotTrap() {
        #expect(!Instant(milliseconds: .max).description.isEmpty)
        #expect(!Instant(milliseconds: .min).description.isEmpty)
        #expect(Instant(milliseconds: .max).advanced(byMilliseconds: 5) == Instant(milliseconds: .max))
    }
}
