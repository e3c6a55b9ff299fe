-- Zone transitions by month, on a living base: see docs/scale.md. crm/tests/test_partitions.py runs a night on what this makes.
-- psql -v ON_ERROR_STOP=1 -v first="'2027-01-01'" -v next="'2027-02-01'" -f transitions_by_month.sql
-- "first" is the first day of a month to come: what is older stays together in one partition.

-- Beside the work: nothing here keeps a writer waiting.
ALTER TABLE exchange_zonetransition ADD CONSTRAINT until_first CHECK (date < :first) NOT VALID;
ALTER TABLE exchange_zonetransition VALIDATE CONSTRAINT until_first;
CREATE UNIQUE INDEX CONCURRENTLY zonetransition_old_key ON exchange_zonetransition (id, date);
CREATE UNIQUE INDEX CONCURRENTLY transition_old_once ON exchange_zonetransition (run_id, client_id, to_zone, date)
    WHERE run_id IS NOT NULL;

-- The change itself: some milliseconds whatever the size, because everything it asks for is there already.
BEGIN;
SET LOCAL lock_timeout = '2s';
LOCK TABLE exchange_zonetransition IN ACCESS EXCLUSIVE MODE;
ALTER TABLE exchange_zonetransition RENAME TO exchange_zonetransition_old;
ALTER TABLE exchange_zonetransition_old DROP CONSTRAINT exchange_zonetransition_pkey;
ALTER TABLE exchange_zonetransition_old ADD CONSTRAINT zonetransition_old_pkey PRIMARY KEY USING INDEX zonetransition_old_key;
DROP INDEX transition_once_per_run;
ALTER INDEX transition_flows RENAME TO transition_old_flows;
ALTER INDEX transition_of_client RENAME TO transition_old_of_client;
CREATE TABLE exchange_zonetransition (LIKE exchange_zonetransition_old INCLUDING DEFAULTS INCLUDING IDENTITY)
    PARTITION BY RANGE (date);
SELECT setval(
    pg_get_serial_sequence('exchange_zonetransition', 'id'),
    nextval(pg_get_serial_sequence('exchange_zonetransition_old', 'id'))
);
ALTER TABLE exchange_zonetransition ADD PRIMARY KEY (id, date);
CREATE UNIQUE INDEX transition_once_per_run ON exchange_zonetransition (run_id, client_id, to_zone, date)
    WHERE run_id IS NOT NULL;
CREATE INDEX transition_of_client ON exchange_zonetransition (client_id, date);
CREATE INDEX transition_flows ON exchange_zonetransition (date, manager_id) INCLUDE (from_zone, to_zone, cause);
CREATE INDEX transition_of_manager ON exchange_zonetransition (manager_id);
ALTER TABLE exchange_zonetransition ADD FOREIGN KEY (client_id) REFERENCES clients_client DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE exchange_zonetransition ADD FOREIGN KEY (manager_id) REFERENCES clients_manager DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE exchange_zonetransition ADD FOREIGN KEY (run_id) REFERENCES exchange_nightlyrun DEFERRABLE INITIALLY DEFERRED;
-- Triggers by statement are those of the table that is named in the statement: they move to the new one.
DO $$
DECLARE
    name text;
    made text;
BEGIN
    FOR name, made IN
        SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE tgrelid = 'exchange_zonetransition_old'::regclass AND NOT tgisinternal
    LOOP
        EXECUTE format('DROP TRIGGER %I ON exchange_zonetransition_old', name);
        EXECUTE replace(made, 'exchange_zonetransition_old', 'exchange_zonetransition');
    END LOOP;
END $$;
ALTER TABLE exchange_zonetransition
    ATTACH PARTITION exchange_zonetransition_old FOR VALUES FROM (MINVALUE) TO (:first);
CREATE TABLE exchange_zonetransition_first PARTITION OF exchange_zonetransition FOR VALUES FROM (:first) TO (:next);
COMMIT;
