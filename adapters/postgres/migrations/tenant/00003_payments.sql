-- Payments with captures, refunds, disputes and what providers send by themselves.

alter table payments
  add column mode           text not null default 'live' constraint payments_mode_check check (mode in ('test', 'live')),
  add column method_kind    text not null default '',
  add column asked          bigint,
  add column asked_currency text,
  add column captured       bigint not null default 0,
  add column refunded       bigint not null default 0,
  add column refunding      bigint not null default 0,
  add column disputed       bigint not null default 0,
  add column lost           bigint not null default 0,
  add column unfit          text not null default '',
  add column version        bigint not null default 0;
update payments set
  mode = case provider when 'sandbox' then 'test' else 'live' end,
  asked = amount, asked_currency = currency,
  captured = case when status in ('captured', 'returned') then amount else 0 end,
  refunded = case when status = 'returned' then amount else 0 end,
  unfit = case status when 'returned' then 'order_cancelled' when 'held' then 'amount_differs' else '' end,
  status = case status when 'returned' then 'captured' when 'held' then 'voided' else status end;
alter table payments
  alter column asked set not null,
  alter column asked_currency set not null,
  alter column mode drop default,
  alter column method_kind drop default,
  add constraint payments_amounts_check check (
    captured between 0 and amount and refunded between 0 and captured and refunding >= 0 and disputed >= 0 and lost >= 0
  );
create index payments_ref_idx on payments (provider, provider_ref) where provider_ref <> '';
update orders set payment_status = 'unfulfillable' where payment_status = 'held';

-- Captures and refunds: the intent is here before the provider hears of it.
create table payment_moves (
  id           text primary key,
  kind         text not null constraint payment_moves_kind_check check (kind in ('capture', 'refund')),
  payment_id   text not null references payments (id),
  order_id     text not null references orders (id),
  amount       bigint not null check (amount > 0),
  currency     text not null,
  final        boolean not null,
  status       text not null constraint payment_moves_status_check check (status in ('open', 'pending', 'succeeded', 'failed')),
  provider_ref text not null,
  reason       text not null,
  code         text not null,
  message      text not null,
  made_by      text not null,
  created_at   timestamptz not null,
  updated_at   timestamptz not null
) with (fillfactor = 80);
create index payment_moves_order_idx on payment_moves (order_id, created_at);
create unique index payment_moves_refund_key on payment_moves (payment_id, provider_ref) where kind = 'refund' and provider_ref <> '';

create table disputes (
  payment_id text not null references payments (id),
  ref        text not null,
  order_id   text not null references orders (id),
  status     text not null constraint disputes_status_check check (status in ('needs_response', 'under_review', 'won', 'lost')),
  amount     bigint not null check (amount > 0),
  currency   text not null,
  reason     text not null,
  deadline   timestamptz,
  updated_at timestamptz not null,
  primary key (payment_id, ref)
);
create index disputes_order_idx on disputes (order_id);

-- What providers sent: verified by the plugin, kept before it is acknowledged, worked on by a job.
create table provider_events (
  id          text primary key,
  plugin      text not null,
  mode        text not null,
  event_id    text not null,
  kind        text not null,
  event       jsonb not null,
  raw         bytea not null,
  status      text not null constraint provider_events_status_check check (status in ('received', 'processed', 'ignored', 'parked', 'dead')),
  note        text not null,
  received_at timestamptz not null,
  updated_at  timestamptz not null,
  constraint provider_events_key unique (plugin, mode, event_id)
) with (fillfactor = 80);
create index provider_events_waiting_idx on provider_events (received_at) where status in ('received', 'parked');

-- How many orders were placed from a cart: somebody who tries out cards places many.
alter table carts add column attempts integer not null default 0;
