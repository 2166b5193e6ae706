-- +goose Up
-- Every tenant's data key, wrapped by the master key. The newest version seals, all of them open.

create table platform.tenant_keys (
  tenant_id  text not null references platform.tenants (id) on delete cascade,
  version    bigint not null check (version > 0),
  wrapped    bytea not null,
  created_at timestamptz not null,
  primary key (tenant_id, version)
);

-- A new master key wraps anew what an older one has wrapped; nothing else about a key ever changes.
grant select, insert, update (wrapped) on platform.tenant_keys to halum_app;
grant update (sealed) on platform.signing_keys to halum_app;
