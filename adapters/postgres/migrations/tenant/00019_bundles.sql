-- A bundle is sold at a price of its own, and its stock is that of its parts: nothing of itself lies anywhere.

alter table stock
  add column bundled boolean not null default false,
  add constraint stock_bundled_check check (not bundled or on_hand = 0 and reserved = 0);

create table bundle_parts (
  bundle_id varchar(40) not null references stock (variant_id) on delete cascade,
  part_id   varchar(40) not null constraint bundle_parts_part_fkey references variants (id), -- it stays while a bundle has it
  quantity  bigint not null constraint bundle_parts_quantity_check check (quantity between 1 and 1000),
  position  smallint not null,
  primary key (bundle_id, part_id),
  constraint bundle_parts_part_check check (bundle_id <> part_id)
);
create index bundle_parts_part_idx on bundle_parts (part_id);

-- What was sold is what is packed, whatever the bundle has later; and a pre-order keeps the day the shopper was told.
alter table order_lines
  add column parts    jsonb not null default '[]',
  add column ships_at timestamptz;
