// Reads a CGM and gives a bolus over serial ports with serialport, as docs/serial-link.md has it: npm install serialport,
// node serialport.mjs CGM_PORT PUMP_PORT [UNITS]
import { DelimiterParser, SerialPort } from 'serialport';

const [cgmPort, pumpPort, units = '0.3'] = process.argv.slice(2);
const HELLO = 0x01, TABLE = 0x10, READ = 0x20, WRITE = 0x22, SUBSCRIBE = 0x26, INDICATE = 0x31, CONFIRM = 0x32;

function crc(octets) { // CRC-16/MCRF4XX: of frames, and of values that are protected from end to end
  let value = 0xffff;
  for (const octet of octets) {
    value ^= octet;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0x8408 : value >> 1;
  }
  return [value & 0xff, value >> 8];
}
function stuffed(frame, runs = [[]]) { // COBS, of frames shorter than 254 octets
  for (const octet of frame) octet ? runs.at(-1).push(octet) : runs.push([]);
  return Buffer.from([...runs.flatMap((run) => [run.length + 1, ...run]), 0]);
}
function unstuffed(wire, frame = []) {
  for (let at = 0; at < wire.length; at += wire[at]) frame.push(0, ...wire.subarray(at + 1, at + wire[at]));
  return Buffer.from(frame.slice(1));
}
function sfloat(octets, at) { // medfloat16: 4 bits of exponent, 12 of mantissa, both signed
  const code = octets.readUInt16LE(at);
  return ((code << 20) >> 20) * 10 ** ((code << 16) >> 28);
}

class Device {
  handles = {}; // of characteristics, by UUID and service
  seq = 0;
  waiting = []; // pairs: which frame somebody waits for, and what takes it
  constructor(path) {
    this.port = new SerialPort({ path, baudRate: 115200 });
    this.port.pipe(new DelimiterParser({ delimiter: [0] })).on('data', (wire) => this.receive(unstuffed(wire)));
  }
  send = (...frame) => this.port.write(stuffed([...frame, ...crc(frame)]));
  receive(frame) {
    if (frame.length < 6 || crc(frame).some(Boolean)) return; // damaged: the CRC over a frame and its CRC is 0
    const [kind, seq] = frame, handle = frame.readUInt16LE(2);
    if (kind === INDICATE) this.send(CONFIRM, seq, frame[2], frame[3]);
    for (const [is, take] of this.waiting) if (is(kind, seq, handle)) take(frame.subarray(4, -2));
  }
  next = (is) => new Promise((take) => this.waiting.push([is, take]));
  value = (handle) => this.next((kind, seq, of) => kind >> 4 === 3 && of === handle); // notified or indicated
  async ask(kind, handle, content = []) { // the same frame again where no answer comes within a second
    this.seq = (this.seq + 1) & 0xff;
    const frame = [kind, this.seq, handle & 0xff, handle >> 8, ...content];
    this.send(...frame);
    const again = setInterval(() => this.send(...frame), 1000);
    return this.next((of, seq) => of === kind + 1 && seq === frame[1]).finally(() => clearInterval(again));
  }
  async open() {
    console.log(`connected to ${(await this.ask(HELLO, 0, [1])).subarray(5)}`);
    for (let from = 1, page; (page = await this.ask(TABLE, from)).length; ) for (let at = 0; at < page.length; at += 9) {
      this.handles[page.readUInt32LE(at).toString(16)] = page.readUInt16LE(at + 5); // the UUID stands above the service
      from = page.readUInt16LE(at + 5) + 1;
    }
    return this;
  }
}

setTimeout(() => process.exit(1), 10_000); // nobody answers
const cgm = await new Device(cgmPort).open(), access = cgm.handles['2a52181f'], measurement = cgm.handles['2aa7181f'];
await cgm.ask(SUBSCRIBE, measurement, [1, 0]); // notifications
await cgm.ask(SUBSCRIBE, access, [2, 0]); // indications
cgm.ask(WRITE, access, [0x01, 0x06]); // report stored records: the last one
const record = await cgm.value(measurement); // size, flags, glucose, minutes since the session began
console.log(`glucose ${sfloat(record, 2)} mg/dL at minute ${record.readUInt16LE(4)}`);

const pump = await new Device(pumpPort).open(), point = pump.handles['2b25183a'];
console.log(`reservoir ${sfloat(await pump.ask(READ, pump.handles['2b21183a']), 3)} U`); // status, states, reservoir
await pump.ask(SUBSCRIBE, point, [2, 0]);
const code = 0xe000 | Math.round(units * 100), octets = [0x4b, 0x11, 0, 0x33, code & 0xff, code >> 8, 0, 0, 0, 0, 1];
pump.ask(WRITE, point, [...octets, ...crc(octets)]); // Set Bolus, fast; its counter, 1
const answer = await pump.value(point);
if (answer.readUInt16LE(0) !== 0x1177) throw new Error(`refused: ${answer.toString('hex')}`);
console.log(`bolus ${answer.readUInt16LE(2)} of ${units} U has begun`);
process.exit(0);
