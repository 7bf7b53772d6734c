import Base
import Testing
@testable import Marketplace

@Suite struct StandardEvaluationTests {
    @Test func theStandardSpanIsWholeDaysAtTheEnd() throws {
        func at(_ text: String) throws -> Instant { try #require(Instant(text)) }
        let recipe = StandardEvaluation.standard1
        let long = try recipe.span(of: at("2020-01-01T00:05:00Z")..<at("2025-08-20T13:00:00Z"))
        #expect(long == (try at("2024-08-20T00:00:00Z")..<at("2025-08-20T00:00:00Z")))
        let young = try recipe.span(of: at("2025-08-01T00:05:00Z")..<at("2025-08-20T00:00:00Z"))
        #expect(young == (try at("2025-08-02T00:00:00Z")..<at("2025-08-20T00:00:00Z")))
        #expect(try recipe.span(of: at("2025-08-14T00:05:00Z")..<at("2025-08-20T23:00:00Z")) == nil)
        #expect(StandardEvaluation.named("standard/1") == recipe && StandardEvaluation.named("standard/9") == nil)
    }
}
