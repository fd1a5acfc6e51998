# Y llythyrau at y rhai sy’n gweithio yma, a’r hyn sydd ym mhob llythyr.

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
