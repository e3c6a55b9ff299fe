-- Sets a loaded base up for nights of a known size, from the night of :first on (a psql script; the base is thrown away
-- afterwards). Dates are 30, 150 and 180 days after the clock date. Every night :yellow clients turn yellow, :leaving turn
-- red, :leaving leave, and four times :leaving are warned. All others are quiet: green, yellow, or red and warned.
\set ON_ERROR_STOP on
BEGIN;
-- Whom a plan, a sale or a protection might hold is quiet: raw SQL knows nothing of holds.
CREATE TEMP TABLE ranked AS
SELECT c.id, (row_number() OVER (ORDER BY
    EXISTS (SELECT FROM interactions_event e WHERE e.client_id = c.id AND e.status = 'planned')
    OR EXISTS (SELECT FROM interactions_salesprocess s WHERE s.client_id = c.id AND s.status = 'open')
    OR EXISTS (SELECT FROM exchange_protection p WHERE p.client_id = c.id),
    md5(c.id::text)) - 1)::int AS n
FROM clients_client c WHERE c.manager_id IS NOT NULL;

CREATE TEMP TABLE staged AS
SELECT id, CASE
    WHEN n < :yellow * :nights THEN :'first'::date + n / :yellow - 30
    WHEN m < :leaving * (30 + :nights) THEN :'first'::date + m / :leaving - 180
    WHEN q % 10 = 0 THEN :'first'::date + 21 + q / 10 % 8 - 180
    WHEN q % 10 < 3 THEN :'first'::date + 20 + q / 10 % 80 - 150
    ELSE :'first'::date + 10 + q / 10 % 15 - 30
END AS clock
FROM (SELECT id, n, n - :yellow * :nights AS m, n - :yellow * :nights - :leaving * (30 + :nights) AS q FROM ranked) r;

UPDATE clients_client c SET
    clock_date = s.clock, last_contact_on = s.clock, assigned_on = least(c.assigned_on, s.clock),
    yellow_on = s.clock + 30, red_on = s.clock + 150, detach_on = s.clock + 180,
    zone = CASE WHEN s.clock + 150 < :'first' THEN 'red' WHEN s.clock + 30 < :'first' THEN 'yellow' ELSE 'green' END
FROM staged s WHERE s.id = c.id;

-- The contact that decided, of those who leave.
UPDATE interactions_event e SET counted_on = s.clock
FROM staged s WHERE s.id = e.client_id AND e.counted_on IS NOT NULL AND s.clock + 180 < :'first'::date + :nights;

-- Nobody owes a first contact, nor did (what was settled as made is looked at again).
TRUNCATE exchange_firsttouch, exchange_leavingwarning;
INSERT INTO exchange_leavingwarning (client_id, manager_id, head_id, clock_date, leaves_on, level, warned_on)
SELECT c.id, c.manager_id, CASE WHEN level <= 14 THEN d.head_id END, c.clock_date, c.detach_on, level, c.detach_on - level
FROM clients_client c
JOIN clients_manager m ON m.id = c.manager_id LEFT JOIN clients_department d ON d.id = m.department_id
CROSS JOIN unnest(ARRAY[30, 14, 7, 1]) level
WHERE c.detach_on - level < :'first';
COMMIT;
-- As a base that has lived: rows lie as the table's fillfactor says, statistics are there.
VACUUM (FULL, ANALYZE) clients_client;
VACUUM ANALYZE;
CHECKPOINT;
