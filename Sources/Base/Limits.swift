/// Every limit on what people and machines may send us, in one place, units last in the name.
public enum Limits {
    // What a request may carry.
    public static let pathBytesMax = 1_024
    public static let queryBytesMax = 4_096
    public static let headerBytesMax = 16_384
    public static let bodyBytesMax = 1_048_576
    public static let formFieldsMax = 200

    // What a skill may be.
    public static let instructionsBytesMax = 64_000
    public static let frontMatterBytesMax = 16_000
    public static let helperSourceBytesMax = 128_000
    public static let summaryCharactersMax = 200
    public static let nameCharactersMax = 80
    public static let universeInstrumentsMax = 32
    public static let parametersMax = 32

    // What a run may take.
    public static let runSpanDaysMax = 1_100
    public static let helperSecondsMax = 300
    public static let helperMemoryBytesMax = 512 * 1_048_576
    public static let helperLogBytesMax = 65_536
    public static let signalReasonCharactersMax = 200

    // People.
    public static let passwordCharactersMin = 10
    public static let passwordBytesMax = 1_024
    public static let passwordHashesAtOnceMax = 2
    public static let sessionDaysMax = 30
    public static let sessionIdleDaysMax = 14
    /// How long a proof of identity opens sensitive acts.
    public static let proofSecondsMax = 300
    /// Wrong passwords for one account, from browsers that never logged in to it.
    public static let logInTriesPerAccountHourMax = 20
    /// Wrong passwords from one browser that logged in before.
    public static let logInTriesPerDeviceHourMax = 20
    /// Wrong passwords from one network, whatever the accounts.
    public static let logInTriesPerNetworkHourMax = 100
    /// Accounts made from one network.
    public static let signUpsPerNetworkHourMax = 60
    /// How long a log-in waits for its second factor.
    public static let pendingLogInSecondsMax = 600
    /// How long a browser counts as known after its last log-in, and how many of a member's do.
    public static let knownDeviceDaysMax = 365
    public static let knownDevicesMax = 20

    // The API. Requests are counted in fixed minutes, over all processes.
    public static let tokenRequestsPerMinuteMax = 600
    public static let accountRequestsPerMinuteMax = 1_200
    public static let networkRequestsPerMinuteMax = 3_000
    public static let idempotencyKeyCharactersMax = 255
    /// Tokens of one member in one tenant that are neither expired nor revoked.
    public static let liveTokensMax = 50
    public static let tokenNameCharactersMax = 80

    // Lists.
    public static let pageItemsDefault = 30
    public static let pageItemsMax = 100
}
