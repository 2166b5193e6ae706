-- The revision counts the changes of a product, so that nobody overwrites what they have not seen.
alter table products add column revision bigint not null default 1;
