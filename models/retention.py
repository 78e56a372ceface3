"""How long what persons leave is stored; CP_JOURNAL_MONTHS and CP_LEFT_MONTHS say the rest."""

MAIL_DAYS = 90  # the text of a notice; that it was sent stays
DRAFT_DAYS = 90  # a draft that nobody took up again
CONTACT_MONTHS = 12  # a mark of interest that nobody followed
GUEST_DAYS = 14  # what a guest without an account left, after the meeting or session
