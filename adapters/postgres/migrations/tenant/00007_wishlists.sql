-- Items are kept in their list's row, as the lines of carts are: the parallel arrays are as long as each other.
create table wishlists (
  id          text primary key,
  customer_id text not null,
  token_hash  bytea not null,
  name        text not null,
  share       text not null,
  products    text[] not null,
  variants    text[] not null,
  added       timestamptz[] not null,
  seen        bigint[] not null,
  currency    text not null,
  stocked     boolean[] not null,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  constraint wishlists_owner_check check ((customer_id = '') <> (token_hash = '')),
  constraint wishlists_items_check check (cardinality(products) = cardinality(variants) and cardinality(products) = cardinality(added)
    and cardinality(products) = cardinality(seen) and cardinality(products) = cardinality(stocked))
);
create index wishlists_customer_idx on wishlists (customer_id) where customer_id <> '';
create index wishlists_token_idx on wishlists (token_hash) where token_hash <> '';
create unique index wishlists_share_key on wishlists (share) where share <> '';
-- Whom to tell of a change.
create index wishlists_products_idx on wishlists using gin (products) where customer_id <> '';
