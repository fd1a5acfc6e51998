# The letters about what came of reports and appeals.

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
