public import Base

/// The letters that hold a link, and those sent in place of one. Addresses are whole: `https://…/link/verify?token=…`.
public enum MailLetters {
    /// After sign-up, and when a member asks for it again.
    public static func verifyAddress(_ to: EmailAddress, handle: String, link: String, end: Instant) -> MailMessage {
        letter(to, "Confirm your address for @\(handle)", """
            Somebody, we hope you, made the account @\(handle) with this address.

            To confirm that the address is yours, open this page and press the button:

            \(link)

            The link works once, until \(time(end)).

            If it was not you, do nothing: without your confirmation nobody can
            publish from that account.
            """)
    }

    /// Somebody signed up with an address that has a verified account. No link to verify: there is nothing to verify.
    public static func addressHasAccount(_ to: EmailAddress, handle: String, site: String) -> MailMessage {
        letter(to, "You already have an account: @\(handle)", """
            Somebody, perhaps you, just signed up with this address. It already belongs
            to your account @\(handle), so the new account cannot use it.

            To log in: \(site)/login
            If you forgot your password: \(site)/recover

            If it was not you, do nothing. Your account is unchanged.
            """)
    }

    /// A link that sets a new password.
    public static func resetPassword(_ to: EmailAddress, handle: String, link: String, end: Instant) -> MailMessage {
        letter(to, "Set a new password for @\(handle)", """
            Somebody, we hope you, asked for a new password for the account @\(handle).

            To choose one, open this page:

            \(link)

            The link works once, until \(time(end)). A newer mail like this one
            replaces it. Your second factor, if you have one, stays as it is.

            If it was not you, do nothing: your password stays the same.
            """)
    }

    /// To the address that the account has, when its member asks for another.
    public static func changeAddressOld(
        _ to: EmailAddress, handle: String, new: EmailAddress, confirm: String, cancel: String, end: Instant
    ) -> MailMessage {
        letter(to, "Change the address of @\(handle)?", """
            A change of address was asked for on your account @\(handle):

              from \(to)
              to   \(new)

            If you asked for it, open this page and confirm. The new address must
            confirm too.

            \(confirm)

            If you did not ask for it, cancel it here, then change your password:

            \(cancel)

            Both links work until \(time(end)). Until both addresses have confirmed,
            nothing changes.
            """)
    }

    /// To the address that the account is to have. `old` is nil when the old address was never confirmed.
    public static func changeAddressNew(
        _ to: EmailAddress, handle: String, confirm: String, oldMustConfirm: Bool, end: Instant
    ) -> MailMessage {
        let other = oldMustConfirm ? " The old address must confirm too." : ""
        return letter(to, "Confirm this address for @\(handle)", """
            The account @\(handle) asks to use this address from now on.

            If that is your account, open this page and press the button.\(other)

            \(confirm)

            The link works once, until \(time(end)).

            If it is not your account, do nothing: the address will not be used.
            """)
    }

    /// To a new address that has a verified account already.
    public static func changeAddressTaken(_ to: EmailAddress, handle: String, asking: String, site: String) -> MailMessage {
        letter(to, "This address already belongs to @\(handle)", """
            The account @\(asking) asked to use this address. It already belongs to your
            account @\(handle), so it cannot.

            To use it for @\(asking), first give @\(handle) another address or delete it:

            \(site)/account

            If it was not you who asked, do nothing. Your account is unchanged.
            """)
    }

    /// To somebody who is asked to join a team. `inviter` and `team` are handles, `role` one of our words.
    public static func invitation(
        _ to: EmailAddress, team: String, inviter: String, role: Role, link: String, end: Instant
    ) -> MailMessage {
        letter(to, "@\(inviter) invites you to join @\(team)", """
            @\(inviter) invites you to join the team @\(team) as \(role.withArticle).

            To accept or decline, open this page:

            \(link)

            The link works until \(time(end)). You need an account with this address;
            you can make one on the way.

            If you do not know @\(inviter), do nothing.
            """)
    }

    /// `2026-11-22 21:05 UTC`
    static func time(_ instant: Instant) -> String {
        let text = instant.description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }

    static func letter(_ to: EmailAddress, _ subject: String, _ text: String) -> MailMessage {
        MailMessage(to: to, subject: subject, text: text + "\n\n-- \nTradecraft. Nobody reads replies to this mail.\n")
    }
}

extension Role {
    fileprivate var withArticle: String {
        switch self {
        case .owner: "an owner"
        case .author: "an author"
        case .trader: "a trader"
        case .viewer: "a viewer"
        }
    }
}
