-- How many published reviews gave one to five stars. It changes in the transaction that publishes or hides a review.
alter table products add column stars bigint[] not null default '{0,0,0,0,0}' check (cardinality(stars) = 5 and 0 <= all (stars));

create table reviews (
  id          text primary key,
  product_id  text not null references products (id),
  variant_id  text not null,
  order_id    text not null references orders (id),
  customer_id text not null references customers (id),
  author      text not null,
  stars       smallint not null check (stars between 1 and 5),
  title       text not null,
  body        text not null,
  status      text not null check (status in ('pending', 'published', 'rejected')),
  reason      text not null,
  reply       text not null,
  replied_at  timestamptz,
  helpful     bigint not null default 0 check (helpful >= 0),
  revision    bigint not null,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  constraint reviews_line_key unique (order_id, variant_id)
);
create index reviews_product_idx on reviews (product_id, status, created_at desc, id desc);
create index reviews_status_idx on reviews (status, created_at desc, id desc);
create index reviews_customer_idx on reviews (customer_id, created_at desc, id desc);

create table review_votes (
  review_id   text not null references reviews (id) on delete cascade,
  customer_id text not null references customers (id),
  primary key (review_id, customer_id)
);
