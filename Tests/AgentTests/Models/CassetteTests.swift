import Base
import Testing
@testable import Agent

@Suite struct CassetteTests {
    func request(_ text: String, seed: UInt64 = 1) -> ModelRequest {
        ModelRequest(model: "a/b", messages: [.system("s"), .user(text)], tools: [AgentTool.bars.definition], seed: seed, outputTokensMax: 10)
    }

    @Test func theHashCoversTheWholeRequest() {
        let base = request("x")
        #expect(base.hash == request("x").hash)
        let others = [
            request("y"), request("x", seed: .max),
            ModelRequest(model: "a/c", messages: base.messages, tools: base.tools, seed: 1, outputTokensMax: 10),
            ModelRequest(model: "a/b", messages: base.messages, tools: [], seed: 1, outputTokensMax: 10),
            ModelRequest(model: "a/b", messages: base.messages, tools: base.tools, seed: 1, outputTokensMax: 11),
            ModelRequest(model: "a/b", messages: base.messages + [.tool(call: "1", content: "")], tools: base.tools, seed: 1, outputTokensMax: 10),
        ]
        #expect(Set(others.map(\.hash) + [base.hash]).count == 7)
    }

    @Test func textBringsTheCassetteBack() throws {
        var cassette = Cassette()
        for index in 0..<50 {
            cassette.record(ModelAnswer(text: "é\n\(index)", calls: [.init(id: "1", name: "bars", arguments: "{\"")], inputTokens: index,
                                        outputTokens: 2, cost: Money(raw: 3)), to: request("\(index)").hash)
        }
        cassette.record(ModelAnswer(text: "later"), to: request("0").hash)
        #expect(cassette.answer(to: request("0").hash)?.text == "é\n0")
        #expect(try Cassette(parsing: cassette.text) == cassette)
        #expect(try Cassette(parsing: cassette.text).text == cassette.text)
    }

    @Test func damageIsNamed() throws {
        var cassette = Cassette()
        cassette.record(ModelAnswer(text: "a"), to: request("1").hash)
        let lines = cassette.text.split(separator: "\n").map(String.init)
        func line(_ text: String) -> Int? {
            do { _ = try Cassette(parsing: text) } catch { return error.line }
            return nil
        }
        #expect(line("") == 1 && line("x") == 1 && line(lines[1]) == 1)
        #expect(line([lines[0], "{}"].joined(separator: "\n")) == 2)
        #expect(line([lines[0], lines[1], lines[1]].joined(separator: "\n")) == 3)
        #expect(line([lines[0], lines[1].replacing("\"input_tokens\":0", with: "\"input_tokens\":-1")].joined(separator: "\n")) == 2)
    }

    @Test func aMissFailsClosed() {
        #expect { try RecordedProvider(Cassette()).answer(request("x")) } throws: { ($0 as? ModelProviderError)?.kind == .notRecorded }
    }
}
