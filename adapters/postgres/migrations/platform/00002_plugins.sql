-- +goose Up
-- Which versions of the provider plugins the nodes run, and what the nodes say of them.

create table platform.plugins (
  program      text not null check (program ~ '^(payment|shipping)-[a-z0-9]+(-[a-z0-9]+)*$'),
  version      text not null check (version <> ''),
  sha256       text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  args         text[] not null,
  reads        text[] not null,
  writes       text[] not null,
  state        text not null constraint plugins_state_check check (state in ('installed', 'active', 'previous')),
  installed_at timestamptz not null default now(),
  changed_at   timestamptz not null default now(),
  primary key (program, version)
);
create unique index plugins_active_key on platform.plugins (program) where state = 'active';
create unique index plugins_previous_key on platform.plugins (program) where state = 'previous';

create table platform.plugin_nodes (
  node       text not null,
  program    text not null,
  version    text not null,
  sha256     text not null,
  phase      text not null,
  pid        integer not null,
  restarts   integer not null,
  in_flight  integer not null,
  since      timestamptz not null,
  last_error text not null,
  refused    text not null,
  lines      text[] not null,
  seen_at    timestamptz not null default now(),
  primary key (node, program)
);
-- The row of program '' stands for the node itself: it alone is touched by every report, the others when they change.
create index plugin_nodes_seen_idx on platform.plugin_nodes (seen_at) where program = '';

-- A version's content never changes and is never forgotten: the audit trail names it.
grant select, insert, update (state, changed_at) on platform.plugins to halum_app;
grant select, insert, delete,
  update (version, sha256, phase, pid, restarts, in_flight, since, last_error, refused, lines, seen_at) on platform.plugin_nodes to halum_app;
