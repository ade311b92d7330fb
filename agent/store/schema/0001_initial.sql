-- The index over run folders. Times are milliseconds since 1970, UTC; ids and JSON are text.

CREATE TABLE model (
  id            TEXT PRIMARY KEY,
  first_seen_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE run (
  id         TEXT PRIMARY KEY,
  model      TEXT NOT NULL REFERENCES model (id),
  backend    TEXT NOT NULL,
  outcome    TEXT,                     -- NULL until the run has ended
  level      TEXT,
  started_ms INTEGER NOT NULL,
  wall_ms    INTEGER NOT NULL DEFAULT 0,
  folder     TEXT NOT NULL,            -- relative to the data folder
  result     TEXT                      -- result.json
) STRICT;

-- Covers what a listing prints, so that long results are not read for it.
CREATE INDEX run_newest_first ON run (started_ms DESC, id DESC, model, backend, outcome, level, wall_ms, folder);

CREATE TABLE attempt (
  run          TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  number       INTEGER NOT NULL,
  origin       TEXT NOT NULL,          -- option, pattern, llm or patch
  patch_sha256 TEXT,
  outcome      TEXT NOT NULL,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE verification (
  run     TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  rung    TEXT NOT NULL,
  verdict TEXT NOT NULL,
  metrics TEXT,                        -- JSON
  PRIMARY KEY (run, attempt, rung),
  FOREIGN KEY (run, attempt) REFERENCES attempt (run, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Evidence about patterns. It names its run but does not depend on it: it outlives run folders that were removed.
CREATE TABLE pattern_use (
  run      TEXT NOT NULL,
  attempt  INTEGER NOT NULL,
  pattern  TEXT NOT NULL,
  backend  TEXT NOT NULL,
  verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
  PRIMARY KEY (run, attempt, pattern)
) STRICT, WITHOUT ROWID;

CREATE INDEX pattern_use_by_pattern ON pattern_use (pattern, backend, verified);
