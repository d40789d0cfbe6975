"""The scripts of RedisFeeds: each about the one key of one feed, and each done at once or not at all.

A feed is a sorted set of its entries and one sentinel, which is always its lowest member: `building:ID` or `whole:ID`,
ID being the replication id of the master that it was written on. Of more entries than the limit the lowest are as good
as trimmed; they are removed many at a time, because trimming costs as much as adding.
"""

_MASTER = """
local function master()
  return string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
end
"""

_TRIM = """
local function trim(key, limit)
  redis.call('ZREMRANGEBYRANK', key, 1, -(limit + 1))
end
"""

PUSH = (
    _TRIM
    + """
-- ARGV: limit, entries above it that may wait to be trimmed, then score and member of each entry
local key, limit = KEYS[1], tonumber(ARGV[1])
local size = redis.call('ZCARD', key) - 1
if size < 0 then return 0 end
local added = redis.call('ZADD', key, unpack(ARGV, 3))
if size + added > limit + tonumber(ARGV[2]) then trim(key, limit) end
return added
"""
)

READ = (
    _MASTER
    + """
-- ARGV: limit of a feed, ms that it lives, ms more at most, score to begin at, entries wanted
local key, limit, life, from, wanted = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[4], tonumber(ARGV[5])
local sentinel = redis.call('ZRANGE', key, 0, 0)[1]
if not sentinel or sentinel ~= 'whole:' .. master() then return false end
if redis.call('PTTL', key) < life then
  redis.pcall('PEXPIRE', key, life + tonumber(ARGV[3])) -- reads go on where writes are refused
end
-- Which entries of that very score are above the place to go on from is for the caller to say, and which are below the
-- floor: Lua compares strings by the server's locale.
if from ~= '+inf' then wanted = wanted + redis.call('ZCOUNT', key, from, from) end
local floor = {}
if redis.call('ZCARD', key) > tonumber(limit) then floor = redis.call('ZRANGE', key, '-' .. limit, '-' .. limit) end
return {redis.call('ZRANGE', key, from, '(-inf', 'BYSCORE', 'REV', 'LIMIT', 0, wanted), floor}
"""
)

BEGIN = (
    _MASTER
    + """
-- ARGV: ms that a feed lives
local key, id = KEYS[1], master()
local sentinel, building = redis.call('ZRANGE', key, 0, 0)[1], 'building:' .. id
if sentinel and string.sub(sentinel, -#id) ~= id then
  redis.call('UNLINK', key) -- it may lack pushes, so nothing could be said of its floor
  sentinel = nil
end
redis.call('ZADD', key, '-inf', building)
if sentinel and sentinel ~= building then redis.call('ZREM', key, sentinel) end
redis.call('PEXPIRE', key, ARGV[1])
return 1
"""
)

COMPLETE = (
    _MASTER
    + _TRIM
    + """
-- ARGV: limit, ms that a feed lives, then score and member of each entry
local key, id, most = KEYS[1], master(), 2000 -- of what Lua can unpack
local sentinel, whole = redis.call('ZRANGE', key, 0, 0)[1], 'whole:' .. id
if sentinel ~= whole and sentinel ~= 'building:' .. id then return 0 end
for first = 3, #ARGV, most do
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
