## Y llythyrau at y rhai sy’n gweithio yma, a’r hyn sydd ym mhob llythyr.

copy-address = Neu copïwch y cyfeiriad hwn:
dear = Annwyl { $name },

# Mae sylw yn aros am gymedrolwr.
comment-waits-subject = Mae sylw yn aros amdanoch: { $document }
comment-waits-subject-seen = Sylw newydd i’w adolygu: { $document }
comment-waits-about-document = Ysgrifennodd { $author } ar { $received }:
comment-waits-about-section = Ysgrifennodd { $author } ar { $received } ynghylch yr adran “{ $section }”:
comment-waits-hidden = Ni fydd neb arall yn ei weld nes y byddwch chi neu gymedrolwr arall wedi penderfynu.
comment-waits-seen = Gall pawb ei ddarllen eisoes. Adolygwch ef, os gwelwch yn dda.
comment-waits-open = Agor y sylw
moderator-why = Rydych yn cael y neges hon am eich bod yn cymedroli “{ $document }”. Nid yw dilyn dolen ynddi yn newid dim ohono’i hun. I roi’r gorau i gymedroli, gofynnwch i’r sawl a’ch gwahoddodd.

# Mae cyflwyniad yn aros am gymedrolwr. Nid oes dim ohono yn y llythyr.
submission-waits-subject = Daeth cyflwyniad preifat i law: { $document }
submission-waits-received = Daeth cyflwyniad preifat ynghylch “{ $document }” i law ar { $received }. Mae’n aros am gymedrolwr.
submission-waits-private = Am ei fod yn breifat, nid yw’r neges hon yn ei ddyfynnu nac yn enwi’r sawl a’i hanfonodd. Mewngofnodwch i’w ddarllen.
submission-waits-open = Agor y cyflwyniad

# Nid oes neb yn cymedroli dogfen y mae rhywbeth yn aros ynddi: at weinyddwyr.
unmoderated-subject = Nid oes neb yn cymedroli: { $document }
unmoderated-unread = Mae pobl wedi cyfrannu at “{ $document }”, ac nid oes neb yn ei chymedroli: mae’r hyn a anfonwyd yn aros heb ei ddarllen.
unmoderated-invite = Gwahoddwch rywun drwy inviteModerator; dynodydd y ddogfen yw { $id }.
unmoderated-open = Agor yr archwiliwr
unmoderated-why = Rydych yn cael y neges hon am eich bod yn weinyddwr; daw unwaith y dydd cyhyd ag y bo rhywbeth newydd yn aros heb ei ddarllen.

# Y ddolen y gofynnodd rhywun amdani er mwyn mewngofnodi.
sign-in-subject = Eich dolen fewngofnodi
sign-in-link = Dyma’r ddolen i fewngofnodi â hi. Mae’n gweithio unwaith, tan { $expires }.
sign-in-open = Mewngofnodi
sign-in-why = Rydych yn cael y neges hon am fod rhywun wedi gofyn am ddolen fewngofnodi ar gyfer y cyfeiriad hwn. Os nad chi oedd hynny, peidiwch â gwneud dim: heb y ddolen ni all neb fewngofnodi.

# Y gwahoddiad i gymedroli.
invitation-subject = Gwahoddiad i gymedroli
invitation-subject-one = Gwahoddiad i gymedroli: { $document }
invitation-by = Mae { $by } yn eich gwahodd i gymedroli’r hyn y mae pobl yn ei ddweud am:
invitation-by-nobody = Fe’ch gwahoddir i gymedroli’r hyn y mae pobl yn ei ddweud am:
invitation-link = Bydd y ddolen isod yn eich mewngofnodi y tro cyntaf. Mae’n gweithio unwaith, tan { $expires }; wedi hynny, gofynnwch am un newydd yn { $again }
invitation-open = Derbyn a mewngofnodi
invitation-why = Rydych yn cael y neges hon am fod gweinyddwr wedi rhoi’r cyfeiriad hwn. Os nad ydych am gymedroli, anwybyddwch hi.


## Dyddiadau ac amserau, mewn llythyrau o bob math.

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


## Y llythyrau at y rhai sy’n cyfrannu.

reference = Cyfeirnod
received = Derbyniwyd
contributor-why = Rydych yn cael y neges hon am fod y cyfeiriad hwn wedi’i roi gyda chyfraniad at “{ $document }”. Os nad chi oedd hynny, anwybyddwch hi: heb y ddolen ni all neb wneud dim yn eich enw.

# Derbynneb cyfraniad.
receipt-subject =
    { $kind ->
        [SUBMISSION] Derbynneb am eich cyflwyniad: { $document }
       *[COMMENT] Derbynneb am eich sylw: { $document }
    }
receipt-received =
    { $kind ->
        [SUBMISSION] Rydym wedi derbyn eich cyflwyniad preifat ynghylch “{ $document }”.
       *[COMMENT] Rydym wedi derbyn eich sylw ar “{ $document }”.
    }
receipt-next =
    { $state ->
        [PUBLISHED] Gall pawb ei ddarllen eisoes. Bydd cymedrolwr yn edrych arno’n ddiweddarach; cewch neges os bydd unrhyw beth yn newid.
        [PRIVATE] Dim ond chi a chymedrolwyr y ddogfen hon all ei ddarllen. Cewch neges pan fydd wedi’i drin.
       *[WAITS] Bydd cymedrolwr yn ei ddarllen cyn iddo gael ei gyhoeddi. Cewch neges pan fydd hynny wedi’i benderfynu.
    }
receipt-secret = Cadwch y neges hon. Mae’r ddolen sydd ynddi yn gyfrinachol: bydd pwy bynnag sydd â hi yn gweld yr hyn a welwch chi ac yn gallu gwneud yr hyn a allwch chi.
receipt-open = Agor eich derbynneb

# Gofyn ai eu cyfeiriad nhw ydyw.
confirm-subject = Cadarnhewch eich cyfeiriad: { $document }
confirm-sent =
    { $kind ->
        [SUBMISSION] Anfonwyd cyflwyniad preifat ynghylch “{ $document }” gyda’r cyfeiriad hwn. Bydd yn cyfrif ar ôl i chi gadarnhau mai eich cyfeiriad chi ydyw.
       *[COMMENT] Anfonwyd sylw ar “{ $document }” gyda’r cyfeiriad hwn. Bydd yn cyfrif ar ôl i chi gadarnhau mai eich cyfeiriad chi ydyw.
    }
confirm-until = Gallwch wneud hynny tan { $until }. Ar ôl hynny bydd yn dod i ben, a byddai’n rhaid ei anfon eto.
confirm-open = Cadarnhau’r cyfeiriad hwn
confirm-why = Rydych yn cael y neges hon am fod rhywun wedi rhoi’r cyfeiriad hwn gyda chyfraniad at “{ $document }”. Os nad chi oedd hynny, peidiwch â gwneud dim: ni fydd yn cyfrif, ac ni ddaw rhagor o negeseuon.

# Ateb.
reply-subject = Ateb i’ch sylw: { $document }
reply-came = Cafwyd ateb i’ch sylw o { $written }. Agorwch eich derbynneb i ddarllen yr ateb.
reply-wrote = Atebodd { $author } eich sylw o { $written }:
reply-why = Rydych yn cael y neges hon am eich bod wedi gofyn am gael gwybod am atebion i’ch sylwadau ar “{ $document }”.
reply-stop = Dim rhagor o negeseuon am atebion

# Yr hyn a benderfynwyd.
decision-subject =
    { $outcome ->
        [APPROVE] Cyhoeddwyd eich sylw: { $document }
        [REDACT] Cyhoeddwyd rhan o’ch sylw: { $document }
        [REJECT] Ni chyhoeddir eich sylw: { $document }
        [REQUEST_CHANGES] Newidiwch eich sylw, os gwelwch yn dda: { $document }
        [HIDE] Nid yw eich sylw yn cael ei ddangos mwyach: { $document }
        [RESTORE] Mae eich sylw yn cael ei ddangos eto: { $document }
        [WITHHOLD] Nid yw eich sylw yn cael ei ddangos am y tro: { $document }
        [RESTORE_WAITS] Penderfynir o’r newydd ar eich sylw: { $document }
        [ACKNOWLEDGE] Mae eich cyflwyniad wedi cyrraedd: { $document }
        [MARK_CONSIDERED] Mae eich cyflwyniad wedi’i ystyried: { $document }
       *[SET_ASIDE] Rhoddwyd eich cyflwyniad o’r neilltu: { $document }
    }
decision-what =
    { $outcome ->
        [APPROVE] Mae eich sylw a ddaeth i law ar { $received } wedi’i gyhoeddi: gall pawb ei ddarllen.
        [REDACT] Gall pawb ddarllen eich sylw a ddaeth i law ar { $received }, heb rai darnau y mae cymedrolwr wedi’u torri. Mae pob toriad wedi’i farcio.
        [REJECT] Mae cymedrolwr wedi penderfynu peidio â chyhoeddi eich sylw a ddaeth i law ar { $received }.
        [REQUEST_CHANGES] Mae cymedrolwr yn gofyn i chi roi eich sylw a ddaeth i law ar { $received } mewn geiriau eraill. Ni phenderfynwyd arno eto, ac mae’n aros amdanoch chi.
        [HIDE] Mae cymedrolwr wedi penderfynu na fydd eich sylw a ddaeth i law ar { $received } yn cael ei ddangos mwyach.
        [RESTORE] Mae eich sylw a ddaeth i law ar { $received } yn cael ei ddangos eto: tynnwyd y penderfyniad yn ei erbyn yn ôl.
        [WITHHOLD] Nid yw eich sylw a ddaeth i law ar { $received } yn cael ei ddangos am y tro: mae nifer o ddarllenwyr wedi rhoi gwybod amdano, felly mae’r gwasanaeth yn ei ddal ohono’i hun nes y bydd cymedrolwr wedi edrych arno. Nid oes neb wedi penderfynu eto. Cewch wybod beth a benderfynir.
        [RESTORE_WAITS] Tynnwyd yn ôl y penderfyniad yn erbyn eich sylw a ddaeth i law ar { $received }. Bydd cymedrolwr yn penderfynu o’r newydd.
        [ACKNOWLEDGE] Mae eich cyflwyniad preifat a anfonwyd ar { $received } wedi cyrraedd, ac mae rhywun wedi’i weld.
        [MARK_CONSIDERED] Mae eich cyflwyniad preifat a anfonwyd ar { $received } wedi’i ddarllen a’i ystyried.
       *[SET_ASIDE] Darllenwyd eich cyflwyniad preifat a anfonwyd ar { $received } a’i roi o’r neilltu: nid eir ag ef ymhellach.
    }
decision-statement = Yr hyn y mae’r cymedrolwr yn ei ddweud amdano:
decision-amend = Agorwch eich derbynneb i newid y testun. Yna bydd yn dychwelyd at y cymedrolwyr.
decision-appeal = Os ydych yn credu bod y penderfyniad hwn yn anghywir, gallwch apelio yn ei erbyn gyda’ch derbynneb tan { $until }. Rhywun arall fydd yn penderfynu wedyn.
ground = Sail
ground-of =
    { $reason ->
        [ABUSIVE] mae’n sarhau neu’n bygwth rhywun
        [OFFENSIVE] mae’n aflednais neu’n anweddus
        [HATE_SPEECH] mae’n ennyn casineb yn erbyn pobl oherwydd yr hyn ydynt
        [HARASSMENT] mae’n erlid neu’n brawychu rhywun
        [ILLEGAL] mae’n torri’r gyfraith
        [PERSONAL_DATA] mae’n datgelu materion preifat rhywun y gellir ei adnabod
        [SPAM] fe’i hanfonir i lawer o fannau heb ystyried y mater
        [ADVERTISING] mae’n hyrwyddo nwyddau neu wasanaethau
        [OFF_TOPIC] nid oes a wnelo ddim â’r ddogfen
        [DUPLICATE] mae’n ailadrodd yr hyn y mae’r un person wedi’i ddweud
        [MISINFORMATION] mae’n honni fel ffaith yr hyn y dangoswyd ei fod yn anghywir
       *[OTHER] sail arall, a esbonnir isod
    }
rule-cited = Rheol
rule-number = rhif { $number } o reolau’r ddogfen hon
decided-by = Sut y penderfynwyd
detected =
    { $detected ->
        [YES] sylwodd un o reolau’r gwasanaeth arno; person a benderfynodd
       *[NO] nid oedd gan ddulliau awtomataidd ran ynddo; person a benderfynodd
    }

# Penderfyniadau a wnaed gyda’i gilydd.
decisions-subject =
    { $count ->
        [one] Penderfynwyd ar eich cyfraniad: { $document }
        [two] Penderfynwyd ar { $count } gyfraniad gennych: { $document }
        [few] Penderfynwyd ar { $count } chyfraniad gennych: { $document }
        [many] Penderfynwyd ar { $count } chyfraniad gennych: { $document }
       *[other] Penderfynwyd ar { $count } cyfraniad gennych: { $document }
    }
decisions-made =
    { $count ->
        [one] Penderfynwyd ar eich cyfraniad at “{ $document }”.
        [two] Penderfynwyd gyda’i gilydd ar { $count } gyfraniad gennych at “{ $document }”.
        [few] Penderfynwyd gyda’i gilydd ar { $count } chyfraniad gennych at “{ $document }”.
        [many] Penderfynwyd gyda’i gilydd ar { $count } chyfraniad gennych at “{ $document }”.
       *[other] Penderfynwyd gyda’i gilydd ar { $count } cyfraniad gennych at “{ $document }”.
    }
decisions-one = Cyfeirnod { $reference }


## Yr hyn a anfonir at gymedrolwyr: penderfynu drwy ddolen, crynodebau, rhoi’r gorau iddynt.

decide-approve = Cymeradwyo
decide-reject = Gwrthod
decide-hint = Mae Cymeradwyo a Gwrthod yn arwain at dudalen sy’n dangos y sylw eto ac nad yw’n penderfynu dim nes i chi bwyso ei botwm. Maent yn gweithio unwaith, am saith diwrnod, ac yn eich enw chi: peidiwch ag anfon y neges hon ymlaen.
stop-document = Atal negeseuon am y ddogfen hon
stop-all = Atal y negeseuon hyn

# Yr hyn a gasglwyd mewn un neges.
digest-subject-one = { $count } yn aros amdanoch: { $document }
digest-subject-many = { $count } yn aros amdanoch (dogfennau: { $documents })
digest-burst = Daeth mwy na { $rate } o bethau i mewn yma o fewn awr. Er mwyn i’ch mewnflwch aros yn ddarllenadwy, fe’u cesglir mewn un neges bob awr. Pan fydd yn dawel eto, daw negeseuon ar unwaith eto.
digest-comments = Sylwadau: { $count }
digest-submissions = Cyflwyniadau preifat: { $count }
digest-reports = Sylwadau a adroddwyd: { $count }
digest-appeals = Apeliadau: { $count }
digest-assigned = Wedi’u hawlio gennych chi: { $count }
digest-open = Agor
digest-more = A { $more } arall, sy’n aros wrth y ddesg.
digest-why = Rydych yn cael y neges hon am eich bod yn cymedroli, ac fe’i cesglir fel y dewisoch neu am fod cymaint. Mewngofnodwch i ddewis fel arall.


## Y llythyrau am yr hyn a ddaeth o adroddiadau ac apeliadau.

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
