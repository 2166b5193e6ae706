-- Categories stand below one another. The path holds the ids from the top down to the category itself, so that all
-- below one, and all above one, are found by one statement.
alter table categories
  add column parent_id text references categories (id),
  add column position  integer not null default 1000000,
  add column path      text[] not null default '{}',
  add column revision  bigint not null default 1;
update categories set path = array[id];
alter table categories
  alter column path drop default,
  add constraint categories_path_check check (path[cardinality(path)] = id and (parent_id is null) = (cardinality(path) = 1));
create index categories_path_idx on categories using gin (path);
