-- The revision counts the changes of a product, so that nobody overwrites what they have not seen.
alter table products add column revision bigint not null default 1;

-- The addresses that products had before, so that links to them go on to work. What is in products wins.
create table product_slugs (
  slug       text primary key,
  product_id text not null references products (id) on delete cascade
);
