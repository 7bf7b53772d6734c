internal import Synchronization

/// Counters of one process, as Prometheus text (exposition format 0.0.4).
///
/// Each process counts for itself and carries its label: nginx offers `/metrics/1`, `/metrics/2` … on its internal
/// port, one per worker, and the scraper adds them up.
public final class Metrics: Sendable {
    /// Upper bounds of the latency histogram, seconds.
    static let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

    private struct Series {
        var buckets = [UInt64](repeating: 0, count: Metrics.bounds.count)
        var count: UInt64 = 0
        var seconds = 0.0
    }

    private struct State {
        var requests: [String: [Int: UInt64]] = [:]
        var latency: [String: Series] = [:]
        var inFlight = 0
        var streams = 0
    }

    private let process: String
    private let state = Mutex(State())

    public init(process: String) { self.process = process }

    func began() { state.withLock { $0.inFlight += 1 } }

    /// One answered request. `route` is the pattern, never the path: paths are unbounded.
    func finished(route: String, status: Int, seconds: Double) {
        state.withLock { state in
            state.inFlight -= 1
            state.requests[route, default: [:]][status, default: 0] += 1
            var series = state.latency[route] ?? Series()
            for (index, bound) in Metrics.bounds.enumerated() where seconds <= bound { series.buckets[index] += 1 }
            series.count += 1
            series.seconds += seconds
            state.latency[route] = series
        }
    }

    func streams(changedBy change: Int) { state.withLock { $0.streams += change } }

    /// Everything so far.
    func text() -> String {
        let snapshot = state.withLock { $0 }
        let label = "process=\"\(Metrics.escape(process))\""
        var lines = ["# HELP tradecraft_http_requests_total Requests answered.", "# TYPE tradecraft_http_requests_total counter"]
        for route in snapshot.requests.keys.sorted() {
            for (status, count) in (snapshot.requests[route] ?? [:]).sorted(by: { $0.key < $1.key }) {
                lines.append("tradecraft_http_requests_total{\(label),route=\"\(Metrics.escape(route))\",status=\"\(status)\"} \(count)")
            }
        }
        lines += ["# HELP tradecraft_http_request_seconds Time from request read to answer made.",
                  "# TYPE tradecraft_http_request_seconds histogram"]
        for (route, series) in snapshot.latency.sorted(by: { $0.key < $1.key }) {
            let labels = "\(label),route=\"\(Metrics.escape(route))\""
            for (bound, count) in zip(Metrics.bounds, series.buckets) {
                lines.append("tradecraft_http_request_seconds_bucket{\(labels),le=\"\(bound)\"} \(count)")
            }
            lines.append("tradecraft_http_request_seconds_bucket{\(labels),le=\"+Inf\"} \(series.count)")
            lines.append("tradecraft_http_request_seconds_sum{\(labels)} \(series.seconds)")
            lines.append("tradecraft_http_request_seconds_count{\(labels)} \(series.count)")
        }
        lines += ["# HELP tradecraft_http_in_flight Requests being answered.", "# TYPE tradecraft_http_in_flight gauge",
                  "tradecraft_http_in_flight{\(label)} \(snapshot.inFlight)",
                  "# HELP tradecraft_http_streams Event streams open.", "# TYPE tradecraft_http_streams gauge",
                  "tradecraft_http_streams{\(label)} \(snapshot.streams)"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ")
    }
}
