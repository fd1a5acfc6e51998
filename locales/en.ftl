## The letters to those who work here, and what every letter has.

copy-address = Or copy this address:
dear = Dear { $name },

# A comment waits for a moderator.
comment-waits-subject = A comment waits for you: { $document }
comment-waits-subject-seen = New comment to review: { $document }
comment-waits-about-document = { $author } wrote on { $received }:
comment-waits-about-section = { $author } wrote on { $received } about the section “{ $section }”:
comment-waits-hidden = Nobody else sees it until you or another moderator has decided.
comment-waits-seen = Everybody can read it already. Please review it.
comment-waits-open = Open the comment
moderator-why = You get this mail because you moderate “{ $document }”. Following a link in it changes nothing by itself. To stop moderating, ask whoever invited you.

# A submission waits for a moderator. Nothing of it is in the letter.
submission-waits-subject = Private submission received: { $document }
submission-waits-received = A private submission about “{ $document }” came in on { $received }. It waits for a moderator.
submission-waits-private = Because it is private, this mail neither quotes it nor names its sender. Sign in to read it.
submission-waits-open = Open the submission

# Nobody moderates a document in which something waits: to administrators.
unmoderated-subject = Nobody moderates: { $document }
unmoderated-unread = People have contributed to “{ $document }”, and nobody moderates it: what they sent waits unread.
unmoderated-invite = Invite somebody with inviteModerator; the document’s id is { $id }.
unmoderated-open = Open the explorer
unmoderated-why = You get this mail because you are an administrator; it comes once a day for as long as something new waits unread.

# The link that somebody asked for to sign in.
sign-in-subject = Your sign-in link
sign-in-link = Here is the link to sign in with. It works once, until { $expires }.
sign-in-open = Sign in
sign-in-why = You get this mail because somebody asked for a sign-in link for this address. If that was not you, do nothing: without the link nobody can sign in.

# The invitation to moderate.
invitation-subject = You are invited to moderate
invitation-subject-one = You are invited to moderate: { $document }
invitation-by = { $by } invites you to moderate what people say about:
invitation-by-nobody = You are invited to moderate what people say about:
invitation-link = The link below signs you in the first time. It works once, until { $expires }; after that, ask for a new one at { $again }
invitation-open = Accept and sign in
invitation-why = You get this mail because an administrator entered this address. If you do not want to moderate, ignore it.


## Dates and times, in letters of every kind.

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


## The letters to those who contribute.

reference = Reference
received = Received
contributor-why = You get this mail because this address was given with a contribution to “{ $document }”. If that was not you, ignore it: without the link nobody can do anything in your name.

# The receipt of a contribution.
receipt-subject =
    { $kind ->
        [SUBMISSION] Receipt for your submission: { $document }
       *[COMMENT] Receipt for your comment: { $document }
    }
receipt-received =
    { $kind ->
        [SUBMISSION] We have received your private submission about “{ $document }”.
       *[COMMENT] We have received your comment on “{ $document }”.
    }
receipt-next =
    { $state ->
        [PUBLISHED] Everybody can read it already. A moderator looks at it later; you get mail if anything changes.
        [PRIVATE] Only you and the moderators of this document can read it. You get mail when it has been dealt with.
       *[WAITS] A moderator reads it before it is published. You get mail when that has been decided.
    }
receipt-secret = Keep this mail. The link in it is secret: whoever has it sees what you see and can do what you can.
receipt-open = Open your receipt

# Asking whether an address is theirs.
confirm-subject = Please confirm your address: { $document }
confirm-sent =
    { $kind ->
        [SUBMISSION] A private submission about “{ $document }” was sent with this address. It counts once you have confirmed that the address is yours.
       *[COMMENT] A comment on “{ $document }” was sent with this address. It counts once you have confirmed that the address is yours.
    }
confirm-until = You can do so until { $until }. After that it expires and would have to be sent again.
confirm-open = Confirm this address
confirm-why = You get this mail because somebody gave this address with a contribution to “{ $document }”. If that was not you, do nothing: it will not count, and no more mail comes.

# A reply.
reply-subject = A reply to your comment: { $document }
reply-came = Your comment of { $written } has been replied to. Open your receipt to read the reply.
reply-wrote = { $author } replied to your comment of { $written }:
reply-why = You get this mail because you asked to be told of replies to your comments on “{ $document }”.
reply-stop = No more mail about replies

# What was decided.
decision-subject =
    { $outcome ->
        [APPROVE] Your comment is published: { $document }
        [REDACT] Your comment is published in part: { $document }
        [REJECT] Your comment is not published: { $document }
        [REQUEST_CHANGES] Please change your comment: { $document }
        [HIDE] Your comment is no longer shown: { $document }
        [RESTORE] Your comment is shown again: { $document }
        [WITHHOLD] Your comment is not shown for the time being: { $document }
        [RESTORE_WAITS] Your comment is decided on anew: { $document }
        [ACKNOWLEDGE] Your submission has arrived: { $document }
        [MARK_CONSIDERED] Your submission has been considered: { $document }
       *[SET_ASIDE] Your submission was set aside: { $document }
    }
decision-what =
    { $outcome ->
        [APPROVE] Your comment of { $received } is published: everybody can read it.
        [REDACT] Your comment of { $received } can be read by everybody, without some passages that a moderator has cut. Each cut is marked.
        [REJECT] A moderator has decided not to publish your comment of { $received }.
        [REQUEST_CHANGES] A moderator asks you to put your comment of { $received } into other words. It has not been decided on and waits for you.
        [HIDE] A moderator has decided that your comment of { $received } is no longer shown.
        [RESTORE] Your comment of { $received } is shown again: the decision against it was taken back.
        [WITHHOLD] Your comment of { $received } is not shown for the time being: several readers have reported it, so the service holds it by itself until a moderator has looked at it. Nobody has decided yet. You are told what they decide.
        [RESTORE_WAITS] The decision against your comment of { $received } was taken back. A moderator will decide anew.
        [ACKNOWLEDGE] Your private submission of { $received } has arrived, and a person has seen it.
        [MARK_CONSIDERED] Your private submission of { $received } has been read and considered.
       *[SET_ASIDE] Your private submission of { $received } was read and set aside: it is not taken further.
    }
decision-statement = What the moderator says about it:
decision-amend = Open your receipt to change the text. It then comes back to the moderators.
decision-appeal = If you think that this decision is wrong, you can appeal against it with your receipt until { $until }. Somebody else will then decide.
ground = Ground
ground-of =
    { $reason ->
        [ABUSIVE] it insults or threatens somebody
        [OFFENSIVE] it is coarse or indecent
        [HATE_SPEECH] it incites hatred against people for what they are
        [HARASSMENT] it pursues or intimidates somebody
        [ILLEGAL] it breaks the law
        [PERSONAL_DATA] it tells private matters of somebody who can be recognised
        [SPAM] it is sent to many places without regard to the matter
        [ADVERTISING] it promotes goods or services
        [OFF_TOPIC] it has nothing to do with the document
        [DUPLICATE] it says again what the same person has said
        [MISINFORMATION] it states as fact what is shown to be wrong
       *[OTHER] another ground, which is explained below
    }
rule-cited = Rule
rule-number = no. { $number } of the rules of this document
decided-by = How it was decided
detected =
    { $detected ->
        [YES] a rule of the service noticed it; a person decided
       *[NO] no automated means had a part in it; a person decided
    }

# Decisions that were made together.
decisions-subject =
    { $count ->
        [one] Your contribution was decided on: { $document }
       *[other] { $count } of your contributions were decided on: { $document }
    }
decisions-made =
    { $count ->
        [one] Your contribution to “{ $document }” was decided on.
       *[other] { $count } of your contributions to “{ $document }” were decided on together.
    }
decisions-one = Reference { $reference }


## What moderators are mailed: deciding by link, digests, stopping it.

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


## The letters about what came of reports and appeals.

# What came of a report, to whoever made it.
report-closed-subject = What came of your report: { $document }
report-closed-what = On { $reported } you reported a comment on “{ $document }”.
report-closed-outcome =
    { $outcome ->
        [KEPT] A moderator has looked at it. The comment stays as it is.
        [CUT] A moderator has looked at it. Passages of the comment were cut from it.
        [REMOVED] A moderator has looked at it. The comment is not shown any more.
       *[GONE] The comment is gone: its author has taken it back, or it was erased.
    }
report-closed-why = You get this mail because this address was given with a report. Neither the author of the comment nor the moderators see it, and no more mail comes about this report.

# An appeal waits for a moderator.
reported-subject = A comment was reported: { $document }
reported-what = A reader has reported the comment of { $received } on “{ $document }”. It is shown until somebody decides, unless the document withholds what many report.
reported-open = Open the comment

appeal-waits-subject = An appeal waits for you: { $document }
appeal-waits-what =
    { $kind ->
        [SUBMISSION] The sender of a private submission about “{ $document }” has appealed against the decision of { $decided }.
       *[COMMENT] The author of a comment on “{ $document }” has appealed against the decision of { $decided }.
    }
appeal-waits-who =
    { $own ->
        [YES] The decision was yours, and nobody else moderates this document. You can invite somebody, or decide yourself, which is recorded and shown.
       *[NO] Somebody else made the decision, so you can decide on the appeal.
    }
appeal-waits-open = Open the appeal

# How an appeal was decided, to its author.
appeal-decided-subject =
    { $outcome ->
        [UPHELD] Your appeal was upheld: { $document }
        [PARTLY_UPHELD] Your appeal was upheld in part: { $document }
       *[DISMISSED] Your appeal was dismissed: { $document }
    }
appeal-decided-what =
    { $outcome ->
        [UPHELD]
            { $kind ->
                [SUBMISSION] Your appeal of { $lodged } about your private submission on “{ $document }” was right: the decision is taken back.
               *[COMMENT] Your appeal of { $lodged } about your comment on “{ $document }” was right: the decision is taken back.
            }
        [PARTLY_UPHELD]
            { $kind ->
                [SUBMISSION] Your appeal of { $lodged } about your private submission on “{ $document }” was right in part.
               *[COMMENT] Your appeal of { $lodged } about your comment on “{ $document }” was right in part.
            }
       *[DISMISSED]
            { $kind ->
                [SUBMISSION] Your appeal of { $lodged } about your private submission on “{ $document }” was dismissed: the decision stands.
               *[COMMENT] Your appeal of { $lodged } about your comment on “{ $document }” was dismissed: the decision stands.
            }
    }
appeal-decided-by =
    { $same ->
        [YES] It was decided by the moderator who made the decision, because nobody else moderates this document.
       *[NO] It was decided by another moderator than the one who made the decision.
    }
appeal-decided-follows =
    { $follows ->
        [TAKEN_UP] Your submission is being worked through again.
       *[SHOWN] Everybody can read your comment again. Where passages are cut, each cut is marked.
    }
appeal-decided-statement = What the moderator says about it:
appeal-decided-open = Open your receipt
appeal-decided-why = You get this mail because this address was given with a contribution to “{ $document }”, and an appeal was made with its receipt.
