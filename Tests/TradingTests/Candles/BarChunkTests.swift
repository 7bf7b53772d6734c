import Base
import Testing
import Trading

@Suite struct BarChunkTests {
    /// A seeded series with gaps, over two months.
    static func series(seed: UInt64, bars: Int, tick: Int64 = 1_000_000, oddVolumes: Bool = false) -> BarSeries {
        var random = SeededRandom(seed: seed)
        var series = BarSeries(instrument: "ETH", timeframe: .fiveMinutes)
        var time: Int64 = 1_756_000_000_000 / 300_000 * 300_000
        var close: Int64 = 400_000
        for _ in 0..<bars {
            let open = max(close + Int64(random.next() % 21) - 10, 100)
            close = max(open + Int64(random.next() % 401) - 200, 100)
            let high = max(open, close) + Int64(random.next() % 50)
            let low = max(min(open, close) - Int64(random.next() % 50), 1)
            let volume = Double(random.next() % 10_000_000) / 1_000
            series.append(Bar(
                openTime: time, open: Price(raw: open * tick), high: Price(raw: high * tick), low: Price(raw: low * tick),
                close: Price(raw: close * tick), volume: oddVolumes ? volume / 3 : volume))
            time += 300_000 * (random.next() % 50 == 0 ? Int64(random.next() % 30) + 1 : 1)
        }
        return series
    }

    @Test(arguments: [1, 7, 1_000_000] as [Int64], [false, true])
    func whatWasEncodedComesBack(tick: Int64, oddVolumes: Bool) throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let series = Self.series(seed: seed, bars: 1 + Int(seed) * 200, tick: tick, oddVolumes: oddVolumes)
            let chunks = BarChunk.split(series)
            #expect(try BarChunk.join(chunks) == series, "seed \(seed)")
            for chunk in chunks {
                let bytes = chunk.encode()
                let back = try BarChunk.decode(bytes, expecting: chunk.hash)
                #expect(back == chunk, "seed \(seed)")
                #expect(back.encode() == bytes)
            }
        }
    }

    @Test func chunksEndWithTheMonth() throws {
        let chunks = BarChunk.split(Self.series(seed: 5, bars: 4_000))
        #expect(chunks.map { $0.month.description } == ["2025-08-01", "2025-09-01"])
        for chunk in chunks {
            for time in chunk.series.openTime {
                #expect(Instant(milliseconds: time).description.prefix(7) == chunk.month.description.prefix(7))
            }
        }
        #expect(BarChunk.split(BarSeries(instrument: "ETH", timeframe: .oneDay)).isEmpty)
        #expect(throws: BarChunkError.self) { try BarChunk.join(chunks.reversed()) }
    }

    @Test func theHashNamesTheContent() throws {
        let series = Self.series(seed: 9, bars: 50)
        let chunk = try #require(BarChunk.split(series).first)
        // Changes only when the canonical form does, and then every stored dataset changes its name.
        #expect(chunk.hash.hex == "0d6ee3c5ef8bf23eb9fdef413c611fe1880698e539dcb8873b6dc5fa5a2b2e6f")
        var changed = BarSeries(instrument: "ETH", timeframe: .fiveMinutes)
        for index in 0..<series.count {
            let bar = series[index]
            changed.append(Bar(
                openTime: bar.openTime, open: bar.open, high: bar.high, low: bar.low, close: bar.close,
                volume: index == 30 ? bar.volume.nextUp : bar.volume))
        }
        #expect(BarChunk.split(changed).first?.hash != chunk.hash)
        #expect(throws: BarChunkError.self) { try BarChunk.decode(chunk.encode(), expecting: Digest.of("another")) }
    }

    @Test func hostileBytesNeverTrap() throws {
        let seed: UInt64 = 77
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let good = try #require(BarChunk.split(Self.series(seed: 3, bars: 60)).first).encode()
        var refused = 0
        for round in 0..<6_000 {
            var bytes = good
            switch round % 4 {
            case 0: bytes.removeLast(Int(random.next() % UInt64(bytes.count)) + 1)
            case 1: bytes = (0..<Int(random.next() % 300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            case 2: bytes.append(UInt8(truncatingIfNeeded: random.next()))
            default:
                for _ in 0...Int(random.next() % 4) {
                    bytes[Int(random.next() % UInt64(bytes.count))] = random.next() % 2 == 0 ? 0xff : UInt8(truncatingIfNeeded: random.next())
                }
            }
            do throws(BarChunkError) {
                let chunk = try BarChunk.decode(bytes)
                #expect(round % 4 == 3, "only a changed byte may still be a chunk")
                _ = chunk.hash
            } catch {
                refused += 1
            }
        }
        #expect(refused > 4_500)
    }

    @Test func aLieAboutTheCountReservesNothing() throws {
        var bytes = Array("TCB1".utf8) + [3] + Array("ETH".utf8) + [5]
        bytes += [0xe9, 0x0f, 9, 0xc0, 0x43]
        #expect(throws: BarChunkError.self) { try BarChunk.decode(bytes) }
    }
}

@Suite struct DatasetHashTests {
    @Test func onlyTheBarsOfTheSpanCount() throws {
        let eth = BarChunkTests.series(seed: 1, bars: 3_000)
        let from = try #require(Instant("2025-08-25T00:00:00Z")), to = try #require(Instant("2025-09-02T00:00:00Z"))
        let hash = DatasetHash.of(series: [eth], from: from, to: to)
        #expect(hash == DatasetHash.of(series: [eth.clipped(from: from, to: to)], from: from, to: to))
        #expect(hash != DatasetHash.of(series: [eth], from: from, to: to.advanced(byMilliseconds: 86_400_000)))
        #expect(hash != DatasetHash.of(series: [eth, eth], from: from, to: to))
        // The definition, spelled out once with the public parts.
        let chunks = BarChunk.split(eth.clipped(from: from, to: to)).map { JSON.string($0.hash.hex) }
        #expect(chunks.count == 2)
        let spelled: JSON = [
            "timeframe": "5m", "from": "2025-08-25T00:00:00Z", "to": "2025-09-02T00:00:00Z",
            "instruments": [["name": "ETH", "chunks": .array(chunks)]],
        ]
        #expect(hash == Digest.of(spelled))
    }

    @Test func noBarsHaveAHashToo() {
        let empty = BarSeries(instrument: "ETH", timeframe: .fiveMinutes)
        let span = (Instant(milliseconds: 0), Instant(milliseconds: 1))
        #expect(DatasetHash.of(series: [empty], from: span.0, to: span.1) != DatasetHash.of(series: [], from: span.0, to: span.1))
    }
}
