-- The addresses that products, categories and collections had before, so that links to them go on to work. What has a slug
-- now wins.
create table former_slugs (
  kind    varchar(16) not null constraint former_slugs_kind_check check (kind in ('product', 'category', 'collection')),
  slug    varchar(255) not null,
  subject varchar(40) not null,
  primary key (kind, slug)
);
insert into former_slugs select 'product', slug, product_id from product_slugs;
drop table product_slugs;
