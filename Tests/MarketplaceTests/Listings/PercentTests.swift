import Testing
@testable import Marketplace

@Suite struct PercentTests {
    @Test(arguments: [(0.0, "0.0 %"), (-0.0001, "0.0 %"), (0.12, "+12.0 %"), (-1.0, "−100.0 %"), (.nan, "–"), (.infinity, "–"), (1e300, "–")])
    func percentages(value: Double, text: String) { #expect(Percent.signed(value) == text) }
}
