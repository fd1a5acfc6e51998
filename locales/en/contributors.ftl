# The letters to those who contribute.

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
