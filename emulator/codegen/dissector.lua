-- What reads the declarations above. Nothing below knows a packet by name.

local values = Proto("isletbench", "Insulin Delivery and Continuous Glucose Monitoring")
local link = Proto("isletbench_link", "isletbench serial link")
local fields = {}
local experts = {
  malformed = ProtoExpert.new("isletbench.malformed", "The value ends within a field", expert.group.MALFORMED, expert.severity.ERROR),
  beyond = ProtoExpert.new("isletbench.beyond", "Octets beyond the layout, or protection with a wrong CRC", expert.group.UNDECODED, expert.severity.WARN),
  damaged = ProtoExpert.new("isletbench_link.damaged", "No intact frame", expert.group.CHECKSUM, expert.severity.WARN),
}
values.experts = { experts.malformed, experts.beyond }
link.experts = { experts.damaged }

local function words(name)
  local text = name:gsub("_", " ")
  return text:sub(1, 1):upper() .. text:sub(2)
end

local UNSIGNED = { ProtoField.uint8, ProtoField.uint16, ProtoField.uint24, ProtoField.uint32, [8] = ProtoField.uint64 }
local SIGNED = { ProtoField.int8, ProtoField.int16, ProtoField.int24, ProtoField.int32, [8] = ProtoField.int64 }

local function numbered(abbreviation, name, size, shown, known, meaning)
  return UNSIGNED[size](abbreviation, words(name), shown, known, nil, meaning)
end

local function declare(owner, name, part)
  local abbreviation = "isletbench." .. owner .. "." .. name
  local meaning = part.unit
  if part.kind == "integer" then
    local make = part.signed and SIGNED or UNSIGNED
    fields[abbreviation] = make[part.size](abbreviation, words(name), base.DEC, nil, nil, meaning)
  elseif part.kind == "decimal" then
    fields[abbreviation] = ProtoField.double(abbreviation, words(name), meaning)
  elseif part.kind == "code" then
    fields[abbreviation] = numbered(abbreviation, name, part.size, base.HEX, ENUMS[part.enum], meaning)
  elseif part.kind == "bits" then
    fields[abbreviation] = ProtoField.uint32(abbreviation, words(name), base.HEX, nil, nil, meaning)
  elseif part.kind == "pair" then
    fields[abbreviation] = ProtoField.uint8(abbreviation, words(name), base.HEX, nil, nil, meaning)
  elseif part.kind == "zone" then
    fields[abbreviation] = ProtoField.int8(abbreviation, words(name), base.DEC, nil, nil, meaning)
  elseif part.kind == "bit" then
    fields[abbreviation] = ProtoField.bool(abbreviation, words(name), base.NONE, nil, nil, meaning)
  elseif part.kind == "flags" then
    fields[abbreviation] = numbered(abbreviation, name, part.size, base.HEX, nil, "which fields are present")
  elseif part.kind == "rest" and part.text then
    fields[abbreviation] = ProtoField.string(abbreviation, words(name), base.UNICODE, meaning)
  elseif part.kind ~= "nested" and part.kind ~= "repeated" then
    fields[abbreviation] = ProtoField.bytes(abbreviation, words(name), base.SPACE, meaning)
  end
end

for owner, parts in pairs(PACKETS) do
  for _, part in ipairs(parts) do
    declare(owner, part.name, part)
  end
end
for owner, point in pairs(POINTS) do
  declare(owner, point.code, { kind = "code", size = point.size, enum = owner })
  declare(owner, "octets", { kind = "rest" })
end
for owner, dialect in pairs(DIALECTS) do
  declare(owner, "op_code", { kind = "code", size = 1, enum = owner .. ".op_code" })
  declare(owner, "operator", { kind = "code", size = 1, enum = owner .. ".operator" })
  declare(owner, "filter", { kind = "code", size = 1, enum = owner .. ".filter" })
  declare(owner, "outcome", { kind = "code", size = 1, enum = owner .. ".outcome" })
  declare(owner, "request", { kind = "code", size = 1, enum = owner .. ".op_code" })
  for _, name in ipairs({ "low", "high", "count" }) do
    declare(owner, name, { kind = "integer", size = 4 })
  end
  declare(owner, "octets", { kind = "rest" })
end
for name, part in pairs({
  sequence_number = { kind = "integer", size = 4 },
  relative_offset = { kind = "integer", size = 2, unit = "s" },
}) do
  declare("history", name, part)
end
for name, part in pairs({
  size = { kind = "integer", size = 1, unit = "octets of the record" },
  e2e_counter = { kind = "integer", size = 1 },
  crc = { kind = "octets" },
  octets = { kind = "rest" },
  beyond = { kind = "rest" },
}) do
  declare("value", name, part)
end

-- Octets

local ENDS = {} -- raised where a value ends within a field

local function range(tvb, at, size, limit)
  if at + size > limit then
    error(ENDS)
  end
  return tvb(at, size)
end

local function crc_of(tvb, first, length)
  local crc = 0xFFFF
  for at = first, first + length - 1 do
    crc = bit.bxor(crc, tvb(at, 1):uint())
    for _ = 1, 8 do
      local low = bit.band(crc, 1)
      crc = bit.rshift(crc, 1)
      if low == 1 then
        crc = bit.bxor(crc, 0x8408)
      end
    end
  end
  return crc
end

local SPECIAL = {
  [2] = { [0x07FF] = "NaN", [0x0800] = "NRes", [0x07FE] = "+INFINITY", [0x0802] = "-INFINITY", [0x0801] = "reserved" },
  [4] = {
    [0x007FFFFF] = "NaN",
    [0x00800000] = "NRes",
    [0x007FFFFE] = "+INFINITY",
    [0x00800002] = "-INFINITY",
    [0x00800001] = "reserved",
  },
}
local MANTISSA_BITS = { [2] = 12, [4] = 24 }

local function decimal(code, size)
  local scale = 2 ^ MANTISSA_BITS[size]
  local mantissa, exponent = code % scale, math.floor(code / scale)
  local exponents = 2 ^ (8 * size - MANTISSA_BITS[size])
  if mantissa >= scale / 2 then
    mantissa = mantissa - scale
  end
  if exponent >= exponents / 2 then
    exponent = exponent - exponents
  end
  if exponent < 0 then
    return mantissa / 10 ^ -exponent
  end
  return mantissa * 10 ^ exponent
end

local function names_of(flag, number)
  local found = {}
  for _, member in ipairs(FLAGS[flag]) do
    if math.floor(number / member[1]) % 2 == 1 then
      found[#found + 1] = member[2]
    end
  end
  return table.concat(found, ", ")
end

-- Fields

local dissect_packet

local function add(tree, owner, part, octets, value)
  local field = fields["isletbench." .. owner .. "." .. part.name]
  local item
  if value == nil then
    item = tree:add_le(field, octets)
  else
    item = tree:add(field, octets, value)
  end
  if part.shown then
    item:append_text(" " .. part.shown)
  end
  return item
end

local function dissect_field(tree, owner, part, tvb, at, limit, flags)
  if part.kind == "integer" or part.kind == "code" or part.kind == "zone" then
    local octets = range(tvb, at, part.size, limit)
    local item = add(tree, owner, part, octets)
    if part.kind == "zone" and octets:le_int() == part.unknown then
      item:append_text(" (unknown)")
    end
    return at + part.size
  elseif part.kind == "decimal" then
    local octets = range(tvb, at, part.size, limit)
    local code = octets:le_uint()
    local special = SPECIAL[part.size][code]
    if special then
      add(tree, owner, part, octets, 0 / 0):append_text(" (" .. special .. ")")
    else
      add(tree, owner, part, octets, decimal(code, part.size))
    end
    return at + part.size
  elseif part.kind == "bits" then
    local size = part.size
    local number = 0
    if part.octet_flags then
      size = 0
      for index, flag in ipairs(part.octet_flags) do
        if math.floor(flags / 2 ^ flag) % 2 == 1 then
          number = number + range(tvb, at + size, 1, limit):uint() * 256 ^ (index - 1)
          size = size + 1
        end
      end
      if size == 0 then
        return at
      end
    else
      number = range(tvb, at, size, limit):le_uint()
      if part.extensible then
        local last = at + size - 1
        while tvb(last, 1):uint() >= 0x80 and last + 1 < limit do
          last = last + 1
          size = size + 1
        end
      end
    end
    add(tree, owner, part, tvb(at, size), number):append_text(" (" .. names_of(part.flags, number) .. ")")
    return at + size
  elseif part.kind == "pair" then
    local octets = range(tvb, at, 1, limit)
    local low, high = octets:uint() % 16, math.floor(octets:uint() / 16)
    local text = (ENUMS[part.low][low] or "undefined") .. ", " .. (ENUMS[part.high][high] or "undefined")
    add(tree, owner, part, octets):append_text(" (" .. text .. ")")
    return at + 1
  elseif part.kind == "nested" then
    local subtree = tree:add(values, tvb(at, limit - at), words(part.name))
    local after = dissect_packet(subtree, part.packet, tvb, at, limit)
    subtree:set_len(after - at)
    return after
  elseif part.kind == "repeated" then
    while at < limit do
      local subtree = tree:add(values, tvb(at, limit - at), words(part.name))
      local after = dissect_packet(subtree, part.packet, tvb, at, limit)
      subtree:set_len(after - at)
      at = after
    end
    return at
  elseif part.kind == "counted" then
    local size = part.count + range(tvb, at, part.count, limit):le_uint() * part.size
    add(tree, owner, part, range(tvb, at, size, limit))
    return at + size
  elseif part.kind == "octets" then
    add(tree, owner, part, range(tvb, at, part.size, limit))
    return at + part.size
  end
  if at < limit then
    add(tree, owner, part, tvb(at, limit - at))
  end
  return limit
end

function dissect_packet(tree, name, tvb, at, limit)
  local flags, octets_of_flags = 0, nil
  for _, part in ipairs(PACKETS[name]) do
    if part.kind == "flags" then
      octets_of_flags = range(tvb, at, part.size, limit)
      flags = octets_of_flags:le_uint()
      add(tree, name, part, octets_of_flags)
      at = at + part.size
    elseif part.kind == "bit" then
      add(tree, name, part, octets_of_flags, math.floor(flags / 2 ^ part.flag) % 2 == 1)
    elseif part.flag == nil or math.floor(flags / 2 ^ part.flag) % 2 == 1 then
      at = dissect_field(tree, name, part, tvb, at, limit, flags)
    end
  end
  return at
end

-- Layouts: each returns the octet after what it knows, and the name of an operation where there is one

local LAYOUTS = {}

function LAYOUTS.packet(tree, characteristic, tvb, at, limit)
  return dissect_packet(tree, characteristic.packet, tvb, at, limit), nil
end

local function dissect_operation(tree, owner, point, code, tvb, at, limit)
  local name = point.operations[code]
  if name then
    return dissect_packet(tree, name, tvb, at, limit)
  end
  if at < limit then
    tree:add(fields["isletbench." .. owner .. ".octets"], tvb(at, limit - at))
  end
  return limit
end

function LAYOUTS.point(tree, characteristic, tvb, at, limit)
  local owner, point = characteristic.point, POINTS[characteristic.point]
  local octets = range(tvb, at, point.size, limit)
  tree:add_le(fields["isletbench." .. owner .. "." .. point.code], octets)
  local code = octets:le_uint()
  local after = dissect_operation(tree, owner, point, code, tvb, at + point.size, limit)
  return after, ENUMS[owner][code] or "undefined operation"
end

function LAYOUTS.history(tree, characteristic, tvb, at, limit)
  local owner, point = characteristic.point, POINTS[characteristic.point]
  local octets = range(tvb, at, point.size, limit)
  tree:add_le(fields["isletbench." .. owner .. "." .. point.code], octets)
  at = at + point.size
  tree:add_le(fields["isletbench.history.sequence_number"], range(tvb, at, 4, limit))
  tree:add_le(fields["isletbench.history.relative_offset"], range(tvb, at + 4, 2, limit)):append_text(" s")
  local code = octets:le_uint()
  local after = dissect_operation(tree, owner, point, code, tvb, at + 6, limit)
  return after, ENUMS[owner][code] or "undefined event"
end

function LAYOUTS.racp(tree, characteristic, tvb, at, limit)
  local owner, dialect = characteristic.dialect, DIALECTS[characteristic.dialect]
  local function put(name, size)
    local item = tree:add_le(fields["isletbench." .. owner .. "." .. name], range(tvb, at, size, limit))
    at = at + size
    return item
  end
  local code = range(tvb, at, 1, limit):uint()
  local operation = ENUMS[owner .. ".op_code"][code]
  put("op_code", 1)
  if operation == nil then
    if at < limit then
      put("octets", limit - at)
    end
    return limit, "undefined operation"
  end
  local operator = ENUMS[owner .. ".operator"][range(tvb, at, 1, limit):uint()]
  put("operator", 1)
  if operation == "COUNT_RESPONSE" then
    put("count", dialect.count)
  elseif operation == "RESPONSE" then
    put("request", 1)
    put("outcome", 1)
  elseif at < limit then
    local size = dialect.wider[tvb(at, 1):uint()] or dialect.number
    put("filter", 1)
    for _, bound in ipairs(BOUNDS[operator] or {}) do
      put(bound, size)
    end
  end
  return at, operation
end

-- Whole values

local function protected_from(tvb, first, limit)
  return limit - first > 2 and crc_of(tvb, first, limit - first) == 0
end

local ENVELOPES = {}

-- Each returns where the payload begins and ends, and adds what is around it.
function ENVELOPES.BARE(_, _, first, limit)
  return first, limit
end

function ENVELOPES.CRC_TRAILER(tree, tvb, first, limit)
  if not protected_from(tvb, first, limit) then
    return first, limit
  end
  tree:add(fields["isletbench.value.crc"], tvb(limit - 2, 2)):append_text(" [correct]")
  return first, limit - 2
end

function ENVELOPES.CGM_FEATURE(tree, tvb, first, limit)
  local crc = range(tvb, limit - 2, 2, limit)
  local right = protected_from(tvb, first, limit)
  tree:add(fields["isletbench.value.crc"], crc):append_text(right and " [correct]" or "")
  return first, limit - 2
end

function ENVELOPES.CGM_RECORD(tree, tvb, first, limit)
  tree:add(fields["isletbench.value.size"], range(tvb, first, 1, limit))
  local _, last = ENVELOPES.CRC_TRAILER(tree, tvb, first, limit)
  return first + 1, last
end

function ENVELOPES.COUNTER_TRAILER(tree, tvb, first, limit)
  if limit - first <= 3 or not protected_from(tvb, first, limit) then
    return first, limit
  end
  tree:add(fields["isletbench.value.e2e_counter"], tvb(limit - 3, 1))
  tree:add(fields["isletbench.value.crc"], tvb(limit - 2, 2)):append_text(" [correct]")
  return first, limit - 3
end

function ENVELOPES.IDS_FEATURES(tree, tvb, first, limit)
  local crc = range(tvb, first, 2, limit)
  local counter = range(tvb, first + 2, 1, limit)
  local right = crc_of(tvb, first + 2, limit - first - 2) == crc:le_uint()
  tree:add(fields["isletbench.value.crc"], crc):append_text(right and " [correct]" or "")
  tree:add(fields["isletbench.value.e2e_counter"], counter)
  return first + 3, limit
end

local function dissect_value(characteristic, tvb, first, limit, tree)
  local subtree = tree:add(values, tvb(first, limit - first), characteristic.name)
  local operation
  local done, problem = pcall(function()
    local begin, last = ENVELOPES[characteristic.envelope](subtree, tvb, first, limit)
    local after
    after, operation = LAYOUTS[characteristic.layout](subtree, characteristic, tvb, begin, last)
    if after < last then
      local beyond = subtree:add(fields["isletbench.value.beyond"], tvb(after, last - after))
      beyond:add_proto_expert_info(experts.beyond)
    end
  end)
  if not done then
    if problem ~= ENDS then
      error(problem, 0)
    end
    subtree:add_proto_expert_info(experts.malformed)
  end
  if operation then
    subtree:append_text(": " .. operation)
  end
  return operation
end

-- A measurement may hold several records, each with its size; every other value is one.
local function dissect_values(characteristic, tvb, first, limit, tree)
  local operation
  while first < limit do
    local last = limit
    if characteristic.envelope == "CGM_RECORD" then
      local size = tvb(first, 1):uint()
      if size > 0 and first + size <= limit then
        last = first + size
      end
    end
    operation = dissect_value(characteristic, tvb, first, last, tree)
    first = last
  end
  return operation
end

-- Bluetooth: what Wireshark does not know by itself

for uuid, characteristic in pairs(CHARACTERISTICS) do
  if characteristic.on_air then
    local name = string.format("isletbench_%04x", uuid)
    local of_air = Proto(name, characteristic.name)
    function of_air.dissector(tvb, pinfo, tree)
      local operation = dissect_values(characteristic, tvb, 0, tvb:len(), tree)
      if operation then
        pinfo.cols.info:append(": " .. operation)
      end
      return tvb:len()
    end
    DissectorTable.get("bluetooth.uuid"):add(string.format("%04x", uuid), of_air)
  end
end

-- The serial link

local link_fields = {
  type = ProtoField.uint8("isletbench_link.type", "Type", base.HEX, ENUMS["frames.FrameType"]),
  seq = ProtoField.uint8("isletbench_link.seq", "Sequence number", base.DEC),
  handle = ProtoField.uint16("isletbench_link.handle", "Handle", base.DEC),
  status = ProtoField.uint8("isletbench_link.status", "Status", base.HEX, ENUMS["att.status"]),
  content = ProtoField.bytes("isletbench_link.content", "Content", base.SPACE),
  crc = ProtoField.bytes("isletbench_link.crc", "CRC", base.SPACE),
}
link.fields = link_fields
do
  local all = {}
  for _, field in pairs(fields) do
    all[#all + 1] = field
  end
  values.fields = all
end

local interface = Field.new("frame.interface_id")
local uuids = {} -- of every interface: the UUID of the value of each handle

function link.init()
  uuids = {}
end

local function without_cobs(tvb)
  local found = {}
  local at, last = 0, tvb:len()
  if last > 0 and tvb(last - 1, 1):uint() == 0 then
    last = last - 1
  end
  while at < last do
    local code = tvb(at, 1):uint()
    if code == 0 or at + code > last then
      return nil
    end
    for offset = 1, code - 1 do
      found[#found + 1] = string.format("%02x", tvb(at + offset, 1):uint())
    end
    at = at + code
    if code < 0xFF and at < last then
      found[#found + 1] = "00"
    end
  end
  return ByteArray.new(table.concat(found))
end

local WITH_STATUS = { READ_RSP = true, WRITE_RSP = true, SUBSCRIBE_RSP = true }
local WITH_VALUE = { READ_RSP = true, WRITE = true, WRITE_CMD = true, NOTIFY = true, INDICATE = true }

function link.dissector(tvb, pinfo, tree)
  pinfo.cols.protocol = "isletbench"
  local subtree = tree:add(link, tvb())
  local plain = without_cobs(tvb)
  if plain == nil or plain:len() < 6 then
    subtree:add_proto_expert_info(experts.damaged)
    pinfo.cols.info = "damaged frame"
    return tvb:len()
  end
  local frame = plain:tvb("Frame")
  if crc_of(frame, 0, frame:len()) ~= 0 then
    subtree:add_proto_expert_info(experts.damaged)
    pinfo.cols.info = "frame with a wrong CRC"
    return tvb:len()
  end
  local known = uuids[interface().value] or {}
  uuids[interface().value] = known
  local name = ENUMS["frames.FrameType"][frame(0, 1):uint()] or "unknown frame"
  local handle = frame(2, 2):le_uint()
  subtree:append_text(": " .. name)
  subtree:add(link_fields.type, frame(0, 1))
  subtree:add(link_fields.seq, frame(1, 1))
  subtree:add_le(link_fields.handle, frame(2, 2))
  local first, limit = 4, frame:len() - 2
  subtree:add(link_fields.crc, frame(limit, 2)):append_text(" [correct]")
  if WITH_STATUS[name] and first < limit then
    subtree:add(link_fields.status, frame(first, 1))
    first = first + 1
  end
  local characteristic = CHARACTERISTICS[known[handle] or 0]
  local operation
  if first < limit then
    if FRAMES[name] then
      local done, problem = pcall(dissect_packet, subtree, FRAMES[name], frame, first, limit)
      if not done then
        if problem ~= ENDS then
          error(problem, 0)
        end
        subtree:add_proto_expert_info(experts.malformed)
      end
    elseif WITH_VALUE[name] and characteristic then
      operation = dissect_values(characteristic, frame, first, limit, subtree)
    else
      subtree:add(link_fields.content, frame(first, limit - first))
    end
  end
  if name == "TABLE_RSP" then
    for at = first, limit - ENTRY.size, ENTRY.size do
      known[frame(at + ENTRY.handle, 2):le_uint()] = frame(at + ENTRY.uuid, 2):le_uint()
    end
  end
  local info = name .. (handle > 0 and " " .. handle or "")
  if characteristic then
    info = info .. " (" .. characteristic.name .. ")"
  end
  pinfo.cols.info = info .. (operation and ": " .. operation or "")
  return tvb:len()
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, link)
