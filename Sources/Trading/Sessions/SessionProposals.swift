internal import Base

/// From a proposal to orders: what is closed, what is opened, and what the risk engine says to each.
///
/// Long or short opens `size × max_position_usd` at the last close; on the same side as a position it adds, on the
/// other it closes first and opens then. `exit` closes all of it. Orders made earlier count as if they had filled.
extension Session {
    /// Judges one proposal and makes its orders. Only wrong numbers of our own throw; the author's are denied.
    mutating func judge(_ signal: Signal, proposal: Int, into effects: inout [SessionEffect]) throws(ArithmeticError) {
        if let denial = refusal(of: signal) {
            let action: Judgement.Action = signal.side == .exit ? .close : .open
            effects.append(.judged(Judgement(proposal: proposal, action: action, verdict: .denied(denial), order: nil)))
            return
        }
        let held = try projected(signal.instrument)
        if signal.side == .exit {
            guard !held.isZero else {
                effects.append(.judged(Judgement(
                    proposal: proposal, action: .close, verdict: .denied(.nothingToClose), order: nil)))
                return
            }
            try close(held, signal, proposal: proposal, purpose: .exit, into: &effects)
            return
        }
        if !held.isZero, held.isPositive != (signal.side == .long) {
            try close(held, signal, proposal: proposal, purpose: .reversal, into: &effects)
        }
        try open(signal, proposal: proposal, into: &effects)
    }

    /// What forbids the proposal before any cap is looked at.
    private func refusal(of signal: Signal) -> Denial? {
        if mode == .killed { return .killed }
        guard instruments.indices.contains(signal.instrument) else { return .notInUniverse(index: signal.instrument) }
        guard marks[signal.instrument].isPositive else { return .noMark }
        guard markTimes[signal.instrument] == time else { return .staleMark(lastAt: markTimes[signal.instrument]) }
        return RiskEngine.malformation(of: signal, mark: marks[signal.instrument])
    }

    /// Closes what is held (or about to be). No cap is asked.
    private mutating func close(
        _ held: Quantity, _ signal: Signal, proposal: Int, purpose: OrderPurpose, into effects: inout [SessionEffect]
    ) throws(ArithmeticError) {
        let order = submit(
            signal.instrument, try held.negated(), .market, reduceOnly: true, purpose: purpose, into: &effects)
        effects.append(.judged(Judgement(proposal: proposal, action: .close, verdict: .allowed, order: order)))
    }

    private mutating func open(
        _ signal: Signal, proposal: Int, into effects: inout [SessionEffect]
    ) throws(ArithmeticError) {
        let opening = opening(of: signal)
        switch opening {
        case .denied(let denial):
            effects.append(.judged(Judgement(proposal: proposal, action: .open, verdict: .denied(denial), order: nil)))
        case .order(let quantity):
            // `malformation` has seen both prices: a nil here was a nil there.
            let order = submit(
                signal.instrument, quantity, .market, reduceOnly: false, purpose: .entry,
                stop: signal.stop.flatMap { Price(approximating: $0) },
                target: signal.target.flatMap { Price(approximating: $0) }, into: &effects)
            effects.append(.judged(Judgement(proposal: proposal, action: .open, verdict: .allowed, order: order)))
        }
    }

    private enum Opening {
        case order(Quantity)
        case denied(Denial)
    }

    private func opening(of signal: Signal) -> Opening {
        if let halt { return .denied(.halted(halt.kind)) }
        switch mode {
        case .running: break
        case .paused: return .denied(.paused)
        case .stopped: return .denied(.stopped)
        case .killed: return .denied(.killed)
        }
        let instrument = instruments[signal.instrument]
        do throws(ArithmeticError) {
            let quantity = try RiskEngine.quantity(
                size: signal.size, isLong: signal.side == .long, mark: marks[signal.instrument], caps: caps,
                lot: instrument.lotSize)
            guard !quantity.isZero else { return .denied(.belowLot(lot: instrument.lotSize)) }
            let request = try request(signal.instrument, quantity)
            switch RiskEngine.judge(request, caps: caps) {
            case .allowed: return .order(quantity)
            case .denied(let denial): return .denied(denial)
            }
        } catch {
            return .denied(.outOfRange)
        }
    }

    /// The facts of an opening order, working orders counted as if they had filled.
    private func request(_ instrument: Int, _ quantity: Quantity) throws(ArithmeticError) -> RiskRequest {
        var otherGross = Money.zero
        var otherOpen = 0
        for other in instruments.indices where other != instrument {
            // A close that is out counts as done, so that a rotation can close one and open another at one tick.
            let held = try projected(other)
            guard !held.isZero else { continue }
            otherOpen += 1
            otherGross = try otherGross.adding(marks[other].times(held.magnitude(), .up))
        }
        return RiskRequest(
            quantity: quantity, mark: marks[instrument], projected: try projected(instrument), otherGross: otherGross,
            otherOpen: otherOpen, equity: equity, ordersLastHour: rate.count(at: time))
    }
}
