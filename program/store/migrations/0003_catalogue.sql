-- The manufacturer, its vendors, its products. `revision` counts changes: who changes a record says
-- which revision was seen.
CREATE TABLE organisation (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    contact TEXT,
    revision BIGINT NOT NULL
);

CREATE TABLE vendor (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    contact TEXT,
    revision BIGINT NOT NULL
);

CREATE TABLE product (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    vendor TEXT REFERENCES vendor (id),
    is_covered BIGINT NOT NULL,
    covered_why TEXT NOT NULL,
    support_begins TEXT,
    support_ends TEXT,
    created_at BIGINT NOT NULL,
    -- The number that its next release gets: taken in the transaction that makes the release.
    release_next BIGINT NOT NULL,
    revision BIGINT NOT NULL
);

CREATE TABLE product_market (
    product TEXT NOT NULL REFERENCES product (id),
    market TEXT NOT NULL,
    PRIMARY KEY (product, market)
);

CREATE TABLE hardware (
    id TEXT PRIMARY KEY,
    product TEXT NOT NULL REFERENCES product (id),
    name TEXT NOT NULL,
    sold_from TEXT,
    sold_until TEXT,
    UNIQUE (product, name)
);
