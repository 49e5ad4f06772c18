// Lets the unmodified npm package ble-glucose read a meter, and prints what it has read as one line of JSON.
//
//   node --experimental-detect-module read_with_ble_glucose.mjs PACKAGES HCI [NUMBER ...]
//
// PACKAGES is the directory in which ble-glucose and @stoprocent/noble are installed, HCI the serial port of a Bluetooth controller.
// ble-glucose is written for Web Bluetooth: what it uses of that is provided here on top of noble. After all records it asks for
// those from each NUMBER on.

import { createRequire } from 'node:module';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages, hci, ...numbers] = process.argv.slice(2);
const require = createRequire(join(packages, 'package.json'));
const log = console.log;
console.log = () => {}; // ble-glucose tells everything it does

const NAMES = {
  device_information: '180a',
  glucose: '1808',
  glucose_feature: '2a51',
  glucose_measurement: '2a18',
  glucose_measurement_context: '2a34',
  record_access_control_point: '2a52',
  manufacturer_name_string: '2a29',
  model_number_string: '2a24',
};
globalThis.BluetoothUUID = { getCharacteristic: (name) => NAMES[name] };

class Characteristic extends EventTarget {
  constructor(of) {
    super();
    this.of = of;
    this.uuid = of.uuid;
    of.on('data', (octets) => {
      this.value = view(octets);
      this.dispatchEvent(new Event('characteristicvaluechanged'));
    });
  }
  readValue = async () => view(await this.of.readAsync());
  startNotifications = async () => this.of.subscribeAsync();
  stopNotifications = async () => this.of.unsubscribeAsync();
  writeValueWithResponse = async (value) => this.of.writeAsync(Buffer.from(value), false);
}

const view = (octets) => new DataView(Uint8Array.from(octets).buffer);

class Service {
  constructor(of) {
    this.of = of;
    this.known = of.characteristics.map((one) => new Characteristic(one));
  }
  getCharacteristics = async () => this.known;
  getCharacteristic = async (name) => {
    const found = this.known.find((one) => one.uuid === NAMES[name]);
    if (!found) throw new Error(`no characteristic ${name}`);
    return found;
  };
}

const { withBindings } = require('@stoprocent/noble');
const noble = withBindings('hci', { hciDriver: 'uart', bindParams: { uart: { port: hci, baudRate: 115200, flowControl: false } } });

const gatt = (peripheral) => ({
  connected: false,
  async connect() {
    await peripheral.connectAsync();
    const { services } = await peripheral.discoverAllServicesAndCharacteristicsAsync();
    const known = Object.fromEntries(services.map((one) => [one.uuid, new Service(one)]));
    this.connected = true;
    return { getPrimaryService: async (name) => known[NAMES[name]] };
  },
  disconnect: () => peripheral.disconnectAsync(),
});

const bluetooth = {
  async requestDevice({ filters }) {
    await noble.waitForPoweredOnAsync();
    await noble.startScanningAsync(filters[0].services.map((name) => NAMES[name]), false);
    const [peripheral] = await once(noble, 'discover');
    await noble.stopScanningAsync();
    return { name: peripheral.advertisement.localName, id: peripheral.id, gatt: gatt(peripheral) };
  },
};
Object.defineProperty(globalThis, 'navigator', { value: { bluetooth }, configurable: true });

const { default: Meter } = await import(pathToFileURL(require.resolve('ble-glucose')));
const meter = new Meter();
const news = async (event, request) => {
  const told = new Promise((resolve) => meter.addEventListener(event, (one) => resolve(one.detail), { once: true }));
  await request();
  const detail = await told;
  await new Promise(setImmediate); // noble confirms an indication after it has told of it
  return detail;
};

await meter.scan();
await meter.connectTimeout();
const read = { name: meter.device.name, device: await meter.getDeviceInfo() };
read.count = await news('numberOfRecords', () => meter.getNumberOfRecords());
read.all = await news('data', () => meter.getAllRecords());
read.from = {};
for (const number of numbers) {
  const count = await news('numberOfRecords', () => meter.getDeltaNumberOfRecords(Number(number)));
  read.from[number] = { count, data: await news('data', () => meter.getDeltaRecords(Number(number))) };
}
await meter.disconnect();
log(JSON.stringify(read));
process.exit(0);
