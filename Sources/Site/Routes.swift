extension Site {
    /// Every feature's routes: one line each.
    public static let features: [[Route]] = [
        HealthRoutes.routes,
        AccountRoutes.routes,
    ]
}
