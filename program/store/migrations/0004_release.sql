-- Releases, what happened to them, and their files.
CREATE TABLE release (
    id TEXT PRIMARY KEY,
    product TEXT NOT NULL REFERENCES product (id),
    number BIGINT NOT NULL,
    version TEXT NOT NULL,
    channel TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Where its events leave it: kept beside them so that lists need not replay.
    stage TEXT NOT NULL,
    since BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    UNIQUE (product, number),
    UNIQUE (product, channel, version)
);

CREATE INDEX release_stage ON release (stage, since, id);
CREATE INDEX release_newest ON release (created_at, id);

CREATE TABLE release_hardware (
    release TEXT NOT NULL REFERENCES release (id),
    hardware TEXT NOT NULL REFERENCES hardware (id),
    PRIMARY KEY (release, hardware)
);

-- Never changed, never deleted: the state at any time follows from these.
CREATE TABLE release_event (
    release TEXT NOT NULL REFERENCES release (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    person TEXT,
    token TEXT,
    what TEXT NOT NULL,
    attempt BIGINT,
    subject TEXT,
    submitter TEXT,
    verdict TEXT,
    policy TEXT,
    other TEXT,
    why TEXT,
    evidence TEXT NOT NULL,
    PRIMARY KEY (release, seq)
);

CREATE TABLE artefact (
    id TEXT PRIMARY KEY,
    release TEXT NOT NULL REFERENCES release (id),
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    file_name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    -- When another file took its place; it is kept as long as anything refers to it.
    replaced_at BIGINT
);

CREATE INDEX artefact_release ON artefact (release, uploaded_at);
CREATE INDEX artefact_digest ON artefact (digest);
