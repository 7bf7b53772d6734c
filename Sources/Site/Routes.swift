extension Site {
    /// Every feature's routes: one line each.
    public static let features: [[Route]] = [
        HealthRoutes.routes,
        AccountRoutes.routes,
        RecoveryRoutes.routes,
        EmailChangeRoutes.routes,
        RunRoutes.routes,
        StudioRoutes.routes,
        EditorRoutes.routes,
        DocsRoutes.routes,
        FrontRoutes.routes,
        BrowseRoutes.routes,
        AuthorRoutes.routes,
        ListingRoutes.routes,
        SkillsAPI.routes,
        VersionsAPI.routes,
        AuthorsAPI.routes,
        CandlesAPI.routes,
        RunsAPI.routes,
        RunEventsAPI.routes,
        StudioSkillsAPI.routes,
        ForksAPI.routes,
        DescriptionRoutes.routes,
        PrivacyRoutes.routes,
        AdminRoutes.routes,
    ]
}
