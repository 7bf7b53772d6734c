internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage
internal import Trading

/// The editor of one skill: saving, testing and publishing.
enum EditorRoutes {
    static let routes: [Route] = [
        .member(.get, "/studio/skills/:slug", Requirement(.read), show),
        .member(.post, "/studio/skills/:slug", Requirement(.writeSkills), save),
        .member(.post, "/studio/skills/:slug/runs", Requirement(.runBacktests), backtest),
        .member(
            .post, "/studio/skills/:slug/publication", Requirement(.publishSkills, verified: true, factor: true, proof: true), publish),
    ]

    private static let versionsShown = 20
    private static let seedMax: Int64 = 999_999_999_999_999_999

    /// What a page of the editor shows besides what is stored.
    private struct Attempt {
        /// What was typed, nil for the newest version's files.
        var typed: TypedSkill?
        var errors: [FieldError] = []
        var publishErrors: [FieldError] = []
        var notice: EditorPages.Notice?
        /// The fields of the backtest form and what is wrong with them.
        var backtest: (form: Fields, errors: [FieldError])?
    }

    /// Shows the editor again instead of doing what was asked.
    private struct Refused: Error {
        let attempt: Attempt
        let status: Int
    }

    private static func show(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        try page(context, try skill(context, tx), Attempt(), status: 200, tx)
    }

    private static func save(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let form = try context.form()
        let typed = TypedSkill(form)
        return try attempt(context, tx) {
            let skill = try skill(context, tx)
            if let notice = overtaken(skill, form) { throw Refused(attempt: Attempt(typed: typed, notice: notice), status: 409) }
            let manifest: Manifest
            do {
                manifest = try Authoring.manifest(of: typed.files)
            } catch let error as SkillProblems {
                throw Refused(attempt: Attempt(typed: typed, errors: error.problems.map { FieldError($0) }), status: 422)
            }
            var ids = Authoring.Identifiers(now: context.now)
            do {
                _ = try Authoring.save(manifest, files: typed.files, as: skill, ids: &ids, in: tx)
                try context.audit(.skillSaved, of: .init("skill", skill.id.description), details: ["version": .int(skill.latestNumber + 1)], in: tx)
            } catch let refusal as Authoring.Refusal {
                if case .unchanged = refusal {
                    let notice = EditorPages.Notice(title: "Nothing to save", text: refusal.sentence, kind: .note)
                    throw Refused(attempt: Attempt(typed: typed, notice: notice), status: 200)
                }
                throw Refused(attempt: Attempt(typed: typed, errors: [FieldError(field: "manifest", message: refusal.sentence)]), status: 422)
            }
            return .redirect(to: Paths.editor(manifest.slug))
        }
    }

    private static func backtest(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let form = try context.form()
        return try attempt(context, tx) {
            let skill = try skill(context, tx)
            var errors: [FieldError] = []
            let from = CalendarDate(form.text("from"))
            let to = CalendarDate(form.text("to"))
            let seed = Int64(form.text("seed")).flatMap { (0...seedMax).contains($0) ? $0 : nil }
            if from == nil { errors.append(.init(field: "from", message: "Enter the first day, such as 2025-08-20.")) }
            if to == nil { errors.append(.init(field: "to", message: "Enter the day after the last one, such as 2025-09-19.")) }
            if seed == nil { errors.append(.init(field: "seed", message: "Enter a whole number of at most 18 digits.")) }
            guard errors.isEmpty, let from, let to, let seed else {
                throw Refused(attempt: Attempt(backtest: (form, errors)), status: 422)
            }
            var ids = Authoring.Identifiers(now: context.now)
            do {
                let run = try BacktestRequest.order(
                    skill: skill, number: skill.latestNumber, from: from, to: to, seed: seed, owner: context.tenant,
                    handle: context.handle, ids: &ids, in: tx)
                return .redirect(to: Paths.run(run))
            } catch let refusal as BacktestRequest.Refusal {
                let error = FieldError(field: field(of: refusal), message: refusal.sentence)
                throw Refused(attempt: Attempt(backtest: (form, [error])), status: 422)
            } catch let problems as SkillProblems {
                throw Refused(attempt: Attempt(errors: problems.problems.map { FieldError($0) }), status: 422)
            }
        }
    }

    private static func publish(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Response {
        let form = try context.form()
        return try attempt(context, tx) {
            let skill = try skill(context, tx)
            if let notice = overtaken(skill, form) { throw Refused(attempt: Attempt(notice: notice), status: 409) }
            guard let version = try VersionTable.find(skill.latestVersion, in: tx) else { throw Problem.notFound }
            let manifest: Manifest
            do {
                manifest = try Authoring.manifest(of: version.files)
            } catch let error as SkillProblems {
                throw Refused(attempt: Attempt(errors: error.problems.map { FieldError($0) }), status: 422)
            }
            guard form["confirmed"] == "yes", form["licence"] == manifest.licence.rawValue else {
                let error = FieldError(field: "confirmed", message: "Tick this to publish under the licence in the front matter.")
                throw Refused(attempt: Attempt(publishErrors: [error]), status: 422)
            }
            let subject = RunOrdering.Subject(
                owner: context.tenant, handle: context.handle, skill: skill.id, lineage: skill.lineage, version: version.id,
                number: version.number, manifest: manifest)
            if let other = try ListingTable.find(handle: context.handle, slug: manifest.slug, in: tx), other.publication.skill != skill.id {
                throw notPublished(.addressTaken(manifest.slug))
            }
            var ids = Authoring.Identifiers(now: context.now)
            do {
                _ = try Authoring.publish(
                    subject, files: version.files, source: skill.source, visibility: .public, coverage: try CandleCoverage(in: tx),
                    ids: &ids, in: tx)
                try context.audit(.skillPublished, of: .init("skill", skill.id.description), details: ["version": .int(version.number)], in: tx)
            } catch let refusal as Authoring.Refusal {
                // Any other is found out by a failed statement, after which the transaction can only end.
                guard case .noCandles = refusal else { throw refusal }
                throw notPublished(refusal)
            }
            return .redirect(to: Paths.listing(SkillName(handle: context.handle, slug: manifest.slug)))
        }
    }

    // MARK: What the handlers share

    private static func notPublished(_ refusal: Authoring.Refusal) -> Refused {
        let notice = EditorPages.Notice(title: "It was not published", text: refusal.sentence, kind: .error)
        return Refused(attempt: Attempt(notice: notice), status: 422)
    }

    /// The member's own skill. Another tenant's is as absent as one that never was.
    private static func skill(_ context: MemberContext, _ tx: borrowing Transaction) throws -> Storage.SkillTable.Row {
        guard let skill = try Storage.SkillTable.find(slug: try context.parameter("slug"), in: tx) else { throw Problem.notFound }
        return skill
    }

    /// Runs `body`; what it refuses is told in the editor, with everything typed kept. Refusals come before the first
    /// write, so there is nothing to undo.
    private static func attempt(
        _ context: MemberContext, _ tx: borrowing Transaction, _ body: () throws -> Response
    ) throws -> Response {
        do {
            return try body()
        } catch let refused as Refused {
            return try page(context, try skill(context, tx), refused.attempt, status: refused.status, tx)
        }
    }

    /// Set when a newer version was saved after the form was loaded.
    private static func overtaken(_ skill: Storage.SkillTable.Row, _ form: Fields) -> EditorPages.Notice? {
        guard form["revision"] != String(skill.latestNumber) else { return nil }
        return EditorPages.Notice(
            title: "Version \(skill.latestNumber) was saved in another tab",
            text: "Your text below is not saved yet. Compare it with that version; saving again makes yours the next one and keeps both.",
            kind: .warning, link: .init(path: Paths.editor(skill.slug), label: "Open version \(skill.latestNumber)"))
    }

    private static func field(of refusal: BacktestRequest.Refusal) -> String {
        refusal.field.map { ["from", "to"].contains($0) ? $0 : "dataset" } ?? "dataset"
    }

    private static func page(
        _ context: MemberContext, _ skill: Storage.SkillTable.Row, _ attempt: Attempt, status: Int, _ tx: borrowing Transaction
    ) throws -> Response {
        let versions = try VersionTable.list(skill: skill.id, limit: versionsShown, in: tx)
        guard let latest = versions.first else { throw Problem.notFound }
        let typed = attempt.typed ?? TypedSkill(latest.files)
        let saved = try? Authoring.manifest(of: latest.files)
        var form = BacktestForm(saved, coverage: try CandleCoverage(in: tx))
        if let backtest = attempt.backtest { form = form.typed(backtest.form, errors: backtest.errors) }
        let lastRun = try RunTable.list(skill: skill.id, limit: versionsShown, in: tx).first { $0.state == .completed }
        let whole = try lastRun.flatMap { try RunTable.find($0.order.id, in: tx) }
        let editor = EditorPages.Editor(
            name: SkillName(handle: context.handle, slug: skill.slug), title: skill.name,
            glyph: Glyph(lineage: skill.lineage, skill: skill.id), manifest: typed.manifest, entry: typed.entry, exit: typed.exit,
            errors: attempt.errors, savedAt: latest.createdAt, revision: String(skill.latestNumber),
            publishedVersion: skill.publishedNumber, hasChanges: skill.publishedNumber != skill.latestNumber,
            forkedFrom: skill.source.map { SkillName($0) }, isOpen: saved?.licence == .open, backtest: form,
            lastRun: whole.map { EditorPages.LastRun($0) }, publishErrors: attempt.publishErrors,
            token: context.frame.formTokens.token(), now: context.now, latestVersion: skill.latestNumber, notice: attempt.notice,
            versions: versions.map { .init(number: $0.number, hash: $0.hash, savedAt: $0.createdAt) },
            access: StudioAccess(context.who))
        return context.page(EditorPages.show(editor), status: status)
    }
}

extension EditorPages.LastRun {
    init(_ row: RunTable.Row) {
        let numbers = RunNumbers(row)
        self.init(id: row.order.id, from: row.order.from.date, to: row.order.to.date, change: numbers.totalReturn, curve: numbers.daily)
    }
}
