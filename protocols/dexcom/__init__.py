"""The serial protocol of the Dexcom G4, G5 and G6 receivers: packets, database pages and records.

All integers are little endian; times are seconds since 2009. Source: public clients of the receiver (dexcom_reader, openaps,
tidepool-uploader), whose parsers agree; ``docs/cgm-receiver.md`` is the page on it.
"""
