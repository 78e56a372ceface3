"""seats of meetings, registrations for trainings and guests become one table of seats, with one
table of facts; offers and approvals become facts and columns of the seat; notices to guests wait in
the outbox"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# The ids of registrations stay: the keys of imports name them. Seats of meetings come behind.
BEHIND = "(SELECT coalesce(max(id), 0) FROM registration)"
GONE = (
    "guest_notice",
    "offer",
    "approval",
    "registration_event",
    "meeting_seat",
    "registration",
    "guest",
)


def upgrade() -> None:
    _seat()
    _seat_event()
    with op.batch_alter_table("outbox") as batch:
        batch.alter_column("person_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("seat_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_outbox_seat", "seat", ["seat_id"], ["id"])
        batch.create_unique_constraint("uq_outbox_seat_key", ["seat_id", "key"])
    _carry_seats()
    _carry_facts()
    _carry_notices()
    for table in GONE:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in ("seat", "seat_event", "outbox"):
            op.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                f" (SELECT coalesce(max(id), 0) + 1 FROM {table}), false)"
            )


def _key(name: str, to: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{to}.id"), nullable=nullable)


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), server_default="", nullable=False)


def _seat() -> None:
    op.create_table(
        "seat",
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        _key("meeting_id", "meeting"),
        _key("training_id", "training"),
        _key("session_id", "training_session"),
        _key("person_id", "person"),
        sa.Column("status", sa.String(), nullable=False),
        _text("outside"),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("evaluated", sa.Boolean(), server_default=sa.false(), nullable=False),
        _key("asked_by", "person"),
        sa.Column("offered_until", sa.Date(), nullable=True),
        sa.Column("approval_asked_on", sa.Date(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("is_guest", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("seed", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        _text("name"),
        _text("service"),
        _text("email"),
    )
    for name in ("meeting_id", "training_id", "session_id", "person_id"):
        op.create_index(f"ix_seat_{name}", "seat", [name])
    for name in ("seed", "code"):
        op.create_index(f"ix_seat_{name}", "seat", [name], unique=True)


def _seat_event() -> None:
    op.create_table(
        "seat_event",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        _key("by", "person"),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("voids", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), primary_key=True, nullable=False),
        _key("seat_id", "seat", nullable=False),
        _key("training_id", "training"),
        _key("session_id", "training_session"),
        _key("person_id", "person"),
        _key("service_id", "direction"),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
    )
    for name in ("on", "voids", "seat_id", "session_id", "person_id"):
        op.create_index(f"ix_seat_event_{name}", "seat_event", [name])


def _carry_seats() -> None:
    op.execute("""INSERT INTO seat (id, training_id, session_id, person_id, status, outside,
        priority, evaluated, asked_by, offered_until, approval_asked_on, approved,
        is_guest, seed, code, name, service, email)
        SELECT r.id, r.training_id, r.session_id, r.person_id, r.status, r.outside, r.priority,
        r.evaluated, r.asked_by,
        (SELECT max(o.until) FROM offer o WHERE o.registration_id = r.id AND o.state = 'ouverte'),
        (SELECT max(a.asked_on) FROM approval a WHERE a.registration_id = r.id),
        CASE WHEN r.id IN (SELECT registration_id FROM approval WHERE approved) THEN 1 = 1
             WHEN r.id IN (SELECT registration_id FROM approval WHERE NOT approved)
                  AND r.id NOT IN (SELECT registration_id FROM approval WHERE approved IS NULL)
             THEN 1 = 0 END,
        r.guest_id IS NOT NULL, g.seed, g.code,
        coalesce(g.name, ''), coalesce(g.service, ''), coalesce(g.email, '')
        FROM registration r LEFT JOIN guest g ON g.id = r.guest_id""")
    op.execute(f"""INSERT INTO seat (id, meeting_id, person_id, status, is_guest, seed, code,
        name, service, email)
        SELECT {BEHIND} + s.id, s.meeting_id, s.person_id,
        CASE WHEN s.mark = '' THEN s.state ELSE s.mark END, s.guest_id IS NOT NULL,
        g.seed, g.code, coalesce(g.name, ''), coalesce(g.service, ''), coalesce(g.email, '')
        FROM meeting_seat s LEFT JOIN guest g ON g.id = s.guest_id""")


def _carry_facts() -> None:
    op.execute("""INSERT INTO seat_event ("on", recorded_on, "by", reason, voids, id, seat_id,
        training_id, session_id, person_id, service_id, status, hours)
        SELECT "on", recorded_on, "by", reason, voids, id, registration_id,
        training_id, session_id, person_id, service_id, status, hours FROM registration_event""")
    op.execute(f"""INSERT INTO seat_event ("on", recorded_on, "by", id, seat_id, person_id,
        status, hours)
        SELECT s."on", s."on", s.person_id,
        (SELECT coalesce(max(id), 0) FROM registration_event) + s.id, {BEHIND} + s.id, s.person_id,
        CASE WHEN s.mark = '' THEN s.state ELSE s.mark END, 0 FROM meeting_seat s""")


def _carry_notices() -> None:
    """What guests are told, of the day of their seat where it has not left yet."""
    op.execute(f"""INSERT INTO outbox (id, seat_id, "key", kind, "on", title, text, href, urgent,
        state, sent_on, tries, error, address)
        SELECT (SELECT coalesce(max(id), 0) FROM outbox) + n.id, seats.id, n."key", 'tache',
        coalesce(n.tried_on, (SELECT max(e."on") FROM seat_event e WHERE e.seat_id = seats.id)),
        n.title, n.text, '', 1 = 1, n.state, n.tried_on, n.tries, n.error, ''
        FROM guest_notice n JOIN (
            SELECT guest_id, id FROM registration WHERE guest_id IS NOT NULL
            UNION ALL SELECT guest_id, {BEHIND} + id FROM meeting_seat WHERE guest_id IS NOT NULL
        ) AS seats ON seats.guest_id = n.guest_id""")
