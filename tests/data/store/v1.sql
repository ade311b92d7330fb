CREATE TABLE attempt (
  run          TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  number       INTEGER NOT NULL,
  origin       TEXT NOT NULL,          -- option, pattern, llm or patch
  patch_sha256 TEXT,
  outcome      TEXT NOT NULL,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "attempt" VALUES('r2',1,'option',NULL,'refused');
INSERT INTO "attempt" VALUES('r2',2,'pattern','ab12','verified');
CREATE TABLE model (
  id            TEXT PRIMARY KEY,
  first_seen_ms INTEGER NOT NULL
) STRICT;
INSERT INTO "model" VALUES('transformers:PatchTSTModel',1000);
CREATE TABLE pattern_use (
  run      TEXT NOT NULL,
  attempt  INTEGER NOT NULL,
  pattern  TEXT NOT NULL,
  backend  TEXT NOT NULL,
  verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
  PRIMARY KEY (run, attempt, pattern)
) STRICT, WITHOUT ROWID;
INSERT INTO "pattern_use" VALUES('r2',2,'unfold','openvino',1);
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
INSERT INTO "run" VALUES('r1','transformers:PatchTSTModel','openvino',NULL,NULL,1000,0,'runs/r1',NULL);
INSERT INTO "run" VALUES('r2','transformers:PatchTSTModel','openvino','adapted','L5',2000,1500,'runs/r2','{"outcome":"adapted"}');
CREATE TABLE verification (
  run     TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  rung    TEXT NOT NULL,
  verdict TEXT NOT NULL,
  metrics TEXT,                        -- JSON
  PRIMARY KEY (run, attempt, rung),
  FOREIGN KEY (run, attempt) REFERENCES attempt (run, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO "verification" VALUES('r2',2,'equal','passed','{"pcc":1.0}');
CREATE INDEX run_newest_first ON run (started_ms DESC, id DESC, model, backend, outcome, level, wall_ms, folder);
CREATE INDEX pattern_use_by_pattern ON pattern_use (pattern, backend, verified);
PRAGMA user_version = 1;
