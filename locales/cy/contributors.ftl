# Y llythyrau at y rhai sy’n cyfrannu.

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
