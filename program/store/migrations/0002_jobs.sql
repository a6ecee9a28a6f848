-- Work to be done, by whichever process takes it first.
CREATE TABLE job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease TEXT,
    lease_until BIGINT,
    worker TEXT,
    progress TEXT,
    error TEXT,
    made_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE INDEX job_due ON job (state, run_at, id);
CREATE INDEX job_subject ON job (subject, made_at);

-- What only one process at a time should do, such as publishing the log.
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    held_until BIGINT NOT NULL
);
