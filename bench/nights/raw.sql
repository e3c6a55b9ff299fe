-- The night of :day as one writes it by hand, in one transaction: colours, transitions, detachments, the snapshot. Policies are
-- not looked up, nobody's dates are looked at twice, nothing is held.
\set ON_ERROR_STOP on
BEGIN;
INSERT INTO exchange_nightlyrun (date, status, policy_version, error, ask_reason, decision, is_bare, started_at,
    turned_yellow, turned_red, mended, detached, held, green, yellow, red, on_exchange, kept, proposed, warned)
VALUES (:'day', 'running', :'policy', '', '', '', false, now(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) RETURNING id AS run \gset

WITH turned AS (
    UPDATE clients_client SET zone = 'yellow'
    WHERE yellow_on > :'last' AND yellow_on <= :'day' AND red_on > :'day' AND zone = 'green' AND manager_id IS NOT NULL
    RETURNING id, manager_id, clock_date)
INSERT INTO exchange_zonetransition
    (client_id, manager_id, from_zone, to_zone, cause, date, clock_date, policy, run_id, created_at)
SELECT id, manager_id, 'green', 'yellow', 'night', :'day', clock_date, :'policy', :run, now() FROM turned;

WITH turned AS (
    UPDATE clients_client SET zone = 'red'
    WHERE red_on > :'last' AND red_on <= :'day' AND detach_on > :'day' AND zone = 'yellow' AND manager_id IS NOT NULL
    RETURNING id, manager_id, clock_date)
INSERT INTO exchange_zonetransition
    (client_id, manager_id, from_zone, to_zone, cause, date, clock_date, policy, run_id, created_at)
SELECT id, manager_id, 'yellow', 'red', 'night', :'day', clock_date, :'policy', :run, now() FROM turned;

CREATE TEMP TABLE due ON COMMIT DROP AS
SELECT c.id, c.manager_id, m.department_id, c.zone, c.clock_date, c.last_contact_on, c.assigned_on, c.detach_on
FROM clients_client c JOIN clients_manager m ON m.id = c.manager_id
WHERE c.detach_on <= :'day' AND c.manager_id IS NOT NULL FOR NO KEY UPDATE OF c;
UPDATE clients_client c SET
    last_manager_id = c.manager_id, manager_id = NULL, assigned_on = NULL, clock_date = NULL, yellow_on = NULL,
    red_on = NULL, detach_on = NULL, zone = '', exchange_since = now()
FROM due WHERE due.id = c.id;
UPDATE clients_ownershipperiod o SET until = :'day', lost = 'idle' FROM due WHERE due.id = o.client_id AND o.until IS NULL;
INSERT INTO exchange_detachment (client_id, manager_id, department_id, reason, comment, detached_at, date, run_id,
    last_event_id, last_contact_on, assigned_on, clock_date, zone, policy)
SELECT id, manager_id, department_id, 'idle', '', now(), :'day', :run,
    (SELECT max(e.id) FROM interactions_event e WHERE e.client_id = due.id AND e.counted_on = due.last_contact_on),
    last_contact_on, assigned_on, clock_date, zone, :'policy' FROM due;
INSERT INTO exchange_zonetransition
    (client_id, manager_id, from_zone, to_zone, cause, date, clock_date, policy, run_id, created_at)
SELECT id, manager_id, zone, '', 'night', :'day', clock_date, :'policy', :run, now() FROM due;

INSERT INTO exchange_zonesnapshot (date, department_id, manager_id, green, yellow, red, on_exchange)
SELECT :'day', m.department_id, c.*, 0
FROM (SELECT manager_id, count(*) FILTER (WHERE zone = 'green'), count(*) FILTER (WHERE zone = 'yellow'),
      count(*) FILTER (WHERE zone = 'red') FROM clients_client WHERE manager_id IS NOT NULL GROUP BY 1) c
JOIN clients_manager m ON m.id = c.manager_id;
INSERT INTO exchange_zonesnapshot (date, department_id, green, yellow, red, on_exchange)
SELECT :'day', m.department_id, 0, 0, 0, count(*)
FROM clients_client c LEFT JOIN clients_manager m ON m.id = c.last_manager_id
WHERE c.manager_id IS NULL AND c.exchange_since IS NOT NULL AND c.archived_at IS NULL GROUP BY 2;
UPDATE exchange_nightlyrun r SET status = 'done', finished_at = now(), held = s.green + s.yellow + s.red,
    green = s.green, yellow = s.yellow, red = s.red, on_exchange = s.waiting
FROM (SELECT sum(green) AS green, sum(yellow) AS yellow, sum(red) AS red, sum(on_exchange) AS waiting
      FROM exchange_zonesnapshot WHERE date = :'day') s
WHERE r.id = :run;
COMMIT;
