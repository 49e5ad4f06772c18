//! Reads a CGM and gives a bolus over TCP, as docs/serial-link.md has it, with the standard library only:
//! `rustc --edition 2021 -O tcp.rs && ./tcp CGM_HOST:PORT PUMP_HOST:PORT [UNITS]`
use std::{collections::HashMap, env, io::Read, io::Write, net::TcpStream, time::Duration};

#[derive(Clone, Copy)]
enum Kind { Hello = 0x01, Table = 0x10, Read = 0x20, Write = 0x22, Subscribe = 0x26, Indicate = 0x31, Confirm = 0x32 }
/// Octets and their CRC-16/MCRF4XX: frames, and values that are protected from end to end.
fn sealed(octets: &[u8]) -> Vec<u8> {
    let step = |crc: u16, _| if crc & 1 == 1 { (crc >> 1) ^ 0x8408 } else { crc >> 1 };
    let crc = octets.iter().fold(0xFFFF, |crc, octet| (0..8).fold(crc ^ u16::from(*octet), step));
    [octets, &crc.to_le_bytes()].concat()
}
fn word(octets: &[u8], at: usize) -> u16 { u16::from_le_bytes([octets[at], octets[at + 1]]) }
/// A medfloat16: 4 bits of exponent, 12 of mantissa, both signed.
fn sfloat(code: u16) -> f64 { f64::from(((code << 4) as i16) >> 4) * 10f64.powi(i32::from(code as i16 >> 12)) }
/// A connection, and the number of its last request.
struct Device(TcpStream, u8);
impl Device {
    fn send(&mut self, kind: Kind, seq: u8, handle: u16, content: &[u8]) {
        let frame = sealed(&[&[kind as u8, seq][..], &handle.to_le_bytes(), content].concat());
        let runs = frame.split(|octet| *octet == 0).flat_map(|run| [&[run.len() as u8 + 1], run].concat());
        self.0.write_all(&runs.chain([0]).collect::<Vec<u8>>()).expect("sent"); // COBS, of frames shorter than 254 octets
    }
    /// The content of the next frame that is wanted; indications are confirmed on the way.
    fn receive(&mut self, wanted: impl Fn(u8, u8, u16) -> bool) -> Vec<u8> {
        loop {
            let (mut frame, mut octet, mut left) = (vec![], [0], 0);
            while self.0.read_exact(&mut octet).map(|()| octet[0] != 0).expect("an answer within 10 s") {
                frame.push(if left == 0 { 0 } else { octet[0] });
                left = if left == 0 { octet[0] } else { left } - 1;
            }
            if frame.len() < 7 || sealed(&frame[1..frame.len() - 2]) != frame[1..] { continue } // damaged
            let (kind, seq, handle) = (frame[1], frame[2], word(&frame, 3));
            if kind == Kind::Indicate as u8 { self.send(Kind::Confirm, seq, handle, &[]) }
            if wanted(kind, seq, handle) { return frame[5..frame.len() - 2].to_vec() }
        }
    }
    fn ask(&mut self, kind: Kind, handle: u16, content: &[u8]) -> Vec<u8> {
        let number = self.1.wrapping_add(1);
        self.1 = number;
        self.send(kind, number, handle, content);
        self.receive(|answer, seq, _| answer == kind as u8 + 1 && seq == number)
    }
    /// The value that a write causes to be notified or indicated.
    fn after(&mut self, point: u16, octets: &[u8], handle: u16) -> Vec<u8> {
        self.ask(Kind::Write, point, octets);
        self.receive(|kind, _, of| kind >> 4 == 3 && of == handle)
    }
    /// Connects: the device, and the handle of each characteristic by service and UUID.
    fn open(place: &str) -> (Device, HashMap<(u16, u16), u16>) {
        let (mut device, mut handles, mut from) = (Device(TcpStream::connect(place).expect(place), 0), HashMap::new(), 1);
        device.0.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
        println!("connected to {}", String::from_utf8_lossy(&device.ask(Kind::Hello, 0, &[1])[5..]));
        loop {
            let page = device.ask(Kind::Table, from, &[]);
            let Some(last) = page.chunks(9).last() else { return (device, handles) };
            from = word(last, 5) + 1;
            handles.extend(page.chunks(9).map(|row| ((word(row, 0), word(row, 2)), word(row, 5))));
        }
    }
}
fn main() {
    let given: Vec<String> = env::args().collect();
    let (mut cgm, of) = Device::open(&given[1]);
    let (access, measurement) = (of[&(0x181F, 0x2A52)], of[&(0x181F, 0x2AA7)]);
    for (handle, cccd) in [(measurement, 1), (access, 2)] { cgm.ask(Kind::Subscribe, handle, &[cccd, 0]); } // notify, indicate
    let record = cgm.after(access, &[0x01, 0x06], measurement); // report stored records: the last one
    println!("glucose {} mg/dL at minute {}", sfloat(word(&record, 2)), word(&record, 4)); // size, flags, glucose, minutes

    let (units, (mut pump, of)) = (given.get(3).map_or(0.3, |units| units.parse().expect("units")), Device::open(&given[2]));
    let (status, point) = (pump.ask(Kind::Read, of[&(0x183A, 0x2B21)], &[]), of[&(0x183A, 0x2B25)]);
    println!("reservoir {} U", sfloat(word(&status, 3))); // status, states, reservoir
    pump.ask(Kind::Subscribe, point, &[2, 0]);
    let amount = (0xE000 | f64::round(units * 100.0) as u16).to_le_bytes(); // hundredths: an exponent of -2
    let bolus = [&[0x4B, 0x11, 0, 0x33], &amount[..], &[0, 0, 0, 0, 1]].concat(); // Set Bolus, fast; the counter last
    let answer = pump.after(point, &sealed(&bolus), point);
    assert!(word(&answer, 0) == 0x1177, "refused: {answer:02x?}");
    println!("bolus {} of {units} U has begun", word(&answer, 2));
}
