#!/bin/bash
# sqlite3 with WAL, several processes at once.
sqlite3 db 'PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY, w INT, v TEXT); CREATE INDEX i ON t(w);'
for w in 1 2 3 4; do (for i in $(seq 25); do echo "INSERT INTO t(w, v) VALUES($w, hex(zeroblob(50)));"; done | sqlite3 -cmd '.timeout 60000' db) & done; wait
sqlite3 db 'SELECT w, count(*), sum(length(v)) FROM t GROUP BY w; PRAGMA integrity_check;'
sqlite3 db <<< 'BEGIN; DELETE FROM t WHERE id % 2; ROLLBACK; SELECT count(*) FROM t; PRAGMA wal_checkpoint(TRUNCATE);'
sqlite3 db 'PRAGMA journal_mode=DELETE; UPDATE t SET v = id; VACUUM; SELECT sum(v) FROM t;'; ls; sqlite3 db 'SELECT w, count(*) FROM t GROUP BY w'
sqlite3 :memory: 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 10000) SELECT sum(x) FROM c;'
