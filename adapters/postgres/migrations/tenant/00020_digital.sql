-- Files that are sold with variants. They stay when their variant goes: whoever bought it has them.
create table digital_files (
  id         varchar(40) primary key,
  variant_id varchar(40) not null,
  name       varchar(150) not null,
  bytes      bigint not null constraint digital_files_bytes_check check (bytes > 0),
  created_at timestamptz not null,
  removed_at timestamptz
);
create index digital_files_variant_idx on digital_files (variant_id);

create table digital_downloads (
  order_id varchar(40) not null references orders (id),
  file_id  varchar(40) not null references digital_files (id) on delete cascade,
  count    integer not null,
  last_at  timestamptz not null,
  primary key (order_id, file_id)
);
