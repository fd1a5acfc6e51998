# Yr hyn a anfonir at gymedrolwyr: penderfynu drwy ddolen, crynodebau, rhoi’r gorau iddynt.

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
