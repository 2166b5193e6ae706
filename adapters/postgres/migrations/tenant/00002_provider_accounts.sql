-- A vendor's account with a provider has a mode, settings as the plugin's schema describes them, sealed secrets, and
-- rules for when it is offered.

alter table provider_accounts
  add column mode    text not null default 'live' constraint provider_accounts_mode_check check (mode in ('test', 'live')),
  add column secrets jsonb not null default '{}', -- by field: sealed, hint, former, former_until, changed_at
  add column rules   jsonb not null default '{}';
alter table provider_accounts rename column settings to config;

-- Settings were a flat map of texts. What cannot be read stays as it is: the plugin then says what is wrong with it.
update provider_accounts set mode = 'test' where kind = 'payment' and plugin = 'sandbox';
update provider_accounts a set config = (
  select coalesce(jsonb_object_agg(e.key, case when e.value in ('true', 'false') then to_jsonb(e.value = 'true') else to_jsonb(e.value) end), '{}')
  from jsonb_each_text(a.config) as e where e.value <> ''
) where kind = 'payment' and plugin = 'manual';
do $$
begin
  update provider_accounts set config = jsonb_set(config, '{services}', (config ->> 'services')::jsonb)
    where kind = 'shipping' and plugin = 'flatrate' and jsonb_typeof(config -> 'services') = 'string';
exception when invalid_text_representation then
  null;
end $$;

alter table provider_accounts
  alter column mode drop default,
  drop constraint provider_accounts_pkey,
  add primary key (kind, plugin, mode);
-- One mode at a time is offered.
create unique index provider_accounts_enabled_key on provider_accounts (kind, plugin) where enabled;
