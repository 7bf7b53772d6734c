public import HTTP
public import Marketplace
public import Storage

// What the domain refuses, as the outside sees it: one place, so that pages and API say the same.

extension Authoring.Refusal: PublicRefusal {
    public var problem: Problem {
        switch self {
        case .slugTaken, .addressTaken: Problem(status: 409, detail: sentence, errors: [.init("slug", sentence)])
        case .unchanged: .conflict(sentence)
        case .noCandles: .invalid([.init("universe", sentence)])
        case .closedLicence: .forbidden(sentence)
        }
    }
}

extension Forking.Refusal: PublicRefusal {
    public var problem: Problem {
        switch self {
        case .notFound: Problem(status: 404, detail: sentence)
        case .closedLicence: .forbidden(sentence)
        case .slugNotValid, .noSlugLeft: .invalid([.init("new_slug", sentence)])
        }
    }
}

extension BacktestRequest.Refusal: PublicRefusal {
    public var problem: Problem {
        guard let field else { return Problem(status: 429, detail: sentence, retryAfterSeconds: 30) }
        return .invalid([.init(field, sentence)])
    }
}

extension SkillProblems: PublicRefusal {
    /// One entry per problem; the field is the manifest's, or the file where the whole of it is meant.
    public var problem: Problem {
        .invalid(problems.map { .init($0.field.isEmpty ? $0.file : $0.field, $0.description) })
    }
}
