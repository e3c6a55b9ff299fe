-- What the rules add to the night of :day: warnings, the plan of who leaves, notices. Run before raw.sql's effects are
-- looked at, after it by time: who has left is read from its detachments.
\set ON_ERROR_STOP on
BEGIN;
SELECT id AS run FROM exchange_nightlyrun WHERE date = :'day' \gset
INSERT INTO exchange_leavingwarning (client_id, manager_id, head_id, clock_date, leaves_on, level, warned_on, run_id)
SELECT c.id, c.manager_id, CASE WHEN level <= 14 THEN d.head_id END, c.clock_date, c.detach_on, level, :'day', :run
FROM unnest(ARRAY[30, 14, 7, 1]) level
JOIN clients_client c ON c.detach_on > :'last'::date + level AND c.detach_on <= :'day'::date + level
    AND c.manager_id IS NOT NULL AND c.detach_on > :'day'
JOIN clients_manager m ON m.id = c.manager_id LEFT JOIN clients_department d ON d.id = m.department_id;
INSERT INTO exchange_proposal (run_id, client_id, manager_id, department_id, clock_date, detach_on, status)
SELECT run_id, client_id, manager_id, department_id, clock_date, :'day', 'done' FROM exchange_detachment WHERE run_id = :run;
INSERT INTO clients_notice (recipient_id, kind, key, date, data, url, created_at)
SELECT manager_id, 'raw.leaving', :'day', :'day'::date,
    jsonb_build_object('clients', jsonb_agg(jsonb_build_array(client_id, leaves_on))), '/', now()
FROM exchange_leavingwarning WHERE run_id = :run GROUP BY 1
UNION ALL
SELECT head_id, 'raw.leaving-head', :'day', :'day'::date,
    jsonb_build_object('clients', jsonb_agg(jsonb_build_array(client_id, leaves_on))), '/', now()
FROM exchange_leavingwarning WHERE run_id = :run AND head_id IS NOT NULL GROUP BY 1
UNION ALL
SELECT manager_id, 'raw.left', :'day', :'day'::date, jsonb_build_object('clients', jsonb_agg(client_id)), '/', now()
FROM exchange_detachment WHERE run_id = :run GROUP BY 1
UNION ALL
SELECT h.head_id, 'raw.left-head', :'day', :'day'::date, jsonb_build_object('clients', jsonb_agg(client_id)), '/', now()
FROM exchange_detachment t JOIN clients_department h ON h.id = t.department_id
WHERE run_id = :run AND h.head_id IS NOT NULL GROUP BY 1;
COMMIT;
