-- What a shop says of its products besides what every shop does: material, author, voltage, …
create table attributes (
  key        text primary key,
  name       text not null,
  type       text not null constraint attributes_type_check check (type in ('text', 'number', 'choice', 'boolean', 'date')),
  choices    text[] not null,
  filterable boolean not null,
  position   integer not null,
  revision   bigint not null
);
-- By key; each value as text, in the one way in which its type is written.
alter table products add column attributes jsonb not null default '{}';
