# Dates and times, in letters of every kind.

month =
    { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    }
day = { $day } { $month } { $year }
moment = { $day } { $month } { $year }, { $time } { $zone }
