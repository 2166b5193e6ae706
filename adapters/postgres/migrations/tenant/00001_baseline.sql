-- One vendor's data. It runs with search_path set to the tenant's schema and nothing else, as the owner of the tables.
-- Every name is unqualified, so that the same text makes every tenant. No extension, no type of our own: a schema can
-- be copied to another server as it is.

create table categories (
  id   text primary key,
  slug text not null constraint categories_slug_key unique,
  name text not null
);

-- What a listing shows is kept on the product row, so that a page of products is read from one table.
create table products (
  id            text primary key,
  slug          text not null constraint products_slug_key unique,
  title         text not null,
  description   text not null,
  brand         text not null,
  category_id   text references categories (id),
  category_slug text not null,
  tags          text[] not null,
  status        text not null constraint products_status_check check (status in ('draft', 'active', 'archived')),
  options       jsonb not null,
  images        jsonb not null,
  image_url     text not null,
  image_alt     text not null,
  currency      text not null,
  min_price     bigint not null check (min_price >= 0),
  max_price     bigint not null check (max_price >= min_price),
  compare_at    bigint not null,
  variant_count integer not null,
  only_variant  text not null,
  search        tsvector not null,
  created_at    timestamptz not null,
  updated_at    timestamptz not null
);
create index products_newest_idx on products (created_at desc, id desc);
create index products_price_idx on products (min_price, id);
create index products_title_idx on products (lower(title), id);
create index products_category_idx on products (category_slug, created_at desc, id desc);
create index products_search_idx on products using gin (search);

create table variants (
  id                text primary key,
  product_id        text not null references products (id) on delete cascade,
  position          integer not null,
  sku               text not null,
  barcode           text not null,
  option_values     text[] not null,
  price             bigint not null check (price >= 0),
  compare_at        bigint not null,
  grams             bigint not null,
  image_url         text not null,
  requires_shipping boolean not null,
  taxable           boolean not null
);
create index variants_product_idx on variants (product_id);

-- Quantities change with every order, so they live apart from what is rarely written, with room for updates in place.
create table stock (
  variant_id text primary key references variants (id) on delete cascade,
  product_id text not null,
  on_hand    bigint not null,
  reserved   bigint not null default 0 constraint stock_reserved_check check (reserved >= 0),
  tracked    boolean not null,
  backorder  boolean not null,
  constraint stock_oversold_check check (not tracked or backorder or reserved <= on_hand)
) with (fillfactor = 70);
create index stock_product_idx on stock (product_id);

-- The lines live in the cart's row: a reader that waits for the row's lock then sees the lines that were committed
-- meanwhile, which a join under read committed would not.
create table carts (
  id          text primary key,
  token_hash  bytea not null,
  customer_id text not null,
  currency    text not null,
  ordered     boolean not null,
  variants    text[] not null,
  quantities  bigint[] not null,
  seen        bigint[] not null,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  constraint carts_lines_check check (cardinality(variants) = cardinality(quantities) and cardinality(variants) = cardinality(seen))
) with (fillfactor = 80);
create index carts_customer_idx on carts (customer_id, created_at desc) where customer_id <> '';

create table customers (
  id            text primary key,
  email         text not null constraint customers_email_key unique,
  name          text not null,
  password_hash text not null,
  created_at    timestamptz not null
);

create table customer_sessions (
  id          text primary key,
  customer_id text not null references customers (id) on delete cascade,
  generation  bigint not null,
  secret_hash bytea not null,
  expires_at  timestamptz not null,
  revoked_at  timestamptz,
  created_at  timestamptz not null
);
create index customer_sessions_customer_idx on customer_sessions (customer_id);

create table customer_resets (
  customer_id text primary key references customers (id) on delete cascade,
  token_hash  bytea not null constraint customer_resets_token_key unique,
  expires_at  timestamptz not null
);

create sequence order_numbers start with 1001;

create table orders (
  id             text primary key,
  number         bigint not null default nextval('order_numbers') constraint orders_number_key unique,
  secret         text not null,
  cart_id        text not null,
  customer_id    text not null,
  email          text not null,
  address        jsonb not null,
  rate           jsonb not null,
  currency       text not null,
  subtotal       bigint not null,
  shipping       bigint not null,
  total          bigint not null,
  status         text not null constraint orders_status_check check (status in ('pending', 'confirmed', 'fulfilled', 'cancelled')),
  payment_status text not null,
  provider       text not null,
  reason         text not null,
  note           text not null,
  tracking       text not null,
  placed_at      timestamptz not null,
  updated_at     timestamptz not null,
  constraint orders_total_check check (total = subtotal + shipping)
);
-- A cart becomes one order; only after a cancelled one may it be tried again.
create unique index orders_cart_key on orders (cart_id) where status <> 'cancelled';
create index orders_customer_idx on orders (customer_id, number desc) where customer_id <> '';
create index orders_status_idx on orders (status, number desc);

create table order_lines (
  order_id          text not null references orders (id) on delete cascade,
  position          integer not null,
  variant_id        text not null,
  product_id        text not null,
  slug              text not null,
  title             text not null,
  variant_title     text not null,
  sku               text not null,
  image_url         text not null,
  quantity          bigint not null check (quantity > 0),
  price             bigint not null,
  total             bigint not null,
  requires_shipping boolean not null,
  primary key (order_id, position),
  constraint order_lines_total_check check (total = price * quantity)
);

create table payments (
  id           text primary key,
  order_id     text not null references orders (id),
  provider     text not null,
  amount       bigint not null,
  currency     text not null,
  status       text not null,
  provider_ref text not null,
  next_action  jsonb,
  code         text not null,
  message      text not null,
  expires_at   timestamptz not null,
  created_at   timestamptz not null,
  updated_at   timestamptz not null
);
create index payments_order_idx on payments (order_id, created_at desc);

-- Double entry, append-only. A posting is written by one statement, which must balance.
create table ledger_entries (
  posting_id text not null,
  account    text not null,
  payment_id text not null references payments (id),
  order_id   text not null,
  amount     bigint not null check (amount <> 0),
  currency   text not null,
  at         timestamptz not null,
  constraint ledger_entries_pkey primary key (posting_id, account)
);
create index ledger_entries_payment_idx on ledger_entries (payment_id);

create function ledger_balances() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select 1 from added group by posting_id, currency having sum(amount) <> 0) then
    raise exception 'a posting does not sum to zero' using errcode = 'check_violation', constraint = 'ledger_entries_balance_check';
  end if;
  return null;
end $$;
create trigger ledger_entries_balance after insert on ledger_entries
  referencing new table as added for each statement execute function ledger_balances();

create table events (
  seq     bigint generated always as identity primary key,
  id      text not null constraint events_id_key unique,
  kind    text not null,
  subject text not null,
  actor   text not null,
  data    jsonb not null,
  at      timestamptz not null
);

create table notification_topics (
  topic text primary key,
  seq   bigint not null
) with (fillfactor = 70);

create table notifications (
  topic        text not null,
  seq          bigint not null,
  event_id     text not null,
  kind         text not null,
  order_id     text not null,
  order_number bigint not null,
  title        text not null,
  body         text not null,
  at           timestamptz not null,
  primary key (topic, seq),
  constraint notifications_event_key unique (event_id, topic)
);

create table idempotency_keys (
  scope       text not null,
  key         text not null,
  fingerprint bytea not null,
  ref         text not null,
  answer      bytea,
  lease_until timestamptz,
  created_at  timestamptz not null,
  primary key (scope, key)
) with (fillfactor = 80);
create index idempotency_keys_age_idx on idempotency_keys (created_at);

create table provider_accounts (
  kind     text not null constraint provider_accounts_kind_check check (kind in ('payment', 'shipping')),
  plugin   text not null,
  settings jsonb not null,
  revision bigint not null,
  enabled  boolean not null,
  position integer not null,
  primary key (kind, plugin)
);
