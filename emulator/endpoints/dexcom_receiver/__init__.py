"""The personality ``dexcom_receiver``: a CGM as the receiver of Dexcom G4, G5 or G6 shows it over USB. docs/cgm-receiver.md."""
