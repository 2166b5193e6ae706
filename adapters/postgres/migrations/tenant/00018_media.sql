-- Pictures that the shop uploaded. Files lie in the store for files, by names that say their content; products name them by
-- their addresses.
create table media (
  id         varchar(40) primary key,
  file       varchar(80) not null constraint media_file_key unique,
  name       varchar(200) not null,
  bytes      bigint not null,
  width      integer not null,
  height     integer not null,
  status     varchar(16) not null constraint media_status_check check (status in ('processing', 'ready', 'failed')),
  problem    varchar(150) not null,
  sources    varchar(64)[] not null, -- SHA-256 of the addresses it was fetched from
  created_at timestamptz not null
);
create index media_sources_idx on media using gin (sources);

-- What of a product's first picture stays in sight when it is cropped, in percent; 0 is the middle.
alter table products add column image_x smallint not null default 0, add column image_y smallint not null default 0;
