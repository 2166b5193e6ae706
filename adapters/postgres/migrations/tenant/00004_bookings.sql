-- The transport of an order's goods: the intent is here, with all that the carrier is asked for, before it hears of it.
create table bookings (
  id              text primary key,
  order_id        text not null references orders (id),
  direction       text not null constraint bookings_direction_check check (direction in ('outward', 'return')),
  plugin          text not null,
  mode            text not null constraint bookings_mode_check check (mode in ('test', 'live')),
  service         text not null,
  rate_ref        text not null,
  parcel          jsonb not null,
  status          text not null constraint bookings_status_check check (status in ('requested', 'pending', 'booked', 'declined', 'cancelled')),
  cancelling      boolean not null,
  carrier_ref     text not null,
  tracking_number text not null,
  tracking_url    text not null,
  price           bigint not null check (price >= 0),
  currency        text not null, -- '' while the price is not known
  code            text not null,
  message         text not null,
  parcel_status   text not null,
  parcel_at       timestamptz,
  steps           jsonb not null, -- scans: status, at, place, text
  made_by         text not null,
  created_at      timestamptz not null,
  updated_at      timestamptz not null
) with (fillfactor = 80);
create index bookings_order_idx on bookings (order_id, created_at);
create index bookings_ref_idx on bookings (plugin, carrier_ref) where carrier_ref <> '';
create index bookings_open_idx on bookings (id)
  where status in ('requested', 'pending') or status = 'booked' and (cancelling or parcel_status not in ('delivered', 'cancelled'));
