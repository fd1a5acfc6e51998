# The letters to those who work here, and what every letter has.

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
