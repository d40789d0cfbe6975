"""The scripts of RedisFeeds: each about the one key of one feed, but for pushes; and each done at once or not at all.

A feed is a sorted set of its entries and one sentinel, which is always its lowest member: `whole:TAG`, or while it is
rebuilt `building:TAG` and the nonce of whoever began. TAG says under which epoch and on which master (belief.py). Of
more entries than the limit the lowest are as good as trimmed; they are removed many at a time: trimming costs as much
as adding.
"""

from infra.redis.belief import EPOCH_BYTES

_TRIM = """
local function trim(key, limit)
  redis.call('ZREMRANGEBYRANK', key, 1, -(limit + 1))
end
"""

PUSH = (
    _TRIM
    + """
-- ARGV: limit, entries above it that may wait to be trimmed, then score and member of each entry
local limit, most = tonumber(ARGV[1]), ARGV[1] + ARGV[2]
for _, key in ipairs(KEYS) do
  local size = redis.call('ZCARD', key) - 1
  if size >= 0 and size + redis.call('ZADD', key, unpack(ARGV, 3)) > most then trim(key, limit) end
end
"""
)

READ = """
-- ARGV: limit of a feed, ms that it lives, ms more at most, score to begin at, entries wanted, tag
local key, limit, life, from, wanted = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[4], tonumber(ARGV[5])
if redis.call('ZRANGE', key, 0, 0)[1] ~= 'whole:' .. ARGV[6] then return false end
if redis.call('PTTL', key) < life then
  redis.pcall('PEXPIRE', key, life + tonumber(ARGV[3])) -- reads go on where writes are refused
end
-- Which entries of that very score are above the place to go on from is for the caller to say, and which are below the
-- floor: Lua compares strings by the server's locale.
if from ~= '+inf' then wanted = wanted + redis.call('ZCOUNT', key, from, from) end
local floor = {}
if redis.call('ZCARD', key) > tonumber(limit) then floor = redis.call('ZRANGE', key, '-' .. limit, '-' .. limit) end
local entries = redis.call('ZRANGE', key, from, '(-inf', 'BYSCORE', 'REV', 'LIMIT', 0, wanted)
return {table.concat(entries, '\\n'), floor} -- as one string: who reads the same again knows it as a whole
"""

LOOK = """
-- ARGV: limit of a feed, entries wanted, then members that are asked for. Changes nothing
local key, limit, held = KEYS[1], tonumber(ARGV[1]), {}
local sentinel = redis.call('ZRANGE', key, 0, 0)[1]
if not sentinel then return false end
local size, floor = redis.call('ZCARD', key) - 1, {}
if size >= limit then floor = redis.call('ZRANGE', key, -limit, -limit) end
for place = 3, #ARGV do held[place - 2] = redis.call('ZSCORE', key, ARGV[place]) and 1 or 0 end
local newest = redis.call('ZRANGE', key, '+inf', '(-inf', 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[2])
return {sentinel, size, redis.call('PTTL', key), floor, newest, held}
"""

BEGIN = f"""
-- ARGV: ms that a feed lives, tag, nonce. The nonce under which the feed is being rebuilt; false: of a higher epoch
local key, tag, nonce = KEYS[1], ARGV[2], ARGV[3]
local sentinel = redis.call('ZRANGE', key, 0, 0)[1]
local kind, of = string.match(sentinel or '', '^(%a+):(.*)$')
local length = #tag + (kind == 'building' and #nonce or 0)
if sentinel and string.sub(of or '', 1, #tag) ~= tag then
  local ours = of and #of == length
  if ours and struct.unpack('>I{EPOCH_BYTES}', of) > struct.unpack('>I{EPOCH_BYTES}', tag) then return false end
  redis.call('UNLINK', key) -- it may lack pushes, so nothing could be said of its floor
  sentinel = nil
end
if sentinel and kind == 'building' then
  nonce = string.sub(of, #tag + 1) -- who began first names it: pushes have landed since then
else
  redis.call('ZADD', key, '-inf', 'building:' .. tag .. nonce)
  if sentinel then redis.call('ZREM', key, sentinel) end
end
redis.call('PEXPIRE', key, ARGV[1])
return nonce
"""

COMPLETE = (
    _TRIM
    + """
-- ARGV: limit, ms that a feed lives, tag, nonce, then score and member of each entry
local key, most = KEYS[1], 2000 -- of what Lua can unpack
local sentinel, whole = redis.call('ZRANGE', key, 0, 0)[1], 'whole:' .. ARGV[3]
if sentinel ~= whole and sentinel ~= 'building:' .. ARGV[3] .. ARGV[4] then return 0 end
for first = 5, #ARGV, most do
  redis.call('ZADD', key, unpack(ARGV, first, math.min(first + most - 1, #ARGV)))
end
if sentinel ~= whole then
  redis.call('ZADD', key, '-inf', whole)
  redis.call('ZREM', key, sentinel)
end
trim(key, tonumber(ARGV[1]))
redis.call('PEXPIRE', key, ARGV[2])
return 1
"""
)
