/** Accepts note their deliveries themselves, for less than half the time. */
export const NO_DELIVERY_TRIGGER = 'DROP TRIGGER delivery_added;'

/** Tables of what is searched: see the projection of the core. */
export const PROJECTION_SCHEMA = `
  -- What lists are searched by: see search/segment.ts of the SDK.
  CREATE TABLE segments (
    number    INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('deliveries', 'tasks')),
    documents INTEGER NOT NULL,
    first     TEXT NOT NULL,
    last      TEXT NOT NULL,
    ids       TEXT NOT NULL
  ) STRICT;
  CREATE INDEX segments_listed ON segments (kind, last, first, documents);
  CREATE TABLE segment_blocks (
    segment INTEGER NOT NULL REFERENCES segments (number) ON DELETE CASCADE,
    term    INTEGER NOT NULL,
    bytes   BLOB NOT NULL,
    PRIMARY KEY (segment, term)
  ) STRICT, WITHOUT ROWID;
  `

export const LAST_SEGMENT = `
  -- The highest number that a segment has had.
  ALTER TABLE projection ADD COLUMN last_segment INTEGER NOT NULL DEFAULT 0;
  UPDATE projection SET last_segment = (SELECT coalesce(max(number), 0) FROM segments);
  `
