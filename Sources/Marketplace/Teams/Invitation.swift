public import Base

/// Somebody is asked by mail to join a team.
public enum Invitation {
    /// How long its link opens.
    public static let daysMax = 7
    /// Open ones a team has at once.
    public static let openMax = 50
    /// Mails that invite, for one team or from one member, within 24 hours: a team is no way to write to strangers.
    public static let mailsPerDayMax = 50

    public static func end(from now: Instant) -> Instant { now.advanced(byMilliseconds: Int64(daysMax) * Instant.millisecondsPerDay) }
}
