-- The evidence log. A leaf is never changed or deleted; its content may be erased.
CREATE TABLE log_head (
    id BIGINT PRIMARY KEY,
    origin TEXT NOT NULL,
    size BIGINT NOT NULL,
    root TEXT NOT NULL,
    frontier TEXT NOT NULL
);

CREATE TABLE log_entry (
    idx BIGINT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    leaf TEXT NOT NULL,
    event TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    logged_at BIGINT NOT NULL,
    salt TEXT,
    envelope TEXT,
    erased_at BIGINT
);

CREATE INDEX log_entry_event ON log_entry (event, idx);

-- Under which records an entry is found again.
CREATE TABLE log_about (
    subject TEXT NOT NULL,
    idx BIGINT NOT NULL REFERENCES log_entry (idx),
    PRIMARY KEY (subject, idx)
);

-- Every checkpoint that was ever signed, before it was shown to anybody.
CREATE TABLE log_checkpoint (
    size BIGINT PRIMARY KEY,
    root TEXT NOT NULL,
    note TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    published_at BIGINT
);
