# Dyddiadau ac amserau, mewn llythyrau o bob math.

month =
    { $month ->
        [1] Ionawr
        [2] Chwefror
        [3] Mawrth
        [4] Ebrill
        [5] Mai
        [6] Mehefin
        [7] Gorffennaf
        [8] Awst
        [9] Medi
        [10] Hydref
        [11] Tachwedd
       *[12] Rhagfyr
    }
day = { $day } { $month } { $year }
moment = { $day } { $month } { $year }, { $time } { $zone }
