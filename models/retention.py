"""How long personal data is stored; the other periods are CP_JOURNAL_MONTHS and CP_LEFT_MONTHS."""

MAIL_DAYS = 90  # the text of a notice; the rest of the row stays
DRAFT_DAYS = 90  # a draft that was not continued
CONTACT_MONTHS = 12  # a mark of interest without a contact
GUEST_DAYS = 14  # the details of a guest, after the meeting or session
