-- Stock lies at locations. The truth about what is on hand is the ledger of movements: a row of it, and nothing else,
-- changes the quantity of its location and the sum in stock, in the same statement. Texts have their lengths, so that no
-- table of these needs another one for large values.

create table locations (
  id         varchar(40) primary key,
  name       varchar(80) not null,
  code       varchar(32) not null constraint locations_code_key unique,
  country    varchar(2) not null,
  position   integer not null, -- goods are taken from the first ones first
  active     boolean not null,
  revision   bigint not null,
  created_at timestamptz not null
);
insert into locations values ('loc_00000000000000000000000000', 'Main', 'main', '', 0, true, 1, now());

-- One row, which is only ever updated.
create table stock_settings (
  hold_minutes integer not null constraint stock_settings_hold_check check (hold_minutes between 1 and 120),
  low_at       bigint -- of variants without one of their own; null tells nobody
);
insert into stock_settings (hold_minutes, low_at) values (10, 0);

update stock set on_hand = 0 where on_hand < 0;
alter table stock
  add column backorder_cap bigint constraint stock_backorder_cap_check check (backorder_cap >= 0), -- null: any number
  add column ships_at      timestamptz, -- a backorder with a date is a pre-order
  add column low_at        bigint,
  add column held_until    timestamptz, -- no hold lasts longer, so that most readers need not look at the holds
  add column revision      bigint not null default 1, -- of the policy
  drop constraint stock_oversold_check,
  add constraint stock_on_hand_check check (on_hand >= 0),
  add constraint stock_oversold_check check (
    not tracked or backorder and backorder_cap is null or reserved <= on_hand + case when backorder then backorder_cap else 0 end
  );
alter table stock alter column on_hand set default 0;

-- What is reserved here lies here. Backorders are reserved in stock only, until goods come or they are sent.
create table stock_levels (
  variant_id  varchar(40) not null references stock (variant_id) on delete cascade,
  location_id varchar(40) not null references locations (id),
  on_hand     bigint not null default 0 constraint stock_levels_on_hand_check check (on_hand >= 0),
  reserved    bigint not null default 0,
  primary key (variant_id, location_id),
  constraint stock_levels_reserved_check check (reserved between 0 and on_hand)
) with (fillfactor = 70);

create table stock_movements (
  seq         bigint generated always as identity primary key,
  variant_id  varchar(40) not null,
  location_id varchar(40) not null references locations (id),
  kind        varchar(16) not null constraint stock_movements_kind_check
    check (kind in ('receive', 'sell', 'adjust', 'return', 'transfer_out', 'transfer_in', 'import')),
  quantity    bigint not null constraint stock_movements_quantity_check check (
    case when kind in ('receive', 'return', 'transfer_in') then quantity > 0 when kind in ('sell', 'transfer_out') then quantity < 0 else quantity <> 0 end
  ),
  reason      varchar(200) not null,
  reference   varchar(100) not null,
  actor       varchar(60) not null,
  at          timestamptz not null
);
create index stock_movements_variant_idx on stock_movements (variant_id, seq);

-- Where the goods of an order lie; '' where none do yet. What a cart at checkout holds lies anywhere and has an end.
create table stock_reservations (
  reference   varchar(40) not null, -- the order or the cart
  variant_id  varchar(40) not null,
  location_id varchar(40) not null,
  quantity    bigint not null constraint stock_reservations_quantity_check check (quantity > 0),
  expires_at  timestamptz,
  primary key (reference, variant_id, location_id)
);
create index stock_reservations_held_idx on stock_reservations (variant_id) where expires_at is not null;

create table stock_signups (
  id          varchar(40) primary key,
  variant_id  varchar(40) not null references stock (variant_id) on delete cascade,
  email       varchar(254) not null,
  created_at  timestamptz not null,
  notified_at timestamptz, -- its mail is on the way; the row goes when it was sent
  constraint stock_signups_key unique (variant_id, email)
);

insert into stock_levels (variant_id, location_id, on_hand, reserved)
  select variant_id, 'loc_00000000000000000000000000', on_hand, case when tracked and reserved <= on_hand then reserved else 0 end
  from stock where on_hand > 0;
insert into stock_movements (variant_id, location_id, kind, quantity, reason, reference, actor, at)
  select variant_id, 'loc_00000000000000000000000000', 'import', on_hand, 'opening stock', '', 'system', now() from stock where on_hand > 0 order by variant_id;
insert into stock_reservations (reference, variant_id, location_id, quantity)
  select l.order_id, l.variant_id, case when s.tracked and s.reserved <= s.on_hand then 'loc_00000000000000000000000000' else '' end, sum(l.quantity)
  from order_lines l join orders o on o.id = l.order_id join stock s on s.variant_id = l.variant_id
  where o.status in ('pending', 'confirmed') group by 1, 2, 3;

create function apply_stock_movements() returns trigger language plpgsql as $$
begin
  insert into stock_levels (variant_id, location_id)
    select distinct a.variant_id, a.location_id from added a
    where not exists (select from stock_levels l where l.variant_id = a.variant_id and l.location_id = a.location_id);
  update stock_levels l set on_hand = l.on_hand + a.quantity
    from (select variant_id, location_id, sum(quantity)::bigint as quantity from added group by 1, 2) a
    where l.variant_id = a.variant_id and l.location_id = a.location_id and a.quantity <> 0;
  update stock s set on_hand = s.on_hand + a.quantity
    from (select variant_id, sum(quantity)::bigint as quantity from added group by 1) a
    where s.variant_id = a.variant_id and a.quantity <> 0;
  return null;
end $$;
create trigger stock_movements_apply after insert on stock_movements
  referencing new table as added for each statement execute function apply_stock_movements();

create function refuse_stock_change() returns trigger language plpgsql as $$
begin
  raise exception 'quantities on hand change by new movements only' using errcode = 'restrict_violation';
end $$;
create trigger stock_movements_stay before update or delete or truncate on stock_movements
  for each statement execute function refuse_stock_change();
create trigger stock_insert_guard before insert on stock
  for each row when (new.on_hand <> 0 and pg_trigger_depth() = 0) execute function refuse_stock_change();
create trigger stock_update_guard before update of on_hand on stock
  for each row when (new.on_hand <> old.on_hand and pg_trigger_depth() = 0) execute function refuse_stock_change();
create trigger stock_levels_insert_guard before insert on stock_levels
  for each row when (new.on_hand <> 0 and pg_trigger_depth() = 0) execute function refuse_stock_change();
create trigger stock_levels_update_guard before update of on_hand on stock_levels
  for each row when (new.on_hand <> old.on_hand and pg_trigger_depth() = 0) execute function refuse_stock_change();
