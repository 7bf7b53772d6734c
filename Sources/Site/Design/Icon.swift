internal import HTTP

/// Line icons of one weight, drawn here, 16 × 16, always beside a word.
enum Icon {
    static let search = icon("<circle cx=\"7\" cy=\"7\" r=\"4.5\"/><path d=\"m10.5 10.5 3.5 3.5\"/>")
    static let fork = icon(
        """
        <circle cx="4" cy="3" r="1.5"/><circle cx="12" cy="3" r="1.5"/><circle cx="8" cy="13" r="1.5"/>\
        <path d="M4 4.5V6c0 1.7 1.3 2 4 2s4-.3 4-2V4.5M8 8v3.5"/>
        """)
    static let play = icon("<path d=\"M4.5 3v10l8-5z\"/>")
    static let warning = icon("<path d=\"M8 2 14.5 13.5h-13zM8 6.5v3.5M8 11.8v.2\"/>")
    static let error = icon("<circle cx=\"8\" cy=\"8\" r=\"6\"/><path d=\"m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4\"/>")
    static let tick = icon("<path d=\"m3 8.5 3.2 3.2L13 4.8\"/>")
    static let note = icon("<circle cx=\"8\" cy=\"8\" r=\"6\"/><path d=\"M8 7.5V11M8 5v.2\"/>")
    static let left = icon("<path d=\"M9.5 3.5 5 8l4.5 4.5\"/>")
    static let right = icon("<path d=\"M6.5 3.5 11 8l-4.5 4.5\"/>")
    static let download = icon("<path d=\"M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M3 13.5h10\"/>")
    static let synthetic = icon("<path d=\"M1.5 8c1.6-6 3.2-6 4.8 0s3.2 6 4.8 0 2.2-4 3.4-3\"/>")

    private static func icon(_ shape: HTML) -> HTML {
        "<svg class=\"icon\" viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\">\(shape)</svg>"
    }
}
