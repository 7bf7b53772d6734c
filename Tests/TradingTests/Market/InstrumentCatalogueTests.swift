import Base
import Testing
import Trading

@Suite struct InstrumentCatalogueTests {
    @Test(arguments: [
        ("BTC", "0.1", "0.00001", 40, 12_500), ("ETH", "0.01", "0.0001", 25, 20_000), ("BNB", "0.01", "0.001", 10, 50_000),
        ("SOL", "0.01", "0.01", 20, 25_000), ("XRP", "0.0001", "1", 20, 25_000), ("SIM-DELTA", "0.0001", "1", 20, 25_000),
        ("PEPE", "0.00000001", "0.00001", 3, 166_667),
    ])
    func figures(name: String, tick: String, lot: String, leverage: Int, maintenance: Int64) throws {
        let instrument = try #require(InstrumentCatalogue.instrument(named: name))
        #expect(instrument.name == name && instrument.tickSize.description == tick && instrument.lotSize.description == lot)
        #expect(instrument.leverageMax == leverage && instrument.maintenanceMarginPPM == maintenance)
        #expect(instrument.takerFeePPM == 450 && instrument.makerFeePPM == 150 && instrument.orderValueMin == .whole(10))
    }

    @Test func namesAreCheckedAndUnique() {
        for name in ["", "btc", "BTC/USD", "1INCH", "A-VERY-LONG-NAME-THAT-IS", "BTC "] {
            #expect(InstrumentCatalogue.instrument(named: name) == nil, "\(name)")
        }
        #expect(Set(InstrumentCatalogue.known.map(\.name)).count == InstrumentCatalogue.known.count)
        for name in SyntheticMarket.names { #expect(InstrumentCatalogue.known.contains { $0.name == name && $0.isSynthetic }) }
    }
}
