export const RECOVERED = `
  -- How a delivery that was asked for at its provider is trusted: 'verified' or 'fetched'. Null: it arrived.
  ALTER TABLE deliveries ADD COLUMN recovered TEXT;
`

/** The statements of the migration that keeps the ids of senders apart from their events. */
export const SENDER_IDS = `
  -- Which delivery brought an id of a sender first: see accept/sender-ids.ts.
  CREATE TABLE sender_ids (
    source      TEXT NOT NULL,
    sender_id   TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    PRIMARY KEY (source, sender_id)
  ) STRICT, WITHOUT ROWID;
  -- Those that are not in sender_ids yet, in the order in which they came.
  CREATE TABLE new_sender_ids (
    number      INTEGER PRIMARY KEY,
    source      TEXT NOT NULL,
    sender_id   TEXT NOT NULL,
    delivery_id TEXT NOT NULL
  ) STRICT;
  INSERT INTO sender_ids (source, sender_id, delivery_id)
  SELECT source, sender_id, delivery_id FROM events INDEXED BY events_of_sender
  WHERE sender_id IS NOT NULL ORDER BY source, sender_id;
  DROP INDEX events_of_sender;
`

export const UNPACKED_BYTES = `
  -- The bytes of a body that is stored as a frame of zstd: see bodies. Null: it is stored as it came.
  ALTER TABLE deliveries ADD COLUMN unpacked_bytes INTEGER;
`
