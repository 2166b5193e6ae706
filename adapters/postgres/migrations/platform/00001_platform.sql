-- +goose Up
-- What all vendors share. It runs as halum_owner; the app's login gets the rights listed at the end and no others.

create table platform.tenants (
  id              text primary key,
  slug            text not null constraint tenants_slug_key unique,
  schema_name     text not null constraint tenants_schema_key unique check (schema_name ~ '^t_[a-z0-9]{8,26}$'),
  cell            text not null,
  status          text not null constraint tenants_status_check check (status in ('active', 'suspended')),
  publishable_key text not null constraint tenants_publishable_key unique,
  shop            jsonb not null,
  created_at      timestamptz not null
);

create table platform.hosts (
  host       text constraint hosts_pkey primary key,
  tenant_id  text not null references platform.tenants (id) on delete cascade,
  created_at timestamptz not null default now()
);
create index hosts_tenant_idx on platform.hosts (tenant_id);

create table platform.users (
  id            text primary key,
  email         text not null constraint users_email_key unique,
  name          text not null,
  password_hash text not null,
  created_at    timestamptz not null
);

create table platform.memberships (
  user_id    text not null references platform.users (id) on delete cascade,
  tenant_id  text not null references platform.tenants (id) on delete cascade,
  role       text not null constraint memberships_role_check check (role in ('owner', 'manager', 'fulfilment', 'read_only')),
  created_at timestamptz not null default now(),
  primary key (user_id, tenant_id)
);
create index memberships_tenant_idx on platform.memberships (tenant_id);

create table platform.staff_sessions (
  id          text primary key,
  user_id     text not null references platform.users (id) on delete cascade,
  generation  bigint not null,
  secret_hash bytea not null,
  expires_at  timestamptz not null,
  revoked_at  timestamptz,
  created_at  timestamptz not null
);
create index staff_sessions_user_idx on platform.staff_sessions (user_id);

create table platform.staff_resets (
  user_id    text primary key references platform.users (id) on delete cascade,
  token_hash bytea not null constraint staff_resets_token_key unique,
  expires_at timestamptz not null
);

create table platform.signing_keys (
  kid        text primary key,
  public_key bytea not null,
  sealed     bytea not null,
  created_at timestamptz not null
);

-- The control table of the fleet: which version of the tenant schema each tenant has.
create table platform.tenant_versions (
  tenant_id   text primary key references platform.tenants (id) on delete cascade,
  version     bigint not null,
  migrated_at timestamptz not null default now()
);

-- What a new tenant gets, written by the migrate step; one row.
create table platform.tenant_baseline (
  only_row boolean primary key default true check (only_row),
  version  bigint not null,
  sql      text not null
);

create table platform.audit (
  id        bigint generated always as identity primary key,
  at        timestamptz not null default now(),
  actor     text not null,
  action    text not null,
  tenant_id text not null,
  detail    jsonb not null
);
create index audit_tenant_idx on platform.audit (tenant_id, id);

-- +goose StatementBegin
-- Gives a tenant's role its rights on the tables of its schema. Run after every change of the tables.
create function platform.grant_tenant(tenant_schema text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tenant_schema !~ '^t_[a-z0-9]{8,26}$' then
    raise exception 'not a tenant schema: %', tenant_schema;
  end if;
  execute format('grant usage on schema %I to %I', tenant_schema, tenant_schema);
  execute format('grant select, insert, update, delete on all tables in schema %I to %I', tenant_schema, tenant_schema);
  execute format('grant usage, select on all sequences in schema %I to %I', tenant_schema, tenant_schema);
  -- The audit trail and the books are append-only, also for us.
  execute format('revoke update, delete on %I.events, %I.ledger_entries from %I', tenant_schema, tenant_schema, tenant_schema);
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Makes a tenant: registry row, role, schema, baseline tables, rights, version. The app's login may call it and can
-- make nothing else in the database.
create function platform.provision_tenant(
  tenant_id text, tenant_slug text, tenant_schema text, tenant_cell text, tenant_status text, tenant_key text, tenant_shop jsonb, made_at timestamptz
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  baseline platform.tenant_baseline;
begin
  if tenant_schema !~ '^t_[a-z0-9]{8,26}$' then
    raise exception 'not a tenant schema: %', tenant_schema;
  end if;
  -- A migration of the fleet that comes now waits for us, and then finds this tenant.
  select * into strict baseline from platform.tenant_baseline for share;
  insert into platform.tenants (id, slug, schema_name, cell, status, publishable_key, shop, created_at)
    values (tenant_id, tenant_slug, tenant_schema, tenant_cell, tenant_status, tenant_key, tenant_shop, made_at);
  insert into platform.tenant_versions (tenant_id, version) values (provision_tenant.tenant_id, baseline.version);
  execute format('create role %I nologin', tenant_schema);
  execute format('grant %I to halum_app', tenant_schema);
  execute format('create schema %I', tenant_schema);
  perform set_config('search_path', tenant_schema, true);
  execute baseline.sql;
  perform set_config('search_path', 'pg_catalog, pg_temp', true);
  perform platform.grant_tenant(tenant_schema);
  return baseline.version;
end $$;
-- +goose StatementEnd

revoke all on function platform.grant_tenant (text) from public;
revoke all on function platform.provision_tenant (text, text, text, text, text, text, jsonb, timestamptz) from public;

grant usage on schema platform to halum_app;
grant select, update (status, shop) on platform.tenants to halum_app;
grant select, insert, delete on platform.hosts to halum_app;
grant select, insert, update (name, password_hash) on platform.users to halum_app;
grant select, insert, update (role), delete on platform.memberships to halum_app;
grant select, insert, update, delete on platform.staff_sessions, platform.staff_resets to halum_app;
grant select, insert, delete on platform.signing_keys to halum_app;
grant select on platform.tenant_versions to halum_app;
grant insert on platform.audit to halum_app;
grant execute on function platform.provision_tenant (text, text, text, text, text, text, jsonb, timestamptz) to halum_app;
