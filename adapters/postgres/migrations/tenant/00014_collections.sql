-- Products that are shown together: those that staff chose, in their order, or all to which some conditions apply.
create table collections (
  id          text primary key,
  slug        text not null constraint collections_slug_key unique,
  title       text not null,
  description text not null,
  active      boolean not null,
  products    text[] not null,
  conditions  jsonb not null, -- field, key, operator, values
  any_of      boolean not null,
  revision    bigint not null,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  constraint collections_kind_check check (cardinality(products) = 0 or jsonb_array_length(conditions) = 0)
);
