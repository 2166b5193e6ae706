-- What staff ask for a variant is in variants, and in further currencies in the rows of prices that belong to no list. A
-- sale is a list for everybody: while it lasts, its lowest price lies beside the usual one, so that listings and carts need
-- not look at lists. Texts have their lengths, so that no table needs another one for large values.

alter table variants add column sale_price bigint constraint variants_sale_price_check check (sale_price >= 0);
alter table customers add column groups varchar(60)[] not null default '{}';

create table price_lists (
  id         varchar(40) primary key,
  name       varchar(120) not null,
  groups     varchar(60)[] not null, -- empty: everybody
  sale       boolean not null,       -- shown as a reduction
  starts_at  timestamptz not null,
  ends_at    timestamptz,
  deleted    boolean not null default false, -- goes when its prices are gone
  revision   bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table prices (
  variant_id   varchar(40) not null references variants (id) on delete cascade,
  list_id      varchar(40) not null, -- '': what everybody is asked in a further currency
  currency     varchar(3) not null,
  min_quantity integer not null constraint prices_min_quantity_check check (min_quantity between 1 and 999),
  amount       bigint not null constraint prices_amount_check check (amount >= 0),
  compare_at   bigint not null default 0,
  sale_amount  bigint,               -- as sale_price above, of rows without a list
  primary key (variant_id, list_id, currency, min_quantity)
);
create index prices_list_idx on prices (list_id, variant_id, currency, min_quantity);

-- What everybody was asked until a time. Nothing is written of a price that nobody has changed.
create table price_history (
  variant_id varchar(40) not null references variants (id) on delete cascade,
  currency   varchar(3) not null,
  until      timestamptz not null,
  amount     bigint not null,
  primary key (variant_id, currency, until)
);

create function keep_price() returns trigger language plpgsql as $$
begin
  insert into price_history (variant_id, currency, until, amount)
    select old.id, p.currency, now(), least(old.price, old.sale_price) from products p where p.id = old.product_id
    on conflict do nothing; -- of several changes in one transaction, only the first one was ever seen
  return null;
end $$;
create trigger variants_keep_price after update of price, sale_price on variants for each row
  when (least(old.price, old.sale_price) <> least(new.price, new.sale_price)) execute function keep_price();

create function keep_further_price() returns trigger language plpgsql as $$
begin
  insert into price_history (variant_id, currency, until, amount)
    values (old.variant_id, old.currency, now(), least(old.amount, old.sale_amount)) on conflict do nothing;
  return null;
end $$;
create trigger prices_keep_price after update of amount, sale_amount on prices for each row
  when (old.list_id = '' and least(old.amount, old.sale_amount) <> least(new.amount, new.sale_amount)) execute function keep_further_price();
