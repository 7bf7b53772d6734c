// swift-tools-version:6.2
import PackageDescription

/// One list of settings for every target: the strictest compiler is the cheapest reviewer.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // Every use of a pointer must say `unsafe`; HouseRulesTests allows that word only where C is wrapped.
    .strictMemorySafety(),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// A target of ours with exactly the imports the law gives it (docs/architecture.md).
func ours(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one target. `TestSupport` is theirs alone.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "Tradecraft",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // Layer C: module maps, no code of ours beyond static inlines.
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CFastCGI", pkgConfig: "fcgi", providers: [.apt(["libfcgi-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CQrencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CJavaScriptCore", pkgConfig: "javascriptcoregtk-4.1",
                       providers: [.apt(["libjavascriptcoregtk-4.1-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CLinux"),

        // Layer 0
        ours("Base", [crypto]),
        // Layer 1
        ours("Trading", ["Base"]),
        ours("Agent", ["Base", "Trading"]),
        ours("Marketplace", ["Base", "Trading", yams]),
        ours("HTTP", ["Base"]),
        ours("Postgres", ["Base", "CPostgres"]),
        ours("Security", ["Base", "CArgon2", "CQrencode", crypto]),
        // Layer 2
        ours("FastCGI", ["Base", "HTTP", "CFastCGI", "CLinux"]),
        ours("Jobs", ["Base", "Postgres"]),
        ours("Gateways", ["Base", "Trading", "Agent", "Marketplace", "CCurl", "CLinux"]),
        // Layer 3
        ours("Storage", ["Base", "Trading", "Agent", "Marketplace", "Postgres", "Jobs"]),
        // Layer 4
        ours("Site", ["Base", "Marketplace", "Trading", "Agent", "HTTP", "Security", "Postgres", "Jobs", "Storage"]),
        ours("Engine", ["Base", "Trading", "Agent", "Marketplace", "Security", "Postgres", "Jobs", "Storage", "Gateways"]),
        // Layer 5
        .executableTarget(
            name: "tradecraft",
            dependencies: ["Base", "Trading", "Agent", "Marketplace", "HTTP", "FastCGI", "Postgres", "Jobs", "Storage",
                           "Security", "Gateways", "Site", "Engine", "CLinux", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "tradecraft-sandbox", dependencies: ["Base", "Trading", "CJavaScriptCore", "CSeccomp", "CLinux"],
            swiftSettings: strict),

        // What tests share: databases cloned from a template, two tenants, seeds, deadlines.
        .target(name: "TestSupport", dependencies: ["Base", "Postgres"], path: "Tests/TestSupport", swiftSettings: strict),
        // An engine of test jobs, which tests start as processes and kill.
        .executableTarget(
            name: "job-probe", dependencies: ["Base", "Postgres", "Jobs"], path: "Tests/JobProbe", swiftSettings: strict),
        // Answers questions about the security code, which tests in Python ask beside other implementations.
        .executableTarget(
            name: "identity-probe", dependencies: ["Base", "Security"], path: "Tests/IdentityProbe", swiftSettings: strict),
        tests("BaseTests", ["Base"]),
        tests("TradingTests", ["Base", "Trading"]),
        tests("AgentTests", ["Base", "Trading", "Agent"]),
        tests("MarketplaceTests", ["Base", "Trading", "Marketplace"]),
        tests("HTTPTests", ["Base", "HTTP"]),
        tests("PostgresTests", ["Base", "Postgres"]),
        tests("SecurityTests", ["Base", "Security", "CArgon2", crypto, "identity-probe"], resources: [.copy("Resources")]),
        tests("JobsTests", ["Base", "Postgres", "Jobs", "job-probe"]),
        tests("GatewaysTests", ["Base", "Trading", "Agent", "Marketplace", "Gateways"]),
        tests("StorageTests", ["Base", "Trading", "Agent", "Marketplace", "Postgres", "Jobs", "Storage"]),
        tests("SiteTests", ["Base", "Trading", "Agent", "Marketplace", "HTTP", "Security", "Postgres", "Jobs", "Storage", "Site", crypto]),
        tests("EngineTests", ["Base", "Trading", "Agent", "Marketplace", "Security", "Postgres", "Jobs", "Storage", "Gateways", "Engine"]),
        tests("HouseRulesTests", ["Base"]),
    ],
    swiftLanguageModes: [.v6]
)
