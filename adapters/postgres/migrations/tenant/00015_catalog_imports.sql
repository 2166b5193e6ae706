-- Files on their way into the catalogue: each import with how far it is, the parts of its file until it has been read,
-- and what was done with each product. One table for all three, since every table of every shop costs four relations.
-- The file is not compressed: it does not stay, and time is dearer than space.
create table catalog_imports (
  kind      text not null check (kind in ('import', 'file', 'row')),
  import_id text not null,
  n         integer not null,
  status    text not null,
  body      jsonb check ((body is null) = (kind = 'file')),
  data      bytea check ((data is null) = (kind <> 'file')),
  primary key (kind, import_id, n)
);
alter table catalog_imports alter column data set storage external;
