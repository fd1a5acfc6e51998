# Y llythyrau am yr hyn a ddaeth o adroddiadau ac apeliadau.

# Yr hyn a ddaeth o adroddiad, at y sawl a’i gwnaeth.
report-closed-subject = Yr hyn a ddaeth o’ch adroddiad: { $document }
report-closed-what = Ar { $reported } gwnaethoch adroddiad am sylw ar “{ $document }”.
report-closed-outcome =
    { $outcome ->
        [KEPT] Mae cymedrolwr wedi edrych arno. Mae’r sylw yn aros fel y mae.
        [CUT] Mae cymedrolwr wedi edrych arno. Torrwyd darnau o’r sylw.
        [REMOVED] Mae cymedrolwr wedi edrych arno. Nid yw’r sylw yn cael ei ddangos mwyach.
       *[GONE] Mae’r sylw wedi mynd: mae ei awdur wedi’i dynnu’n ôl, neu cafodd ei ddileu.
    }
report-closed-why = Rydych yn cael y neges hon am fod y cyfeiriad hwn wedi’i roi gydag adroddiad. Nid yw awdur y sylw na’r cymedrolwyr yn ei weld, ac ni ddaw rhagor o negeseuon am yr adroddiad hwn.

# Mae apêl yn aros am gymedrolwr.
reported-subject = Cafwyd adroddiad am sylw: { $document }
reported-what = Mae darllenydd wedi gwneud adroddiad am y sylw a ddaeth ar { $received } ar “{ $document }”. Mae’n cael ei ddangos nes bod rhywun yn penderfynu, oni bai bod y ddogfen yn dal yn ôl yr hyn y mae llawer yn adrodd amdano.
reported-open = Agor y sylw

appeal-waits-subject = Mae apêl yn aros amdanoch: { $document }
appeal-waits-what =
    { $kind ->
        [SUBMISSION] Mae’r sawl a anfonodd gyflwyniad preifat ynghylch “{ $document }” wedi apelio yn erbyn y penderfyniad a wnaed ar { $decided }.
       *[COMMENT] Mae awdur sylw ar “{ $document }” wedi apelio yn erbyn y penderfyniad a wnaed ar { $decided }.
    }
appeal-waits-who =
    { $own ->
        [YES] Chi a wnaeth y penderfyniad, ac nid oes neb arall yn cymedroli’r ddogfen hon. Gallwch wahodd rhywun, neu benderfynu eich hun, a chaiff hynny ei gofnodi a’i ddangos.
       *[NO] Rhywun arall a wnaeth y penderfyniad, felly gallwch chi benderfynu ar yr apêl.
    }
appeal-waits-open = Agor yr apêl

# Sut y penderfynwyd ar apêl, at ei hawdur.
appeal-decided-subject =
    { $outcome ->
        [UPHELD] Derbyniwyd eich apêl: { $document }
        [PARTLY_UPHELD] Derbyniwyd eich apêl yn rhannol: { $document }
       *[DISMISSED] Gwrthodwyd eich apêl: { $document }
    }
appeal-decided-what =
    { $outcome ->
        [UPHELD]
            { $kind ->
                [SUBMISSION] Roedd eich apêl a anfonwyd ar { $lodged } am eich cyflwyniad preifat ynghylch “{ $document }” yn gywir: mae’r penderfyniad wedi’i dynnu’n ôl.
               *[COMMENT] Roedd eich apêl a anfonwyd ar { $lodged } am eich sylw ar “{ $document }” yn gywir: mae’r penderfyniad wedi’i dynnu’n ôl.
            }
        [PARTLY_UPHELD]
            { $kind ->
                [SUBMISSION] Roedd eich apêl a anfonwyd ar { $lodged } am eich cyflwyniad preifat ynghylch “{ $document }” yn rhannol gywir.
               *[COMMENT] Roedd eich apêl a anfonwyd ar { $lodged } am eich sylw ar “{ $document }” yn rhannol gywir.
            }
       *[DISMISSED]
            { $kind ->
                [SUBMISSION] Gwrthodwyd eich apêl a anfonwyd ar { $lodged } am eich cyflwyniad preifat ynghylch “{ $document }”: mae’r penderfyniad yn sefyll.
               *[COMMENT] Gwrthodwyd eich apêl a anfonwyd ar { $lodged } am eich sylw ar “{ $document }”: mae’r penderfyniad yn sefyll.
            }
    }
appeal-decided-by =
    { $same ->
        [YES] Penderfynwyd arni gan y cymedrolwr a wnaeth y penderfyniad, am nad oes neb arall yn cymedroli’r ddogfen hon.
       *[NO] Penderfynwyd arni gan gymedrolwr gwahanol i’r un a wnaeth y penderfyniad.
    }
appeal-decided-follows =
    { $follows ->
        [TAKEN_UP] Mae eich cyflwyniad yn cael ei ystyried eto.
       *[SHOWN] Gall pawb ddarllen eich sylw eto. Os torrwyd darnau, mae pob toriad wedi’i farcio.
    }
appeal-decided-statement = Yr hyn y mae’r cymedrolwr yn ei ddweud amdano:
appeal-decided-open = Agor eich derbynneb
appeal-decided-why = Rydych yn cael y neges hon am fod y cyfeiriad hwn wedi’i roi gyda chyfraniad at “{ $document }”, ac am fod apêl wedi’i gwneud gyda’i dderbynneb.
