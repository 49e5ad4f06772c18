// Reads a CGM and gives a bolus over Bluetooth LE with noble, on the HCI of `isletbench up RIG --hci pty:LINK`.
//
//   npm install @stoprocent/noble
//   node noble.mjs LINK [UNITS]
//
// Noble pairs by Just Works: the devices of the rig have no `passkey`. Values are those of CGMS 1.0.2 and IDS 1.0.2.

import { once } from 'node:events';
import { withBindings } from '@stoprocent/noble';

const [link, units = '0.3'] = process.argv.slice(2);
const uart = { port: link, baudRate: 115200, flowControl: false };
const noble = withBindings('hci', { hciDriver: 'uart', bindParams: { uart } });

function crc(octets) { // CRC-16/MCRF4XX, which end-to-end protection appends
  let value = 0xffff;
  for (const octet of octets) {
    value ^= octet;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0x8408 : value >> 1;
  }
  return Buffer.from([value & 0xff, value >> 8]);
}

function opened(value, isProtected) { // what stands before the CRC, if there is one
  if (isProtected && crc(value.subarray(0, -2)).compare(value.subarray(-2))) throw new Error('the CRC is wrong');
  return isProtected ? value.subarray(0, -2) : value;
}

function sfloat(octets, at) { // medfloat16: 4 bits of exponent, 12 of mantissa, both signed; 7FE to 802 are no numbers
  const code = octets.readUInt16LE(at), mantissa = code & 0xfff;
  if (mantissa >= 0x7fe && mantissa <= 0x802) return NaN;
  return ((mantissa << 20) >> 20) * 10 ** ((code << 16) >> 28);
}

async function connected(service, work) { // scan for a device with this service, connect, work, disconnect
  await noble.startScanningAsync([service], false);
  const [peripheral] = await once(noble, 'discover');
  await noble.stopScanningAsync();
  await peripheral.connectAsync();
  const { services } = await peripheral.discoverAllServicesAndCharacteristicsAsync();
  const { characteristics } = services.find((one) => one.uuid === service);
  const of = (uuid) => characteristics.find((one) => one.uuid === uuid);
  const next = async (uuid, request) => { // the next value of a characteristic after a request
    const value = once(of(uuid), 'data');
    await request();
    return (await value)[0];
  };
  console.log(`connected to ${peripheral.advertisement.localName}`);
  await work(of, next);
  await peripheral.disconnectAsync();
}

await noble.waitForPoweredOnAsync();

await connected('181f', async (of, next) => {
  const feature = await of('2aa8').readAsync(); // the first protected read pairs
  const isProtected = (feature.readUIntLE(0, 3) & 0x1000) !== 0; // E2E-CRC supported
  await of('2aa7').subscribeAsync();
  await of('2a52').subscribeAsync();
  const last = () => of('2a52').writeAsync(Buffer.from([0x01, 0x06]), false); // report stored records: the last one
  const record = opened(await next('2aa7', last), isProtected); // size, flags, glucose, minutes since the session began
  console.log(`glucose ${sfloat(record, 2)} mg/dL at minute ${record.readUInt16LE(4)}`);
});

await connected('183a', async (of, next) => {
  const isProtected = (await of('2b23').readAsync()).readUIntLE(0, 3) !== 0x00ffff; // FF FF 00: no CRC, no counter
  const trailer = isProtected ? 1 : 0; // the counter, before the CRC
  const status = opened(await of('2b21').readAsync(), isProtected);
  console.log(`reservoir ${sfloat(status, 2)} U`);
  await of('2b25').subscribeAsync();
  const amount = Buffer.alloc(2);
  amount.writeUInt16LE(0xe000 | Math.round(units * 100)); // hundredths: an exponent of -2
  const bolus = Buffer.from([0x4b, 0x11, 0x00, 0x33, ...amount, 0, 0, 0, 0, ...(isProtected ? [1] : [])]); // Set Bolus, fast
  const set = () => of('2b25').writeAsync(isProtected ? Buffer.concat([bolus, crc(bolus)]) : bolus, false);
  const answer = opened(await next('2b25', set), isProtected);
  if (answer.readUInt16LE(0) !== 0x1177 || answer.length !== 4 + trailer) throw new Error(`refused: ${answer.toString('hex')}`);
  console.log(`bolus ${answer.readUInt16LE(2)} of ${units} U has begun`);
});
process.exit(0);
