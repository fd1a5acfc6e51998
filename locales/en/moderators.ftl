# What moderators are mailed: deciding by link, digests, stopping it.

decide-approve = Approve
decide-reject = Reject
decide-hint = Approve and Reject lead to a page that shows the comment again and decides nothing until you press its button. They work once, for seven days, and in your name: do not pass this mail on.
stop-document = Stop mail about this document
stop-all = Stop this mail

# What was collected for one mail.
digest-subject-one = { $count } waiting for you: { $document }
digest-subject-many = { $count } waiting for you in { $documents } documents
digest-burst = More than { $rate } things came in here within an hour. So that your inbox stays readable, they are collected into one mail each hour. When it is quiet again, mail comes at once again by itself.
digest-comments = Comments: { $count }
digest-submissions = Private submissions: { $count }
digest-reports = Reported comments: { $count }
digest-appeals = Appeals: { $count }
digest-assigned = Claimed by you: { $count }
digest-open = Open
digest-more = And { $more } more, which wait at the desk.
digest-why = You get this mail because you moderate, and it is collected as you chose or because there was so much. Sign in to choose otherwise.
