public import Base

/// What one calendar month (UTC) returned.
public struct MonthlyReturn: Sendable, Hashable {
    /// As in the calendar, e.g. 2025.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// A fraction; of the part of the month that was lived through.
    public let value: Double

    /// The months of a daily equity curve in order of time: `daily[0]` is the start, `daily[i]` the close of the i-th
    /// UTC day counted from `firstDay`. The month of ruin has −1 and is the last.
    public static func table(daily: [Double], firstDay: CalendarDate) -> [MonthlyReturn] {
        var months: [MonthlyReturn] = []
        var opening = daily.first ?? 0
        for index in 1..<max(daily.count, 1) {
            let day = CalendarDate(daysSinceEpoch: firstDay.daysSinceEpoch + Int64(index - 1))
            // A comparison with NaN is false: a figure that is none ends the table like ruin does.
            guard opening > 0, opening.isFinite, daily[index] > 0, daily[index].isFinite else {
                if opening > 0, daily[index] <= 0 {
                    months.append(MonthlyReturn(year: day.year, month: day.month, value: -1))
                }
                break
            }
            let isLast = index == daily.count - 1 || day.day == CalendarDate.days(inMonth: day.month, year: day.year)
            guard isLast else { continue }
            months.append(MonthlyReturn(year: day.year, month: day.month, value: daily[index] / opening - 1))
            opening = daily[index]
        }
        return months
    }
}
