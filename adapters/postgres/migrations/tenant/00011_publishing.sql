-- A draft may become active by itself, has words of its own for search engines, and names what goes with it.
alter table products
  add column publish_at      timestamptz,
  add column seo_title       text not null default '',
  add column seo_description text not null default '',
  add column related         text[] not null default '{}';
