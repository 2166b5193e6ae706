-- What the search knows of each product, in words that are cut and stemmed already. Processes read it into memory and
-- from then on only what has changed: hence changed, the transaction that wrote the row. Whoever has seen everything
-- before the oldest transaction that was still running at some moment goes on from there and misses nothing.
create table search_documents (
  product_id text primary key,
  claimed    bigint not null, -- the last version that was given out to somebody who reads the product
  sold       bigint not null, -- units, decayed, in thousandths
  version    bigint not null, -- of the document; 0 while there is none
  changed    bigint not null,
  live       boolean not null,
  title      text not null,
  keywords   text not null,
  body       text not null,
  codes      text not null,
  facets     text not null,
  price      bigint not null,
  created    bigint not null, -- microseconds since 1970
  popularity bigint not null,
  rating     bigint not null
) with (fillfactor = 80);
create index search_documents_changed_idx on search_documents (changed, product_id);

create table search_settings (
  only_row boolean primary key default true check (only_row),
  version  bigint not null,
  synonyms jsonb not null
);
