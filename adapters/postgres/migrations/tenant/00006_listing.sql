-- A category sorted by price or title is read in that order, however many products it has.
create index products_category_price_idx on products (category_slug, min_price, id);
create index products_category_title_idx on products (category_slug, lower(title), id);
