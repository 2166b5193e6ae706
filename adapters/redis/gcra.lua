-- Generic cell rate algorithm. The key holds the theoretical arrival time (TAT) of the next request, in microseconds
-- of Redis's own clock, so that all nodes count by one clock. A request conforms while TAT is at most `window` ahead.
--
-- KEYS[1]  what is counted
-- ARGV[1]  microseconds that one request uses up
-- ARGV[2]  window: the same for a whole burst
-- Returns  allowed (0 or 1), requests left, microseconds to wait
local step, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

local tat = tonumber(redis.call('GET', KEYS[1]) or now) or now
-- The clock may have gone back, or the rate may have been changed: never lock out for longer than a full window.
tat = math.max(now, math.min(tat, now + window))

local new_tat = tat + step
local wait = new_tat - window - now
if wait > 0 then
  return { 0, 0, math.ceil(wait) }
end

local ttl = math.max(1, math.ceil((new_tat - now) / 1000))
redis.call('SET', KEYS[1], string.format('%.0f', new_tat), 'PX', ttl)
return { 1, math.floor((window - (new_tat - now)) / step), 0 }
